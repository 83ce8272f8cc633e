//! A PG's books of a day against ours.
//!
//! Captures are known by the PG's key of the payment, payouts by the key of the
//! transaction. A refund has no key we know: those of a payment are paired by their
//! amount, and what is left of them is compared together.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use strum::{EnumString, IntoStaticStr};
use time::OffsetDateTime;
use xlcfi_types::Id;

use crate::payment::{Order, Payment};
use crate::pg::{Kind, Transaction};

/// How a transaction compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, EnumString)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Outcome {
    Matched,
    /// Only the PG has it.
    MissingHere,
    /// Only we have it.
    MissingThere,
    AmountDiffers,
    /// The PG kept another fee than was booked.
    FeeDiffers,
}

/// What we have booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ours {
    pub payment_id: Id<Payment>,
    pub order_id: Id<Order>,
    pub pg_key: String,
    pub kind: Kind,
    pub amount: i64,
    /// ISO 4217.
    pub currency: String,
    /// The PG's key, where we know it: of payouts.
    pub transaction: Option<String>,
    pub at: OffsetDateTime,
}

/// One line of the comparison: what belongs together of both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub outcome: Outcome,
    pub kind: Kind,
    pub ours: Vec<Ours>,
    pub theirs: Vec<Transaction>,
    /// What was booked of the fees of `theirs`.
    pub fee_ours: Option<i64>,
    /// It matches because the PG was asked about it.
    pub healed: bool,
    pub note: String,
}

impl Line {
    fn new(ours: Vec<Ours>, theirs: Vec<Transaction>, fees: &HashMap<String, i64>) -> Self {
        let kind = theirs.first().map(|theirs| theirs.kind);
        let kind = kind.or(ours.first().map(|ours| ours.kind)).unwrap_or(Kind::Other);
        let booked: Vec<(i64, Option<i64>)> = theirs
            .iter()
            .filter_map(|theirs| fees.get(&theirs.key).map(|fee| (*fee, theirs.fee)))
            .collect();
        let outcome = if ours.is_empty() {
            Outcome::MissingHere
        } else if theirs.is_empty() {
            Outcome::MissingThere
        } else if !is_same(&ours, &theirs) {
            Outcome::AmountDiffers
        } else if booked
            .iter()
            .any(|(ours, theirs)| theirs.is_some_and(|theirs| theirs != *ours))
        {
            Outcome::FeeDiffers
        } else {
            Outcome::Matched
        };
        Self {
            outcome,
            kind,
            ours,
            theirs,
            fee_ours: (!booked.is_empty()).then(|| booked.iter().map(|(fee, _)| fee).sum()),
            healed: false,
            note: String::new(),
        }
    }

    /// The PG's key of the payment; empty when it is of none.
    pub fn pg_key(&self) -> &str {
        let ours = self.ours.first().map(|ours| ours.pg_key.as_str());
        let theirs = self.theirs.first().map(|theirs| theirs.pg_key.as_str());
        theirs.or(ours).unwrap_or_default()
    }

    /// The order, as far as either knows it.
    pub fn order_id(&self) -> String {
        let theirs = self.theirs.iter().map(|theirs| &theirs.order_id);
        match self.ours.first() {
            Some(ours) => ours.order_id.to_string(),
            None => theirs
                .into_iter()
                .find(|id| !id.is_empty())
                .cloned()
                .unwrap_or_default(),
        }
    }

    /// When the first of it happened at the PG, or was booked where the PG has none.
    pub fn at(&self) -> OffsetDateTime {
        let theirs = self.theirs.iter().map(|theirs| theirs.at).min();
        let ours = self.ours.iter().map(|ours| ours.at).min();
        theirs.or(ours).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    pub fn currency(&self) -> &str {
        let ours = self.ours.first().map(|ours| ours.currency.as_str());
        let theirs = self.theirs.first().map(|theirs| theirs.currency.as_str());
        theirs.or(ours).unwrap_or_default()
    }

    /// What we have; `None` when nothing.
    pub fn ours_sum(&self) -> Option<i64> {
        (!self.ours.is_empty()).then(|| self.ours.iter().map(|ours| ours.amount).sum())
    }

    /// What the PG has; `None` when nothing.
    pub fn theirs_sum(&self) -> Option<i64> {
        (!self.theirs.is_empty()).then(|| self.theirs.iter().map(|theirs| theirs.amount).sum())
    }

    /// What the PG kept; `None` where it does not say.
    pub fn fee_theirs(&self) -> Option<i64> {
        let fees: Vec<i64> = self.theirs.iter().filter_map(|theirs| theirs.fee).collect();
        (!fees.is_empty()).then(|| fees.iter().sum())
    }
}

fn is_same(ours: &[Ours], theirs: &[Transaction]) -> bool {
    let sums = ours.iter().map(|ours| ours.amount).sum::<i64>()
        == theirs.iter().map(|theirs| theirs.amount).sum::<i64>();
    let currency = ours.first().map(|ours| &ours.currency);
    let one = ours
        .iter()
        .map(|ours| &ours.currency)
        .all(|one| Some(one) == currency)
        && theirs
            .iter()
            .map(|theirs| &theirs.currency)
            .all(|one| Some(one) == currency);
    sums && one
}

/// What may belong together: by kind, and by the payment or the transaction.
type Group = (&'static str, String);

/// Compares what we have booked with what the PG has. Each of both is in exactly one
/// line. `fees` are those booked, by the PG's key of the transaction.
pub fn compare(ours: &[Ours], theirs: &[Transaction], fees: &HashMap<String, i64>) -> Vec<Line> {
    let mut groups: BTreeMap<Group, (Vec<Ours>, Vec<Transaction>)> = BTreeMap::new();
    for one in ours {
        let key = one.transaction.as_ref().unwrap_or(&one.pg_key).clone();
        let group = groups.entry((one.kind.into_str(), key)).or_default();
        group.0.push(one.clone());
    }
    for one in theirs {
        let key = match one.kind {
            Kind::Capture | Kind::Refund if !one.pg_key.is_empty() => &one.pg_key,
            _ => &one.key,
        };
        let group = groups.entry((one.kind.into_str(), key.clone())).or_default();
        group.1.push(one.clone());
    }
    let mut lines = Vec::with_capacity(ours.len().max(theirs.len()));
    for (mut ours, mut theirs) in groups.into_values() {
        ours.sort_by_key(|ours| ours.at);
        theirs.sort_by_key(|theirs| theirs.at);
        pair(ours, theirs, fees, &mut lines);
    }
    lines
}

/// The lines of one group, the oldest of equal amounts first.
fn pair(ours: Vec<Ours>, theirs: Vec<Transaction>, fees: &HashMap<String, i64>, lines: &mut Vec<Line>) {
    let (mut left, mut rest) = (ours, Vec::new());
    for one in theirs {
        let same = left
            .iter()
            .position(|ours| (ours.amount, &ours.currency) == (one.amount, &one.currency));
        match same {
            Some(place) => lines.push(Line::new(vec![left.remove(place)], vec![one], fees)),
            None => rest.push(one),
        }
    }
    if left.is_empty() || rest.is_empty() {
        lines.extend(
            left.into_iter()
                .map(|ours| Line::new(vec![ours], Vec::new(), fees)),
        );
        lines.extend(
            rest.into_iter()
                .map(|theirs| Line::new(Vec::new(), vec![theirs], fees)),
        );
    } else {
        lines.push(Line::new(left, rest, fees));
    }
}
