//! Which webhook is due when. Knows no network.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use crate::faults::WebhookFaults;
use crate::provider::Provider;

/// Minutes from one failed attempt to the next; after the last the event is given up.
const TOSS_RESEND_MINUTES: [i64; 7] = [1, 4, 16, 64, 256, 1_024, 4_096];
const STRIPE_RESEND_MINUTES: [i64; 9] = [5, 30, 120, 300, 600, 720, 720, 720, 720];
/// A reordered webhook whose successor never comes goes out after this long.
pub(crate) const LONGEST_HOLD: Duration = Duration::MINUTE;
/// Finished deliveries kept to be looked at.
const REMEMBERED: usize = 1_000;

/// How a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    Pending,
    Delivered,
    GaveUp,
    Suppressed,
}

/// One event on its way to one URL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Delivery {
    /// Order of creation; unique, also among copies of one transmission.
    pub number: u64,
    pub transmission_id: String,
    /// Decides the headers, the resends and what counts as accepted.
    pub provider: Provider,
    pub url: String,
    pub order_id: String,
    pub event: String,
    pub body: String,
    #[serde(with = "time::serde::rfc3339")]
    pub due_at: OffsetDateTime,
    pub retried_count: usize,
    /// Waits for the order's next webhook to have been sent.
    pub held: bool,
    pub outcome: Outcome,
    pub last_answer: Option<String>,
}

/// What a delivery tells.
#[derive(Clone, Debug)]
pub(crate) struct Notice {
    pub transmission_id: String,
    pub provider: Provider,
    pub order_id: String,
    pub event: String,
    pub body: String,
}

impl Delivery {
    /// A delivery to `url`, as the faults have it.
    pub(crate) fn new(notice: Notice, url: &str, faults: &WebhookFaults, now: OffsetDateTime) -> Delivery {
        let wait = if faults.reorder {
            LONGEST_HOLD
        } else {
            faults.delay
        };
        Delivery {
            number: 0,
            transmission_id: notice.transmission_id,
            provider: notice.provider,
            url: url.to_owned(),
            order_id: notice.order_id,
            event: notice.event,
            body: notice.body,
            due_at: now + wait,
            retried_count: 0,
            held: faults.reorder,
            outcome: if faults.never {
                Outcome::Suppressed
            } else {
                Outcome::Pending
            },
            last_answer: None,
        }
    }

    /// What becomes of the delivery after an attempt at `now`.
    pub(crate) fn attempted(mut self, accepted: bool, answer: String, now: OffsetDateTime) -> Delivery {
        self.held = false;
        self.last_answer = Some(answer);
        match (accepted, self.resend_minutes().get(self.retried_count)) {
            (true, _) => self.outcome = Outcome::Delivered,
            (false, Some(minutes)) => {
                self.retried_count += 1;
                self.due_at = now + Duration::minutes(*minutes);
            }
            (false, None) => self.outcome = Outcome::GaveUp,
        }
        self
    }

    fn resend_minutes(&self) -> &'static [i64] {
        match self.provider {
            Provider::Toss => &TOSS_RESEND_MINUTES,
            Provider::Stripe => &STRIPE_RESEND_MINUTES,
        }
    }

    fn lane(&self) -> (String, String) {
        (self.order_id.clone(), self.url.clone())
    }
}

/// Every delivery that is not finished, and the last finished ones.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    urls: BTreeMap<Provider, Vec<String>>,
    next_number: u64,
    pending: BTreeMap<u64, Delivery>,
    due: BTreeSet<(OffsetDateTime, u64)>,
    /// Orders with an attempt under way: their next webhook waits, so that only a fault reorders them.
    busy: HashSet<(String, String)>,
    finished: VecDeque<Delivery>,
}

impl Queue {
    /// Where a provider's events go.
    pub(crate) fn urls(&self, provider: Provider) -> &[String] {
        self.urls.get(&provider).map(Vec::as_slice).unwrap_or_default()
    }

    pub(crate) fn set_urls(&mut self, provider: Provider, urls: Vec<String>) {
        self.urls.insert(provider, urls);
    }

    pub(crate) fn next_number(&self) -> u64 {
        self.next_number
    }

    /// Stores a delivery, new or changed.
    pub(crate) fn put(&mut self, delivery: Delivery) {
        self.next_number = self.next_number.max(delivery.number + 1);
        if let Some(old) = self.pending.remove(&delivery.number) {
            self.due.remove(&(old.due_at, old.number));
        }
        if delivery.outcome == Outcome::Pending {
            self.due.insert((delivery.due_at, delivery.number));
            self.pending.insert(delivery.number, delivery);
        } else {
            self.finished.push_back(delivery);
            if self.finished.len() > REMEMBERED {
                self.finished.pop_front();
            }
        }
    }

    /// Takes what is due, one delivery for each order and URL; [`Queue::finish`] gives it back.
    pub(crate) fn take_due(&mut self, now: OffsetDateTime) -> Vec<Delivery> {
        let numbers: Vec<u64> = self
            .due
            .iter()
            .take_while(|(at, _)| *at <= now)
            .map(|(_, number)| *number)
            .collect();
        numbers
            .into_iter()
            .filter_map(|number| self.take_unless_busy(number))
            .collect()
    }

