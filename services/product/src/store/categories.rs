use sqlx::types::Json;
use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use xlcfi_errors::OnConstraint as _;
use xlcfi_types::Id;

use crate::attribute::Definition;
use crate::category::{Category, Tree};
use crate::error::Error;

/// The whole tree, parents before children.
pub async fn list(db: impl PgExecutor<'_>) -> Result<Vec<Category>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"with recursive branch as (
             select category_id, 0 as depth from category where parent_id is null
             union all
             select below.category_id, branch.depth + 1
             from category below join branch on below.parent_id = branch.category_id
         )
         select category_id as "category_id!", slug, parent_id, name_ko, name_en, sort,
             attributes as "attributes: Json<Vec<Definition>>"
         from branch join category using (category_id)
         order by depth, sort, slug"#
    )
    .fetch_all(db)
    .await?;
    let category = rows.into_iter().map(|row| Category {
        category_id: row.category_id.into(),
        slug: row.slug,
        parent_id: row.parent_id.map(Id::from_uuid),
        name_ko: row.name_ko,
        name_en: row.name_en,
        sort: row.sort,
        attributes: row.attributes.0,
    });
    Ok(category.collect())
}

/// The whole tree, to look things up in.
pub async fn tree(db: impl PgExecutor<'_>) -> Result<Tree, sqlx::Error> {
    list(db).await.map(Tree::new)
}

pub async fn insert(conn: &mut PgConnection, category: &Category, now: OffsetDateTime) -> Result<(), Error> {
    let inserted = sqlx::query!(
        "insert into category (category_id, slug, parent_id, name_ko, name_en, sort, create_time)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict on constraint category_slug_key do nothing",
        category.category_id.uuid(),
        category.slug,
        category.parent_id.map(Id::uuid),
        category.name_ko,
        category.name_en,
        category.sort,
        now,
    )
    .execute(conn)
    .await
    .on_constraint("category_parent_id_fkey", || Error::CategoryNotFound)?;
    if inserted.rows_affected() == 1 {
        Ok(())
    } else {
        Err(Error::CategorySlugTaken)
    }
}

/// Lets nobody else change categories until the transaction of `conn` ends.
pub async fn lock(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("lock table category in share row exclusive mode")
        .execute(conn)
        .await?;
    Ok(())
}

/// Replaces what products of a category say; `None` when there is no such
/// category.
pub async fn set_attributes(
    conn: &mut PgConnection,
    category_id: Id<Category>,
    attributes: &[Definition],
) -> Result<Option<Category>, sqlx::Error> {
    let row = sqlx::query!(
        "update category set attributes = $2 where category_id = $1
         returning slug, parent_id, name_ko, name_en, sort",
        category_id.uuid(),
        serde_json::json!(attributes),
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Category {
        category_id,
        slug: row.slug,
        parent_id: row.parent_id.map(Id::from_uuid),
        name_ko: row.name_ko,
        name_en: row.name_en,
        sort: row.sort,
        attributes: attributes.to_vec(),
    }))
}
