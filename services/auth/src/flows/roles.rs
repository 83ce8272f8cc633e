use sqlx::PgConnection;
use xlcfi_contracts::auth::v1::{RoleGranted, RoleRevoked};
use xlcfi_events::Tx;
use xlcfi_identity::{Member, Refused, User};
use xlcfi_types::Id;

use super::sign_up::{SignUp, create};
use crate::Ctx;
use crate::account::{Account, Email, Role};
use crate::config::Admin;
use crate::convert;
use crate::error::Error;
use crate::store::{accounts, roles};

/// Who stands behind what is done to somebody else's account.
#[derive(Debug, Clone)]
pub struct Deciders {
    pub by: Id<Member>,
    pub approved_by: Option<Id<Member>>,
    /// Roles of which each of them needs one.
    pub allowed: &'static [Role],
}

impl Deciders {
    /// An admin who acts without the admin service.
    pub fn alone(admin: &User) -> Self {
        Self {
            by: admin.id,
            approved_by: None,
            allowed: &[Role::Admin],
        }
    }
}

/// Gives an account a role, unless it has it.
pub async fn grant_role(
    ctx: &Ctx,
    deciders: &Deciders,
    id: Id<Member>,
    role: Role,
) -> Result<Account, Error> {
    let mut tx = ctx.database.begin().await?;
    admins_with(&mut tx, deciders).await?;
    accounts::get(&mut *tx, id).await?.ok_or(Error::AccountNotFound)?;
    grant(&mut tx, ctx, id, role, Some(deciders)).await?;
    finish(tx, id).await
}

/// Takes a role from an account, if it has it.
pub async fn revoke_role(
    ctx: &Ctx,
    deciders: &Deciders,
    id: Id<Member>,
    role: Role,
) -> Result<Account, Error> {
    let mut tx = ctx.database.begin().await?;
    let admins = admins_with(&mut tx, deciders).await?;
    accounts::get(&mut *tx, id).await?.ok_or(Error::AccountNotFound)?;
    if !role.is_revocable(id, &admins) {
        return Err(Error::RoleNotRevocable);
    }
    if roles::delete(&mut tx, id, role).await? {
        let event = RoleRevoked {
            account_id: id.to_string(),
            role: convert::role(role).into(),
            revoked_by: deciders.by.to_string(),
            time: Some(convert::timestamp(ctx.clock.now())),
            approved_by: approver(deciders),
        };
        xlcfi_events::append(&mut tx, id.uuid(), &event).await?;
    }
    finish(tx, id).await
}

/// Sees to it that the configured admin exists and is one. Every replica does
/// this at its start.
pub async fn ensure_admin(ctx: &Ctx, admin: &Admin) -> Result<(), Error> {
    let email = Email::new(&admin.email);
    if let Some(account) = accounts::find_by_email(ctx.database.pool(), &email).await?
        && account.roles.contains(&Role::Admin)
    {
        return Ok(());
    }
    let wanted = SignUp {
        email,
        password: admin.password.clone(),
        display_name: "Admin".into(),
        request_id: None,
        accepted: Vec::new(),
    };
    let hash = ctx.hashing.turn().await.hash(admin.password.clone()).await?;
    let mut tx = ctx.database.begin().await?;
    let account = match create(&mut tx, ctx, &wanted, &hash).await? {
        Some(account) => account,
        None => {
            let existing = accounts::find_by_email(&mut *tx, &wanted.email).await?;
            existing.ok_or(Error::AccountNotFound)?
        }
    };
    grant(&mut tx, ctx, account.id, Role::Admin, None).await?;
    tx.commit().await?;
    Ok(())
}

async fn grant(
    tx: &mut Tx,
    ctx: &Ctx,
    id: Id<Member>,
    role: Role,
    deciders: Option<&Deciders>,
) -> Result<(), Error> {
    let now = ctx.clock.now();
    if roles::insert(tx, id, role, now).await? {
        let event = RoleGranted {
            account_id: id.to_string(),
            role: convert::role(role).into(),
            granted_by: deciders.map(|who| who.by.to_string()).unwrap_or_default(),
            time: Some(convert::timestamp(now)),
            approved_by: deciders.map(approver).unwrap_or_default(),
        };
        xlcfi_events::append(tx, id.uuid(), &event).await?;
    }
    Ok(())
}

fn approver(deciders: &Deciders) -> String {
    let id = deciders.approved_by;
    id.map(|id| id.to_string()).unwrap_or_default()
}

/// All admins, if everybody who decides still may.
pub async fn admins_with(conn: &mut PgConnection, deciders: &Deciders) -> Result<Vec<Id<Member>>, Error> {
    let known = deciders_hold(conn, deciders).await?;
    let admins = known.into_iter().filter(|(_, role)| *role == Role::Admin);
    Ok(admins.map(|(id, _)| id).collect())
}

/// Who has roles to decide with, if everybody who decides now is among them. An
/// access token outlives a revocation by minutes; it must not give the role back.
pub async fn deciders_hold(
    conn: &mut PgConnection,
    deciders: &Deciders,
) -> Result<Vec<(Id<Member>, Role)>, Error> {
    let known = roles::lock_deciders(conn).await?;
    let may = |id: Id<Member>| {
        let mut of_id = known.iter().filter(|(known, _)| *known == id);
        of_id.any(|(_, role)| deciders.allowed.contains(role))
    };
    if may(deciders.by) && deciders.approved_by.is_none_or(may) {
        Ok(known)
    } else {
        Err(Refused::RoleMissing.into())
    }
}

async fn finish(mut tx: Tx, id: Id<Member>) -> Result<Account, Error> {
    let account = accounts::get(&mut *tx, id).await?.ok_or(Error::AccountNotFound)?;
    tx.commit().await?;
    Ok(account)
}
