use sqlx::types::Json;
use sqlx::{PgConnection, PgExecutor, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::{Fault, stored};
use xlcfi_identity::Member;
use xlcfi_types::{Id, Page};

use crate::import::{Counts, Import, Problem, Row};

/// Rows written, or deleted, in one statement.
const CHUNK: usize = 2_000;

struct ImportRow {
    import_id: Uuid,
    seller_id: Uuid,
    dry_run: bool,
    columns: Vec<String>,
    rows: i32,
    created: i32,
    updated: i32,
    unchanged: i32,
    failed: i32,
    last_line: i32,
    create_time: OffsetDateTime,
    finish_time: Option<OffsetDateTime>,
}

impl TryFrom<ImportRow> for Import {
    type Error = Fault;

    fn try_from(row: ImportRow) -> Result<Self, Fault> {
        let columns = row.columns.iter().map(|name| stored("import.columns", name));
        let columns = columns.collect::<Result<_, _>>()?;
        Ok(Self {
            import_id: row.import_id.into(),
            seller_id: row.seller_id.into(),
            dry_run: row.dry_run,
            columns,
            rows: row.rows,
            counts: Counts {
                created: row.created,
                updated: row.updated,
                unchanged: row.unchanged,
                failed: row.failed,
            },
            last_line: row.last_line,
            create_time: row.create_time,
            finish_time: row.finish_time,
        })
    }
}

/// Writes an import that has not begun; false when one of the seller's runs, or is
/// of this request.
pub async fn insert(
    conn: &mut PgConnection,
    import: &Import,
    request_id: Option<Uuid>,
) -> Result<bool, sqlx::Error> {
    let columns: Vec<String> = import
        .columns
        .iter()
        .map(|column| column.into_str().to_owned())
        .collect();
    let inserted = sqlx::query!(
        "insert into import (import_id, seller_id, request_id, dry_run, columns, rows, create_time, turn_time)
         values ($1, $2, $3, $4, $5, $6, $7, $7)
         on conflict do nothing",
        import.import_id.uuid(),
        import.seller_id.uuid(),
        request_id,
        import.dry_run,
        &columns,
        import.rows,
        import.create_time,
    )
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

pub async fn insert_rows(
    conn: &mut PgConnection,
    import_id: Id<Import>,
    rows: &[Row],
) -> Result<(), sqlx::Error> {
    for rows in rows.chunks(CHUNK) {
        let lines: Vec<i32> = rows.iter().map(|row| row.line).collect();
        let repeats: Vec<Option<i32>> = rows.iter().map(|row| row.repeats).collect();
        let cells: Vec<Json<&Vec<String>>> = rows.iter().map(|row| Json(&row.cells)).collect();
        sqlx::query!(
            "insert into import_row (import_id, line, repeats, cells)
             select $1, line, repeats, cells from unnest($2::int[], $3::int[], $4::jsonb[]) as r (line, repeats, cells)",
            import_id.uuid(),
            &lines,
            repeats.as_slice() as &[Option<i32>],
            cells.as_slice() as _,
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// An import of the seller.
pub async fn find(
    db: impl PgExecutor<'_>,
    import_id: Id<Import>,
    seller_id: Id<Member>,
) -> Result<Option<Import>, Fault> {
    let row = sqlx::query_as!(
        ImportRow,
        "select import_id, seller_id, dry_run, columns, rows, created, updated, unchanged, failed, last_line,
             create_time, finish_time
         from import where import_id = $1 and seller_id = $2",
        import_id.uuid(),
        seller_id.uuid(),
    )
    .fetch_optional(db)
    .await?;
    row.map(Import::try_from).transpose()
}

/// The import an earlier call of the same request made, and the one that runs; the
/// first of them.
pub async fn find_hindering(
    db: impl PgExecutor<'_>,
    seller_id: Id<Member>,
    request_id: Option<Uuid>,
) -> Result<Option<(Id<Import>, bool)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select import_id, (request_id is not distinct from $2 and $2 is not null) as "same_request!" from import
           where seller_id = $1 and (request_id = $2 or finish_time is null)
           order by 2 desc limit 1"#,
        seller_id.uuid(),
        request_id,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| (row.import_id.into(), row.same_request)))
}

/// The running import that has waited longest, locked; those others work on are
/// passed over.
pub async fn lock_next(conn: &mut PgConnection) -> Result<Option<Import>, Fault> {
    let row = sqlx::query_as!(
        ImportRow,
        "select import_id, seller_id, dry_run, columns, rows, created, updated, unchanged, failed, last_line,
             create_time, finish_time
         from import where finish_time is null
         order by turn_time, import_id limit 1 for no key update skip locked",
    )
    .fetch_optional(conn)
    .await?;
    row.map(Import::try_from).transpose()
}

/// The next rows of an import.
pub async fn rows(conn: &mut PgConnection, import: &Import, limit: i64) -> Result<Vec<Row>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select line, repeats, cells as "cells: Json<Vec<String>>" from import_row
           where import_id = $1 and line > $2 order by line limit $3"#,
        import.import_id.uuid(),
        import.last_line,
        limit,
    )
    .fetch_all(conn)
    .await?;
    let row = rows.into_iter().map(|row| Row {
        line: row.line,
        repeats: row.repeats,
        cells: row.cells.0,
    });
    Ok(row.collect())
}

