use xlcfi_identity::{Refused, User};

use crate::Ctx;
use crate::error::Error;
use crate::session::EndCause;
use crate::store::{accounts, sessions};

use super::tries;

/// Replaces the caller's password and ends every session but the caller's.
pub async fn change_password(ctx: &Ctx, user: &User, current: String, new: String) -> Result<(), Error> {
    let pool = ctx.database.pool();
    let account = accounts::get(pool, user.id).await?;
    let account = account.ok_or(Refused::TokenInvalid("its account is gone"))?;
    let attempt = tries::begin(ctx, &account.email).await?;
    let known = accounts::credentials(pool, &account.email).await?;
    let old = known.map(|(_, hash)| hash).ok_or(Error::WrongPassword)?;
    if !attempt.verify(ctx, current, Some(old.clone())).await? {
        return Err(Error::WrongPassword);
    }
    let new = ctx.hashing.turn().await.hash(new).await?;
    let mut tx = ctx.database.begin().await?;
    // Somebody else may have changed it since it was verified.
    if !accounts::set_password(&mut tx, user.id, &old, &new).await? {
        return Err(Error::WrongPassword);
    }
    let spared = user.session_id.into();
    sessions::end_others(
        &mut tx,
        user.id,
        spared,
        EndCause::PasswordChanged,
        ctx.clock.now(),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}
