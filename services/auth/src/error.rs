use std::time::Duration;

use xlcfi_errors::{Code, Explain, Explanation, Fault, Invalid};
use xlcfi_identity::Refused;
use xlcfi_service::StartError;

/// What can go wrong, as callers learn it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the e-mail address has an account already")]
    EmailTaken,
    #[error("staff locked the account; ask support why")]
    AccountLocked,
    #[error("nobody locks their own account, nor the last ADMIN; ask another of the staff")]
    AccountNotLockable,
    #[error("the e-mail address or the password is wrong")]
    WrongCredentials,
    #[error("the current password is wrong")]
    WrongPassword,
    #[error("too many wrong passwords; wait and try again")]
    TooManyAttempts(Duration),
    #[error("the refresh token is not valid; sign in again")]
    RefreshTokenInvalid,
    #[error("the refresh token was used before; its session is ended, sign in again")]
    RefreshTokenReused,
    #[error("another call has just used the refresh token; go on with the pair it got")]
    RefreshTokenJustUsed,
    #[error("no such session")]
    SessionNotFound,
    #[error("no such account")]
    AccountNotFound,
    #[error("staff roles are given through the admin service, by two people")]
    RoleNeedsTwo,
    #[error("the role BUYER and the last ADMIN cannot be revoked")]
    RoleNotRevocable,
    #[error("the password is one of those guessed first; choose another")]
    PasswordTooCommon,
    #[error("the challenge is unknown or has ended; sign in again")]
    MfaTokenInvalid,
    #[error("the code is wrong or was used; wait for the next one")]
    MfaCodeInvalid,
    #[error("the account has a second factor; disable it first")]
    MfaAlreadyEnabled,
    #[error("the account has no second factor; enrol first")]
    MfaNotEnrolled,
    #[error("the account's roles need a second factor")]
    MfaRequired,
    #[error("the token is unknown, used or has ended; ask for another mail")]
    MailTokenInvalid,
    #[error("no such service account")]
    ServiceAccountNotFound,
    #[error("an account has 20 service accounts at most; revoke one")]
    TooManyServiceAccounts,
    #[error("a service account may have BUYER and SELLER, if its owner does")]
    RoleNotDelegable,
    #[error("the client id or its secret is wrong, or has ended")]
    ClientCredentialsInvalid,
    #[error("there is no service {0} that programs may call")]
    ScopeUnknown(String),
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Explain for Error {
    const DOMAIN: &'static str = "auth.xlcfi.com";

    fn explain(&self) -> Explanation {
        match self {
            Self::EmailTaken => Explanation::new(Code::AlreadyExists, "EMAIL_TAKEN"),
            Self::AccountLocked => Explanation::new(Code::FailedPrecondition, "ACCOUNT_LOCKED"),
            Self::AccountNotLockable => Explanation::new(Code::FailedPrecondition, "ACCOUNT_NOT_LOCKABLE"),
            Self::WrongCredentials => Explanation::new(Code::Unauthenticated, "WRONG_CREDENTIALS"),
            Self::WrongPassword => Explanation::new(Code::FailedPrecondition, "WRONG_PASSWORD"),
            Self::TooManyAttempts(wait) => {
                Explanation::new(Code::ResourceExhausted, "TOO_MANY_ATTEMPTS").retry_after(*wait)
            }
            Self::RefreshTokenInvalid => Explanation::new(Code::Unauthenticated, "REFRESH_TOKEN_INVALID"),
            Self::RefreshTokenReused => Explanation::new(Code::Unauthenticated, "REFRESH_TOKEN_REUSED"),
            Self::RefreshTokenJustUsed => Explanation::new(Code::Aborted, "REFRESH_TOKEN_JUST_USED"),
            Self::SessionNotFound => Explanation::new(Code::NotFound, "SESSION_NOT_FOUND"),
            Self::AccountNotFound => Explanation::new(Code::NotFound, "ACCOUNT_NOT_FOUND"),
            Self::RoleNeedsTwo => Explanation::new(Code::FailedPrecondition, "ROLE_NEEDS_TWO"),
            Self::RoleNotRevocable => Explanation::new(Code::FailedPrecondition, "ROLE_NOT_REVOCABLE"),
            Self::PasswordTooCommon => Explanation::new(Code::InvalidArgument, "PASSWORD_TOO_COMMON"),
            Self::MfaTokenInvalid => Explanation::new(Code::Unauthenticated, "MFA_TOKEN_INVALID"),
            Self::MfaCodeInvalid => Explanation::new(Code::FailedPrecondition, "MFA_CODE_INVALID"),
            Self::MfaAlreadyEnabled => Explanation::new(Code::FailedPrecondition, "MFA_ALREADY_ENABLED"),
            Self::MfaNotEnrolled => Explanation::new(Code::FailedPrecondition, "MFA_NOT_ENROLLED"),
            Self::MfaRequired => Explanation::new(Code::FailedPrecondition, "MFA_REQUIRED"),
            Self::MailTokenInvalid => Explanation::new(Code::FailedPrecondition, "MAIL_TOKEN_INVALID"),
            Self::ServiceAccountNotFound => Explanation::new(Code::NotFound, "SERVICE_ACCOUNT_NOT_FOUND"),
            Self::TooManyServiceAccounts => {
                Explanation::new(Code::FailedPrecondition, "TOO_MANY_SERVICE_ACCOUNTS")
            }
            Self::RoleNotDelegable => Explanation::new(Code::FailedPrecondition, "ROLE_NOT_DELEGABLE"),
            Self::ClientCredentialsInvalid => {
                Explanation::new(Code::Unauthenticated, "CLIENT_CREDENTIALS_INVALID")
            }
            Self::ScopeUnknown(_) => Explanation::new(Code::InvalidArgument, "SCOPE_UNKNOWN"),
            Self::Refused(refused) => refused.explain(),
            Self::Invalid(invalid) => invalid.explain(),
            Self::Fault(fault) => fault.explain(),
        }
    }
}

impl From<Error> for tonic::Status {
    fn from(error: Error) -> Self {
        error.into_status()
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Fault::from(error).into()
    }
}

impl Error {
    /// This failure as the one line a start ends with, causes included.
    pub fn at_start(self) -> StartError {
        let mut line = self.to_string();
        let mut cause = std::error::Error::source(&self);
        while let Some(error) = cause {
            line = format!("{line}: {error}");
            cause = error.source();
        }
        StartError::Other(line)
    }
}
