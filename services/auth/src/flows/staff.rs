//! What the admin service does to accounts.

use xlcfi_contracts::auth::v1::{AccountLocked, AccountUnlocked};
use xlcfi_events::Tx;
use xlcfi_identity::Member;
use xlcfi_types::Id;

use crate::Ctx;
use crate::account::{Account, Role, StaffLock, is_lockable};
use crate::convert;
use crate::error::Error;
use crate::notice::Notice;
use crate::session::EndCause;
use crate::store::{accounts, challenges, sessions};

use super::mfa::remove;
use super::notices;
use super::recovery::unlock;
use super::roles::{Deciders, admins_with, deciders_hold};
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
    ctx.post.wake();
    Ok(())
}

/// Roles that end a lock of staff's.
const LOCKERS: &[Role] = &[Role::Admin, Role::Security];

/// Lets nobody sign in with an account until staff ends it. Gives the lock, that of
/// before when there was one.
pub async fn lock_account(
    ctx: &Ctx,
    deciders: &Deciders,
    id: Id<Member>,
    reason: String,
) -> Result<StaffLock, Error> {
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    let admins = admins_with(&mut tx, deciders).await?;
    accounts::lock(&mut tx, id).await?.ok_or(Error::AccountNotFound)?;
    if let Some(before) = accounts::staff_lock(&mut tx, id).await? {
        return Ok(before);
    }
    let decided: Vec<_> = deciders.approved_by.into_iter().chain([deciders.by]).collect();
    if !is_lockable(id, &decided, &admins) {
        return Err(Error::AccountNotLockable);
    }
    let by = deciders.by;
    let lock = StaffLock {
        time: now,
        reason,
        by,
    };
    accounts::set_staff_lock(&mut tx, id, Some(&lock)).await?;
    challenges::delete_of(&mut tx, id).await?;
    sessions::end_all(&mut tx, id, None, EndCause::Locked, now).await?;
    let event = AccountLocked {
        account_id: id.to_string(),
        until_time: None,
        time: Some(convert::timestamp(now)),
        locked_by: by.to_string(),
    };
    xlcfi_events::append(&mut tx, id.uuid(), &event).await?;
    notices::tell(&mut tx, ctx, id, &Notice::LockedByStaff).await?;
    tx.commit().await?;
    ctx.post.wake();
    Ok(lock)
}

/// Ends every lock of an account; one of staff's takes a role that makes them.
pub async fn unlock_account(ctx: &Ctx, deciders: &Deciders, id: Id<Member>) -> Result<(), Error> {
    let (mut tx, account) = begin(ctx, deciders, id).await?;
    unlock(&mut tx, &account.email).await?;
    if account.locked {
        let lockers = Deciders {
            allowed: LOCKERS,
            ..deciders.clone()
        };
        deciders_hold(&mut tx, &lockers).await?;
        if accounts::set_staff_lock(&mut tx, id, None).await? {
            let event = AccountUnlocked {
                account_id: id.to_string(),
                unlocked_by: deciders.by.to_string(),
                time: Some(convert::timestamp(ctx.clock.now())),
            };
            xlcfi_events::append(&mut tx, id.uuid(), &event).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

async fn begin(ctx: &Ctx, deciders: &Deciders, id: Id<Member>) -> Result<(Tx, Account), Error> {
    let mut tx = ctx.database.begin().await?;
    deciders_hold(&mut tx, deciders).await?;
    let account = accounts::get(&mut *tx, id).await?;
    Ok((tx, account.ok_or(Error::AccountNotFound)?))
}
