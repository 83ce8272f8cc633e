use std::fmt::Debug;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// Longest a test waits for a condition.
const PATIENCE: Duration = Duration::from_secs(30);

/// The first value `look` finds; it looks every 10 ms.
///
/// # Panics
/// Nothing was found within 30 seconds.
#[track_caller]
pub fn eventually<T, F>(look: F) -> impl Future<Output = T>
where
    F: AsyncFnMut() -> Option<T>,
{
    let place = std::panic::Location::caller();
    wait(look, place)
}

async fn wait<T, F: AsyncFnMut() -> Option<T>>(mut look: F, place: &std::panic::Location<'_>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(
            begun.elapsed() < PATIENCE,
            "nothing came in {PATIENCE:?} at {place}"
        );
        sleep(Duration::from_millis(10)).await;
    }
}

/// The fields a refusal names as wrong, sorted.
pub fn violations(status: &Status) -> Vec<String> {
    let violations = status
        .get_details_bad_request()
        .map(|details| details.field_violations);
    let mut fields: Vec<String> = violations
        .unwrap_or_default()
        .into_iter()
        .map(|violation| violation.field)
        .collect();
    fields.sort_unstable();
    fields
}

/// Asserts the code and the reason of a failed call, and gives its status.
///
/// # Panics
/// The call succeeded, or failed otherwise.
#[track_caller]
pub fn assert_refused<T: Debug>(result: Result<T, Status>, code: Code, reason: &str) -> Status {
    let status = result.expect_err("the call should have been refused");
    let said = xlcfi_errors::reason_of(&status);
    assert_eq!(
        (status.code(), said.as_deref()),
        (code, Some(reason)),
        "{status:?}"
    );
    status
}
