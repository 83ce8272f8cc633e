use sqlx::PgConnection;
use xlcfi_contracts::member::v1::MemberWithdrawn;
use xlcfi_contracts::told;
use xlcfi_events::{Failure, Handler, Message};
use xlcfi_identity::Member;
use xlcfi_types::Id;

use crate::{Ctx, flows};

/// Applies what other services tell.
#[derive(Debug)]
pub struct Facts(pub Ctx);

/// What matters here of it.
#[derive(Debug)]
pub enum Fact {
    MemberWithdrawn(Id<Member>),
}

impl Handler for Facts {
    type Fact = Fact;

    fn read(&self, message: &Message) -> Result<Option<Fact>, Failure> {
        let Some(told) = message.read::<MemberWithdrawn>()? else {
            return Ok(None);
        };
        let id = told::id("member_id", &told.member_id).map_err(Failure::poison)?;
        Ok(Some(Fact::MemberWithdrawn(id)))
    }

    async fn apply(&self, conn: &mut PgConnection, fact: Fact) -> Result<(), Failure> {
        match fact {
            Fact::MemberWithdrawn(id) => flows::closing::close(conn, &self.0, id).await,
        }
    }
}
