//! Webhooks to the shop: a queue by the sandbox clock, and the task that sends them.

pub(crate) mod queue;
pub(crate) mod sender;
