//! The one payment of an order: its states and what may follow what.

#[cfg(test)]
mod tests;

use strum::{EnumString, IntoStaticStr};
use time::OffsetDateTime;
use xlcfi_identity::Member;
use xlcfi_types::{Id, Money};

use crate::decline::Decline;
use crate::line::Line;
use crate::method::Method;
use crate::pg::{Deposit, Provider};
use crate::refund::By;

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
    /// What `amount` is made of.
    pub lines: Vec<Line>,
    pub payment_method_id: Option<Id<Method>>,
    /// Owed by the member's credit line, no PG.
    pub on_account: bool,
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
    /// The buyer is to send the money to a virtual account.
    AwaitingDeposit,
    /// Paid, or owed on account.
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
    /// The PG opened an account for the buyer's deposit.
    Deposit,
    /// The PG refused for good.
    Decline,
    /// The PG took nothing and the buyer may try otherwise.
    Release,
    /// Its time is over and nothing is with the PG.
    Expire,
    /// The order is undone; nothing is with the PG that is not known.
    Cancel,
    /// The PG took the money when it was no longer wanted.
    CaptureLate,
    /// The PG gave a part of the money back.
    RefundPart,
    /// The PG gave the last of the money back.
    Refund,
    /// What the PG says cannot be.
    Conflict,
}

