//! How often somebody may call.
//!
//! Each edge counts in memory, and all of them together in Redis. While Redis
//! is away each edge keeps to the limit by itself, so that together they let
//! through at most the limit times the number of edges.

mod client;
mod gcra;
mod local;
mod shared;

use std::net::IpAddr;
use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use xlcfi_contracts::policy::{Policy, RateClass};
use xlcfi_identity::User;
use xlcfi_service::Cache;

pub use client::Networks;
use gcra::{Allowance, Taken};
use local::Local;
use shared::Shared;

use crate::Error;

/// The limits of this edge.
#[derive(Debug)]
pub struct Limits {
    standard: Allowance,
    credential: Allowance,
    notice: Allowance,
    local: Local,
    shared: Option<Shared>,
}

impl Limits {
    /// Limits a minute: for each user or address, for each address where passwords
    /// and tokens are checked, and for each that tells what it knows.
    pub fn new(standard: u32, credential: u32, notice: u32, cache: Option<Cache>) -> Self {
        Self {
            standard: Allowance::a_minute(standard),
            credential: Allowance::a_minute(credential),
            notice: Allowance::a_minute(notice),
            local: Local::new(),
            shared: cache.map(Shared::new),
        }
    }

    /// Counts one call of a method with this policy.
    pub async fn take(&self, policy: &Policy, user: Option<&User>, client: IpAddr) -> Quota {
        let (allowance, key) = match (policy.rate_class, user) {
            (RateClass::Credential, _) => (&self.credential, format!("c:{}", client::key(client))),
            (RateClass::Notice, _) => (&self.notice, format!("n:{}", client::key(client))),
            (_, Some(user)) => (&self.standard, format!("u:{}", user.id)),
            (_, None) => (&self.standard, format!("a:{}", client::key(client))),
        };
        let mut taken = self.local.take(allowance, &key, policy.rate_cost);
        if let (Some(shared), true) = (&self.shared, taken.wait.is_none()) {
            // When Redis is away our own count stands.
            taken = shared
                .take(allowance, &key, policy.rate_cost)
                .await
                .unwrap_or(taken);
        }
        Quota {
            limit: allowance.limit(),
            taken,
        }
    }
}

/// What is left of somebody's allowance.
#[derive(Debug, Clone, Copy)]
pub struct Quota {
    limit: u32,
    taken: Taken,
}

impl Quota {
    /// Whether the call may go on.
    ///
    /// # Errors
    /// [`Error::RateLimited`].
    pub fn check(&self) -> Result<(), Error> {
        self.taken
            .wait
            .map_or(Ok(()), |wait| Err(Error::RateLimited(wait)))
    }

    /// Tells the client.
    pub fn dress(&self, headers: &mut HeaderMap) {
        headers.insert("ratelimit-limit", self.limit.into());
        headers.insert("ratelimit-remaining", self.taken.remaining.into());
        headers.insert("ratelimit-reset", whole_seconds(self.taken.reset));
    }
}

/// As a header says it: whole seconds, rounded up.
pub fn whole_seconds(time: Duration) -> HeaderValue {
    (time.as_secs() + u64::from(time.subsec_nanos() > 0)).into()
}
