use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;

/// What is kept of a signing key: nothing that signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    pub kid: String,
    pub salt: [u8; 32],
    pub public_key: String,
}

/// Rotations queue by this number; it spells `xlcfikey`.
const LOCK: i64 = i64::from_be_bytes(*b"xlcfikey");

/// Nobody else rotates until the transaction ends.
pub async fn lock(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("select pg_advisory_xact_lock($1)", LOCK)
        .execute(conn)
        .await?;
    Ok(())
}

/// The key that signs and those retired after `after`, newest first.
pub async fn list(db: impl PgExecutor<'_>, after: OffsetDateTime) -> Result<Vec<StoredKey>, sqlx::Error> {
    let rows = sqlx::query!(
        "select kid, salt, public_key from signing_key
         where retire_time is null or retire_time > $1
         order by generation desc",
        after,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let salt = row
                .salt
                .try_into()
                .map_err(|_| sqlx::Error::Decode("a salt is not 32 bytes".into()))?;
            Ok(StoredKey {
                kid: row.kid,
                salt,
                public_key: row.public_key,
            })
        })
        .collect()
}

/// Whether any key signs.
pub async fn any(db: impl PgExecutor<'_>) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select exists(select from signing_key where retire_time is null) as "any!""#)
        .fetch_one(db)
        .await
}

/// When the key that signs was made.
pub async fn newest(db: impl PgExecutor<'_>) -> Result<Option<OffsetDateTime>, sqlx::Error> {
    sqlx::query_scalar!("select create_time from signing_key where retire_time is null")
        .fetch_optional(db)
        .await
}

/// Makes this the key that signs, and retires the one until now.
pub async fn install(
    conn: &mut PgConnection,
    key: &StoredKey,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update signing_key set retire_time = $1 where retire_time is null",
        now
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into signing_key (kid, generation, salt, public_key, create_time)
         values ($1, (select coalesce(max(generation), 0) + 1 from signing_key), $2, $3, $4)",
        key.kid,
        &key.salt,
        key.public_key,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets the keys retired before `before`.
pub async fn delete_old(db: impl PgExecutor<'_>, before: OffsetDateTime) -> Result<u64, sqlx::Error> {
    let deleted = sqlx::query!("delete from signing_key where retire_time < $1", before);
    Ok(deleted.execute(db).await?.rows_affected())
}
