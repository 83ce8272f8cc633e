//! One circuit breaker for each group of methods that fail together.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tracing::{info, warn};

/// Calls it judges by.
const WINDOW: usize = 100;

/// How long it stays open.
const OPEN: Duration = Duration::from_secs(30);

/// Calls it lets through to try.
const TRIALS: usize = 10;

/// Lets calls through while most succeed. It opens when half of the last 100
/// failed, refuses for 30 seconds, then judges anew by 10 calls.
#[derive(Debug)]
pub struct Breaker {
    name: String,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    /// Counts the phases; a call that began in an earlier one is not counted.
    edition: u64,
}

#[derive(Debug)]
enum Phase {
    Closed {
        window: VecDeque<bool>,
        failed: usize,
    },
    Open {
        until: Instant,
    },
    HalfOpen {
        under_way: usize,
        done: usize,
        failed: usize,
    },
}

impl Phase {
    fn closed() -> Self {
        Self::Closed {
            window: VecDeque::with_capacity(WINDOW),
            failed: 0,
        }
    }
}

impl Breaker {
    /// A closed one; the name is for the log.
    pub fn new(name: &str) -> Arc<Self> {
        Arc::new(Self {
            name: name.to_owned(),
            state: Mutex::new(State {
                phase: Phase::closed(),
                edition: 0,
            }),
        })
    }

    /// Leave to make one call, or how long to wait before asking again.
    pub fn admit(self: &Arc<Self>) -> Result<Permit, Duration> {
        let mut state = self.lock();
        if let Phase::Open { until } = state.phase {
            let left = until.saturating_duration_since(Instant::now());
            if !left.is_zero() {
                return Err(left);
            }
            self.enter(
                &mut state,
                Phase::HalfOpen {
                    under_way: 0,
                    done: 0,
                    failed: 0,
                },
            );
        }
        if let Phase::HalfOpen { under_way, done, .. } = &mut state.phase {
            if *under_way + *done >= TRIALS {
                return Err(Duration::from_secs(1));
            }
            *under_way += 1;
        }
        Ok(Permit {
            breaker: self.clone(),
            edition: state.edition,
            used: false,
        })
    }

    fn settle(&self, edition: u64, failure: Option<bool>) {
        let mut state = self.lock();
        if state.edition != edition {
            return;
        }
        let next = match &mut state.phase {
            Phase::Open { .. } => None,
            Phase::Closed { window, failed } => failure.and_then(|failure| {
                if window.len() == WINDOW {
                    *failed -= usize::from(window.pop_front() == Some(true));
                }
                window.push_back(failure);
                *failed += usize::from(failure);
                (window.len() == WINDOW && *failed * 2 >= WINDOW).then(open)
            }),
            Phase::HalfOpen {
                under_way,
                done,
                failed,
            } => {
                *under_way -= 1;
                *done += usize::from(failure.is_some());
                *failed += usize::from(failure == Some(true));
                match () {
                    () if *failed * 2 >= TRIALS => Some(open()),
                    () if *done == TRIALS => Some(Phase::closed()),
                    () => None,
                }
            }
        };
        if let Some(next) = next {
            self.enter(&mut state, next);
        }
    }

    fn enter(&self, state: &mut State, phase: Phase) {
        let gauge = match &phase {
            Phase::Closed { .. } => 0.0,
            Phase::HalfOpen { .. } => 0.5,
            Phase::Open { .. } => 1.0,
        };
        match &phase {
            Phase::Open { .. } => warn!(breaker = self.name, "circuit breaker opened"),
            Phase::Closed { .. } => info!(breaker = self.name, "circuit breaker closed"),
            Phase::HalfOpen { .. } => {}
        }
        metrics::gauge!("edge.breaker.open", "breaker" => self.name.clone()).set(gauge);
        state.phase = phase;
        state.edition += 1;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn open() -> Phase {
    Phase::Open {
        until: Instant::now() + OPEN,
    }
}

/// Leave to make one call. Dropped unsettled it counts as no call: the client left.
#[derive(Debug)]
pub struct Permit {
    breaker: Arc<Breaker>,
    edition: u64,
    used: bool,
}

impl Permit {
    /// Says how the call went.
    pub fn settle(mut self, failed: bool) {
        self.used = true;
        self.breaker.settle(self.edition, Some(failed));
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if !self.used {
            self.breaker.settle(self.edition, None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(breaker: &Arc<Breaker>, count: usize, failed: bool) {
        for _ in 0..count {
            breaker.admit().expect("it is not open").settle(failed);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn it_opens_at_half_of_the_last_hundred_and_closes_after_ten_good_trials() {
        let breaker = Breaker::new("payment");
        calls(&breaker, 51, false);
        calls(&breaker, 49, true);
        calls(&breaker, 1, false);
        calls(&breaker, 1, true);
        let wait = breaker.admit().expect_err("50 of the last 100 failed");
        assert_eq!(wait, OPEN);

        tokio::time::advance(OPEN).await;
        calls(&breaker, TRIALS, false);
        calls(&breaker, 99, true);
    }

    #[tokio::test(start_paused = true)]
    async fn it_lets_ten_trials_through_and_opens_again_when_half_fail() {
        let breaker = Breaker::new("payment");
        calls(&breaker, WINDOW, true);
        tokio::time::advance(OPEN).await;
        let mut trials: Vec<Permit> = (0..TRIALS).map(|_| breaker.admit().expect("a trial")).collect();
        breaker.admit().expect_err("ten are under way");
        // A client that left makes room for another trial.
        drop(trials.pop());
        trials.push(breaker.admit().expect("a trial"));
        for trial in trials.drain(..5) {
            trial.settle(true);
        }
        breaker.admit().expect_err("it is open again");
        // What comes in late changes nothing.
        trials.into_iter().for_each(|trial| trial.settle(false));
        breaker.admit().expect_err("it is still open");
    }
}
