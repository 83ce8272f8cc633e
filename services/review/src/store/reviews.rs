use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::OnConstraint as _;
use xlcfi_types::Id;

use super::row::select;
use crate::error::Error;
use crate::review::{MemberId, Review};
use crate::rules::text_key;

/// A review, whoever wrote it.
pub async fn get(db: impl PgExecutor<'_>, review_id: Id<Review>) -> Result<Option<Review>, sqlx::Error> {
    let row = select!("r.review_id = $1", review_id.uuid())
        .fetch_optional(db)
        .await?;
    row.map(Review::try_from).transpose()
}

/// A review, whoever wrote it, with other writers made to wait.
pub async fn lock(conn: &mut PgConnection, review_id: Id<Review>) -> Result<Option<Review>, sqlx::Error> {
    let row = select!("r.review_id = $1 for update of r", review_id.uuid())
        .fetch_optional(conn)
        .await?;
    row.map(Review::try_from).transpose()
}

/// A review of this author, with other writers made to wait.
pub async fn lock_own(
    conn: &mut PgConnection,
    author_id: MemberId,
    review_id: Id<Review>,
) -> Result<Option<Review>, sqlx::Error> {
    let locked = lock(conn, review_id).await?;
    Ok(locked.filter(|review| review.author_id == author_id))
}

/// The review a request made.
pub async fn find_by_request(
    conn: &mut PgConnection,
    author_id: MemberId,
    request_id: Uuid,
) -> Result<Option<Review>, sqlx::Error> {
    let row = select!(
        "r.author_id = $1 and r.request_id = $2",
        author_id.uuid(),
        request_id
    )
    .fetch_optional(conn)
    .await?;
    row.map(Review::try_from).transpose()
}

/// # Errors
/// [`Error::RequestIdReused`].
pub async fn insert(conn: &mut PgConnection, review: &Review, request_id: Option<Uuid>) -> Result<(), Error> {
    let (said, [freshness, taste, packaging, delivery]) = (&review.said, review.said.stars.sides);
    sqlx::query!(
        "insert into review (review_id, order_id, product_id, product_name, seller_id, author_id, request_id, rating,
             freshness, taste, packaging, delivery, text, text_key, image_ids, state, queue_time, version,
             create_time, update_time)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
        review.review_id.uuid(),
        review.order_id.uuid(),
        review.product_id.uuid(),
        review.product_name,
        review.seller_id.uuid(),
        review.author_id.uuid(),
        request_id,
        said.stars.rating,
        freshness,
        taste,
        packaging,
        delivery,
        said.text,
        text_key(&said.text),
        &said.image_ids,
        review.state.into_str(),
        review.queue_time,
        review.version,
        review.create_time,
        review.update_time,
    )
    .execute(conn)
    .await
    .map(drop)
    .on_constraint("review_author_id_request_id_key", || Error::RequestIdReused)
}

/// Keeps what became of a locked review; its votes are counted elsewhere.
pub async fn save(conn: &mut PgConnection, review: &Review) -> Result<(), sqlx::Error> {
    let (said, [freshness, taste, packaging, delivery]) = (&review.said, review.said.stars.sides);
    let (reply, appeal) = (review.reply.as_ref(), review.appeal.as_ref());
    sqlx::query!(
        "update review set rating = $2, freshness = $3, taste = $4, packaging = $5, delivery = $6, text = $7,
             text_key = $8, image_ids = $9, state = $10, reports = $11, reply = $12, reply_time = $13,
             reply_update_time = $14, appeal = $15, appeal_text = $16, appeal_time = $17, decision_reason = $18,
             queue_time = $19, version = $20, update_time = $21
         where review_id = $1",
        review.review_id.uuid(),
        said.stars.rating,
        freshness,
        taste,
        packaging,
        delivery,
        said.text,
        text_key(&said.text),
        &said.image_ids,
        review.state.into_str(),
        review.reports,
        reply.map_or("", |reply| reply.text.as_str()),
        reply.map(|reply| reply.create_time),
        reply.map(|reply| reply.update_time),
        appeal.map(|appeal| appeal.state.into_str()),
        appeal.map_or("", |appeal| appeal.text.as_str()),
        appeal.map(|appeal| appeal.create_time),
        review.decision_reason,
        review.queue_time,
        review.version,
        review.update_time,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Erases what a review says, who wrote it and what others said about it.
pub async fn erase(
    conn: &mut PgConnection,
    review_id: Id<Review>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with votes as (delete from helpful_vote where review_id = $1),
         reports as (delete from report where review_id = $1)
         update review set state = 'withdrawn', order_id = null, author_id = null, request_id = null, text = '',
             text_key = null, image_ids = '{}', reply = '', appeal_text = '', decision_reason = '', helpful = 0,
             reports = 0, queue_time = null, version = version + 1, update_time = $2
         where review_id = $1",
        review_id.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What the rules compare a review with.
#[derive(Debug)]
pub struct Others {
    /// Another review says the same.
    pub same_text: bool,
    /// Reviews its author wrote since then.
    pub of_author: i64,
    /// Reviews the product got since then.
    pub of_product: i64,
}

/// What there is beside the review `review_id`, since a point in time.
pub async fn others(
    conn: &mut PgConnection,
    review: &Review,
    since: OffsetDateTime,
) -> Result<Others, sqlx::Error> {
    sqlx::query_as!(
        Others,
        r#"select
             exists (select from review where text_key = $5 and review_id <> $1) as "same_text!",
             (select count(*) from review where author_id = $2 and create_time > $4 and review_id <> $1) as "of_author!",
             (select count(*) from review where product_id = $3 and create_time > $4 and review_id <> $1) as "of_product!""#,
        review.review_id.uuid(),
        review.author_id.uuid(),
        review.product_id.uuid(),
        since,
        text_key(&review.said.text),
    )
    .fetch_one(conn)
    .await
}
