use uuid::Uuid;
use xlcfi_contracts::auth::v1::AcceptedText;
use xlcfi_errors::Fault;
use xlcfi_events::Tx;
use xlcfi_types::Id;

use crate::Ctx;
use crate::account::{Account, Email, Role};
use crate::convert;
use crate::error::Error;
use crate::hashing::PasswordHash;
use crate::mail::Purpose;
use crate::store::{accounts, errands};

use super::passwords::refuse_common;

/// Somebody who wants an account.
pub struct SignUp {
    pub email: Email,
    pub password: String,
    pub display_name: String,
    pub request_id: Option<Uuid>,
    /// Texts that were agreed to; who made the member keeps that.
    pub accepted: Vec<AcceptedText>,
}

/// Makes an account, or gives the one the same request made before.
pub async fn sign_up(ctx: &Ctx, wanted: SignUp) -> Result<Account, Error> {
    let password = refuse_common(wanted.password.clone())?;
    // Hashing is dear: look first.
    if let Some(existing) = accounts::find_by_email(ctx.database.pool(), &wanted.email).await? {
        return made_before(ctx, &wanted, existing).await;
    }
    let hash = ctx.hashing.turn().await.hash(password).await?;
    let mut tx = ctx.database.begin().await?;
    match create(&mut tx, ctx, &wanted, &hash).await? {
        Some(account) => {
            tx.commit().await?;
            ctx.post.wake();
            Ok(account)
        }
        None => {
            let existing = accounts::find_by_email(&mut *tx, &wanted.email).await?;
            let existing = existing.ok_or_else(|| Fault::bug("an address is taken and has no account"))?;
            drop(tx);
            made_before(ctx, &wanted, existing).await
        }
    }
}

/// Adds an account, tells of it, and has its address proven by a mail; `None` when the address has one already.
pub async fn create(
    tx: &mut Tx,
    ctx: &Ctx,
    wanted: &SignUp,
    hash: &PasswordHash,
) -> Result<Option<Account>, sqlx::Error> {
    let account = Account {
        id: Id::new(),
        email: wanted.email.clone(),
        display_name: wanted.display_name.clone(),
        roles: vec![Role::Buyer],
        create_time: ctx.clock.now(),
        verified: false,
        mfa: false,
        locked: false,
    };
    if !accounts::insert(tx, &account, hash, wanted.request_id).await? {
        return Ok(None);
    }
    xlcfi_events::append(
        tx,
        account.id.uuid(),
        &convert::account_created(&account, &wanted.accepted),
    )
    .await?;
    errands::insert(tx, Purpose::VerifyEmail, &account.email, account.create_time).await?;
    Ok(Some(account))
}

async fn made_before(ctx: &Ctx, wanted: &SignUp, existing: Account) -> Result<Account, Error> {
    let Some(request_id) = wanted.request_id else {
        return Err(Error::EmailTaken);
    };
    let same_request = accounts::is_of_request(ctx.database.pool(), existing.id, request_id).await?;
    if same_request {
        Ok(existing)
    } else {
        Err(Error::EmailTaken)
    }
}
