use std::collections::HashMap;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::Invalid;

/// What a failure is to the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    code: Code,
    reason: &'static str,
    metadata: HashMap<String, String>,
    invalid: Invalid,
    retry_after: Option<Duration>,
}

impl Explanation {
    /// A failure of this code and reason (`UPPER_SNAKE_CASE`, listed in `docs/errors.md`).
    pub fn new(code: Code, reason: &'static str) -> Self {
        Self {
            code,
            reason,
            metadata: HashMap::new(),
            invalid: Invalid::default(),
            retry_after: None,
        }
    }

    /// Adds an identifier that belongs to the reason. Never personal data.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl ToString) -> Self {
        self.metadata.insert(key.to_owned(), value.to_string());
        self
    }

    /// Says when another try may help.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// Adds the fields that are wrong.
    #[must_use]
    pub fn invalid(mut self, invalid: Invalid) -> Self {
        self.invalid = invalid;
        self
    }

    /// Its reason.
    pub fn reason(&self) -> &'static str {
        self.reason
    }

    fn into_status(self, message: String, domain: &str) -> Status {
        let mut details = ErrorDetails::with_error_info(self.reason, domain, self.metadata);
        for (field, description) in self.invalid.into_fields() {
            details.add_bad_request_violation(field, description);
        }
        if let Some(wait) = self.retry_after {
            details.set_retry_info(Some(wait));
        }
        Status::with_error_details(self.code, message, details)
    }
}

/// A failure that can be told to a caller.
pub trait Explain: std::error::Error + Sized {
    /// Who failed, as `ErrorInfo.domain`: `<service>.xlcfi.com`.
    const DOMAIN: &'static str;

    /// Code, reason and details of this failure.
    fn explain(&self) -> Explanation;

    /// The gRPC status of this failure; its message is the error's own text.
    fn into_status(self) -> Status {
        self.explain().into_status(self.to_string(), Self::DOMAIN)
    }
}

/// Reason in the `ErrorInfo` of a status somebody else sent, if it has one.
pub fn reason_of(status: &Status) -> Option<String> {
    status.get_details_error_info().map(|info| info.reason)
}

/// An entry of the `ErrorInfo` metadata of a status somebody else sent.
pub fn metadata_of(status: &Status, key: &str) -> Option<String> {
    status
        .get_details_error_info()
        .and_then(|mut info| info.metadata.remove(key))
}

/// Whether a status somebody else sent says no more than "not now".
pub fn is_transient(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::Unavailable
            | Code::DeadlineExceeded
            | Code::ResourceExhausted
            | Code::Cancelled
            | Code::Aborted
    )
}
