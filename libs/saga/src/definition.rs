use std::future::Future;
use std::time::Duration;

use prost::{Message, Name};
use prost_types::Any;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::PgConnection;
use uuid::Uuid;
use xlcfi_events::Failure;

/// A kind of saga: its steps and what its own service does along the way.
pub trait Saga: Send + Sync + 'static {
    /// Name, unique within the service, for example `create-order`.
    const KIND: &'static str;
    /// Version new runs begin with.
    const VERSION: i32;
    /// What a run knows; kept as JSON. New fields need a serde default.
    type State: Serialize + DeserializeOwned + Send + Sync;

    /// The steps of a version, in order; `None` for a version this code no
    /// longer knows.
    fn steps(version: i32) -> Option<&'static [Step<Self::State>]>;

    /// A step was done; `result` is what its participant answered (absent when
    /// it was skipped). Changes to `state` are kept.
    fn stepped(
        &self,
        conn: &mut PgConnection,
        saga_id: Uuid,
        state: &mut Self::State,
        step: &'static str,
        result: Option<&Any>,
    ) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Every step is done.
    fn completed(
        &self,
        conn: &mut PgConnection,
        saga_id: Uuid,
        state: &Self::State,
    ) -> impl Future<Output = Result<(), Failure>> + Send;

    /// The run was turned back.
    fn compensating(
        &self,
        conn: &mut PgConnection,
        saga_id: Uuid,
        state: &Self::State,
        reversal: &Reversal,
    ) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Every done step is undone.
    fn compensated(
        &self,
        conn: &mut PgConnection,
        saga_id: Uuid,
        state: &Self::State,
        reversal: &Reversal,
    ) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// Why a run was turned back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reversal {
    /// Reason in `UPPER_SNAKE_CASE`.
    pub reason: String,
    /// A sentence for the buyer, in Korean; may be empty.
    pub message: String,
}

/// One step of a saga.
pub struct Step<S> {
    /// Name, unique within the saga.
    pub name: &'static str,
    /// Service that does it.
    pub participant: &'static str,
    /// Whether a run needs it.
    pub applies: fn(&S) -> bool,
    /// The command that does it.
    pub command: fn(Uuid, &S) -> Any,
    /// The command that undoes it; `None` when nothing need be undone.
    pub undo: Option<fn(Uuid, &S, &Reversal) -> Any>,
    /// How long to wait for a reply before sending the command again; doubles
    /// with each attempt, to 5 minutes at most.
    pub resend_after: Duration,
}

impl<S> Step<S> {
    pub(crate) fn wait(&self, attempt: u32) -> Duration {
        let doublings = attempt.saturating_sub(1).min(10);
        self.resend_after
            .saturating_mul(1 << doublings)
            .min(Duration::from_secs(300))
    }
}

/// A message packed with its type.
pub fn any<M: Message + Name>(message: &M) -> Any {
    Any {
        type_url: M::type_url(),
        value: message.encode_to_vec(),
    }
}
