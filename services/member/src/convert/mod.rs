//! Between the contracts and the domain.

mod facts;
mod requests;
mod responses;

pub use facts::{
    business_registered, confirmed_order, hold, member_and_order, member_created, new_member, points_changed,
    refusal,
};
pub use requests::{
    address_details, address_id, business_details, member_id, new_address, page, profile_change,
};
pub use responses::{address, member, point_balance, point_entry, purchase};

use prost_types::Timestamp;
use time::OffsetDateTime;

fn timestamp(time: OffsetDateTime) -> Timestamp {
    Timestamp {
        seconds: time.unix_timestamp(),
        nanos: time.nanosecond().cast_signed(),
    }
}
