use std::sync::Arc;

use prost_types::Any;
use sqlx::PgConnection;
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};
use uuid::Uuid;
use xlcfi_contracts::saga::v1::{CommandReply, Direction, command_reply::Outcome};
use xlcfi_events::{Database, Failure, Handler, Message};

use crate::definition::{Reversal, Saga};
use crate::error::SagaError;
use crate::moves::{Input, Phase, advance, forward};
use crate::store::{self, Entry, Run};
use crate::timers;
use crate::turn::{Keep, Turn, parse};

/// From this attempt on a step without a reply is an alarm.
const ALARMING_ATTEMPT: u32 = 5;

/// Runs the sagas of one kind. Any number of processes may, on one database.
pub struct Engine<S> {
    pub(crate) service: &'static str,
    database: Database,
    pub(crate) saga: Arc<S>,
}

impl<S> Clone for Engine<S> {
    fn clone(&self) -> Self {
        Self {
            service: self.service,
            database: self.database.clone(),
            saga: self.saga.clone(),
        }
    }
}

impl<S: Saga> Engine<S> {
    /// The engine of `service` for one kind of saga.
    pub fn new(service: &'static str, database: Database, saga: S) -> Self {
        Self {
            service,
            database,
            saga: Arc::new(saga),
        }
    }

    /// The database the runs are in.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Begins a run in the transaction of `conn`; its first command goes out
    /// with the commit.
    ///
    /// # Errors
    /// A run of this id exists, or the database refused.
    pub async fn start(
        &self,
        conn: &mut PgConnection,
        saga_id: Uuid,
        state: &S::State,
    ) -> Result<(), Failure> {
        let state = serde_json::to_value(state).map_err(Failure::poison)?;
        let steps = S::steps(S::VERSION).ok_or_else(|| Failure::poison("the newest version has no steps"))?;
        let mut turn = Turn {
            engine: self,
            conn,
            steps,
            state: parse(&state)?,
            entries: Vec::new(),
            keep: Keep::New,
        };
        let place = forward(&turn.plan(), 0);
        let now = time::OffsetDateTime::now_utc();
        let mut run = Run {
            saga_id,
            kind: S::KIND.to_owned(),
            definition_version: S::VERSION,
            state,
            place,
            reversal: None,
            next_time: None,
            create_time: now,
            update_time: now,
        };
        turn.note("", Direction::Unspecified, "started", String::new());
        turn.enter(&mut run, Phase::Running).await
    }

    /// Locks a run until the transaction of `conn` ends: no reply moves it.
    ///
    /// # Errors
    /// [`SagaError::NotFound`].
    pub async fn lock(&self, conn: &mut PgConnection, saga_id: Uuid) -> Result<(), SagaError> {
        store::lock(conn, saga_id)
            .await?
            .map(|_| ())
            .ok_or(SagaError::NotFound)
    }

    /// Turns a run back, also a completed one, in the transaction of `conn`.
    /// One that is already being turned back, or was, stays as it is.
    ///
    /// # Errors
    /// [`SagaError::NotFound`], [`SagaError::Ended`] for a run of a version that
    /// is not known any more.
    pub async fn compensate(
        &self,
        conn: &mut PgConnection,
        saga_id: Uuid,
        reversal: Reversal,
        actor: &str,
    ) -> Result<(), SagaError> {
        let run = self.lock_known(conn, saga_id).await?;
        if matches!(run.place.phase, Phase::Compensating | Phase::Compensated) {
            return Ok(());
        }
        let note = ("turned-back", format!("{}: {actor}", reversal.reason));
        self.step(conn, run, Input::TurnBack, Some(reversal), None, note)
            .await?;
        Ok(())
    }

    /// Sends the command under way once more.
    pub(crate) async fn retry(
        &self,
        conn: &mut PgConnection,
        saga_id: Uuid,
        note: String,
    ) -> Result<(), SagaError> {
        self.by_hand(conn, saga_id, Input::Again, ("retried", note)).await
    }

    /// Takes the step under way as done.
    pub(crate) async fn skip(
        &self,
        conn: &mut PgConnection,
        saga_id: Uuid,
        note: String,
    ) -> Result<(), SagaError> {
        self.by_hand(conn, saga_id, Input::Skip, ("skipped", note)).await
    }

