//! Measures the log: appends from many writers through PostgreSQL until they are
//! sequenced and signed, then proofs of a log of a million entries. Needs the servers
//! tests need: `make bench-log`.
#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use futures::future::join_all;
use serde_json::json;
use tokio::time::sleep;
use uuid::Uuid;
use xlcfi_blockchain::Kind;
use xlcfi_contracts::blockchain::v1::log_service_client::LogServiceClient;
use xlcfi_contracts::blockchain::v1::{
    CheckLogRequest, GetCheckpointRequest, GetProofRequest, GetVerifierKeyRequest, ProofFormat,
};
use xlcfi_proof::{Bundle, Trust, canonical};
use xlcfi_testkit::{Calling, Harness, admin};

/// Writers at once, and what each writes.
const WRITERS: usize = 16;
const TRANSACTIONS: usize = 125;
const EVENTS: usize = 20;
/// Leaves at which proofs are asked for.
const LEAVES: i64 = 1_000_000;
const PROOFS: usize = 5_000;

/// Fills the log up to some number of entries, half a kilobyte each.
const FILL: &str = "
    insert into log_entry (entry_id, kind, body, salt, commitment, create_time)
    select id, 'TRACE_EVENT', body, salt, sha256(salt || body), now() from (
        select uuidv7() as id, sha256(n::text::bytea) as salt,
            convert_to('{\"bizStep\":\"receiving\",\"note\":\"' || repeat(md5(n::text), 14) || '\"}', 'UTF8') as body
        from generate_series(1, $1) n
    ) made";

#[tokio::main]
async fn main() {
    let harness = Harness::start_adjusted(
        xlcfi_blockchain::SERVICE,
        &[],
        |all| {
            let own = [
                ("log_key", "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc"),
                ("log_poll_millis", "20"),
                ("log_batch", "5000"),
            ];
            all.defaults = own.map(|(name, value)| (name.into(), value.into())).into();
        },
        xlcfi_blockchain::start,
    )
    .await;
    append(&harness).await;
    fill(&harness).await;
    prove(&harness).await;
}

async fn sizes(harness: &Harness) -> (i64, i64) {
    sqlx::query_as("select (select size from log_tree), coalesce((select max(size) from checkpoint), 0)")
        .fetch_one(harness.pool())
        .await
        .unwrap()
}

/// The clock of a harness stands still, so whoever waits for a signature moves it.
async fn signed(harness: &Harness, size: i64) {
    while sizes(harness).await.0 < size {
        sleep(Duration::from_millis(5)).await;
    }
    harness.advance(Duration::from_secs(10));
    while sizes(harness).await.1 < size {
        sleep(Duration::from_millis(5)).await;
    }
}

async fn append(harness: &Harness) {
    let begun = Instant::now();
    let writers = (0..WRITERS).map(|writer| async move {
        for transaction in 0..TRANSACTIONS {
            let mut tx = harness.base.database.begin().await.unwrap();
            for number in 0..EVENTS {
                let event = json!({
                    "type": "ObjectEvent", "bizStep": "receiving", "eventTime": "2026-11-22T09:00:00Z",
                    "writer": writer, "transaction": transaction, "number": number,
                    "note": "x".repeat(300),
                });
                let (id, body) = (Uuid::now_v7(), canonical(&event).unwrap());
                let now = harness.now();
                xlcfi_blockchain::append(&mut tx, id, Kind::TraceEvent, &body, now)
                    .await
                    .unwrap();
            }
            tx.commit().await.unwrap();
        }
    });
    join_all(writers).await;
    let written = begun.elapsed();
    let count = WRITERS * TRANSACTIONS * EVENTS;
    signed(harness, i64::try_from(count).unwrap()).await;
    let done = begun.elapsed();
    let a_second = |time: Duration| count as f64 / time.as_secs_f64();
    println!(
        "{count} appends by {WRITERS} writers, {EVENTS} a transaction: written at {:.0} a second, sequenced and \
         signed at {:.0} a second ({:.2} s)",
        a_second(written),
        a_second(done),
        done.as_secs_f64()
    );
}

async fn fill(harness: &Harness) {
    let before = sizes(harness).await.0;
    let missing = LEAVES - before;
    let begun = Instant::now();
    sqlx::query(FILL)
        .bind(i32::try_from(missing).unwrap())
        .execute(harness.pool())
        .await
        .unwrap();
    let filled = begun.elapsed();
    sqlx::raw_sql("analyze").execute(harness.pool()).await.unwrap();
    let begun = Instant::now();
    signed(harness, LEAVES).await;
    let sequenced = begun.elapsed();
    println!(
        "{missing} waiting entries (written in {:.1} s) sequenced and signed in {:.1} s: {:.0} a second",
        filled.as_secs_f64(),
        sequenced.as_secs_f64(),
        missing as f64 / sequenced.as_secs_f64()
    );
    sqlx::raw_sql("vacuum analyze")
        .execute(harness.pool())
        .await
        .unwrap();
}

async fn prove(harness: &Harness) {
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "select entry_id from log_entry where leaf_index % 199 = 7 order by md5(leaf_index::text)",
    )
    .fetch_all(harness.pool())
    .await
    .unwrap();
    let mut log = LogServiceClient::new(harness.anonymous());
    let key = log.get_verifier_key(GetVerifierKeyRequest {}).await.unwrap();
    let trust = Trust::in_key(key.into_inner().verifier_key.parse().unwrap());
    let mut times = Vec::new();
    let mut largest = 0;
    for id in ids.iter().take(PROOFS) {
        let begun = Instant::now();
        let file = proof(&mut log, *id).await;
        times.push(begun.elapsed());
        largest = largest.max(file.len());
        Bundle::read(&file).unwrap().check(&trust).unwrap();
    }
    times.sort_unstable();
    let at = |part: f64| times[(times.len() as f64 * part) as usize].as_secs_f64() * 1e3;
    let last = log
        .get_checkpoint(GetCheckpointRequest { size: 0 })
        .await
        .unwrap();
    println!(
        "{} proofs of {} leaves, one after another: p50 {:.2} ms, p99 {:.2} ms, {largest} bytes at most",
        times.len(),
        last.into_inner().checkpoint.unwrap().size,
        at(0.5),
        at(0.99)
    );
    let begun = Instant::now();
    let file = proof(&mut log, ids[0]).await;
    for _ in 0..1_000 {
        Bundle::read(&file).unwrap().check(&trust).unwrap();
    }
    println!(
        "a proof is checked in {:.0} µs",
        begun.elapsed().as_secs_f64() * 1e3
    );
    let begun = Instant::now();
    let mut staff = LogServiceClient::new(harness.as_user(&admin()));
    let checked = staff.check_log(CheckLogRequest {}).await.unwrap().into_inner();
    assert!(checked.sound, "{checked:?}");
    println!(
        "the whole log, {} entries, is computed anew in {:.1} s",
        checked.checked,
        begun.elapsed().as_secs_f64()
    );
}

async fn proof(log: &mut LogServiceClient<Calling>, id: Uuid) -> Vec<u8> {
    let request = GetProofRequest {
        entry_id: id.to_string(),
        format: ProofFormat::Json.into(),
        checkpoint_size: 0,
    };
    log.get_proof(request)
        .await
        .unwrap()
        .into_inner()
        .file
        .unwrap()
        .data
}
