use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

fn prepared(amount: i64) -> Payment {
    let wish = Wish {
        order_id: Id::new(),
        member_id: Id::new(),
        title: "감자 외 2건".into(),
        amount: Money::won(amount),
        tax_exempt: Money::won(0),
        lines: Vec::new(),
        payment_method_id: None,
        on_account: false,
        due_time: None,
    };
    Payment::prepared(&wish, OffsetDateTime::UNIX_EPOCH)
}

const INPUTS: [Input; 12] = [
    Input::Await,
    Input::Try,
    Input::Capture,
    Input::Decline,
    Input::Release,
    Input::Expire,
    Input::Cancel,
    Input::Refund,
    Input::Conflict,
    Input::Deposit,
    Input::CaptureLate,
    Input::RefundPart,
];

#[test]
fn each_move_stands_once() {
    let moves: HashSet<_> = MOVES.iter().map(|(from, input, _)| (from, input)).collect();
    assert_eq!(moves.len(), MOVES.len());
}

#[test]
fn what_ended_stays_as_it_is() {
    for state in [State::Failed, State::Refunded, State::Cancelled] {
        for input in INPUTS.into_iter().filter(|input| *input != Input::CaptureLate) {
            assert!(
                state.after(input).is_none_or(|after| after == state),
                "{state:?} {input:?}"
            );
        }
    }
}

proptest! {
    #[test]
    fn the_sums_say_what_the_pg_did(
        inputs in prop::collection::vec((prop::sample::select(&INPUTS[..]), 1i64..20_000), 0..40),
    ) {
        let mut payment = prepared(15_000);
        let (mut taken, mut returned) = (0, 0);
        for (input, amount) in inputs {
            let before = payment.clone();
            let done = match input {
                Input::Refund | Input::RefundPart => payment.give_back(amount, By::Pg, OffsetDateTime::UNIX_EPOCH),
                input => payment.advance(input, Some(Reason::Expired), OffsetDateTime::UNIX_EPOCH),
            };
            match (done, input) {
                (Err(_), _) => prop_assert_eq!(&payment, &before),
                (Ok(()), Input::Capture | Input::CaptureLate) => {
                    prop_assert!(taken == returned || before.state == State::Conflicted, "taken twice");
                    taken = 15_000;
                }
                (Ok(()), Input::Refund | Input::RefundPart) => returned += amount,
                (Ok(()), _) => {}
            }
            prop_assert_eq!(payment.captured, Money::won(taken));
            prop_assert_eq!(payment.refunded, Money::won(returned));
            match payment.state {
                State::Captured | State::Refunding => prop_assert!(taken == 15_000 && returned < taken),
                State::Conflicted => {}
                _ => prop_assert_eq!(taken, returned),
            }
            let failed = matches!(payment.state, State::Failed | State::Cancelled);
            prop_assert_eq!(payment.failure.is_some(), failed);
            prop_assert!(!failed || !payment.sentences().0.is_empty());
        }
    }
}
