//! What the admin service does to accounts.

use xlcfi_events::Tx;
use xlcfi_identity::Member;
use xlcfi_types::Id;

use crate::Ctx;
use crate::account::Account;
use crate::error::Error;
use crate::session::EndCause;
use crate::store::{accounts, sessions};

use super::mfa::remove;
use super::recovery::unlock;
use super::roles::{Deciders, deciders_hold};
use super::sessions::tell_all_ended;

/// Ends every session of an account.
pub async fn end_sessions(ctx: &Ctx, deciders: &Deciders, id: Id<Member>) -> Result<(), Error> {
    let (mut tx, _) = begin(ctx, deciders, id).await?;
    let ended = sessions::end_all(&mut tx, id, None, EndCause::Revoked, ctx.clock.now()).await?;
    if ended > 0 {
        tell_all_ended(&mut tx, ctx, id, deciders.by).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Takes a lost second factor from an account, and ends its sessions.
pub async fn reset_mfa(ctx: &Ctx, deciders: &Deciders, id: Id<Member>) -> Result<(), Error> {
    let (mut tx, _) = begin(ctx, deciders, id).await?;
    if remove(&mut tx, ctx, id, deciders.by).await? {
        sessions::end_all(&mut tx, id, None, EndCause::MfaReset, ctx.clock.now()).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Ends the lock of an account.
pub async fn unlock_account(ctx: &Ctx, deciders: &Deciders, id: Id<Member>) -> Result<(), Error> {
    let (mut tx, account) = begin(ctx, deciders, id).await?;
    unlock(&mut tx, &account.email).await?;
    tx.commit().await?;
    Ok(())
}

async fn begin(ctx: &Ctx, deciders: &Deciders, id: Id<Member>) -> Result<(Tx, Account), Error> {
    let mut tx = ctx.database.begin().await?;
    deciders_hold(&mut tx, deciders).await?;
    let account = accounts::get(&mut *tx, id).await?;
    Ok((tx, account.ok_or(Error::AccountNotFound)?))
}