    fn take_unless_busy(&mut self, number: u64) -> Option<Delivery> {
        let lane = self.pending.get(&number)?.lane();
        if self.busy.contains(&lane) {
            None
        } else {
            self.take(number)
        }
    }

    /// Takes one delivery whether it is due or not.
    pub(crate) fn take(&mut self, number: u64) -> Option<Delivery> {
        let delivery = self.pending.get(&number)?.clone();
        self.due.remove(&(delivery.due_at, number));
        self.busy.insert(delivery.lane());
        Some(delivery)
    }

    /// Everything to store after an attempt: the delivery itself, and older ones of the order that were held for it.
    pub(crate) fn finish(&mut self, delivery: Delivery, now: OffsetDateTime) -> Vec<Delivery> {
        self.busy.remove(&delivery.lane());
        let waiting = |other: &&Delivery| {
            other.held && other.number < delivery.number && other.lane() == delivery.lane()
        };
        let released = self.pending.values().filter(waiting).cloned();
        let mut changed: Vec<Delivery> = released
            .map(|other| Delivery {
                held: false,
                due_at: now,
                ..other
            })
            .collect();
        changed.insert(0, delivery);
        changed
    }

    /// When the next delivery that nothing hinders is due.
    pub(crate) fn next_due(&self) -> Option<OffsetDateTime> {
        let free = |number: &u64| {
            self.pending
                .get(number)
                .is_some_and(|d| !self.busy.contains(&d.lane()))
        };
        self.due
            .iter()
            .find(|(_, number)| free(number))
            .map(|(at, _)| *at)
    }

    pub(crate) fn pending(&self) -> impl Iterator<Item = &Delivery> {
        self.pending.values()
    }

    pub(crate) fn finished(&self) -> impl Iterator<Item = &Delivery> {
        self.finished.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn delivery(number: u64, order_id: &str) -> Delivery {
        Delivery {
            number,
            transmission_id: format!("t{number}"),
            provider: Provider::Toss,
            url: "http://shop".to_owned(),
            order_id: order_id.to_owned(),
            event: "E".to_owned(),
            body: "{}".to_owned(),
            due_at: START,
            retried_count: 0,
            held: false,
            outcome: Outcome::Pending,
            last_answer: None,
        }
    }

    fn waits(mut current: Delivery) -> (Vec<i64>, Delivery) {
        let (mut now, mut waits) = (START, Vec::new());
        while current.outcome == Outcome::Pending {
            current = current.attempted(false, "500".to_owned(), now);
            waits.push((current.due_at - now).whole_minutes());
            now = current.due_at;
        }
        (waits, current)
    }

    #[test]
    fn resends_follow_the_documented_minutes_and_end() {
        let (toss, given_up) = waits(delivery(0, "o"));
        assert_eq!(toss, [1, 4, 16, 64, 256, 1_024, 4_096, 0]);
        assert_eq!((given_up.outcome, given_up.retried_count), (Outcome::GaveUp, 7));
        let (stripe, given_up) = waits(Delivery {
            provider: Provider::Stripe,
            ..delivery(0, "o")
        });
        assert_eq!((given_up.outcome, given_up.retried_count), (Outcome::GaveUp, 9));
        assert!(stripe.iter().sum::<i64>() <= Duration::days(3).whole_minutes());
    }

    #[test]
    fn webhooks_of_one_order_wait_for_each_other() {
        let mut queue = Queue::default();
        for (number, order) in [(0, "a"), (1, "a"), (2, "b")] {
            queue.put(delivery(number, order));
        }
        let taken: Vec<u64> = queue.take_due(START).iter().map(|d| d.number).collect();
        assert_eq!(taken, [0, 2]);
        assert_eq!(queue.next_due(), None);
        let sent = delivery(0, "a").attempted(true, "200".to_owned(), START);
        for changed in queue.finish(sent, START) {
            queue.put(changed);
        }
        assert_eq!(queue.take_due(START).len(), 1);
        assert_eq!(queue.finished().count(), 1);
    }

    #[test]
    fn a_held_webhook_goes_out_after_its_successor() {
        let mut queue = Queue::default();
        queue.put(Delivery {
            held: true,
            due_at: START + LONGEST_HOLD,
            ..delivery(0, "a")
        });
        queue.put(delivery(1, "a"));
        let taken = queue.take_due(START);
        assert_eq!(taken.len(), 1);
        let sent = taken[0].clone().attempted(true, "200".to_owned(), START);
        for changed in queue.finish(sent, START) {
            queue.put(changed);
        }
        assert_eq!(queue.take_due(START)[0].number, 0);
    }

    #[test]
    fn a_held_webhook_without_successor_goes_out_at_last() {
        let mut queue = Queue::default();
        queue.put(Delivery {
            held: true,
            due_at: START + LONGEST_HOLD,
            ..delivery(0, "a")
        });
        assert!(queue.take_due(START).is_empty());
        assert_eq!(queue.next_due(), Some(START + LONGEST_HOLD));
        assert_eq!(queue.take_due(START + LONGEST_HOLD).len(), 1);
    }
}
