//! An etl service that pulls from a sandbox of its own.

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use xlcfi_contracts::etl::v1::etl_service_client::EtlServiceClient;
use xlcfi_contracts::etl::v1::{
    GetRunRequest, Job, ListJobsRequest, ListPricesRequest, ListRecallNoticesRequest, ListRunsRequest, Run,
    RunState, StartRunRequest, StoredRecallNotice, SurveyedPrice,
};
use xlcfi_etl::Config;
use xlcfi_identity::User;
use xlcfi_testkit::{Calling, Harness, admin, eventually};

pub type Client = EtlServiceClient<Calling>;

pub const MFDS_KEY: &str = "sandbox-mfds-key";
pub const RECALLS: &str = "mfds-recalls";
pub const PRICES: &str = "kamis-prices";

pub struct World {
    pub harness: Harness,
    pub sandbox: Sandbox,
    pub staff: User,
    pub config: Value,
    pub folder: TempDir,
}

/// A sandbox that ends with the test.
pub struct Sandbox {
    pub url: String,
    client: reqwest::Client,
    stop: CancellationToken,
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Sandbox {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        tokio::spawn(xlcfi_sandbox::serve(
            listener,
            xlcfi_sandbox::Options::default(),
            stop.clone(),
        ));
        xlcfi_service::choose_tls();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { url, client, stop }
    }

    /// Lets calls of an endpoint be struck by a fault, so many times or always.
    pub async fn strike(&self, endpoint: &str, fault: &str, times: Option<u32>) {
        let mut rule = json!({ "endpoint": endpoint, "fault": fault });
        if let Some(times) = times {
            rule["times"] = json!(times);
        }
        let rules = json!({ "rules": [rule] });
        let put = self
            .client
            .put(format!("{}/sandbox/faults", self.url))
            .json(&rules)
            .send()
            .await
            .unwrap();
        assert_eq!(put.status(), 200, "{fault}");
    }

    /// Lets every call go well again.
    pub async fn mend(&self) {
        let deleted = self
            .client
            .delete(format!("{}/sandbox/faults", self.url))
            .send()
            .await
            .unwrap();
        assert_eq!(deleted.status(), 204);
    }

    pub async fn set_daily_calls(&self, calls: Option<u32>) {
        let body = json!({ "daily_calls": calls });
        let put = self
            .client
            .put(format!("{}/sandbox/food", self.url))
            .json(&body)
            .send()
            .await
            .unwrap();
        assert_eq!(put.status(), 200);
    }

    /// Publishes or changes a recall; gives its row.
    pub async fn recall(&self, fields: Value) -> Value {
        let url = format!("{}/sandbox/food/recalls", self.url);
        let posted = self.client.post(url).json(&fields).send().await.unwrap();
        assert_eq!(posted.status(), 200);
        posted.json().await.unwrap()
    }
}

impl World {
    /// With the food safety authority, pages of 50 rows.
    pub async fn with_recalls() -> Self {
        Self::with(|url| json!({ "mfds_url": url, "mfds_key": MFDS_KEY, "page_rows": 50 })).await
    }

    /// With food prices, of which the first run goes back some days.
    pub async fn with_prices() -> Self {
        let settings = |url: &str| {
            json!({ "kamis_url": url, "kamis_key": "sandbox-kamis-key", "kamis_id": "sandbox", "kamis_days": 12,
                "kamis_categories": "200", "kamis_regions": "-,1101" })
        };
        Self::with(settings).await
    }

    /// With settings that know the sandbox's URL.
    pub async fn with(settings: impl FnOnce(&str) -> Value) -> Self {
        let (sandbox, folder) = (Sandbox::start().await, TempDir::new().unwrap());
        let mut config = json!({ "look_milliseconds": 10, "retry_milliseconds": 1,
            "store_url": format!("file://{}", folder.path().display()) });
        let given = settings(&sandbox.url);
        config
            .as_object_mut()
            .unwrap()
            .extend(given.as_object().unwrap().clone());
        let harness = Harness::start(xlcfi_etl::SERVICE, |base| {
            xlcfi_etl::start_with(base, read(&config))
        })
        .await;
        Self {
            harness,
            sandbox,
            staff: admin(),
            config,
            folder,
        }
    }

    /// Another process on the same database, with settings changed, in place of this one.
    pub async fn replaced(mut self, changes: Value) -> Self {
        self.config
            .as_object_mut()
            .unwrap()
            .extend(changes.as_object().unwrap().clone());
        let config = read(&self.config);
        let another = self
            .harness
            .another(|_| {}, |base| xlcfi_etl::start_with(base, config))
            .await;
        self.harness = another;
        self
    }

    pub fn client(&self) -> Client {
        EtlServiceClient::new(self.harness.as_user(&self.staff))
    }

    pub async fn run(&self, run_id: &str) -> Run {
        let request = GetRunRequest {
            run_id: run_id.to_owned(),
        };
        self.client()
            .get_run(request)
            .await
            .unwrap()
            .into_inner()
            .run
            .unwrap()
    }

    /// The last run of a job, when it is in a state.
    pub async fn last_run(&self, job: &str, state: RunState) -> Run {
        eventually(async || {
            let request = ListRunsRequest {
                job: job.to_owned(),
                page_size: 1,
                page_token: String::new(),
            };
            let runs = self.client().list_runs(request).await.unwrap().into_inner().runs;
            runs.into_iter().next().filter(|run| run.state() == state)
        })
        .await
    }

    pub async fn start_run(&self, job: &str) -> Run {
        let started = self.client().start_run(start(job)).await.unwrap();
        started.into_inner().run.unwrap()
    }

    /// Waits until a run is in a state.
    pub async fn becomes(&self, run: &Run, state: RunState) -> Run {
        eventually(async || Some(self.run(&run.run_id).await).filter(|run| run.state() == state)).await
    }

    /// Starts a run and waits until it is done.
    pub async fn run_again(&self, job: &str) -> Run {
        let run = self.start_run(job).await;
        self.becomes(&run, RunState::Done).await
    }

    pub async fn job(&self, name: &str) -> Job {
        let jobs = self
            .client()
            .list_jobs(ListJobsRequest {})
            .await
            .unwrap()
            .into_inner()
            .jobs;
        jobs.into_iter().find(|job| job.name == name).unwrap()
    }

    /// All notices, the last to come first.
    pub async fn notices(&self) -> Vec<StoredRecallNotice> {
        let (mut all, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListRecallNoticesRequest {
                page_size: 100,
                page_token,
            };
            let page = self
                .client()
                .list_recall_notices(request)
                .await
                .unwrap()
                .into_inner();
            all.extend(page.notices);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return all;
            }
        }
    }

    /// All prices of an item, the latest first.
    pub async fn prices(&self, item_code: &str) -> Vec<SurveyedPrice> {
        let (mut all, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListPricesRequest {
                item_code: item_code.to_owned(),
                page_size: 100,
                page_token,
                ..Default::default()
            };
            let page = self.client().list_prices(request).await.unwrap().into_inner();
            all.extend(page.prices);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return all;
            }
        }
    }
}

/// Asks for a run of a job.
pub fn start(job: &str) -> StartRunRequest {
    StartRunRequest {
        job: job.to_owned(),
        request_id: Uuid::now_v7().to_string(),
    }
}

fn read(config: &Value) -> Config {
    serde_json::from_value(config.clone()).unwrap()
}
