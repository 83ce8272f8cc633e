//! A day of a PG is compared with our books: what the PG knows better is taken over,
//! its fees and payouts are booked, the rest is reported.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use time::{Date, OffsetDateTime};
use uuid::Uuid;
use xlcfi_contracts::payment::v1::ReconciliationClosed;
use xlcfi_events::append;
use xlcfi_types::Id;
use xlcfi_types::calendar::seoul_date;

use super::told;
use crate::books::{self, Entry};
use crate::convert::{report_message, timestamp};
use crate::error::Error;
use crate::payment::Payment;
use crate::pg::{Kind, PgPayment, PgState, Provider, Transaction};
use crate::reconcile::{Line, Outcome, compare};
use crate::report::{Kept, Report, Sums};
use crate::store::queue::Due;
use crate::store::{ledger, payments, reconciliation_lines, reconciliations};
use crate::{Ctx, work};

/// How long a run has its day alone.
const LEASE: Duration = Duration::from_secs(900);
/// What is said of money that was moved past us.
const NOT_OURS: &str = "it is of no order of ours";
/// Entries booked by one statement.
const AT_ONCE: usize = 1_000;

/// Compares a day anew. Its report takes the place of the earlier one.
pub async fn run(ctx: &Ctx, provider: Provider, day: Date) -> Result<Report, Error> {
    let begin = ctx.clock.now();
    if day >= seoul_date(begin) {
        return Err(Error::DayNotOver);
    }
    let (pool, lease_id) = (ctx.database.pool(), Uuid::now_v7());
    let claimed = reconciliations::claim(pool, provider, day, lease_id, LEASE, begin).await?;
    let report_id = claimed.ok_or(Error::ReconciliationRunning)?;
    let run = Run {
        ctx,
        provider,
        day,
        report_id,
    };
    let closed = async { run.close(lease_id, begin, run.lines().await?).await };
    match closed.await {
        Ok(report) => Ok(report),
        Err(error) => {
            reconciliations::release(pool, lease_id).await?;
            Err(error)
        }
    }
}

struct Run<'a> {
    ctx: &'a Ctx,
    provider: Provider,
    day: Date,
    report_id: Id<Report>,
}

/// What the PG said of payments it was asked about.
#[derive(Default)]
struct Asked {
    /// By the PG's key of the payment.
    notes: HashMap<String, &'static str>,
    /// Payments of which it has all we have, and no more.
    agreed: HashSet<String>,
}

