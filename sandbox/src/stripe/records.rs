//! Reads for reconciliation: charges, balance transactions, payouts, events, lists of intents.

use super::desk::Desk;
use super::errors::Refusal;
use super::incoming::Call;
use super::payments::Answer;
use super::{lists, view};

pub(super) fn intents(desk: &mut Desk<'_>, call: &Call) -> Answer {
    let params = &call.params;
    params.only(&[&lists::PAGING[..], &["customer"]].concat())?;
    let customer = params.text("customer")?;
    let intents = desk
        .book()
        .intents
        .all()
        .iter()
        .filter(|intent| customer.is_none() || intent.customer.as_deref() == customer);
    lists::page(intents, params, &call.path, |intent| {
        view::intent(intent, desk.base_url)
    })
}

pub(super) fn charge(desk: &mut Desk<'_>, call: &Call) -> Answer {
    let found = desk.book().charges.get(&call.key);
    found
        .map(|charge| view::charge(charge, desk.book()))
        .ok_or_else(|| Refusal::missing("charge", &call.key, "id"))
}

pub(super) fn charges(desk: &mut Desk<'_>, call: &Call) -> Answer {
    let params = &call.params;
    params.only(&[&lists::PAGING[..], &["payment_intent"]].concat())?;
    let intent = params.text("payment_intent")?;
    let charges = desk
        .book()
        .charges
        .all()
        .iter()
        .filter(|charge| intent.is_none_or(|intent| intent == charge.intent));
    lists::page(charges, params, &call.path, |charge| {
        view::charge(charge, desk.book())
    })
}

pub(super) fn transaction(desk: &mut Desk<'_>, call: &Call) -> Answer {
    let found = desk.book().transactions.get(&call.key);
    found
        .map(|transaction| view::transaction(transaction, desk.now))
        .ok_or_else(|| Refusal::missing("balance transaction", &call.key, "id"))
}

pub(super) fn transactions(desk: &mut Desk<'_>, call: &Call) -> Answer {
    let params = &call.params;
    params.only(&[&lists::PAGING[..], &["type", "source", "payout", "currency"]].concat())?;
    let kind = params.text("type")?;
    let source = params.text("source")?;
    let payout = params.text("payout")?;
    let currency = params.text("currency")?;
    let transactions = desk.book().transactions.all().iter().filter(|transaction| {
        kind.is_none_or(|kind| kind == transaction.kind)
            && source.is_none_or(|source| source == transaction.source)
            && (payout.is_none() || transaction.payout.as_deref() == payout)
            && currency.is_none_or(|currency| currency == transaction.currency)
    });
    lists::page(transactions, params, &call.path, |transaction| {
        view::transaction(transaction, desk.now)
    })
}

pub(super) fn payout(desk: &mut Desk<'_>, call: &Call) -> Answer {
    let found = desk.book().payouts.get(&call.key);
    found
        .map(|payout| view::payout(payout, desk.now))
        .ok_or_else(|| Refusal::missing("payout", &call.key, "payout"))
}

pub(super) fn payouts(desk: &mut Desk<'_>, call: &Call) -> Answer {
    call.params.only(&lists::PAGING)?;
    lists::page(
        desk.book().payouts.all().iter(),
        &call.params,
        &call.path,
        |payout| view::payout(payout, desk.now),
    )
}

pub(super) fn event(desk: &mut Desk<'_>, call: &Call) -> Answer {
    let found = desk.book().events.get(&call.key);
    found
        .map(|event| event.body.clone())
        .ok_or_else(|| Refusal::missing("event", &call.key, "id"))
}

pub(super) fn events(desk: &mut Desk<'_>, call: &Call) -> Answer {
    let params = &call.params;
    params.only(&[&lists::PAGING[..], &["type", "types"]].concat())?;
    let (kind, kinds) = (params.text("type")?, params.list("types")?);
    let events = desk.book().events.all().iter().filter(|event| {
        kind.is_none_or(|kind| kind == event.kind)
            && (kinds.is_empty() || kinds.contains(&event.kind.as_str()))
    });
    lists::page(events, params, &call.path, |event| event.body.clone())
}
