//! Writers of a member's notifications hold the lock of its inbox, taken after that of
//! its points and before the event's key.

use sqlx::PgConnection;
use time::OffsetDateTime;
use xlcfi_events::{Failure, append};
use xlcfi_types::Id;

use crate::Ctx;
use crate::convert;
use crate::error::Error;
use crate::member::MemberId;
use crate::notification::{KEPT, KEPT_READ, Notice, Notification};
use crate::store::notifications;

/// Puts notices into their inboxes.
pub async fn add(conn: &mut PgConnection, notices: &[Notice], now: OffsetDateTime) -> Result<(), Failure> {
    match notifications::add(conn, notices, now).await? {
        0 => Ok(()),
        _ => Err(Failure::retry("the member to be told is not here yet")),
    }
}

pub async fn mark_read(
    ctx: &Ctx,
    member_id: MemberId,
    notification_id: Id<Notification>,
) -> Result<Notification, Error> {
    let mut tx = ctx.database.begin().await?;
    let notification = get_locked(&mut tx, member_id, notification_id).await?;
    if notification.read_time.is_some() {
        return Ok(notification);
    }
    let read = Notification {
        read_time: Some(ctx.clock.now()),
        ..notification
    };
    notifications::set_times(&mut tx, &read, true).await?;
    tx.commit().await?;
    Ok(read)
}

/// Says how many were unread.
pub async fn mark_all_read(ctx: &Ctx, member_id: MemberId) -> Result<u64, Error> {
    let mut tx = ctx.database.begin().await?;
    if !notifications::lock(&mut tx, member_id).await? {
        return Ok(0);
    }
    let marked = notifications::set_all_read(&mut tx, member_id, ctx.clock.now()).await?;
    tx.commit().await?;
    Ok(marked)
}

pub async fn acknowledge(
    ctx: &Ctx,
    member_id: MemberId,
    notification_id: Id<Notification>,
) -> Result<Notification, Error> {
    let mut tx = ctx.database.begin().await?;
    let notification = get_locked(&mut tx, member_id, notification_id).await?;
    if !notification.notice.needs_acknowledgement {
        return Err(Error::AcknowledgementNotNeeded);
    }
    if notification.acknowledge_time.is_some() {
        return Ok(notification);
    }
    let now = ctx.clock.now();
    let was_unread = notification.read_time.is_none();
    let acknowledged = Notification {
        read_time: notification.read_time.or(Some(now)),
        acknowledge_time: Some(now),
        ..notification
    };
    notifications::set_times(&mut tx, &acknowledged, was_unread).await?;
    let event = convert::notification_acknowledged(&acknowledged.notice, now);
    append(&mut tx, member_id.uuid(), &event).await?;
    tx.commit().await?;
    Ok(acknowledged)
}

/// Deletes what is over of a member's.
pub async fn tidy(ctx: &Ctx, member_id: MemberId, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    let mut tx = ctx.database.begin().await?;
    if notifications::lock(&mut tx, member_id).await? {
        notifications::delete_over(&mut tx, member_id, now - KEPT_READ, now - KEPT).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn get_locked(
    conn: &mut PgConnection,
    member_id: MemberId,
    notification_id: Id<Notification>,
) -> Result<Notification, Error> {
    notifications::lock(conn, member_id).await?;
    let found = notifications::get(conn, member_id, notification_id).await?;
    found.ok_or(Error::NotificationNotFound)
}
