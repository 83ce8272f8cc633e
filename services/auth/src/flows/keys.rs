use std::time::Duration;

use time::OffsetDateTime;
use tracing::info;
use xlcfi_identity::User;

use super::roles::{Deciders, admins_with};
use crate::Ctx;
use crate::error::Error;
use crate::store::keys;

/// Makes the first signing key, unless there is one, and sees that this process
/// can sign. Replicas that start together agree on one key.
pub async fn ensure_key(ctx: &Ctx) -> Result<(), Error> {
    let pool = ctx.database.pool();
    if !keys::any(pool).await? {
        let key = ctx.keys.make().await?;
        let mut tx = ctx.database.begin().await?;
        keys::lock(&mut tx).await?;
        if !keys::any(&mut *tx).await? {
            keys::install(&mut tx, &key, ctx.clock.now()).await?;
        }
        tx.commit().await?;
    }
    ctx.keys.read(pool).await?;
    Ok(())
}

/// Makes a new signing key and retires the one until now. Gives its id.
pub async fn rotate_key(ctx: &Ctx, by: &User) -> Result<String, Error> {
    let key = ctx.keys.make().await?;
    let mut tx = ctx.database.begin().await?;
    admins_with(&mut tx, &Deciders::alone(by)).await?;
    keys::lock(&mut tx).await?;
    keys::install(&mut tx, &key, ctx.clock.now()).await?;
    tx.commit().await?;
    ctx.keys.read(ctx.database.pool()).await?;
    info!(key.id = key.kid, user.id = %by.id, "signing key rotated");
    Ok(key.kid)
}

/// Makes a new signing key when the one that signs is older than `life`. Of
/// replicas that see it at once, one does.
pub async fn rotate_when_old(ctx: &Ctx, life: Duration) -> Result<bool, Error> {
    let pool = ctx.database.pool();
    let is_old = |made: Option<OffsetDateTime>| made.is_some_and(|made| made + life <= ctx.clock.now());
    if !is_old(keys::newest(pool).await?) {
        return Ok(false);
    }
    let key = ctx.keys.make().await?;
    let mut tx = ctx.database.begin().await?;
    keys::lock(&mut tx).await?;
    if !is_old(keys::newest(&mut *tx).await?) {
        return Ok(false);
    }
    keys::install(&mut tx, &key, ctx.clock.now()).await?;
    tx.commit().await?;
    ctx.keys.read(pool).await?;
    info!(key.id = key.kid, "signing key rotated, as the one before was old");
    Ok(true)
}
