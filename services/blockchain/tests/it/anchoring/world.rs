//! A blockchain service that anchors, its chain, and a log that grows as the test says.

use std::time::Duration;

use serde_json::json;
use xlcfi_blockchain::{Anchoring, ChainConfig, Finality, SERVICE, start_with};
use xlcfi_contracts::blockchain::v1::anchor_service_client::AnchorServiceClient;
use xlcfi_contracts::blockchain::v1::{
    Anchor, AnchorState, ChainStatus, GetChainStatusRequest, ListAnchorsRequest,
};
use xlcfi_testkit::{Calling, Harness, admin, eventually};

use super::node::{Anvil, KEY, Wire};

pub const CHAIN: &str = "dev";

pub struct World {
    pub harness: Harness,
    pub anvil: Anvil,
    pub wire: Wire,
}

/// Settings for a chain at a URL.
pub fn anchoring(url: &str) -> Anchoring {
    Anchoring {
        chains: vec![ChainConfig {
            name: CHAIN.into(),
            chain_id: 31_337,
            rpc_url: url.parse().unwrap(),
            contract: None,
            deploy: true,
            fee_ceiling_gwei: 100,
            finality: Finality::Tags,
        }],
        anchor_key: Some(KEY.into()),
        anchor_look_seconds: Duration::from_millis(20),
        ..Anchoring::default()
    }
}

impl World {
    /// `None` where anvil is not installed.
    pub async fn start() -> Option<Self> {
        Self::start_with(|_| {}).await
    }

    pub async fn start_with(adjust: impl FnOnce(&mut Anchoring)) -> Option<Self> {
        let anvil = Anvil::start().await?;
        let wire = Wire::to(&anvil).await;
        let mut settings = anchoring(wire.url());
        adjust(&mut settings);
        let harness = Harness::start(SERVICE, |base| start_with(base, settings)).await;
        let world = Self { harness, anvil, wire };
        // The contract is made first.
        eventually(async || {
            world.anvil.mine(1).await;
            let chains = AnchorServiceClient::new(world.harness.anonymous())
                .list_chains(xlcfi_contracts::blockchain::v1::ListChainsRequest {})
                .await
                .unwrap();
            let contract = chains.into_inner().chains[0].contract.clone();
            let code = json!([format!("0x{}", hex::encode(contract)), "latest"]);
            let there = world.anvil.ask("eth_getCode", code).await.ok()?;
            (there != json!("0x")).then_some(())
        })
        .await;
        Some(world)
    }

    /// Another process with the same database, chain and key.
    pub async fn another(&self) -> Harness {
        let settings = anchoring(self.wire.url());
        self.harness
            .another(|_| {}, |base| start_with(base, settings))
            .await
    }

    /// Puts another process in place of the one that ran, which ends wherever it is.
    pub async fn restart(&mut self) {
        self.harness.base.stop.cancel();
        self.harness = self.another().await;
    }

    /// The log signs a checkpoint of this size.
    pub async fn checkpoint(&self, size: u64) {
        sqlx::query("insert into checkpoint (size, root, note, create_time) values ($1, $2, '', $3)")
            .bind(i64::try_from(size).unwrap())
            .bind(root(size).as_slice())
            .bind(self.harness.now())
            .execute(self.harness.pool())
            .await
            .unwrap();
    }

    pub fn anchors(&self) -> AnchorServiceClient<Calling> {
        AnchorServiceClient::new(self.harness.anonymous())
    }

    pub fn staff(&self) -> AnchorServiceClient<Calling> {
        AnchorServiceClient::new(self.harness.as_user(&admin()))
    }

    /// All anchors, the newest first.
    pub async fn list(&self) -> Vec<Anchor> {
        let request = ListAnchorsRequest {
            page_size: 100,
            ..Default::default()
        };
        self.anchors()
            .list_anchors(request)
            .await
            .unwrap()
            .into_inner()
            .anchors
    }

    /// Waits until the anchor of this size is in this state.
    pub async fn until(&self, size: u64, state: AnchorState) -> Anchor {
        eventually(async || {
            let anchors = self.list().await;
            let size = i64::try_from(size).unwrap();
            anchors
                .into_iter()
                .find(|anchor| anchor.size == size && anchor.state() == state)
        })
        .await
    }

    /// Waits until the anchor of this size is signed and waits at the node.
    pub async fn submitted(&self, size: u64) -> Anchor {
        let anchor = self.until(size, AnchorState::Submitted).await;
        eventually(async || (self.anvil.pending().await.len() == 1).then_some(())).await;
        anchor
    }

    /// Mines until the anchor of this size stays.
    pub async fn finalize(&self, size: u64) -> Anchor {
        eventually(async || {
            self.anvil.mine(1).await;
            let anchors = self.list().await;
            let size = i64::try_from(size).unwrap();
            anchors
                .into_iter()
                .find(|anchor| anchor.size == size && anchor.state() == AnchorState::Finalized)
        })
        .await
    }

    pub async fn status(&self) -> ChainStatus {
        let request = GetChainStatusRequest { name: CHAIN.into() };
        let answer = self.staff().get_chain_status(request).await.unwrap();
        answer.into_inner().status.unwrap()
    }

    /// What was signed for a nonce: hash, fee and tip, the oldest first.
    pub async fn attempts(&self, nonce: i64) -> Vec<(String, i64, i64)> {
        let rows: Vec<(Vec<u8>, i64, i64)> = sqlx::query_as(
            "select hash, max_fee, priority_fee from anchor_tx where nonce = $1 order by max_fee",
        )
        .bind(nonce)
        .fetch_all(self.harness.pool())
        .await
        .unwrap();
        let shown = rows.into_iter();
        shown
            .map(|(hash, fee, tip)| (format!("0x{}", hex::encode(hash)), fee, tip))
            .collect()
    }

    /// Sizes the contract told of, in the chain as it is.
    pub async fn told(&self) -> Vec<u64> {
        let logs = self.anvil.logs().await;
        let size = |log: &serde_json::Value| {
            let topic = log["topics"][1].as_str().unwrap();
            u64::from_str_radix(&topic[2..], 16).unwrap()
        };
        logs.iter().map(size).collect()
    }

    /// Waits until a method was asked of the node once more.
    pub async fn until_asked(&self, method: &str) {
        let before = self.wire.asked(method);
        eventually(async || (self.wire.asked(method) > before).then_some(())).await;
    }
}

/// Some root for a log of this size; it has no zeros, which would cost less.
pub fn root(size: u64) -> [u8; 32] {
    let mut root = [0xa5; 32];
    root[..8].copy_from_slice(&(size ^ 0xa5a5_a5a5_a5a5_a5a5).to_be_bytes());
    root
}
