use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::stored;
use xlcfi_types::{Id, Money, Page};

use crate::member::MemberId;
use crate::purchase::{Order, Purchase, PurchaseState};

struct Row {
    order_id: Uuid,
    member_id: Uuid,
    title: String,
    paid_won: i64,
    state: String,
    order_time: OffsetDateTime,
}

impl TryFrom<Row> for Purchase {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            order_id: row.order_id.into(),
            member_id: row.member_id.into(),
            title: row.title,
            paid: Money::won(row.paid_won),
            state: state_of(&row.state)?,
            order_time: row.order_time,
        })
    }
}

fn state_of(name: &str) -> Result<PurchaseState, sqlx::Error> {
    stored("purchase.state", name)
}

/// False when the purchase is there already.
pub async fn insert(conn: &mut PgConnection, purchase: &Purchase) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query!(
        "insert into purchase (order_id, member_id, title, paid_won, state, order_time)
         values ($1, $2, $3, $4, $5, $6) on conflict (order_id) do nothing",
        purchase.order_id.uuid(),
        purchase.member_id.uuid(),
        purchase.title,
        purchase.paid.minor,
        purchase.state.into_str(),
        purchase.order_time,
    )
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Where a purchase stands, with other writers made to wait.
pub async fn lock(
    conn: &mut PgConnection,
    member_id: MemberId,
    order_id: Id<Order>,
) -> Result<Option<PurchaseState>, sqlx::Error> {
    let state = sqlx::query_scalar!(
        "select state from purchase where member_id = $1 and order_id = $2 for update",
        member_id.uuid(),
        order_id.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    state.map(|state| state_of(&state)).transpose()
}

pub async fn set_state(
    conn: &mut PgConnection,
    member_id: MemberId,
    order_id: Id<Order>,
    state: PurchaseState,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update purchase set state = $3 where member_id = $1 and order_id = $2",
        member_id.uuid(),
        order_id.uuid(),
        state.into_str(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn list(
    db: impl PgExecutor<'_>,
    member_id: MemberId,
    page: &Page,
) -> Result<Vec<Purchase>, sqlx::Error> {
    let (time, id) = page.start();
    let rows = sqlx::query_as!(
        Row,
        "select order_id, member_id, title, paid_won, state, order_time from purchase
         where member_id = $1 and (order_time, order_id) < ($2, $3)
         order by order_time desc, order_id desc limit $4",
        member_id.uuid(),
        time,
        id,
        page.fetch_limit(),
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Purchase::try_from).collect()
}
