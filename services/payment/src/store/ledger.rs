use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::books::Entry;
use crate::pg::Provider;

/// Books entries of payments at one PG, or on account where there is none. What was
/// booked for the same cause stays as it is, whichever way it went.
pub async fn insert(
    conn: &mut PgConnection,
    provider: Option<Provider>,
    entries: &[Entry],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let column = |text: fn(&Entry) -> &str| -> Vec<String> {
        entries.iter().map(|entry| text(entry).to_owned()).collect()
    };
    let payments: Vec<Uuid> = entries.iter().map(|entry| entry.payment_id.uuid()).collect();
    let amounts: Vec<i64> = entries.iter().map(|entry| entry.amount).collect();
    sqlx::query!(
        "insert into ledger_entry (payment_id, provider, debit, credit, amount, cause, cause_id, create_time)
         select payment_id, $1, debit, credit, amount, cause, cause_id, $8
         from unnest($2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[])
             as entry (payment_id, debit, credit, amount, cause, cause_id)
         where not exists (select from ledger_entry e where e.cause = entry.cause and e.cause_id = entry.cause_id)
         on conflict (cause, cause_id, debit, credit) do nothing",
        provider.map_or("account", |provider| provider.into_str()),
        &payments,
        &column(|entry| entry.debit.into_str()),
        &column(|entry| entry.credit.into_str()),
        &amounts,
        &column(|entry| entry.cause.into_str()),
        &column(|entry| &entry.cause_id),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
