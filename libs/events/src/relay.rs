use std::collections::{HashMap, HashSet};
use std::time::Duration;

use async_nats::jetstream::context::PublishAckFuture;
use futures::future::join_all;
use sqlx::PgPool;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{Bus, BusError, Database, Lease, Message, Stream};

const BATCH: i64 = 500;
const POLL: Duration = Duration::from_millis(50);
const RENEW: Duration = Duration::from_secs(2);
const ACK_WAIT: Duration = Duration::from_secs(5);
const TIDY_EVERY: Duration = Duration::from_secs(60);
const TIDY_ROWS: i64 = 5_000;

/// Sends what the outbox of one database holds. Any number of relays may run;
/// the one that holds the lease works.
#[derive(Debug)]
pub struct Relay {
    service: &'static str,
    database: Database,
    bus: Bus,
}

#[derive(Debug, thiserror::Error)]
enum RelayError {
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Bus(#[from] BusError),
}

impl Relay {
    /// The relay of `service`'s database.
    pub fn new(service: &'static str, database: Database, bus: Bus) -> Self {
        Self {
            service,
            database,
            bus,
        }
    }

    /// Relays until `stop`. While PostgreSQL or NATS is away it waits.
    pub async fn run(self, stop: CancellationToken) {
        let lease = Lease::new(self.database.pool().clone(), "relay");
        let mut failing = false;
        while !stop.is_cancelled() {
            let result = tokio::select! {
                () = stop.cancelled() => break,
                result = self.relay(&lease) => result,
            };
            if let Err(error) = result {
                if !failing {
                    warn!(service = self.service, error = %error, "messages wait in the outbox; the relay keeps trying");
                }
                failing = true;
                sleep(Duration::from_millis(500)).await;
            } else if failing {
                failing = false;
            }
        }
        // When the database is away the lease runs out by itself.
        let _ = lease.release().await;
    }

    /// One term of office: from taking the lease to losing it, an error or a
    /// new connection, behind which the streams may not be what they were.
    async fn relay(&self, lease: &Lease) -> Result<(), RelayError> {
        if !lease.hold().await? {
            sleep(RENEW).await;
            return Ok(());
        }
        let connection = self.bus.connection();
        let mut known = self.notice_lost_messages().await?;
        let (mut renewed, mut tidied) = (Instant::now(), None::<Instant>);
        loop {
            if renewed.elapsed() > RENEW {
                if !lease.hold().await? {
                    return Ok(());
                }
                renewed = Instant::now();
                known = self.notice_lost_messages().await?;
            }
            if tidied.is_none_or(|tidied| tidied.elapsed() > TIDY_EVERY) {
                let more = tidy(self.database.pool()).await?;
                tidied = (!more).then(Instant::now);
            }
            let found = self.send_batch(connection, &mut known).await?;
            if self.bus.connection() != connection {
                return Ok(());
            }
            if found < BATCH {
                let _ = timeout(POLL, self.database.committed()).await;
            }
        }
    }

    /// Sends the oldest unsent messages and marks those acknowledged; says how
    /// many there were.
    async fn send_batch(&self, connection: u64, known: &mut HashSet<Stream>) -> Result<i64, RelayError> {
        let rows = sqlx::query!(
            r#"select seq, message_id, subject, type, key, version, body, traceparent,
                 extract(epoch from clock_timestamp() - create_time)::float8 as "age_seconds!"
             from events.outbox where send_time is null order by seq limit $1"#,
            BATCH,
        )
        .fetch_all(self.database.pool())
        .await?;
        let age = rows.first().map_or(0.0, |oldest| oldest.age_seconds);
        metrics::gauge!("outbox.lag.seconds", "service" => self.service).set(age);
        if rows.is_empty() {
            return Ok(0);
        }

        let found = i64::try_from(rows.len()).unwrap_or(BATCH);
        let mut sent = Vec::with_capacity(rows.len());
        for row in rows {
            let message = Message {
                id: row.message_id,
                subject: row.subject,
                type_name: row.r#type,
                key: row.key,
                version: row.version,
                body: row.body.into(),
                traceparent: row.traceparent,
            };
            let Some(stream) = stream_of(&message.subject) else {
                continue;
            };
            if !known.contains(&stream) {
                self.look_at(&stream).await?;
                known.insert(stream.clone());
            }
            sent.push((row.seq, stream.name(), publish(&self.bus, message).await?));
        }
        let acknowledged = join_all(sent.into_iter().map(|(seq, stream, ack)| async move {
            match timeout(ACK_WAIT, ack).await {
                Ok(Ok(ack)) => Ok((seq, stream, ack.sequence)),
                Ok(Err(error)) => Err(BusError::jetstream(error)),
                Err(_) => Err(BusError::JetStream("no acknowledgement in time".into())),
            }
        }))
        .await;
        if self.bus.connection() != connection {
            // What was acknowledged before may be lost; it goes out again.
            return Ok(found);
        }
        let (done, mut failed): (Vec<_>, Vec<_>) = acknowledged.into_iter().partition(Result::is_ok);
        self.mark(done.into_iter().flatten().collect()).await?;
        match failed.pop() {
            Some(Err(error)) => Err(error.into()),
            _ => Ok(found),
        }
    }

