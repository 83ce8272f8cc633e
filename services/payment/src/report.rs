//! The report of a day of a PG.

use strum::{EnumString, IntoStaticStr};
use time::{Date, OffsetDateTime};
use uuid::Uuid;
use xlcfi_types::{Currency, Id};

use crate::payment::Payment;
use crate::pg::{Kind, Provider};
use crate::reconcile::{Line, Outcome};

/// What the sums of a report are in; payments have no other.
pub const CURRENCY: Currency = Currency::Krw;

/// How a day compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumString)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum State {
    /// The first run has not ended.
    Begun,
    Balanced,
    /// Something differs.
    Open,
}

/// The report of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub reconciliation_id: Id<Report>,
    pub provider: Provider,
    pub day: Date,
    /// Runs that have ended.
    pub run: i32,
    pub state: State,
    pub sums: Sums,
    pub begin_time: OffsetDateTime,
    pub end_time: Option<OffsetDateTime>,
}

/// Lines by how they compare, and the money in them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    pub matched: i32,
    pub missing_here: i32,
    pub missing_there: i32,
    pub amount_differs: i32,
    pub fee_differs: i32,
    pub healed: i32,
    pub captured: i64,
    pub provider_captured: i64,
    pub refunded: i64,
    pub provider_refunded: i64,
    pub provider_fee: i64,
    pub provider_paid_out: i64,
}

impl Sums {
    pub fn of(lines: &[Line]) -> Self {
        let mut sums = Self::default();
        for line in lines {
            *match line.outcome {
                Outcome::Matched => &mut sums.matched,
                Outcome::MissingHere => &mut sums.missing_here,
                Outcome::MissingThere => &mut sums.missing_there,
                Outcome::AmountDiffers => &mut sums.amount_differs,
                Outcome::FeeDiffers => &mut sums.fee_differs,
            } += 1;
            sums.healed += i32::from(line.healed);
            let (ours, theirs) = (
                line.ours_sum().unwrap_or_default(),
                line.theirs_sum().unwrap_or_default(),
            );
            // Another currency cannot be added; its line differs.
            if line.currency() != CURRENCY.code() {
                continue;
            }
            sums.provider_fee += line.fee_theirs().unwrap_or_default();
            match line.kind {
                Kind::Capture => {
                    sums.captured += ours;
                    sums.provider_captured += theirs;
                }
                Kind::Refund => {
                    sums.refunded += ours;
                    sums.provider_refunded += theirs;
                }
                Kind::RefundReturned => sums.provider_refunded -= theirs,
                Kind::Payout => sums.provider_paid_out += theirs,
                Kind::Other => {}
            }
        }
        sums
    }

    /// Lines that differ.
    pub fn differences(&self) -> i32 {
        self.missing_here + self.missing_there + self.amount_differs + self.fee_differs
    }

    pub fn state(&self) -> State {
        match self.differences() {
            0 => State::Balanced,
            _ => State::Open,
        }
    }
}

/// A line of a report, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub line_id: Uuid,
    pub outcome: Outcome,
    pub kind: Kind,
    pub transaction_keys: Vec<String>,
    pub pg_key: String,
    pub payment_id: Option<Id<Payment>>,
    pub order_id: String,
    pub currency: String,
    pub ours: Option<i64>,
    pub theirs: Option<i64>,
    pub fee_ours: Option<i64>,
    pub fee_theirs: Option<i64>,
    pub at: OffsetDateTime,
    pub healed: bool,
    pub note: String,
}

impl From<Line> for Kept {
    fn from(line: Line) -> Self {
        Self {
            line_id: Uuid::now_v7(),
            outcome: line.outcome,
            kind: line.kind,
            pg_key: line.pg_key().to_owned(),
            payment_id: line.ours.first().map(|ours| ours.payment_id),
            order_id: line.order_id(),
            currency: line.currency().to_owned(),
            ours: line.ours_sum(),
            theirs: line.theirs_sum(),
            fee_ours: line.fee_ours,
            fee_theirs: line.fee_theirs(),
            at: line.at(),
            healed: line.healed,
            transaction_keys: line.theirs.into_iter().map(|theirs| theirs.key).collect(),
            note: line.note,
        }
    }
}
