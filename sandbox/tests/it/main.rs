//! The sandbox over HTTP, as a shop, a buyer and a test see it.

mod accounts;
mod billing;
mod cancels;
mod control;
mod errors;
mod faults;
mod idempotency;
mod payments;
mod records;
mod restart;
mod shop;
mod support;
mod webhooks;
