use sqlx::PgExecutor;
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::stored;
use xlcfi_types::{Id, Money, Page};

use crate::member::MemberId;
use crate::points::{Entry, Line};
use crate::purchase::Purchase;

/// Something of a member's past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    Purchase(Purchase),
    Points(Entry),
}

impl Item {
    /// Its place in the list.
    pub fn sort_key(&self) -> (OffsetDateTime, Uuid) {
        match self {
            Self::Purchase(purchase) => (purchase.order_time, purchase.order_id.uuid()),
            Self::Points(entry) => (entry.create_time, entry.entry_id.uuid()),
        }
    }
}

/// Purchases and ledger lines in one, newest first.
pub async fn list(
    db: impl PgExecutor<'_>,
    member_id: MemberId,
    page: &Page,
) -> Result<Vec<Item>, sqlx::Error> {
    let (time, id) = page.start();
    let rows = sqlx::query!(
        r#"(select true as "is_purchase!", order_id as "id!", order_time as "time!", order_id, title, state as "name!",
                 paid_won as "amount!", '' as "reason!"
             from purchase where member_id = $1 and (order_time, order_id) < ($2, $3)
             order by order_time desc, order_id desc limit $4)
         union all
         (select false, entry_id, create_time, order_id, '', kind, points, reason
             from point_entry where member_id = $1 and (create_time, entry_id) < ($2, $3)
             order by create_time desc, entry_id desc limit $4)
         order by 3 desc, 2 desc limit $4"#,
        member_id.uuid(),
        time,
        id,
        page.fetch_limit(),
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(match row.is_purchase {
                true => Item::Purchase(Purchase {
                    order_id: row.id.into(),
                    member_id,
                    title: row.title.unwrap_or_default(),
                    paid: Money::won(row.amount),
                    state: stored("purchase.state", &row.name)?,
                    order_time: row.time,
                }),
                false => Item::Points(Entry {
                    entry_id: row.id.into(),
                    member_id,
                    order_id: row.order_id.map(Id::from_uuid),
                    line: Line {
                        kind: stored("point_entry.kind", &row.name)?,
                        points: row.amount,
                    },
                    reason: row.reason,
                    create_time: row.time,
                }),
            })
        })
        .collect()
}
