//! What stands between the service and the PG: retry, circuit breaker,
//! bulkhead, time limit, from the outside in. Each try counts for the breaker,
//! and no try holds a place in the bulkhead while it waits for the next.

mod breaker;
#[cfg(test)]
mod tests;

use std::time::Duration;

use tower::util::BoxCloneSyncService;
use tower::{Service, ServiceBuilder};
use tower_resilience::bulkhead::{BulkheadLayer, BulkheadServiceError};
use tower_resilience::retry::{ExponentialBackoff, RetryLayer};
use tower_resilience::timelimiter::{TimeLimiterError, TimeLimiterLayer};

use breaker::BreakerLayer;
pub(crate) use breaker::Gauge;

/// How the PG is called.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Tries of one call, the first among them.
    pub tries: usize,
    /// Wait before the second try.
    pub first_wait: Duration,
    /// How much longer each further wait is.
    pub multiplier: f64,
    /// Calls at one time.
    pub concurrent: usize,
    /// Longest a call waits for a place among them.
    pub longest_queue: Duration,
    /// Latest calls the breaker looks at.
    pub window: usize,
    /// Fewest of them that say anything.
    pub fewest_calls: usize,
    /// Percent of failures at which the breaker opens.
    pub failure_percent: usize,
    /// How long it stays open.
    pub open: Duration,
    /// Calls it then lets through to see how the PG is.
    pub half_open_calls: usize,
    /// Wait before a payment without an answer is looked at again; it doubles.
    pub first_pending_wait: Duration,
    /// Where it stops doubling.
    pub longest_pending_wait: Duration,
    /// How often an awaited deposit is looked for, as no webhook need come.
    pub deposit_wait: Duration,
    /// How often days to compare with the PGs are looked for.
    pub closing_wait: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tries: 3,
            first_wait: Duration::from_secs(1),
            multiplier: 2.0,
            concurrent: 10,
            longest_queue: Duration::from_secs(1),
            window: 100,
            fewest_calls: 10,
            failure_percent: 50,
            open: Duration::from_secs(30),
            half_open_calls: 10,
            first_pending_wait: Duration::from_secs(1),
            longest_pending_wait: Duration::from_secs(30),
            deposit_wait: Duration::from_secs(15),
            closing_wait: Duration::from_secs(60),
        }
    }
}

impl Limits {
    /// Longest a call may take with all its tries and waits.
    pub(crate) fn longest_call(&self, time_limit: Duration) -> Duration {
        let tries = u32::try_from(self.tries).unwrap_or(u32::MAX);
        let waits = (1..tries).fold((Duration::ZERO, self.first_wait), |(sum, wait), _| {
            (sum + wait, wait.mul_f64(self.multiplier))
        });
        (time_limit + self.longest_queue).saturating_mul(tries) + waits.0
    }

    /// Wait before an attempt that had no answer so often is looked at again. The
    /// database takes off up to half of it by chance.
    pub(crate) fn pending_wait(&self, failures: i32) -> Duration {
        let doublings = u32::try_from(failures.clamp(1, 20) - 1).unwrap_or(0);
        self.first_pending_wait
            .saturating_mul(1 << doublings)
            .min(self.longest_pending_wait)
    }
}

/// Why a call has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("the circuit breaker is open")]
    Open,
    #[error("too many calls at once")]
    Full,
    #[error("no answer in time")]
    TimedOut,
    #[error("no connection: {0}")]
    NoConnection(String),
    #[error("the connection broke: {0}")]
    Broken(String),
    #[error("the answer is not readable: {0}")]
    Malformed(String),
    /// `kept`: the same key will always be answered so.
    #[error("status {status} {code}")]
    ServerError { status: u16, code: String, kept: bool },
    /// The PG answered that the same request may be sent again.
    #[error("try again: status {status} {code}")]
    Busy { status: u16, code: String },
    /// The PG does not know us: our settings are wrong, not the buyer's card.
    #[error("our key is refused: status {status} {code}")]
    NotUs { status: u16, code: String },
}

impl Trouble {
    /// Whether the PG failed, which is what the breaker counts.
    fn is_failure(&self) -> bool {
        match self {
            Self::TimedOut
            | Self::NoConnection(_)
            | Self::Broken(_)
            | Self::Malformed(_)
            | Self::ServerError { .. } => true,
            Self::Open | Self::Full | Self::Busy { .. } | Self::NotUs { .. } => false,
        }
    }

    pub(crate) fn is_worth_another_try(&self) -> bool {
        match self {
            Self::ServerError { kept, .. } => !kept,
            Self::Busy { .. } => true,
            other => other.is_failure(),
        }
    }
}

/// What a try means to the breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Answered,
    Failed,
    /// The PG was not asked.
    Unasked,
}

impl Verdict {
    fn of<T>(result: &Result<T, Trouble>) -> Self {
        match result {
            Err(Trouble::Open | Trouble::Full) => Self::Unasked,
            Err(trouble) if trouble.is_failure() => Self::Failed,
            Ok(_) | Err(_) => Self::Answered,
        }
    }
}

/// A service behind its limits, and how its circuit stands.
pub(crate) struct Guarded<Q, A> {
    pub service: BoxCloneSyncService<Q, A, Trouble>,
    pub gauge: Gauge,
}

/// Puts `inner`, the PG of this name, behind `limits`, each try within `time_limit`.
///
/// # Errors
/// Limits that make no sense.
pub(crate) fn guard<S, Q, A>(
    pg: &'static str,
    limits: &Limits,
    time_limit: Duration,
    inner: S,
) -> Result<Guarded<Q, A>, String>
where
    S: Service<Q, Response = A, Error = Trouble> + Clone + Send + Sync + 'static,
    S::Future: Send + 'static,
    Q: Clone + Send + Sync + 'static,
    A: Send + Sync + 'static,
{
    let backoff = ExponentialBackoff::new(limits.first_wait)
        .multiplier(limits.multiplier)
        .map_err(|error| error.to_string())?;
    let retry = RetryLayer::<Q, A, Trouble>::builder()
        .name("payment-pg")
        .max_attempts(limits.tries)
        .backoff(backoff)
        .retry_on(Trouble::is_worth_another_try)
        .build();
    let bulkhead = BulkheadLayer::builder()
        .name("payment-service")
        .max_concurrent_calls(limits.concurrent)
        .max_wait_duration(limits.longest_queue)
        .build()
        .map_err(|error| error.to_string())?;
    let limiter = TimeLimiterLayer::builder()
        .name("payment-pg")
        .timeout_duration(time_limit)
        .build();
    let breaker = BreakerLayer::new(pg, limits);
    let gauge = breaker.gauge();
    let guarded = ServiceBuilder::new()
        .layer(retry)
        .layer(breaker)
        .map_err(|error| match error {
            BulkheadServiceError::Bulkhead(_) => Trouble::Full,
            BulkheadServiceError::Inner(trouble) => trouble,
        })
        .layer(bulkhead)
        .map_err(|error| match error {
            TimeLimiterError::Timeout => Trouble::TimedOut,
            TimeLimiterError::Inner(trouble) => trouble,
        })
        .layer(limiter)
        .service(inner);
    Ok(Guarded {
        service: BoxCloneSyncService::new(guarded),
        gauge,
    })
}
