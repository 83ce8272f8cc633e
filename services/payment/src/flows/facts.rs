//! What follows from facts of the order service.

use sqlx::PgConnection;

use super::{conclude, prepare};
use crate::Ctx;
use crate::error::Error;
use crate::payment::{Input, Order, State, Wish};
use crate::store::payments;
use xlcfi_types::Id;

/// An order was made that is to be paid.
pub async fn order_created(ctx: &Ctx, conn: &mut PgConnection, wish: &Wish) -> Result<(), Error> {
    prepare(ctx, conn, wish).await
}

/// An order is undone. Its saga gave back what was taken; a payment the saga
/// never came to is closed here.
pub async fn order_cancelled(ctx: &Ctx, conn: &mut PgConnection, order_id: Id<Order>) -> Result<(), Error> {
    let Some(mut held) = payments::lock(conn, None, order_id).await? else {
        return Ok(());
    };
    if held.payment.state != State::Prepared {
        return Ok(());
    }
    held.payment.advance(Input::Cancel, None, ctx.clock.now())?;
    let next = conclude(ctx, conn, &mut held, State::Prepared).await?;
    payments::save(conn, &held, next).await?;
    Ok(())
}
