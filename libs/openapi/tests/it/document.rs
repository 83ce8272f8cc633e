use std::collections::{BTreeMap, HashSet};

use serde_json::Value;
use xlcfi_contracts::POOL;
use xlcfi_contracts::policy::{self, Access, RateClass};
use xlcfi_transcode::Match;

use crate::{API, DOCUMENT, made, operations};

#[test]
fn every_route_of_the_contracts_is_there_once() {
    let mut documented: BTreeMap<&str, usize> = BTreeMap::new();
    for (.., operation) in operations() {
        let method = operation["x-xlcfi-grpc-method"].as_str().expect("a name");
        *documented.entry(method).or_default() += 1;
    }
    let mut routed: BTreeMap<String, usize> = BTreeMap::new();
    for route in API.routes() {
        *routed.entry(route.grpc_path()[1..].to_owned()).or_default() += 1;
    }
    assert!(routed.len() > 50, "only {} methods are routed", routed.len());
    for (method, count) in &routed {
        assert_eq!(documented.get(method.as_str()), Some(count), "{method}");
    }
    assert_eq!(documented.len(), routed.len());
}

#[test]
fn no_internal_method_is_there() {
    let text = DOCUMENT.to_string();
    let mut internal = 0;
    for method in POOL
        .services()
        .flat_map(|service| service.methods().collect::<Vec<_>>())
    {
        if policy::read(&method).is_ok_and(|policy| policy.access == Access::Internal) {
            internal += 1;
            let name = format!("{}/{}", method.parent_service().full_name(), method.name());
            assert!(!text.contains(&name), "{name}");
        }
    }
    assert!(internal > 0);
}

#[test]
fn each_documented_path_leads_to_its_own_method() {
    for (path, method, operation) in operations() {
        let filled = path.split('{').map(|part| {
            part.split_once('}')
                .map_or(part.to_owned(), |(_, rest)| format!("x{rest}"))
        });
        let filled: String = filled.collect();
        let method = method.to_uppercase().parse().expect("a method");
        let Ok(Match::Found { route, .. }) = API.match_path(&method, &filled) else {
            panic!("{method} {filled} is not routed");
        };
        assert_eq!(operation["x-xlcfi-grpc-method"], route.grpc_path()[1..]);
    }
}

#[test]
fn operation_ids_are_unique() {
    let mut seen = HashSet::new();
    for (.., operation) in operations() {
        let id = operation["operationId"].as_str().expect("an id");
        assert!(seen.insert(id), "{id} stands twice");
    }
}

