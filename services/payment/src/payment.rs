//! The one payment of an order: its states and what may follow what.

use strum::{EnumString, IntoStaticStr};
use time::OffsetDateTime;
use xlcfi_identity::Member;
use xlcfi_types::{Id, Money};

use crate::method::Method;

/// Names the ids of orders.
#[derive(Debug, Clone, Copy)]
pub enum Order {}

/// What an order wants paid.
#[derive(Debug, Clone)]
pub struct Wish {
    pub order_id: Id<Order>,
    pub member_id: Id<Member>,
    pub title: String,
    pub amount: Money,
    /// The tax-exempt part of `amount`.
    pub tax_exempt: Money,
    pub payment_method_id: Option<Id<Method>>,
    /// Until when; known once the money is asked for.
    pub due_time: Option<OffsetDateTime>,
}

/// Where a payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, EnumString)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum State {
    /// The order exists; nothing was asked of the PG.
    Prepared,
    /// Waits for the buyer to confirm.
    AwaitingBuyer,
    /// The PG was asked or will be; the result is not known yet.
    Pending,
    /// Paid.
    Captured,
    /// Nothing was taken, for good.
    Failed,
    /// The money is to be given back.
    Refunding,
    /// It was given back.
    Refunded,
    /// Cancelled before anything was taken.
    Cancelled,
    /// The PG says something else than was asked; somebody has to look.
    Conflicted,
}

/// What moves a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Input {
    /// The order asks for the money and the buyer will confirm.
    Await,
    /// A stored method is to be charged, or the buyer confirms.
    Try,
    /// The PG took the money.
    Capture,
    /// The PG refused for good.
    Decline,
    /// The PG knows no such authorisation of the buyer; another may come.
    Release,
    /// Its time is over and nothing is with the PG.
    Expire,
    /// The order is undone; nothing is with the PG that is not known.
    Cancel,
    /// The PG gave the money back.
    Refund,
    /// What the PG says cannot be.
    Conflict,
}

/// Every move there is. What stands not here changes nothing.
const MOVES: [(State, Input, State); 17] = {
    use Input::{Await, Cancel, Capture, Conflict, Decline, Expire, Refund, Release, Try};
    use State::{
        AwaitingBuyer, Cancelled, Captured, Conflicted, Failed, Pending, Prepared, Refunded, Refunding,
    };
    [
        (Prepared, Await, AwaitingBuyer),
        (Prepared, Try, Pending),
        (Prepared, Cancel, Cancelled),
        (AwaitingBuyer, Try, Pending),
        (AwaitingBuyer, Expire, Failed),
        (AwaitingBuyer, Cancel, Cancelled),
        (Pending, Capture, Captured),
        (Pending, Decline, Failed),
        (Pending, Release, AwaitingBuyer),
        (Pending, Expire, Failed),
        (Pending, Cancel, Cancelled),
        (Pending, Conflict, Conflicted),
        (Captured, Cancel, Refunding),
        (Refunding, Refund, Refunded),
        (Refunding, Conflict, Conflicted),
        (Failed, Cancel, Failed),
        (Cancelled, Cancel, Cancelled),
    ]
};

impl State {
    /// The state after `input`; `None` where it may not come.
    pub fn after(self, input: Input) -> Option<Self> {
        MOVES
            .iter()
            .find(|(from, by, _)| (*from, *by) == (self, input))
            .map(|(_, _, to)| *to)
    }
}

/// Why nothing was taken, for the saga and the buyer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumString)]
#[strum(const_into_str)]
pub enum Reason {
    #[strum(serialize = "PAYMENT_DECLINED")]
    Declined,
    #[strum(serialize = "PAYMENT_EXPIRED")]
    Expired,
    #[strum(serialize = "PAYMENT_METHOD_NOT_FOUND")]
    MethodNotFound,
    #[strum(serialize = "PAYMENT_CANCELLED")]
    Cancelled,
}

impl Reason {
    /// A sentence for the buyer.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Declined => "결제가 거절되었습니다. 다른 결제 수단으로 다시 주문해주세요.",
            Self::Expired => "결제 시간이 지났습니다. 다시 주문해주세요.",
            Self::MethodNotFound => "등록된 결제 수단을 찾을 수 없습니다. 결제 수단을 확인해주세요.",
            Self::Cancelled => "취소된 결제입니다.",
        }
    }
}

/// The buyer reads it while the PG's answer is not known.
pub const PENDING_SENTENCE: &str = "결제 처리 중입니다. 잠시 후 다시 확인해주세요.";
const REFUNDING_SENTENCE: &str = "환불을 진행하고 있습니다.";
const REFUNDED_SENTENCE: &str = "환불되었습니다.";
const CONFLICTED_SENTENCE: &str = "결제 내용을 확인하고 있습니다. 고객센터로 문의해주세요.";

/// A payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    pub payment_id: Id<Payment>,
    pub order_id: Id<Order>,
    pub member_id: Id<Member>,
    /// What the PG shows the buyer.
    pub title: String,
    pub state: State,
    pub amount: Money,
    /// The tax-exempt part of `amount`.
    pub tax_exempt: Money,
    pub captured: Money,
    pub refunded: Money,
    /// The stored method to charge; none for the widget.
    pub payment_method_id: Option<Id<Method>>,
    /// The PG's key of the payment, once known.
    pub payment_key: Option<String>,
    pub failure: Option<Reason>,
    pub message: String,
    pub receipt_url: String,
    /// Why it is to be cancelled, for the PG.
    pub cancel_reason: String,
    pub due_time: Option<OffsetDateTime>,
    pub create_time: OffsetDateTime,
    pub update_time: OffsetDateTime,
}

