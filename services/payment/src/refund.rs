//! Money of a payment that is given back.

use strum::{EnumString, IntoStaticStr};
use time::OffsetDateTime;
use xlcfi_identity::Member;
use xlcfi_types::{Id, Money};

use crate::line::Part;
use crate::payment::{Order, Payment};
use crate::pg::Account;

/// Refusals of a PG after which somebody has to look.
pub const PATIENCE: i32 = 3;

/// Where a refund stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumString)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum State {
    /// The PG was or will be asked.
    Pending,
    /// Somebody has to decide.
    Review,
    Succeeded,
    Rejected,
}

/// Why somebody has to decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE", const_into_str)]
pub enum Review {
    /// The PG will not do it.
    PgRefused,
    /// The money came as a deposit, and nobody said where it goes.
    AccountNeeded,
    /// It is more than goes back unseen.
    AboveLimit,
    /// The goods are recalled; somebody looks at all such refunds.
    Recalled,
}

/// Who gives it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Pg,
    /// Somebody of ours, from our bank.
    Hand,
}

/// What is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    Approve { account: Option<Account> },
    Reject,
    PaidByHand,
}

/// A refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    pub refund_id: Id<Refund>,
    pub payment_id: Id<Payment>,
    pub order_id: Id<Order>,
    pub member_id: Id<Member>,
    pub state: State,
    pub amount: Money,
    pub tax_exempt: Money,
    pub parts: Vec<Part>,
    pub reason: String,
    /// All that was left of an undone order.
    pub of_undone: bool,
    /// Where it goes, while it is under way.
    pub account: Option<Account>,
    pub review: Option<Review>,
    /// What the PG said last, in its own code.
    pub code: String,
    /// Refusals of the PG since somebody looked.
    pub refusals: i32,
    pub note: String,
    pub version: i64,
    pub create_time: OffsetDateTime,
    pub update_time: OffsetDateTime,
}

impl Refund {
    /// One of these parts, which are booked in the payment's lines already.
    pub fn new(
        payment: &Payment,
        parts: Vec<Part>,
        sums: (i64, i64),
        reason: &str,
        now: OffsetDateTime,
    ) -> Self {
        let money = |minor| Money {
            minor,
            ..payment.amount
        };
        Self {
            refund_id: Id::new(),
            payment_id: payment.payment_id,
            order_id: payment.order_id,
            member_id: payment.member_id,
            state: State::Pending,
            amount: money(sums.0),
            tax_exempt: money(sums.1),
            parts,
            reason: reason.to_owned(),
            of_undone: false,
            account: None,
            review: None,
            code: String::new(),
            refusals: 0,
            note: String::new(),
            version: 1,
            create_time: now,
            update_time: now,
        }
    }

    /// It waits for a decision from now on.
    pub fn hold(&mut self, review: Review, now: OffsetDateTime) {
        self.state = State::Review;
        self.review = Some(review);
        self.touch(now);
    }

    /// The PG is to be asked.
    pub fn approve(&mut self, note: &str, account: Option<Account>, now: OffsetDateTime) {
        self.state = State::Pending;
        self.review = None;
        self.refusals = 0;
        note.clone_into(&mut self.note);
        self.account = account.or(self.account.take());
        self.touch(now);
    }

    /// It has ended; where it went is forgotten.
    pub fn end(&mut self, state: State, note: &str, now: OffsetDateTime) {
        self.state = state;
        self.review = None;
        self.account = None;
        if !note.is_empty() {
            note.clone_into(&mut self.note);
        }
        self.touch(now);
    }

    /// The PG refused it; says whether it is asked again.
    pub fn refused(&mut self, code: &str, now: OffsetDateTime) -> bool {
        code.clone_into(&mut self.code);
        self.refusals += 1;
        if self.refusals >= PATIENCE {
            self.hold(Review::PgRefused, now);
        } else {
            self.touch(now);
        }
        self.state == State::Pending
    }

    fn touch(&mut self, now: OffsetDateTime) {
        self.version += 1;
        self.update_time = now;
    }
}
