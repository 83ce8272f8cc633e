use tracing::warn;
use uuid::Uuid;
use xlcfi_contracts::auth::v1::{AllSessionsRevoked, RefreshTokenReused, SignedInFromNewDevice};
use xlcfi_errors::Fault;
use xlcfi_events::Tx;
use xlcfi_identity::{AccessTokenKey, Member, User};
use xlcfi_types::Id;

use crate::Ctx;
use crate::account::{Account, Email};
use crate::convert;
use crate::device::Device;
use crate::error::Error;
use crate::factor::CHALLENGE_LIFE;
use crate::notice::Notice;
use crate::secret::Secret;
use crate::session::{ACCESS_LIFE, EndCause, REFRESH_LIFE, Session, Verdict};
use crate::store::challenges::{self, Challenge};
use crate::store::{accounts, devices, sessions, tokens};

use super::{notices, tries};

/// Somebody who wants to sign in.
pub struct Credentials {
    pub email: Email,
    pub password: String,
    pub device: Device,
}

/// What a signed-in client gets.
pub struct Tokens {
    pub access_token: String,
    pub access_expire_time: time::OffsetDateTime,
    pub refresh_token: Secret,
    pub refresh_expire_time: time::OffsetDateTime,
}

/// What a right password leads to.
pub enum LoggedIn {
    Session(Tokens, Account),
    /// A code is to come.
    Challenge(Secret, Challenge),
}

/// Opens a session for who knows the password, or asks for a code.
///
/// The same work is done for an address without account as for a wrong password.
pub async fn log_in(ctx: &Ctx, given: Credentials) -> Result<LoggedIn, Error> {
    let attempt = tries::password(ctx, &given.email).await?;
    let known = accounts::credentials(ctx.database.pool(), &given.email).await?;
    let hash = known.as_ref().map(|known| known.password_hash.clone());
    let right = attempt.verify(ctx, given.password, hash).await?;
    let (true, Some(known)) = (right, known) else {
        return Err(Error::WrongCredentials);
    };
    let key = ctx.keys.current(ctx.database.pool()).await?;
    let mut tx = ctx.database.begin().await?;
    match accounts::hold_password(&mut tx, known.id, &known.password_hash).await? {
        Some(false) => {}
        // Only who knows the password learns of it.
        Some(true) => return Err(Error::AccountLocked),
        // A password changed in the meantime has ended all sessions but one; this is none of them.
        None => return Err(Error::WrongCredentials),
    }
    let answer = if known.mfa {
        let challenge = Challenge {
            account_id: known.id,
            device: given.device,
            failures: 0,
            expire_time: ctx.clock.now() + CHALLENGE_LIFE,
        };
        let token = Secret::generate();
        challenges::insert(&mut tx, &token, &challenge).await?;
        LoggedIn::Challenge(token, challenge)
    } else {
        let (tokens, account) = open(&mut tx, ctx, known.id, given.device, false, &key).await?;
        LoggedIn::Session(tokens, account)
    };
    tx.commit().await?;
    ctx.post.wake();
    Ok(answer)
}

/// Opens a session, and tells when the device was not seen before.
pub async fn open(
    tx: &mut Tx,
    ctx: &Ctx,
    account_id: Id<Member>,
    device: Device,
    mfa: bool,
    key: &AccessTokenKey,
) -> Result<(Tokens, Account), Error> {
    let now = ctx.clock.now();
    let session = Session {
        id: Id::new(),
        account_id,
        device,
        mfa,
        create_time: now,
        refresh_time: now,
        expire_time: now + REFRESH_LIFE,
        end_time: None,
    };
    sessions::insert(tx, &session).await?;
    if devices::note(tx, account_id, &session.device, now).await? {
        let event = SignedInFromNewDevice {
            account_id: account_id.to_string(),
            session_id: session.id.to_string(),
            device_name: session.device.name.clone(),
            time: Some(convert::timestamp(now)),
        };
        xlcfi_events::append(tx, account_id.uuid(), &event).await?;
        let device = session.device.name.clone();
        notices::tell(tx, ctx, account_id, &Notice::NewDevice { device }).await?;
    }
    issue(tx, ctx, &session, key).await
}

