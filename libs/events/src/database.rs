use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use sqlx::{PgConnection, PgPool, Postgres, Transaction};
use tokio::sync::Notify;

/// A service's own database.
#[derive(Debug, Clone)]
pub struct Database {
    pool: PgPool,
    committed: Arc<Notify>,
}

impl Database {
    /// The database behind a pool.
    pub fn new(pool: PgPool) -> Self {
        Self {
            pool,
            committed: Arc::default(),
        }
    }

    /// Begins a transaction. Dropped without a commit, it is rolled back.
    ///
    /// # Errors
    /// The database is away, or every connection is busy for too long.
    pub async fn begin(&self) -> Result<Tx, sqlx::Error> {
        Ok(Tx {
            inner: self.pool.begin().await?,
            committed: self.committed.clone(),
        })
    }

    /// The pool, for reads that need no transaction.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Returns when a transaction of this process has committed since the last call.
    pub(crate) async fn committed(&self) {
        self.committed.notified().await;
    }
}

/// A transaction whose commit wakes the relay.
#[derive(Debug)]
pub struct Tx {
    inner: Transaction<'static, Postgres>,
    committed: Arc<Notify>,
}

impl Tx {
    /// Makes the changes last and their messages go out.
    ///
    /// # Errors
    /// The database refused or went away; in the latter case the outcome is
    /// unknown and the caller's `request_id` decides.
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        self.inner.commit().await?;
        self.committed.notify_one();
        Ok(())
    }

    /// Undoes the changes.
    ///
    /// # Errors
    /// The database went away, which undoes them too.
    pub async fn rollback(self) -> Result<(), sqlx::Error> {
        self.inner.rollback().await
    }
}

impl Deref for Tx {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.inner
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.inner
    }
}
