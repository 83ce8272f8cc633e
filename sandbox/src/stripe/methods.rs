//! Customers and their payment methods.

use super::book::Entry;
use super::cards::TestMethod;
use super::declines::{Decline, GENERIC};
use super::desk::Desk;
use super::errors::Refusal;
use super::incoming::Call;
use super::intent::Intent;
use super::lists;
use super::objects::{Customer, Method};
use super::payments::Answer;
use super::{keys, view};

pub(super) fn create_customer(desk: &mut Desk<'_>, call: &Call) -> Answer {
    let params = &call.params;
    params.only(&["email", "name", "phone", "description", "metadata"])?;
    let customer = Customer {
        id: keys::id("cus"),
        email: params.owned("email")?,
        name: params.owned("name")?,
        phone: params.owned("phone")?,
        description: params.owned("description")?,
        metadata: params.metadata()?,
        created: desk.now,
    };
    let shown = view::customer(&customer);
    desk.put(Entry::Customer(customer));
    Ok(shown)
}

pub(super) fn get_customer(desk: &mut Desk<'_>, call: &Call) -> Answer {
    let found = desk.book().customers.get(&call.key);
    found
        .map(view::customer)
        .ok_or_else(|| Refusal::missing("customer", &call.key, "id"))
}

/// Refuses a customer nobody made.
pub(super) fn customer(desk: &Desk<'_>, id: &str) -> Result<(), Refusal> {
    let found = desk.book().customers.get(id);
    found
        .map(|_| ())
        .ok_or_else(|| Refusal::missing("customer", id, "customer"))
}

pub(super) fn save(desk: &mut Desk<'_>, method: Method) {
    desk.put(Entry::Method(method));
}

/// The method of an id, or a new one made from a test method's name; not saved yet.
fn find(desk: &Desk<'_>, name: &str) -> Result<Method, Refusal> {
    if let Some(method) = desk.book().methods.get(name) {
        return Ok(method.clone());
    }
    let test =
        TestMethod::of(name).ok_or_else(|| Refusal::missing("PaymentMethod", name, "payment_method"))?;
    Ok(Method {
        id: keys::id("pm"),
        alias: test.alias.to_owned(),
        customer: None,
        set_up: false,
        spent: false,
        created: desk.now,
    })
}

/// The method to pay an intent with, if it may be used for it.
pub(super) fn usable(desk: &Desk<'_>, name: &str, intent: &Intent) -> Result<Method, Refusal> {
    let method = find(desk, name)?;
    let kind = method.test().kind();
    let refused = |message: &str| Err(Refusal::invalid("payment_method", message));
    if method.spent {
        return refused(
            "The PaymentMethod was used without a customer or detached: it cannot be used again.",
        );
    }
    if method.customer.is_some() && method.customer != intent.customer {
        return refused("The PaymentMethod belongs to a customer that is not the PaymentIntent's.");
    }
    if !intent.payment_method_types.iter().any(|allowed| allowed == kind) {
        return refused("The PaymentIntent does not allow this type of PaymentMethod.");
    }
    Ok(method)
}

/// The method to store for a customer, if the issuer lets it be stored.
pub(super) fn storable(desk: &Desk<'_>, name: &str, customer: Option<&str>) -> Result<Method, Refusal> {
    let method = find(desk, name)?;
    let refused = |message: &str| Err(Refusal::invalid("payment_method", message));
    if method.spent {
        return refused("The PaymentMethod was used without a customer or detached: it cannot be stored.");
    }
    if method.customer.is_some() && method.customer.as_deref() != customer {
        return refused("The PaymentMethod belongs to another customer.");
    }
    Ok(method)
}

/// Why the issuer does not let a method be stored.
pub(super) fn refused_storing(desk: &Desk<'_>, method: &Method) -> Option<Decline> {
    let test = method.test();
    let own = test
        .declines_to_attach
        .then(|| test.declines.and_then(Decline::of).unwrap_or(GENERIC));
    desk.decline().or(own)
}

pub(super) fn attach(desk: &mut Desk<'_>, call: &Call) -> Answer {
    call.params.only(&["customer"])?;
    let owner = call.params.needed("customer")?.to_owned();
    customer(desk, &owner)?;
    let method = storable(desk, &call.key, Some(&owner))?;
    if let Some(decline) = refused_storing(desk, &method) {
        return Err(Refusal::declined(decline).about("payment_method", view::method(&method)));
    }
    let attached = Method {
        customer: Some(owner),
        ..method
    };
    let shown = view::method(&attached);
    save(desk, attached);
    Ok(shown)
}

pub(super) fn detach(desk: &mut Desk<'_>, call: &Call) -> Answer {
    call.params.only(&[])?;
    let method = existing(desk, &call.key)?.clone();
    if method.customer.is_none() {
        return Err(Refusal::invalid(
            "payment_method",
            "The PaymentMethod is not attached to a customer.",
        ));
    }
    let detached = Method {
        customer: None,
        spent: true,
        ..method
    };
    let shown = view::method(&detached);
    save(desk, detached);
    Ok(shown)
}

pub(super) fn get(desk: &mut Desk<'_>, call: &Call) -> Answer {
    existing(desk, &call.key).map(view::method)
}

pub(super) fn list(desk: &mut Desk<'_>, call: &Call) -> Answer {
    let params = &call.params;
    params.only(&[&lists::PAGING[..], &["customer", "type"]].concat())?;
    let owner = params.needed("customer")?;
    customer(desk, owner)?;
    let kind = params.text("type")?;
    let methods = desk.book().methods.all().iter().filter(|method| {
        method.customer.as_deref() == Some(owner) && kind.is_none_or(|kind| kind == method.test().kind())
    });
    lists::page(methods, params, &call.path, view::method)
}

fn existing<'a>(desk: &'a Desk<'_>, id: &str) -> Result<&'a Method, Refusal> {
    let found = desk.book().methods.get(id);
    found.ok_or_else(|| Refusal::missing("PaymentMethod", id, "payment_method"))
}

/// The method an intent or setup waits with.
pub(super) fn waiting(desk: &Desk<'_>, id: Option<&str>) -> Option<Method> {
    desk.book().methods.get(id?).cloned()
}
