use tonic::Status;
use xlcfi_errors::{Code, Explain, Explanation};

/// Why a call was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The method needs a user, or any caller at all, and the call names none.
    #[error("this call needs an access token")]
    TokenMissing,
    /// A token came, and it proves nothing; the text says why, for developers.
    #[error("the token is not valid: {0}")]
    TokenInvalid(&'static str),
    /// The token was good once.
    #[error("the token has expired")]
    TokenExpired,
    /// The user has none of the roles the method asks for.
    #[error("the caller lacks the role for this")]
    RoleMissing,
    /// The program that calls has not the method's service among those it may call.
    #[error("this service account may not call that service")]
    ScopeMissing,
    /// The method is for certain services, and the caller is none of them.
    #[error("the caller may not use this method")]
    CallerNotAllowed,
    /// No contract has this method, so there is no policy to let anyone in.
    #[error("there is no such method")]
    MethodUnknown,
    /// The call took longer than its caller or the method's policy allows.
    #[error("the call took longer than it may")]
    DeadlineExceeded,
}

impl Explain for Refused {
    const DOMAIN: &'static str = "identity.xlcfi.com";

    fn explain(&self) -> Explanation {
        match self {
            Self::TokenMissing => Explanation::new(Code::Unauthenticated, "TOKEN_MISSING"),
            Self::TokenInvalid(_) => Explanation::new(Code::Unauthenticated, "TOKEN_INVALID"),
            Self::TokenExpired => Explanation::new(Code::Unauthenticated, "TOKEN_EXPIRED"),
            Self::RoleMissing => Explanation::new(Code::PermissionDenied, "ROLE_MISSING"),
            Self::ScopeMissing => Explanation::new(Code::PermissionDenied, "SCOPE_MISSING"),
            Self::CallerNotAllowed => Explanation::new(Code::PermissionDenied, "CALLER_NOT_ALLOWED"),
            Self::MethodUnknown => Explanation::new(Code::Unimplemented, "METHOD_UNKNOWN"),
            Self::DeadlineExceeded => Explanation::new(Code::DeadlineExceeded, "DEADLINE_EXCEEDED"),
        }
    }
}

impl From<Refused> for Status {
    fn from(refused: Refused) -> Self {
        refused.into_status()
    }
}
