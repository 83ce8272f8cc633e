//! Calls to one PG behind its limits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ::http::{HeaderMap, Method};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::Instant;
use tower::ServiceExt as _;

use super::errors::Meaning;
use super::http::{Answer, Body, Call, Http, Reached};
use super::{Failure, Provider};
use crate::resilience::{Guarded, Limits, Trouble, guard};

tokio::task_local! {
    static WAITED: AtomicU64;
}

/// Does `work`, and says how much of its time went to PGs.
pub async fn timed<T>(work: impl Future<Output = T>) -> (T, Duration) {
    WAITED
        .scope(AtomicU64::new(0), async {
            let done = work.await;
            let waited = WAITED.with(|waited| waited.load(Ordering::Relaxed));
            (done, Duration::from_micros(waited))
        })
        .await
}

/// A PG that can be asked.
pub(super) struct Caller {
    provider: Provider,
    pg: Guarded<Call, Answer>,
    longest_call: Duration,
}

impl Caller {
    /// # Errors
    /// Settings that make no sense.
    pub(super) fn new(
        provider: Provider,
        url: &str,
        authorization: &str,
        headers: HeaderMap,
        limits: &Limits,
        time_limit: Duration,
    ) -> Result<Self, String> {
        let http = Http::new(provider, url, authorization, headers, time_limit)?;
        Ok(Self {
            provider,
            pg: guard(provider.into_str(), limits, time_limit, http)?,
            longest_call: limits.longest_call(time_limit),
        })
    }

    /// Longest any call takes.
    pub(super) fn longest_call(&self) -> Duration {
        self.longest_call
    }

    /// Whether the PG would not be asked now.
    pub(super) fn is_open(&self) -> bool {
        self.pg.gauge.is_open()
    }

    /// What is at `path`.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: String) -> Result<T, Failure> {
        read(self.ask(Method::GET, path, None, Body::Empty).await?)
    }

    /// The same, `None` when the PG knows no such thing.
    pub(super) async fn find<T: DeserializeOwned>(&self, path: String) -> Result<Option<T>, Failure> {
        match self.get(path).await {
            Ok(found) => Ok(Some(found)),
            Err(Failure::Refused {
                meaning: Meaning::WrongKey,
                ..
            }) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Has something done: once for each key, or without one what may be done again.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: String,
        idempotency_key: impl Into<Option<String>>,
        body: Body,
    ) -> Result<T, Failure> {
        read(self.ask(Method::POST, path, idempotency_key.into(), body).await?)
    }

    pub(super) async fn delete(&self, path: String) -> Result<(), Failure> {
        self.ask(Method::DELETE, path, None, Body::Empty).await.map(drop)
    }

    async fn ask(
        &self,
        method: Method,
        path: String,
        idempotency_key: Option<String>,
        body: Body,
    ) -> Result<Value, Failure> {
        let reached = Reached::default();
        let call = Call {
            method,
            path,
            body,
            idempotency_key,
            reached: reached.clone(),
        };
        let begun = Instant::now();
        let answer = self.pg.service.clone().oneshot(call).await;
        let micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        // Nobody counts where a worker asks.
        let _ = WAITED.try_with(|waited| waited.fetch_add(micros, Ordering::Relaxed));
        match answer {
            Ok(Answer::Done(value)) => Ok(value),
            Ok(Answer::Refused { meaning, code }) => Err(Failure::Refused { meaning, code }),
            Err(trouble) => {
                if let Trouble::NotUs { .. } = trouble {
                    let setting = self.provider.key_setting();
                    tracing::error!(error = %trouble, "the PG does not accept our key; check {setting}");
                }
                Err(if reached.get() {
                    Failure::Unknown(trouble)
                } else {
                    Failure::NotSent(trouble)
                })
            }
        }
    }
}

/// Fields as a form carries them.
pub(super) fn form<const N: usize>(fields: [(&str, String); N]) -> Body {
    let fields = fields.map(|(name, value)| (name.to_owned(), value));
    Body::Form(Arc::new(fields.into()))
}

/// Not what the PG documents: what it did is unknown.
pub(super) fn read<T: DeserializeOwned>(value: Value) -> Result<T, Failure> {
    serde_json::from_value(value)
        .map_err(|_| Failure::Unknown(Trouble::Malformed("a field is missing".into())))
}

/// A key as one segment of a path, whatever is in it.
pub(super) fn segment(key: &str) -> String {
    let mut segment = String::with_capacity(key.len());
    for byte in key.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'~' => segment.push(char::from(byte)),
            _ => segment.push_str(&format!("%{byte:02X}")),
        }
    }
    segment
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_cannot_lead_elsewhere() {
        assert_eq!(segment("tgen_Ab-1"), "tgen_Ab-1");
        assert_eq!(segment("../x?y#z"), "%2E%2E%2Fx%3Fy%23z");
        assert_eq!(segment("감"), "%EA%B0%90");
    }
}
