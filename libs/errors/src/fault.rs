use std::time::Duration;

use tonic::Code;

use crate::{Explain, Explanation};

/// A failure that is not the caller's: a store that is away, or a bug.
///
/// Its text is for the log. A caller reads "internal error" or "the service is
/// not available just now", never the cause.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The database or another store does not answer; trying again may help.
    #[error("the service is not available just now")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A bug or a corrupt row.
    #[error("internal error")]
    Bug(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Fault {
    /// Something that cannot happen unless the code or a row is wrong.
    pub fn bug(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Bug(cause.into())
    }

    /// A dependency that does not answer.
    pub fn unavailable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Unavailable(cause.into())
    }
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        let away = match &error {
            sqlx::Error::Io(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => true,
            // Classes 08 connection, 53 resources, 57P shutdown, 40 serialization and deadlock.
            sqlx::Error::Database(error) => error.code().is_some_and(|code| {
                ["08", "53", "57P", "40"]
                    .iter()
                    .any(|class| code.starts_with(class))
            }),
            _ => false,
        };
        if away {
            Self::unavailable(error)
        } else {
            Self::bug(error)
        }
    }
}

impl Explain for Fault {
    const DOMAIN: &'static str = "xlcfi.com";

    /// Logs the fault with its causes, once, because here it leaves the service.
    fn explain(&self) -> Explanation {
        let mut causes = String::new();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            if !causes.is_empty() {
                causes.push_str(": ");
            }
            causes.push_str(&error.to_string());
            cause = error.source();
        }
        match self {
            Self::Unavailable(_) => {
                tracing::warn!(error.causes = causes, "a store is unavailable");
                Explanation::new(Code::Unavailable, "SERVICE_UNAVAILABLE").retry_after(Duration::from_secs(1))
            }
            Self::Bug(_) => {
                tracing::error!(error.causes = causes, "internal error");
                Explanation::new(Code::Internal, "INTERNAL")
            }
        }
    }
}
