//! The circuit breaker. Its window slides over the latest calls; the one of
//! tower-resilience 0.13 counts from its last transition on, so that an outage
//! after a million good calls would have to last a million bad ones.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use futures::future::BoxFuture;
use tokio::time::Instant;
use tower::{Layer, Service};

use super::{Limits, Trouble, Verdict};

/// Puts services behind one circuit.
#[derive(Debug, Clone)]
pub(super) struct BreakerLayer(Arc<Circuit>);

/// What the circuit says of itself.
#[derive(Debug, Clone)]
pub(crate) struct Gauge(Arc<Circuit>);

impl Gauge {
    /// Whether a call would not be let through now.
    pub(crate) fn is_open(&self) -> bool {
        let state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        match state.phase {
            Phase::Closed(_) => false,
            Phase::Open { until } => Instant::now() < until,
            Phase::HalfOpen { places, .. } => places == 0,
        }
    }
}

impl BreakerLayer {
    pub(super) fn new(name: &'static str, limits: &Limits) -> Self {
        let state = State {
            era: 0,
            phase: Phase::Closed(Window::default()),
        };
        Self(Arc::new(Circuit {
            name,
            limits: *limits,
            state: Mutex::new(state),
        }))
    }

    pub(super) fn gauge(&self) -> Gauge {
        Gauge(self.0.clone())
    }
}

impl<S> Layer<S> for BreakerLayer {
    type Service = Breaker<S>;

    fn layer(&self, inner: S) -> Breaker<S> {
        Breaker {
            circuit: self.0.clone(),
            inner,
        }
    }
}

/// A service that is not called while its circuit is open.
#[derive(Debug, Clone)]
pub(super) struct Breaker<S> {
    circuit: Arc<Circuit>,
    inner: S,
}

impl<S, Q> Service<Q> for Breaker<S>
where
    S: Service<Q, Error = Trouble> + Clone + Send + 'static,
    S::Future: Send + 'static,
    Q: Send + 'static,
{
    type Response = S::Response;
    type Error = Trouble;
    type Future = BoxFuture<'static, Result<S::Response, Trouble>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Trouble>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Q) -> Self::Future {
        let Some(ticket) = self.circuit.admit() else {
            return Box::pin(async { Err(Trouble::Open) });
        };
        let call = self.inner.call(request);
        Box::pin(async move {
            let result = call.await;
            ticket.book(Verdict::of(&result));
            result
        })
    }
}

#[derive(Debug)]
struct Circuit {
    name: &'static str,
    limits: Limits,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Counts transitions: what was begun before one says nothing after it.
    era: u64,
    phase: Phase,
}

#[derive(Debug)]
enum Phase {
    Closed(Window),
    Open { until: Instant },
    HalfOpen { places: usize, window: Window },
}

/// Whether the latest calls failed.
#[derive(Debug, Default)]
struct Window {
    failed: VecDeque<bool>,
    failures: usize,
}

impl Window {
    fn push(&mut self, failed: bool, size: usize) {
        if self.failed.len() >= size && self.failed.pop_front() == Some(true) {
            self.failures -= 1;
        }
        self.failed.push_back(failed);
        self.failures += usize::from(failed);
    }

    fn is_bad(&self, percent: usize) -> bool {
        self.failures * 100 >= self.failed.len() * percent
    }
}

impl Circuit {
    fn admit(self: &Arc<Self>) -> Option<Ticket> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Phase::Open { until } = state.phase
            && Instant::now() >= until
        {
            let window = Window::default();
            self.enter(
                &mut state,
                Phase::HalfOpen {
                    places: self.limits.half_open_calls,
                    window,
                },
            );
        }
        match &mut state.phase {
            Phase::Closed(_) => {}
            Phase::Open { .. } | Phase::HalfOpen { places: 0, .. } => return None,
            Phase::HalfOpen { places, .. } => *places -= 1,
        }
        Some(Ticket {
            circuit: self.clone(),
            era: state.era,
            booked: false,
        })
    }

    fn book(&self, era: u64, verdict: Verdict) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.era != era {
            return;
        }
        let Limits {
            window: size,
            fewest_calls,
            failure_percent,
            half_open_calls,
            ..
        } = self.limits;
        let failed = verdict == Verdict::Failed;
        let next = match (&mut state.phase, verdict) {
            (Phase::HalfOpen { places, .. }, Verdict::Unasked) => {
                *places += 1;
                None
            }
            (Phase::Open { .. }, _) | (_, Verdict::Unasked) => None,
            (Phase::Closed(window), _) => {
                window.push(failed, size);
                let bad = window.failed.len() >= fewest_calls.min(size) && window.is_bad(failure_percent);
                bad.then(|| self.opened())
            }
            (Phase::HalfOpen { window, .. }, _) => {
                window.push(failed, half_open_calls);
                let complete = window.failed.len() >= half_open_calls;
                complete.then(|| match window.is_bad(failure_percent) {
                    true => self.opened(),
                    false => Phase::Closed(Window::default()),
                })
            }
        };
        if let Some(phase) = next {
            self.enter(&mut state, phase);
        }
    }

    fn opened(&self) -> Phase {
        Phase::Open {
            until: Instant::now() + self.limits.open,
        }
    }

    fn enter(&self, state: &mut State, phase: Phase) {
        match &phase {
            Phase::Open { .. } => {
                tracing::warn!(breaker = "payment-pg", pg = self.name, "circuit breaker opened")
            }
            Phase::HalfOpen { .. } => tracing::info!(
                breaker = "payment-pg",
                pg = self.name,
                "circuit breaker half open"
            ),
            Phase::Closed(_) => {
                tracing::info!(breaker = "payment-pg", pg = self.name, "circuit breaker closed")
            }
        }
        state.era += 1;
        state.phase = phase;
    }
}

/// The right to one call. Dropped without a result, it gives its place back.
struct Ticket {
    circuit: Arc<Circuit>,
    era: u64,
    booked: bool,
}

impl Ticket {
    fn book(mut self, verdict: Verdict) {
        self.booked = true;
        self.circuit.book(self.era, verdict);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if !self.booked {
            self.circuit.book(self.era, Verdict::Unasked);
        }
    }
}
