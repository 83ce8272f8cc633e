//! Between the contracts and the domain.

mod facts;
mod responses;

pub use facts::{product, sold, surveyed, told_id};
pub use responses::{
    ahead, alert, alert_raised, body, day_price, forecast, mean_of_regions, money, region, series, watch,
};

use time::Date;
use time::format_description::StaticFormatDescription;
use time::macros::format_description;
use xlcfi_contracts::market::v1::{ListItemsRequest, PriceLevel};
use xlcfi_errors::{Invalid, fields};

use crate::series::Level;
use crate::store::series::Wanted;

/// ISO 8601 dates.
pub const DATE: StaticFormatDescription = format_description!("[year]-[month]-[day]");

/// An ISO 8601 date; None when it is empty.
pub fn date(field: &str, text: &str) -> Result<Option<Date>, Invalid> {
    if text.is_empty() {
        return Ok(None);
    }
    let date = Date::parse(text, DATE).map_err(|_| Invalid::field(field, "is no day of the calendar"))?;
    Ok(Some(date))
}

pub fn wanted(request: &ListItemsRequest) -> Result<Wanted, Invalid> {
    let level = match request.level() {
        PriceLevel::Unspecified => None,
        PriceLevel::Retail => Some(Level::Retail),
        PriceLevel::Wholesale => Some(Level::Wholesale),
        PriceLevel::Traded => Some(Level::Traded),
    };
    Ok(Wanted {
        query: request.query.trim().to_owned(),
        item_code: request.item_code.clone(),
        source: request.source.clone(),
        region: request.region.clone(),
        level,
        product_id: fields::optional_id::<()>("product_id", &request.product_id)?.map(xlcfi_types::Id::uuid),
    })
}
