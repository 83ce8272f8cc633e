//! Statements of business buyers. Nothing is written.

use time::Date;
use xlcfi_identity::Member;
use xlcfi_types::Id;

use crate::Ctx;
use crate::error::Error;
use crate::statement::{Statement, bounds, rows};
use crate::store::{credit, statement};

/// The statement of the month that begins with this day.
pub async fn of_month(ctx: &Ctx, owner: Id<Member>, month: Date) -> Result<Statement, Error> {
    let span = bounds(month);
    // All of it as it was at one moment.
    let pool = ctx.database.pool();
    let mut tx = pool
        .begin_with("begin isolation level repeatable read, read only")
        .await?;
    let line = credit::get(&mut *tx, owner).await?;
    let line = line.ok_or(Error::CreditLineNotFound)?;
    let carried = statement::balance(&mut *tx, owner, span.0).await?;
    let moved = statement::moved(&mut *tx, owner, span).await?;
    let came = statement::came(&mut *tx, owner, span).await?;
    Ok(Statement {
        line,
        month,
        carried,
        rows: rows(&moved),
        paid: came,
        made: ctx.clock.now(),
    })
}
