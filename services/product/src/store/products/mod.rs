//! Products: what is read, and what is written.

mod by_sku;
mod ingredients;
mod read;
mod row;
mod write;

pub use by_sku::{find_by_skus, images_by_skus, list_by_sku, lock_all};
pub use ingredients::{ingredients, set_ingredients};
pub use read::{
    Filter, family, find, find_by_request, find_by_sku, get, images, is_own, list, lot_product,
    with_changed_prices,
};
pub use write::{NewProduct, insert, lock, set_details, set_specials, set_state};
