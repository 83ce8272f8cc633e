//! The double of the Stripe API, as far as payments need it.

mod api;
mod book;
mod buyer;
mod cards;
mod charging;
mod declines;
mod desk;
mod errors;
mod expand;
mod form;
mod gate;
mod incoming;
mod intent;
mod keys;
mod lists;
mod methods;
mod money;
mod objects;
mod params;
mod payments;
mod records;
mod refunds;
mod settle;
mod setups;
mod view;
mod webhook;

pub(crate) use api::{router, unknown_path};
pub(crate) use book::{Book, Entry};
pub(crate) use errors::{codes, documents};
pub(crate) use settle::settle;
pub(crate) use webhook::headers as webhook_headers;

/// The calls a fault rule can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Create,
    Confirm,
    Capture,
    Cancel,
    Get,
    List,
    Refund,
    GetRefund,
    ListRefunds,
    Charges,
    Balance,
    Payouts,
    Events,
    Customer,
    Method,
    Attach,
    Detach,
    Setup,
    GetSetup,
    ConfirmSetup,
    Authenticate,
    Settle,
}

/// Every name, as `endpoint` in a rule takes it.
pub(crate) const ENDPOINTS: [&str; 22] = [
    Endpoint::Create.name(),
    Endpoint::Confirm.name(),
    Endpoint::Capture.name(),
    Endpoint::Cancel.name(),
    Endpoint::Get.name(),
    Endpoint::List.name(),
    Endpoint::Refund.name(),
    Endpoint::GetRefund.name(),
    Endpoint::ListRefunds.name(),
    Endpoint::Charges.name(),
    Endpoint::Balance.name(),
    Endpoint::Payouts.name(),
    Endpoint::Events.name(),
    Endpoint::Customer.name(),
    Endpoint::Method.name(),
    Endpoint::Attach.name(),
    Endpoint::Detach.name(),
    Endpoint::Setup.name(),
    Endpoint::GetSetup.name(),
    Endpoint::ConfirmSetup.name(),
    Endpoint::Authenticate.name(),
    Endpoint::Settle.name(),
];

impl Endpoint {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Endpoint::Create => "stripe_create",
            Endpoint::Confirm => "stripe_confirm",
            Endpoint::Capture => "stripe_capture",
            Endpoint::Cancel => "stripe_cancel",
            Endpoint::Get => "stripe_get",
            Endpoint::List => "stripe_list",
            Endpoint::Refund => "stripe_refund",
            Endpoint::GetRefund => "stripe_get_refund",
            Endpoint::ListRefunds => "stripe_list_refunds",
            Endpoint::Charges => "stripe_charges",
            Endpoint::Balance => "stripe_balance",
            Endpoint::Payouts => "stripe_payouts",
            Endpoint::Events => "stripe_events",
            Endpoint::Customer => "stripe_customer",
            Endpoint::Method => "stripe_method",
            Endpoint::Attach => "stripe_attach",
            Endpoint::Detach => "stripe_detach",
            Endpoint::Setup => "stripe_setup",
            Endpoint::GetSetup => "stripe_get_setup",
            Endpoint::ConfirmSetup => "stripe_confirm_setup",
            Endpoint::Authenticate => "stripe_authenticate",
            Endpoint::Settle => "stripe_settle",
        }
    }

    /// Stands for the buyer or for time, not for the shop: no secret key, and struck only by rules that name it.
    pub(crate) fn is_sandbox_only(self) -> bool {
        matches!(self, Endpoint::Authenticate | Endpoint::Settle)
    }

    /// The buyer's browser may call it with a client secret.
    pub(crate) fn is_open_to_buyers(self) -> bool {
        matches!(
            self,
            Endpoint::Get | Endpoint::Confirm | Endpoint::GetSetup | Endpoint::ConfirmSetup
        )
    }
}
