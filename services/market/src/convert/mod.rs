//! Between the contracts and the domain.

mod facts;
mod responses;

pub use facts::{product, sold, surveyed};
pub use responses::{
    ahead, alert, alert_raised, body, day_price, forecast, mean_of_regions, region, series, watch,
};

pub use xlcfi_contracts::convert::won;
use xlcfi_contracts::market::v1::{ListItemsRequest, PriceLevel};
use xlcfi_errors::{Invalid, fields};

use crate::series::Level;
use crate::store::series::Wanted;

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
        product_id: fields::optional_uuid("product_id", &request.product_id)?,
    })
}
