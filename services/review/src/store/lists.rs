use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_types::{Id, Page};

use super::row::{Row, select};
use crate::listing::{Listing, Order};
use crate::moderation::Queue;
use crate::purchase::Product;
use crate::review::{MemberId, Review};

fn reviews(rows: Result<Vec<Row>, sqlx::Error>) -> Result<Vec<Review>, sqlx::Error> {
    rows?.into_iter().map(Review::try_from).collect()
}

/// Published reviews of a product; one more than the page.
pub async fn of_product(
    db: impl PgExecutor<'_>,
    product_id: Id<Product>,
    listing: &Listing,
) -> Result<Vec<Review>, sqlx::Error> {
    let (product_id, limit) = (product_id.uuid(), listing.fetch_limit());
    let ((rank, id), stars, images) = (listing.start(), listing.stars, listing.with_images);
    reviews(match listing.order {
        Order::Newest => {
            select!(
                "r.product_id = $1 and r.state = 'published' and ($2::smallint is null or r.rating = $2)
                     and (not $3 or r.image_ids <> '{}') and r.review_id < $4
                 order by r.review_id desc limit $5",
                product_id,
                stars,
                images,
                id,
                limit
            )
            .fetch_all(db)
            .await
        }
        Order::Helpful => {
            select!(
                "r.product_id = $1 and r.state = 'published' and ($2::smallint is null or r.rating = $2)
                     and (not $3 or r.image_ids <> '{}') and (r.helpful, r.review_id) < ($4, $5)
                 order by r.helpful desc, r.review_id desc limit $6",
                product_id,
                stars,
                images,
                rank,
                id,
                limit
            )
            .fetch_all(db)
            .await
        }
        Order::Rating => {
            select!(
                "r.product_id = $1 and r.state = 'published' and ($2::smallint is null or r.rating = $2)
                     and (not $3 or r.image_ids <> '{}') and (r.rating, r.review_id) < ($4, $5)
                 order by r.rating desc, r.review_id desc limit $6",
                product_id,
                stars,
                images,
                i16::try_from(rank).unwrap_or(i16::MAX),
                id,
                limit
            )
            .fetch_all(db)
            .await
        }
    })
}

/// Reviews of an author in every state, or published ones of a seller's products; one
/// more than the page. They are few enough to be sorted where they are found.
pub async fn of_author(
    db: impl PgExecutor<'_>,
    author_id: MemberId,
    listing: &Listing,
) -> Result<Vec<Review>, sqlx::Error> {
    let (rank, id) = listing.start();
    let rows = select!(
        "r.author_id = $1 and ($2::smallint is null or r.rating = $2) and (not $3 or r.image_ids <> '{}')
             and (case $4 when 'helpful' then r.helpful when 'rating' then r.rating else 0 end, r.review_id) < ($5, $6)
         order by case $4 when 'helpful' then r.helpful when 'rating' then r.rating else 0 end desc, r.review_id desc
         limit $7",
        author_id.uuid(),
        listing.stars,
        listing.with_images,
        name(listing.order),
        rank,
        id,
        listing.fetch_limit()
    );
    reviews(rows.fetch_all(db).await)
}

/// Published reviews of a seller's products; one more than the page.
pub async fn of_seller(
    db: impl PgExecutor<'_>,
    seller_id: MemberId,
    listing: &Listing,
) -> Result<Vec<Review>, sqlx::Error> {
    let (rank, id) = listing.start();
    let rows = select!(
        "r.seller_id = $1 and r.state = 'published' and ($2::smallint is null or r.rating = $2)
             and (not $3 or r.image_ids <> '{}')
             and (case $4 when 'helpful' then r.helpful when 'rating' then r.rating else 0 end, r.review_id) < ($5, $6)
         order by case $4 when 'helpful' then r.helpful when 'rating' then r.rating else 0 end desc, r.review_id desc
         limit $7",
        seller_id.uuid(),
        listing.stars,
        listing.with_images,
        name(listing.order),
        rank,
        id,
        listing.fetch_limit()
    );
    reviews(rows.fetch_all(db).await)
}

fn name(order: Order) -> &'static str {
    match order {
        Order::Newest => "newest",
        Order::Helpful => "helpful",
        Order::Rating => "rating",
    }
}

/// Reviews that wait for a person, the longest waiting first; one more than the page.
pub async fn queue(
    db: impl PgExecutor<'_>,
    queue: Option<Queue>,
    page: &Page,
) -> Result<Vec<Review>, sqlx::Error> {
    let start = page
        .after
        .map_or((OffsetDateTime::UNIX_EPOCH, Uuid::nil()), |token| {
            (token.time, token.id)
        });
    let rows = select!(
        "r.queue_time is not null and (r.queue_time, r.review_id) > ($1, $2)
             and case $3 when 'held' then r.state = 'held' when 'reported' then r.reports > 0
                 when 'appealed' then r.appeal = 'open' else true end
         order by r.queue_time, r.review_id limit $4",
        start.0,
        start.1,
        queue.map(|queue| queue.into_str()),
        page.fetch_limit()
    );
    reviews(rows.fetch_all(db).await)
}