impl Run<'_> {
    /// The lines of the day, after all was done that can be.
    async fn lines(&self) -> Result<Vec<Line>, Error> {
        let mut theirs = self.transactions(self.day).await?;
        let mut lines = self.look(&theirs).await?;
        if lines.iter().any(differs) {
            // It may have been booked on the other side of a midnight.
            for day in [self.day.previous_day(), self.day.next_day()]
                .into_iter()
                .flatten()
            {
                theirs.extend(self.transactions(day).await?);
            }
            lines = self.look(&theirs).await?;
        }
        let pool = self.ctx.database.pool();
        let mut troubled = reconciliation_lines::troubled(pool, self.report_id).await?;
        let open = lines.iter().filter(|line| differs(line));
        troubled.extend(
            open.flat_map(|line| &line.theirs)
                .map(|theirs| theirs.key.clone()),
        );
        let asked = self.heal(&lines).await?;
        self.book(&theirs).await?;
        let mut lines = self.look(&theirs).await?;
        for line in &mut lines {
            if line.outcome == Outcome::MissingThere && asked.agreed.contains(line.pg_key()) {
                line.outcome = Outcome::Matched;
                line.note = "the PG has it on another day".to_owned();
            } else if line.outcome != Outcome::Matched {
                let note = asked.notes.get(line.pg_key()).copied();
                line.note = note.unwrap_or_default().to_owned();
            }
            let was_open = line.theirs.iter().any(|theirs| troubled.contains(&theirs.key));
            line.healed = was_open && line.kind != Kind::Payout && line.outcome == Outcome::Matched;
        }
        Ok(lines)
    }

    async fn transactions(&self, day: Date) -> Result<Vec<Transaction>, Error> {
        let told = self.ctx.pgs.of(self.provider).transactions(day).await;
        told.map_err(|failure| {
            let pg = self.provider.into_str();
            tracing::warn!(pg, %day, error = %failure, "the PG does not tell its transactions");
            Error::PgUnavailable
        })
    }

    /// Compares; only what belongs to the day.
    async fn look(&self, theirs: &[Transaction]) -> Result<Vec<Line>, Error> {
        let pool = self.ctx.database.pool();
        let next = self.day.next_day().unwrap_or(self.day);
        let keys: Vec<String> = theirs.iter().map(|theirs| theirs.key.clone()).collect();
        let mut ours =
            reconciliations::booked(pool, self.provider, (self.day, next), &payments_in(theirs)).await?;
        let extras = reconciliations::extras(pool, self.provider, &keys).await?;
        ours.extend(extras.payouts);
        let mut lines = compare(&ours, theirs, &extras.fees);
        lines.retain(|line| seoul_date(line.at()) == self.day);
        Ok(lines)
    }

    /// Asks the PG about each payment that differs, and takes in what it says.
    async fn heal(&self, lines: &[Line]) -> Result<Asked, Error> {
        let mut asked = Asked::default();
        for line in lines.iter().filter(|line| differs(line)) {
            let key = line.pg_key();
            if key.is_empty() || asked.notes.contains_key(key) {
                continue;
            }
            if !self.may_be_ours(line).await? {
                asked.notes.insert(key.to_owned(), NOT_OURS);
                continue;
            }
            let note = match self.ctx.pgs.of(self.provider).get(key).await {
                Ok(Some(pg)) => {
                    let (note, agrees) = self.take_in(&pg).await?;
                    if agrees {
                        asked.agreed.insert(key.to_owned());
                    }
                    note
                }
                Ok(None) => "the PG knows no such payment",
                Err(failure) => {
                    tracing::warn!(pg = self.provider.into_str(), error = %failure, "the PG does not say more of a difference");
                    "the PG did not say more"
                }
            };
            asked.notes.insert(key.to_owned(), note);
        }
        Ok(asked)
    }

    /// Whether there may be a payment of ours it belongs to; a shop may sell past us at
    /// the same PG.
    async fn may_be_ours(&self, line: &Line) -> Result<bool, Error> {
        let told = line.order_id();
        if !line.ours.is_empty() || told.is_empty() {
            return Ok(true);
        }
        let Ok(order_id) = told.parse() else {
            return Ok(false);
        };
        let found = payments::get_of_order(self.ctx.database.pool(), None, order_id).await?;
        Ok(found.is_some())
    }

    /// Says what came of it, and whether the PG and we have the same then.
    async fn take_in(&self, pg: &PgPayment) -> Result<(&'static str, bool), Error> {
        let Ok(order_id) = pg.order_id.parse() else {
            return Ok((NOT_OURS, false));
        };
        let ctx = self.ctx;
        let (note, mut payment) = match told::told(ctx, order_id, self.provider, pg).await {
            Ok(told) => told,
            Err(Error::PaymentNotFound) => return Ok((NOT_OURS, false)),
            Err(error) => {
                tracing::error!(order.id = %order_id, error = %error, cause = ?error, "what the PG says of a payment could not be booked");
                return Ok(("what the PG says could not be booked", false));
            }
        };
        let mut tx = ctx.database.begin().await?;
        let held = payments::lock(&mut tx, None, order_id).await?;
        tx.rollback().await?;
        // What may be with the PG is finished at once: it has what is looked for.
        let under_way = held.and_then(|held| held.attempt).filter(|attempt| attempt.sent);
        if let Some(attempt) = under_way {
            let due = Due {
                order_id,
                attempt: Some(attempt),
            };
            match work::perform(ctx, due).await {
                Ok(performed) => payment = performed,
                Err(error) => {
                    tracing::error!(order.id = %order_id, error = %error, cause = ?error, "a payment could not be worked on");
                }
            }
        }
        let agrees = agrees(pg, &payment, self.provider);
        Ok((note, agrees))
    }

    /// Books fees and payouts of our payments, each once.
    async fn book(&self, theirs: &[Transaction]) -> Result<(), Error> {
        let of_day: Vec<&Transaction> = theirs
            .iter()
            .filter(|theirs| seoul_date(theirs.at) == self.day)
            .collect();
        let pool = self.ctx.database.pool();
        let known = reconciliations::payments_of(pool, self.provider, &payments_in(theirs)).await?;
        let entries: Vec<Entry> = of_day
            .into_iter()
            .filter_map(|theirs| {
                let (payment_id, currency) = known.get(&theirs.pg_key)?;
                // The books of a payment are in its currency.
                match theirs.kind {
                    _ if *currency != theirs.currency => None,
                    Kind::Payout => books::payout(*payment_id, theirs.amount, &theirs.key),
                    _ => theirs
                        .fee
                        .and_then(|fee| books::fee(*payment_id, fee, &theirs.key)),
                }
            })
            .collect();
        for entries in entries.chunks(AT_ONCE) {
            let mut tx = self.ctx.database.begin().await?;
            ledger::insert(&mut tx, Some(self.provider), entries, self.ctx.clock.now()).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Keeps the report, tells it where it is news, and raises the alarm.
    async fn close(&self, lease_id: Uuid, begin: OffsetDateTime, lines: Vec<Line>) -> Result<Report, Error> {
        let now = self.ctx.clock.now();
        let sums = Sums::of(&lines);
        let lines: Vec<Kept> = lines.into_iter().map(Kept::from).collect();
        let mut tx = self.ctx.database.begin().await?;
        let held = reconciliations::lock(&mut tx, self.report_id, lease_id).await?;
        let before = held.ok_or(Error::ReconciliationRunning)?;
        let report = Report {
            run: before.run + 1,
            state: sums.state(),
            sums,
            begin_time: begin,
            end_time: Some(now),
            ..before
        };
        reconciliation_lines::replace(&mut tx, self.report_id, &lines).await?;
        reconciliations::save(&mut tx, &report).await?;
        if before.run == 0 || before.sums != sums {
            let event = ReconciliationClosed {
                reconciliation: Some(report_message(&report)),
                time: Some(timestamp(now)),
            };
            append(&mut tx, self.report_id.uuid(), &event).await?;
        }
        tx.commit().await?;
        alarm(&report, &lines);
        Ok(report)
    }
}

/// Whether the PG is to be asked about it. It says all of fees and payouts already.
fn differs(line: &Line) -> bool {
    let asked_about = matches!(
        line.outcome,
        Outcome::MissingHere | Outcome::MissingThere | Outcome::AmountDiffers
    );
    asked_about && !matches!(line.kind, Kind::Payout | Kind::Other)
}

/// Whether a payment is the same at the PG and in our books, in all.
fn agrees(pg: &PgPayment, payment: &Payment, provider: Provider) -> bool {
    let is_that = payment.provider == Some(provider) && payment.payment_key.as_deref() == Some(&pg.key);
    is_that
        && matches!(pg.state, PgState::Captured | PgState::Returned)
        && pg.difference(payment).is_none()
        && payment.captured == payment.amount
        && pg.balance == payment.captured.minor - payment.refunded.minor
}

/// The PG's keys of the payments of these.
fn payments_in(theirs: &[Transaction]) -> Vec<String> {
    let keys: HashSet<&String> = theirs.iter().map(|theirs| &theirs.pg_key).collect();
    keys.into_iter().filter(|key| !key.is_empty()).cloned().collect()
}

fn alarm(report: &Report, lines: &[Kept]) {
    let pg = report.provider.into_str();
    for line in lines.iter().filter(|line| line.outcome == Outcome::MissingThere) {
        tracing::error!(
            pg, day = %report.day, order.id = line.order_id, kind = line.kind.into_str(), amount = line.ours,
            note = line.note, "our books have what the PG has not"
        );
    }
    let differences = report.sums.differences();
    metrics::gauge!("payment.reconciliation.differences", "pg" => pg).set(f64::from(differences));
    if differences > 0 {
        tracing::error!(
            pg, day = %report.day, run = report.run, differences, reconciliation.id = %report.reconciliation_id,
            "a day of the PG differs from our books (ListReconciliationLines)"
        );
    } else {
        tracing::info!(pg, day = %report.day, run = report.run, healed = report.sums.healed, "a day of the PG balances");
    }
}
