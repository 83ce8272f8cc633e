use std::error::Error;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use async_nats::datetime::DateTime;
use async_nats::jetstream::AckKind;
use async_nats::jetstream::message::Acker;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tracing::{Instrument as _, debug, error, warn};

use crate::inbox::{Admission, admit};
use crate::{Bus, BusError, Database, Failure, Handler, Message, Stream, parking, trace};

const LANES: usize = 8;
const LANE_DEPTH: usize = 32;
/// After so many tries a message that still fails is parked.
const MAX_TRIES: i64 = 8;
/// After so many tries, some eight seconds, nothing before an event of a key
/// that was never seen can be under way.
const SOME_EARLY_TRIES: i64 = 20;
/// After so many tries, some five minutes, an event that waits for an earlier
/// one of its key is parked.
const MAX_EARLY_TRIES: i64 = 36;

/// A message as it came, this time.
struct Delivery {
    message: Message,
    acker: Acker,
    tries: i64,
    published: DateTime,
}

/// Tasks that each apply the messages of some keys, one after the other.
pub(crate) struct Lanes {
    senders: Vec<mpsc::Sender<Delivery>>,
    tasks: JoinSet<()>,
}

impl Lanes {
    pub(crate) fn new<H: Handler>(worker: &Arc<Worker<H>>) -> Self {
        let mut tasks = JoinSet::new();
        let senders = (0..LANES)
            .map(|_| {
                let (sender, mut receiver) = mpsc::channel::<Delivery>(LANE_DEPTH.max(H::BATCH));
                let worker = worker.clone();
                tasks.spawn(async move {
                    let mut batch = Vec::new();
                    while receiver.recv_many(&mut batch, H::BATCH).await > 0 {
                        for delivery in worker.apply_together(std::mem::take(&mut batch)).await {
                            let span = trace::span(&worker.name, &delivery.message);
                            let answer = worker.settle(&delivery).instrument(span).await;
                            worker.answer(&delivery, answer).await;
                        }
                    }
                });
                sender
            })
            .collect();
        Self { senders, tasks }
    }

    pub(crate) async fn deliver(&self, message: async_nats::jetstream::Message) -> Result<(), BusError> {
        let info = message.info().map_err(BusError::jetstream)?;
        let (tries, published) = (info.delivered, info.published);
        let (plain, acker) = message.split();
        match Message::from_nats(&plain) {
            Ok(message) => {
                let mut hasher = DefaultHasher::new();
                message.key.hash(&mut hasher);
                let lane = usize::try_from(hasher.finish() % LANES as u64).unwrap_or(0);
                let delivery = Delivery {
                    message,
                    acker,
                    tries,
                    published,
                };
                let sent = self.senders[lane].send(delivery).await;
                sent.map_err(|_| BusError::JetStream("a handler panicked".into()))
            }
            Err(error) => {
                error!(subject = %plain.subject, error = %error, "a message that none of ours published is passed over");
                let _ = acker.ack_with(AckKind::Term).await;
                Ok(())
            }
        }
    }

