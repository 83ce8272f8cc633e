use sqlx::{PgConnection, PgExecutor};
use time::Date;
use uuid::Uuid;

use crate::catalogue::Card;

/// What product tells of a product, whole.
#[derive(Debug)]
pub struct Told {
    pub product_id: Uuid,
    pub category_id: Option<Uuid>,
    pub name: String,
    pub allergens: Vec<i32>,
    pub in_stock: bool,
    pub use_by_date: Option<Date>,
    pub popularity: i32,
}

/// Keeps a published product as it is now.
pub async fn keep(conn: &mut PgConnection, told: &Told) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into product (product_id, category_id, name, allergens, published, in_stock, use_by_date, popularity)
         values ($1, $2, $3, $4, true, $5, $6, $7)
         on conflict (product_id) do update set category_id = $2, name = $3, allergens = $4, published = true,
             in_stock = $5, use_by_date = $6, popularity = $7, revision = nextval('product_revision')",
        told.product_id,
        told.category_id,
        told.name,
        &told.allergens,
        told.in_stock,
        told.use_by_date,
        told.popularity,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// It is no longer sold.
pub async fn archive(conn: &mut PgConnection, product_id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into product (product_id) values ($1)
         on conflict (product_id) do update set published = false, revision = nextval('product_revision')",
        product_id,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn set_stock(conn: &mut PgConnection, product_id: Uuid, in_stock: bool) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update product set in_stock = $2, revision = nextval('product_revision') where product_id = $1",
        product_id,
        in_stock,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn set_use_by(
    conn: &mut PgConnection,
    product_id: Uuid,
    use_by_date: Option<Date>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update product set use_by_date = $2, revision = nextval('product_revision') where product_id = $1",
        product_id,
        use_by_date,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn set_popularity(
    conn: &mut PgConnection,
    product_id: Uuid,
    popularity: i32,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update product set popularity = $2, revision = nextval('product_revision') where product_id = $1",
        product_id,
        popularity,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Products that changed after a revision, in the order they did, and the last revision.
pub async fn changed_since(
    db: impl PgExecutor<'_>,
    revision: i64,
    most: i64,
) -> Result<Vec<(i64, Uuid, Card)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select product_id, category_id, name, allergens, published, in_stock, use_by_date, popularity, revision
         from product where revision > $1 order by revision limit $2",
        revision,
        most,
    )
    .fetch_all(db)
    .await?;
    let card = rows.into_iter().map(|row| {
        let card = Card {
            category: row.category_id,
            name: row.name,
            allergens: row.allergens,
            published: row.published,
            in_stock: row.in_stock,
            use_by_date: row.use_by_date,
            popularity: row.popularity,
            buyers: 0,
        };
        (row.revision, row.product_id, card)
    });
    Ok(card.collect())
}

/// Those of these products that were ever told of.
pub async fn known(db: impl PgExecutor<'_>, ids: &[Uuid]) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("select product_id from product where product_id = any ($1)", ids)
        .fetch_all(db)
        .await
}

/// The tree of food types: id, branch above, name.
pub async fn categories(db: impl PgExecutor<'_>) -> Result<Vec<(Uuid, Option<Uuid>, String)>, sqlx::Error> {
    let rows = sqlx::query!("select category_id, parent_id, name from category")
        .fetch_all(db)
        .await?;
    let category = rows
        .into_iter()
        .map(|row| (row.category_id, row.parent_id, row.name));
    Ok(category.collect())
}

/// Keeps the tree as it is now.
pub async fn keep_categories(
    conn: &mut PgConnection,
    categories: &[(Uuid, Option<Uuid>, String)],
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = categories.iter().map(|category| category.0).collect();
    let parents: Vec<Option<Uuid>> = categories.iter().map(|category| category.1).collect();
    let names: Vec<String> = categories.iter().map(|category| category.2.clone()).collect();
    sqlx::query!(
        "insert into category (category_id, parent_id, name)
         select * from unnest($1::uuid[], $2::uuid[], $3::text[])
         on conflict (category_id) do update set parent_id = excluded.parent_id, name = excluded.name
         where (category.parent_id, category.name) is distinct from (excluded.parent_id, excluded.name)",
        &ids,
        &parents as &[Option<Uuid>],
        &names,
    )
    .execute(conn)
    .await?;
    Ok(())
}