    async fn by_hand(
        &self,
        conn: &mut PgConnection,
        saga_id: Uuid,
        input: Input,
        note: (&'static str, String),
    ) -> Result<(), SagaError> {
        let run = self.lock_known(conn, saga_id).await?;
        if run.place.phase.direction().is_none() {
            return Err(SagaError::Ended);
        }
        self.step(conn, run, input, None, None, note).await?;
        Ok(())
    }

    /// Locks a run that can be moved; one that was parked stands where it stood
    /// before.
    async fn lock_known(&self, conn: &mut PgConnection, saga_id: Uuid) -> Result<Run, SagaError> {
        let mut run = store::lock(conn, saga_id).await?.ok_or(SagaError::NotFound)?;
        if S::steps(run.definition_version).is_none() {
            return Err(SagaError::Ended);
        }
        if run.place.phase == Phase::Parked {
            run.place.phase = match run.reversal {
                Some(_) => Phase::Compensating,
                None => Phase::Running,
            };
        }
        Ok(run)
    }

    /// Sends again what got no reply in time, until `stop`.
    pub async fn run_timers(self, stop: CancellationToken) {
        timers::run(&self, stop).await;
    }

    pub(crate) async fn fire(&self, saga_id: Uuid) -> Result<(), Failure> {
        let mut tx = self.database.begin().await?;
        let Some(run) = store::lock(&mut tx, saga_id).await? else {
            return Ok(());
        };
        if !store::is_due(&mut tx, saga_id).await? {
            return Ok(());
        }
        if run.place.attempt >= ALARMING_ATTEMPT {
            warn!(saga.id = %saga_id, saga.kind = S::KIND, saga.attempt = run.place.attempt, "a step gets no reply");
            metrics::counter!("saga.alarms", "service" => self.service, "kind" => S::KIND).increment(1);
        }
        self.step(
            &mut tx,
            run,
            Input::Again,
            None,
            None,
            ("timed-out", String::new()),
        )
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Parks a run whose timer cannot be fired.
    pub(crate) async fn park_due(&self, saga_id: Uuid, cause: &Failure) -> Result<(), Failure> {
        let mut tx = self.database.begin().await?;
        if let Some(run) = store::lock(&mut tx, saga_id).await?
            && store::is_due(&mut tx, saga_id).await?
        {
            self.park(&mut tx, run, cause.to_string()).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn reply(&self, conn: &mut PgConnection, reply: CommandReply) -> Result<(), Failure> {
        let saga_id: Uuid = reply.saga_id.parse().map_err(Failure::poison)?;
        let Some(run) = store::lock(conn, saga_id).await? else {
            return Err(Failure::poison("a reply to a saga that does not exist"));
        };
        if run.kind != S::KIND {
            return Ok(());
        }
        let Some(steps) = S::steps(run.definition_version) else {
            return self.leave(conn, run).await;
        };
        let Some(step) = steps.iter().position(|step| step.name == reply.step) else {
            return Err(Failure::poison("a reply to a step the saga does not have"));
        };
        let direction = reply.direction();
        let (input, reversal, result, note) = match reply.outcome {
            Some(Outcome::Done(result)) => (
                Input::Done(step, direction),
                None,
                Some(result),
                ("done", String::new()),
            ),
            Some(Outcome::Refused(refusal)) => {
                let note = ("refused", refusal.reason.clone());
                let reversal = Reversal {
                    reason: refusal.reason,
                    message: refusal.message,
                };
                (Input::Refused(step, direction), Some(reversal), None, note)
            }
            None => return Err(Failure::poison("a reply without an outcome")),
        };
        self.step(conn, run, input, reversal, result.as_ref(), note).await
    }

    /// Moves a locked run by one input and does what the new place asks for.
    async fn step(
        &self,
        conn: &mut PgConnection,
        mut run: Run,
        input: Input,
        reversal: Option<Reversal>,
        result: Option<&Any>,
        (event, detail): (&'static str, String),
    ) -> Result<(), Failure> {
        let Some(steps) = S::steps(run.definition_version) else {
            return self.leave(conn, run).await;
        };
        let mut turn = Turn {
            engine: self,
            conn,
            steps,
            state: parse(&run.state)?,
            entries: Vec::new(),
            keep: Keep::Moved,
        };
        let before = run.place;
        let Some(place) = advance(before, &turn.plan(), input) else {
            return Ok(());
        };
        let under_way = steps.get(before.step).map_or("", |step| step.name);
        turn.note(
            under_way,
            before.phase.direction().unwrap_or_default(),
            event,
            detail,
        );
        if before.phase == Phase::Running && matches!(input, Input::Done(..) | Input::Skip) {
            self.saga
                .stepped(turn.conn, run.saga_id, &mut turn.state, under_way, result)
                .await?;
            run.state = serde_json::to_value(&turn.state).map_err(Failure::poison)?;
        }
        // What a step found out decides which of the next ones apply.
        run.place = advance(before, &turn.plan(), input).unwrap_or(place);
        run.reversal = run.reversal.or(reversal);
        turn.enter(&mut run, before.phase).await
    }

    /// Leaves a run of an unknown version: to a newer process where one made
    /// it, else to somebody who has to look.
    async fn leave(&self, conn: &mut PgConnection, run: Run) -> Result<(), Failure> {
        let version = run.definition_version;
        if version > S::VERSION {
            return Err(Failure::retry(format!(
                "version {version} is for a newer process"
            )));
        }
        self.park(conn, run, format!("version {version} is not known any more"))
            .await
    }

    async fn park(&self, conn: &mut PgConnection, mut run: Run, detail: String) -> Result<(), Failure> {
        error!(saga.id = %run.saga_id, saga.version = run.definition_version, cause = detail, "a saga is parked");
        metrics::counter!("saga.alarms", "service" => self.service, "kind" => S::KIND).increment(1);
        run.place.phase = Phase::Parked;
        let entry = Entry {
            step: "",
            direction: Direction::Unspecified,
            event: "parked",
            detail,
        };
        store::save(conn, &run, None, &[entry], None).await?;
        Ok(())
    }
}

impl<S: Saga> Handler for Engine<S> {
    type Fact = CommandReply;
    /// A run has moved on from where a reply moves it.
    const REPEATABLE: bool = true;

    fn read(&self, message: &Message) -> Result<Option<CommandReply>, Failure> {
        Ok(message.read()?)
    }

    async fn apply(&self, conn: &mut PgConnection, reply: CommandReply) -> Result<(), Failure> {
        self.reply(conn, reply).await
    }
}
