//! The document of our own contracts.

mod document;
mod snippets;

use std::sync::LazyLock;

use serde_json::Value;
use xlcfi_contracts::POOL;
use xlcfi_openapi::{Info, document};
use xlcfi_transcode::Api;

static API: LazyLock<Api> = LazyLock::new(|| {
    Api::from_descriptor_pool(&POOL, |service| service.full_name().starts_with("xlcfi."))
        .expect("our bindings load")
});

static DOCUMENT: LazyLock<Value> = LazyLock::new(made);

fn made() -> Value {
    document(&POOL, &API, &Info::default())
}

/// Every operation with its path and method.
fn operations() -> impl Iterator<Item = (&'static str, &'static str, &'static Value)> {
    let paths = DOCUMENT["paths"].as_object().expect("paths");
    paths.iter().flat_map(|(path, item)| {
        let item = item.as_object().expect("operations");
        item.iter()
            .map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

fn operation(id: &str) -> &'static Value {
    let found = operations().find(|(.., operation)| operation["operationId"] == id);
    found.unwrap_or_else(|| panic!("there is no {id}")).2
}
