//! What time does: banks answer, authorizations end, days pay out.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::book::{Due, Entry};
use super::charging;
use super::declines::Decline;
use super::desk::{Desk, Origin};
use super::intent::Status;
use super::objects::{Payout, Transaction};
use super::{Endpoint, keys, money, refunds};
use crate::app::Core;
use crate::faults::plan;

/// Lets everything happen that was due by `now`, each at its own time.
pub(crate) fn settle(core: &mut Core, now: OffsetDateTime, base_url: &str) {
    while let Some((at, due)) = core.state.stripe.next_due().filter(|(at, _)| *at <= now) {
        let id = match &due {
            Due::Intent(id) | Due::Refund(id) => Some(id.as_str()),
            Due::Payouts => None,
        };
        let intent = id.and_then(|id| core.state.stripe.intent_behind(id));
        let subject = plan::Subject {
            endpoint: Endpoint::Settle.name(),
            only_if_named: true,
            method: String::new(),
            order_id: intent.map(|intent| intent.order_id().to_owned()),
            amount: intent.map(|intent| intent.amount),
        };
        let faults = core.plan.decide(&subject).unwrap_or_default();
        let mut desk = Desk::new(core, &faults, base_url, Origin::default());
        desk.now = at;
        match due {
            Due::Intent(id) => settle_intent(&mut desk, &id),
            Due::Refund(id) => {
                if let Some(refund) = desk.book().refunds.get(&id).cloned() {
                    refunds::settle(&mut desk, refund);
                }
            }
            Due::Payouts => pay_out(&mut desk),
        }
    }
    core.commit();
}

/// The bank's answer to a payment, or the end of an authorization.
fn settle_intent(desk: &mut Desk<'_>, id: &str) {
    let Some(intent) = desk.book().intents.get(id).cloned() else {
        return;
    };
    if intent.status == Status::RequiresCapture {
        charging::give_up(desk, intent, Some("automatic"));
        return;
    }
    let charge = intent
        .latest_charge
        .as_deref()
        .and_then(|id| desk.book().charges.get(id).cloned());
    let method = charge
        .as_ref()
        .and_then(|charge| desk.book().methods.get(&charge.payment_method).cloned());
    let (Some(charge), Some(method)) = (charge, method) else {
        charging::give_up(desk, intent, Some("abandoned"));
        return;
    };
    let own = method.test().declines.and_then(Decline::of);
    match desk.decline().or(own) {
        Some(decline) => {
            charging::fail(desk, intent, &method, charge, decline);
        }
        None => {
            let amount = intent.amount;
            charging::take(desk, intent, charge, amount);
        }
    }
}

/// Pays out what is available, each currency apart; one that is not above zero waits for another day.
fn pay_out(desk: &mut Desk<'_>) {
    let mut currencies: BTreeMap<String, Vec<Transaction>> = BTreeMap::new();
    for transaction in desk.book().payable(desk.now) {
        let of_currency = currencies.entry(transaction.currency.clone()).or_default();
        of_currency.push(transaction);
    }
    let net = |transactions: &[Transaction]| transactions.iter().map(Transaction::net).sum();
    let sums: BTreeMap<String, i64> = currencies
        .iter()
        .map(|(currency, transactions)| (currency.clone(), net(transactions)))
        .collect();
    if !sums.is_empty() {
        desk.tell_of_balance(&sums);
    }
    for (currency, transactions) in currencies {
        let amount = net(&transactions);
        if amount <= 0 {
            continue;
        }
        let own = Transaction {
            id: keys::id("txn"),
            kind: "payout".to_owned(),
            source: keys::id("po"),
            currency: currency.clone(),
            amount: -amount,
            fee: 0,
            created: desk.now,
            available_on: desk.now,
            payout: None,
        };
        let payout = Payout {
            id: own.source.clone(),
            currency,
            amount,
            balance_transaction: own.id.clone(),
            created: desk.now,
            arrival_date: money::working_days_later(desk.now, 1),
        };
        for transaction in transactions.into_iter().chain([own]) {
            desk.put(Entry::Transaction(Transaction {
                payout: Some(payout.id.clone()),
                ..transaction
            }));
        }
        desk.put(Entry::Payout(payout));
    }
    let until = desk.now;
    desk.put(Entry::PaidOutUntil(until));
}