/// The payment may not make this move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a payment that is {from:?} takes no {input:?}")]
pub struct NoSuchMove {
    from: State,
    input: Input,
}

impl Payment {
    /// The payment of a new order.
    pub fn prepared(wish: &Wish, now: OffsetDateTime) -> Self {
        Self {
            payment_id: Id::new(),
            order_id: wish.order_id,
            member_id: wish.member_id,
            title: wish.title.clone(),
            state: State::Prepared,
            amount: wish.amount,
            tax_exempt: wish.tax_exempt,
            captured: Money {
                minor: 0,
                ..wish.amount
            },
            refunded: Money {
                minor: 0,
                ..wish.amount
            },
            payment_method_id: None,
            payment_key: None,
            failure: None,
            message: String::new(),
            receipt_url: String::new(),
            cancel_reason: String::new(),
            due_time: None,
            create_time: now,
            update_time: now,
        }
    }

    /// Takes over what the order's saga says, which knows best.
    pub fn ask_for(&mut self, wish: &Wish) {
        self.title.clone_from(&wish.title);
        self.amount = wish.amount;
        self.tax_exempt = wish.tax_exempt;
        self.payment_method_id = wish.payment_method_id;
        self.due_time = wish.due_time;
    }

    /// Makes a move, with what it means for the money and the words. `failure`
    /// is why, where the move ends in [`State::Failed`].
    ///
    /// # Errors
    /// A move that is not in the table; nothing is changed then.
    pub fn advance(
        &mut self,
        input: Input,
        failure: Option<Reason>,
        now: OffsetDateTime,
    ) -> Result<(), NoSuchMove> {
        let from = self.state;
        let to = from.after(input).ok_or(NoSuchMove { from, input })?;
        if from == to {
            return Ok(());
        }
        self.state = to;
        self.update_time = now;
        self.failure = match to {
            State::Failed => failure.or(Some(Reason::Declined)),
            State::Cancelled => Some(Reason::Cancelled),
            _ => None,
        };
        match input {
            Input::Capture => self.captured = self.amount,
            Input::Refund => self.refunded = self.captured,
            Input::Release => self.payment_key = None,
            _ => {}
        }
        self.message = match to {
            State::Pending => PENDING_SENTENCE,
            State::Refunding => REFUNDING_SENTENCE,
            State::Refunded => REFUNDED_SENTENCE,
            State::Conflicted => CONFLICTED_SENTENCE,
            State::Failed | State::Cancelled => self.failure.map_or("", Reason::sentence),
            State::Prepared | State::AwaitingBuyer | State::Captured => "",
        }
        .to_owned();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
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
            payment_method_id: None,
            due_time: None,
        };
        Payment::prepared(&wish, OffsetDateTime::UNIX_EPOCH)
    }

    const INPUTS: [Input; 9] = [
        Input::Await,
        Input::Try,
        Input::Capture,
        Input::Decline,
        Input::Release,
        Input::Expire,
        Input::Cancel,
        Input::Refund,
        Input::Conflict,
    ];

    #[test]
    fn each_move_stands_once() {
        let moves: HashSet<_> = MOVES.iter().map(|(from, input, _)| (from, input)).collect();
        assert_eq!(moves.len(), MOVES.len());
    }

    #[test]
    fn what_ended_stays_as_it_is() {
        for state in [
            State::Failed,
            State::Refunded,
            State::Cancelled,
            State::Conflicted,
        ] {
            for input in INPUTS {
                assert!(
                    state.after(input).is_none_or(|after| after == state),
                    "{state:?} {input:?}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn the_books_say_what_the_pg_did(inputs in prop::collection::vec(prop::sample::select(&INPUTS[..]), 0..40)) {
            let mut payment = prepared(15_000);
            let (mut taken, mut returned, mut captures) = (0, 0, 0);
            for input in inputs {
                let before = payment.clone();
                match payment.advance(input, Some(Reason::Expired), OffsetDateTime::UNIX_EPOCH) {
                    Err(_) => prop_assert_eq!(&payment, &before),
                    Ok(()) if input == Input::Capture => {
                        taken += 15_000;
                        captures += 1;
                    }
                    Ok(()) if input == Input::Refund => returned += 15_000,
                    Ok(()) => {}
                }
                prop_assert!(captures <= 1);
                prop_assert_eq!(payment.captured, Money::won(taken));
                prop_assert_eq!(payment.refunded, Money::won(returned));
                let kept = taken - returned;
                match payment.state {
                    State::Captured | State::Refunding => prop_assert_eq!(kept, 15_000),
                    State::Conflicted => {}
                    _ => prop_assert_eq!(kept, 0),
                }
                let failed = matches!(payment.state, State::Failed | State::Cancelled);
                prop_assert_eq!(payment.failure.is_some(), failed);
                prop_assert!(!failed || !payment.message.is_empty());
            }
        }
    }
}
