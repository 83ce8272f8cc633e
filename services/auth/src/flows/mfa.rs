use time::OffsetDateTime;
use totp_rs::Totp;
use xlcfi_contracts::auth::v1::{BackupCodeUsed, MfaDisabled, MfaEnabled};
use xlcfi_events::Tx;
use xlcfi_identity::{Member, Refused, User};
use xlcfi_types::Id;

use crate::Ctx;
use crate::account::{Account, Email};
use crate::convert;
use crate::error::Error;
use crate::factor::{self, BACKUP_CODES, Code, Factor, MOST_WRONG_CODES};
use crate::notice::Notice;
use crate::secret::Secret;
use crate::store::{accounts, challenges, factors, sessions};

use super::passwords::verify_own;
use super::sessions::{Tokens, open};
use super::{notices, tries};

/// What an authenticator is given.
pub struct Enrolment {
    pub secret: String,
    pub uri: String,
}

/// Begins an enrolment for who knows the password.
pub async fn enrol(ctx: &Ctx, user: &User, password: String) -> Result<Enrolment, Error> {
    let account = own(ctx, user).await?;
    verify_own(ctx, &account, password).await?;
    let salt = rand::random();
    let totp = codes_of(ctx, &salt, &account.email).await?;
    let uri = totp.to_url().map_err(xlcfi_errors::Fault::bug)?;
    let mut tx = ctx.database.begin().await?;
    if !factors::enrol(&mut tx, user.id, &salt, ctx.clock.now()).await? {
        return Err(Error::MfaAlreadyEnabled);
    }
    tx.commit().await?;
    let secret = totp.secret().to_base32();
    Ok(Enrolment { secret, uri })
}

/// Ends an enrolment with a code. Gives the backup codes.
pub async fn confirm(ctx: &Ctx, user: &User, code: &str) -> Result<Vec<String>, Error> {
    let account = own(ctx, user).await?;
    let begun = factors::get(ctx.database.pool(), user.id).await?;
    let begun = begun.ok_or(Error::MfaNotEnrolled)?;
    if begun.confirmed {
        return Err(Error::MfaAlreadyEnabled);
    }
    let attempt = tries::code(ctx, &account.email).await?;
    let totp = codes_of(ctx, &begun.salt, &account.email).await?;
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    let factor = factors::lock(&mut tx, user.id).await?;
    // Another call may have enrolled anew, or confirmed.
    let same = factor.filter(|factor| !factor.confirmed && factor.salt == begun.salt);
    let step = match (same, Code::read(code)) {
        (Some(factor), Code::Timed(code)) => factor::step_of(&totp, &code, factor.last_step, now),
        _ => None,
    };
    let Some(step) = step else {
        drop(tx);
        attempt.end(ctx, false).await?;
        return Err(Error::MfaCodeInvalid);
    };
    factors::set_used(&mut tx, user.id, step, now).await?;
    let codes = renew_backup_codes(&mut tx, user.id).await?;
    sessions::set_mfa(&mut tx, user.id, user.session_id.into()).await?;
    let event = MfaEnabled {
        account_id: user.id.to_string(),
        time: Some(convert::timestamp(now)),
    };
    xlcfi_events::append(&mut tx, user.id.uuid(), &event).await?;
    tx.commit().await?;
    attempt.end(ctx, true).await?;
    Ok(codes)
}

/// Ends the second factor, for who knows the password and has a code.
pub async fn disable(ctx: &Ctx, user: &User, password: String, code: &str) -> Result<(), Error> {
    let account = own(ctx, user).await?;
    if ctx.staff_mfa && account.is_staff() {
        return Err(Error::MfaRequired);
    }
    let mut tx = prove(ctx, &account, password, code).await?;
    remove(&mut tx, ctx, user.id, user.id).await?;
    tx.commit().await?;
    ctx.post.wake();
    Ok(())
}

/// Replaces the backup codes, for who knows the password and has a code.
pub async fn regenerate(ctx: &Ctx, user: &User, password: String, code: &str) -> Result<Vec<String>, Error> {
    let account = own(ctx, user).await?;
    let mut tx = prove(ctx, &account, password, code).await?;
    let codes = renew_backup_codes(&mut tx, user.id).await?;
    tx.commit().await?;
    Ok(codes)
}