/// Trades a refresh token for a new pair.
pub async fn refresh(ctx: &Ctx, token: Secret) -> Result<Tokens, Error> {
    let key = ctx.keys.current(ctx.database.pool()).await?;
    let mut tx = ctx.database.begin().await?;
    let session = sessions::lock_by_token(&mut tx, &token).await?;
    let mut session = session.ok_or(Error::RefreshTokenInvalid)?;
    // Read after the lock was had: a use that was waited for counts.
    let kept = tokens::get(&mut tx, &token)
        .await?
        .ok_or(Error::RefreshTokenInvalid)?;
    let now = ctx.clock.now();
    match session.judge(kept, now) {
        Verdict::Rotate => {}
        Verdict::Invalid => return Err(Error::RefreshTokenInvalid),
        Verdict::JustUsed => return Err(Error::RefreshTokenJustUsed),
        Verdict::Reused => {
            end_reused(ctx, tx, &session, now).await?;
            return Err(Error::RefreshTokenReused);
        }
    }
    session.refresh_time = now;
    session.expire_time = now + REFRESH_LIFE;
    tokens::set_used(&mut tx, &token, now).await?;
    sessions::set_refreshed(&mut tx, session.id, now, session.expire_time).await?;
    devices::set_seen(&mut tx, session.account_id, &session.device, now).await?;
    let (issued, _) = issue(&mut tx, ctx, &session, &key).await?;
    tx.commit().await?;
    Ok(issued)
}

async fn end_reused(
    ctx: &Ctx,
    mut tx: Tx,
    session: &Session,
    now: time::OffsetDateTime,
) -> Result<(), Error> {
    let Session { id, account_id, .. } = *session;
    sessions::end(&mut tx, account_id, id, EndCause::TokenReused, now).await?;
    let event = RefreshTokenReused {
        account_id: account_id.to_string(),
        session_id: id.to_string(),
        time: Some(convert::timestamp(now)),
    };
    xlcfi_events::append(&mut tx, account_id.uuid(), &event).await?;
    let device = session.device.name.clone();
    notices::tell(&mut tx, ctx, account_id, &Notice::TokenReused { device }).await?;
    tx.commit().await?;
    ctx.post.wake();
    warn!(session.id = %id, user.id = %account_id, "a used refresh token came again; its session is ended");
    Ok(())
}

/// Ends one of the caller's sessions; ended before is ended too.
pub async fn end_session(ctx: &Ctx, user: &User, id: Uuid, cause: EndCause) -> Result<(), Error> {
    let mut tx = ctx.database.begin().await?;
    let found = sessions::end(&mut tx, user.id, id.into(), cause, ctx.clock.now()).await?;
    tx.commit().await?;
    if found {
        Ok(())
    } else {
        Err(Error::SessionNotFound)
    }
}

/// Ends every session of the caller, its own too unless it is spared. Gives how many.
pub async fn end_all(ctx: &Ctx, user: &User, spare_current: bool) -> Result<u64, Error> {
    let mut tx = ctx.database.begin().await?;
    let spared = spare_current.then_some(user.session_id.into());
    let ended = sessions::end_all(&mut tx, user.id, spared, EndCause::Revoked, ctx.clock.now()).await?;
    if ended > 0 {
        tell_all_ended(&mut tx, ctx, user.id, user.id).await?;
    }
    tx.commit().await?;
    Ok(ended)
}

/// Tells that every session of an account was ended.
pub async fn tell_all_ended(tx: &mut Tx, ctx: &Ctx, id: Id<Member>, by: Id<Member>) -> Result<(), Error> {
    let event = AllSessionsRevoked {
        account_id: id.to_string(),
        revoked_by: by.to_string(),
        time: Some(convert::timestamp(ctx.clock.now())),
    };
    xlcfi_events::append(tx, id.uuid(), &event).await?;
    Ok(())
}

/// Adds the session's next refresh token, and says what the account may do now.
async fn issue(
    tx: &mut Tx,
    ctx: &Ctx,
    session: &Session,
    key: &AccessTokenKey,
) -> Result<(Tokens, Account), Error> {
    let refresh_token = Secret::generate();
    tokens::insert(tx, session.id, &refresh_token, session.expire_time).await?;
    let account = accounts::get(&mut **tx, session.account_id).await?;
    let account = account.ok_or_else(|| Fault::bug("a session has no account"))?;
    let roles = account.roles_with(session.mfa || !ctx.staff_mfa);
    let user = User {
        id: account.id,
        roles: roles.into_iter().map(convert::role).collect(),
        session_id: session.id.uuid(),
    };
    let tokens = Tokens {
        access_token: key.mint(&user, session.refresh_time, ACCESS_LIFE),
        access_expire_time: session.refresh_time + ACCESS_LIFE,
        refresh_token,
        refresh_expire_time: session.expire_time,
    };
    Ok((tokens, account))
}
