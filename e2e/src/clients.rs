use std::time::Duration;

use anyhow::Context as _;
use http::Uri;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use reqwest::Method;
use serde_json::Value;
use tonic::body::Body;
use tonic::metadata::MetadataValue;
use tonic::transport::{Channel, Endpoint};
use tonic_web::{GrpcWebCall, GrpcWebClientLayer, GrpcWebClientService};
use tower::Layer as _;

/// How often a call is made that is told to come again.
const MOST_ASKED: u32 = 10;

/// A gRPC-web transport, as a browser speaks it, over HTTP/1.1.
pub type Web = GrpcWebClientService<Client<HttpConnector, GrpcWebCall<Body>>>;

/// The public door of a mesh, in each protocol it speaks.
#[derive(Debug, Clone)]
pub struct Edge {
    url: String,
    http: reqwest::Client,
    channel: Channel,
}

impl Edge {
    /// The edge at a URL such as `http://localhost:8080`; connects when first used.
    ///
    /// # Errors
    /// It is no URL.
    pub fn at(url: &str) -> anyhow::Result<Self> {
        // The second call finds it installed; that is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let channel = Endpoint::from_shared(url.to_owned())?
            .connect_timeout(Duration::from_secs(2))
            .connect_lazy();
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(60))
            .build()?;
        Ok(Self {
            url: url.trim_end_matches('/').to_owned(),
            http,
            channel,
        })
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A channel for native gRPC.
    pub fn grpc(&self) -> Channel {
        self.channel.clone()
    }

    /// A transport for gRPC-web, and the origin its clients need.
    ///
    /// # Errors
    /// The edge's URL is none.
    pub fn web(&self) -> anyhow::Result<(Web, Uri)> {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Ok((GrpcWebClientLayer::new().layer(client), self.url.parse()?))
    }

    /// A REST call that must succeed; gives the JSON answered. Told to come again, it does.
    ///
    /// # Errors
    /// No answer, or one that is not a success, with what it says.
    pub async fn rest(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: Option<Value>,
    ) -> anyhow::Result<Value> {
        let mut asked = 0;
        let (status, answer) = loop {
            let (status, answer) = self
                .rest_answer(method.clone(), path, token, body.clone())
                .await?;
            asked += 1;
            match wait(&answer).filter(|_| status == 429 && asked < MOST_ASKED) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => break (status, answer),
            }
        };
        anyhow::ensure!(
            (200..300).contains(&status),
            "{method} {path} answered {status}: {answer}"
        );
        Ok(answer)
    }

    /// A REST call; gives the status and the JSON answered, whatever they are.
    ///
    /// # Errors
    /// No answer, or one that is not JSON.
    pub async fn rest_answer(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: Option<Value>,
    ) -> anyhow::Result<(u16, Value)> {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.url));
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        if let Some(body) = &body {
            request = request.json(body);
        }
        let no_answer = || {
            format!(
                "no answer from {}; is the mesh running? Start it with `make run`",
                self.url
            )
        };
        let response = request.send().await.with_context(no_answer)?;
        let status = response.status().as_u16();
        let text = response.text().await?;
        let answer = serde_json::from_str(&text)
            .with_context(|| format!("{method} {path} answered {status}: {text}"))?;
        Ok((status, answer))
    }

    /// Fetches a file anybody may have.
    ///
    /// # Errors
    /// No answer, or one that is not a success, with what it says.
    pub async fn download(&self, path: &str) -> anyhow::Result<Vec<u8>> {
        let response = self.http.get(format!("{}{path}", self.url)).send().await?;
        let (status, file) = (response.status(), response.bytes().await?);
        let said = String::from_utf8_lossy(&file);
        anyhow::ensure!(status.is_success(), "GET {path} answered {status}: {said}");
        Ok(file.into())
    }

    /// Sends a file as it is to a REST path; gives the JSON answered.
    ///
    /// # Errors
    /// No answer, or one that is not a success, with what it says.
    pub async fn upload(
        &self,
        path: &str,
        token: &str,
        content_type: &str,
        file: Vec<u8>,
    ) -> anyhow::Result<Value> {
        let request = self.http.post(format!("{}{path}", self.url)).bearer_auth(token);
        let response = request
            .header("content-type", content_type)
            .body(file)
            .send()
            .await?;
        let (status, text) = (response.status(), response.text().await?);
        anyhow::ensure!(status.is_success(), "POST {path} answered {status}: {text}");
        Ok(serde_json::from_str(&text)?)
    }
}

/// A message with an access token.
pub fn authorized<M>(token: &str, message: M) -> tonic::Request<M> {
    let mut request = tonic::Request::new(message);
    if let Ok(value) = MetadataValue::try_from(format!("Bearer {token}")) {
        request.metadata_mut().insert("authorization", value);
    }
    request
}

/// How long an answer says to wait.
fn wait(answer: &Value) -> Option<Duration> {
    let details = answer["details"].as_array()?;
    let delay = details.iter().find_map(|detail| detail["retryDelay"].as_str())?;
    let seconds: f64 = delay.strip_suffix('s')?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}
