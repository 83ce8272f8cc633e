use std::time::Duration;

use sqlx::PgConnection;
use uuid::Uuid;
use xlcfi_contracts::saga::v1::{Command, Direction};
use xlcfi_events::{Failure, Outgoing};

use crate::definition::{Reversal, Saga, Step};
use crate::engine::Engine;
use crate::moves::{Phase, Place, Planned};
use crate::store::{self, Entry, Run};

/// One transaction's work on one run.
pub(crate) struct Turn<'a, S: Saga> {
    pub engine: &'a Engine<S>,
    pub conn: &'a mut PgConnection,
    pub steps: &'static [Step<S::State>],
    pub state: S::State,
    pub entries: Vec<Entry>,
    pub keep: Keep,
}

/// Whether the run is a new one.
pub(crate) enum Keep {
    New,
    Moved,
}

impl<S: Saga> Turn<'_, S> {
    pub(crate) fn plan(&self) -> Vec<Planned> {
        let planned = |step: &Step<S::State>| Planned {
            applies: (step.applies)(&self.state),
            undoable: step.undo.is_some(),
        };
        self.steps.iter().map(planned).collect()
    }

    pub(crate) fn note(
        &mut self,
        step: &'static str,
        direction: Direction,
        event: &'static str,
        detail: String,
    ) {
        self.entries.push(Entry {
            step,
            direction,
            event,
            detail,
        });
    }

    /// Does what the run's new place asks for, and keeps it.
    pub(crate) async fn enter(mut self, run: &mut Run, before: Phase) -> Result<(), Failure> {
        let (saga, id) = (&self.engine.saga, run.saga_id);
        let reversal = run.reversal.clone().unwrap_or(Reversal {
            reason: String::new(),
            message: String::new(),
        });
        let turned_back = matches!(run.place.phase, Phase::Compensating | Phase::Compensated)
            && matches!(before, Phase::Running | Phase::Completed);
        if turned_back {
            saga.compensating(self.conn, id, &self.state, &reversal).await?;
        }
        let under_way = match run.place.phase {
            Phase::Running | Phase::Compensating => Some(self.command(run, &reversal)?),
            Phase::Completed => {
                saga.completed(self.conn, id, &self.state).await?;
                None
            }
            Phase::Compensated => {
                saga.compensated(self.conn, id, &self.state, &reversal).await?;
                None
            }
            Phase::Parked => None,
        };
        let (command, timer) = under_way.unzip();
        if timer.is_none() {
            self.note(
                "",
                Direction::Unspecified,
                run.place.phase.into_str(),
                reversal.reason,
            );
        }
        match self.keep {
            Keep::New => store::insert(self.conn, run, timer, &self.entries, command.as_ref()).await?,
            Keep::Moved => store::save(self.conn, run, timer, &self.entries, command.as_ref()).await?,
        }
        Ok(())
    }

    /// The command of the step under way, and the wait for its reply.
    fn command(&mut self, run: &Run, reversal: &Reversal) -> Result<(Outgoing, Duration), Failure> {
        let Place { phase, step, attempt } = run.place;
        let step = self
            .steps
            .get(step)
            .ok_or_else(|| Failure::poison("a run beyond its last step"))?;
        let direction = phase.direction().unwrap_or_default();
        let body = match (direction, step.undo) {
            (Direction::Undo, Some(undo)) => undo(run.saga_id, &self.state, reversal),
            _ => (step.command)(run.saga_id, &self.state),
        };
        let command = Command {
            saga_id: run.saga_id.to_string(),
            step: step.name.to_owned(),
            direction: direction.into(),
            attempt: i32::try_from(attempt).unwrap_or(i32::MAX),
            effect_key: effect_key(run.saga_id, step.name, direction).to_string(),
            do_effect_key: effect_key(run.saga_id, step.name, Direction::Do).to_string(),
            reply_to: self.engine.service.to_owned(),
            body: Some(body),
        };
        self.note(step.name, direction, "sent", format!("attempt {attempt}"));
        let command = Outgoing::to(step.participant, run.saga_id, &command);
        Ok((command, step.wait(attempt)))
    }
}

pub(crate) fn parse<T: serde::de::DeserializeOwned>(state: &serde_json::Value) -> Result<T, Failure> {
    T::deserialize(state).map_err(Failure::poison)
}

/// The same for every attempt of one step and direction of one run.
fn effect_key(saga_id: Uuid, step: &str, direction: Direction) -> Uuid {
    Uuid::new_v5(&saga_id, format!("{step}/{}", direction.as_str_name()).as_bytes())
}
