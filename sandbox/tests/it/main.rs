//! The sandbox over HTTP, as a shop, a buyer and a test see it.

mod accounts;
mod billing;
mod cancels;
mod control;
mod errors;
mod faults;
mod food;
mod idempotency;
mod nts;
mod payments;
mod records;
mod restart;
mod shop;
mod stripe;
mod stripe_declines;
mod stripe_errors;
mod stripe_faults;
mod stripe_idempotency;
mod stripe_methods;
mod stripe_payments;
mod stripe_records;
mod stripe_refunds;
mod stripe_restart;
mod stripe_webhooks;
mod support;
mod webhooks;
