//! What can go wrong, and the HTTP status it has.

use std::collections::BTreeMap;

use xlcfi_contracts::policy::{Access, Idempotency, Policy};

/// The canonical codes of gRPC: name, number, HTTP status.
const CODES: [(&str, i32, u16); 16] = [
    ("CANCELLED", 1, 499),
    ("UNKNOWN", 2, 500),
    ("INVALID_ARGUMENT", 3, 400),
    ("DEADLINE_EXCEEDED", 4, 504),
    ("NOT_FOUND", 5, 404),
    ("ALREADY_EXISTS", 6, 409),
    ("PERMISSION_DENIED", 7, 403),
    ("RESOURCE_EXHAUSTED", 8, 429),
    ("FAILED_PRECONDITION", 9, 400),
    ("ABORTED", 10, 409),
    ("OUT_OF_RANGE", 11, 400),
    ("UNIMPLEMENTED", 12, 501),
    ("INTERNAL", 13, 500),
    ("UNAVAILABLE", 14, 503),
    ("DATA_LOSS", 15, 500),
    ("UNAUTHENTICATED", 16, 401),
];

/// One way an operation can fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Name of the gRPC code.
    pub code: String,
    /// Its number.
    pub number: i32,
    /// `ErrorInfo.reason`.
    pub reason: String,
    /// Who says so, as `ErrorInfo.domain`.
    pub domain: String,
    /// What it means, for reasons every method shares.
    pub meaning: &'static str,
}

/// What of an operation decides how it can fail.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Its policy.
    pub policy: &'a Policy,
    /// Its own errors, `(CODE, REASON)`.
    pub own: &'a [(String, String)],
    /// Domain of its own errors.
    pub domain: &'a str,
    /// It takes a body.
    pub body: bool,
}

/// HTTP status and number of a code.
pub fn code(name: &str) -> Option<(i32, u16)> {
    CODES
        .iter()
        .find(|(known, ..)| *known == name)
        .map(|(_, number, status)| (*number, *status))
}

/// What an HTTP status is called (RFC 9110).
pub fn title(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        413 => "Payload Too Large",
        415 => "Unsupported Media Type",
        429 => "Too Many Requests",
        499 => "Client Closed Request",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Internal Server Error",
    }
}

/// All failures of an operation by HTTP status, those of its own first.
pub fn all(facts: &Facts<'_>) -> BTreeMap<u16, Vec<Failure>> {
    let mut found: BTreeMap<u16, Vec<Failure>> = BTreeMap::new();
    for (name, reason) in facts.own {
        let (number, status) = code(name).unwrap_or((2, 500));
        let failure = Failure {
            code: name.clone(),
            number,
            reason: reason.clone(),
            domain: facts.domain.to_owned(),
            meaning: "",
        };
        found.entry(status).or_default().push(failure);
    }
    for (status, name, domain, reason, meaning) in shared(facts) {
        let (number, _) = code(name).unwrap_or((2, 500));
        let failure = Failure {
            code: name.to_owned(),
            number,
            reason: reason.to_owned(),
            domain: domain.to_owned(),
            meaning,
        };
        found.entry(status).or_default().push(failure);
    }
    found
}

/// Domain of what the edge says itself.
const EDGE: &str = "edge.xlcfi.com";
/// Domain of what the house says for every service.
const HOUSE: &str = "xlcfi.com";
/// Domain of what is wrong with who calls.
const IDENTITY: &str = "identity.xlcfi.com";

/// HTTP status, code, domain, reason, meaning.
type Shared = (u16, &'static str, &'static str, &'static str, &'static str);

