use prost_types::Any;
use sqlx::PgConnection;
use xlcfi_contracts::payment::v1::{CancelPaymentCommand, PrepareRefundCommand, TakePaymentCommand};
use xlcfi_contracts::saga::v1::Command;
use xlcfi_contracts::told;
use xlcfi_events::Failure;
use xlcfi_saga::{Answer, Participant};

use crate::Ctx;
use crate::convert::{prepared, wish_of_command};
use crate::flows::{refunds, saga};

/// The steps of sagas this service does.
#[derive(Debug, Clone)]
pub struct Commands(pub Ctx);

impl Participant for Commands {
    async fn act(&self, conn: &mut PgConnection, command: &Command, body: &Any) -> Result<Answer, Failure> {
        if let Ok(wanted) = body.to_msg::<TakePaymentCommand>() {
            let wish = wish_of_command(&wanted).map_err(Failure::poison)?;
            return Ok(saga::take(&self.0, conn, command, &wish).await?);
        }
        if let Ok(wanted) = body.to_msg::<CancelPaymentCommand>() {
            let order_id = told::id("order_id", &wanted.order_id).map_err(Failure::poison)?;
            return Ok(saga::cancel(&self.0, conn, command, order_id, &wanted.reason).await?);
        }
        if let Ok(wanted) = body.to_msg::<PrepareRefundCommand>() {
            let asked = prepared(&wanted).map_err(Failure::poison)?;
            return Ok(refunds::prepare(&self.0, conn, asked).await?);
        }
        Err(Failure::poison(format!(
            "no command of this service: {}",
            body.type_url
        )))
    }
}