#[test]
fn path_parameters_are_those_of_the_path() {
    for (path, _, operation) in operations() {
        let parameters = operation["parameters"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        let mut declared: Vec<&str> = parameters
            .iter()
            .filter(|parameter| parameter["in"] == "path")
            .inspect(|parameter| assert_eq!(parameter["required"], true, "{path}"))
            .filter_map(|parameter| parameter["name"].as_str())
            .collect();
        let mut named: Vec<&str> = path
            .split('{')
            .skip(1)
            .filter_map(|part| Some(part.split_once('}')?.0))
            .collect();
        declared.sort_unstable();
        named.sort_unstable();
        assert_eq!(declared, named, "{path}");
    }
}

#[test]
fn every_reference_leads_somewhere_and_nothing_is_left_over() {
    let mut used = HashSet::new();
    references(&DOCUMENT, &mut used);
    for reference in &used {
        let pointer = reference.strip_prefix('#').expect("all are local");
        assert!(
            DOCUMENT.pointer(pointer).is_some_and(|target| !target.is_null()),
            "{reference}"
        );
    }
    for kind in ["schemas", "responses", "headers", "parameters"] {
        for name in DOCUMENT["components"][kind]
            .as_object()
            .expect("components")
            .keys()
        {
            let reference = format!("#/components/{kind}/{name}");
            let detail = name.starts_with("google.rpc.");
            assert!(
                used.contains(reference.as_str()) || detail,
                "{reference} is not used"
            );
        }
    }
}

fn references<'v>(value: &'v Value, found: &mut HashSet<&'v str>) {
    match value {
        Value::Object(members) => {
            if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
                found.insert(reference);
            }
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn what_is_sent_is_closed_and_what_is_answered_is_open() {
    for (name, schema) in DOCUMENT["components"]["schemas"].as_object().expect("schemas") {
        if schema["type"] != "object" {
            continue;
        }
        let sent = !name.starts_with("google.") && (name.ends_with("Request") || name.ends_with(".Input"));
        assert_eq!(
            schema.get("additionalProperties") == Some(&Value::Bool(false)),
            sent,
            "{name}"
        );
        let of_house = name.contains(".v1.");
        assert!(
            sent || !of_house || schema.get("required").is_none(),
            "{name}: defaults are left out of answers"
        );
    }
}

#[test]
fn a_signed_in_method_needs_a_token_and_a_public_one_may_have_it() {
    for (path, method, operation) in operations() {
        let full = format!("/{}", operation["x-xlcfi-grpc-method"].as_str().expect("a name"));
        let policy = policy::policy(&full).expect("it has a policy");
        let token = serde_json::json!({ "bearerAuth": [] });
        let security = match (policy.access, policy.rate_class) {
            // Sign-in: a client whose token has ended must be able to get another.
            (Access::Public, RateClass::Credential) => serde_json::json!([]),
            (Access::Public, _) => serde_json::json!([{}, token]),
            _ => serde_json::json!([token]),
        };
        assert_eq!(operation["security"], security, "{method} {path}");
        let forbidden = operation["responses"].get("403").is_some();
        assert!(forbidden || policy.access != Access::Role, "{method} {path}");
        assert_eq!(
            operation["responses"].get("304").is_some(),
            policy.cacheable,
            "{method} {path}"
        );
        for status in ["200", "400", "401", "404", "405", "429", "500", "503", "504"] {
            assert!(
                operation["responses"].get(status).is_some(),
                "{status} of {method} {path}"
            );
        }
        let body = operation.get("requestBody").is_some();
        assert_eq!(
            operation["responses"].get("415").is_some(),
            body,
            "{method} {path}"
        );
    }
}

#[test]
fn every_error_of_a_comment_stands_under_its_status() {
    let status_of = BTreeMap::from([
        ("NOT_FOUND", "404"),
        ("ALREADY_EXISTS", "409"),
        ("ABORTED", "409"),
        ("FAILED_PRECONDITION", "400"),
        ("INVALID_ARGUMENT", "400"),
        ("UNAVAILABLE", "503"),
        ("RESOURCE_EXHAUSTED", "429"),
        ("UNAUTHENTICATED", "401"),
        ("PERMISSION_DENIED", "403"),
    ]);
    let mut errors = 0;
    for route in API.routes() {
        let method = route.method();
        let file = method.parent_service().parent_file();
        let info = file
            .file_descriptor_proto()
            .source_code_info
            .as_ref()
            .expect("comments are kept");
        let place = info
            .location
            .iter()
            .find(|place| place.path == method.path())
            .expect("its place");
        let comment = place.leading_comments();
        let (_, listed) = comment.split_once("Errors:").unwrap_or_default();
        for line in listed.lines().filter(|line| line.contains('/')) {
            let (code, reason) = line.split_once(" / ").expect("CODE / REASON");
            let (code, reason) = (code.trim(), reason.trim());
            let status = status_of
                .get(code)
                .unwrap_or_else(|| panic!("{code} of {}", method.full_name()));
            let name = route.grpc_path();
            let (.., operation) = operations()
                .find(|(.., one)| one["x-xlcfi-grpc-method"] == name[1..])
                .expect("it is there");
            let answer = &operation["responses"][status];
            let told = answer["description"]
                .as_str()
                .is_some_and(|text| text.contains(&format!("`{code}` / `{reason}`")));
            assert!(told, "{code} / {reason} of {name}");
            let example = &answer["content"]["application/json"]["examples"][reason]["value"];
            assert_eq!(example["details"][0]["reason"], reason, "{name}");
            errors += 1;
        }
    }
    assert!(errors > 60, "only {errors} errors found");
}

#[test]
fn the_same_contracts_give_the_same_text() {
    assert_eq!(format!("{:#}", made()), format!("{:#}", made()));
    let positions: Vec<usize> = [
        "\"openapi\"",
        "\"info\"",
        "\"servers\"",
        "\"tags\"",
        "\"paths\"",
        "\"components\"",
    ]
    .iter()
    .map(|key| made().to_string().find(key).expect("it is there"))
    .collect();
    assert!(positions.is_sorted());
}

#[test]
fn every_example_of_a_request_is_taken_by_the_codec() {
    for (path, method, operation) in operations() {
        let example = &operation["requestBody"]["content"]["application/json"]["example"];
        if example.is_null() {
            continue;
        }
        let name = operation["x-xlcfi-grpc-method"].as_str().expect("a name");
        let route = API
            .routes()
            .iter()
            .find(|route| &route.grpc_path()[1..] == name)
            .expect("a route");
        let mut wire = Vec::new();
        let taken = API
            .codec()
            .json_to_wire(route.input(), example.to_string().as_bytes(), &mut wire);
        taken.unwrap_or_else(|refusal| panic!("{method} {path}: {refusal}"));
    }
}
