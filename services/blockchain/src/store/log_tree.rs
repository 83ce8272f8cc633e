use std::collections::HashMap;

use sqlx::{PgConnection, PgExecutor};
use xlcfi_tlog::{Frontier, Hash, Node, leaf_hash};

use super::log::bytes;

/// Takes the tree to append to it; `None` while another process has it.
pub async fn take(conn: &mut PgConnection) -> Result<Option<Frontier>, sqlx::Error> {
    let row = sqlx::query!("select size, frontier from log_tree for update skip locked");
    let Some(row) = row.fetch_optional(conn).await? else {
        return Ok(None);
    };
    frontier(row.size, &row.frontier).map(Some)
}

/// The tree as it stands.
pub async fn get(conn: &mut PgConnection) -> Result<Frontier, sqlx::Error> {
    let row = sqlx::query!("select size, frontier from log_tree");
    let row = row.fetch_one(conn).await?;
    frontier(row.size, &row.frontier)
}

fn frontier(size: i64, stored: &[u8]) -> Result<Frontier, sqlx::Error> {
    let hashes = stored.chunks(32).map(|chunk| bytes("frontier", chunk));
    let hashes: Vec<Hash> = hashes.collect::<Result<_, _>>()?;
    Frontier::new(size.unsigned_abs(), hashes).map_err(|error| sqlx::Error::ColumnDecode {
        index: "frontier".into(),
        source: error.into(),
    })
}

/// Gives entries that wait, the oldest first, their places from `size` on; says what they
/// commit to, in that order.
pub async fn assign(conn: &mut PgConnection, size: i64, limit: i64) -> Result<Vec<(i64, Hash)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"with next as materialized (
            select entry_id, $1::bigint - 1 + row_number() over (order by create_time, entry_id) as leaf_index
            from (
                select entry_id, create_time from log_entry where leaf_index is null
                order by create_time, entry_id limit $2
            ) waiting
        )
        update log_entry set leaf_index = next.leaf_index from next
        where log_entry.entry_id = next.entry_id
        returning log_entry.leaf_index as "leaf_index!", log_entry.commitment"#,
        size,
        limit,
    );
    let rows = rows.fetch_all(conn).await?.into_iter();
    let placed = rows.map(|row| Ok((row.leaf_index, bytes("commitment", &row.commitment)?)));
    let mut placed: Vec<(i64, Hash)> = placed.collect::<Result<_, sqlx::Error>>()?;
    placed.sort_unstable_by_key(|(index, _)| *index);
    Ok(placed)
}

/// Keeps the tree and the subtrees that were made, the leaves aside.
pub async fn save(
    conn: &mut PgConnection,
    tree: &Frontier,
    made: &[(Node, Hash)],
) -> Result<(), sqlx::Error> {
    let above: Vec<&(Node, Hash)> = made.iter().filter(|(node, _)| node.level > 0).collect();
    let levels: Vec<i16> = above.iter().map(|(node, _)| node.level.into()).collect();
    let indexes: Vec<i64> = above.iter().map(|(node, _)| signed(node.index)).collect();
    let hashes: Vec<Vec<u8>> = above.iter().map(|(_, hash)| hash.0.to_vec()).collect();
    let frontier: Vec<u8> = tree.hashes().iter().flat_map(|hash| hash.0).collect();
    sqlx::query!(
        "with made as (
            insert into log_node (level, index, hash)
            select * from unnest($1::smallint[], $2::bigint[], $3::bytea[])
        )
        update log_tree set size = $4, frontier = $5",
        &levels,
        &indexes,
        &hashes,
        signed(tree.size()),
        frontier,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The hashes of these nodes, of those that are there.
pub async fn nodes(
    db: impl PgExecutor<'_>,
    nodes: impl Iterator<Item = Node>,
) -> Result<HashMap<Node, Hash>, sqlx::Error> {
    let (leaves, above): (Vec<Node>, Vec<Node>) = nodes.partition(|node| node.level == 0);
    let levels: Vec<i16> = above.iter().map(|node| node.level.into()).collect();
    let indexes: Vec<i64> = above.iter().map(|node| signed(node.index)).collect();
    let leaves: Vec<i64> = leaves.iter().map(|node| signed(node.index)).collect();
    let rows = sqlx::query!(
        r#"select log_node.level as "level!", log_node.index as "index!", log_node.hash as "hash!"
        from unnest($1::smallint[], $2::bigint[]) as wanted (level, index)
        join log_node on log_node.level = wanted.level and log_node.index = wanted.index
        union all
        select 0::smallint, leaf_index, commitment from log_entry where leaf_index = any($3)"#,
        &levels,
        &indexes,
        &leaves,
    );
    let read = rows.fetch_all(db).await?.into_iter().map(|row| {
        let node = Node {
            level: u8::try_from(row.level).unwrap_or(u8::MAX),
            index: row.index.unsigned_abs(),
        };
        let hash = bytes("hash", &row.hash)?;
        let hash = if row.level == 0 { leaf_hash(&hash.0) } else { hash };
        Ok((node, hash))
    });
    read.collect()
}

/// A number of leaves, as PostgreSQL has it.
pub fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Whether entries wait for their places, or leaves for a signature.
pub async fn has_work(db: &sqlx::PgPool) -> Result<bool, sqlx::Error> {
    let row = sqlx::query!(
        r#"select exists (select 1 from log_entry where leaf_index is null)
            or (select size from log_tree) > coalesce((select max(size) from checkpoint), 0) as "has_work!""#
    );
    Ok(row.fetch_one(db).await?.has_work)
}
