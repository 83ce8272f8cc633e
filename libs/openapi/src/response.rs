//! The answers of an operation.

use prost_reflect::{DescriptorPool, MessageDescriptor};
use serde_json::{Map, Value, json};
use xlcfi_contracts::policy::Policy;
use xlcfi_transcode::Route;

use crate::{
    example,
    failure::{self, Facts, Failure},
    schema::{Components, Side},
};

const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";
const STATUS: &str = "#/components/schemas/google.rpc.Status";

/// Headers that stand in `components/headers`.
pub fn headers() -> Value {
    let text = |description: &str, example: &str| json!({ "description": description, "schema": { "type": "string" }, "example": example });
    let count = |description: &str, example: u32| json!({ "description": description, "schema": { "type": "integer", "minimum": 0 }, "example": example });
    json!({
        "Allow": text("Methods the path has.", "GET, HEAD"),
        "Cache-Control": text("How long the answer may be used again.", "no-cache"),
        "ETag": text("Version of the answer, for `If-None-Match`.", "\"0a1b2c3d\""),
        "RateLimit-Limit": count("Units of the allowance in its window.", 100),
        "RateLimit-Remaining": count("Units left.", 97),
        "RateLimit-Reset": count("Seconds until the allowance is whole again.", 42),
        "Retry-After": count("Seconds after which another try may help.", 1),
        "WWW-Authenticate": text("How to sign in (RFC 6750).", "Bearer realm=\"xlcfi\""),
        "X-Response-Time": text("How long the edge took.", "12.3ms"),
        "X-Request-Id": text("Id of this call, in every log line about it.", crate::scalar::ID),
    })
}

fn header(name: &str) -> (String, Value) {
    (
        name.to_owned(),
        json!({ "$ref": format!("#/components/headers/{name}") }),
    )
}

fn with_headers(mut response: Value, names: &[&str]) -> Value {
    let common = [
        "RateLimit-Limit",
        "RateLimit-Remaining",
        "RateLimit-Reset",
        "X-Request-Id",
        "X-Response-Time",
    ];
    let headers: Map<String, Value> = names.iter().chain(&common).map(|name| header(name)).collect();
    response["headers"] = Value::Object(headers);
    response
}

/// All answers of an operation.
pub fn responses(
    components: &mut Components,
    route: &Route,
    policy: &Policy,
    facts: &Facts<'_>,
) -> Map<String, Value> {
    let mut found = Map::new();
    let caching: &[&str] = if policy.cacheable {
        &["ETag", "Cache-Control"]
    } else {
        &[]
    };
    found.insert(
        "200".to_owned(),
        with_headers(success(components, route), caching),
    );
    if policy.cacheable {
        let unchanged = json!({ "description": "Still the version that `If-None-Match` names." });
        found.insert("304".to_owned(), with_headers(unchanged, caching));
    }
    for (status, failures) in failure::all(facts) {
        // What a method adds nothing to is the same everywhere: one answer, named after its first and last reason.
        let refusal = match (failures.first(), failures.last()) {
            (Some(first), Some(last)) if failures.iter().all(|failure| !failure.meaning.is_empty()) => {
                let name = if first == last {
                    first.reason.clone()
                } else {
                    format!("{}.{}", first.reason, last.reason)
                };
                components.answer(&name, || refusal(status, &failures))
            }
            _ => refusal(status, &failures),
        };
        found.insert(status.to_string(), refusal);
    }
    found
}

fn success(components: &mut Components, route: &Route) -> Value {
    let output = route.method().output();
    if route.gives_raw() {
        return json!({ "description": "The content as it is.", "content": { "*/*": {} } });
    }
    let schema = match route.response_body() {
        Some(field) => components.field(field, Side::Response),
        None => components.message(&output, Side::Response),
    };
    let example = example::response(components, &schema);
    let description = what(components, &output);
    if !route.method().is_server_streaming() {
        return json!({ "description": description, "content": { JSON: { "schema": schema, "example": example } } });
    }
    let (line, failed) = (example.to_string(), json!({ "error": { "$ref": STATUS } }));
    let entry = json!({
        "anyOf": [schema, {
            "type": "object",
            "description": "The last entry when the stream fails after it began.",
            "properties": failed,
            "required": ["error"],
        }],
    });
    json!({
        "description": format!(
            "{description} A stream, in the form that `Accept` asks for: a line for each message, server-sent events, or one array."
        ),
        "content": {
            "application/x-ndjson": {
                "schema": { "type": "string", "description": "Each line is an entry as in the array." },
                "example": format!("{line}\n"),
            },
            "text/event-stream": {
                "schema": {
                    "type": "string",
                    "description": "The data of each event is a message; when the stream fails after it began, an event `error` with a `google.rpc.Status` is the last.",
                },
                "example": format!("data: {line}\n\n"),
            },
            JSON: { "schema": { "type": "array", "items": entry }, "example": [example] },
        },
    })
}

