//! SetupIntents: storing a payment method, with the buyer's authentication where the issuer wants it.

use serde_json::Value;

use super::book::Entry;
use super::cards::Authenticates;
use super::desk::Desk;
use super::errors::Refusal;
use super::incoming::Call;
use super::objects::{Method, Setup, SetupStatus};
use super::payments::Answer;
use super::{keys, methods, view};

const CREATE: [&str; 10] = [
    "customer",
    "payment_method",
    "confirm",
    "usage",
    "return_url",
    "metadata",
    "description",
    "payment_method_types",
    "automatic_payment_methods",
    "use_stripe_sdk",
];

pub(super) fn create(desk: &mut Desk<'_>, call: &Call) -> Answer {
    let params = &call.params;
    params.only(&CREATE)?;
    let customer = params.owned("customer")?;
    if let Some(id) = &customer {
        methods::customer(desk, id)?;
    }
    let method = params
        .text("payment_method")?
        .map(|name| methods::storable(desk, name, customer.as_deref()))
        .transpose()?;
    let confirm = params.flag("confirm")?;
    if confirm {
        params.needed("payment_method")?;
    }
    let usage = params.choice("usage", &["off_session", "on_session"])?;
    let id = keys::id("seti");
    let setup = Setup {
        client_secret: keys::client_secret(&id),
        id,
        status: match &method {
            Some(_) => SetupStatus::RequiresConfirmation,
            None => SetupStatus::RequiresPaymentMethod,
        },
        customer,
        payment_method: method.as_ref().map(|method| method.id.clone()),
        usage: usage.unwrap_or("off_session").to_owned(),
        return_url: params.owned("return_url")?,
        metadata: params.metadata()?,
        last_setup_error: None,
        created: desk.now,
    };
    desk.put(Entry::Setup(setup.clone()));
    match method {
        Some(method) if confirm => proceed(desk, setup, method),
        method => {
            if let Some(method) = method {
                methods::save(desk, method);
            }
            Ok(view::setup(&setup, desk.base_url))
        }
    }
}

pub(super) fn confirm(desk: &mut Desk<'_>, call: &Call) -> Answer {
    let setup = find(desk, call)?;
    call.params
        .only(&["payment_method", "return_url", "use_stripe_sdk", "mandate_data"])?;
    if matches!(setup.status, SetupStatus::Succeeded | SetupStatus::Canceled) {
        let refusal = Refusal::state(
            "setup_intent_unexpected_state",
            "You cannot confirm this SetupIntent: it has ended.",
        );
        return Err(refusal.about("setup_intent", view::setup(&setup, desk.base_url)));
    }
    let named = call.params.owned("payment_method")?;
    let name = named.or_else(|| setup.payment_method.clone()).ok_or_else(|| {
        Refusal::state(
            "setup_intent_unexpected_state",
            "You cannot confirm this SetupIntent: it has no payment method.",
        )
    })?;
    let method = methods::storable(desk, &name, setup.customer.as_deref())?;
    let return_url = call
        .params
        .owned("return_url")?
        .or_else(|| setup.return_url.clone());
    proceed(desk, Setup { return_url, ..setup }, method)
}

/// Asks the issuer, or the buyer first.
fn proceed(desk: &mut Desk<'_>, setup: Setup, method: Method) -> Answer {
    methods::save(desk, method.clone());
    let setup = Setup {
        payment_method: Some(method.id.clone()),
        ..setup
    };
    if let Some(decline) = methods::refused_storing(desk, &method) {
        let refusal = Refusal::declined(decline).about("payment_method", view::method(&method));
        let failed = fail(desk, setup, &refusal);
        return Err(refusal.about("setup_intent", failed));
    }
    let test = method.test();
    if matches!(
        test.authenticates,
        Authenticates::Always | Authenticates::UntilSetUp
    ) {
        let waiting = Setup {
            status: SetupStatus::RequiresAction,
            last_setup_error: None,
            ..setup
        };
        desk.put(Entry::Setup(waiting.clone()));
        return Ok(view::setup(&waiting, desk.base_url));
    }
    Ok(succeed(desk, setup, method))
}

/// The method is stored for the customer, if there is one.
pub(super) fn succeed(desk: &mut Desk<'_>, setup: Setup, method: Method) -> Value {
    methods::save(
        desk,
        Method {
            customer: setup.customer.clone(),
            set_up: true,
            ..method
        },
    );
    let done = Setup {
        status: SetupStatus::Succeeded,
        last_setup_error: None,
        ..setup
    };
    desk.put(Entry::Setup(done.clone()));
    view::setup(&done, desk.base_url)
}

fn fail(desk: &mut Desk<'_>, setup: Setup, refusal: &Refusal) -> Value {
    let failed = Setup {
        status: SetupStatus::RequiresPaymentMethod,
        payment_method: None,
        last_setup_error: Some(refusal.show()),
        ..setup
    };
    desk.put(Entry::Setup(failed.clone()));
    view::setup(&failed, desk.base_url)
}

/// The buyer did not authenticate.
pub(super) fn fail_authentication(desk: &mut Desk<'_>, setup: Setup, method: &Method) -> Value {
    let refusal = Refusal::state(
        "setup_intent_authentication_failure",
        "The buyer failed to authenticate.",
    );
    fail(
        desk,
        setup,
        &refusal.about("payment_method", view::method(method)),
    )
}

pub(super) fn get(desk: &mut Desk<'_>, call: &Call) -> Answer {
    find(desk, call).map(|setup| view::setup(&setup, desk.base_url))
}

fn find(desk: &Desk<'_>, call: &Call) -> Result<Setup, Refusal> {
    let setup = desk
        .book()
        .setups
        .get(&call.key)
        .cloned()
        .ok_or_else(|| Refusal::missing("setupintent", &call.key, "intent"))?;
    call.check_secret(&setup.client_secret)?;
    Ok(setup)
}