/// Every move there is. What stands not here changes nothing.
const MOVES: [(State, Input, State); 29] = {
    use Input::{
        Await, Cancel, Capture, CaptureLate, Conflict, Decline, Deposit, Expire, Refund, RefundPart, Release,
        Try,
    };
    use State::{
        AwaitingBuyer, AwaitingDeposit, Cancelled, Captured, Conflicted, Failed, Pending, Prepared, Refunded,
        Refunding,
    };
    [
        (Prepared, Await, AwaitingBuyer),
        (Prepared, Try, Pending),
        (Prepared, Cancel, Cancelled),
        (AwaitingBuyer, Try, Pending),
        (AwaitingBuyer, Expire, Failed),
        (AwaitingBuyer, Cancel, Cancelled),
        (Pending, Capture, Captured),
        (Pending, Deposit, AwaitingDeposit),
        (Pending, Decline, Failed),
        (Pending, Release, AwaitingBuyer),
        (Pending, Expire, Failed),
        (Pending, Cancel, Cancelled),
        (Pending, Conflict, Conflicted),
        (AwaitingDeposit, Capture, Captured),
        (AwaitingDeposit, Expire, Failed),
        (AwaitingDeposit, Cancel, Cancelled),
        (AwaitingDeposit, Conflict, Conflicted),
        (Captured, RefundPart, Captured),
        (Captured, Refund, Refunded),
        (Captured, Cancel, Refunding),
        (Captured, Conflict, Conflicted),
        (Refunding, RefundPart, Refunding),
        (Refunding, Refund, Refunded),
        (Refunding, Conflict, Conflicted),
        (Conflicted, Capture, Captured),
        (Failed, Cancel, Failed),
        (Cancelled, Cancel, Cancelled),
        (Failed, CaptureLate, Refunding),
        (Cancelled, CaptureLate, Refunding),
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
    #[strum(serialize = "CREDIT_LIMIT_EXCEEDED")]
    CreditLimitExceeded,
    #[strum(serialize = "CREDIT_STOPPED")]
    CreditStopped,
}

impl Reason {
    /// A sentence for the buyer, in Korean and in English.
    pub fn sentences(self) -> (&'static str, &'static str) {
        match self {
            Self::Declined => Decline::Refused.sentences(),
            Self::MethodNotFound => Decline::MethodGone.sentences(),
            Self::Expired => (
                "결제 시간이 지났습니다. 다시 주문해주세요.",
                "The time to pay is over. Please order again.",
            ),
            Self::Cancelled => ("취소된 결제입니다.", "The payment was cancelled."),
            Self::CreditLimitExceeded => (
                "외상 한도를 넘었습니다. 미수금을 입금하거나 다른 결제수단을 이용해주세요.",
                "It is above your credit limit. Pay what is owed, or pay otherwise.",
            ),
            Self::CreditStopped => (
                "외상 거래를 이용할 수 없습니다. 다른 결제수단을 이용해주세요.",
                "You cannot order on account. Please pay otherwise.",
            ),
        }
    }
}

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
    pub lines: Vec<Line>,
    pub captured: Money,
    pub refunded: Money,
    /// What of `refunded` was given back by hand, in minor units: the PG has it still.
    pub by_hand: i64,
    /// The stored method to charge; none for the widget.
    pub payment_method_id: Option<Id<Method>>,
    /// Owed by the member's credit line; there is no PG then.
    pub on_account: bool,
    /// The PG it is made at, once known.
    pub provider: Option<Provider>,
    /// The PG's key of the payment, once known.
    pub payment_key: Option<String>,
    pub failure: Option<Reason>,
    /// Why the last try was declined.
    pub decline: Option<Decline>,
    /// Where the buyer is to send the money, or sent it.
    pub deposit: Option<Deposit>,
    pub receipt_url: String,
    /// Why it is to be cancelled, for the PG.
    pub cancel_reason: String,
    pub version: i64,
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
            lines: wish.lines.clone(),
            captured: Money {
                minor: 0,
                ..wish.amount
            },
            refunded: Money {
                minor: 0,
                ..wish.amount
            },
            by_hand: 0,
            payment_method_id: None,
            on_account: false,
            provider: None,
            payment_key: None,
            failure: None,
            decline: None,
            deposit: None,
            receipt_url: String::new(),
            cancel_reason: String::new(),
            version: 1,
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
        self.lines.clone_from(&wish.lines);
        self.payment_method_id = wish.payment_method_id;
        self.on_account = wish.on_account;
        self.due_time = wish.due_time;
    }

    /// Makes a move, with what it means for the money. `failure` is why, where the
    /// move ends in [`State::Failed`].
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
        self.touch(now);
        self.failure = match to {
            State::Failed => failure.or(Some(Reason::Declined)),
            State::Cancelled => Some(Reason::Cancelled),
            _ => None,
        };
        match input {
            Input::Capture | Input::CaptureLate => self.captured = self.amount,
            Input::Refund => self.refunded = self.captured,
            Input::Try => self.decline = None,
            Input::Release => {
                self.payment_key = None;
                self.provider = None;
            }
            _ => {}
        }
        Ok(())
    }

    /// So much of it was given back.
    ///
    /// # Errors
    /// There is not so much to give, or nothing was taken; nothing is changed then.
    pub fn give_back(&mut self, amount: i64, by: By, now: OffsetDateTime) -> Result<(), NoSuchMove> {
        let left = self.captured.minor - self.refunded.minor - amount;
        let input = match left {
            0 => Input::Refund,
            1.. => Input::RefundPart,
            _ => {
                return Err(NoSuchMove {
                    from: self.state,
                    input: Input::RefundPart,
                });
            }
        };
        self.advance(input, None, now)?;
        self.refunded.minor = self.captured.minor - left;
        if by == By::Hand {
            self.by_hand += amount;
        }
        self.touch(now);
        Ok(())
    }

    /// What the PG has of it and has not given back, in minor units.
    pub fn pg_balance(&self) -> i64 {
        self.captured.minor - self.refunded.minor + self.by_hand
    }

    /// Counts a change.
    pub fn touch(&mut self, now: OffsetDateTime) {
        self.version += 1;
        self.update_time = now;
    }

    /// What the buyer reads of how it stands, in Korean and in English.
    pub fn sentences(&self) -> (&'static str, &'static str) {
        match self.state {
            State::Pending => PENDING,
            State::AwaitingDeposit => (
                "입금을 기다리고 있습니다. 안내된 계좌로 입금해주세요.",
                "Your deposit is awaited. Please send the money to the account shown.",
            ),
            State::Refunding => ("환불을 진행하고 있습니다.", "The money is being given back."),
            State::Refunded => ("환불되었습니다.", "The money was given back."),
            State::Conflicted => (
                "결제 내용을 확인하고 있습니다. 고객센터로 문의해주세요.",
                "We are checking the payment. Please ask our customer service.",
            ),
            State::Failed | State::Cancelled => match (self.decline, self.failure) {
                (Some(decline), Some(Reason::Declined)) => decline.sentences(),
                (_, failure) => failure.map_or(("", ""), Reason::sentences),
            },
            State::AwaitingBuyer => self.decline.map_or(("", ""), Decline::sentences),
            State::Prepared | State::Captured => ("", ""),
        }
    }
}

/// The buyer reads it while the PG's answer is not known.
const PENDING: (&str, &str) = (
    "결제 처리 중입니다. 잠시 후 다시 확인해주세요.",
    "The payment is being processed. Please check again in a moment.",
);
