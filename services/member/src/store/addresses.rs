use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_types::{Id, Page};

use crate::address::{Address, AddressDetails, DEFAULT_SORT_TIME};
use crate::member::MemberId;

struct Row {
    address_id: Uuid,
    label: String,
    recipient: String,
    phone: String,
    postal_code: String,
    line1: String,
    line2: String,
    is_default: bool,
    create_time: OffsetDateTime,
}

impl From<Row> for Address {
    fn from(row: Row) -> Self {
        Self {
            address_id: row.address_id.into(),
            details: AddressDetails {
                label: row.label,
                recipient: row.recipient,
                phone: row.phone,
                postal_code: row.postal_code,
                line1: row.line1,
                line2: row.line2,
            },
            is_default: row.is_default,
            create_time: row.create_time,
        }
    }
}

pub async fn get(
    db: impl PgExecutor<'_>,
    member_id: MemberId,
    address_id: Id<Address>,
) -> Result<Option<Address>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        "select address_id, label, recipient, phone, postal_code, line1, line2, is_default, create_time
         from address where member_id = $1 and address_id = $2 and remove_time is null",
        member_id.uuid(),
        address_id.uuid(),
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Address::from))
}

pub async fn get_default(
    db: impl PgExecutor<'_>,
    member_id: MemberId,
) -> Result<Option<Address>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        "select address_id, label, recipient, phone, postal_code, line1, line2, is_default, create_time
         from address where member_id = $1 and is_default",
        member_id.uuid(),
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Address::from))
}

/// The default first, then the newest.
pub async fn list(
    db: impl PgExecutor<'_>,
    member_id: MemberId,
    page: &Page,
) -> Result<Vec<Address>, sqlx::Error> {
    let (time, id) = page.start();
    let rows = sqlx::query_as!(
        Row,
        "select address_id, label, recipient, phone, postal_code, line1, line2, is_default, create_time
         from address,
             lateral (select case when is_default then $4::timestamptz else create_time end) as place (sort_time)
         where member_id = $1 and remove_time is null and (sort_time, address_id) < ($2, $3)
         order by sort_time desc, address_id desc limit $5",
        member_id.uuid(),
        time,
        id,
        DEFAULT_SORT_TIME,
        page.fetch_limit(),
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Address::from).collect())
}

/// The address a request added, whether or not it was removed since.
pub async fn find_by_request(
    conn: &mut PgConnection,
    member_id: MemberId,
    request_id: Uuid,
) -> Result<Option<Id<Address>>, sqlx::Error> {
    let address_id = sqlx::query_scalar!(
        "select address_id from address where member_id = $1 and request_id = $2",
        member_id.uuid(),
        request_id,
    )
    .fetch_optional(conn)
    .await?;
    Ok(address_id.map(Id::from_uuid))
}

pub async fn count(conn: &mut PgConnection, member_id: MemberId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from address where member_id = $1 and remove_time is null"#,
        member_id.uuid(),
    )
    .fetch_one(conn)
    .await
}

pub async fn insert(
    conn: &mut PgConnection,
    member_id: MemberId,
    address: &Address,
    request_id: Option<Uuid>,
) -> Result<(), sqlx::Error> {
    let details = &address.details;
    sqlx::query!(
        "insert into address (address_id, member_id, request_id, label, recipient, phone, postal_code, line1,
             line2, is_default, create_time)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        address.address_id.uuid(),
        member_id.uuid(),
        request_id,
        details.label,
        details.recipient,
        details.phone,
        details.postal_code,
        details.line1,
        details.line2,
        address.is_default,
        address.create_time,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn set_details(
    conn: &mut PgConnection,
    member_id: MemberId,
    address_id: Id<Address>,
    details: &AddressDetails,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update address set label = $3, recipient = $4, phone = $5, postal_code = $6, line1 = $7, line2 = $8
         where member_id = $1 and address_id = $2 and remove_time is null",
        member_id.uuid(),
        address_id.uuid(),
        details.label,
        details.recipient,
        details.phone,
        details.postal_code,
        details.line1,
        details.line2,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn clear_default(conn: &mut PgConnection, member_id: MemberId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update address set is_default = false where member_id = $1 and is_default",
        member_id.uuid(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn set_default(
    conn: &mut PgConnection,
    member_id: MemberId,
    address_id: Id<Address>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update address set is_default = true
         where member_id = $1 and address_id = $2 and remove_time is null",
        member_id.uuid(),
        address_id.uuid(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Empties an address, keeping only the request that added it.
pub async fn remove(
    conn: &mut PgConnection,
    member_id: MemberId,
    address_id: Id<Address>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update address set remove_time = $3, is_default = false, label = '', recipient = '', phone = '',
             postal_code = '', line1 = '', line2 = ''
         where member_id = $1 and address_id = $2",
        member_id.uuid(),
        address_id.uuid(),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes the newest address the default.
pub async fn promote_newest(conn: &mut PgConnection, member_id: MemberId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update address set is_default = true
         where member_id = $1 and address_id = (
             select address_id from address where member_id = $1 and remove_time is null
             order by create_time desc, address_id desc limit 1
         )",
        member_id.uuid(),
    )
    .execute(conn)
    .await?;
    Ok(())
}
