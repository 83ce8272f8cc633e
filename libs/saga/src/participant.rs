use std::future::Future;

use prost::Message as _;
use prost_types::Any;
use sqlx::PgConnection;
use uuid::Uuid;
use xlcfi_contracts::saga::v1::{Command, CommandReply, Direction, Refusal, command_reply::Outcome};
use xlcfi_events::{Failure, Handler, Message, Outgoing, append_to};

/// What a participant says to a command.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Done; the result message, packed by [`any`](crate::any).
    Done(Any),
    /// Refused for good. Nothing may have been changed.
    Refused(Refusal),
    /// It takes longer: [`answer`] will be called.
    Later,
}

/// Does and undoes steps of sagas.
pub trait Participant: Send + Sync + 'static {
    /// Acts on a command with the transaction of `conn`. It is called once for
    /// each step and direction, and not for the undo of a do that never came.
    fn act(
        &self,
        conn: &mut PgConnection,
        command: &Command,
        body: &Any,
    ) -> impl Future<Output = Result<Answer, Failure>> + Send;
}

/// Consumes the commands addressed to a service for its [`Participant`].
#[derive(Debug, Clone)]
pub struct Participation<P>(pub P);

impl<P: Participant> Handler for Participation<P> {
    type Fact = Command;
    /// Each effect is claimed once.
    const REPEATABLE: bool = true;

    fn read(&self, message: &Message) -> Result<Option<Command>, Failure> {
        Ok(message.read()?)
    }

    async fn apply(&self, conn: &mut PgConnection, command: Command) -> Result<(), Failure> {
        let effect_key: Uuid = command.effect_key.parse().map_err(Failure::poison)?;
        let do_effect_key: Uuid = command.do_effect_key.parse().map_err(Failure::poison)?;
        let saga_id: Uuid = command.saga_id.parse().map_err(Failure::poison)?;
        let body = command
            .body
            .as_ref()
            .ok_or_else(|| Failure::poison("a command without a body"))?;

        if !claim(conn, effect_key, saga_id, &command, false).await? {
            return match outcome(conn, effect_key).await? {
                Some(outcome) => send(conn, &command, outcome).await,
                None => Ok(()),
            };
        }
        let undo_first = command.direction() == Direction::Undo
            && claim(conn, do_effect_key, saga_id, &command, true).await?;
        let said = if undo_first {
            Answer::Done(Any::default())
        } else {
            self.0.act(conn, &command, body).await?
        };
        answer(conn, &command, said).await
    }
}

/// Answers a command with the transaction of `conn`: now for [`Participation`],
/// later for a participant that said [`Answer::Later`].
///
/// # Errors
/// The database refused.
pub async fn answer(conn: &mut PgConnection, command: &Command, answer: Answer) -> Result<(), Failure> {
    let outcome = match answer {
        Answer::Done(result) => Outcome::Done(result),
        Answer::Refused(refusal) => Outcome::Refused(refusal),
        Answer::Later => return Ok(()),
    };
    let effect_key: Uuid = command.effect_key.parse().map_err(Failure::poison)?;
    let saga_id = command.saga_id.parse().map_err(Failure::poison)?;
    let reply = reply(command, outcome);
    let sent = Outgoing::to(&command.reply_to, saga_id, &reply);
    // What is kept of the answer is what is sent.
    sqlx::query!(
        "with kept as (update saga.effect set outcome = $2 where effect_key = $1)
         insert into events.outbox (message_id, subject, type, key, version, body, traceparent)
         values ($3, $4, $5, $6, 0, $2, $7)",
        effect_key,
        sent.body,
        sent.id,
        sent.subject,
        sent.type_name,
        sent.key,
        sent.traceparent,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes an effect for this transaction; false when it was taken before.
async fn claim(
    conn: &mut PgConnection,
    effect_key: Uuid,
    saga_id: Uuid,
    command: &Command,
    tombstone: bool,
) -> Result<bool, sqlx::Error> {
    let direction = if tombstone {
        Direction::Do
    } else {
        command.direction()
    };
    let claimed = sqlx::query!(
        "insert into saga.effect (effect_key, saga_id, step, direction, tombstone) values ($1, $2, $3, $4, $5)
         on conflict (effect_key) do nothing",
        effect_key,
        saga_id,
        command.step,
        i16::try_from(direction as i32).unwrap_or(0),
        tombstone,
    )
    .execute(conn)
    .await?;
    Ok(claimed.rows_affected() == 1)
}

/// What was answered before; `None` while the answer is still owed.
async fn outcome(conn: &mut PgConnection, effect_key: Uuid) -> Result<Option<Outcome>, Failure> {
    let row = sqlx::query!(
        "select tombstone, outcome from saga.effect where effect_key = $1",
        effect_key
    )
    .fetch_one(conn)
    .await?;
    if row.tombstone {
        return Ok(Some(Outcome::Refused(Refusal {
            reason: "UNDONE_BEFORE".into(),
            ..Default::default()
        })));
    }
    let Some(bytes) = row.outcome else { return Ok(None) };
    Ok(CommandReply::decode(bytes.as_slice())?.outcome)
}

async fn send(conn: &mut PgConnection, command: &Command, outcome: Outcome) -> Result<(), Failure> {
    let saga_id = command.saga_id.parse().map_err(Failure::poison)?;
    append_to(conn, &command.reply_to, saga_id, &reply(command, outcome)).await?;
    Ok(())
}

fn reply(command: &Command, outcome: Outcome) -> CommandReply {
    CommandReply {
        saga_id: command.saga_id.clone(),
        step: command.step.clone(),
        direction: command.direction,
        attempt: command.attempt,
        outcome: Some(outcome),
    }
}
