use std::collections::{HashMap, HashSet};

use time::{Date, OffsetDateTime};
use xlcfi_contracts::product::v1::QuoteLine;
use xlcfi_errors::{Fault, Invalid};
use xlcfi_identity::Member;
use xlcfi_types::{Id, Money};

use crate::convert::id;
use crate::error::Error;
use crate::ladder::{Ladder, Price};
use crate::life::Window;
use crate::product::{Product, State};

/// The group a buyer is in with each seller.
pub type Groups = HashMap<Id<Member>, String>;

/// A line to price.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    pub product_id: Id<Product>,
    pub quantity: i64,
    /// Days left that its goods must have at least.
    pub minimum_days: i32,
    /// Goods near their last day, for less.
    pub near_expiry: bool,
}

/// A line, priced.
#[derive(Debug)]
pub struct Line<'a> {
    pub product: &'a Product,
    pub quantity: i64,
    pub price: Price,
    /// Days left of the goods this price is for.
    pub window: Window,
    pub in_stock: bool,
}

/// What is asked for, each product once.
///
/// # Errors
/// Products asked for twice, and lines that ask for both many and few days left.
pub fn lines(lines: &[QuoteLine]) -> Result<Vec<Asked>, Invalid> {
    let (mut seen, mut invalid, mut asked) = (HashSet::new(), Invalid::default(), Vec::new());
    for (at, line) in lines.iter().enumerate() {
        let field = format!("lines[{at}].product_id");
        let product_id = id(&field, &line.product_id)?;
        if !seen.insert(product_id) {
            invalid.add(field, "must not be that of a line before");
        }
        if line.near_expiry && line.minimum_remaining_days > 0 {
            let field = format!("lines[{at}].minimum_remaining_days");
            invalid.add(field, "must be 0 with `near_expiry`");
        }
        asked.push(Asked {
            product_id,
            quantity: line.quantity,
            minimum_days: line.minimum_remaining_days,
            near_expiry: line.near_expiry,
        });
    }
    invalid.into_result().map(|()| asked)
}

/// Prices lines for a buyer by their products' ladders.
///
/// # Errors
/// The first line that cannot be ordered: unknown (a draft is, but to its
/// seller), not on sale, of a quantity that is not allowed, or near expiry when
/// nothing is.
pub fn price<'a>(
    asked: &[Asked],
    products: &'a [Product],
    viewer: Option<Id<Member>>,
    groups: &Groups,
    (now, today): (OffsetDateTime, Date),
) -> Result<(Vec<Line<'a>>, Money), Error> {
    let mut total = Money::won(0);
    let mut priced = Vec::with_capacity(asked.len());
    for asked in asked {
        let product = products
            .iter()
            .find(|product| product.product_id == asked.product_id)
            .filter(|product| product.is_visible_to(viewer))
            .ok_or(Error::ProductNotFound(asked.product_id.uuid()))?;
        if product.state != State::Published {
            return Err(Error::ProductNotSold(asked.product_id.uuid()));
        }
        let group = groups.get(&product.seller_id).map(String::as_str);
        let (ladder, window) = offered(product, asked, &product.ladder(group, now), today)?;
        let price = ladder
            .price(asked.quantity)
            .map_err(|allowed| Error::QuantityNotAllowed(asked.product_id.uuid(), allowed))?;
        total = total.plus(price.amount).map_err(Fault::bug)?;
        priced.push(Line {
            product,
            quantity: asked.quantity,
            price,
            window,
            in_stock: window.units(&product.stock, today) >= asked.quantity,
        });
    }
    Ok((priced, total))
}

/// The ladder of a line and the days left of its goods. A line near expiry is of
/// one step: the soonest that has enough, else the one that has most.
fn offered(
    product: &Product,
    asked: &Asked,
    ladder: &Ladder,
    today: Date,
) -> Result<(Ladder, Window), Error> {
    if !asked.near_expiry {
        let minimum = product.details.full_price().minimum.max(asked.minimum_days);
        return Ok((ladder.clone(), Window::from(minimum)));
    }
    let units = |window: &Window| window.units(&product.stock, today);
    let enough = product
        .near_expiry(today)
        .find(|(_, window)| units(window) >= asked.quantity);
    let most = || product.near_expiry(today).max_by_key(|(_, window)| units(window));
    let (step, window) = enough
        .or_else(most)
        .ok_or(Error::NotNearExpiry(product.product_id.uuid()))?;
    Ok((ladder.less(step.percent_off), window))
}
