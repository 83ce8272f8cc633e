use std::collections::HashSet;

use proptest::prelude::*;
use time::Duration;
use time::macros::datetime;

use super::*;

const NOON: OffsetDateTime = datetime!(2026-01-01 03:00 UTC);

fn ours(kind: Kind, pg_key: &str, amount: i64, minutes: i64) -> Ours {
    Ours {
        payment_id: Id::new(),
        order_id: Id::new(),
        pg_key: pg_key.into(),
        kind,
        amount,
        currency: "KRW".into(),
        transaction: None,
        at: NOON + Duration::minutes(minutes),
    }
}

fn theirs(key: &str, kind: Kind, pg_key: &str, amount: i64) -> Transaction {
    Transaction {
        key: key.into(),
        pg_key: pg_key.into(),
        order_id: "order".into(),
        kind,
        amount,
        currency: "KRW".into(),
        fee: Some(10),
        at: NOON,
    }
}

fn outcomes(lines: &[Line]) -> Vec<(Outcome, Option<i64>, Option<i64>)> {
    lines
        .iter()
        .map(|line| (line.outcome, line.ours_sum(), line.theirs_sum()))
        .collect()
}

fn no_fees() -> HashMap<String, i64> {
    HashMap::new()
}

#[test]
fn what_both_have_matches_and_the_rest_is_told() {
    let ours = [
        ours(Kind::Capture, "a", 1_000, 0),
        ours(Kind::Capture, "b", 2_000, 0),
        ours(Kind::Capture, "c", 3_000, 0),
    ];
    let theirs = [
        theirs("t1", Kind::Capture, "a", 1_000),
        theirs("t2", Kind::Capture, "b", 2_500),
        theirs("t3", Kind::Capture, "d", 4_000),
    ];
    assert_eq!(
        outcomes(&compare(&ours, &theirs, &no_fees())),
        [
            (Outcome::Matched, Some(1_000), Some(1_000)),
            (Outcome::AmountDiffers, Some(2_000), Some(2_500)),
            (Outcome::MissingThere, Some(3_000), None),
            (Outcome::MissingHere, None, Some(4_000)),
        ]
    );
}

#[test]
fn refunds_are_paired_by_their_amount() {
    let ours = [
        ours(Kind::Refund, "a", 300, 0),
        ours(Kind::Refund, "a", 500, 1),
        ours(Kind::Refund, "a", 300, 2),
    ];
    let theirs = [
        theirs("t1", Kind::Refund, "a", 500),
        theirs("t2", Kind::Refund, "a", 300),
    ];
    let lines = compare(&ours, &theirs, &no_fees());
    assert_eq!(
        outcomes(&lines),
        [
            (Outcome::Matched, Some(500), Some(500)),
            (Outcome::Matched, Some(300), Some(300)),
            (Outcome::MissingThere, Some(300), None),
        ]
    );
    assert_eq!(lines[1].ours[0].at, NOON, "the oldest of equal ones");
}

#[test]
fn refunds_that_were_booked_together_match_together() {
    let ours = [ours(Kind::Refund, "a", 700, 5)];
    let theirs = [
        theirs("t1", Kind::Refund, "a", 300),
        theirs("t2", Kind::Refund, "a", 400),
    ];
    let lines = compare(&ours, &theirs, &no_fees());
    assert_eq!(outcomes(&lines), [(Outcome::Matched, Some(700), Some(700))]);
    assert_eq!((lines[0].at(), lines[0].fee_theirs()), (NOON, Some(20)));
    let less = compare(&ours, &theirs[..1], &no_fees());
    assert_eq!(outcomes(&less), [(Outcome::AmountDiffers, Some(700), Some(300))]);
}

#[test]
fn another_currency_is_another_amount() {
    let ours = [ours(Kind::Capture, "a", 1_000, 0)];
    let theirs = [Transaction {
        currency: "USD".into(),
        ..theirs("t1", Kind::Capture, "a", 1_000)
    }];
    assert_eq!(
        outcomes(&compare(&ours, &theirs, &no_fees())),
        [(Outcome::AmountDiffers, Some(1_000), Some(1_000))]
    );
}

