//! Stored payment methods.

use uuid::Uuid;
use xlcfi_identity::Member;
use xlcfi_types::Id;

use crate::Ctx;
use crate::error::Error;
use crate::method::{MOST_METHODS, Method, customer_key};
use crate::pg::{Failure, Kept, Provider};
use crate::store::methods;

/// Stores the method the buyer authorised.
pub async fn add(
    ctx: &Ctx,
    owner: Id<Member>,
    provider: Provider,
    auth_key: &str,
    request_id: Option<Uuid>,
) -> Result<Method, Error> {
    let pool = ctx.database.pool();
    if let Some(request_id) = request_id
        && let Some(method) = methods::find_by_request(pool, owner, request_id).await?
    {
        return Ok(method);
    }
    if methods::count(pool, owner).await? >= MOST_METHODS {
        return Err(Error::TooManyMethods);
    }
    let key = request_id.map_or_else(Uuid::now_v7, |id| Uuid::new_v5(&owner.uuid(), id.as_bytes()));
    let customer_key = customer_key(owner);
    let pg = ctx.pgs.of(provider);
    let kept = pg.keep(&key.to_string(), auth_key, &customer_key).await;
    let kept = kept.map_err(|failure| match failure {
        Failure::Refused { .. } => Error::MethodRefused,
        Failure::NotSent(_) | Failure::Unknown(_) => Error::PgUnavailable,
    })?;
    if kept.customer_key != customer_key {
        tracing::error!(member.id = %owner, "the PG stored a method for somebody else than was asked");
        return Err(Error::MethodRefused);
    }
    keep(ctx, owner, provider, request_id, &kept).await
}

async fn keep(
    ctx: &Ctx,
    owner: Id<Member>,
    provider: Provider,
    request_id: Option<Uuid>,
    kept: &Kept,
) -> Result<Method, Error> {
    let now = ctx.clock.now();
    let method = Method {
        payment_method_id: Id::new(),
        provider,
        label: kept.label.clone(),
        create_time: now,
    };
    let mut tx = ctx.database.begin().await?;
    methods::lock_member(&mut tx, owner).await?;
    if let Some(request_id) = request_id
        && let Some(method) = methods::find_by_request(&mut *tx, owner, request_id).await?
    {
        return Ok(method);
    }
    let too_many = methods::count(&mut *tx, owner).await? >= MOST_METHODS;
    let request_id = request_id.filter(|_| !too_many);
    methods::insert(&mut tx, owner, request_id, &kept.token, &method).await?;
    if too_many {
        // The PG is to forget what one call too many made it keep.
        methods::remove(&mut tx, owner, method.payment_method_id, now).await?;
    }
    tx.commit().await?;
    if too_many {
        Err(Error::TooManyMethods)
    } else {
        Ok(method)
    }
}

/// Removes a method at once; the PG forgets it soon after.
pub async fn remove(ctx: &Ctx, owner: Id<Member>, method: Id<Method>) -> Result<(), Error> {
    let mut tx = ctx.database.begin().await?;
    if !methods::remove(&mut tx, owner, method, ctx.clock.now()).await? {
        return Err(Error::MethodNotFound);
    }
    tx.commit().await?;
    Ok(())
}
