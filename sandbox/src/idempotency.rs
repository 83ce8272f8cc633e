//! Idempotency keys: an answer is kept 15 days and given again; the body of the second request is not looked at.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

const KEPT: Duration = Duration::days(15);

/// What makes two requests the same request: key, API key, method and path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Scope(String);

impl Scope {
    pub(crate) fn new(key: &str, api_key: &str, method: &str, path: &str) -> Scope {
        let fingerprint = Uuid::new_v5(&Uuid::NAMESPACE_OID, api_key.as_bytes());
        Scope(format!("{fingerprint} {method} {path} {key}"))
    }
}

/// An answer that was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answer {
    pub scope: Scope,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    pub status: u16,
    pub body: String,
}

/// What to do with a request that carries a key.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Begin {
    /// Never seen: do it, then keep the answer or let the key go.
    Fresh,
    /// Its twin is being worked on.
    InFlight,
    /// Done before: this is the answer.
    Replay(Answer),
}

/// The answers kept, and the keys being worked on.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    kept: HashMap<Scope, Answer>,
    by_age: BTreeSet<(OffsetDateTime, Scope)>,
    in_flight: HashSet<Scope>,
}

impl Answers {
    pub(crate) fn begin(&mut self, scope: &Scope, now: OffsetDateTime) -> Begin {
        self.forget_before(now - KEPT);
        if let Some(answer) = self.kept.get(scope) {
            return Begin::Replay(answer.clone());
        }
        if self.in_flight.insert(scope.clone()) {
            Begin::Fresh
        } else {
            Begin::InFlight
        }
    }

    /// Lets a key go without an answer: the next request with it is fresh.
    pub(crate) fn release(&mut self, scope: &Scope) {
        self.in_flight.remove(scope);
    }

    pub(crate) fn keep(&mut self, answer: Answer) {
        self.in_flight.remove(&answer.scope);
        self.by_age.insert((answer.at, answer.scope.clone()));
        self.kept.insert(answer.scope.clone(), answer);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Answer> {
        self.by_age.iter().filter_map(|(_, scope)| self.kept.get(scope))
    }

    fn forget_before(&mut self, limit: OffsetDateTime) {
        while self.by_age.first().is_some_and(|(at, _)| *at < limit) {
            if let Some((_, scope)) = self.by_age.pop_first() {
                self.kept.remove(&scope);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn answer(scope: &Scope) -> Answer {
        Answer {
            scope: scope.clone(),
            at: START,
            status: 200,
            body: "{}".to_owned(),
        }
    }

    #[test]
    fn the_second_request_gets_the_first_answer() {
        let (mut answers, scope) = (Answers::default(), Scope::new("k", "sk", "POST", "/p"));
        assert_eq!(answers.begin(&scope, START), Begin::Fresh);
        answers.keep(answer(&scope));
        assert_eq!(answers.begin(&scope, START), Begin::Replay(answer(&scope)));
    }

    #[test]
    fn a_key_in_flight_is_refused_until_it_is_released() {
        let (mut answers, scope) = (Answers::default(), Scope::new("k", "sk", "POST", "/p"));
        assert_eq!(answers.begin(&scope, START), Begin::Fresh);
        assert_eq!(answers.begin(&scope, START), Begin::InFlight);
        answers.release(&scope);
        assert_eq!(answers.begin(&scope, START), Begin::Fresh);
    }

    #[test]
    fn an_answer_is_kept_fifteen_days() {
        let (mut answers, scope) = (Answers::default(), Scope::new("k", "sk", "POST", "/p"));
        answers.keep(answer(&scope));
        assert!(matches!(answers.begin(&scope, START + KEPT), Begin::Replay(_)));
        assert_eq!(
            answers.begin(&scope, START + KEPT + Duration::SECOND),
            Begin::Fresh
        );
    }

    #[test]
    fn each_part_of_the_scope_counts() {
        let scope = Scope::new("k", "sk", "POST", "/p");
        for other in [
            Scope::new("k2", "sk", "POST", "/p"),
            Scope::new("k", "sk2", "POST", "/p"),
            Scope::new("k", "sk", "PUT", "/p"),
            Scope::new("k", "sk", "POST", "/p2"),
        ] {
            assert_ne!(scope, other);
        }
    }
}