    pub(crate) async fn finish(mut self) {
        self.senders.clear();
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Applies the messages of one stream to one database.
pub(crate) struct Worker<H> {
    /// Consumer and stream, the name its rows stand under.
    pub name: String,
    pub stream: Stream,
    pub database: Database,
    pub bus: Bus,
    pub handler: H,
}

enum Outcome {
    Settled,
    Early,
}

impl<H: Handler> Worker<H> {
    /// Applies messages that need no inbox row in one transaction, where there are
    /// several. Gives back those to be applied one by one: all, when it failed.
    async fn apply_together(&self, batch: Vec<Delivery>) -> Vec<Delivery> {
        if !H::REPEATABLE || batch.len() < 2 {
            return batch;
        }
        let (mut together, mut facts, mut alone) = (Vec::new(), Vec::new(), Vec::new());
        for delivery in batch {
            match self.handler.read(&delivery.message) {
                Ok(Some(fact)) if delivery.message.version == 0 => {
                    facts.push(fact);
                    together.push(delivery);
                }
                _ => alone.push(delivery),
            }
        }
        let applied = match facts.len() {
            0 | 1 => false,
            _ => {
                let span = trace::span(&self.name, &together[0].message);
                self.commit_all(facts).instrument(span).await
            }
        };
        if !applied {
            together.append(&mut alone);
            return together;
        }
        for delivery in together {
            self.answer(&delivery, AckKind::Ack).await;
        }
        alone
    }

    async fn commit_all(&self, facts: Vec<H::Fact>) -> bool {
        let applied = async {
            let mut tx = self.database.begin().await?;
            self.handler.apply_all(&mut tx, facts).await?;
            tx.commit().await?;
            Ok::<(), Failure>(())
        };
        let applied = applied.await;
        if let Err(failure) = &applied {
            debug!(consumer = self.name, error = %failure, "messages not applied together; trying each");
        }
        applied.is_ok()
    }

    async fn answer(&self, delivery: &Delivery, answer: AckKind) {
        if let Err(error) = delivery.acker.ack_with(answer).await {
            warn!(consumer = self.name, error = %error, "acknowledgement not sent; the message comes again");
        }
    }

    /// Applies, postpones or parks a message, and says what to tell the stream.
    async fn settle(&self, delivery: &Delivery) -> AckKind {
        let (message, tries) = (&delivery.message, delivery.tries);
        let later = AckKind::Nak(Some(wait_after(tries)));
        match self.take(delivery).await {
            Ok(Outcome::Settled) => AckKind::Ack,
            Ok(Outcome::Early) => AckKind::Nak(Some(wait_when_early(tries))),
            Err(Failure::Retry(cause)) if tries < MAX_TRIES || is_away(cause.as_ref()) => {
                warn!(error = %cause, tries, "message not applied; trying again");
                later
            }
            Err(failure) => {
                match parking::park(self.database.pool(), &self.name, message, &failure.to_string()).await {
                    Ok(()) => {
                        error!(error = %failure, tries, "message parked; mend the cause, then redrive its key");
                        metrics::counter!("messages.parked", "consumer" => self.name.clone()).increment(1);
                        AckKind::Term
                    }
                    Err(_) => later,
                }
            }
        }
    }

    async fn take(&self, delivery: &Delivery) -> Result<Outcome, Failure> {
        let (message, tries) = (&delivery.message, delivery.tries);
        if let Outcome::Settled = self.apply(message, false, false).await? {
            return Ok(Outcome::Settled);
        }
        if parking::blocks(self.database.pool(), &self.name, message).await? {
            return Err(Failure::poison("an earlier event of its key is parked"));
        }
        let published = (tries <= SOME_EARLY_TRIES).then_some(delivery.published);
        if self.bus.begins_key(&self.stream, message, published).await
            && let Outcome::Settled = self.apply(message, true, false).await?
        {
            return Ok(Outcome::Settled);
        }
        if tries > MAX_EARLY_TRIES {
            return Err(Failure::poison("an earlier event of its key is missing"));
        }
        Ok(Outcome::Early)
    }

    async fn apply(&self, message: &Message, any_start: bool, parked: bool) -> Result<Outcome, Failure> {
        let Some(fact) = self.handler.read(message)? else {
            return self.pass_over(message, any_start, parked).await;
        };
        let mut tx = self.database.begin().await?;
        if !(H::REPEATABLE && message.version == 0) {
            match admit(&mut tx, &self.name, message, any_start).await? {
                Admission::Duplicate => {
                    tx.rollback().await?;
                    return self.settled(message, parked).await;
                }
                Admission::Early => {
                    tx.rollback().await?;
                    return Ok(Outcome::Early);
                }
                Admission::Apply => {}
            }
        }
        self.handler.apply(&mut tx, fact).await?;
        if parked {
            parking::forget(&mut tx, &self.name, message.id).await?;
        }
        tx.commit().await?;
        Ok(Outcome::Settled)
    }

    /// Books in a message that tells nothing here, where those after it wait
    /// for that.
    async fn pass_over(&self, message: &Message, any_start: bool, parked: bool) -> Result<Outcome, Failure> {
        if message.version > 0 {
            let mut conn = self.database.pool().acquire().await?;
            if admit(&mut conn, &self.name, message, any_start).await? == Admission::Early {
                return Ok(Outcome::Early);
            }
        }
        self.settled(message, parked).await
    }

    async fn settled(&self, message: &Message, parked: bool) -> Result<Outcome, Failure> {
        if parked {
            let mut conn = self.database.pool().acquire().await?;
            parking::forget(&mut conn, &self.name, message.id).await?;
        }
        Ok(Outcome::Settled)
    }

    /// Tries the parked messages that were let try again.
    pub(crate) async fn redrive(&self) {
        let Ok(messages) = parking::to_redrive(self.database.pool(), &self.name).await else {
            return;
        };
        for message in messages {
            if let Err(failure) = self.apply(&message, true, true).await {
                error!(message.id = %message.id, error = %failure, "a redriven message failed again");
                // When the database is away the message stays marked.
                let _ = parking::park(self.database.pool(), &self.name, &message, &failure.to_string()).await;
            }
        }
    }
}

/// Before the next try of what failed: 50 ms, doubling to 26 s.
fn wait_after(tries: i64) -> Duration {
    let doublings = u32::try_from(tries.clamp(1, 10) - 1).unwrap_or(0);
    Duration::from_millis(50 << doublings)
}

/// Before the next look whether the event before has come: short at first,
/// because it is mostly near.
fn wait_when_early(tries: i64) -> Duration {
    if tries > SOME_EARLY_TRIES {
        return wait_after(tries - SOME_EARLY_TRIES + 4);
    }
    Duration::from_millis(50 * tries.clamp(1, 10).unsigned_abs())
}

/// Whether the database did not answer, which says nothing about the message.
fn is_away(cause: &(dyn Error + Send + Sync + 'static)) -> bool {
    let mut next: Option<&(dyn Error + 'static)> = Some(cause);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<sqlx::Error>() {
            return match error {
                sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed => true,
                // Classes 08 connection, 53 resources, 57P shutdown, 40 serialization and deadlock.
                sqlx::Error::Database(error) => error.code().is_some_and(|code| {
                    ["08", "53", "57P", "40"]
                        .iter()
                        .any(|class| code.starts_with(class))
                }),
                _ => false,
            };
        }
        next = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("a flow failed")]
    struct Wrapped(#[source] Box<dyn Error + Send + Sync>);

    fn cause(failure: Failure) -> Box<dyn Error + Send + Sync> {
        match failure {
            Failure::Retry(cause) | Failure::Poison(cause) => cause,
        }
    }

    #[test]
    fn a_database_that_is_away_is_known_however_deep_it_lies() {
        let away = || sqlx::Error::PoolTimedOut;
        assert!(is_away(cause(away().into()).as_ref()));
        let wrapped = Wrapped(Box::new(Wrapped(Box::new(away()))));
        assert!(is_away(cause(Failure::retry(wrapped)).as_ref()));
        assert!(!is_away(cause(Failure::retry(sqlx::Error::RowNotFound)).as_ref()));
        assert!(!is_away(cause(Failure::retry("something else")).as_ref()));
    }

    #[test]
    fn waits_grow_and_end_at_half_a_minute() {
        let waits = [1, 2, 8, 10, 50].map(|tries| wait_after(tries).as_millis());
        assert_eq!(waits, [50, 100, 6_400, 25_600, 25_600]);
        let all = |tries| (1..=tries).map(wait_when_early).sum::<Duration>().as_secs();
        assert_eq!((all(SOME_EARLY_TRIES), all(MAX_EARLY_TRIES)), (7, 314));
    }
}
