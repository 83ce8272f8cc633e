//! What authors do with their reviews.

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use xlcfi_events::append;
use xlcfi_types::Id;

use super::count;
use crate::Ctx;
use crate::convert;
use crate::error::Error;
use crate::moderation::Decision;
use crate::purchase::{Order, Product};
use crate::review::{MemberId, Review, Said, State};
use crate::rules::{Rule, broken_by};
use crate::store::{decisions, purchases, reviews};

/// Within which many reviews are a burst.
const BURST: Duration = Duration::HOUR;

/// What a buyer wants to say about a line.
#[derive(Debug)]
pub struct New {
    pub order_id: Id<Order>,
    pub product_id: Id<Product>,
    pub said: Said,
    pub request_id: Option<Uuid>,
}

pub async fn create(ctx: &Ctx, author_id: MemberId, new: New) -> Result<Review, Error> {
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    let standing = purchases::lock_line(&mut tx, author_id, new.order_id, new.product_id).await?;
    let standing = standing.ok_or(Error::PurchaseNotFound)?;
    if let Some(request_id) = new.request_id
        && let Some(before) = reviews::find_by_request(&mut tx, author_id, request_id).await?
    {
        let same = (before.order_id, before.product_id) == (new.order_id, new.product_id);
        return if same {
            Ok(before)
        } else {
            Err(Error::RequestIdReused)
        };
    }
    let line = standing.reviewable()?;
    let mut review = Review {
        review_id: Id::new(),
        order_id: new.order_id,
        product_id: line.product_id,
        product_name: line.product_name,
        seller_id: line.seller_id,
        author_id,
        author_name: None,
        said: new.said,
        state: State::Published,
        helpful: 0,
        reports: 0,
        reply: None,
        appeal: None,
        decision_reason: String::new(),
        lot_ids: Vec::new(),
        queue_time: None,
        version: 1,
        create_time: now,
        update_time: now,
    };
    let broken = broken_rules(ctx, &mut tx, &review, now).await?;
    if !broken.is_empty() {
        review.hold(now);
    }
    reviews::insert(&mut tx, &review, new.request_id).await?;
    purchases::set_reviewed(&mut tx, review.order_id, review.product_id).await?;
    if review.state == State::Held {
        tell_held(&mut tx, &review, broken, now).await?;
    } else {
        let fact = convert::published(&review, now);
        append(&mut tx, review.review_id.uuid(), &fact).await?;
        count(&mut tx, &review, None, review.counted(), now).await?;
    }
    let review = reviews::get(&mut *tx, review.review_id).await?;
    tx.commit().await?;
    review.ok_or(Error::ReviewNotFound)
}

/// Replaces what a review says; the same again changes nothing.
pub async fn update(
    ctx: &Ctx,
    author_id: MemberId,
    review_id: Id<Review>,
    said: Said,
    version: i64,
) -> Result<Review, Error> {
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    let before = reviews::lock_own(&mut tx, author_id, review_id).await?;
    let before = before.ok_or(Error::ReviewNotFound)?;
    if before.said == said {
        return Ok(before);
    }
    let mut review = before.clone();
    review.say(said, version, ctx.config.edit_time(), now)?;
    let broken = match review.state {
        State::Published => broken_rules(ctx, &mut tx, &review, now).await?,
        State::Held | State::Hidden => Vec::new(),
    };
    if !broken.is_empty() {
        review.hold(now);
    }
    reviews::save(&mut tx, &review).await?;
    if !broken.is_empty() {
        tell_held(&mut tx, &review, broken, now).await?;
    } else if review.state == State::Published {
        let fact = convert::changed(&review, &before, now);
        append(&mut tx, review_id.uuid(), &fact).await?;
    }
    count(&mut tx, &review, before.counted(), review.counted(), now).await?;
    tx.commit().await?;
    Ok(review)
}

/// Takes a review back: nothing of what it says and of who wrote it is kept.
pub async fn withdraw(ctx: &Ctx, author_id: MemberId, review_id: Id<Review>) -> Result<(), Error> {
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    let review = reviews::lock_own(&mut tx, author_id, review_id).await?;
    let review = review.ok_or(Error::ReviewNotFound)?;
    reviews::erase(&mut tx, review_id, now).await?;
    append(&mut tx, review_id.uuid(), &convert::withdrawn(&review, now)).await?;
    count(&mut tx, &review, review.counted(), None, now).await?;
    tx.commit().await?;
    Ok(())
}

/// The rules a review breaks, by itself and beside others.
async fn broken_rules(
    ctx: &Ctx,
    conn: &mut PgConnection,
    review: &Review,
    now: OffsetDateTime,
) -> Result<Vec<Rule>, sqlx::Error> {
    let others = reviews::others(conn, review, now - BURST).await?;
    let beside = [
        (Rule::Duplicate, others.same_text),
        (Rule::AuthorBurst, others.of_author >= ctx.config.author_burst),
        (Rule::ProductBurst, others.of_product >= ctx.config.product_burst),
    ];
    let beside = beside.into_iter().filter(|(_, is)| *is).map(|(rule, _)| rule);
    Ok(beside.chain(broken_by(&review.said.text, &ctx.words)).collect())
}

async fn tell_held(
    conn: &mut PgConnection,
    review: &Review,
    rules: Vec<Rule>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let fact = convert::held(review, &rules, now);
    append(conn, review.review_id.uuid(), &fact).await?;
    decisions::insert(conn, review.review_id, &Decision::by_rules(rules, now), None).await
}
