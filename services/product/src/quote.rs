use std::collections::HashSet;

use xlcfi_contracts::product::v1::{PricedLine, QuoteLine};
use xlcfi_errors::{Fault, Invalid};
use xlcfi_identity::Member;
use xlcfi_types::{Id, Money};

use crate::convert::{id, priced_line};
use crate::error::Error;
use crate::product::{Product, State};

/// What is asked for, each product once.
///
/// # Errors
/// Products asked for twice.
pub fn lines(lines: &[QuoteLine]) -> Result<Vec<(Id<Product>, i64)>, Invalid> {
    let (mut seen, mut invalid, mut asked) = (HashSet::new(), Invalid::default(), Vec::new());
    for (at, line) in lines.iter().enumerate() {
        let field = format!("lines[{at}].product_id");
        let product_id = id(&field, &line.product_id)?;
        if !seen.insert(product_id) {
            invalid.add(field, "must not be that of a line before");
        }
        asked.push((product_id, line.quantity));
    }
    invalid.into_result().map(|()| asked)
}

/// Prices lines by their products' ladders.
///
/// # Errors
/// The first line that cannot be ordered: unknown (a draft is, but to its
/// seller), not on sale, or of a quantity that is not allowed.
pub fn price(
    lines: &[(Id<Product>, i64)],
    products: &[Product],
    viewer: Option<Id<Member>>,
) -> Result<(Vec<PricedLine>, Money), Error> {
    let mut total = Money::won(0);
    let mut priced = Vec::with_capacity(lines.len());
    for &(product_id, quantity) in lines {
        let product = products
            .iter()
            .find(|product| product.product_id == product_id)
            .filter(|product| product.is_visible_to(viewer))
            .ok_or(Error::ProductNotFound(product_id.uuid()))?;
        if product.state != State::Published {
            return Err(Error::ProductNotSold(product_id.uuid()));
        }
        let prices = &product.details.prices;
        let price = prices
            .price(quantity)
            .map_err(|allowed| Error::QuantityNotAllowed(product_id.uuid(), allowed))?;
        total = total.plus(price.amount).map_err(Fault::bug)?;
        priced.push(priced_line(product, quantity, price));
    }
    Ok((priced, total))
}
