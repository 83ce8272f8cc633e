use xlcfi_types::Id;

use super::points;
use crate::Ctx;
use crate::error::Error;
use crate::member::MemberId;
use crate::notification::points_corrected;
use crate::points::{Decided, Entry, EntryKind, Line};
use crate::store::{notifications, points as balances};

/// Puts the points of a member right, once for a request. Gives the line and the points
/// after it.
pub async fn correct(
    ctx: &Ctx,
    member_id: MemberId,
    points: i64,
    reason: String,
    decided: &Decided,
) -> Result<(Entry, i64), Error> {
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    let found = balances::lock_trading(&mut tx, member_id).await?;
    let (balance, trading) = found.ok_or(Error::MemberNotFound)?;
    if let Some(entry) = balances::find_by_request(&mut tx, member_id, decided.request_id).await? {
        let after = balances::up_to(&mut tx, &entry).await?;
        return Ok((entry, after));
    }
    // None of one that withdrew.
    trading.ok_or(Error::MemberNotFound)?;
    balance.correctable(points).map_err(Error::PointsNotEnough)?;
    let entry = Entry {
        entry_id: Id::new(),
        member_id,
        order_id: None,
        line: Line {
            kind: EntryKind::Corrected,
            points,
        },
        reason,
        create_time: now,
    };
    // The inbox's turn is before the event's key.
    notifications::add(&mut tx, &[points_corrected(&entry)], now).await?;
    let balance = points::enter(&mut tx, balance, &entry, Some(decided)).await?;
    tx.commit().await?;
    Ok((entry, balance.points))
}
