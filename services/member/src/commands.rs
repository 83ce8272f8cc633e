use prost::Name;
use prost_types::Any;
use sqlx::PgConnection;
use xlcfi_contracts::member::v1::{
    HoldPointsCommand, HoldPointsResult, NotifyCommand, ReleasePointsCommand, ReleasePointsResult,
};
use xlcfi_events::{Failure, Handler, Message};
use xlcfi_saga::{Answer, Command, Participant, any};

use crate::Ctx;
use crate::convert;
use crate::flows;
use crate::notification::Notice;

/// Takes part in sagas of other services.
#[derive(Debug)]
pub struct Commands(pub Ctx);

impl Participant for Commands {
    async fn act(&self, conn: &mut PgConnection, _: &Command, body: &Any) -> Result<Answer, Failure> {
        let now = self.0.clock.now();
        if let Some(command) = read::<HoldPointsCommand>(body)? {
            let hold = convert::hold(&command).map_err(Failure::poison)?;
            return Ok(match flows::points::hold(conn, &hold, now).await? {
                Ok(()) => Answer::Done(any(&HoldPointsResult {})),
                Err(refused) => Answer::Refused(convert::refusal(refused)),
            });
        }
        if let Some(command) = read::<ReleasePointsCommand>(body)? {
            let ids = convert::member_and_order(&command.member_id, &command.order_id);
            let (member_id, order_id) = ids.map_err(Failure::poison)?;
            flows::points::release(conn, member_id, order_id, now).await?;
            return Ok(Answer::Done(any(&ReleasePointsResult {})));
        }
        Err(Failure::poison(format!(
            "{} is no command of this service",
            body.type_url
        )))
    }
}

/// Puts what other services have to tell into inboxes.
#[derive(Debug)]
pub struct Notices(pub Ctx);

impl Handler for Notices {
    type Fact = Notice;
    /// The id of a notification is there once.
    const REPEATABLE: bool = true;
    /// A recall tells a hundred thousand members at once.
    const BATCH: usize = 128;

    fn read(&self, message: &Message) -> Result<Option<Notice>, Failure> {
        let command = message.read::<NotifyCommand>()?;
        command.map(convert::notice).transpose().map_err(Failure::poison)
    }

    async fn apply(&self, conn: &mut PgConnection, notice: Notice) -> Result<(), Failure> {
        flows::notifications::add(conn, &[notice], self.0.clock.now()).await
    }

    async fn apply_all(&self, conn: &mut PgConnection, notices: Vec<Notice>) -> Result<(), Failure> {
        flows::notifications::add(conn, &notices, self.0.clock.now()).await
    }
}

/// The body, when it is an `M`.
fn read<M: prost::Message + Name + Default>(body: &Any) -> Result<Option<M>, Failure> {
    if body.type_url != M::type_url() {
        return Ok(None);
    }
    Ok(Some(M::decode(body.value.as_slice())?))
}
