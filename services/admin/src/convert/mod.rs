//! Between the contracts and the domain.

mod audit;
mod campaign;
mod dashboard;
pub mod facts;
mod proposal;

pub use audit::{entry_message, filter, head_message, hex, kept, known};
pub use campaign::{campaign, campaign_message, campaign_order, published_notice};
pub use dashboard::dashboard_message;
pub use proposal::{
    act, point_proposal, proposal_message, proposal_state, refund_proposal, role_proposal, rules,
};
pub use xlcfi_contracts::convert::timestamp;
pub use xlcfi_errors::fields::{id, page, request_id, uuid};
