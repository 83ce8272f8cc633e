use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::stored;
use xlcfi_tlog::Hash;

pub use crate::log::Kind;
use crate::log::{Entry, Text};

/// Writes what belongs into the log, for everybody to see, within the transaction of the
/// fact it tells. The same entry again changes nothing.
///
/// # Errors
/// The body is no canonical JSON (`xlcfi_proof::canonical`), or the database says no.
pub async fn append(
    conn: &mut PgConnection,
    entry_id: Uuid,
    kind: Kind,
    body: &[u8],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    append_for(conn, entry_id, kind, body, None, now).await
}

/// The same for an entry that only `reader_id` and staff may see; `None` is everybody.
///
/// # Errors
/// As of [`append`].
pub async fn append_for(
    conn: &mut PgConnection,
    entry_id: Uuid,
    kind: Kind,
    body: &[u8],
    reader_id: Option<Uuid>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    if !xlcfi_proof::is_canonical(body) {
        return Err(sqlx::Error::Encode(
            "the body of an entry is no canonical JSON".into(),
        ));
    }
    let salt: [u8; 32] = rand::random();
    let commitment = xlcfi_proof::commitment(&salt, body);
    sqlx::query!(
        "insert into log_entry (entry_id, kind, body, salt, commitment, reader_id, create_time)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (entry_id) do nothing",
        entry_id,
        <&str>::from(kind),
        body,
        salt.as_slice(),
        commitment.0.as_slice(),
        reader_id,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A row of the table.
struct Row {
    entry_id: Uuid,
    kind: String,
    body: Option<Vec<u8>>,
    salt: Option<Vec<u8>>,
    commitment: Vec<u8>,
    leaf_index: Option<i64>,
    reader_id: Option<Uuid>,
    create_time: OffsetDateTime,
    erase_time: Option<OffsetDateTime>,
}

impl TryFrom<Row> for Entry {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let text = row.body.zip(row.salt).map(|(body, salt)| {
            let salt = bytes("salt", &salt)?.0;
            Ok::<_, sqlx::Error>(Text { body, salt })
        });
        Ok(Self {
            entry_id: row.entry_id,
            kind: stored("kind", &row.kind)?,
            text: text.transpose()?,
            commitment: bytes("commitment", &row.commitment)?,
            index: row.leaf_index,
            reader_id: row.reader_id,
            create_time: row.create_time,
            erase_time: row.erase_time,
        })
    }
}

/// 32 bytes of a column.
pub fn bytes(column: &str, bytes: &[u8]) -> Result<Hash, sqlx::Error> {
    Hash::of_bytes(bytes).map_err(|error| sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: error.into(),
    })
}

/// One entry; who may see it is for the caller to say.
pub async fn get(db: &PgPool, entry_id: Uuid) -> Result<Option<Entry>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        "select entry_id, kind, body, salt, commitment, leaf_index, reader_id, create_time, erase_time
         from log_entry where entry_id = $1",
        entry_id,
    );
    row.fetch_optional(db).await?.map(Entry::try_from).transpose()
}

/// Entries that have their places, from `index` on, without their texts.
pub async fn list(db: &PgPool, index: i64, limit: i64) -> Result<Vec<Entry>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "select entry_id, kind, null::bytea as body, null::bytea as salt, commitment, leaf_index, reader_id,
            create_time, erase_time
         from log_entry where leaf_index >= $1 order by leaf_index limit $2",
        index,
        limit,
    );
    rows.fetch_all(db)
        .await?
        .into_iter()
        .map(Entry::try_from)
        .collect()
}

/// Entries with their texts, from `index` on, to be compared with the tree.
pub async fn list_whole(conn: &mut PgConnection, index: i64, limit: i64) -> Result<Vec<Entry>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "select entry_id, kind, body, salt, commitment, leaf_index, reader_id, create_time, erase_time
         from log_entry where leaf_index >= $1 order by leaf_index limit $2",
        index,
        limit,
    );
    rows.fetch_all(conn)
        .await?
        .into_iter()
        .map(Entry::try_from)
        .collect()
}

/// Erases text and salt. One that was erased before stays as it is.
pub async fn erase(
    conn: &mut PgConnection,
    entry_id: Uuid,
    eraser_id: Uuid,
    reason: &str,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update log_entry set body = null, salt = null, erase_time = $2, erase_reason = $3, eraser_id = $4
         where entry_id = $1 and body is not null",
        entry_id,
        now,
        reason,
        eraser_id,
    )
    .execute(conn)
    .await?;
    Ok(())
}
