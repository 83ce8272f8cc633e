//! Where things are delivered.

use time::OffsetDateTime;
use time::macros::datetime;
use uuid::Uuid;
use xlcfi_types::Id;

/// Most addresses of one member.
pub const MOST_ADDRESSES: i64 = 20;

/// An address of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    pub address_id: Id<Address>,
    pub details: AddressDetails,
    pub is_default: bool,
    pub create_time: OffsetDateTime,
}

/// What a member says about an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressDetails {
    pub label: String,
    pub recipient: String,
    pub phone: String,
    pub postal_code: String,
    pub line1: String,
    /// Floor, room; may be empty.
    pub line2: String,
}

/// An address to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAddress {
    pub details: AddressDetails,
    /// Make it the default; the first address always is.
    pub make_default: bool,
    pub request_id: Option<Uuid>,
}

/// Time the default address sorts by, so that it comes first.
pub const DEFAULT_SORT_TIME: OffsetDateTime = datetime!(9999-01-01 00:00 UTC);

impl Address {
    /// Its place in the list, newest first with the default before all.
    pub fn sort_key(&self) -> (OffsetDateTime, Uuid) {
        let time = if self.is_default {
            DEFAULT_SORT_TIME
        } else {
            self.create_time
        };
        (time, self.address_id.uuid())
    }
}
