//! The log: how it grows, what it proves, what it forgets, and how it is looked over.

mod checking;
mod erasing;
mod growing;
mod heads;
mod page;
mod proofs;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tonic::Status;
use uuid::Uuid;
use xlcfi_blockchain::Kind;
use xlcfi_contracts::blockchain::v1::log_service_client::LogServiceClient;
use xlcfi_contracts::blockchain::v1::{
    CheckLogRequest, CheckLogResponse, Checkpoint, GetCheckpointRequest, GetProofRequest,
    GetVerifierKeyRequest, ListEntriesRequest, LogEntry, ProofFormat,
};
use xlcfi_contracts::types::v1::Role;
use xlcfi_identity::User;
use xlcfi_proof::{Trust, canonical};
use xlcfi_service::Settings;
use xlcfi_testkit::{Calling, Harness, admin, eventually, user};

/// A log that signs its first entries at once, then every ten seconds of the test's clock.
pub struct World {
    pub harness: Harness,
}

pub fn seed() -> String {
    URL_SAFE_NO_PAD.encode([7; 32])
}

fn set(all: &mut Settings, settings: &[(&str, &str)]) {
    let key = seed();
    let own = [
        ("log_key", key.as_str()),
        ("log_poll_millis", "10"),
        ("log_checkpoint_entries", "100000"),
        ("log_checkpoint_seconds", "10"),
    ];
    let told = own.iter().chain(settings);
    all.defaults = told
        .map(|(name, value)| ((*name).into(), (*value).into()))
        .collect();
}

impl World {
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// With settings of the test's own.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        let adjust = |all: &mut Settings| set(all, settings);
        let start = xlcfi_blockchain::start;
        let harness = Harness::start_adjusted(xlcfi_blockchain::SERVICE, &[], adjust, start).await;
        Self { harness }
    }

    /// Another process of the same log.
    pub async fn another(&self, settings: &[(&str, &str)]) -> Self {
        let adjust = |all: &mut Settings| set(all, settings);
        let harness = self.harness.another(adjust, xlcfi_blockchain::start).await;
        Self { harness }
    }

    pub fn anonymous(&self) -> LogServiceClient<Calling> {
        LogServiceClient::new(self.harness.anonymous())
    }

    pub fn client(&self, who: &User) -> LogServiceClient<Calling> {
        LogServiceClient::new(self.harness.as_user(who))
    }

    /// Enters an event for everybody.
    pub async fn enter(&self, event: &Value) -> Uuid {
        self.enter_for(event, None).await
    }

    pub async fn enter_for(&self, event: &Value, reader_id: Option<Uuid>) -> Uuid {
        let (entry_id, body) = (Uuid::now_v7(), canonical(event).unwrap());
        let (mut tx, now) = (
            self.harness.base.database.begin().await.unwrap(),
            self.harness.now(),
        );
        xlcfi_blockchain::append_for(&mut tx, entry_id, Kind::TraceEvent, &body, reader_id, now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        entry_id
    }

    /// Enters so many events, one after another.
    pub async fn enter_some(&self, count: usize) -> Vec<Uuid> {
        let mut ids = Vec::new();
        for number in 0..count {
            ids.push(self.enter(&event(number)).await);
        }
        ids
    }

    /// Waits until the log has so many entries that are signed, the clock moving on.
    pub async fn signed(&self, size: i64) -> Checkpoint {
        eventually(async || (self.size().await >= size).then_some(())).await;
        self.harness.advance(std::time::Duration::from_secs(10));
        eventually(async || {
            let checkpoint = self.checkpoint(0).await.ok()?;
            (checkpoint.size >= size).then_some(checkpoint)
        })
        .await
    }

    /// Entries that have their places.
    pub async fn size(&self) -> i64 {
        let size = sqlx::query_scalar("select size from log_tree");
        size.fetch_one(self.harness.pool()).await.unwrap()
    }

    pub async fn checkpoint(&self, size: i64) -> Result<Checkpoint, Status> {
        let asked = self
            .anonymous()
            .get_checkpoint(GetCheckpointRequest { size })
            .await;
        Ok(asked?.into_inner().checkpoint.unwrap())
    }

    pub async fn trust(&self) -> Trust {
        let asked = self
            .anonymous()
            .get_verifier_key(GetVerifierKeyRequest {})
            .await
            .unwrap();
        let key = asked.into_inner().verifier_key.parse().unwrap();
        Trust::in_key(key)
    }

    /// The proof of an entry, as a file.
    pub async fn proof(&self, entry_id: Uuid) -> Result<Vec<u8>, Status> {
        proof_for(self.anonymous(), entry_id, ProofFormat::Json).await
    }

    pub async fn entries(&self) -> Vec<LogEntry> {
        let (mut entries, mut token) = (Vec::new(), String::new());
        loop {
            let request = ListEntriesRequest {
                page_size: 7,
                page_token: token,
            };
            let page = self.anonymous().list_entries(request).await.unwrap().into_inner();
            entries.extend(page.entries);
            token = page.next_page_token;
            if token.is_empty() {
                return entries;
            }
        }
    }

    pub async fn check(&self) -> CheckLogResponse {
        let checked = self.client(&admin()).check_log(CheckLogRequest {}).await;
        checked.unwrap().into_inner()
    }

    pub async fn run(&self, script: &'static str) {
        sqlx::raw_sql(script).execute(self.harness.pool()).await.unwrap();
    }

    /// Does as somebody who owns the database and minds no trigger.
    pub async fn tamper(&self, script: &'static str) {
        self.run(
            "alter table log_entry disable trigger all; alter table log_node disable trigger all;
             alter table checkpoint disable trigger all; alter table log_tree disable trigger all",
        )
        .await;
        self.run(script).await;
    }
}

pub async fn proof_for(
    mut client: LogServiceClient<Calling>,
    entry_id: Uuid,
    format: ProofFormat,
) -> Result<Vec<u8>, Status> {
    let request = GetProofRequest {
        entry_id: entry_id.to_string(),
        format: format.into(),
        checkpoint_size: 0,
    };
    let answer = client.get_proof(request).await?.into_inner();
    Ok(answer.file.unwrap().data)
}

pub fn event(number: usize) -> Value {
    json!({"type": "ObjectEvent", "bizStep": "receiving", "number": number, "value": 3.7})
}

pub fn staff(role: Role) -> User {
    let mut user = user();
    user.roles.push(role);
    user
}
