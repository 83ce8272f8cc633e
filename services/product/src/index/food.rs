//! Products as the index takes them.

use prost::Message as _;
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_contracts::product::v1::Product;
use xlcfi_search::Food;
use xlcfi_types::calendar::parse_date;

use crate::category::Tree;
use crate::convert::time;

/// A product on sale, `version` of the events of its key told.
///
/// # Errors
/// What the message lacks.
pub fn food(product: &Product, version: u64, tree: &Tree) -> Result<Food, &'static str> {
    let id = |text: &str| text.parse::<Uuid>().map_err(|_| "a product with a broken id");
    let path = tree.path(id(&product.category_id)?.into());
    let names = path
        .iter()
        .map(|category| format!("{} {}", category.name_ko, category.name_en));
    let ladder = product.current_prices.as_ref().or(product.prices.as_ref());
    let first = ladder.and_then(|ladder| ladder.rungs.first());
    let price = first.and_then(|rung| rung.unit_price.as_ref());
    Ok(Food {
        id: id(&product.product_id)?,
        version,
        name: product.name.clone(),
        name_en: product.name_en.clone(),
        description: product.description.clone(),
        unit: product.unit.clone(),
        category: path.iter().map(|category| category.category_id.uuid()).collect(),
        category_names: names.collect(),
        origin: product.origin.clone(),
        storage: u8::try_from(product.storage).map_err(|_| "a product with a broken storage")?,
        allergens: product
            .allergens
            .iter()
            .filter_map(|&number| u8::try_from(number).ok())
            .collect(),
        seller: id(&product.seller_id)?,
        price: price.ok_or("a product without a price")?.minor_units,
        in_stock: product.in_stock,
        use_by: parse_date(&product.earliest_use_by_date).ok(),
        rating: product.rating.map_or(0.0, |rating| rating.mean as f32),
        ratings: product
            .rating
            .map_or(0, |rating| u32::try_from(rating.ratings).unwrap_or(u32::MAX)),
        sales: orders(product.popularity),
        created: product
            .create_time
            .and_then(time)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH),
        payload: product.encode_to_vec(),
    })
}

/// The fewest orders that make a product so popular.
fn orders(popularity: i32) -> u64 {
    match u32::try_from(popularity) {
        Ok(doublings @ 1..=63) => 1 << (doublings - 1),
        _ => 0,
    }
}
