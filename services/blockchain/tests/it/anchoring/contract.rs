//! The contract itself, and what it costs next to others that were weighed.

use serde_json::{Value, json};

use super::node::{ACCOUNT, Anvil, SOMEBODY};
use super::world::root;

const ARTIFACT: &str = include_str!("../../../contract/Anchor.json");
const DESIGNS: &str = include_str!("../../../contract/Designs.json");
/// The first bytes of the Keccak-256 of each function, error and event.
const ANCHOR: &str = "a6855208";
const SET_WRITER: &str = "39e20523";
const OWN_HEAD: &str = "8f7dcfa3";

fn word(hexadecimal: &str) -> String {
    format!("{:0>64}", hexadecimal.trim_start_matches("0x"))
}

fn call(size: u64, root: [u8; 32]) -> String {
    format!("0x{ANCHOR}{}{}", word(&format!("{size:x}")), hex::encode(root))
}

struct Deployed {
    anvil: Anvil,
    address: String,
    made: Value,
}

impl Deployed {
    async fn contract(anvil: Anvil, artifact: &str, name: &str, arguments: &[&str]) -> Self {
        let artifact: Value = serde_json::from_str(artifact).unwrap();
        let code = artifact["contracts"][name]["bytecode"].as_str().unwrap();
        let arguments: String = arguments.iter().map(|argument| word(argument)).collect();
        let made = anvil
            .transact(ACCOUNT, None, &format!("0x{code}{arguments}"))
            .await;
        let address = made["contractAddress"].as_str().unwrap().to_owned();
        Self { anvil, address, made }
    }

    /// Owned and written by the first account.
    async fn start() -> Option<Self> {
        let anvil = Anvil::start().await?;
        Some(Self::contract(anvil, ARTIFACT, "Anchor", &[ACCOUNT, ACCOUNT]).await)
    }

    async fn send(&self, from: &str, data: &str) -> Value {
        self.anvil.transact(from, Some(&self.address), data).await
    }

    async fn anchor(&self, size: u64, root: [u8; 32]) -> Value {
        self.send(ACCOUNT, &call(size, root)).await
    }

    /// Latest size and beginning of its root.
    async fn head(&self) -> (u64, String) {
        let asked = json!([{"to": self.address, "data": format!("0x{OWN_HEAD}")}, "latest"]);
        let answer = self.anvil.rpc("eth_call", asked).await;
        let answer = answer.as_str().unwrap().to_owned();
        (
            u64::from_str_radix(&answer[2..66], 16).unwrap(),
            answer[66..114].to_owned(),
        )
    }
}

fn succeeded(receipt: &Value) -> bool {
    receipt["status"] == "0x1"
}

fn gas(receipt: &Value) -> u64 {
    u64::from_str_radix(&receipt["gasUsed"].as_str().unwrap()[2..], 16).unwrap()
}

#[tokio::test]
async fn a_growing_log_is_anchored_and_told() {
    let Some(contract) = Deployed::start().await else {
        return;
    };
    assert_eq!(contract.head().await.0, 0);
    for size in [1, 2, 70_000] {
        let receipt = contract.anchor(size, root(size)).await;
        assert!(succeeded(&receipt));
        let log = &receipt["logs"][0];
        assert_eq!(log["topics"][1], format!("0x{}", word(&format!("{size:x}"))));
        assert_eq!(log["data"], format!("0x{}", hex::encode(root(size))));
        let (latest, prefix) = contract.head().await;
        assert_eq!((latest, prefix), (size, hex::encode(&root(size)[..24])));
    }
}

#[tokio::test]
async fn a_smaller_log_or_another_root_is_refused_and_a_repetition_changes_nothing() {
    let Some(contract) = Deployed::start().await else {
        return;
    };
    contract.anchor(10, root(10)).await;
    assert!(!succeeded(&contract.anchor(9, root(9)).await));
    assert!(!succeeded(&contract.anchor(10, root(9)).await));
    let again = contract.anchor(10, root(10)).await;
    assert!(succeeded(&again));
    assert_eq!(again["logs"], json!([]));
    assert_eq!(contract.head().await.0, 10);
}

#[tokio::test]
async fn only_the_writer_anchors_and_only_the_owner_changes_the_writer() {
    let Some(contract) = Deployed::start().await else {
        return;
    };
    assert!(!succeeded(&contract.send(SOMEBODY, &call(1, root(1))).await));
    let set = format!("0x{SET_WRITER}{}", word(SOMEBODY));
    assert!(!succeeded(&contract.send(SOMEBODY, &set).await));
    assert!(succeeded(&contract.send(ACCOUNT, &set).await));
    assert!(succeeded(&contract.send(SOMEBODY, &call(1, root(1))).await));
    assert!(
        !succeeded(&contract.anchor(2, root(2)).await),
        "the former writer"
    );
}

/// `make bench-anchor` shows the table.
#[tokio::test]
async fn an_anchor_costs_at_most_50_000_gas_whatever_it_holds() {
    let Some(anvil) = Anvil::start().await else { return };
    println!("\n| design | made | first anchor | later, 1 entry | later, 10 million entries |");
    println!("|---|---|---|---|---|");
    for (artifact, name, arguments) in [
        (ARTIFACT, "Anchor", [ACCOUNT, ACCOUNT].as_slice()),
        (DESIGNS, "EventOnly", &[ACCOUNT]),
        (DESIGNS, "TwoSlots", &[ACCOUNT]),
        (DESIGNS, "SlotEach", &[ACCOUNT]),
    ] {
        let contract = Deployed::contract(anvil.clone(), artifact, name, arguments).await;
        let mut costs = Vec::new();
        for size in [1_000, 1_001, 10_001_001] {
            let receipt = contract.anchor(size, root(size)).await;
            assert!(succeeded(&receipt), "{name}");
            costs.push(gas(&receipt));
        }
        println!(
            "| {name} | {} | {} | {} | {} |",
            gas(&contract.made),
            costs[0],
            costs[1],
            costs[2]
        );
        if name == "Anchor" {
            assert!(costs.iter().all(|cost| *cost <= 50_000), "{costs:?}");
        }
    }
}
