//! What was wrong, said so that a client can mend it.

use std::fmt;

/// Where in the request a wrong value stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A variable of the URL path.
    Path,
    /// A query parameter.
    Query,
    /// The request body.
    Body,
}

/// One thing wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where the value stood.
    pub place: Place,
    /// In the body the JSON pointer (RFC 6901) of the value, empty for the whole document; in the path the variable's
    /// field path; in the query the parameter as the client wrote it.
    pub field: String,
    /// What is wrong, short, lower case, without a full stop.
    pub message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.place, self.field.as_str()) {
            (Place::Path, field) => write!(f, "path variable {field}: {}", self.message),
            (Place::Query, field) => write!(f, "query parameter {field}: {}", self.message),
            (Place::Body, "") => write!(f, "body: {}", self.message),
            (Place::Body, field) => write!(f, "body {field}: {}", self.message),
        }
    }
}

/// A request that cannot become a message: HTTP 400, `INVALID_ARGUMENT`. It lists every violation found, at least one;
/// after broken JSON syntax nothing further is looked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.summary())]
pub struct Refusal {
    /// In the order found, at most [`Refusal::MOST`] of them.
    pub violations: Vec<Violation>,
}

impl Refusal {
    /// Reading stops after this many violations.
    pub const MOST: usize = 32;

    fn summary(&self) -> String {
        let listed: Vec<String> = self.violations.iter().map(Violation::to_string).collect();
        listed.join("; ")
    }
}

/// A message from a service that does not fit its own descriptor: a bug or corruption upstream, HTTP 500 or 502.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot print {message}{}: {reason}", self.trail())]
pub struct WireError {
    /// Full name of the message type that was being printed.
    pub message: String,
    /// Proto names of the fields down to the broken one; empty if the message itself is broken.
    pub path: Vec<String>,
    /// What is wrong.
    pub reason: &'static str,
}

impl WireError {
    fn trail(&self) -> String {
        if self.path.is_empty() {
            String::new()
        } else {
            format!(" at {}", self.path.join("."))
        }
    }
}
