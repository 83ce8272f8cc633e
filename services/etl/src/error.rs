use std::time::Duration;

use tonic::Status;
use xlcfi_errors::{Code, Explain, Explanation, Fault, Invalid};

use crate::run::RunId;

/// Why a call fails.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no such job; list them")]
    JobNotFound,
    #[error("the job is paused; resume it first")]
    JobPaused,
    #[error("the settings have no URL for the job's source")]
    JobNotSetUp,
    #[error("the job's source is not asked by days; start a run")]
    JobHasNoDays,
    /// Holds the run.
    #[error("a run of the job is under way; wait for its end or cancel it")]
    RunUnderWay(Option<RunId>),
    #[error("no such run")]
    RunNotFound,
    #[error("the run has ended")]
    RunEnded,
    /// Two calls of one request at a time; the second gives the first one's run.
    #[error("the request made a run already")]
    RunTwice,
    #[error("no such entry")]
    EntryNotFound,
    #[error("the row was taken in already")]
    EntryReleased,
    /// Holds what is wrong.
    #[error("the row is still bad: {1}")]
    RowStillBad(&'static str, String),
    #[error("no such notice")]
    NoticeNotFound,
    /// Holds why.
    #[error("the report is refused: {0}")]
    ReportRefused(String),
    /// Holds which there are.
    #[error("reports read no table {0}; these are: {1}")]
    ReportTableNotFound(String, String),
    #[error("the report holds too much at a time; ask for fewer columns, groups or sorted rows")]
    ReportTooLarge,
    #[error("the report took more than {0:?}; ask for less time, as in time > now() - interval '7 days'")]
    ReportTooSlow(Duration),
    #[error("others' reports are worked on; repeat it in a moment")]
    ReportsBusy,
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Explain for Error {
    const DOMAIN: &'static str = "etl.xlcfi.com";

    fn explain(&self) -> Explanation {
        match self {
            Self::JobNotFound => Explanation::new(Code::NotFound, "JOB_NOT_FOUND"),
            Self::JobPaused => Explanation::new(Code::FailedPrecondition, "JOB_PAUSED"),
            Self::JobNotSetUp => Explanation::new(Code::FailedPrecondition, "JOB_NOT_SET_UP"),
            Self::JobHasNoDays => Explanation::new(Code::FailedPrecondition, "JOB_HAS_NO_DAYS"),
            Self::RunUnderWay(Some(run_id)) => {
                Explanation::new(Code::FailedPrecondition, "RUN_UNDER_WAY").with("run_id", run_id)
            }
            Self::RunUnderWay(None) | Self::RunTwice => {
                Explanation::new(Code::FailedPrecondition, "RUN_UNDER_WAY")
            }
            Self::RunNotFound => Explanation::new(Code::NotFound, "RUN_NOT_FOUND"),
            Self::RunEnded => Explanation::new(Code::FailedPrecondition, "RUN_ENDED"),
            Self::EntryNotFound => Explanation::new(Code::NotFound, "ENTRY_NOT_FOUND"),
            Self::EntryReleased => Explanation::new(Code::FailedPrecondition, "ENTRY_RELEASED"),
            Self::RowStillBad(flaw, _) => {
                Explanation::new(Code::FailedPrecondition, "ROW_STILL_BAD").with("flaw", flaw)
            }
            Self::NoticeNotFound => Explanation::new(Code::NotFound, "NOTICE_NOT_FOUND"),
            Self::ReportRefused(_) => Explanation::new(Code::InvalidArgument, "REPORT_REFUSED"),
            Self::ReportTableNotFound(table, _) => {
                Explanation::new(Code::NotFound, "REPORT_TABLE_NOT_FOUND").with("table", table)
            }
            Self::ReportTooLarge => Explanation::new(Code::FailedPrecondition, "REPORT_TOO_LARGE"),
            Self::ReportTooSlow(most) => Explanation::new(Code::FailedPrecondition, "REPORT_TOO_SLOW")
                .with("most_seconds", most.as_secs()),
            Self::ReportsBusy => {
                Explanation::new(Code::ResourceExhausted, "REPORTS_BUSY").retry_after(Duration::from_secs(2))
            }
            Self::Invalid(invalid) => invalid.explain(),
            Self::Fault(fault) => fault.explain(),
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Fault(error.into())
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        error.into_status()
    }
}
