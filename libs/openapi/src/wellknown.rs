//! Types of `google.protobuf` and `google.api` that have a JSON form of their own.

use prost_reflect::{Kind, MessageDescriptor};
use serde_json::{Value, json};

use crate::{rules::Rules, scalar, schema::Side};

/// The schema of a well-known type.
pub fn schema(message: &MessageDescriptor, side: Side) -> Option<Value> {
    Some(match message.full_name() {
        "google.protobuf.Timestamp" => json!({ "type": "string", "format": "date-time" }),
        "google.protobuf.Duration" => json!({
            "type": "string",
            "pattern": r"^-?[0-9]{1,12}(?:\.[0-9]{1,9})?s$",
            "examples": ["1.5s"],
        }),
        "google.protobuf.FieldMask" => json!({ "type": "string", "examples": ["name,address.line1"] }),
        "google.protobuf.Struct" => json!({ "type": "object" }),
        "google.protobuf.Value" => json!({}),
        "google.protobuf.ListValue" => json!({ "type": "array", "items": {} }),
        "google.protobuf.Empty" => json!({ "type": "object" }),
        "google.protobuf.Any" => json!({
            "type": "object",
            "properties": { "@type": { "type": "string", "description": "URL that ends with the name of the type." } },
        }),
        name if is_wrapper(name) => {
            let value = message.get_field(1)?.kind();
            wrapped(&value, side)
        }
        _ => return None,
    })
}

fn is_wrapper(name: &str) -> bool {
    let wrappers = [
        "Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes",
    ];
    name.strip_prefix("google.protobuf.")
        .and_then(|name| name.strip_suffix("Value"))
        .is_some_and(|name| wrappers.contains(&name))
}

fn wrapped(kind: &Kind, side: Side) -> Value {
    match side {
        Side::Request => scalar::request(kind, &Rules::default()),
        Side::Response => scalar::response(kind),
    }
}
