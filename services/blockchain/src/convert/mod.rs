//! Between the contracts and the domain.

pub mod anchor;
pub mod log;
pub mod trace_facts;
pub mod trace_requests;
pub mod trace_responses;
