use std::time::Duration;

use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

/// How long a lease lasts without renewal; a dead holder's work is taken over after it.
const LENGTH: Duration = Duration::from_secs(6);

/// The right to do a piece of work alone, for as long as it is renewed.
#[derive(Debug)]
pub struct Lease {
    pool: PgPool,
    name: String,
    holder: Uuid,
}

impl Lease {
    /// A claim on the work `name`, not yet made.
    pub fn new(pool: PgPool, name: impl Into<String>) -> Self {
        Self {
            pool,
            name: name.into(),
            holder: Uuid::now_v7(),
        }
    }

    /// Takes or renews the lease by the database's clock. Says whether it is
    /// held now; call it again within 3 seconds to keep it.
    ///
    /// # Errors
    /// The database is away.
    pub async fn hold(&self) -> Result<bool, sqlx::Error> {
        let held = sqlx::query_scalar!(
            "insert into events.lease as current (name, holder, epoch, expire_time)
             values ($1, $2, 1, clock_timestamp() + make_interval(secs => $3))
             on conflict (name) do update set
                 holder = excluded.holder,
                 expire_time = excluded.expire_time,
                 epoch = current.epoch + case when current.holder = excluded.holder then 0 else 1 end
             where current.holder = excluded.holder or current.expire_time < clock_timestamp()
             returning epoch",
            self.name,
            self.holder,
            LENGTH.as_secs_f64(),
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(held.is_some())
    }

    /// Says whether the lease is held, and keeps others from taking it until the
    /// transaction of `conn` ends: what a holder writes below this, no later holder
    /// has to reckon with.
    ///
    /// # Errors
    /// The database is away.
    pub async fn guard(&self, conn: &mut PgConnection) -> Result<bool, sqlx::Error> {
        let held = sqlx::query_scalar!(
            "select epoch from events.lease
             where name = $1 and holder = $2 and expire_time > clock_timestamp() for share",
            self.name,
            self.holder,
        )
        .fetch_optional(conn)
        .await?;
        Ok(held.is_some())
    }

    /// Gives the lease up, so that another holder need not wait for its end.
    ///
    /// # Errors
    /// The database is away; then the lease runs out by itself.
    pub async fn release(&self) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "delete from events.lease where name = $1 and holder = $2",
            self.name,
            self.holder
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
