use prost_types::Timestamp;
use xlcfi_contracts::order::v1::OrderConfirmed;
use xlcfi_contracts::product::v1::Product;
use xlcfi_contracts::told::{self, Malformed};
use xlcfi_types::calendar::seoul_date;

use crate::sale::{Line, Offer, Sale};

/// What an order sold, each product once.
pub fn sale(told: OrderConfirmed) -> Result<Sale, Malformed> {
    let day = seoul_date(told::time("time", told.time)?);
    let order = told.order.ok_or(Malformed("order"))?;
    let mut lines: Vec<Line> = Vec::with_capacity(order.lines.len());
    for line in order.lines {
        let product_id = told::uuid("product_id", &line.product_id)?;
        if line.quantity <= 0 {
            return Err(Malformed("quantity"));
        }
        match lines.iter_mut().find(|known| known.product_id == product_id) {
            Some(known) => known.units += line.quantity,
            None => lines.push(Line {
                product_id,
                seller_id: told::uuid("seller_id", &line.seller_id)?,
                product_name: line.name,
                units: line.quantity,
            }),
        }
    }
    Ok(Sale {
        order_id: told::uuid("order_id", &order.order_id)?,
        day,
        lines,
    })
}

/// What a product costs at its smallest quantity.
pub fn offer(product: Option<Product>, time: Option<Timestamp>) -> Result<Offer, Malformed> {
    let product = product.ok_or(Malformed("product"))?;
    let rung = product.prices.unwrap_or_default().rungs.into_iter().next();
    let won = rung
        .and_then(|rung| rung.unit_price)
        .map(|price| price.minor_units);
    Ok(Offer {
        product_id: told::uuid("product_id", &product.product_id)?,
        seller_id: told::uuid("seller_id", &product.seller_id)?,
        product_name: product.name,
        day: seoul_date(told::time("time", time)?),
        won: won.filter(|won| *won > 0).ok_or(Malformed("price"))?,
    })
}
