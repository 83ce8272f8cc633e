//! Between the contracts and the domain.

mod benefits;
mod facts;
mod notifications;
mod requests;
mod responses;

pub use benefits::{
    consent, consent_changed, consent_kind, expiring, grade_benefit, grade_changed, history_item, month,
    point_sum, product_id, shelved, text,
};
pub use facts::{
    accepted_texts, business_registered, business_status_changed, cancelled_order, confirmed_order, hold,
    member_and_order, member_created, member_renamed, member_withdrawn, new_member, points_changed, refusal,
    root_recorded,
};
pub use notifications::{news, notice, notification, notification_acknowledged, notification_id};
pub use requests::{
    address_details, address_id, business_details, correction, member_id, member_ids, new_address,
    profile_change,
};
pub use responses::{address, member, point_balance, point_entry, purchase, summary};

pub use xlcfi_contracts::convert::{timestamp, won};
pub use xlcfi_errors::fields::page;
