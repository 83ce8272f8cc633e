use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use sqlx::PgConnection;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::worker::{Lanes, Worker};
use crate::{Bus, BusError, Database, Message, Stream};

/// Silence after which somebody looks whether messages wait.
const SILENCE: Duration = Duration::from_secs(10);
/// How often to look at the connection.
const LOOK: Duration = Duration::from_millis(500);
/// How often parked messages that may try again are taken up.
const REDRIVE: Duration = Duration::from_secs(1);
/// Longest wait for the last acknowledgements to leave.
const FLUSH: Duration = Duration::from_secs(1);

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
    /// What a message tells.
    type Fact: Send;

    /// Applying a message in no order twice is the same as applying it once, so
    /// none needs to be remembered.
    const REPEATABLE: bool = false;

    /// Most messages applied in one transaction. Above 1 it matters only for those
    /// that are [repeatable](Self::REPEATABLE) and in no order.
    const BATCH: usize = 1;

    /// Reads a message; `None` when it tells nothing that matters here.
    ///
    /// # Errors
    /// It is not what it says it is.
    fn read(&self, message: &Message) -> Result<Option<Self::Fact>, Failure>;

    /// Applies what a message tells with the transaction of `conn`, which also
    /// holds its inbox row. It runs again after a failure, so it changes nothing
    /// outside.
    fn apply(
        &self,
        conn: &mut PgConnection,
        fact: Self::Fact,
    ) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Applies what several messages in no order tell, in one transaction. When that
    /// fails each is applied by itself.
    fn apply_all(
        &self,
        conn: &mut PgConnection,
        facts: Vec<Self::Fact>,
    ) -> impl Future<Output = Result<(), Failure>> + Send {
        async move {
            for fact in facts {
                self.apply(conn, fact).await?;
            }
            Ok(())
        }
    }
}

/// Applies the messages of one stream, each once, those of a key in order.
#[derive(Debug)]
pub struct Consumer<H> {
    name: &'static str,
    stream: Stream,
    only: Option<&'static str>,
    handler: H,
}

impl<H: Handler> Consumer<H> {
    /// The consumer `name` (unique for its stream and database) of a stream.
    pub fn new(name: &'static str, stream: Stream, handler: H) -> Self {
        Self {
            name,
            stream,
            only: None,
            handler,
        }
    }

    /// Takes messages of type `M` alone: those of other types are left to other
    /// consumers of the stream, and neither waits for the other.
    #[must_use]
    pub fn only<M: prost::Name>(self) -> Self {
        Self {
            only: Some(M::NAME),
            ..self
        }
    }

    /// Applies messages until `stop`; then those at hand are finished.
    pub async fn run(self, database: Database, bus: Bus, stop: CancellationToken) {
        let worker = Arc::new(Worker {
            name: format!("{}:{}", self.name, self.stream.name()),
            stream: self.stream,
            database,
            bus,
            handler: self.handler,
        });
        let mut failing = false;
        while !stop.is_cancelled() {
            match pull(self.name, self.only, &worker, &stop).await {
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

/// One life of the JetStream consumer: from making it to an error, silence or
/// a new connection.
async fn pull<H: Handler>(
    name: &str,
    only: Option<&str>,
    worker: &Arc<Worker<H>>,
    stop: &CancellationToken,
) -> Result<(), BusError> {
    let bus = &worker.bus;
    let mut consumer = tokio::select! {
        () = stop.cancelled() => return Ok(()),
        consumer = bus.consumer(&worker.stream, name, only) => consumer?,
    };
    // Only now: the first connection may have come up just before.
    let connection = bus.connection();
    let mut messages = consumer
        .stream()
        .max_messages_per_batch(200)
        .expires(Duration::from_secs(30))
        .heartbeat(Duration::from_secs(5))
        .messages()
        .await
        .map_err(BusError::jetstream)?;
    let lanes = Lanes::new(worker);
    let (mut look, mut redrive) = (interval(LOOK), interval(REDRIVE));
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    redrive.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut heard = Instant::now();
    let outcome = loop {
        tokio::select! {
            () = stop.cancelled() => break Ok(()),
            next = messages.next() => match next {
                Some(Ok(message)) => {
                    if let Err(error) = lanes.deliver(message).await {
                        break Err(error);
                    }
                    heard = Instant::now();
                }
                Some(Err(error)) => break Err(BusError::jetstream(error)),
                None => break Err(BusError::JetStream("the consumer ended".into())),
            },
            _ = redrive.tick() => worker.redrive().await,
            _ = look.tick() => {
                // Pulls of the connection before are forgotten by the server.
                if bus.connection() != connection {
                    break Ok(());
                }
                if heard.elapsed() > SILENCE {
                    match consumer.info().await {
                        Ok(info) if info.num_pending == 0 => heard = Instant::now(),
                        Ok(_) => break Err(BusError::JetStream("messages wait and none arrives".into())),
                        Err(error) => break Err(BusError::jetstream(error)),
                    }
                }
            }
        }
    };
    lanes.finish().await;
    // Unsent acknowledgements only bring messages again.
    let _ = timeout(FLUSH, bus.client().flush()).await;
    outcome
}
