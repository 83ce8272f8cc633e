//! A database and a corner of NATS of its own for each test.

use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream;
use futures::StreamExt as _;
use prost::{Message as _, Name as _};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection as _, PgConnection, PgPool};
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use xlcfi_events::{Bus, Consumer, Database, Handler, Message, Relay, Stream, append};

use crate::effects::{Effects, Fact};

/// Longest a test waits for a condition; waits between tries add up to 13 s.
const PATIENCE: Duration = Duration::from_secs(25);

/// The service that publishes and consumes in these tests.
pub const SERVICE: &str = "test";

/// One database and one prefix; any number of processes may be imagined on it.
pub struct World {
    pub pool: PgPool,
    pub database: Database,
    nats_url: String,
    prefix: String,
    /// The test's own connection.
    own: OnceCell<Bus>,
}

/// A relay or a consumer that runs. Dropping it ends it as `kill -9` would.
pub struct Running {
    pub stop: CancellationToken,
    pub task: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl World {
    pub async fn new() -> Self {
        Self::at(&needed("NATS_URL")).await
    }

    /// With another NATS server.
    pub async fn at(nats_url: &str) -> Self {
        let prefix = format!("t{}", Uuid::now_v7().simple());
        let server: PgConnectOptions = needed("DATABASE_URL").parse().unwrap();
        let name = format!("test_events_{prefix}");
        let mut admin = PgConnection::connect_with(&server).await.unwrap();
        sqlx::query(sqlx::AssertSqlSafe(format!("create database {name}")))
            .execute(&mut admin)
            .await
            .unwrap();
        let pool = PgPoolOptions::new()
            .max_connections(10)
            .connect_lazy_with(server.database(&name));
        xlcfi_events::MIGRATIONS.run(&pool).await.unwrap();
        sqlx::query(
            "create table effect (position bigint generated always as identity, key uuid not null, number bigint not null)",
        )
        .execute(&pool)
        .await
        .unwrap();
        Self {
            database: Database::new(pool.clone()),
            pool,
            nats_url: nats_url.to_owned(),
            prefix,
            own: OnceCell::new(),
        }
    }

    /// The connection of another process.
    async fn connect(&self) -> Bus {
        Bus::connect(&self.nats_url, SERVICE, &self.prefix).await.unwrap()
    }

    /// The test's own connection.
    pub async fn bus(&self) -> &Bus {
        self.own.get_or_init(|| self.connect()).await
    }

    pub async fn jetstream(&self) -> jetstream::Context {
        jetstream::new(self.bus().await.client().clone())
    }

    /// Name of the events stream on the server.
    pub fn stream(&self) -> String {
        format!("{}-{SERVICE}-events", self.prefix)
    }

    pub async fn relay(&self) -> Running {
        let (relay, stop) = (
            Relay::new(SERVICE, self.database.clone(), self.connect().await),
            CancellationToken::new(),
        );
        Running {
            task: tokio::spawn(relay.run(stop.clone())),
            stop,
        }
    }

    /// A consumer of the events; all of them share one name.
    pub async fn consume(&self, effects: &Effects) -> Running {
        self.consume_from(Stream::events(SERVICE), effects).await
    }

    pub async fn consume_from<H: Handler + Clone>(&self, stream: Stream, effects: &H) -> Running {
        let stop = CancellationToken::new();
        let consumer = Consumer::new("reader", stream, effects.clone());
        let run = consumer.run(self.database.clone(), self.connect().await, stop.clone());
        Running {
            task: tokio::spawn(run),
            stop,
        }
    }

    /// The same consumer, narrowed to facts.
    pub async fn consume_only_facts(&self, stream: Stream, effects: &Effects) -> Running {
        let stop = CancellationToken::new();
        let consumer = Consumer::new("reader", stream, effects.clone()).only::<Fact>();
        let run = consumer.run(self.database.clone(), self.connect().await, stop.clone());
        Running {
            task: tokio::spawn(run),
            stop,
        }
    }

    /// Commits facts about `key`, one transaction each.
    pub async fn happen(&self, key: Uuid, numbers: impl IntoIterator<Item = i64>) {
        for number in numbers {
            let mut tx = self.database.begin().await.unwrap();
            append(&mut tx, key, &Fact { number }).await.unwrap();
            tx.commit().await.unwrap();
        }
    }

    /// Puts the `version`-th fact about `key` on the stream, past the outbox and
    /// past the server's de-duplication. Its number is its version.
    pub async fn publish(&self, id: Uuid, key: Uuid, version: i64) {
        let subject = format!("evt.{SERVICE}.Fact.{key}");
        self.publish_to(Stream::events(SERVICE), subject, id, key, version)
            .await;
    }

    pub async fn publish_to(&self, stream: Stream, subject: String, id: Uuid, key: Uuid, version: i64) {
        let message = Message {
            id,
            subject,
            type_name: Fact::full_name(),
            key,
            version,
            body: Fact { number: version }.encode_to_vec().into(),
            traceparent: None,
        };
        let mut headers = HeaderMap::new();
        for (name, value) in message.header_fields() {
            if name != "Nats-Msg-Id" {
                headers.insert(name, value);
            }
        }
        let bus = self.bus().await;
        bus.ensure(&stream).await.unwrap();
        let ack = jetstream::new(bus.client().clone())
            .publish_with_headers(bus.subject(&message.subject), headers, message.body)
            .await
            .unwrap();
        ack.await.unwrap();
    }

    /// The numbers applied for `key`, in the order they were.
    pub async fn applied(&self, key: Uuid) -> Vec<i64> {
        sqlx::query_scalar("select number from effect where key = $1 order by position")
            .bind(key)
            .fetch_all(&self.pool)
            .await
            .unwrap()
    }

    /// Waits until as many were applied for `key`, and asserts which.
    #[track_caller]
    pub fn applies(&self, key: Uuid, numbers: impl IntoIterator<Item = i64>) -> impl Future<Output = ()> {
        let place = std::panic::Location::caller();
        let numbers: Vec<i64> = numbers.into_iter().collect();
        async move {
            let mut applied = Vec::new();
            let begun = Instant::now();
            while applied.len() < numbers.len() && begun.elapsed() < PATIENCE {
                sleep(Duration::from_millis(10)).await;
                applied = self.applied(key).await;
            }
            assert_eq!(applied, numbers, "at {place}");
        }
    }

    /// One number out of the database.
    /// Waits until the stream has handed out so many messages, those that came
    /// again among them.
    pub async fn delivers(&self, times: u64) {
        let stream = self.jetstream().await.get_stream(self.stream()).await.unwrap();
        let begun = Instant::now();
        loop {
            let infos: Vec<_> = stream.consumers().map(Result::unwrap).collect().await;
            if infos.iter().any(|info| info.delivered.consumer_sequence >= times) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "handed out: {infos:?}");
            sleep(Duration::from_millis(10)).await;
        }
    }

    pub async fn count(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query).fetch_one(&self.pool).await.unwrap()
    }

    /// Waits until a query gives this number.
    #[track_caller]
    pub fn counts(&self, query: &'static str, number: i64) -> impl Future<Output = ()> {
        let place = std::panic::Location::caller();
        async move {
            let begun = Instant::now();
            loop {
                let counted = self.count(query).await;
                if counted == number {
                    return;
                }
                assert!(
                    begun.elapsed() < PATIENCE,
                    "{query}: {counted}, not {number}, at {place}"
                );
                sleep(Duration::from_millis(10)).await;
            }
        }
    }

    /// Waits until the events stream holds so many messages.
    pub async fn holds(&self, messages: u64) {
        let (jetstream, begun) = (self.jetstream().await, Instant::now());
        loop {
            let held = match jetstream.get_stream(self.stream()).await {
                Ok(stream) => stream.cached_info().state.messages,
                Err(_) => 0,
            };
            if held == messages {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{held} messages, not {messages}");
            sleep(Duration::from_millis(20)).await;
        }
    }

    pub async fn execute(&self, statement: &'static str) {
        sqlx::query(statement).execute(&self.pool).await.unwrap();
    }
}

pub fn needed(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set; run `make test`"))
}
