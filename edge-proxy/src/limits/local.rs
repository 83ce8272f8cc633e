use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use moka::sync::Cache;

use super::gcra::{Allowance, Taken};

/// Keys remembered, about 150 bytes each; those idle for two minutes have
/// their whole allowance again anyway.
const KEPT: u64 = 100_000;

/// The count of this process.
#[derive(Debug)]
pub struct Local {
    begun: Instant,
    full: Cache<Box<str>, Arc<AtomicU64>>,
}

impl Local {
    pub fn new() -> Self {
        let full = Cache::builder()
            .max_capacity(KEPT)
            .time_to_idle(Duration::from_secs(120))
            .build();
        Self {
            begun: Instant::now(),
            full,
        }
    }

    pub fn take(&self, allowance: &Allowance, key: &str, cost: u32) -> Taken {
        let full = self
            .full
            .get(key)
            .unwrap_or_else(|| self.full.get_with(key.into(), Arc::default));
        let now = u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        let mut current = full.load(Ordering::Relaxed);
        loop {
            let (next, taken) = allowance.take(current, now, cost);
            let Some(next) = next else { return taken };
            match full.compare_exchange_weak(current, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return taken,
                Err(changed) => current = changed,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_together_get_no_more_than_the_limit() {
        let (local, allowance) = (Local::new(), Allowance::a_minute(60));
        let got: usize = std::thread::scope(|scope| {
            let ask = || {
                (0..50)
                    .filter(|_| local.take(&allowance, "u:1", 1).wait.is_none())
                    .count()
            };
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().expect("no panic"))
                .sum()
        });
        // One comes back each second.
        assert!((60..=62).contains(&got), "{got}");
        assert!(local.take(&allowance, "u:2", 1).wait.is_none());
    }
}
