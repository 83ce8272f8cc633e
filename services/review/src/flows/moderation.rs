//! What people decide about reviews, and what authors say to it.

use sqlx::PgConnection;
use time::OffsetDateTime;
use xlcfi_events::append;
use xlcfi_types::Id;

use super::{count, notify};
use crate::Ctx;
use crate::convert;
use crate::error::Error;
use crate::moderation::{Case, Decision, Wish};
use crate::review::{MemberId, Review, State};
use crate::store::{decisions, opinions, reviews};

/// A review with all that is known of it.
pub async fn case(ctx: &Ctx, review_id: Id<Review>) -> Result<Case, Error> {
    let db = ctx.database.pool();
    let review = reviews::get(db, review_id).await?;
    Ok(Case {
        review: review.ok_or(Error::ReviewNotFound)?,
        reports: opinions::reports(db, review_id).await?,
        decisions: decisions::list(db, review_id).await?,
    })
}

/// Publishes or hides a review.
pub async fn decide(ctx: &Ctx, review_id: Id<Review>, wish: Wish) -> Result<Case, Error> {
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    if let Some(before) = lock_undecided(&mut tx, review_id, &wish).await? {
        let mut review = before.clone();
        review.decide(wish.publish, &wish.reason, wish.version, now)?;
        keep(&mut tx, &before, &review, &wish, false, now).await?;
        tx.commit().await?;
    }
    case(ctx, review_id).await
}

/// Decides about an appeal, as somebody else than who hid the review.
pub async fn decide_appeal(ctx: &Ctx, review_id: Id<Review>, wish: Wish) -> Result<Case, Error> {
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    if let Some(before) = lock_undecided(&mut tx, review_id, &wish).await? {
        let mut review = before.clone();
        review.decide_appeal(wish.publish, &wish.reason, wish.version, now)?;
        if decisions::hidden_by(&mut tx, review_id).await? == Some(wish.actor_id) {
            return Err(Error::DecidedBySamePerson);
        }
        keep(&mut tx, &before, &review, &wish, true, now).await?;
        tx.commit().await?;
    }
    case(ctx, review_id).await
}

/// The author disagrees with the decision that hid a review; the same again changes
/// nothing.
pub async fn appeal(
    ctx: &Ctx,
    author_id: MemberId,
    review_id: Id<Review>,
    text: String,
) -> Result<Review, Error> {
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    let review = reviews::lock_own(&mut tx, author_id, review_id).await?;
    let mut review = review.ok_or(Error::ReviewNotFound)?;
    if review.appeal.as_ref().is_some_and(|appeal| appeal.text == text) {
        return Ok(review);
    }
    review.appeal(text, now)?;
    reviews::save(&mut tx, &review).await?;
    append(&mut tx, review_id.uuid(), &convert::appealed(&review, now)).await?;
    tx.commit().await?;
    Ok(review)
}

/// A review somebody else than its author decides about; `None` when this request did.
async fn lock_undecided(
    conn: &mut PgConnection,
    review_id: Id<Review>,
    wish: &Wish,
) -> Result<Option<Review>, Error> {
    let review = reviews::lock(conn, review_id).await?;
    let review = review.ok_or(Error::ReviewNotFound)?;
    if decisions::is_done(conn, review_id, wish.actor_id, wish.request_id).await? {
        return Ok(None);
    }
    if review.author_id == wish.actor_id {
        return Err(Error::OwnReview);
    }
    Ok(Some(review))
}

/// Keeps a decision, counts what it changed, and tells of it.
async fn keep(
    conn: &mut PgConnection,
    before: &Review,
    review: &Review,
    wish: &Wish,
    of_appeal: bool,
    now: OffsetDateTime,
) -> Result<(), Error> {
    let key = review.review_id.uuid();
    reviews::save(conn, review).await?;
    opinions::settle_reports(conn, review.review_id).await?;
    let decision = Decision::by_person(wish, review, of_appeal, now);
    decisions::insert(conn, review.review_id, &decision, wish.request_id).await?;
    append(conn, key, &convert::decided(review, &decision, now)).await?;
    if review.state == State::Published && before.state != State::Published {
        append(conn, key, &convert::published(review, now)).await?;
    }
    if before.state != review.state || of_appeal {
        let notice = convert::decided_notice(review, &decision);
        notify(conn, review.author_id, &notice).await?;
    }
    count(conn, review, before.counted(), review.counted(), now).await?;
    Ok(())
}
