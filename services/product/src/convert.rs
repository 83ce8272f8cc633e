use std::collections::BTreeSet;

use time::Date;
use uuid::Uuid;
pub use xlcfi_contracts::convert::timestamp;
use xlcfi_contracts::product::v1::{self, CreateProductRequest, ListProductsRequest, UpdateProductRequest};
use xlcfi_contracts::types::v1::Quantity;
use xlcfi_errors::Invalid;
pub use xlcfi_errors::fields::{id, optional_id, page};
use xlcfi_types::{Id, Money};

use crate::category::Category;
use crate::ladder::{Ladder, Price, Rung};
use crate::lot::{Lot, Stock};
use crate::product::{Details, Product, State};
use crate::store::products::Filter;

/// A `request_id`; `None` when the call is a new act each time.
pub fn request_id(text: &str) -> Result<Option<Uuid>, Invalid> {
    Ok(optional_id::<()>("request_id", text)?.map(Id::uuid))
}

/// Patterns of `ilike` for the words of a query.
pub fn patterns(query: &str) -> Vec<String> {
    let escaped = |word: &str| word.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    query
        .split_whitespace()
        .map(|word| format!("%{}%", escaped(word)))
        .collect()
}

/// Which products a request asks for.
///
/// # Errors
/// An id that is none.
pub fn filter(request: &ListProductsRequest) -> Result<Filter, Invalid> {
    Ok(Filter {
        published_only: true,
        seller_id: optional_id("seller_id", &request.seller_id)?,
        category_id: optional_id("category_id", &request.category_id)?,
        patterns: patterns(&request.query),
        in_stock_only: request.in_stock,
    })
}

/// One text for each different request of a list.
pub fn list_key(request: &ListProductsRequest) -> String {
    let ListProductsRequest {
        query,
        category_id,
        seller_id,
        in_stock,
        page_size,
        page_token,
    } = request;
    format!("{in_stock}:{page_size}:{page_token}:{category_id}:{seller_id}:{query}")
}

/// SKU and details of a new product.
///
/// # Errors
/// Every field that is wrong.
pub fn new_product(request: CreateProductRequest) -> Result<(String, Details), Invalid> {
    let mut invalid = Invalid::default();
    let mut text = |field: &str, value: &str| {
        let trimmed = value.trim();
        if trimmed.is_empty() {
            invalid.add(field, "must not be blank");
        }
        trimmed.to_owned()
    };
    let (name, unit, origin) = (
        text("name", &request.name),
        text("unit", &request.unit),
        text("origin", &request.origin),
    );
    let content = request.content.as_ref();
    let category_id = invalid.take("category_id", request.category_id.parse());
    let prices = ladder(request.prices.as_ref(), &mut invalid);
    invalid.into_result()?;
    let (Some(category_id), Some(prices), Some(content)) = (category_id, prices, content) else {
        return Err(Invalid::field("prices", "must be given"));
    };
    let details = Details {
        category_id,
        name,
        name_en: request.name_en.trim().to_owned(),
        description: request.description.trim().to_owned(),
        unit,
        content: (content.amount, content.unit()),
        origin,
        storage: request.storage(),
        allergens: request.allergens().collect::<BTreeSet<_>>(),
        tax: request.tax(),
        prices,
    };
    Ok((request.sku, details))
}

/// The new details of a product.
///
/// # Errors
/// Every field that is wrong.
pub fn details(request: UpdateProductRequest) -> Result<Details, Invalid> {
    let like_new = CreateProductRequest {
        sku: String::new(),
        category_id: request.category_id,
        name: request.name,
        name_en: request.name_en,
        description: request.description,
        unit: request.unit,
        content: request.content,
        origin: request.origin,
        storage: request.storage,
        allergens: request.allergens,
        tax: request.tax,
        prices: request.prices,
        request_id: String::new(),
    };
    new_product(like_new).map(|(_, details)| details)
}

