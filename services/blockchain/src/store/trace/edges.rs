//! What became what, one step of a walk in one statement.

use std::collections::HashSet;

use sqlx::{PgConnection, PgPool};
use uuid::Uuid;
use xlcfi_types::Id;

use crate::event::Edge;
use crate::lot::TracedLot;

pub async fn insert(conn: &mut PgConnection, edges: &[Edge]) -> Result<(), sqlx::Error> {
    if edges.is_empty() {
        return Ok(());
    }
    let parents: Vec<Uuid> = edges.iter().map(|edge| edge.parent_id.uuid()).collect();
    let children: Vec<Uuid> = edges.iter().map(|edge| edge.child_id.uuid()).collect();
    let events: Vec<Uuid> = edges.iter().map(|edge| edge.event_id).collect();
    let gave: Vec<i64> = edges.iter().map(|edge| edge.parent_quantity).collect();
    let got: Vec<i64> = edges.iter().map(|edge| edge.child_quantity).collect();
    let times: Vec<time::OffsetDateTime> = edges.iter().map(|edge| edge.event_time).collect();
    sqlx::query!(
        "insert into lot_edge (parent_id, child_id, event_id, parent_quantity, child_quantity, event_time)
         select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::bigint[], $6::timestamptz[])",
        &parents,
        &children,
        &events,
        &gave,
        &got,
        &times,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes back the links an event made.
pub async fn delete(conn: &mut PgConnection, event_id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from lot_edge where event_id = $1", event_id)
        .execute(conn)
        .await?;
    Ok(())
}

/// All that some lots came from.
pub async fn ancestors(conn: &mut PgConnection, ids: &[Uuid]) -> Result<HashSet<Id<TracedLot>>, sqlx::Error> {
    let rows = sqlx::query_scalar!(
        r#"with recursive before as (
             select parent_id from lot_edge where child_id = any ($1)
             union
             select e.parent_id from before b join lot_edge e on e.child_id = b.parent_id
         )
         select parent_id as "parent_id!" from before"#,
        ids,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Id::from_uuid).collect())
}

/// The links from some lots to what they became; `limit` at most.
pub async fn forward(pool: &PgPool, ids: &[Uuid], limit: i64) -> Result<Vec<Edge>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select e.parent_id as "parent_id!", e.child_id as "child_id!", e.event_id as "event_id!",
             e.parent_quantity as "parent_quantity!", e.child_quantity as "child_quantity!",
             e.event_time as "event_time!"
         from unnest($1::uuid[]) as asked (id)
         cross join lateral (select * from lot_edge where parent_id = asked.id limit $2) e
         limit $2"#,
        ids,
        limit,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(Edge::from).collect())
}

/// The links from some lots to what they came from; `limit` at most.
pub async fn backward(pool: &PgPool, ids: &[Uuid], limit: i64) -> Result<Vec<Edge>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select e.parent_id as "parent_id!", e.child_id as "child_id!", e.event_id as "event_id!",
             e.parent_quantity as "parent_quantity!", e.child_quantity as "child_quantity!",
             e.event_time as "event_time!"
         from unnest($1::uuid[]) as asked (id)
         cross join lateral (select * from lot_edge where child_id = asked.id limit $2) e
         limit $2"#,
        ids,
        limit,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(Edge::from).collect())
}

struct Row {
    parent_id: Uuid,
    child_id: Uuid,
    event_id: Uuid,
    parent_quantity: i64,
    child_quantity: i64,
    event_time: time::OffsetDateTime,
}

impl From<Row> for Edge {
    fn from(row: Row) -> Self {
        Self {
            parent_id: row.parent_id.into(),
            child_id: row.child_id.into(),
            event_id: row.event_id,
            parent_quantity: row.parent_quantity,
            child_quantity: row.child_quantity,
            event_time: row.event_time,
        }
    }
}
