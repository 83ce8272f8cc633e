//! Between the contracts and the domain.

mod facts;
mod notifications;
mod requests;
mod responses;

pub use facts::{
    business_registered, cancelled_order, confirmed_order, hold, member_and_order, member_created,
    new_member, points_changed, refusal,
};
pub use notifications::{news, notice, notification, notification_acknowledged, notification_id};
pub use requests::{
    address_details, address_id, business_details, member_id, member_ids, new_address, profile_change,
};
pub use responses::{address, member, point_balance, point_entry, purchase, summary};

use xlcfi_contracts::convert::timestamp;
pub use xlcfi_errors::fields::page;
