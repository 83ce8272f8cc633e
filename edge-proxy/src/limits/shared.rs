use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use deadpool_redis::redis::Script;
use tokio::time::timeout;
use tracing::{info, warn};
use xlcfi_service::Cache;

use super::gcra::{Allowance, Taken};

/// Longest a call waits for the count.
const PATIENCE: Duration = Duration::from_millis(50);

/// How long Redis is left alone after it did not answer.
const PAUSE: Duration = Duration::from_secs(1);

/// [`Allowance::take`] by the clock of Redis, so that all edges share one.
static TAKE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
local interval, whole, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local before = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local after = before + math.min(interval * cost, whole)
if after - now <= whole then
  redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', math.ceil((after - now) / 1000))
  return {math.floor((whole + now - after) / interval), after - now, 0}
end
return {math.max(math.floor((whole + now - before) / interval), 0), before - now, after - now - whole}
",
    )
});

/// The count of all edges together, in Redis.
#[derive(Debug)]
pub struct Shared {
    cache: Cache,
    begun: Instant,
    /// Microseconds after `begun` until which Redis is not asked.
    away_until: AtomicU64,
    /// Microseconds after `begun` since which it does not answer; 0 while it does.
    away_since: AtomicU64,
    /// The log says that it is away.
    told: AtomicBool,
}

impl Shared {
    pub fn new(cache: Cache) -> Self {
        Self {
            cache,
            begun: Instant::now(),
            away_until: AtomicU64::new(0),
            away_since: AtomicU64::new(0),
            told: AtomicBool::new(false),
        }
    }

    /// `None` while Redis is away.
    pub async fn take(&self, allowance: &Allowance, key: &str, cost: u32) -> Option<Taken> {
        if self.now() < self.away_until.load(Ordering::Relaxed) {
            return None;
        }
        let taken = timeout(PATIENCE, self.ask(allowance, key, cost))
            .await
            .ok()
            .flatten();
        match taken {
            Some(_) => self.answered(),
            None => self.was_silent(),
        }
        taken
    }

    fn answered(&self) {
        self.away_since.store(0, Ordering::Relaxed);
        if self.told.swap(false, Ordering::Relaxed) {
            info!("Redis answers again; all edges count together");
        }
    }

    /// Leaves it alone for a while. One late answer is no news; the next one
    /// that does not come is.
    fn was_silent(&self) {
        metrics::counter!("edge.limits.away").increment(1);
        let (now, pause) = (self.now(), u64::try_from(PAUSE.as_micros()).unwrap_or(0));
        self.away_until.store(now + pause, Ordering::Relaxed);
        let first = self
            .away_since
            .compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed);
        let lasts = first.is_err_and(|since| now - since.min(now) >= pause);
        if lasts && !self.told.swap(true, Ordering::Relaxed) {
            warn!("Redis does not answer; until it does each edge counts alone");
        }
    }

    async fn ask(&self, allowance: &Allowance, key: &str, cost: u32) -> Option<Taken> {
        let mut connection = self.cache.connection().await?;
        let (remaining, reset, wait): (u32, u64, u64) = TAKE
            .key(format!("edge:limit:{key}"))
            .arg(allowance.interval())
            .arg(allowance.whole())
            .arg(cost)
            .invoke_async(&mut connection)
            .await
            .ok()?;
        Some(Taken {
            remaining,
            reset: Duration::from_micros(reset),
            wait: (wait > 0).then(|| Duration::from_micros(wait)),
        })
    }

    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}
