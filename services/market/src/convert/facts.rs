use std::collections::BTreeMap;

use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_contracts::etl::v1::{PriceLevel, PricesSurveyed, SurveyedPrice};
use xlcfi_contracts::order::v1::OrderConfirmed;
use xlcfi_contracts::product::v1::Product;
use xlcfi_contracts::told::{self, Malformed};
use xlcfi_contracts::types::v1::{Money, Unit as ToldUnit};
use xlcfi_types::calendar::parse_date;

use crate::amount::Unit;
use crate::flows::{prices::Surveyed, trades::Sold};
use crate::series::{Level, OWN, Subject};
use crate::store::products;

/// Won, none of them owed.
fn won(money: Option<&Money>) -> Result<i64, Malformed> {
    let money = money.ok_or(Malformed("price"))?;
    let money = xlcfi_types::Money::try_from(money).map_err(|_| Malformed("currency"))?;
    Some(money.minor)
        .filter(|won| *won >= 0)
        .ok_or(Malformed("price"))
}

pub fn surveyed(told: PricesSurveyed) -> Result<Vec<Surveyed>, Malformed> {
    if told.source.is_empty() || told.source == OWN {
        return Err(Malformed("source"));
    }
    let source = told.source;
    told.prices
        .into_iter()
        .map(|price| one_surveyed(&source, price))
        .collect()
}

fn one_surveyed(source: &str, told: SurveyedPrice) -> Result<Surveyed, Malformed> {
    let level = match told.level() {
        PriceLevel::Retail => Level::Retail,
        PriceLevel::Wholesale => Level::Wholesale,
        PriceLevel::Unspecified => return Err(Malformed("level")),
    };
    if told.item_code.is_empty() {
        return Err(Malformed("item code"));
    }
    // Nothing is surveyed that costs nothing.
    let price = Some(won(told.price.as_ref())?).filter(|won| *won > 0);
    Ok(Surveyed {
        date: parse_date(&told.date).map_err(|_| Malformed("date"))?,
        price: price.ok_or(Malformed("price"))?,
        subject: Subject {
            source: source.to_owned(),
            item_code: told.item_code,
            item_name: told.item_name,
            kind_code: told.kind_code,
            kind_name: told.kind_name,
            grade: told.grade,
            unit: told.unit,
            region: told.region,
            level,
        },
    })
}

/// An order with each of its products once. Goods near their use-by date cost less for that
/// reason alone, so they are left out.
pub fn sold(told: OrderConfirmed) -> Result<(Uuid, Vec<Sold>, OffsetDateTime), Malformed> {
    let time = told::time("time", told.time)?;
    let order = told.order.ok_or(Malformed("order"))?;
    let mut sold: BTreeMap<Uuid, Sold> = BTreeMap::new();
    for line in order.lines.into_iter().filter(|line| !line.near_expiry) {
        let product_id = told::uuid("product_id", &line.product_id)?;
        let amount = won(line.amount.as_ref())?;
        if line.quantity <= 0 {
            return Err(Malformed("quantity"));
        }
        let known = sold.entry(product_id).or_insert(Sold {
            product_id,
            name: line.name,
            unit: line.unit,
            quantity: 0,
            amount: 0,
        });
        known.quantity = known
            .quantity
            .checked_add(line.quantity)
            .ok_or(Malformed("quantity"))?;
        known.amount = known.amount.checked_add(amount).ok_or(Malformed("amount"))?;
    }
    Ok((
        told::uuid("order_id", &order.order_id)?,
        sold.into_values().collect(),
        time,
    ))
}

/// A product, with what everybody pays for the smallest order now.
pub fn product(told: Option<Product>) -> Result<products::Product, Malformed> {
    let told = told.ok_or(Malformed("product"))?;
    let content = told.content.ok_or(Malformed("content"))?;
    let unit = match content.unit() {
        ToldUnit::Piece => Unit::Piece,
        ToldUnit::Gram => Unit::Gram,
        ToldUnit::Millilitre => Unit::Millilitre,
        ToldUnit::Unspecified => return Err(Malformed("content")),
    };
    let ladder = told.current_prices.or(told.prices).ok_or(Malformed("prices"))?;
    let rung = ladder.rungs.first().ok_or(Malformed("prices"))?;
    Ok(products::Product {
        product_id: told::uuid("product_id", &told.product_id)?,
        seller_id: told::uuid("seller_id", &told.seller_id)?,
        category_id: told::uuid("category_id", &told.category_id)?,
        name: told.name,
        amount: Some(content.amount)
            .filter(|amount| *amount > 0)
            .ok_or(Malformed("content"))?,
        unit,
        price: won(rung.unit_price.as_ref())?,
    })
}
