use tracing::warn;
use uuid::Uuid;
use xlcfi_errors::Fault;
use xlcfi_events::Tx;
use xlcfi_identity::User;
use xlcfi_types::Id;

use crate::Ctx;
use crate::account::{Account, Email};
use crate::convert;
use crate::error::Error;
use crate::session::{ACCESS_LIFE, EndCause, REFRESH_LIFE, RefreshToken, Session, Verdict};
use crate::store::{accounts, sessions};

use super::tries;

/// Somebody who wants to sign in.
pub struct Credentials {
    pub email: Email,
    pub password: String,
    pub user_agent: String,
}

/// What a signed-in client gets.
pub struct Tokens {
    pub access_token: String,
    pub access_expire_time: time::OffsetDateTime,
    pub refresh_token: RefreshToken,
    pub refresh_expire_time: time::OffsetDateTime,
}

/// Opens a session for who knows the password.
///
/// The same work is done for an address without account as for a wrong password.
pub async fn log_in(ctx: &Ctx, given: Credentials) -> Result<(Tokens, Account), Error> {
    let attempt = tries::begin(ctx, &given.email).await?;
    let (id, hash) = accounts::credentials(ctx.database.pool(), &given.email)
        .await?
        .unzip();
    let right = attempt.verify(ctx, given.password, hash.clone()).await?;
    let (true, Some(id), Some(hash)) = (right, id, hash) else {
        return Err(Error::WrongCredentials);
    };
    let key = ctx.keys.current(ctx.database.pool()).await?;
    let now = ctx.clock.now();
    let session = Session {
        id: Id::new(),
        account_id: id,
        user_agent: given.user_agent,
        create_time: now,
        refresh_time: now,
        expire_time: now + REFRESH_LIFE,
        end_time: None,
    };
    let mut tx = ctx.database.begin().await?;
    // A password changed in the meantime has ended all sessions but one; this is none of them.
    if !accounts::hold_password(&mut tx, id, &hash).await? {
        return Err(Error::WrongCredentials);
    }
    sessions::insert(&mut tx, &session).await?;
    let (refresh_token, account) = issue(&mut tx, &session).await?;
    tx.commit().await?;
    Ok((tokens(&session, &account, refresh_token, &key), account))
}

/// Trades a refresh token for a new pair.
pub async fn refresh(ctx: &Ctx, token: RefreshToken) -> Result<Tokens, Error> {
    let key = ctx.keys.current(ctx.database.pool()).await?;
    let mut tx = ctx.database.begin().await?;
    let session = sessions::lock_by_token(&mut tx, &token).await?;
    let mut session = session.ok_or(Error::RefreshTokenInvalid)?;
    // Read after the lock was had: a use that was waited for counts.
    let kept = sessions::get_token(&mut tx, &token)
        .await?
        .ok_or(Error::RefreshTokenInvalid)?;
    let now = ctx.clock.now();
    match session.judge(kept, now) {
        Verdict::Rotate => {}
        Verdict::Invalid => return Err(Error::RefreshTokenInvalid),
        Verdict::JustUsed => return Err(Error::RefreshTokenJustUsed),
        Verdict::Reused => {
            sessions::end(
                &mut tx,
                session.account_id,
                session.id,
                EndCause::TokenReused,
                now,
            )
            .await?;
            tx.commit().await?;
            warn!(session.id = %session.id, user.id = %session.account_id, "a used refresh token came again; its session is ended");
            return Err(Error::RefreshTokenReused);
        }
    }
    session.refresh_time = now;
    session.expire_time = now + REFRESH_LIFE;
    sessions::set_token_used(&mut tx, &token, now).await?;
    sessions::set_refreshed(&mut tx, session.id, now, session.expire_time).await?;
    let (refresh_token, account) = issue(&mut tx, &session).await?;
    tx.commit().await?;
    Ok(tokens(&session, &account, refresh_token, &key))
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

/// Adds the session's next refresh token, and reads what the account may do now.
async fn issue(tx: &mut Tx, session: &Session) -> Result<(RefreshToken, Account), Error> {
    let token = RefreshToken::generate();
    sessions::insert_token(tx, session.id, &token, session.expire_time).await?;
    let account = accounts::get(&mut **tx, session.account_id).await?;
    let account = account.ok_or_else(|| Fault::bug("a session has no account"))?;
    Ok((token, account))
}

fn tokens(
    session: &Session,
    account: &Account,
    refresh_token: RefreshToken,
    key: &xlcfi_identity::AccessTokenKey,
) -> Tokens {
    let user = User {
        id: account.id,
        roles: account.roles.iter().copied().map(convert::role).collect(),
        session_id: session.id.uuid(),
    };
    Tokens {
        access_token: key.mint(&user, session.refresh_time, ACCESS_LIFE),
        access_expire_time: session.refresh_time + ACCESS_LIFE,
        refresh_token,
        refresh_expire_time: session.expire_time,
    }
}
