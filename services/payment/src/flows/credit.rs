//! Orders on account. Whoever changes what a member owes or paid holds the lock of
//! its credit line, taken after that of a payment.

use sqlx::PgConnection;
use xlcfi_errors::Fault;
use xlcfi_identity::Member;
use xlcfi_types::Id;

use crate::Ctx;
use crate::books;
use crate::credit::{Application, CreditLine, Terms, freed, matched};
use crate::error::Error;
use crate::payment::{Input, Payment, Reason};
use crate::refund::Refund;
use crate::store::{credit, deposits, ledger, receivables};

/// Grants a member a credit line when `version` is 0, changes its terms otherwise.
pub async fn set_line(ctx: &Ctx, owner: Id<Member>, terms: Terms, version: i64) -> Result<CreditLine, Error> {
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    let before = credit::lock(&mut tx, owner).await?;
    if before.as_ref().map_or(0, |line| line.version) != version {
        return Err(Error::CreditLineChanged);
    }
    let line = CreditLine {
        member_id: owner,
        terms,
        version: version + 1,
        create_time: before.map_or(now, |line| line.create_time),
        update_time: now,
    };
    credit::save(&mut tx, &line).await?;
    tx.commit().await?;
    Ok(line)
}

/// Lets the buyer owe a payment that is being tried, if its credit line admits it.
pub async fn charge(ctx: &Ctx, conn: &mut PgConnection, payment: &mut Payment) -> Result<(), Error> {
    let now = ctx.clock.now();
    let line = credit::lock(conn, payment.member_id).await?;
    let balance = credit::balance(&mut *conn, payment.member_id).await?;
    let line = line.ok_or(Reason::CreditStopped);
    let admitted = line.and_then(|line| line.admits(balance, payment.amount.minor).map(|()| line));
    let line = match admitted {
        Ok(line) => line,
        Err(reason) => {
            payment.advance(Input::Decline, Some(reason), now)?;
            return Ok(());
        }
    };
    payment.advance(Input::Capture, None, now)?;
    receivables::insert(conn, payment, line.due_date(now), now).await?;
    let entry = books::owed(payment.payment_id, payment.amount.minor);
    ledger::insert(conn, None, &[entry], now).await?;
    if balance.unapplied > 0 {
        use_money(ctx, conn, payment.member_id).await?;
    }
    Ok(())
}

/// A refund of a payment on account: less is owed, and what was paid of it is the
/// buyer's again, to pay what else is owed.
pub async fn give_back(
    ctx: &Ctx,
    conn: &mut PgConnection,
    payment: &Payment,
    refund: &Refund,
) -> Result<(), Error> {
    let (now, amount) = (ctx.clock.now(), refund.amount.minor);
    credit::lock(conn, payment.member_id).await?;
    let paid = amount - receivables::open(&mut *conn, payment.payment_id).await?;
    if paid > 0 {
        let paid_by = receivables::paid_by(&mut *conn, payment.payment_id).await?;
        let freed = freed(payment.payment_id.uuid(), &paid_by, paid);
        if freed.iter().map(|freed| freed.amount).sum::<i64>() != -paid {
            return Err(Fault::bug("more is given back than is owed and paid").into());
        }
        book(ctx, conn, &freed, Some(refund.refund_id)).await?;
    }
    receivables::credit(&mut *conn, payment.payment_id, amount).await?;
    let entry = books::credited(payment.payment_id, amount, refund.refund_id);
    ledger::insert(conn, None, &[entry], now).await?;
    if paid > 0 {
        use_money(ctx, conn, payment.member_id).await?;
    }
    Ok(())
}

/// Pays what a member owes with what it paid, due first. Its credit line is locked.
pub async fn use_money(ctx: &Ctx, conn: &mut PgConnection, owner: Id<Member>) -> Result<(), Error> {
    let open = receivables::open_of(&mut *conn, owner).await?;
    let money = deposits::unapplied(&mut *conn, owner).await?;
    book(ctx, conn, &matched(&open, &money), None).await
}

async fn book(
    ctx: &Ctx,
    conn: &mut PgConnection,
    applications: &[Application],
    refund_id: Option<Id<Refund>>,
) -> Result<(), Error> {
    if applications.is_empty() {
        return Ok(());
    }
    let now = ctx.clock.now();
    let ids = receivables::apply(conn, applications, refund_id, now).await?;
    let booked = applications.iter().zip(ids);
    let entries: Vec<_> = booked
        .map(|(application, id)| books::applied(application.payment_id.into(), application.amount, id))
        .collect();
    ledger::insert(conn, None, &entries, now).await?;
    Ok(())
}
