//! The toy's orchestrator and participants, started and killed one by one.

use prost::Message as _;
use sqlx::PgPool;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use xlcfi_contracts::saga::v1::saga_service_server::SagaServiceServer;
use xlcfi_events::{Consumer, Handler, Stream, append_to};
use xlcfi_saga::{Command, Console, Direction, Engine, Participation, Saga, any};
use xlcfi_service::{Base, Server, Service, StartError};
use xlcfi_testkit::{Harness, eventually};

use crate::toy::{Job, Meal, PATIENT, Toy, Worker};

const SERVICE: Service = Service::new("waiter", 1);

/// A server with the console and the relay, and nothing that consumes.
pub struct World {
    pub harness: Harness,
}

/// Something that runs. Dropping it ends it as `kill -9` would.
pub struct Running(Vec<JoinHandle<()>>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

impl World {
    pub async fn new() -> Self {
        Self {
            harness: Harness::start(SERVICE, start).await,
        }
    }

    /// With everything that consumes.
    pub async fn busy() -> (Self, [Running; 3]) {
        let world = Self::new().await;
        let running = [
            world.orchestrator(Toy::<PATIENT>),
            world.participant("kitchen"),
            world.participant("till"),
        ];
        (world, running)
    }

    pub fn pool(&self) -> &PgPool {
        self.harness.pool()
    }

    pub fn engine<S: Saga>(&self, saga: S) -> Engine<S> {
        Engine::new(SERVICE.name, self.harness.base.database.clone(), saga)
    }

    /// A process that moves the runs.
    pub fn orchestrator<S: Saga>(&self, saga: S) -> Running {
        let engine = self.engine(saga);
        let timers = tokio::spawn(engine.clone().run_timers(CancellationToken::new()));
        Running(vec![timers, self.consume(SERVICE.name, engine)])
    }

    /// A process that does steps.
    pub fn participant(&self, name: &'static str) -> Running {
        Running(vec![self.consume(name, Participation(Worker))])
    }

    fn consume<H: Handler>(&self, name: &'static str, handler: H) -> JoinHandle<()> {
        let base = &self.harness.base;
        let consumer = Consumer::new(name, Stream::commands(name), handler);
        tokio::spawn(consumer.run(base.database.clone(), base.bus.clone(), base.stop.clone()))
    }

    /// Begins a run.
    pub async fn begin<S: Saga<State = Meal>>(&self, saga: S, meal: Meal) -> Uuid {
        let id = Uuid::now_v7();
        let mut tx = self.harness.base.database.begin().await.unwrap();
        self.engine(saga).start(&mut tx, id, &meal).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// Sends a command as some other orchestrator would.
    pub async fn send(&self, to: &str, command: &Command) {
        let mut tx = self.harness.base.database.begin().await.unwrap();
        let key = command.saga_id.parse().unwrap();
        append_to(&mut tx, to, key, command).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// A command of an orchestrator that is none of ours.
    pub fn command(&self, saga_id: Uuid, direction: Direction, say: &str) -> Command {
        let job = Job { say: say.to_owned() };
        let mut command = self.harness.command_of("nobody", saga_id, "lay", direction, &job);
        command.body = Some(any(&job));
        command
    }

    /// Waits until a run is in this phase.
    pub async fn reaches(&self, id: Uuid, phase: &str) {
        eventually(async || (self.phase(id).await == phase).then_some(())).await;
    }

    pub async fn phase(&self, id: Uuid) -> String {
        sqlx::query_scalar("select phase from saga.saga where saga_id = $1")
            .bind(id)
            .fetch_one(self.pool())
            .await
            .unwrap()
    }

    /// What the participants did for a run, in order, as `lay` or `-lay`.
    pub async fn acts(&self, id: Uuid) -> Vec<String> {
        let acts: Vec<(String, String)> =
            sqlx::query_as("select step, direction from act where saga_id = $1 order by position")
                .bind(id)
                .fetch_all(self.pool())
                .await
                .unwrap();
        let act = |(step, direction): (String, String)| match direction.as_str() {
            "DIRECTION_UNDO" => format!("-{step}"),
            _ => step,
        };
        acts.into_iter().map(act).collect()
    }

    /// The command behind an act.
    pub async fn command_of(&self, id: Uuid, step: &str) -> Command {
        let bytes: Vec<u8> = eventually(async || {
            sqlx::query_scalar("select command from act where saga_id = $1 and step = $2")
                .bind(id)
                .bind(step)
                .fetch_optional(self.pool())
                .await
                .unwrap()
        })
        .await;
        Command::decode(bytes.as_slice()).unwrap()
    }

    /// What the orchestrator's own part was told of a run.
    pub async fn notes(&self, id: Uuid) -> Vec<String> {
        sqlx::query_scalar("select text from note where saga_id = $1 order by position")
            .bind(id)
            .fetch_all(self.pool())
            .await
            .unwrap()
    }

    /// A run's timeline, as `sent lay` or `sent -lay`.
    pub async fn timeline(&self, id: Uuid) -> Vec<String> {
        let entries: Vec<(String, i16, String)> = sqlx::query_as(
            "select event, direction, step from saga.entry where saga_id = $1 order by sequence",
        )
        .bind(id)
        .fetch_all(self.pool())
        .await
        .unwrap();
        let line = |(event, direction, step): (String, i16, String)| {
            let undo = if direction == 2 { "-" } else { "" };
            format!("{event} {undo}{step}").trim().to_owned()
        };
        entries.into_iter().map(line).collect()
    }

    /// How often the command under way was sent.
    pub async fn attempts(&self, id: Uuid) -> i32 {
        sqlx::query_scalar("select attempt from saga.saga where saga_id = $1")
            .bind(id)
            .fetch_one(self.pool())
            .await
            .unwrap()
    }

    pub async fn execute(&self, statement: &'static str, id: Uuid) {
        sqlx::query(statement)
            .bind(id)
            .execute(self.pool())
            .await
            .unwrap();
    }
}

async fn start(base: Base) -> Result<Server, StartError> {
    // The toy's own tables follow below; the libs' migrations do.
    base.migrate(&xlcfi_saga::MIGRATIONS).await?;
    sqlx::raw_sql(
        "create table act (position bigint generated always as identity, saga_id uuid, step text, direction text, command bytea);
         create table note (position bigint generated always as identity, saga_id uuid, text text)",
    )
    .execute(base.database.pool())
    .await
    .unwrap();
    let engine = Engine::new(SERVICE.name, base.database.clone(), Toy::<PATIENT>);
    Ok(Server::new(base).grpc(SagaServiceServer::new(Console(engine))))
}
