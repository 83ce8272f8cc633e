//! What people and rules decide about reviews.

use strum::IntoStaticStr;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::review::{MemberId, Report, Review, State};
use crate::rules::Rule;

/// A line of the history of a review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    pub decision_id: Uuid,
    /// What the review became.
    pub state: State,
    pub of_appeal: bool,
    /// What struck, when rules decided.
    pub rules: Vec<Rule>,
    pub reason: String,
    /// `None` when rules decided.
    pub actor_id: Option<MemberId>,
    pub create_time: OffsetDateTime,
}

/// What a person wants a review to become.
#[derive(Debug, Clone)]
pub struct Wish {
    pub actor_id: MemberId,
    pub publish: bool,
    pub reason: String,
    /// The version the person read.
    pub version: i64,
    pub request_id: Option<Uuid>,
}

/// A review with what a person needs to decide about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    pub review: Review,
    pub reports: Vec<Report>,
    pub decisions: Vec<Decision>,
}

/// Why reviews wait for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Queue {
    Held,
    Reported,
    Appealed,
}

impl Decision {
    /// Rules hold a review.
    pub fn by_rules(rules: Vec<Rule>, now: OffsetDateTime) -> Self {
        Self {
            decision_id: Uuid::now_v7(),
            state: State::Held,
            of_appeal: false,
            rules,
            reason: String::new(),
            actor_id: None,
            create_time: now,
        }
    }

    /// A person made a review what it is now.
    pub fn by_person(wish: &Wish, review: &Review, of_appeal: bool, now: OffsetDateTime) -> Self {
        Self {
            decision_id: Uuid::now_v7(),
            state: review.state,
            of_appeal,
            rules: Vec::new(),
            reason: wish.reason.clone(),
            actor_id: Some(wish.actor_id),
            create_time: now,
        }
    }
}
