//! Numbers, text, bytes and truth values.

use prost_reflect::Kind;
use serde_json::{Number, Value, json};

use crate::{pattern, range, rules::Rules, schema::bound};

/// An id such as the contracts use, for examples.
pub const ID: &str = "0190b6e0-7c1e-7a10-8a5e-3f1c2b4d5e6f";

/// How a scalar stands in a JSON answer.
pub fn response(kind: &Kind) -> Value {
    match kind {
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::String => json!({ "type": "string" }),
        Kind::Bytes => json!({ "type": "string", "contentEncoding": "base64" }),
        Kind::Float | Kind::Double => floating(kind),
        kind => {
            let whole = whole(kind);
            if whole.long {
                let digits = if whole.min < 0 { "^-?[0-9]+$" } else { "^[0-9]+$" };
                json!({ "type": "string", "format": whole.format, "pattern": digits })
            } else {
                json!({ "type": "integer", "format": whole.format })
            }
        }
    }
}

/// What is taken for a scalar in a JSON body.
pub fn request(kind: &Kind, rules: &Rules) -> Value {
    match kind {
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::String => text(rules),
        Kind::Bytes => json!({ "type": "string", "contentEncoding": "base64" }),
        Kind::Float | Kind::Double => floating(kind),
        kind => {
            let mut schema = bounded(kind, rules);
            let (min, max) = bounds(kind, rules);
            // Each keyword speaks of its own type only: this is the union of a number and its text.
            schema["type"] = json!(["integer", "string"]);
            schema["pattern"] = json!(range::pattern(min, max));
            schema
        }
    }
}

/// What is taken for a scalar in a path or a query, where everything is text.
pub fn parameter(kind: &Kind, rules: &Rules) -> Value {
    match kind {
        Kind::Bool | Kind::String | Kind::Bytes | Kind::Float | Kind::Double => request(kind, rules),
        kind => bounded(kind, rules),
    }
}

fn text(rules: &Rules) -> Value {
    let mut schema = json!({ "type": "string" });
    let known = rules.pattern.as_deref().and_then(pattern::ecma);
    match (rules.uuid, rules.email, known) {
        (true, ..) if rules.ignore_zero => {
            schema["pattern"] = json!(pattern::or_empty(&format!("^{}$", pattern::UUID)));
        }
        (true, ..) => schema["format"] = json!("uuid"),
        (_, true, _) if rules.ignore_zero => {
            schema["anyOf"] = json!([{ "format": "email" }, { "const": "" }])
        }
        (_, true, _) => schema["format"] = json!("email"),
        (.., Some(known)) if rules.ignore_zero => schema["pattern"] = json!(pattern::or_empty(known)),
        (.., Some(known)) => schema["pattern"] = json!(known),
        _ => schema["pattern"] = json!(pattern::TEXT),
    }
    bound(
        &mut schema,
        "minLength",
        rules.min_len.filter(|length| *length > 0 && !rules.ignore_zero),
    );
    bound(&mut schema, "maxLength", rules.max_len);
    let example = match (rules.uuid, rules.email) {
        (true, _) => Some(ID),
        (_, true) => Some("kim@example.com"),
        _ => None,
    };
    bound(&mut schema, "examples", example.map(|example| json!([example])));
    schema
}

fn floating(kind: &Kind) -> Value {
    let format = if *kind == Kind::Float { "float" } else { "double" };
    json!({ "type": ["number", "string"], "format": format, "pattern": "^(?:NaN|-?Infinity|-?[0-9]+(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)$" })
}

fn bounded(kind: &Kind, rules: &Rules) -> Value {
    let (min, max) = bounds(kind, rules);
    json!({ "type": "integer", "format": whole(kind).format, "minimum": number(min), "maximum": number(max) })
}

fn bounds(kind: &Kind, rules: &Rules) -> (i128, i128) {
    let whole = whole(kind);
    (rules.min.unwrap_or(whole.min), rules.max.unwrap_or(whole.max))
}

fn number(value: i128) -> Option<Number> {
    Number::from_i128(value)
}

struct Whole {
    format: &'static str,
    min: i128,
    max: i128,
    /// More than a double holds: text in answers.
    long: bool,
}

fn whole(kind: &Kind) -> Whole {
    let (format, min, max, long) = match kind {
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => ("int64", i64::MIN.into(), i64::MAX.into(), true),
        Kind::Uint64 | Kind::Fixed64 => ("uint64", 0, u64::MAX.into(), true),
        Kind::Uint32 | Kind::Fixed32 => ("uint32", 0, u32::MAX.into(), false),
        _ => ("int32", i32::MIN.into(), i32::MAX.into(), false),
    };
    Whole {
        format,
        min,
        max,
        long,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_number_is_text_in_answers_and_either_in_requests() {
        assert_eq!(
            response(&Kind::Int64),
            json!({ "type": "string", "format": "int64", "pattern": "^-?[0-9]+$" })
        );
        let rules = Rules {
            min: Some(1),
            max: Some(100),
            ..Rules::default()
        };
        assert_eq!(
            request(&Kind::Int64, &rules),
            json!({
                "type": ["integer", "string"], "format": "int64", "minimum": 1, "maximum": 100,
                "pattern": "^(?:[1-9][0-9]?|100)$",
            })
        );
        assert_eq!(
            parameter(&Kind::Int64, &rules),
            json!({ "type": "integer", "format": "int64", "minimum": 1, "maximum": 100 })
        );
    }

    #[test]
    fn an_id_that_may_be_left_out_may_be_empty() {
        let rules = Rules {
            uuid: true,
            ..Rules::default()
        };
        assert_eq!(request(&Kind::String, &rules)["format"], "uuid");
        let rules = Rules {
            ignore_zero: true,
            ..rules
        };
        let schema = request(&Kind::String, &rules);
        let regex = regex::Regex::new(schema["pattern"].as_str().expect("a pattern")).expect("a regex");
        assert!(regex.is_match("") && regex.is_match(ID) && !regex.is_match("1"));
    }
}
