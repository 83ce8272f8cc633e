use sqlx::PgConnection;
use time::OffsetDateTime;
use xlcfi_contracts::auth::v1::AccountLocked;
use xlcfi_types::Id;

use crate::Ctx;
use crate::account::Email;
use crate::attempt::{self, Attempt, Lock, MOST_FAILURES, Subject, WINDOW};
use crate::convert;
use crate::error::Error;
use crate::hashing::{PasswordHash, Turn};
use crate::notice::Notice;
use crate::store::{accounts, attempts, locks};

use super::notices;

/// The right to try one password or code; it counts as a failure until it is
/// found right.
pub struct Try {
    email: Email,
    id: Id<Attempt>,
}

/// The right to try one password, and a turn to hash it.
pub struct PasswordTry {
    attempt: Try,
    turn: Turn,
}

/// Waits for a turn to try a password of this address.
///
/// The attempt is noted before the password is looked at, so that any number of
/// guesses sent at once counts in full.
pub async fn password(ctx: &Ctx, email: &Email) -> Result<PasswordTry, Error> {
    // Whoever must wait anyway takes no turn from the others.
    let mut conn = ctx.database.pool().acquire().await?;
    refuse_excess(&mut conn, &Subject::of(email), ctx.clock.now()).await?;
    drop(conn);
    let turn = ctx.hashing.turn().await;
    let attempt = code(ctx, email).await?;
    Ok(PasswordTry { attempt, turn })
}

/// The right to try a code of the account with this address.
pub async fn code(ctx: &Ctx, email: &Email) -> Result<Try, Error> {
    let subject = Subject::of(email);
    let (id, now) = (Id::new(), ctx.clock.now());
    let mut tx = ctx.database.begin().await?;
    attempts::lock(&mut tx, &subject).await?;
    refuse_excess(&mut tx, &subject, now).await?;
    attempts::insert(&mut tx, id, &subject, now).await?;
    tx.commit().await?;
    let email = email.clone();
    Ok(Try { email, id })
}

async fn refuse_excess(conn: &mut PgConnection, subject: &Subject, now: OffsetDateTime) -> Result<(), Error> {
    let lock = locks::get(&mut *conn, subject).await?;
    if let Some(left) = lock.and_then(|lock| lock.left(now)) {
        return Err(Error::TooManyAttempts(left));
    }
    let latest = attempts::latest(conn, subject, now - WINDOW).await?;
    attempt::wait(&latest, now).map_or(Ok(()), |wait| Err(Error::TooManyAttempts(wait)))
}

impl PasswordTry {
    /// Whether this is the password. Any without a hash to compare with is wrong.
    pub async fn verify(
        self,
        ctx: &Ctx,
        password: String,
        hash: Option<PasswordHash>,
    ) -> Result<bool, Error> {
        let right = self.turn.verify(password, hash).await?;
        self.attempt.end(ctx, right).await?;
        Ok(right)
    }
}

impl Try {
    /// What was found right is forgotten. Enough failures lock the address, known
    /// or not.
    pub async fn end(self, ctx: &Ctx, right: bool) -> Result<(), Error> {
        if right {
            return Ok(attempts::delete(ctx.database.pool(), self.id).await?);
        }
        let (subject, now) = (Subject::of(&self.email), ctx.clock.now());
        let mut tx = ctx.database.begin().await?;
        attempts::lock(&mut tx, &subject).await?;
        attempts::set_failed(&mut *tx, self.id).await?;
        if attempts::count_failed(&mut tx, &subject, now - WINDOW).await? >= MOST_FAILURES {
            let lock = Lock::after(locks::get(&mut *tx, &subject).await?, now);
            locks::set(&mut tx, &subject, lock).await?;
            attempts::delete_failed(&mut tx, &subject).await?;
            if let Some(account) = accounts::find_by_email(&mut *tx, &self.email).await? {
                let event = AccountLocked {
                    account_id: account.id.to_string(),
                    until_time: Some(convert::timestamp(lock.until_time)),
                    time: Some(convert::timestamp(now)),
                    locked_by: String::new(),
                };
                xlcfi_events::append(&mut tx, account.id.uuid(), &event).await?;
                let until = lock.until_time;
                notices::tell(&mut tx, ctx, account.id, &Notice::LockedByTries { until }).await?;
            }
        }
        tx.commit().await?;
        ctx.post.wake();
        Ok(())
    }
}
