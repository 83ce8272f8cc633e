use prost_types::Timestamp;
use uuid::Uuid;
use xlcfi_contracts::order::v1::Order;
use xlcfi_contracts::product::v1::{Product, ProductState};
use xlcfi_contracts::told::{self, Malformed};
use xlcfi_types::Id;

use crate::events::Fact;
use crate::flows::facts::Bought;
use crate::interaction::MemberId;
use crate::store::products::Told;

pub fn member(text: &str) -> Result<MemberId, Malformed> {
    told::id("member_id", text)
}

pub fn product_id(text: &str) -> Result<Uuid, Malformed> {
    told::uuid("product_id", text)
}

/// What an order bought, each product once.
pub fn bought(order: Option<Order>, time: Option<Timestamp>) -> Result<Bought, Malformed> {
    let order = order.ok_or(Malformed("order"))?;
    let products = order.lines.iter().map(|line| product_id(&line.product_id));
    let mut products: Vec<Uuid> = products.collect::<Result<_, _>>()?;
    products.sort_unstable();
    products.dedup();
    Ok(Bought {
        member_id: member(&order.member_id)?,
        products,
        time: told::time("time", time)?,
    })
}

/// What an author thinks of a product.
pub fn rated(
    author: &str,
    product: &str,
    rating: Option<i32>,
    time: Option<Timestamp>,
) -> Result<Fact, Malformed> {
    let stars = |rating: i32| match i16::try_from(rating) {
        Ok(stars @ 1..=5) => Ok(stars),
        _ => Err(Malformed("rating")),
    };
    let rating = rating.map(stars).transpose()?;
    Ok(Fact::Rated(
        member(author)?,
        product_id(product)?,
        rating,
        told::time("time", time)?,
    ))
}

pub fn is_published(product: Option<&Product>) -> bool {
    product.is_some_and(|product| product.state() == ProductState::Published)
}

pub fn product(product: Option<Product>) -> Result<Fact, Malformed> {
    let product = product.ok_or(Malformed("product"))?;
    Ok(Fact::Product(Told {
        product_id: product_id(&product.product_id)?,
        category_id: told::optional_id::<()>("category_id", &product.category_id)?.map(Id::uuid),
        use_by_date: told::optional_date("earliest_use_by_date", &product.earliest_use_by_date)?,
        name: product.name,
        allergens: product.allergens,
        in_stock: product.in_stock,
        popularity: product.popularity.max(0),
    }))
}

pub fn use_by(product: &str, text: &str) -> Result<Fact, Malformed> {
    Ok(Fact::UseBy(
        product_id(product)?,
        told::optional_date("earliest_use_by_date", text)?,
    ))
}