/// Ends a log-in with a code.
pub async fn answer(ctx: &Ctx, token: Secret, code: &str) -> Result<(Tokens, Account), Error> {
    let pool = ctx.database.pool();
    let found = challenges::find(pool, &token, ctx.clock.now()).await?;
    let account_id = found.ok_or(Error::MfaTokenInvalid)?.account_id;
    let account = accounts::get(pool, account_id).await?;
    let account = account.ok_or(Error::MfaTokenInvalid)?;
    let factor = factors::get(pool, account_id).await?;
    let factor = factor.ok_or(Error::MfaTokenInvalid)?;
    let attempt = tries::code(ctx, &account.email).await?;
    let totp = codes_of(ctx, &factor.salt, &account.email).await?;
    let key = ctx.keys.current(pool).await?;

    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    // Locking the account ends its challenges.
    accounts::hold(&mut tx, account_id).await?;
    let Some(challenge) = challenges::lock(&mut tx, &token, now).await? else {
        drop(tx);
        attempt.end(ctx, true).await?;
        return Err(Error::MfaTokenInvalid);
    };
    if !use_code(&mut tx, account_id, &factor, &totp, code, now).await? {
        match challenge.failures + 1 {
            MOST_WRONG_CODES.. => challenges::delete(&mut tx, &token).await?,
            failures => challenges::set_failures(&mut tx, &token, failures).await?,
        }
        tx.commit().await?;
        attempt.end(ctx, false).await?;
        return Err(Error::MfaCodeInvalid);
    }
    challenges::delete(&mut tx, &token).await?;
    let (tokens, account) = open(&mut tx, ctx, account_id, challenge.device, true, &key).await?;
    tx.commit().await?;
    ctx.post.wake();
    attempt.end(ctx, true).await?;
    Ok((tokens, account))
}

/// Removes the factor of an account and what came of it; `false` when there is none.
pub async fn remove(tx: &mut Tx, ctx: &Ctx, id: Id<Member>, by: Id<Member>) -> Result<bool, Error> {
    challenges::delete_of(tx, id).await?;
    sessions::clear_mfa(tx, id).await?;
    if !factors::delete(tx, id).await? {
        return Ok(false);
    }
    let event = MfaDisabled {
        account_id: id.to_string(),
        disabled_by: by.to_string(),
        time: Some(convert::timestamp(ctx.clock.now())),
    };
    xlcfi_events::append(tx, id.uuid(), &event).await?;
    let by_staff = by != id;
    notices::tell(tx, ctx, id, &Notice::MfaDisabled { by_staff }).await?;
    Ok(true)
}

/// A transaction in which the account's factor is held, after its password and
/// a code of it were right.
async fn prove(ctx: &Ctx, account: &Account, password: String, code: &str) -> Result<Tx, Error> {
    let factor = factors::get(ctx.database.pool(), account.id).await?;
    let factor = factor.filter(|factor| factor.confirmed);
    let factor = factor.ok_or(Error::MfaNotEnrolled)?;
    verify_own(ctx, account, password).await?;
    let attempt = tries::code(ctx, &account.email).await?;
    let totp = codes_of(ctx, &factor.salt, &account.email).await?;
    let mut tx = ctx.database.begin().await?;
    let right = use_code(&mut tx, account.id, &factor, &totp, code, ctx.clock.now()).await?;
    attempt.end(ctx, right).await?;
    match right {
        true => Ok(tx),
        false => Err(Error::MfaCodeInvalid),
    }
}

/// Uses a code up, if it is right and the factor still the one that was `read`.
async fn use_code(
    tx: &mut Tx,
    id: Id<Member>,
    read: &Factor,
    totp: &Totp,
    code: &str,
    now: OffsetDateTime,
) -> Result<bool, Error> {
    let factor = factors::lock(tx, id).await?;
    let same = factor.filter(|factor| factor.confirmed && factor.salt == read.salt);
    let Some(factor) = same else {
        return Ok(false);
    };
    match Code::read(code) {
        Code::Timed(code) => match factor::step_of(totp, &code, factor.last_step, now) {
            Some(step) => factors::set_used(tx, id, step, now).await?,
            None => return Ok(false),
        },
        Code::Backup(hash) => {
            if !factors::use_backup_code(tx, id, &hash).await? {
                return Ok(false);
            }
            let left = factors::count_backup_codes(&mut **tx, id).await?;
            let event = BackupCodeUsed {
                account_id: id.to_string(),
                left: i32::try_from(left).unwrap_or(i32::MAX),
                time: Some(convert::timestamp(now)),
            };
            xlcfi_events::append(tx, id.uuid(), &event).await?;
        }
    }
    Ok(true)
}

async fn renew_backup_codes(tx: &mut Tx, id: Id<Member>) -> Result<Vec<String>, Error> {
    let codes: Vec<_> = (0..BACKUP_CODES).map(|_| factor::backup_code()).collect();
    let hashes = codes.iter().filter_map(|code| match Code::read(code) {
        Code::Backup(hash) => Some(hash.to_vec()),
        Code::Timed(_) => None,
    });
    factors::set_backup_codes(tx, id, &hashes.collect::<Vec<_>>()).await?;
    Ok(codes)
}

async fn codes_of(ctx: &Ctx, salt: &[u8; 32], email: &Email) -> Result<Totp, Error> {
    let seed = ctx.keys.factor_seed(*salt).await?;
    Ok(factor::totp(&seed, email.as_str())?)
}

async fn own(ctx: &Ctx, user: &User) -> Result<Account, Error> {
    let account = accounts::get(ctx.database.pool(), user.id).await?;
    Ok(account.ok_or(Refused::TokenInvalid("its account is gone"))?)
}
