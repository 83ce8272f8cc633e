use time::OffsetDateTime;
use xlcfi_events::append;

use super::points;
use crate::Ctx;
use crate::convert;
use crate::error::Error;
use crate::member::MemberId;
use crate::points::{EntryKind, Line};
use crate::store::{members, notifications, orders, points as balances};

/// Erases what is personal of a member and closes its accounts. Its purchases and ledger
/// stay under the id; points that are left are forfeited by a line. Says when it withdrew.
pub async fn withdraw(ctx: &Ctx, member_id: MemberId) -> Result<OffsetDateTime, Error> {
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    if !members::lock(&mut tx, member_id).await? {
        let before = members::withdraw_time(&mut tx, member_id).await?;
        return before.ok_or(Error::MemberNotFound);
    }
    let balance = balances::lock(&mut tx, member_id)
        .await?
        .ok_or(Error::MemberNotFound)?;
    if balance.held > 0 || orders::any_open(&mut tx, member_id).await? {
        return Err(Error::OrdersUnderWay);
    }
    // Its turn is before the event's key.
    notifications::lock(&mut tx, member_id).await?;
    if balance.points > 0 {
        let line = Line {
            kind: EntryKind::Forfeited,
            points: -balance.points,
        };
        points::book(&mut tx, balance, member_id, None, line, now).await?;
    }
    members::erase(&mut tx, member_id, now).await?;
    append(
        &mut tx,
        member_id.uuid(),
        &convert::member_withdrawn(member_id, now),
    )
    .await?;
    tx.commit().await?;
    Ok(now)
}
