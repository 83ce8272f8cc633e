//! The service against the PG's double, over every fault it can be given.

#![allow(clippy::unwrap_used)]

mod breaker;
mod business;
mod cancel;
mod confirm;
mod credit;
mod credit_deposits;
mod credit_statement;
mod expiry;
mod facts;
mod faults;
mod ledger;
mod localstripe;
mod lying;
mod methods;
mod reads;
mod recalled;
mod reconciliation;
mod refunds;
mod start;
mod stored;
mod stripe;
mod webhooks;
mod world;
