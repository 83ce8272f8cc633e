//! Calls, made again when they fail. Keys stand in URLs, so no URL is ever shown as it is.

use std::fmt;
use std::time::Duration;

use serde_json::Value;
use tokio::time::sleep;

use super::Budget;
use crate::config::Config;
use crate::run::Trouble;

/// How often a call is made at most.
const ATTEMPTS: u32 = 3;
/// Largest answer, in bytes.
const LARGEST: usize = 32 << 20;

/// A call of a source.
pub struct Call {
    /// Holds the key.
    url: String,
    /// What may be shown of it.
    shown: String,
    body: Option<Value>,
}

impl Call {
    /// A call of a URL; `secrets` are masked wherever it is shown.
    pub fn new(url: String, secrets: &[&str]) -> Self {
        let mut shown = url.clone();
        for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
            shown = shown.replace(secret, "***");
        }
        Self {
            url,
            shown,
            body: None,
        }
    }

    /// Posts a body.
    #[must_use]
    pub fn with(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    pub fn shown(&self) -> &str {
        &self.shown
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

/// Who calls.
#[derive(Debug, Clone)]
pub struct Asker {
    client: reqwest::Client,
    first_wait: Duration,
}

impl Asker {
    pub fn new(config: &Config) -> Result<Self, String> {
        xlcfi_service::choose_tls();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(config.call_seconds))
            .no_proxy()
            .build()
            .map_err(|error| error.to_string())?;
        let first_wait = Duration::from_millis(config.retry_milliseconds);
        Ok(Self { client, first_wait })
    }

    /// The text of an answer and what `judge` makes of its status and text. While the source is away it is asked again,
    /// within the budget.
    pub async fn ask<T>(
        &self,
        call: &Call,
        budget: &Budget,
        judge: impl Fn(u16, &str) -> Result<T, Trouble>,
    ) -> Result<(String, T), Trouble> {
        let mut wait = self.first_wait;
        for attempt in 1.. {
            budget.take()?;
            let answered = match self.once(call).await {
                Ok((status, body)) => judge(status, &body).map(|read| (body, read)),
                Err(trouble) => Err(trouble),
            };
            match answered {
                Err(Trouble::Away(why)) if attempt < ATTEMPTS => {
                    tracing::debug!(call = ?call, attempt, why, "a source is asked again");
                    sleep(wait).await;
                    wait *= 2;
                }
                answered => return answered,
            }
        }
        Err(Trouble::Away("it was not asked".into()))
    }

    async fn once(&self, call: &Call) -> Result<(u16, String), Trouble> {
        let away = |error: reqwest::Error| Trouble::Away(error.without_url().to_string());
        let request = match &call.body {
            Some(body) => self.client.post(&call.url).json(body),
            None => self.client.get(&call.url),
        };
        let mut response = request
            .header("accept", "application/json")
            .send()
            .await
            .map_err(away)?;
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(away)? {
            if body.len() + chunk.len() > LARGEST {
                return Err(Trouble::Away("its answer does not end".into()));
            }
            body.extend_from_slice(&chunk);
        }
        Ok((status, String::from_utf8_lossy(&body).into_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_does_not_show_its_key() {
        let call = Call::new("https://a/api/very-secret/I0490".into(), &["very-secret", ""]);
        assert_eq!(format!("{call:?}"), "https://a/api/***/I0490");
        assert_eq!(call.shown(), "https://a/api/***/I0490");
    }
}
