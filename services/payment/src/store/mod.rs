//! All SQL of the service.

pub mod attempts;
pub mod checkouts;
pub mod credit;
pub mod deposits;
pub mod ledger;
pub mod methods;
pub mod payments;
pub mod queue;
pub mod receivables;
pub mod reconciliation_lines;
pub mod reconciliations;
pub mod refunds;
pub mod statement;
pub mod webhooks;
