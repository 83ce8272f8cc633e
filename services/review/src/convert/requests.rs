use uuid::Uuid;
use xlcfi_contracts::review::v1::{self as proto, CreateReviewRequest, Dimensions, QueueKind, ReviewOrder};
use xlcfi_errors::Invalid;

use super::{id, request_id, uuid};
use crate::flows::reviews::New;
use crate::listing::{Listing, Order};
use crate::moderation::Queue;
use crate::rating::Stars;
use crate::review::{ReportKind, Said};

/// Characters of a text that says something.
const SHORTEST_TEXT: usize = 10;

pub fn new_review(request: CreateReviewRequest) -> Result<New, Invalid> {
    Ok(New {
        order_id: id("order_id", &request.order_id)?,
        product_id: id("product_id", &request.product_id)?,
        request_id: request_id(&request.request_id)?,
        said: said(
            request.rating,
            request.dimensions,
            &request.text,
            &request.image_ids,
        )?,
    })
}

/// What an author says, with every wrong field told at once.
pub fn said(
    rating: i32,
    dimensions: Option<Dimensions>,
    text: &str,
    image_ids: &[String],
) -> Result<Said, Invalid> {
    let mut invalid = Invalid::default();
    let text = text.trim().to_owned();
    if text.chars().count() < SHORTEST_TEXT {
        invalid.add("text", "must have 10 characters beside the space around it");
    }
    let images = image_ids.iter().map(|text| uuid("image_ids", text));
    let images: Vec<Uuid> = images.collect::<Result<_, _>>()?;
    let mut distinct = images.clone();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() < images.len() {
        invalid.add("image_ids", "must not name a picture twice");
    }
    invalid.into_result()?;
    let sides = dimensions.unwrap_or_default();
    let sides = [sides.freshness, sides.taste, sides.packaging, sides.delivery];
    Ok(Said {
        stars: Stars {
            rating: small(rating),
            sides: sides.map(small),
        },
        text,
        image_ids: images,
    })
}

/// Stars; the contract's rules have seen them.
fn small(stars: i32) -> i16 {
    i16::try_from(stars).unwrap_or(0)
}

/// A text without the space around it.
pub fn words(field: &str, text: &str) -> Result<String, Invalid> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Invalid::field(field, "must not be blank"));
    }
    Ok(text.to_owned())
}

pub fn listing(
    order: ReviewOrder,
    stars: i32,
    with_images: bool,
    page_size: i32,
    page_token: &str,
) -> Result<Listing, Invalid> {
    let order = match order {
        ReviewOrder::Unspecified | ReviewOrder::Newest => Order::Newest,
        ReviewOrder::Helpful => Order::Helpful,
        ReviewOrder::Rating => Order::Rating,
    };
    let stars = Some(small(stars)).filter(|stars| *stars > 0);
    let listing = Listing::new(order, stars, with_images, page_size, page_token);
    listing.map_err(|_| {
        Invalid::field(
            "page_token",
            "not a page token of this list in this order; leave it empty for the first page",
        )
    })
}

pub fn report_kind(kind: proto::ReportKind) -> Result<ReportKind, Invalid> {
    match kind {
        proto::ReportKind::Spam => Ok(ReportKind::Spam),
        proto::ReportKind::Abuse => Ok(ReportKind::Abuse),
        proto::ReportKind::False => Ok(ReportKind::False),
        proto::ReportKind::PersonalData => Ok(ReportKind::PersonalData),
        proto::ReportKind::Other => Ok(ReportKind::Other),
        proto::ReportKind::Unspecified => Err(Invalid::field("kind", "must be given")),
    }
}

pub fn queue(kind: QueueKind) -> Option<Queue> {
    match kind {
        QueueKind::Unspecified => None,
        QueueKind::Held => Some(Queue::Held),
        QueueKind::Reported => Some(Queue::Reported),
        QueueKind::Appealed => Some(Queue::Appealed),
    }
}