#[test]
fn a_fee_is_compared_with_what_was_booked_of_it() {
    let ours = [ours(Kind::Capture, "a", 1_000, 0)];
    let theirs = [theirs("t1", Kind::Capture, "a", 1_000)];
    for (booked, outcome) in [
        (None, Outcome::Matched),
        (Some(10), Outcome::Matched),
        (Some(12), Outcome::FeeDiffers),
    ] {
        let fees = booked.map(|fee| ("t1".to_owned(), fee)).into_iter().collect();
        let lines = compare(&ours, &theirs, &fees);
        assert_eq!((lines[0].outcome, lines[0].fee_ours), (outcome, booked));
    }
}

#[test]
fn a_payout_is_known_by_its_transaction() {
    let booked = Ours {
        transaction: Some("t1".into()),
        ..ours(Kind::Payout, "a", 990, 0)
    };
    let theirs = [
        theirs("t1", Kind::Payout, "a", 990),
        theirs("t2", Kind::Payout, "a", 990),
        theirs("t3", Kind::Other, "", -5),
    ];
    let mut outcomes = outcomes(&compare(&[booked], &theirs, &no_fees()));
    outcomes.sort_by_key(|(_, ours, theirs)| (*ours, *theirs));
    assert_eq!(
        outcomes,
        [
            (Outcome::MissingHere, None, Some(-5)),
            (Outcome::MissingHere, None, Some(990)),
            (Outcome::Matched, Some(990), Some(990)),
        ]
    );
}

fn kinds() -> impl Strategy<Value = Kind> {
    prop_oneof![
        Just(Kind::Capture),
        Just(Kind::Refund),
        Just(Kind::Payout),
        Just(Kind::RefundReturned),
        Just(Kind::Other),
    ]
}

proptest! {
    #[test]
    fn nothing_is_lost_and_the_sums_add_up(
        booked in prop::collection::vec((kinds(), 0..4_u8, 1..5_i64, 0..100_i64), 0..20),
        told in prop::collection::vec((kinds(), 0..4_u8, 1..5_i64), 0..20),
    ) {
        let booked: Vec<Ours> = booked
            .into_iter()
            .map(|(kind, key, amount, minutes)| Ours {
                transaction: (kind == Kind::Payout).then(|| format!("t{key}")),
                ..ours(kind, &key.to_string(), amount, minutes)
            })
            .collect();
        let told: Vec<Transaction> = told
            .into_iter()
            .enumerate()
            .map(|(at, (kind, key, amount))| theirs(&format!("t{at}"), kind, &key.to_string(), amount))
            .collect();
        let lines = compare(&booked, &told, &no_fees());

        let ours_in: Vec<_> = lines.iter().flat_map(|line| &line.ours).map(|ours| ours.payment_id).collect();
        prop_assert_eq!(ours_in.len(), booked.len());
        prop_assert_eq!(ours_in.iter().map(|id| id.uuid()).collect::<HashSet<_>>().len(), booked.len());
        let theirs_in: Vec<_> = lines.iter().flat_map(|line| &line.theirs).map(|theirs| &theirs.key).collect();
        prop_assert_eq!(theirs_in.len(), told.len());
        prop_assert_eq!(theirs_in.iter().collect::<HashSet<_>>().len(), told.len());

        let sum = |of: fn(&Line) -> Option<i64>| lines.iter().filter_map(of).sum::<i64>();
        prop_assert_eq!(sum(Line::ours_sum), booked.iter().map(|ours| ours.amount).sum::<i64>());
        prop_assert_eq!(sum(Line::theirs_sum), told.iter().map(|theirs| theirs.amount).sum::<i64>());
        for line in &lines {
            prop_assert!(line.ours.iter().all(|ours| ours.kind == line.kind));
            prop_assert!(line.theirs.iter().all(|theirs| theirs.kind == line.kind));
            if line.outcome == Outcome::Matched {
                prop_assert_eq!(line.ours_sum(), line.theirs_sum());
            }
        }
    }
}