fn ladder(message: Option<&v1::PriceLadder>, invalid: &mut Invalid) -> Option<Ladder> {
    let message = message?;
    let mut rungs = Vec::with_capacity(message.rungs.len());
    for (at, rung) in message.rungs.iter().enumerate() {
        let field = format!("prices.rungs[{at}].unit_price.currency_code");
        let unit_price = invalid.take(&field, Money::try_from(rung.unit_price.as_ref()?))?;
        rungs.push(Rung {
            from_quantity: rung.from_quantity,
            unit_price,
        });
    }
    let ladder = Ladder::new(rungs, message.minimum, message.multiple, message.maximum);
    ladder
        .map_err(|problems| {
            for problem in problems {
                invalid.add(format!("prices.{}", problem.field()), problem.to_string());
            }
        })
        .ok()
}

pub fn category_message(category: Category) -> v1::Category {
    v1::Category {
        category_id: category.category_id.to_string(),
        slug: category.slug,
        parent_id: category.parent_id.map(|id| id.to_string()).unwrap_or_default(),
        name_ko: category.name_ko,
        name_en: category.name_en,
        sort: category.sort,
    }
}

pub fn product_message(product: &Product) -> v1::Product {
    let details = &product.details;
    let state = match product.state {
        State::Draft => v1::ProductState::Draft,
        State::Published => v1::ProductState::Published,
        State::Archived => v1::ProductState::Archived,
    };
    v1::Product {
        product_id: product.product_id.to_string(),
        seller_id: product.seller_id.to_string(),
        category_id: details.category_id.to_string(),
        sku: product.sku.clone(),
        name: details.name.clone(),
        name_en: details.name_en.clone(),
        description: details.description.clone(),
        unit: details.unit.clone(),
        content: Some(Quantity {
            amount: details.content.0,
            unit: details.content.1.into(),
        }),
        origin: details.origin.clone(),
        storage: details.storage.into(),
        allergens: details
            .allergens
            .iter()
            .map(|&allergen| allergen.into())
            .collect(),
        tax: details.tax.into(),
        prices: Some(ladder_message(&details.prices)),
        state: state.into(),
        in_stock: product.in_stock(),
        version: product.version,
        create_time: Some(timestamp(product.create_time)),
        update_time: Some(timestamp(product.update_time)),
    }
}

fn ladder_message(ladder: &Ladder) -> v1::PriceLadder {
    let rung = |rung: &Rung| v1::PriceRung {
        from_quantity: rung.from_quantity,
        unit_price: Some(rung.unit_price.into()),
    };
    v1::PriceLadder {
        rungs: ladder.rungs().iter().map(rung).collect(),
        minimum: ladder.minimum(),
        multiple: ladder.multiple(),
        maximum: ladder.maximum(),
    }
}

pub fn lot_message(lot: &Lot) -> v1::Lot {
    v1::Lot {
        lot_id: lot.lot_id.to_string(),
        product_id: lot.product_id.to_string(),
        supplier_lot: lot.supplier_lot.clone(),
        received: lot.received,
        on_hand: lot.on_hand,
        reserved: lot.reserved,
        sold: lot.sold,
        use_by_date: date_text(lot.use_by),
        origin: lot.origin.clone(),
        receive_time: Some(timestamp(lot.receive_time)),
    }
}

pub fn stock_message(product_id: Id<Product>, stock: &Stock) -> v1::Stock {
    v1::Stock {
        product_id: product_id.to_string(),
        available: stock.available,
        reserved: stock.reserved,
        earliest_use_by_date: date_text(stock.earliest_use_by),
    }
}

pub fn priced_line(product: &Product, quantity: i64, price: Price) -> v1::PricedLine {
    v1::PricedLine {
        product_id: product.product_id.to_string(),
        name: product.details.name.clone(),
        unit: product.details.unit.clone(),
        seller_id: product.seller_id.to_string(),
        quantity,
        unit_price: Some(price.unit_price.into()),
        amount: Some(price.amount.into()),
        tax: product.details.tax.into(),
        in_stock: product.available >= quantity,
    }
}

/// ISO 8601, as `time` displays dates; `""` for none.
fn date_text(date: Option<Date>) -> String {
    date.map(|date| date.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn what_a_pattern_would_read_as_a_wildcard_is_escaped() {
        assert_eq!(patterns("  감자 100%_\\ "), ["%감자%", r"%100\%\_\\%"]);
        assert!(patterns(" ").is_empty());
    }

    #[test]
    fn dates_are_written_as_the_contract_says() {
        assert_eq!(date_text(Some(date!(2027 - 01 - 05))), "2027-01-05");
        assert_eq!(date_text(None), "");
    }
}
