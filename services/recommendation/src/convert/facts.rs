use prost_types::Timestamp;
use time::format_description::well_known::Iso8601;
use time::{Date, OffsetDateTime};
use uuid::Uuid;
use xlcfi_contracts::convert;
use xlcfi_contracts::order::v1::Order;
use xlcfi_contracts::product::v1::{Product, ProductState};
use xlcfi_errors::{Invalid, fields};

use crate::events::Fact;
use crate::flows::facts::Bought;
use crate::interaction::MemberId;
use crate::store::products::Told;

fn time_of(time: Option<Timestamp>) -> Result<OffsetDateTime, Invalid> {
    time.and_then(convert::time)
        .ok_or_else(|| Invalid::field("time", "must be given"))
}

pub fn member(text: &str) -> Result<MemberId, Invalid> {
    fields::id("member_id", text)
}

pub fn product_id(text: &str) -> Result<Uuid, Invalid> {
    fields::uuid("product_id", text)
}

/// What an order bought, each product once.
pub fn bought(order: Option<Order>, time: Option<Timestamp>) -> Result<Bought, Invalid> {
    let order = order.ok_or_else(|| Invalid::field("order", "must be given"))?;
    let products = order.lines.iter().map(|line| product_id(&line.product_id));
    let mut products: Vec<Uuid> = products.collect::<Result<_, _>>()?;
    products.sort_unstable();
    products.dedup();
    Ok(Bought {
        member_id: member(&order.member_id)?,
        products,
        time: time_of(time)?,
    })
}

/// What an author thinks of a product.
pub fn rated(
    author: &str,
    product: &str,
    rating: Option<i32>,
    time: Option<Timestamp>,
) -> Result<Fact, Invalid> {
    let stars = |rating: i32| match i16::try_from(rating) {
        Ok(stars @ 1..=5) => Ok(stars),
        _ => Err(Invalid::field("rating", "must be 1 to 5")),
    };
    let rating = rating.map(stars).transpose()?;
    Ok(Fact::Rated(
        member(author)?,
        product_id(product)?,
        rating,
        time_of(time)?,
    ))
}

pub fn is_published(product: Option<&Product>) -> bool {
    product.is_some_and(|product| product.state() == ProductState::Published)
}

pub fn product(product: Option<Product>) -> Result<Fact, Invalid> {
    let product = product.ok_or_else(|| Invalid::field("product", "must be given"))?;
    Ok(Fact::Product(Told {
        product_id: product_id(&product.product_id)?,
        category_id: fields::optional_id::<()>("category_id", &product.category_id)?
            .map(xlcfi_types::Id::uuid),
        use_by_date: date(&product.earliest_use_by_date)?,
        name: product.name,
        allergens: product.allergens,
        in_stock: product.in_stock,
        popularity: product.popularity.max(0),
    }))
}

pub fn use_by(product: &str, text: &str) -> Result<Fact, Invalid> {
    Ok(Fact::UseBy(product_id(product)?, date(text)?))
}

fn date(text: &str) -> Result<Option<Date>, Invalid> {
    if text.is_empty() {
        return Ok(None);
    }
    let date = Date::parse(text, &Iso8601::DATE);
    date.map(Some)
        .map_err(|_| Invalid::field("earliest_use_by_date", "must be an ISO 8601 date"))
}
