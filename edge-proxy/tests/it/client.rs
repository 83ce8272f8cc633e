//! A client that says exactly what it is told.

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, Version};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client as Legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tonic::body::Body;

/// An answer, all of it.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub trailers: HeaderMap,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The reason of a REST error.
    pub fn reason(&self) -> String {
        let json = self.json();
        let details = json["details"].as_array().expect("details").clone();
        let info = details
            .iter()
            .find(|detail| detail["@type"] == "type.googleapis.com/google.rpc.ErrorInfo");
        info.expect("an ErrorInfo")["reason"]
            .as_str()
            .expect("a reason")
            .to_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// `grpc-status`, wherever it is.
    pub fn grpc_status(&self) -> &str {
        let status = self
            .trailers
            .get("grpc-status")
            .or_else(|| self.headers.get("grpc-status"));
        status.expect("a status").to_str().expect("digits")
    }

    /// The reason of a gRPC error.
    pub fn grpc_reason(&self) -> Option<String> {
        let headers = if self.trailers.contains_key("grpc-status") {
            &self.trailers
        } else {
            &self.headers
        };
        xlcfi_errors::reason_of(&tonic::Status::from_header_map(headers).expect("a status"))
    }
}

#[derive(Debug, Clone)]
pub struct Client {
    base: String,
    one: Legacy<HttpConnector, Body>,
    two: Legacy<HttpConnector, Body>,
}

impl Client {
    pub fn new(base: &str) -> Self {
        Self {
            base: base.to_owned(),
            one: Legacy::builder(TokioExecutor::new()).build_http(),
            two: Legacy::builder(TokioExecutor::new())
                .http2_only(true)
                .build_http(),
        }
    }

    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        self.send_body(method, path, headers, Body::new(Full::new(body.into())))
            .await
    }

    pub async fn send_body(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Body) -> Answer {
        whole(
            self.one
                .request(self.request(method, path, headers, body))
                .await
                .expect("an answer"),
        )
        .await
    }

    /// Over HTTP/2.
    pub async fn send_two(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Body) -> Answer {
        let mut request = self.request(method, path, headers, body);
        *request.version_mut() = Version::HTTP_2;
        whole(self.two.request(request).await.expect("an answer")).await
    }

    /// The answer while its body still comes.
    pub async fn open(&self, path: &str, headers: &[(&str, &str)]) -> http::Response<hyper::body::Incoming> {
        self.one
            .request(self.request("GET", path, headers, Body::empty()))
            .await
            .expect("an answer")
    }

    pub async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send("GET", path, headers, "").await
    }

    pub async fn post(&self, path: &str, headers: &[(&str, &str)], json: &str) -> Answer {
        let headers = [headers, &[("content-type", "application/json")]].concat();
        self.send("POST", path, &headers, json.to_owned()).await
    }

    /// A native gRPC call with one message.
    pub async fn grpc(&self, path: &str, headers: &[(&str, &str)], message: &[u8]) -> Answer {
        self.grpc_raw(path, headers, crate::fake::framed(message)).await
    }

    /// A native gRPC call with this body.
    pub async fn grpc_raw(&self, path: &str, headers: &[(&str, &str)], body: Bytes) -> Answer {
        let headers = [
            &[("content-type", "application/grpc"), ("te", "trailers")],
            headers,
        ]
        .concat();
        self.send_two("POST", path, &headers, Body::new(Full::new(body)))
            .await
    }

    fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Body) -> Request<Body> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(body).expect("a request")
    }

    /// Bytes as they are, on a connection of their own; what comes back until it closes.
    pub async fn raw(&self, bytes: &[u8]) -> String {
        let address = self.base.strip_prefix("http://").expect("a URL");
        let mut stream = TcpStream::connect(address).await.expect("it listens");
        stream.write_all(bytes).await.expect("it reads");
        let mut answer = Vec::new();
        // A reset after the answer is an end too.
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }
}

async fn whole(response: http::Response<hyper::body::Incoming>) -> Answer {
    let (parts, body) = response.into_parts();
    let collected = body.collect().await.expect("the whole body");
    let trailers = collected.trailers().cloned().unwrap_or_default();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: collected.to_bytes(),
        trailers,
    }
}
