//! Notes queries that found nothing, without making anybody wait.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use xlcfi_types::calendar::seoul_date;

use crate::Ctx;
use crate::store::unanswered;

/// Different queries kept until they are written.
const WAITING: usize = 1_000;
/// Characters of a query that are kept.
const LONGEST: usize = 100;
const EVERY: Duration = Duration::from_secs(2);
/// Days they are kept.
const KEPT_DAYS: i64 = 90;

/// Queries that found nothing and are not written yet. Of very many different ones
/// some are lost.
#[derive(Debug, Clone, Default)]
pub struct Unanswered(Arc<Mutex<HashMap<String, i64>>>);

impl Unanswered {
    /// Notes a query.
    pub fn note(&self, query: &str) {
        let words: Vec<&str> = query.split_whitespace().collect();
        let query: String = words.join(" ").to_lowercase().chars().take(LONGEST).collect();
        // PostgreSQL keeps no NUL.
        if query.is_empty() || query.contains('\0') {
            return;
        }
        let mut waiting = self.waiting();
        if waiting.len() < WAITING || waiting.contains_key(&query) {
            *waiting.entry(query).or_default() += 1;
        }
    }

    /// Writes what was noted, now and then, until `stop`.
    pub async fn run(self, ctx: Ctx, stop: CancellationToken) {
        loop {
            let stopped = stop.is_cancelled();
            if let Err(error) = self.write(&ctx).await {
                warn!(error = %error, "queries that found nothing are not noted");
            }
            if stopped {
                return;
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = sleep(EVERY) => {}
            }
        }
    }

    async fn write(&self, ctx: &Ctx) -> Result<(), sqlx::Error> {
        let noted = std::mem::take(&mut *self.waiting());
        if noted.is_empty() {
            return Ok(());
        }
        let now = ctx.clock.now();
        let (queries, counts): (Vec<String>, Vec<i64>) = noted.into_iter().unzip();
        let pool = ctx.database.pool();
        unanswered::add(pool, &queries, &counts, seoul_date(now), now).await?;
        unanswered::forget(pool, seoul_date(now) - time::Duration::days(KEPT_DAYS)).await
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, HashMap<String, i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_noted_in_one_form() {
        let noted = Unanswered::default();
        for query in ["Caviar  ", "caviar", " ", "", "a\0b"] {
            noted.note(query);
        }
        assert_eq!(*noted.waiting(), HashMap::from([("caviar".to_owned(), 2)]));
        for number in 0..2 * WAITING {
            noted.note(&number.to_string());
        }
        assert_eq!(noted.waiting().len(), WAITING);
    }
}
