use sha2::{Digest as _, Sha256};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// What an entry of the log tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    TraceEvent,
    AuditHead,
    PointsRoot,
}

/// Writes what belongs into the log, within the transaction of the fact it tells. The
/// same entry again changes nothing.
pub async fn append(
    conn: &mut PgConnection,
    entry_id: Uuid,
    kind: Kind,
    body: &[u8],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let salt: [u8; 32] = rand::random();
    let commitment = Sha256::new().chain_update(salt).chain_update(body).finalize();
    sqlx::query!(
        "insert into log_entry (entry_id, kind, body, salt, commitment, create_time)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (entry_id) do nothing",
        entry_id,
        <&str>::from(kind),
        body,
        salt.as_slice(),
        commitment.as_slice(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