/// Writes how far a locked import is.
pub async fn set_progress(
    conn: &mut PgConnection,
    import: &Import,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let counts = import.counts;
    sqlx::query!(
        "update import set created = $2, updated = $3, unchanged = $4, failed = $5, last_line = $6, turn_time = $7,
             finish_time = $8
         where import_id = $1",
        import.import_id.uuid(),
        counts.created,
        counts.updated,
        counts.unchanged,
        counts.failed,
        import.last_line,
        now,
        import.finish_time,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Puts the turn of an import behind those of others.
pub async fn pass(
    db: impl PgExecutor<'_>,
    import_id: Id<Import>,
    turn: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update import set turn_time = $2 where import_id = $1 and finish_time is null",
        import_id.uuid(),
        turn,
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn insert_problems(
    conn: &mut PgConnection,
    import_id: Id<Import>,
    problems: &[Problem],
) -> Result<(), sqlx::Error> {
    let lines: Vec<i32> = problems.iter().map(|problem| problem.line).collect();
    let places: Vec<i32> = problems.iter().map(|problem| problem.place).collect();
    let texts = |text: fn(&Problem) -> &String| problems.iter().map(text).cloned().collect::<Vec<String>>();
    sqlx::query!(
        "insert into import_problem (import_id, line, place, sku, column_name, message)
         select $1, line, place, sku, column_name, message
         from unnest($2::int[], $3::int[], $4::text[], $5::text[], $6::text[])
             as p (line, place, sku, column_name, message)",
        import_id.uuid(),
        &lines,
        &places,
        &texts(|problem| &problem.sku),
        &texts(|problem| &problem.column),
        &texts(|problem| &problem.message),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Problems in the order of the file; one more than the page.
pub async fn problems(
    pool: &PgPool,
    import_id: Id<Import>,
    page: &Page,
) -> Result<Vec<Problem>, sqlx::Error> {
    let (line, place) = page.after.map_or((0, 0), |token| place(token.id));
    sqlx::query_as!(
        Problem,
        r#"select line, place, sku, column_name as "column", message from import_problem
           where import_id = $1 and (line, place) > ($2, $3) order by line, place limit $4"#,
        import_id.uuid(),
        line,
        place,
        page.fetch_limit(),
    )
    .fetch_all(pool)
    .await
}

/// What a page token carries for a problem.
pub fn token_id(problem: &Problem) -> Uuid {
    let bits = |number: i32| u64::from(number.unsigned_abs());
    Uuid::from_u64_pair(bits(problem.line), bits(problem.place))
}

fn place(token: Uuid) -> (i32, i32) {
    let (line, place) = token.as_u64_pair();
    let number = |bits: u64| i32::try_from(bits).unwrap_or(i32::MAX);
    (number(line), number(place))
}

/// Deletes rows of imports done by `rows_before`, and imports done by
/// `imports_before` with their problems.
pub async fn delete_old(
    conn: &mut PgConnection,
    rows_before: OffsetDateTime,
    imports_before: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from import_row using import
         where import_row.import_id = import.import_id and finish_time < $1",
        rows_before,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("delete from import where finish_time < $1", imports_before)
        .execute(conn)
        .await?;
    Ok(())
}
