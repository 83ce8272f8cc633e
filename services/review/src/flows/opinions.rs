//! What others than its author do with a published review.

use sqlx::PgConnection;
use xlcfi_events::append;
use xlcfi_types::Id;

use super::notify;
use crate::Ctx;
use crate::convert;
use crate::error::Error;
use crate::review::{MemberId, Reply, Report, Review, State};
use crate::rules::broken_by;
use crate::store::{opinions, reviews};

/// Counts a vote, once. How many there are.
pub async fn vote(ctx: &Ctx, member_id: MemberId, review_id: Id<Review>) -> Result<i64, Error> {
    let mut tx = ctx.database.begin().await?;
    lock_of_another(&mut tx, member_id, review_id).await?;
    let helpful = opinions::vote(&mut tx, review_id, member_id).await?;
    tx.commit().await?;
    Ok(helpful)
}

/// Takes a vote back. How many are left.
pub async fn unvote(ctx: &Ctx, member_id: MemberId, review_id: Id<Review>) -> Result<i64, Error> {
    let mut tx = ctx.database.begin().await?;
    lock_published(&mut tx, review_id).await?;
    let helpful = opinions::unvote(&mut tx, review_id, member_id).await?;
    tx.commit().await?;
    Ok(helpful)
}

/// Asks a person to look at a review, once for each member.
pub async fn report(
    ctx: &Ctx,
    member_id: MemberId,
    review_id: Id<Review>,
    report: Report,
) -> Result<(), Error> {
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    let mut review = lock_of_another(&mut tx, member_id, review_id).await?;
    if !opinions::report(&mut tx, review_id, member_id, &report).await? {
        return Ok(());
    }
    if review.reports == 0 {
        let fact = convert::reported(&review, report.kind, now);
        append(&mut tx, review_id.uuid(), &fact).await?;
    }
    review.reports += 1;
    review.queue_time.get_or_insert(now);
    reviews::save(&mut tx, &review).await?;
    tx.commit().await?;
    Ok(())
}

/// Answers a review, or replaces the answer; its author is told of the first.
pub async fn reply(
    ctx: &Ctx,
    seller_id: MemberId,
    review_id: Id<Review>,
    text: String,
) -> Result<Review, Error> {
    if let Some(rule) = broken_by(&text, &ctx.words).first() {
        return Err(Error::ReplyBreaksRules(*rule));
    }
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    let review = lock_published(&mut tx, review_id).await?;
    let mut review = Some(review)
        .filter(|review| review.seller_id == seller_id)
        .ok_or(Error::ReviewNotFound)?;
    if review.reply.as_ref().is_some_and(|reply| reply.text == text) {
        return Ok(review);
    }
    let first = review.reply.as_ref().map(|reply| reply.create_time);
    if first.is_none() {
        notify(&mut tx, review.author_id, &convert::replied_notice(&review)).await?;
    }
    review.reply = Some(Reply {
        text,
        create_time: first.unwrap_or(now),
        update_time: now,
    });
    reviews::save(&mut tx, &review).await?;
    tx.commit().await?;
    Ok(review)
}

async fn lock_published(conn: &mut PgConnection, review_id: Id<Review>) -> Result<Review, Error> {
    let review = reviews::lock(conn, review_id).await?;
    let published = review.filter(|review| review.state == State::Published);
    published.ok_or(Error::ReviewNotFound)
}

async fn lock_of_another(
    conn: &mut PgConnection,
    member_id: MemberId,
    review_id: Id<Review>,
) -> Result<Review, Error> {
    let review = lock_published(conn, review_id).await?;
    if review.author_id == member_id {
        return Err(Error::OwnReview);
    }
    Ok(review)
}
