//! The document as a whole.

use prost_reflect::DescriptorPool;
use serde_json::{Map, Value, json};
use xlcfi_contracts::policy::{self, Access};
use xlcfi_transcode::{Api, Verb};

use crate::{
    operation::{self, numbered},
    response,
    schema::Components,
};

/// What the descriptors do not say about an API.
#[derive(Clone, Debug)]
pub struct Info {
    /// What it is called.
    pub title: String,
    /// Its version.
    pub version: String,
    /// URL that paths are below; `/` is where the document came from.
    pub server: String,
}

impl Default for Info {
    fn default() -> Self {
        Self {
            title: "XLCfi API".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            server: "/".to_owned(),
        }
    }
}

const ABOUT: &str = "Trading of food in Korea: accounts, members, products and their lots, orders and payments.

**Calling.** Sign in with `POST /api/v1/auth/login` and send the access token as `Authorization: Bearer ...`. Bodies are \
JSON in UTF-8. Unknown fields and unknown query parameters are refused. Field names are written in lowerCamel; those of the \
contracts, such as `page_size`, are taken too. 64-bit numbers are strings in answers, and numbers or strings in requests. In \
requests `null` means the same as leaving the field out.

**Answers** leave out fields that have their default: empty text, `0`, `false`, an empty list. Fields may be added to \
answers at any time.

**Refusals** are a `google.rpc.Status` whose `ErrorInfo.reason` says what happened, or the same as \
`application/problem+json` when `Accept` names it.

**Pages.** Send `nextPageToken` of one answer as `pageToken` of the next request, until there is none.

The same methods are there over gRPC, gRPC-web and Connect: `x-xlcfi-grpc-method` names them.";

/// The OpenAPI 3.1 document of all REST bindings of `api` that the edge serves: those of methods with a policy that is not
/// internal. The same contracts give the same document to the byte.
pub fn document(pool: &DescriptorPool, api: &Api, info: &Info) -> Value {
    let mut components = Components::new(pool);
    response::add_schemas(&mut components, pool);
    let (mut paths, mut tags) = (Map::new(), Map::new());
    for route in api.routes() {
        let Ok(policy) = policy::read(route.method()) else {
            continue;
        };
        if policy.access == Access::Internal {
            continue;
        }
        let service = route.method().parent_service();
        let tag = operation::tag(service.name());
        if !tags.contains_key(tag) {
            let description = components.comments.service(service);
            tags.insert(tag.to_owned(), json!({ "name": tag, "description": description }));
        }
        let path = operation::path(route);
        let item = paths.entry(path).or_insert_with(|| json!({}));
        for (method, ending) in methods(route.verb()) {
            let ending = numbered("_", route) + &ending;
            item[method] = operation::operation(&mut components, route, &policy, &ending);
        }
    }
    let (schemas, answers) = components.finish();
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": info.title,
            "version": info.version,
            "description": ABOUT,
            "contact": { "name": "XLCfi", "url": "https://xlcfi.com" },
            "license": { "name": "Apache 2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": info.server }],
        "tags": tags.into_iter().map(|(_, tag)| tag).collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": answers,
            "parameters": operation::shared_parameters(),
            "headers": response::headers(),
            "securitySchemes": {
                "bearerAuth": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "The access token that signing in gives.",
                },
            },
        },
    })
}

/// The methods of OpenAPI a binding has, with what tells its operations apart.
fn methods(verb: &Verb) -> Vec<(String, String)> {
    let known = [
        "get", "put", "post", "delete", "options", "head", "patch", "trace",
    ];
    match verb {
        Verb::Any => ["get", "put", "post", "delete", "patch"]
            .map(|method| (method.to_owned(), format!("_{method}")))
            .to_vec(),
        Verb::Method(method) => {
            let method = method.as_str().to_ascii_lowercase();
            let there = known.contains(&method.as_str());
            there.then_some((method, String::new())).into_iter().collect()
        }
    }
}