#[rustfmt::skip]
const ALWAYS: [Shared; 13] = [
    (400, "INVALID_ARGUMENT", HOUSE, "INVALID_FIELDS", "Values break the rules of their fields; `BadRequest` names them all."),
    (400, "INVALID_ARGUMENT", EDGE, "REQUEST_MALFORMED", "Body, query or path do not fit the method, by unknown fields for example; `BadRequest` names them all."),
    (400, "INVALID_ARGUMENT", EDGE, "PATH_MALFORMED", "The path has an escape that cannot be decoded."),
    (401, "UNAUTHENTICATED", IDENTITY, "TOKEN_INVALID", "The access token is not one of ours."),
    (401, "UNAUTHENTICATED", IDENTITY, "TOKEN_EXPIRED", "The access token has ended; refresh it."),
    (404, "NOT_FOUND", EDGE, "PATH_UNKNOWN", "There is nothing at this path."),
    (405, "UNIMPLEMENTED", EDGE, "HTTP_METHOD_NOT_ALLOWED", "The path takes other methods, named in `Allow`."),
    (429, "RESOURCE_EXHAUSTED", EDGE, "RATE_LIMITED", "The allowance is used up; try again after `Retry-After` seconds."),
    (500, "INTERNAL", HOUSE, "INTERNAL", "A bug; the log tells it under the `X-Request-Id` of the answer."),
    (500, "INTERNAL", EDGE, "ANSWER_BROKEN", "A service answered with what is no message."),
    (503, "UNAVAILABLE", HOUSE, "SERVICE_UNAVAILABLE", "A store is away; try again after `Retry-After` seconds."),
    (503, "UNAVAILABLE", EDGE, "UPSTREAM_UNAVAILABLE", "The service is away; try again after `Retry-After` seconds."),
    (504, "DEADLINE_EXCEEDED", EDGE, "DEADLINE_EXCEEDED", "No answer came in time. A write may have happened all the same."),
];

#[rustfmt::skip]
const WITH_BODY: [Shared; 3] = [
    (408, "DEADLINE_EXCEEDED", EDGE, "REQUEST_TOO_SLOW", "The body did not arrive in time."),
    (413, "RESOURCE_EXHAUSTED", EDGE, "REQUEST_TOO_LARGE", "The body is larger than a request may be."),
    (415, "INVALID_ARGUMENT", EDGE, "CONTENT_TYPE_UNSUPPORTED", "The body is not `application/json` in UTF-8."),
];

const TOKEN_MISSING: Shared = (
    401,
    "UNAUTHENTICATED",
    IDENTITY,
    "TOKEN_MISSING",
    "No access token came with the call.",
);
const KEYS_UNAVAILABLE: Shared = (
    503,
    "UNAVAILABLE",
    EDGE,
    "KEYS_UNAVAILABLE",
    "Access tokens cannot be verified just now.",
);
#[rustfmt::skip]
const ROLE_MISSING: Shared = (403, "PERMISSION_DENIED", IDENTITY, "ROLE_MISSING", "The account has none of the roles that may call.");
#[rustfmt::skip]
const KEY_INVALID: Shared = (400, "INVALID_ARGUMENT", EDGE, "IDEMPOTENCY_KEY_INVALID", "`Idempotency-Key` comes twice, or differs from `requestId` in the body.");

/// Failures every operation of its kind has. Some statuses of HTTP have no code of their own in gRPC.
fn shared(facts: &Facts<'_>) -> Vec<Shared> {
    let mut found = Vec::new();
    if facts.policy.access != Access::Public {
        found.push(TOKEN_MISSING);
    }
    found.extend(ALWAYS);
    found.push(KEYS_UNAVAILABLE);
    if facts.policy.access == Access::Role {
        found.push(ROLE_MISSING);
    }
    if facts.policy.idempotency == Idempotency::RequestId {
        found.push(KEY_INVALID);
    }
    if facts.body {
        found.extend(WITH_BODY);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_its_status() {
        assert_eq!(code("ABORTED"), Some((10, 409)));
        assert_eq!(code("FAILED_PRECONDITION"), Some((9, 400)));
        assert_eq!(code("UNAUTHENTICATED"), Some((16, 401)));
        assert_eq!(code("NONSENSE"), None);
    }
}
