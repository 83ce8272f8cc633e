//! Deposits of business buyers.

use xlcfi_errors::Fault;
use xlcfi_identity::Member;
use xlcfi_types::Id;

use super::credit::use_money;
use crate::Ctx;
use crate::credit::{Deposit, DepositId, Said};
use crate::error::Error;
use crate::store::{credit, deposits};

/// Takes in a deposit the bank told of, once.
pub async fn record(ctx: &Ctx, said: Said) -> Result<Deposit, Error> {
    let mut tx = ctx.database.begin().await?;
    let line = credit::lock_by_account(&mut tx, &said.account_number).await?;
    let deposit = Deposit {
        deposit_id: Id::new(),
        said,
        applied: 0,
        member_id: line.map(|line| line.member_id),
        note: String::new(),
        create_time: ctx.clock.now(),
    };
    if deposits::insert(&mut tx, &deposit).await? {
        match deposit.member_id {
            Some(owner) => use_money(ctx, &mut tx, owner).await?,
            None => tracing::warn!(
                deposit.id = %deposit.deposit_id,
                "a deposit came into an account nobody has; give it to its member (AssignDeposit)"
            ),
        }
    }
    let kept = deposits::find_by_transaction(&mut *tx, &deposit.said.transaction_id).await?;
    let kept = kept.ok_or_else(|| Fault::bug("the deposit just kept is gone"))?;
    if (kept.said.amount, &kept.said.account_number) != (deposit.said.amount, &deposit.said.account_number) {
        return Err(Error::DepositDiffers);
    }
    tx.commit().await?;
    Ok(kept)
}

/// Gives a deposit that has no member to one.
pub async fn assign(
    ctx: &Ctx,
    deposit_id: Id<DepositId>,
    owner: Id<Member>,
    note: &str,
) -> Result<Deposit, Error> {
    let mut tx = ctx.database.begin().await?;
    let line = credit::lock(&mut tx, owner).await?;
    let deposit = deposits::lock(&mut tx, deposit_id).await?;
    let deposit = deposit.ok_or(Error::DepositNotFound)?;
    if deposit.member_id == Some(owner) {
        return Ok(deposit);
    }
    if deposit.member_id.is_some() {
        return Err(Error::DepositAssigned);
    }
    if line.is_none() {
        return Err(Error::CreditLineNotFound);
    }
    deposits::assign(&mut *tx, deposit_id, owner, note, ctx.clock.now()).await?;
    use_money(ctx, &mut tx, owner).await?;
    let kept = deposits::lock(&mut tx, deposit_id).await?;
    tx.commit().await?;
    kept.ok_or(Error::DepositNotFound)
}
