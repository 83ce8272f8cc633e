//! What is addressed to this service: answers to its own sagas, and steps of others'.

use prost_types::Any;
use sqlx::PgConnection;
use xlcfi_contracts::order::v1::{StopOrderCommand, StopOrderResult};
use xlcfi_contracts::saga::v1::CommandReply;
use xlcfi_contracts::told;
use xlcfi_events::{Failure, Handler, Message};
use xlcfi_saga::{Answer, Command, Engine, Participant, Participation, Refusal, any};

use crate::Ctx;
use crate::convert;
use crate::error::Error;
use crate::flows::moves::{self, Stop};
use crate::saga::OrderSaga;

/// Takes in both.
pub(crate) struct Inbox {
    replies: Engine<OrderSaga>,
    commands: Participation<Stops>,
}

impl Inbox {
    pub(crate) fn new(ctx: Ctx) -> Self {
        Self {
            replies: ctx.sagas.clone(),
            commands: Participation(Stops(ctx)),
        }
    }
}

/// One or the other.
pub(crate) enum Addressed {
    Reply(CommandReply),
    Command(Command),
}

impl Handler for Inbox {
    type Fact = Addressed;
    /// Both are.
    const REPEATABLE: bool = true;

    fn read(&self, message: &Message) -> Result<Option<Addressed>, Failure> {
        if let Some(reply) = self.replies.read(message)? {
            return Ok(Some(Addressed::Reply(reply)));
        }
        Ok(self.commands.read(message)?.map(Addressed::Command))
    }

    async fn apply(&self, conn: &mut PgConnection, fact: Addressed) -> Result<(), Failure> {
        match fact {
            Addressed::Reply(reply) => self.replies.apply(conn, reply).await,
            Addressed::Command(command) => self.commands.apply(conn, command).await,
        }
    }
}

/// Stops orders of recalled goods.
pub(crate) struct Stops(Ctx);

impl Participant for Stops {
    async fn act(&self, conn: &mut PgConnection, _: &Command, body: &Any) -> Result<Answer, Failure> {
        let Ok(wanted) = body.to_msg::<StopOrderCommand>() else {
            let unknown = format!("no command of this service: {}", body.type_url);
            return Err(Failure::poison(unknown));
        };
        let id = told::id("order_id", &wanted.order_id).map_err(Failure::poison)?;
        let stop = Stop::recalled(&wanted.actor, &wanted.reason);
        match moves::stop(&self.0, conn, id, &stop).await {
            Ok((_, order)) => Ok(done(&order)),
            // It is on its way, which is an answer.
            Err(Error::NotCancellable) => match crate::store::orders::get(conn, id).await? {
                Some(order) => Ok(done(&order)),
                None => Ok(unknown()),
            },
            Err(Error::OrderNotFound) => Ok(unknown()),
            Err(error) => Err(error.into()),
        }
    }
}

fn done(order: &crate::order::Order) -> Answer {
    let state = convert::order(order).state;
    Answer::Done(any(&StopOrderResult { state }))
}

fn unknown() -> Answer {
    Answer::Refused(Refusal {
        reason: "ORDER_NOT_FOUND".into(),
        ..Refusal::default()
    })
}
