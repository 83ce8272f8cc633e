//! `expand[]`: ids in an answer replaced by what they stand for.

use serde_json::Value;
use time::OffsetDateTime;

use super::book::Book;
use super::errors::Refusal;
use super::params::Params;
use super::view;

/// Fields that can be expanded; `data` leads into a list.
const FIELDS: [&str; 10] = [
    "balance_transaction",
    "charge",
    "customer",
    "data",
    "failure_balance_transaction",
    "latest_charge",
    "payment_intent",
    "payment_method",
    "setup_intent",
    "source",
];
const DEEPEST: usize = 4;

/// Whether every path can be expanded, asked before anything happens.
pub(super) fn check(params: &Params) -> Result<(), Refusal> {
    for path in params.list("expand")? {
        let steps: Vec<&str> = path.split('.').collect();
        if steps.len() > DEEPEST || !steps.iter().all(|step| FIELDS.contains(step)) {
            return Err(Refusal::invalid(
                "expand",
                format!("This property cannot be expanded ({path})."),
            ));
        }
    }
    Ok(())
}

/// The answer with its expansions.
pub(super) fn apply(
    mut answer: Value,
    params: &Params,
    book: &Book,
    base_url: &str,
    now: OffsetDateTime,
) -> Value {
    for path in params.list("expand").unwrap_or_default() {
        let steps: Vec<&str> = path.split('.').collect();
        walk(&mut answer, &steps, &|id| object(id, book, base_url, now));
    }
    answer
}

fn walk(value: &mut Value, steps: &[&str], object: &impl Fn(&str) -> Option<Value>) {
    let Some((field, rest)) = steps.split_first() else {
        return;
    };
    let Some(target) = value.get_mut(*field) else {
        return;
    };
    if let Some(found) = target.as_str().and_then(object) {
        *target = found;
    }
    match target {
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, rest, object)),
        target => walk(target, rest, object),
    }
}

fn object(id: &str, book: &Book, base_url: &str, now: OffsetDateTime) -> Option<Value> {
    match id.split_once('_')?.0 {
        "pi" => book.intents.get(id).map(|intent| view::intent(intent, base_url)),
        "ch" => book.charges.get(id).map(|charge| view::charge(charge, book)),
        "re" => book.refunds.get(id).map(view::refund),
        "cus" => book.customers.get(id).map(view::customer),
        "pm" => book.methods.get(id).map(view::method),
        "seti" => book.setups.get(id).map(|setup| view::setup(setup, base_url)),
        "txn" => book
            .transactions
            .get(id)
            .map(|found| view::transaction(found, now)),
        "po" => book.payouts.get(id).map(|payout| view::payout(payout, now)),
        _ => None,
    }
}
