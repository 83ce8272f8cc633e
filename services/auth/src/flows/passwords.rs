use xlcfi_contracts::auth::v1::PasswordChanged;
use xlcfi_events::Tx;
use xlcfi_identity::{Member, Refused, User};
use xlcfi_types::Id;

use crate::Ctx;
use crate::account::Account;
use crate::common::is_common;
use crate::convert;
use crate::error::Error;
use crate::hashing::PasswordHash;
use crate::notice::Notice;
use crate::session::EndCause;
use crate::store::{accounts, challenges, mail_tokens, sessions};

use super::{notices, tries};

/// Replaces the caller's password and ends every session but the caller's.
pub async fn change_password(ctx: &Ctx, user: &User, current: String, new: String) -> Result<(), Error> {
    let pool = ctx.database.pool();
    let account = accounts::get(pool, user.id).await?;
    let account = account.ok_or(Refused::TokenInvalid("its account is gone"))?;
    let new = refuse_common(new)?;
    let old = verify_own(ctx, &account, current).await?;
    let new = ctx.hashing.turn().await.hash(new).await?;
    let mut tx = ctx.database.begin().await?;
    // Somebody else may have changed it since it was verified.
    if !accounts::set_password(&mut tx, user.id, &old, &new).await? {
        return Err(Error::WrongPassword);
    }
    let (spared, cause) = (Some(user.session_id.into()), EndCause::PasswordChanged);
    sessions::end_all(&mut tx, user.id, spared, cause, ctx.clock.now()).await?;
    changed(&mut tx, ctx, user.id, false).await?;
    tx.commit().await?;
    ctx.post.wake();
    Ok(())
}

/// Whether this is the account's password; gives its hash.
pub async fn verify_own(ctx: &Ctx, account: &Account, password: String) -> Result<PasswordHash, Error> {
    let attempt = tries::password(ctx, &account.email).await?;
    let known = accounts::credentials(ctx.database.pool(), &account.email).await?;
    let hash = known.map(|known| known.password_hash);
    let hash = hash.ok_or(Error::WrongPassword)?;
    match attempt.verify(ctx, password, Some(hash.clone())).await? {
        true => Ok(hash),
        false => Err(Error::WrongPassword),
    }
}

/// A password nobody guesses first.
pub fn refuse_common(password: String) -> Result<String, Error> {
    match is_common(&password) {
        true => Err(Error::PasswordTooCommon),
        false => Ok(password),
    }
}

/// What came of the old password ends, and the change is told.
pub async fn changed(tx: &mut Tx, ctx: &Ctx, id: Id<Member>, by_reset: bool) -> Result<(), Error> {
    challenges::delete_of(tx, id).await?;
    mail_tokens::delete_of(tx, id).await?;
    let event = PasswordChanged {
        account_id: id.to_string(),
        by_reset,
        time: Some(convert::timestamp(ctx.clock.now())),
    };
    xlcfi_events::append(tx, id.uuid(), &event).await?;
    notices::tell(tx, ctx, id, &Notice::PasswordChanged { by_reset }).await
}
