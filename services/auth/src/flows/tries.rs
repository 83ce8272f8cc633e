use sqlx::PgConnection;
use time::OffsetDateTime;
use xlcfi_errors::Fault;
use xlcfi_types::Id;

use crate::Ctx;
use crate::account::Email;
use crate::attempt::{self, Attempt, Subject, WINDOW};
use crate::error::Error;
use crate::hashing::{PasswordHash, Turn};
use crate::store::attempts;

/// The right to try one password; it counts as a failure until it is found right.
pub struct Try {
    turn: Turn,
    id: Id<Attempt>,
}

/// Waits for a turn to try a password of this address.
///
/// The attempt is noted before the password is looked at, so that any number of
/// guesses sent at once counts in full.
pub async fn begin(ctx: &Ctx, email: &Email) -> Result<Try, Error> {
    let subject = Subject::of(email);
    // Whoever must wait anyway takes no turn from the others.
    let mut conn = ctx.database.pool().acquire().await?;
    refuse_excess(&mut conn, &subject, ctx.clock.now()).await?;
    drop(conn);

    let turn = ctx.hashing.turn().await;
    let (id, now) = (Id::new(), ctx.clock.now());
    let mut tx = ctx.database.begin().await?;
    attempts::lock(&mut tx, &subject).await?;
    refuse_excess(&mut tx, &subject, now).await?;
    attempts::insert(&mut tx, id, &subject, now).await?;
    tx.commit().await?;
    Ok(Try { turn, id })
}

async fn refuse_excess(conn: &mut PgConnection, subject: &Subject, now: OffsetDateTime) -> Result<(), Error> {
    let latest = attempts::latest(conn, subject, now - WINDOW).await?;
    attempt::wait(&latest, now).map_or(Ok(()), |wait| Err(Error::TooManyAttempts(wait)))
}

impl Try {
    /// Whether this is the password. A wrong one, or any without a hash to
    /// compare with, is a failure; a right one is forgotten.
    pub async fn verify(
        self,
        ctx: &Ctx,
        password: String,
        hash: Option<PasswordHash>,
    ) -> Result<bool, Fault> {
        let right = self.turn.verify(password, hash).await?;
        let pool = ctx.database.pool();
        if right {
            attempts::delete(pool, self.id).await?;
        } else {
            attempts::set_failed(pool, self.id).await?;
        }
        Ok(right)
    }
}
