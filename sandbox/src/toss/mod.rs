//! The double of the Toss Payments core API.

mod api;
mod bank;
mod billing;
mod book;
mod cancel;
mod desk;
mod errors;
mod flows;
mod gate;
mod incoming;
mod keys;
mod payment;
mod records;
mod requests;
mod tax;
mod view;
mod webhook;

use time::OffsetDateTime;

pub(crate) use api::{router, unknown_path};
pub(crate) use book::{Book, Entry};
pub(crate) use errors::Refusal;
pub(crate) use webhook::headers as webhook_headers;

use crate::app::Core;
use crate::faults::plan;

/// The calls a fault rule can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Confirm,
    Cancel,
    GetPayment,
    GetOrder,
    VirtualAccount,
    BillingIssue,
    BillingCharge,
    BillingDelete,
    Transactions,
    Settlements,
    CheckoutSession,
    BillingSession,
    Deposit,
    Expire,
}

/// Every name, as `endpoint` in a rule takes it.
pub(crate) const ENDPOINTS: [&str; 14] = [
    Endpoint::Confirm.name(),
    Endpoint::Cancel.name(),
    Endpoint::GetPayment.name(),
    Endpoint::GetOrder.name(),
    Endpoint::VirtualAccount.name(),
    Endpoint::BillingIssue.name(),
    Endpoint::BillingCharge.name(),
    Endpoint::BillingDelete.name(),
    Endpoint::Transactions.name(),
    Endpoint::Settlements.name(),
    Endpoint::CheckoutSession.name(),
    Endpoint::BillingSession.name(),
    Endpoint::Deposit.name(),
    Endpoint::Expire.name(),
];

impl Endpoint {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Endpoint::Confirm => "confirm",
            Endpoint::Cancel => "cancel",
            Endpoint::GetPayment => "get_payment",
            Endpoint::GetOrder => "get_order",
            Endpoint::VirtualAccount => "virtual_account",
            Endpoint::BillingIssue => "billing_issue",
            Endpoint::BillingCharge => "billing_charge",
            Endpoint::BillingDelete => "billing_delete",
            Endpoint::Transactions => "transactions",
            Endpoint::Settlements => "settlements",
            Endpoint::CheckoutSession => "checkout_session",
            Endpoint::BillingSession => "billing_session",
            Endpoint::Deposit => "deposit",
            Endpoint::Expire => "expire",
        }
    }

    /// Stands for the buyer or the bank, not for the shop: no secret key, and struck only by rules that name it.
    pub(crate) fn is_sandbox_only(self) -> bool {
        matches!(
            self,
            Endpoint::CheckoutSession | Endpoint::BillingSession | Endpoint::Deposit | Endpoint::Expire
        )
    }
}

/// Lets the payments expire whose time to confirm ran out before `now`.
pub(crate) fn expire_sessions(core: &mut Core, now: OffsetDateTime, base_url: &str) {
    for payment in core.state.toss.overdue(now) {
        let subject = plan::Subject {
            endpoint: Endpoint::Expire.name(),
            only_if_named: true,
            method: String::new(),
            order_id: Some(payment.order_id.clone()),
            amount: Some(payment.total),
        };
        let faults = core.plan.decide(&subject).unwrap_or_default();
        desk::expire(&mut desk::Desk::new(core, &faults, base_url), payment);
    }
    core.commit();
}
