//! What staff does by the owner of a thing.

use strum::{EnumString, IntoStaticStr};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use xlcfi_contracts::payment::v1::RefundDecision;
use xlcfi_identity::User;

use crate::permission::Operation;

/// After so long an act that did not end has lost its process.
const ABANDONED: Duration = Duration::seconds(90);

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Act {
    pub user: User,
    pub operation: Operation,
    pub subject_id: Uuid,
    pub reason: String,
    pub request_id: Option<Uuid>,
    pub version: i64,
    pub refund_decision: RefundDecision,
    /// Of a review.
    pub publish: bool,
}

/// Where an act stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumString)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum State {
    Begun,
    Done,
    /// The owner would not.
    Refused,
    /// The owner did not answer; it may have done it.
    Lost,
}

/// An act and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub operation_id: Uuid,
    pub operation: Operation,
    pub subject_id: Uuid,
    pub state: State,
    pub refusal: String,
    pub before: String,
    pub after: String,
    pub update_time: OffsetDateTime,
}

impl Run {
    /// One that begins.
    pub fn new(act: &Act, now: OffsetDateTime) -> Self {
        Self {
            operation_id: Uuid::now_v7(),
            operation: act.operation,
            subject_id: act.subject_id,
            state: State::Begun,
            refusal: String::new(),
            before: String::new(),
            after: String::new(),
            update_time: now,
        }
    }

    /// Whether it is what is asked for.
    pub fn is_of(&self, act: &Act) -> bool {
        self.operation == act.operation && self.subject_id == act.subject_id
    }

    /// Whether it is to be done once more: nobody knows what came of it.
    pub fn may_be_repeated(&self, now: OffsetDateTime) -> bool {
        match self.state {
            State::Lost => true,
            State::Begun => now - self.update_time > ABANDONED,
            State::Done | State::Refused => false,
        }
    }
}

/// What an owner says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Done { before: String, after: String },
    Refused(String),
}
