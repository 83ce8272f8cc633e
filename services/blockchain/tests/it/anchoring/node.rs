//! A chain of the test's own, and a wire to it that can be cut.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use xlcfi_testkit::Program;

/// The first account of every development chain: it has money, and everybody its key.
pub const KEY: &str = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
pub const ACCOUNT: &str = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";
pub const SOMEBODY: &str = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8";

/// anvil, which makes a block only when told to; the one two below the latest stays.
#[derive(Clone)]
pub struct Anvil {
    program: Arc<Program>,
    client: reqwest::Client,
}

impl Anvil {
    /// `None` where it is not installed.
    pub async fn start() -> Option<Self> {
        Self::start_with(&["--no-mining"]).await
    }

    pub async fn start_with(arguments: &[&str]) -> Option<Self> {
        if !Program::is_there("anvil") {
            eprintln!("left out: anvil is not there; `make anvil` installs it");
            return None;
        }
        xlcfi_service::choose_tls();
        let arguments = [&["--port", "0", "--slots-in-an-epoch", "1"], arguments].concat();
        Some(Self {
            program: Arc::new(Program::start("anvil", &arguments).await),
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
        })
    }

    pub fn url(&self) -> &str {
        self.program.url()
    }

    pub async fn ask(&self, method: &str, params: Value) -> Result<Value, String> {
        let asked = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let answer = self.client.post(self.url()).json(&asked).send().await.unwrap();
        let mut answer: Value = answer.json().await.unwrap();
        match answer.get("error") {
            Some(error) => Err(error.to_string()),
            None => Ok(answer["result"].take()),
        }
    }

    pub async fn rpc(&self, method: &str, params: Value) -> Value {
        self.ask(method, params).await.unwrap()
    }

    pub async fn mine(&self, blocks: u64) {
        self.rpc("anvil_mine", json!([format!("{blocks:#x}")])).await;
    }

    /// Sends a transaction of one of anvil's own accounts and mines it.
    pub async fn transact(&self, from: &str, to: Option<&str>, data: &str) -> Value {
        let mut transaction = json!({"from": from, "data": data, "gas": "0x100000"});
        if let Some(to) = to {
            transaction["to"] = json!(to);
        }
        let hash = self.rpc("eth_sendTransaction", json!([transaction])).await;
        self.mine(1).await;
        self.rpc("eth_getTransactionReceipt", json!([hash])).await
    }

    /// Hashes of transactions that wait for a block.
    pub async fn pending(&self) -> Vec<String> {
        let content = self.rpc("txpool_content", json!([])).await;
        let senders = content["pending"].as_object().unwrap().values();
        let waiting = senders.flat_map(|nonces| nonces.as_object().unwrap().values());
        waiting
            .map(|found| found["hash"].as_str().unwrap().to_owned())
            .collect()
    }

    /// What all contracts have told, oldest first.
    pub async fn logs(&self) -> Vec<Value> {
        let logs = self.rpc("eth_getLogs", json!([{"fromBlock": "0x0"}])).await;
        logs.as_array().unwrap().clone()
    }
}

#[derive(Default)]
struct Faults {
    down: bool,
    /// Methods that do not reach the node.
    cut: HashSet<String>,
    /// Methods that reach it, and whose answer is lost.
    lost: HashSet<String>,
    /// Methods that wait until the wire is mended.
    held: HashSet<String>,
    asked: HashMap<String, u32>,
}

/// The wire between the service and the node.
#[derive(Clone)]
pub struct Wire {
    anvil: Anvil,
    url: String,
    faults: Arc<Mutex<Faults>>,
    mended: Arc<Notify>,
}

impl Wire {
    pub async fn to(anvil: &Anvil) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let wire = Self {
            anvil: anvil.clone(),
            url: format!("http://{}", listener.local_addr().unwrap()),
            faults: Arc::default(),
            mended: Arc::default(),
        };
        let app = Router::new().route("/", post(pass)).with_state(wire.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        wire
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn set_down(&self, down: bool) {
        self.faults.lock().unwrap().down = down;
    }

    pub fn cut(&self, method: &str) {
        self.faults.lock().unwrap().cut.insert(method.into());
    }

    pub fn lose(&self, method: &str) {
        self.faults.lock().unwrap().lost.insert(method.into());
    }

    pub fn hold(&self, method: &str) {
        self.faults.lock().unwrap().held.insert(method.into());
    }

    /// Everything passes again.
    pub fn mend(&self) {
        *self.faults.lock().unwrap() = Faults::default();
        self.mended.notify_waiters();
    }

    /// How often a method was asked for.
    pub fn asked(&self, method: &str) -> u32 {
        self.faults
            .lock()
            .unwrap()
            .asked
            .get(method)
            .copied()
            .unwrap_or_default()
    }
}

async fn pass(State(wire): State<Wire>, Json(asked): Json<Value>) -> Result<Json<Value>, StatusCode> {
    let method = asked["method"].as_str().unwrap().to_owned();
    let mended = wire.mended.notified();
    let (cut, lost, held) = {
        let mut faults = wire.faults.lock().unwrap();
        *faults.asked.entry(method.clone()).or_default() += 1;
        let cut = faults.down || faults.cut.contains(&method);
        (cut, faults.lost.contains(&method), faults.held.contains(&method))
    };
    if held {
        mended.await;
    }
    if cut {
        return Err(StatusCode::BAD_GATEWAY);
    }
    let answer = wire.anvil.client.post(wire.anvil.url()).json(&asked).send().await;
    let answer = answer.map_err(|_| StatusCode::BAD_GATEWAY)?;
    match lost {
        true => Err(StatusCode::BAD_GATEWAY),
        false => Ok(Json(answer.json().await.map_err(|_| StatusCode::BAD_GATEWAY)?)),
    }
}
