use prost::{Message, Name};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::trace;

/// Publishes an event with the transaction of `conn`: `event` happened to the
/// thing `key`. Events of one key get contiguous versions from 1; writers of
/// one key wait for each other until they commit.
///
/// # Errors
/// The database refused.
pub async fn append<E: Message + Name>(
    conn: &mut PgConnection,
    key: Uuid,
    event: &E,
) -> Result<(), sqlx::Error> {
    let subject = format!("evt.{}.{}.{key}", service_of(E::PACKAGE), E::NAME);
    sqlx::query!(
        "with next as (
             insert into events.key_version as current (key, version) values ($1, 1)
             on conflict (key) do update set version = current.version + 1
             returning version
         )
         insert into events.outbox (message_id, subject, type, key, version, body, traceparent)
         select $2, $3, $4, $1, version, $5, $6 from next",
        key,
        Uuid::now_v7(),
        subject,
        E::full_name(),
        event.encode_to_vec(),
        trace::current(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Publishes events of one type with the transaction of `conn`, each of another
/// key: all in one statement.
/// Versions and waiting are as with [`append`]; keys are taken in their order, so
/// that two such calls do not wait for each other.
///
/// # Errors
/// The database refused, as it does when a key comes twice.
pub async fn append_each<E: Message + Name>(
    conn: &mut PgConnection,
    events: &[(Uuid, E)],
) -> Result<(), sqlx::Error> {
    let mut sorted: Vec<&(Uuid, E)> = events.iter().collect();
    sorted.sort_by_key(|(key, _)| *key);
    let keys: Vec<Uuid> = sorted.iter().map(|(key, _)| *key).collect();
    let ids: Vec<Uuid> = keys.iter().map(|_| Uuid::now_v7()).collect();
    let bodies: Vec<Vec<u8>> = sorted.iter().map(|(_, event)| event.encode_to_vec()).collect();
    sqlx::query!(
        "with event as (
             select * from unnest($1::uuid[], $2::uuid[], $3::bytea[]) with ordinality
                 as e (key, message_id, body, place)
         ), next as (
             insert into events.key_version as current (key, version)
             select key, 1 from event order by place
             on conflict (key) do update set version = current.version + 1
             returning key, version
         )
         insert into events.outbox (message_id, subject, type, key, version, body, traceparent)
         select message_id, $4 || key::text, $5, key, version, body, $6
         from event join next using (key) order by place",
        &keys,
        &ids,
        &bodies,
        format!("evt.{}.{}.", service_of(E::PACKAGE), E::NAME),
        E::full_name(),
        trace::current(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Sends a message in no order to `service` with the transaction of `conn`.
/// `key` spreads messages over the receiver's lanes.
///
/// # Errors
/// The database refused.
pub async fn append_to<M: Message + Name>(
    conn: &mut PgConnection,
    service: &str,
    key: Uuid,
    message: &M,
) -> Result<(), sqlx::Error> {
    let sent = Outgoing::to(service, key, message);
    sqlx::query!(
        "insert into events.outbox (message_id, subject, type, key, version, body, traceparent)
         values ($1, $2, $3, $4, 0, $5, $6)",
        sent.id,
        sent.subject,
        sent.type_name,
        sent.key,
        sent.body,
        sent.traceparent,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Sends messages of one type in no order to `service` with the transaction of `conn`,
/// each by its key: all in one statement.
///
/// # Errors
/// The database refused.
pub async fn append_each_to<M: Message + Name>(
    conn: &mut PgConnection,
    service: &str,
    messages: &[(Uuid, M)],
) -> Result<(), sqlx::Error> {
    let keys: Vec<Uuid> = messages.iter().map(|(key, _)| *key).collect();
    let ids: Vec<Uuid> = keys.iter().map(|_| Uuid::now_v7()).collect();
    let bodies: Vec<Vec<u8>> = messages
        .iter()
        .map(|(_, message)| message.encode_to_vec())
        .collect();
    sqlx::query!(
        "insert into events.outbox (message_id, subject, type, key, version, body, traceparent)
         select message_id, $4 || key::text, $5, key, 0, body, $6
         from unnest($1::uuid[], $2::uuid[], $3::bytea[]) with ordinality as m (key, message_id, body, place)
         order by place",
        &keys,
        &ids,
        &bodies,
        format!("cmd.{service}.{}.", M::NAME),
        M::full_name(),
        trace::current(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A row of the outbox, for who inserts it together with something else.
#[derive(Debug)]
pub struct Outgoing {
    /// Id of the message.
    pub id: Uuid,
    /// Where it is published.
    pub subject: String,
    /// Full protobuf name of the body.
    pub type_name: String,
    /// What it is about.
    pub key: Uuid,
    /// The encoded body.
    pub body: Vec<u8>,
    /// Trace it belongs to.
    pub traceparent: Option<String>,
}

impl Outgoing {
    /// A message in no order to `service`, as [`append_to`] sends it.
    pub fn to<M: Message + Name>(service: &str, key: Uuid, message: &M) -> Self {
        Self {
            id: Uuid::now_v7(),
            subject: format!("cmd.{service}.{}.{key}", M::NAME),
            type_name: M::full_name(),
            key,
            body: message.encode_to_vec(),
            traceparent: trace::current(),
        }
    }
}

/// `order` of `xlcfi.order.v1`.
fn service_of(package: &str) -> &str {
    package.split('.').nth(1).unwrap_or(package)
}