/// What an answer holds: what is said of its first field.
fn what(components: &Components, output: &MessageDescriptor) -> String {
    let first = output.fields().next();
    first.map_or_else(
        || "Done.".to_owned(),
        |field| components.comments.field(&field).description,
    )
}

fn refusal(status: u16, failures: &[Failure]) -> Value {
    let lines = failures.iter().map(|failure| {
        let Failure {
            code,
            reason,
            meaning,
            ..
        } = failure;
        let colon = if meaning.is_empty() { "" } else { ": " };
        format!("- `{code}` / `{reason}`{colon}{meaning}")
    });
    let description = lines.collect::<Vec<_>>().join("\n");
    let examples = |body: fn(u16, &Failure) -> Value| -> Map<String, Value> {
        let each = failures
            .iter()
            .map(|failure| (failure.reason.clone(), json!({ "value": body(status, failure) })));
        each.collect()
    };
    let response = json!({
        "description": description,
        "content": {
            JSON: { "schema": { "$ref": STATUS }, "examples": examples(status_example) },
            PROBLEM: { "schema": { "$ref": "#/components/schemas/Problem" }, "examples": examples(problem_example) },
        },
    });
    let names: &[&str] = match status {
        401 => &["WWW-Authenticate"],
        405 => &["Allow"],
        429 | 503 => &["Retry-After"],
        _ => &[],
    };
    with_headers(response, names)
}

fn message(failure: &Failure) -> String {
    failure.reason.to_lowercase().replace('_', " ")
}

fn status_example(status: u16, failure: &Failure) -> Value {
    let mut details = vec![json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": failure.reason,
        "domain": failure.domain,
    })];
    match (status, failure.reason.as_str()) {
        (_, "INVALID_FIELDS" | "REQUEST_MALFORMED") => details.push(json!({
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            "fieldViolations": [{ "field": "lines[1].quantity", "description": "must be from 1 to 1000000" }],
        })),
        (429 | 503, _) => details.push(json!({
            "@type": "type.googleapis.com/google.rpc.RetryInfo",
            "retryDelay": "1s",
        })),
        _ => {}
    }
    json!({ "code": failure.number, "message": message(failure), "details": details })
}

fn problem_example(status: u16, failure: &Failure) -> Value {
    json!({
        "type": "about:blank",
        "title": failure::title(status),
        "status": status,
        "detail": message(failure),
        "error": status_example(status, failure),
    })
}

/// Adds the schemas of refusals: `google.rpc.Status` from its descriptors, `Problem` as in RFC 9457.
pub fn add_schemas(components: &mut Components, pool: &DescriptorPool) {
    let details = ["ErrorInfo", "BadRequest", "RetryInfo"].map(|name| format!("google.rpc.{name}"));
    let mut any: Vec<Value> = Vec::new();
    for name in &details {
        let Some(message) = pool.get_message_by_name(name) else {
            continue;
        };
        let mut schema = components.object(&message, Side::Response, &[]);
        let tag = json!({ "const": format!("type.googleapis.com/{name}") });
        if let Some(properties) = schema["properties"].as_object_mut() {
            properties.insert("@type".to_owned(), tag);
        }
        schema["required"] = json!(["@type"]);
        any.push(components.add(name, schema));
    }
    let names: Vec<String> = details
        .iter()
        .map(|name| format!("type.googleapis.com/{name}"))
        .collect();
    any.push(json!({
        "type": "object",
        "description": "A detail of another type.",
        "properties": { "@type": { "type": "string", "not": { "enum": names } } },
        "required": ["@type"],
    }));
    components.add(
        "google.rpc.Status",
        json!({
            "type": "object",
            "description": "Why a call was refused, in the error model of gRPC. `ErrorInfo` is always among the details: its reason is what programs should look at, while the message may change.",
            "properties": {
                "code": { "type": "integer", "format": "int32", "description": "Number of the gRPC code, such as 5 for NOT_FOUND." },
                "message": { "type": "string", "description": "A sentence for developers." },
                "details": { "type": "array", "items": { "anyOf": any } },
            },
            "required": ["code"],
        }),
    );
    components.add(
        "Problem",
        json!({
            "type": "object",
            "description": "The same refusal as RFC 9457 tells it, for clients whose `Accept` names `application/problem+json`.",
            "properties": {
                "type": { "type": "string", "format": "uri-reference" },
                "title": { "type": "string", "description": "What the HTTP status is called." },
                "status": { "type": "integer", "description": "The HTTP status." },
                "detail": { "type": "string", "description": "A sentence for developers." },
                "error": { "$ref": STATUS },
            },
            "required": ["type", "title", "status", "error"],
        }),
    );
}
