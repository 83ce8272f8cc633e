//! All SQL of the service.

pub mod attempts;
pub mod checkouts;
pub mod ledger;
pub mod methods;
pub mod payments;
pub mod queue;
pub mod reconciliation_lines;
pub mod reconciliations;
pub mod refunds;
pub mod webhooks;
