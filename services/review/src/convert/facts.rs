use time::OffsetDateTime;
use xlcfi_contracts::order::v1::OrderConfirmed;
use xlcfi_contracts::product::v1::OrderLot as ProtoLot;
use xlcfi_contracts::review::v1::{
    LotRatingDropped, ProductRatingChanged, ReviewAppealed, ReviewChanged, ReviewDecided, ReviewHeld,
    ReviewPublished, ReviewReported, ReviewWithdrawn,
};
use xlcfi_contracts::told::{self, Malformed};
use xlcfi_types::Id;

use super::responses::{report_kind, rule, state};
use super::timestamp;
use crate::lots::{Compared, OrderLot};
use crate::moderation::Decision;
use crate::purchase::{Line, Product, Purchase};
use crate::rating::Tally;
use crate::review::{MemberId, ReportKind, Review};
use crate::rules::Rule;

/// An order with each of its products once.
pub fn purchase(fact: OrderConfirmed) -> Result<Purchase, Malformed> {
    let order = fact.order.ok_or(Malformed("order"))?;
    let mut lines: Vec<Line> = Vec::with_capacity(order.lines.len());
    for line in order.lines {
        let product_id = told::id("product_id", &line.product_id)?;
        if lines.iter().all(|known| known.product_id != product_id) {
            lines.push(Line {
                product_id,
                seller_id: told::id("seller_id", &line.seller_id)?,
                product_name: line.name,
            });
        }
    }
    Ok(Purchase {
        order_id: told::id("order_id", &order.order_id)?,
        member_id: told::id("member_id", &order.member_id)?,
        lines,
    })
}

/// `None` when an id of it is none.
pub fn order_lot(lot: &ProtoLot) -> Option<OrderLot> {
    Some(OrderLot {
        order_id: lot.order_id.parse().ok()?,
        product_id: lot.product_id.parse().ok()?,
        lot_id: lot.lot_id.parse().ok()?,
    })
}

pub fn published(review: &Review, now: OffsetDateTime) -> ReviewPublished {
    ReviewPublished {
        review_id: review.review_id.to_string(),
        product_id: review.product_id.to_string(),
        seller_id: review.seller_id.to_string(),
        author_id: review.author_id.to_string(),
        order_id: review.order_id.to_string(),
        rating: review.said.stars.rating.into(),
        images: i32::try_from(review.said.image_ids.len()).unwrap_or(i32::MAX),
        time: Some(timestamp(now)),
    }
}

pub fn changed(review: &Review, before: &Review, now: OffsetDateTime) -> ReviewChanged {
    ReviewChanged {
        review_id: review.review_id.to_string(),
        product_id: review.product_id.to_string(),
        seller_id: review.seller_id.to_string(),
        author_id: review.author_id.to_string(),
        rating: review.said.stars.rating.into(),
        rating_before: before.said.stars.rating.into(),
        time: Some(timestamp(now)),
    }
}

pub fn withdrawn(review: &Review, now: OffsetDateTime) -> ReviewWithdrawn {
    ReviewWithdrawn {
        review_id: review.review_id.to_string(),
        product_id: review.product_id.to_string(),
        author_id: review.author_id.to_string(),
        time: Some(timestamp(now)),
    }
}

pub fn held(review: &Review, rules: &[Rule], now: OffsetDateTime) -> ReviewHeld {
    ReviewHeld {
        review_id: review.review_id.to_string(),
        product_id: review.product_id.to_string(),
        author_id: review.author_id.to_string(),
        rules: rules.iter().map(|broken| rule(*broken).into()).collect(),
        time: Some(timestamp(now)),
    }
}

pub fn reported(review: &Review, kind: ReportKind, now: OffsetDateTime) -> ReviewReported {
    ReviewReported {
        review_id: review.review_id.to_string(),
        product_id: review.product_id.to_string(),
        kind: report_kind(kind).into(),
        time: Some(timestamp(now)),
    }
}

pub fn appealed(review: &Review, now: OffsetDateTime) -> ReviewAppealed {
    ReviewAppealed {
        review_id: review.review_id.to_string(),
        product_id: review.product_id.to_string(),
        author_id: review.author_id.to_string(),
        time: Some(timestamp(now)),
    }
}

pub fn decided(review: &Review, decision: &Decision, now: OffsetDateTime) -> ReviewDecided {
    ReviewDecided {
        review_id: review.review_id.to_string(),
        product_id: review.product_id.to_string(),
        state: state(decision.state).into(),
        of_appeal: decision.of_appeal,
        actor_id: decision.actor_id.map(|id| id.to_string()).unwrap_or_default(),
        reason: decision.reason.clone(),
        time: Some(timestamp(now)),
    }
}

pub fn rating_changed(product_id: Id<Product>, tally: &Tally, now: OffsetDateTime) -> ProductRatingChanged {
    ProductRatingChanged {
        product_id: product_id.to_string(),
        ratings: tally.count(),
        mean: tally.mean(),
        wilson: tally.wilson().0,
        time: Some(timestamp(now)),
    }
}

pub fn lot_dropped(
    product_id: Id<Product>,
    seller_id: MemberId,
    compared: &Compared,
    now: OffsetDateTime,
) -> LotRatingDropped {
    LotRatingDropped {
        product_id: product_id.to_string(),
        lot_id: compared.lot.lot_id.to_string(),
        seller_id: seller_id.to_string(),
        ratings: compared.lot.tally.count(),
        mean: compared.lot.tally.mean(),
        other_mean: compared.others.mean(),
        time: Some(timestamp(now)),
    }
}
