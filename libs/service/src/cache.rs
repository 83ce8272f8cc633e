use std::time::Duration;

use deadpool_redis::redis::{AsyncCommands, RedisError};
use deadpool_redis::{Config, Connection, Pool, PoolConfig, Runtime};
use tokio::time::timeout;

/// Longest a caller waits for Redis; after it the cache counts as away.
const PATIENCE: Duration = Duration::from_millis(50);

/// Most connections to Redis; a call has one for a fraction of a millisecond.
const CONNECTIONS: usize = 16;

/// Redis, for what may be lost. When it is away, nothing is found and nothing
/// is kept, and callers go on without it.
#[derive(Debug, Clone)]
pub struct Cache(Pool);

impl Cache {
    /// The cache behind a URL; connects when first used.
    ///
    /// # Errors
    /// Why the URL is not one.
    pub fn new(url: &str) -> Result<Self, String> {
        let mut config = Config::from_url(url);
        config.pool = Some(PoolConfig::new(CONNECTIONS));
        let pool = config
            .create_pool(Some(Runtime::Tokio1))
            .map_err(|error| error.to_string())?;
        Ok(Self(pool))
    }

    /// A connection, for scripts; `None` while Redis is away.
    pub async fn connection(&self) -> Option<Connection> {
        timeout(PATIENCE, self.0.get()).await.ok()?.ok()
    }

    /// What was kept under `key`.
    pub async fn get(&self, key: &str) -> Option<Vec<u8>> {
        let mut connection = self.connection().await?;
        answer(connection.get::<_, Option<Vec<u8>>>(key)).await.flatten()
    }

    /// Keeps `value` under `key` for `life`.
    pub async fn put(&self, key: &str, value: &[u8], life: Duration) {
        if let Some(mut connection) = self.connection().await {
            let _: Option<()> = answer(connection.set_ex(key, value, life.as_secs().max(1))).await;
        }
    }

    /// Forgets what is kept under `key`.
    pub async fn forget(&self, key: &str) {
        if let Some(mut connection) = self.connection().await {
            let _: Option<()> = answer(connection.del(key)).await;
        }
    }

    /// Adds 1 to the number under `key` and gives it; a key so counted names a
    /// generation of other keys, all forgotten by one addition.
    pub async fn increment(&self, key: &str) -> Option<i64> {
        let mut connection = self.connection().await?;
        answer(connection.incr(key, 1)).await
    }
}

async fn answer<T>(asked: impl Future<Output = Result<T, RedisError>>) -> Option<T> {
    timeout(PATIENCE, asked).await.ok()?.ok()
}
