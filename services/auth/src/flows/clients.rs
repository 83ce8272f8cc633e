use std::time::Duration;

use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_contracts::auth::v1::{ServiceAccountCreated, ServiceAccountRevoked};
use xlcfi_identity::{Machine, Refused, User};
use xlcfi_types::Id;

use crate::Ctx;
use crate::account::Role;
use crate::client::{Client, MOST_CLIENTS, OVERLAP, is_delegable, secret_life};
use crate::convert;
use crate::error::Error;
use crate::secret::Secret;
use crate::session::ACCESS_LIFE;
use crate::store::{accounts, clients};

/// A program somebody wants an account for.
pub struct NewClient {
    pub name: String,
    pub scopes: Vec<String>,
    pub roles: Vec<Role>,
    pub secret_days: i32,
    pub request_id: Option<Uuid>,
}

/// Makes a service account with its first secret, or gives the one the same
/// request made before.
pub async fn create(ctx: &Ctx, user: &User, wanted: NewClient) -> Result<(Client, Option<Secret>), Error> {
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    let owner = accounts::lock(&mut tx, user.id).await?;
    let owner = owner.ok_or(Refused::TokenInvalid("its account is gone"))?;
    if let Some(request_id) = wanted.request_id
        && let Some(made) = clients::find_by_request(&mut *tx, user.id, request_id).await?
    {
        return Ok((made, None));
    }
    if wanted.roles.iter().any(|role| !is_delegable(*role, &owner.roles)) {
        return Err(Error::RoleNotDelegable);
    }
    if clients::count(&mut tx, user.id).await? >= MOST_CLIENTS {
        return Err(Error::TooManyServiceAccounts);
    }
    let expire_time = now + secret_life(wanted.secret_days);
    let client = Client {
        id: Id::new(),
        account_id: user.id,
        name: wanted.name,
        scopes: wanted.scopes,
        roles: wanted.roles,
        create_time: now,
        secret_expire_time: Some(expire_time),
    };
    let secret = Secret::generate();
    clients::insert(&mut tx, &client, wanted.request_id).await?;
    clients::add_secret(&mut tx, client.id, &secret, now, expire_time, now).await?;
    let event = ServiceAccountCreated {
        account_id: user.id.to_string(),
        service_account_id: client.id.to_string(),
        name: client.name.clone(),
        time: Some(convert::timestamp(now)),
    };
    xlcfi_events::append(&mut tx, user.id.uuid(), &event).await?;
    tx.commit().await?;
    Ok((client, Some(secret)))
}

/// Gives a service account another secret; those before it end within a day.
pub async fn rotate(
    ctx: &Ctx,
    user: &User,
    id: Id<Client>,
    secret_days: i32,
) -> Result<(Secret, OffsetDateTime), Error> {
    let now = ctx.clock.now();
    let (secret, expire_time) = (Secret::generate(), now + secret_life(secret_days));
    let mut tx = ctx.database.begin().await?;
    if !clients::lock(&mut tx, user.id, id).await? {
        return Err(Error::ServiceAccountNotFound);
    }
    clients::add_secret(&mut tx, id, &secret, now, expire_time, now + OVERLAP).await?;
    tx.commit().await?;
    Ok((secret, expire_time))
}

/// Ends a service account; ended before is ended too.
pub async fn revoke(ctx: &Ctx, user: &User, id: Id<Client>) -> Result<(), Error> {
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    let was_open = clients::revoke(&mut tx, user.id, id, now).await?;
    if was_open.ok_or(Error::ServiceAccountNotFound)? {
        let event = ServiceAccountRevoked {
            account_id: user.id.to_string(),
            service_account_id: id.to_string(),
            time: Some(convert::timestamp(now)),
        };
        xlcfi_events::append(&mut tx, user.id.uuid(), &event).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// An access token for the program that knows the secret.
pub async fn issue_token(
    ctx: &Ctx,
    id: Id<Client>,
    secret: &Secret,
) -> Result<(String, OffsetDateTime), Error> {
    let (pool, now) = (ctx.database.pool(), ctx.clock.now());
    let client = clients::find_by_secret(pool, id, secret, now).await?;
    let client = client.ok_or(Error::ClientCredentialsInvalid)?;
    let owner = accounts::get(pool, client.account_id).await?;
    let owner = owner.filter(|owner| !owner.locked);
    let owner = owner.ok_or(Error::ClientCredentialsInvalid)?;
    let key = ctx.keys.current(pool).await?;
    let user = User {
        id: owner.id,
        roles: client
            .roles_of(&owner.roles)
            .into_iter()
            .map(convert::role)
            .collect(),
        session_id: client.id.uuid(),
    };
    let life = ACCESS_LIFE.min(left(&client, now));
    let machine = Machine {
        client_id: client.id.uuid(),
        services: client.scopes,
    };
    Ok((key.mint_for_machine(&user, &machine, now, life), now + life))
}

/// No token outlives the secret it was issued for.
fn left(client: &Client, now: OffsetDateTime) -> Duration {
    let end = client.secret_expire_time.unwrap_or(now);
    Duration::try_from(end - now).unwrap_or_default()
}