    async fn mark(&self, acknowledged: Vec<(i64, String, u64)>) -> Result<(), RelayError> {
        let mut last: HashMap<String, i64> = HashMap::new();
        let mut seqs = Vec::with_capacity(acknowledged.len());
        for (seq, stream, sequence) in acknowledged {
            seqs.push(seq);
            let sequence = i64::try_from(sequence).unwrap_or(i64::MAX);
            last.entry(stream)
                .and_modify(|highest| *highest = sequence.max(*highest))
                .or_insert(sequence);
        }
        let (streams, sequences): (Vec<String>, Vec<i64>) = last.into_iter().unzip();
        sqlx::query!(
            "with marked as (
                 update events.outbox set send_time = clock_timestamp() where seq = any ($1)
             )
             update events.stream_mark as mark set last_sequence = greatest(mark.last_sequence, sent.sequence)
             from unnest($2::text[], $3::bigint[]) as sent (stream, sequence)
             where mark.stream = sent.stream",
            &seqs,
            &streams,
            &sequences,
        )
        .execute(self.database.pool())
        .await?;
        Ok(())
    }

    /// Compares each stream we feed with what we know of it, and gives them.
    /// One that was made anew or ends before our last message lost some: all
    /// kept rows for it go out again, and the inboxes see to the duplicates.
    async fn notice_lost_messages(&self) -> Result<HashSet<Stream>, RelayError> {
        let subjects = sqlx::query_scalar!(
            r#"select case when stream like '%-commands' then 'cmd.' || left(stream, -9)
                 else 'evt.' || left(stream, -7) end as "subject!" from events.stream_mark"#
        )
        .fetch_all(self.database.pool())
        .await?;
        let streams: HashSet<Stream> = subjects.iter().filter_map(|subject| stream_of(subject)).collect();
        for stream in &streams {
            self.look_at(stream).await?;
        }
        Ok(streams)
    }

    async fn look_at(&self, stream: &Stream) -> Result<(), RelayError> {
        let info = self.bus.ensure(stream).await?;
        self.compare(stream, &info.created.to_string(), info.state.last_sequence)
            .await
    }

    async fn compare(&self, stream: &Stream, created: &str, last: u64) -> Result<(), RelayError> {
        let last = i64::try_from(last).unwrap_or(i64::MAX);
        let name = stream.name();
        let lost = sqlx::query_scalar!(
            r#"with before as (
                 select created, last_sequence from events.stream_mark where stream = $1
             ), now_known as (
                 insert into events.stream_mark as mark (stream, created, last_sequence) values ($1, $2, $3)
                 on conflict (stream) do update set created = excluded.created,
                     last_sequence = case when mark.created = excluded.created and mark.last_sequence <= excluded.last_sequence
                         then mark.last_sequence else excluded.last_sequence end
             )
             select exists (select from before where created <> $2 or last_sequence > $3) as "lost!""#,
            name,
            created,
            last,
        )
        .fetch_one(self.database.pool())
        .await?;
        if lost {
            let again = sqlx::query!(
                "update events.outbox set send_time = null
                 where send_time is not null and starts_with(subject, $1)",
                stream.subjects(),
            )
            .execute(self.database.pool())
            .await?
            .rows_affected();
            info!(
                service = self.service,
                stream = name,
                messages = again,
                "the stream lost messages; sending them again"
            );
        }
        Ok(())
    }
}

async fn publish(bus: &Bus, message: Message) -> Result<PublishAckFuture, BusError> {
    let headers = message.headers();
    let ack = bus
        .jetstream()
        .publish_with_headers(bus.subject(&message.subject), headers, message.body)
        .await;
    ack.map_err(BusError::jetstream)
}

/// The stream that holds a subject, given at least its first two parts.
fn stream_of(subject: &str) -> Option<Stream> {
    let mut parts = subject.split('.');
    match (parts.next()?, parts.next()?) {
        ("evt", service) => Some(Stream::events(service)),
        ("cmd", service) => Some(Stream::commands(service)),
        _ => None,
    }
}

/// Forgets some of what can no longer be needed: sent messages after a day,
/// inbox rows after the stream's age and a day. Says whether there may be more.
async fn tidy(pool: &PgPool) -> Result<bool, sqlx::Error> {
    let sent = sqlx::query!(
        "delete from events.outbox where seq in (
             select seq from events.outbox where send_time < now() - interval '1 day' limit $1)",
        TIDY_ROWS,
    )
    .execute(pool)
    .await?;
    let received = sqlx::query!(
        "delete from events.inbox where (consumer, message_id) in (
             select consumer, message_id from events.inbox where receive_time < now() - interval '8 days' limit $1)",
        TIDY_ROWS,
    )
    .execute(pool)
    .await?;
    Ok(sent.rows_affected().max(received.rows_affected()) >= TIDY_ROWS.unsigned_abs())
}
