use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_errors::stored;

use crate::rating::Stars;
use crate::review::{Appeal, Reply, Review, Said};

/// A review as the database has it, with its author's name and its lots.
pub struct Row {
    pub review_id: Uuid,
    pub order_id: Uuid,
    pub product_id: Uuid,
    pub product_name: String,
    pub seller_id: Uuid,
    pub author_id: Uuid,
    pub author_name: Option<String>,
    pub rating: i16,
    pub freshness: i16,
    pub taste: i16,
    pub packaging: i16,
    pub delivery: i16,
    pub text: String,
    pub image_ids: Vec<Uuid>,
    pub state: String,
    pub helpful: i64,
    pub reports: i64,
    pub reply: String,
    pub reply_time: Option<OffsetDateTime>,
    pub reply_update_time: Option<OffsetDateTime>,
    pub appeal: Option<String>,
    pub appeal_text: String,
    pub appeal_time: Option<OffsetDateTime>,
    pub decision_reason: String,
    pub lot_ids: Vec<Uuid>,
    pub queue_time: Option<OffsetDateTime>,
    pub version: i64,
    pub create_time: OffsetDateTime,
    pub update_time: OffsetDateTime,
}

impl TryFrom<Row> for Review {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let appeal = match (row.appeal, row.appeal_time) {
            (Some(state), Some(create_time)) => Some(Appeal {
                state: stored("review.appeal", &state)?,
                text: row.appeal_text,
                create_time,
            }),
            _ => None,
        };
        let reply = row.reply_time.zip(row.reply_update_time);
        Ok(Self {
            review_id: row.review_id.into(),
            order_id: row.order_id.into(),
            product_id: row.product_id.into(),
            product_name: row.product_name,
            seller_id: row.seller_id.into(),
            author_id: row.author_id.into(),
            author_name: row.author_name,
            said: Said {
                stars: Stars {
                    rating: row.rating,
                    sides: [row.freshness, row.taste, row.packaging, row.delivery],
                },
                text: row.text,
                image_ids: row.image_ids,
            },
            state: stored("review.state", &row.state)?,
            helpful: row.helpful,
            reports: row.reports,
            reply: reply.map(|(create_time, update_time)| Reply {
                text: row.reply,
                create_time,
                update_time,
            }),
            appeal,
            decision_reason: row.decision_reason,
            lot_ids: row.lot_ids,
            queue_time: row.queue_time,
            version: row.version,
            create_time: row.create_time,
            update_time: row.update_time,
        })
    }
}

/// The one list of columns; what follows says which rows. Withdrawn reviews are never
/// among them.
macro_rules! select {
    ($which:literal $(, $argument:expr)*) => {
        sqlx::query_as!(
            crate::store::row::Row,
            r#"select r.review_id, r.order_id as "order_id!", r.product_id, r.product_name, r.seller_id,
                 r.author_id as "author_id!", a.name as "author_name?", r.rating, r.freshness, r.taste, r.packaging,
                 r.delivery, r.text, r.image_ids, r.state, r.helpful, r.reports, r.reply, r.reply_time,
                 r.reply_update_time, r.appeal, r.appeal_text, r.appeal_time, r.decision_reason,
                 array(select l.lot_id from purchase_lot l where l.order_id = r.order_id
                     and l.product_id = r.product_id order by l.lot_id) as "lot_ids!",
                 r.queue_time, r.version, r.create_time, r.update_time
             from review r left join author a on a.member_id = r.author_id
             where r.state <> 'withdrawn' and "# + $which
            $(, $argument)*
        )
    };
}
pub(super) use select;
