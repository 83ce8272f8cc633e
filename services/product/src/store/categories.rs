use sqlx::types::Json;
use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use xlcfi_errors::OnConstraint as _;
use xlcfi_types::Id;

use crate::attribute::Definition;
use crate::category::Category;
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

/// What products of a category say: its definitions and those of the branches
/// above.
pub async fn definitions(
    db: impl PgExecutor<'_>,
    category_id: Id<Category>,
) -> Result<Vec<Definition>, sqlx::Error> {
    let rows = sqlx::query_scalar!(
        r#"with recursive lineage as (
             select category_id, parent_id, attributes from category where category_id = $1
             union all
             select above.category_id, above.parent_id, above.attributes
             from category above join lineage on above.category_id = lineage.parent_id
         )
         select attributes as "attributes!: Json<Vec<Definition>>" from lineage"#,
        category_id.uuid(),
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().flat_map(|attributes| attributes.0).collect())
}

/// Keys that the branches above and below a category define.
pub async fn related_keys(
    conn: &mut PgConnection,
    category_id: Id<Category>,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"with recursive above as (
             select parent_id, attributes, 0 as depth from category where category_id = $1
             union all
             select next.parent_id, next.attributes, depth + 1
             from category next join above on next.category_id = above.parent_id
         ), below as (
             select category_id, attributes, 0 as depth from category where category_id = $1
             union all
             select next.category_id, next.attributes, depth + 1
             from category next join below on next.parent_id = below.category_id
         )
         select definition ->> 'key' as "key!"
         from (
             select attributes from above where depth > 0
             union all
             select attributes from below where depth > 0
         ) related, jsonb_array_elements(attributes) definition"#,
        category_id.uuid(),
    )
    .fetch_all(conn)
    .await
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
