//! Every write. What an RPC asks for owns its transaction; what a message asks for
//! happens in the transaction that books the message.
//!
//! Locks are taken in the order: a purchase's line, a review, the product's summary,
//! and last the keys of events.

pub mod lots;
pub mod moderation;
pub mod opinions;
pub mod purchases;
pub mod reviews;

use sqlx::PgConnection;
use time::OffsetDateTime;
use xlcfi_contracts::member::v1::NotifyCommand;
use xlcfi_events::{append, append_to};

use crate::convert;
use crate::rating::Stars;
use crate::review::{MemberId, Review};
use crate::store::summaries;

/// Counts a locked review that was saved in place of what counted of it before, and
/// tells how its product is rated now.
async fn count(
    conn: &mut PgConnection,
    review: &Review,
    before: Option<Stars>,
    after: Option<Stars>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    if before == after {
        return Ok(());
    }
    let product_id = review.product_id;
    let summary = summaries::lock(conn, product_id, review.seller_id).await?;
    let summary = summary.changed(before, after);
    summaries::set(conn, product_id, &summary).await?;
    if before.map(|stars| stars.rating) != after.map(|stars| stars.rating) {
        let fact = convert::rating_changed(product_id, &summary.tally, now);
        append(conn, product_id.uuid(), &fact).await?;
    }
    Ok(())
}

/// Puts a notification into a member's inbox.
async fn notify(
    conn: &mut PgConnection,
    member_id: MemberId,
    notice: &NotifyCommand,
) -> Result<(), sqlx::Error> {
    append_to(conn, "member", member_id.uuid(), notice).await
}
