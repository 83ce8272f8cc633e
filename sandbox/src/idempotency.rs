//! Idempotency keys: an answer is kept as long as its provider keeps it, and given again.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// What makes two requests the same request: key, API key, method and path, as far as the provider looks at them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Scope(String);

impl Scope {
    pub(crate) fn new(key: &str, api_key: &str, method: &str, path: &str) -> Scope {
        let api_key = fingerprint(api_key);
        Scope(format!("{api_key} {method} {path} {key}"))
    }
}

/// Stands for a text without telling it.
pub(crate) fn fingerprint(text: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, text.as_bytes())
}

/// A request's claim to be the first with its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    pub scope: Scope,
    /// What the request asks for, where the provider compares it.
    pub fingerprint: Option<Uuid>,
    /// How long its answer is kept.
    pub kept: Duration,
}

/// An answer that was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answer {
    pub scope: Scope,
    #[serde(default)]
    fingerprint: Option<Uuid>,
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    #[serde(default = "fifteen_days")]
    kept_seconds: i64,
    pub status: u16,
    pub body: String,
}

fn fifteen_days() -> i64 {
    Duration::days(15).whole_seconds()
}

impl Answer {
    pub(crate) fn new(claim: Claim, at: OffsetDateTime, status: u16, body: String) -> Answer {
        Answer {
            scope: claim.scope,
            fingerprint: claim.fingerprint,
            at,
            kept_seconds: claim.kept.whole_seconds(),
            status,
            body,
        }
    }

    fn kept_until(&self) -> OffsetDateTime {
        self.at + Duration::seconds(self.kept_seconds)
    }
}

/// What to do with a request that carries a key.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Begin {
    /// Never seen: do it, then keep the answer or let the key go.
    Fresh,
    /// Its twin is being worked on.
    InFlight,
    /// The key was used for something else.
    OtherRequest,
    /// Done before: this is the answer.
    Replay(Answer),
}

/// The answers kept, and the keys being worked on.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    kept: HashMap<Scope, Answer>,
    by_end: BTreeSet<(OffsetDateTime, Scope)>,
    in_flight: HashSet<Scope>,
}

impl Answers {
    pub(crate) fn begin(&mut self, claim: &Claim, now: OffsetDateTime) -> Begin {
        self.forget_before(now);
        match self.kept.get(&claim.scope) {
            Some(answer) if answer.fingerprint != claim.fingerprint => Begin::OtherRequest,
            Some(answer) => Begin::Replay(answer.clone()),
            None if self.in_flight.insert(claim.scope.clone()) => Begin::Fresh,
            None => Begin::InFlight,
        }
    }

    /// Lets a key go without an answer: the next request with it is fresh.
    pub(crate) fn release(&mut self, scope: &Scope) {
        self.in_flight.remove(scope);
    }

    pub(crate) fn keep(&mut self, answer: Answer) {
        self.in_flight.remove(&answer.scope);
        self.by_end.insert((answer.kept_until(), answer.scope.clone()));
        self.kept.insert(answer.scope.clone(), answer);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Answer> {
        self.by_end.iter().filter_map(|(_, scope)| self.kept.get(scope))
    }

    fn forget_before(&mut self, now: OffsetDateTime) {
        while self.by_end.first().is_some_and(|(end, _)| *end < now) {
            if let Some((_, scope)) = self.by_end.pop_first() {
                self.kept.remove(&scope);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;
    const KEPT: Duration = Duration::days(15);

    fn claim() -> Claim {
        Claim {
            scope: Scope::new("k", "sk", "POST", "/p"),
            fingerprint: None,
            kept: KEPT,
        }
    }

    fn answer(claim: &Claim) -> Answer {
        Answer::new(claim.clone(), START, 200, "{}".to_owned())
    }

    #[test]
    fn the_second_request_gets_the_first_answer() {
        let (mut answers, claim) = (Answers::default(), claim());
        assert_eq!(answers.begin(&claim, START), Begin::Fresh);
        answers.keep(answer(&claim));
        assert_eq!(answers.begin(&claim, START), Begin::Replay(answer(&claim)));
    }

    #[test]
    fn a_key_in_flight_is_refused_until_it_is_released() {
        let (mut answers, claim) = (Answers::default(), claim());
        assert_eq!(answers.begin(&claim, START), Begin::Fresh);
        assert_eq!(answers.begin(&claim, START), Begin::InFlight);
        answers.release(&claim.scope);
        assert_eq!(answers.begin(&claim, START), Begin::Fresh);
    }

    #[test]
    fn an_answer_is_kept_as_long_as_was_said() {
        for kept in [KEPT, Duration::DAY] {
            let (mut answers, claim) = (Answers::default(), Claim { kept, ..claim() });
            answers.keep(answer(&claim));
            assert!(matches!(answers.begin(&claim, START + kept), Begin::Replay(_)));
            assert_eq!(
                answers.begin(&claim, START + kept + Duration::SECOND),
                Begin::Fresh
            );
        }
    }

    #[test]
    fn another_request_with_the_key_is_noticed() {
        let mut answers = Answers::default();
        let asking = |what: &str| Claim {
            fingerprint: Some(fingerprint(what)),
            ..claim()
        };
        answers.keep(answer(&asking("a")));
        assert!(matches!(answers.begin(&asking("a"), START), Begin::Replay(_)));
        assert_eq!(answers.begin(&asking("b"), START), Begin::OtherRequest);
    }

    #[test]
    fn an_answer_written_before_providers_differed_is_kept_fifteen_days() {
        let old = r#"{"scope":"s","at":"1970-01-01T00:00:00Z","status":200,"body":"{}"}"#;
        let answer: Answer = serde_json::from_str(old).expect("an answer");
        assert_eq!(answer.kept_until(), START + KEPT);
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
