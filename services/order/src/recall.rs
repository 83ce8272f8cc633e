//! Recalls, as orders and carts know them.

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// How long carts tell of a recall. Nobody tells when recalled lots were
/// disposed of.
pub(crate) const TOLD_FOR: Duration = Duration::days(30);

/// Goods of an order that are recalled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Recall {
    pub recall_id: Uuid,
    pub reason: String,
    pub lines: Vec<RecalledLine>,
    #[serde(with = "time::serde::rfc3339")]
    pub time: OffsetDateTime,
}

/// Recalled goods of an order, from one lot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct RecalledLine {
    pub product_id: Uuid,
    pub lot_id: Uuid,
    pub quantity: i64,
    /// Otherwise other lots are taken when the order is paid.
    pub sold: bool,
}

/// Lots of a product that are recalled.
#[derive(Debug)]
pub(crate) struct RecalledLots {
    pub product_id: Uuid,
    pub lot_ids: Vec<Uuid>,
    pub recall_id: Uuid,
    pub reason: String,
    pub time: OffsetDateTime,
}

/// Adds what is told of a recall to what is known; `None` when all of it is.
pub(crate) fn note(known: &mut Vec<Recall>, told: Recall) -> Option<&Recall> {
    let Some(at) = known.iter().position(|recall| recall.recall_id == told.recall_id) else {
        known.push(told);
        return known.last();
    };
    let recall = &mut known[at];
    let before = recall.lines.clone();
    for line in told.lines {
        let same =
            |known: &&mut RecalledLine| (known.product_id, known.lot_id) == (line.product_id, line.lot_id);
        match recall.lines.iter_mut().find(same) {
            Some(known) => *known = line,
            None => recall.lines.push(line),
        }
    }
    (recall.lines != before).then_some(recall)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recall(recall: u128, lots: &[(u128, i64)]) -> Recall {
        let line = |(lot, quantity): &(u128, i64)| RecalledLine {
            product_id: Uuid::nil(),
            lot_id: Uuid::from_u128(*lot),
            quantity: *quantity,
            sold: true,
        };
        Recall {
            recall_id: Uuid::from_u128(recall),
            reason: "금속 조각".into(),
            lines: lots.iter().map(line).collect(),
            time: OffsetDateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_recall_is_noted_once_and_grows_by_what_is_new() {
        let mut known = Vec::new();
        for (told, changes, lines) in [
            (recall(1, &[(1, 2)]), true, vec![(1, 2)]),
            (recall(1, &[(1, 2)]), false, vec![(1, 2)]),
            (recall(1, &[]), false, vec![(1, 2)]),
            (recall(1, &[(2, 1)]), true, vec![(1, 2), (2, 1)]),
            (recall(1, &[(1, 3), (2, 1)]), true, vec![(1, 3), (2, 1)]),
            (recall(1, &[(2, 1), (1, 3)]), false, vec![(1, 3), (2, 1)]),
        ] {
            let noted = note(&mut known, told.clone()).cloned();
            assert_eq!(noted.is_some(), changes, "{told:?}");
            assert_eq!(known, [recall(1, &lines)]);
            assert!(noted.is_none_or(|noted| noted == known[0]));
        }
        let other = recall(2, &[(1, 3)]);
        assert_eq!(note(&mut known, other.clone()), Some(&other));
        assert_eq!(known.len(), 2, "the same goods may be recalled twice");
    }
}
