use proptest::prelude::*;
use time::macros::{date, datetime};

use super::*;

fn line(limit: i64, active: bool) -> CreditLine {
    let now = datetime!(2026-11-22 00:00 UTC);
    CreditLine {
        member_id: Id::new(),
        terms: Terms {
            business_name: "한빛식당".into(),
            registration_number: "1234567891".into(),
            limit,
            days: 30,
            bank: "20".into(),
            account_number: "110123456789".into(),
            active,
        },
        version: 1,
        create_time: now,
        update_time: now,
    }
}

fn left(amounts: &[i64]) -> Vec<Left> {
    let left = amounts.iter().map(|amount| Left {
        id: Uuid::now_v7(),
        amount: *amount,
    });
    left.collect()
}

#[test]
fn what_is_owed_lessens_what_may_be_ordered_and_what_was_overpaid_adds_to_it() {
    let balance = |owed, unapplied| Balance { owed, unapplied };
    for (balance, available) in [
        (balance(0, 0), 1_000),
        (balance(400, 0), 600),
        (balance(0, 300), 1_300),
        (balance(1_500, 0), 0),
    ] {
        assert_eq!(line(1_000, true).available(balance), available);
        assert_eq!(line(1_000, false).available(balance), 0);
        assert_eq!(line(1_000, true).admits(balance, available), Ok(()));
        assert_eq!(
            line(1_000, true).admits(balance, available + 1),
            Err(Reason::CreditLimitExceeded)
        );
        assert_eq!(line(1_000, false).admits(balance, 1), Err(Reason::CreditStopped));
    }
}

#[test]
fn an_order_is_due_by_the_day_in_korea() {
    let line = line(1_000, true);
    assert_eq!(
        line.due_date(datetime!(2026-11-22 14:59 UTC)),
        date!(2026 - 12 - 22)
    );
    assert_eq!(
        line.due_date(datetime!(2026-11-22 15:00 UTC)),
        date!(2026 - 12 - 23)
    );
}

#[test]
fn what_is_open_ages_by_the_day() {
    let due = date!(2026 - 11 - 30);
    let open = [0, 1, 30, 31, 60, 61, 90, 91].map(|days| (due - Duration::days(days), 1));
    let aged = ageing(open, due);
    assert_eq!(
        aged,
        Ageing {
            current: 1,
            days_30: 2,
            days_60: 2,
            days_90: 2,
            older: 1
        }
    );
    assert_eq!(days_overdue(due, due - Duration::days(5)), 0);
}

#[test]
fn the_first_is_paid_first_and_one_deposit_may_pay_several() {
    let (open, money) = (left(&[500, 300, 200]), left(&[100, 600]));
    let found: Vec<_> = matched(&open, &money)
        .iter()
        .map(|application| (application.deposit_id, application.payment_id, application.amount))
        .collect();
    assert_eq!(
        found,
        [
            (money[0].id, open[0].id, 100),
            (money[1].id, open[0].id, 400),
            (money[1].id, open[1].id, 200)
        ]
    );
}

proptest! {
    #[test]
    fn no_money_is_lost_and_none_is_used_twice(
        open in prop::collection::vec(1i64..1_000, 0..12),
        money in prop::collection::vec(1i64..1_000, 0..12),
    ) {
        let (open, money) = (left(&open), left(&money));
        let found = matched(&open, &money);
        let sum = |of: &dyn Fn(&&Application) -> bool| -> i64 {
            found.iter().filter(of).map(|application| application.amount).sum()
        };
        let total = |left: &[Left]| left.iter().map(|left| left.amount).sum::<i64>();
        prop_assert!(found.iter().all(|application| application.amount > 0));
        for receivable in &open {
            prop_assert!(sum(&|found| found.payment_id == receivable.id) <= receivable.amount);
        }
        for deposit in &money {
            prop_assert!(sum(&|found| found.deposit_id == deposit.id) <= deposit.amount);
        }
        prop_assert_eq!(sum(&|_| true), total(&open).min(total(&money)));
        // Nobody pays for the second while the first is open.
        let mut all_before = true;
        for receivable in &open {
            let paid = sum(&|found| found.payment_id == receivable.id);
            prop_assert!(all_before || paid == 0);
            all_before = paid == receivable.amount;
        }
    }

    #[test]
    fn what_is_freed_is_what_was_given_back(
        paid_by in prop::collection::vec(1i64..1_000, 1..8),
        percent in 0i64..=100,
    ) {
        let paid_by = left(&paid_by);
        let total: i64 = paid_by.iter().map(|left| left.amount).sum();
        let amount = total * percent / 100;
        let found = freed(Uuid::now_v7(), &paid_by, amount);
        prop_assert_eq!(found.iter().map(|freed| freed.amount).sum::<i64>(), -amount);
        for freed in &found {
            let paid = paid_by.iter().find(|left| left.id == freed.deposit_id);
            prop_assert!(paid.is_some_and(|left| -freed.amount <= left.amount));
        }
    }
}
