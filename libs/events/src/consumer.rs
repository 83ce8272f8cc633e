use std::future::Future;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::AckKind;
use async_nats::jetstream::message::Acker;
use futures::StreamExt as _;
use sqlx::PgConnection;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, error, warn};

use crate::inbox::{Admission, admit};
use crate::{Bus, BusError, Database, Message, Stream, parking, trace};

const LANES: usize = 8;
const LANE_DEPTH: usize = 32;
/// After so many tries a message that still fails is parked.
const MAX_TRIES: i64 = 8;
/// Silence after which the consumer is made anew.
const SILENCE: Duration = Duration::from_secs(10);

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a message was not applied.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It may work later: it is tried again with growing waits, then parked.
    #[error("{0}")]
    Retry(#[source] Cause),
    /// It never will: it is parked at once.
    #[error("{0}")]
    Poison(#[source] Cause),
}

impl Failure {
    /// It may work later.
    pub fn retry(cause: impl Into<Cause>) -> Self {
        Self::Retry(cause.into())
    }

    /// It never will.
    pub fn poison(cause: impl Into<Cause>) -> Self {
        Self::Poison(cause.into())
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::retry(error)
    }
}

impl From<prost::DecodeError> for Failure {
    fn from(error: prost::DecodeError) -> Self {
        Self::poison(error)
    }
}

/// Applies messages.
pub trait Handler: Send + Sync + 'static {
    /// Applies one message with the transaction of `conn`, which also holds its
    /// inbox row. It runs again after a failure, so it changes nothing outside.
    /// A message it does not care about it passes over with `Ok`.
    fn handle(
        &self,
        conn: &mut PgConnection,
        message: &Message,
    ) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// Applies the messages of one stream, each once, those of a key in order.
#[derive(Debug)]
pub struct Consumer<H> {
    name: &'static str,
    stream: Stream,
    handler: H,
}

impl<H: Handler> Consumer<H> {
    /// The consumer `name` (unique for its stream and database) of a stream.
    pub fn new(name: &'static str, stream: Stream, handler: H) -> Self {
        Self {
            name,
            stream,
            handler,
        }
    }

    /// Applies messages until `stop`; then those at hand are finished.
    pub async fn run(self, database: Database, bus: Bus, stop: CancellationToken) {
        let worker = Arc::new(Worker {
            name: format!("{}:{}", self.name, self.stream.name()),
            database,
            handler: self.handler,
        });
        let mut failing = false;
        while !stop.is_cancelled() {
            match pull(self.name, &self.stream, &worker, &bus, &stop).await {
                Ok(()) => failing = false,
                Err(error) => {
                    if !failing {
                        warn!(consumer = worker.name, error = %error, "no messages just now; the consumer keeps trying");
                    }
                    failing = true;
                    tokio::select! {
                        () = stop.cancelled() => {}
                        () = sleep(Duration::from_millis(500)) => {}
                    }
                }
            }
        }
    }
}

/// One life of the JetStream consumer: from making it to an error or silence.
async fn pull<H: Handler>(
    name: &str,
    stream: &Stream,
    worker: &Arc<Worker<H>>,
    bus: &Bus,
    stop: &CancellationToken,
) -> Result<(), BusError> {
    let mut consumer = bus.consumer(stream, name).await?;
    let mut messages = consumer
        .stream()
        .max_messages_per_batch(200)
        .expires(Duration::from_secs(30))
        .heartbeat(Duration::from_secs(5))
        .messages()
        .await
        .map_err(BusError::jetstream)?;
    let lanes = Lanes::new(worker);
    worker.redrive().await;
    let outcome = loop {
        let next = tokio::select! {
            () = stop.cancelled() => break Ok(()),
            next = timeout(SILENCE, messages.next()) => next,
        };
        match next {
            Ok(Some(Ok(message))) => lanes.deliver(message).await,
            Ok(Some(Err(error))) => break Err(BusError::jetstream(error)),
            Ok(None) => break Err(BusError::JetStream("the consumer ended".into())),
            Err(_) => {
                worker.redrive().await;
                match consumer.info().await {
                    Ok(info) if info.num_pending == 0 => {}
                    Ok(_) => break Err(BusError::JetStream("messages wait and none arrives".into())),
                    Err(error) => break Err(BusError::jetstream(error)),
                }
            }
        }
    };
    lanes.finish().await;
    outcome
}

/// Tasks that each apply the messages of some keys, one after the other.
struct Lanes {
    senders: Vec<mpsc::Sender<(Message, Acker, i64)>>,
    tasks: JoinSet<()>,
}

impl Lanes {
    fn new<H: Handler>(worker: &Arc<Worker<H>>) -> Self {
        let mut tasks = JoinSet::new();
        let senders = (0..LANES)
            .map(|_| {
                let (sender, mut receiver) = mpsc::channel::<(Message, Acker, i64)>(LANE_DEPTH);
                let worker = worker.clone();
                tasks.spawn(async move {
                    while let Some((message, acker, tries)) = receiver.recv().await {
                        let span = trace::span(&worker.name, &message);
                        let answer = worker.settle(&message, tries).instrument(span).await;
                        if let Err(error) = acker.ack_with(answer).await {
                            warn!(consumer = worker.name, error = %error, "acknowledgement not sent; the message comes again");
                        }
                    }
                });
                sender
            })
            .collect();
        Self { senders, tasks }
    }

    async fn deliver(&self, message: async_nats::jetstream::Message) {
        let tries = message.info().map_or(1, |info| info.delivered);
        let (plain, acker) = message.split();
        match Message::from_nats(&plain) {
            Ok(message) => {
                let mut hasher = DefaultHasher::new();
                message.key.hash(&mut hasher);
                let lane = usize::try_from(hasher.finish() % LANES as u64).unwrap_or(0);
                // A lane ends only after the senders are dropped.
                let _ = self.senders[lane].send((message, acker, tries)).await;
            }
            Err(error) => {
                error!(subject = %plain.subject, error = %error, "a message that none of ours published is passed over");
                let _ = acker.ack_with(AckKind::Term).await;
            }
        }
    }

    async fn finish(mut self) {
        self.senders.clear();
        while self.tasks.join_next().await.is_some() {}
    }
}

struct Worker<H> {
    /// Consumer and stream, the name its rows stand under.
    name: String,
    database: Database,
    handler: H,
}

enum Outcome {
    Settled,
    Early,
}

impl<H: Handler> Worker<H> {
    /// Applies, postpones or parks a message, and says what to tell the stream.
    async fn settle(&self, message: &Message, tries: i64) -> AckKind {
        let any_start = tries > MAX_TRIES;
        let result = match self.apply(message, any_start, false).await {
            Ok(Outcome::Settled) => return AckKind::Ack,
            Ok(Outcome::Early) => match parking::blocks(self.database.pool(), &self.name, message).await {
                Ok(true) => Err(Failure::poison("an earlier event of its key is parked")),
                Ok(false) => return AckKind::Nak(Some(wait_before(tries))),
                Err(error) => Err(error.into()),
            },
            Err(failure) => Err(failure),
        };
        match result {
            Ok(()) => AckKind::Ack,
            Err(Failure::Retry(cause)) if tries < MAX_TRIES => {
                warn!(error = %cause, tries, "message not applied; trying again");
                AckKind::Nak(Some(wait_before(tries)))
            }
            Err(failure) => {
                match parking::park(self.database.pool(), &self.name, message, &failure.to_string()).await {
                    Ok(()) => {
                        error!(error = %failure, tries, "message parked; mend the cause, then redrive its key");
                        metrics::counter!("messages.parked", "consumer" => self.name.clone()).increment(1);
                        AckKind::Term
                    }
                    Err(_) => AckKind::Nak(Some(wait_before(tries))),
                }
            }
        }
    }

    async fn apply(&self, message: &Message, any_start: bool, parked: bool) -> Result<Outcome, Failure> {
        let mut tx = self.database.begin().await?;
        match admit(&mut tx, &self.name, message, any_start).await? {
            Admission::Duplicate => {
                tx.rollback().await?;
                return Ok(Outcome::Settled);
            }
            Admission::Early => {
                tx.rollback().await?;
                return Ok(Outcome::Early);
            }
            Admission::Apply => {}
        }
        self.handler.handle(&mut tx, message).await?;
        if parked {
            parking::forget(&mut tx, &self.name, message.id).await?;
        }
        tx.commit().await?;
        Ok(Outcome::Settled)
    }

    /// Tries the parked messages that were let try again.
    async fn redrive(&self) {
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

/// 50 ms, doubling, at most 30 s.
fn wait_before(tries: i64) -> Duration {
    let doublings = u32::try_from(tries.clamp(1, 10) - 1).unwrap_or(0);
    Duration::from_millis(50 << doublings).min(Duration::from_secs(30))
}
