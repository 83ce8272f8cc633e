use xlcfi_contracts::auth::v1::EmailVerified;
use xlcfi_events::Tx;
use xlcfi_identity::{Member, Refused, User};
use xlcfi_types::Id;

use crate::Ctx;
use crate::account::{Account, Email};
use crate::attempt::Subject;
use crate::convert;
use crate::error::Error;
use crate::mail::Purpose;
use crate::secret::Secret;
use crate::session::EndCause;
use crate::store::{accounts, attempts, errands, locks, mail_tokens, sessions};

use super::passwords::{changed, refuse_common};

/// Has the caller's address proven by a mail, unless it was.
pub async fn request_verification(ctx: &Ctx, user: &User) -> Result<(), Error> {
    let account = accounts::get(ctx.database.pool(), user.id).await?;
    let account = account.ok_or(Refused::TokenInvalid("its account is gone"))?;
    match account.verified {
        true => Ok(()),
        false => request(ctx, Purpose::VerifyEmail, &account.email).await,
    }
}

/// Has a link mailed that sets a new password. Whether the address has an
/// account is looked at later, so that neither answer nor time tells.
pub async fn request_reset(ctx: &Ctx, email: &Email) -> Result<(), Error> {
    request(ctx, Purpose::ResetPassword, email).await
}

async fn request(ctx: &Ctx, purpose: Purpose, email: &Email) -> Result<(), Error> {
    let mut tx = ctx.database.begin().await?;
    errands::insert(&mut tx, purpose, email, ctx.clock.now()).await?;
    tx.commit().await?;
    ctx.post.wake();
    Ok(())
}

/// Notes that an address was proven by its token.
pub async fn verify_email(ctx: &Ctx, token: Secret) -> Result<(), Error> {
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    let id = mail_tokens::take(&mut tx, &token, Purpose::VerifyEmail, now).await?;
    let id = id.ok_or(Error::MailTokenInvalid)?;
    let account = accounts::get(&mut *tx, id).await?;
    verified(&mut tx, ctx, account.ok_or(Error::MailTokenInvalid)?).await?;
    tx.commit().await?;
    Ok(())
}

/// Sets a new password with the token of a mail; nothing of the old one stays,
/// nor a lock.
pub async fn reset_password(ctx: &Ctx, token: Secret, new: String) -> Result<(), Error> {
    let new = refuse_common(new)?;
    // Hashing is dear: look first.
    let known = mail_tokens::find(
        ctx.database.pool(),
        &token,
        Purpose::ResetPassword,
        ctx.clock.now(),
    );
    known.await?.ok_or(Error::MailTokenInvalid)?;
    let hash = ctx.hashing.turn().await.hash(new).await?;
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    let id = mail_tokens::take(&mut tx, &token, Purpose::ResetPassword, now).await?;
    let id = id.ok_or(Error::MailTokenInvalid)?;
    let account = accounts::get(&mut *tx, id).await?;
    let account = account.ok_or(Error::MailTokenInvalid)?;
    accounts::reset_password(&mut tx, id, &hash).await?;
    sessions::end_all(&mut tx, id, None, EndCause::PasswordReset, now).await?;
    unlock(&mut tx, &account.email).await?;
    changed(&mut tx, ctx, id, true).await?;
    // Who has the mail has the address.
    verified(&mut tx, ctx, account).await?;
    tx.commit().await?;
    ctx.post.wake();
    Ok(())
}

/// Forgets failures and locks of an address.
pub async fn unlock(tx: &mut Tx, email: &Email) -> Result<(), Error> {
    let subject = Subject::of(email);
    attempts::lock(tx, &subject).await?;
    attempts::delete_failed(tx, &subject).await?;
    locks::delete(tx, &subject).await?;
    Ok(())
}

async fn verified(tx: &mut Tx, ctx: &Ctx, account: Account) -> Result<(), Error> {
    let (id, now): (Id<Member>, _) = (account.id, ctx.clock.now());
    if accounts::set_verified(tx, id, now).await? {
        let event = EmailVerified {
            account_id: id.to_string(),
            email: account.email.as_str().to_owned(),
            time: Some(convert::timestamp(now)),
        };
        xlcfi_events::append(tx, id.uuid(), &event).await?;
    }
    Ok(())
}
