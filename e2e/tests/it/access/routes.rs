use std::fmt;
use std::time::Duration;

use reqwest::{Client, Method, Url};
use serde_json::Value;
use tokio::time::timeout;
use xlcfi_e2e::Edge;

/// Ids and where they belong: a field's name in JSON, and what stands there.
pub type Ids = [(String, String)];

/// Fields that a method needs one of, which examples leave out: the document has no way to
/// tell it.
const EITHER: [(&str, &str); 1] = [("xlcfi.ai.v1.AdviceService/AnalyzePrice", "productId")];

/// One route, and a call of it that keeps to the contract's rules.
#[derive(Debug)]
pub struct Route {
    /// `package.Service/Method`.
    pub method: String,
    verb: Method,
    path: String,
    path_fields: Vec<(String, String)>,
    query: Vec<(String, String)>,
    body: Option<Value>,
    /// The body is bytes of any kind.
    pub takes_a_file: bool,
    http: Client,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub text: String,
}

/// All routes, as the edge's own document has them.
pub async fn every_route(edge: &Edge) -> Vec<Route> {
    let document = edge.rest(Method::GET, "/openapi.json", "", None).await.unwrap();
    let http = Client::new();
    let mut routes = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (verb, operation) in operations.as_object().unwrap() {
            let verbs = ["get", "post", "put", "patch", "delete"];
            if verbs.contains(&verb.as_str()) {
                routes.push(Route::new(path, verb, operation, http.clone()));
            }
        }
    }
    assert!(routes.len() > 100, "only {} routes", routes.len());
    routes
}

impl Route {
    fn new(path: &str, verb: &str, operation: &Value, http: Client) -> Self {
        let fields = |place: &str| -> Vec<(String, String)> {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            parameters
                .filter(|field| field["in"] == place && field["required"] == true)
                .map(|field| {
                    let example = match &field["example"] {
                        Value::String(text) => text.clone(),
                        other => other.to_string(),
                    };
                    (field["name"].as_str().unwrap().to_owned(), example)
                })
                .collect()
        };
        let contents = &operation["requestBody"]["content"];
        let content = &contents["application/json"];
        let method = operation["x-xlcfi-grpc-method"].as_str().unwrap().to_owned();
        let mut body = content.is_object().then(|| content["example"].clone());
        for (_, field) in EITHER.iter().filter(|(needs, _)| *needs == method) {
            body.as_mut().unwrap()[field] = Value::String(String::new());
        }
        Self {
            method,
            verb: verb.to_uppercase().parse().unwrap(),
            path: path.to_owned(),
            path_fields: fields("path"),
            query: fields("query"),
            body,
            takes_a_file: contents.is_object() && !content.is_object(),
            http,
        }
    }

    /// Calls it with these ids wherever a field of their name is.
    pub async fn call(&self, edge: &Edge, token: &str, ids: &Ids) -> Answer {
        let known = |name: &str| {
            ids.iter()
                .find(|(field, _)| field == name)
                .map(|(_, id)| id.as_str())
        };
        let mut path = self.path.clone();
        for (name, example) in &self.path_fields {
            path = path.replace(&format!("{{{name}}}"), known(name).unwrap_or(example));
        }
        let query = self
            .query
            .iter()
            .map(|(name, example)| (name.as_str(), known(name).unwrap_or(example)));
        let url = Url::parse_with_params(&format!("{}{path}", edge.url()), query).unwrap();
        let mut request = self.http.request(self.verb.clone(), url);
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        if let Some(body) = &self.body {
            let mut body = body.clone();
            put_in(&mut body, &known);
            request = request.json(&body);
        }
        let mut response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let mut text = String::new();
        // A stream that has nothing more to say is left.
        while let Ok(piece) = timeout(Duration::from_millis(300), response.chunk()).await {
            match piece.unwrap() {
                Some(piece) => text.push_str(&String::from_utf8_lossy(&piece)),
                None => break,
            }
        }
        Answer { status, text }
    }
}

fn put_in<'a>(value: &mut Value, known: &impl Fn(&str) -> Option<&'a str>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match known(name) {
                    Some(id) => *value = id.into(),
                    None => put_in(value, known),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| put_in(item, known)),
        _ => {}
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({})", self.verb, self.path, self.method)
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.text)
    }
}
