//! Values that keep to a schema, to begin from.

use serde_json::{Map, Value, json};

use crate::{pattern, scalar::ID, schema::Components};

/// Messages inside messages are followed this far.
const DEEPEST: usize = 5;

/// A body a client can send: what is required, lists of objects, and all of it when nothing is required.
pub fn request(components: &Components, schema: &Value) -> Value {
    Examples {
        components,
        all: false,
    }
    .value(schema, "", 0)
}

/// An answer with all its fields.
pub fn response(components: &Components, schema: &Value) -> Value {
    Examples {
        components,
        all: true,
    }
    .value(schema, "", 0)
}

/// A value of a path or query parameter.
pub fn parameter(components: &Components, schema: &Value, name: &str) -> Value {
    Examples {
        components,
        all: true,
    }
    .value(schema, name, 0)
}

struct Examples<'s> {
    components: &'s Components,
    /// Fields that may be left out too.
    all: bool,
}

impl Examples<'_> {
    fn value(&self, schema: &Value, name: &str, depth: usize) -> Value {
        if let Some(reference) = schema["$ref"].as_str() {
            return match self.components.get(reference) {
                Some(schema) if depth < DEEPEST => self.value(schema, name, depth),
                _ => Value::Null,
            };
        }
        if let Some(first) = schema["examples"].get(0) {
            return first.clone();
        }
        if let Some(known) = schema["enum"].as_array() {
            let named = known
                .iter()
                .find(|value| !value.as_str().is_some_and(|name| name.ends_with("_UNSPECIFIED")));
            return named.cloned().unwrap_or_default();
        }
        if let Some(value) = schema.get("const") {
            return value.clone();
        }
        if let Some(first) = schema["anyOf"].get(0) {
            return self.value(first, name, depth);
        }
        match schema["type"]
            .as_str()
            .or_else(|| schema["type"].get(0)?.as_str())
        {
            Some("object") => self.object(schema, depth),
            Some("array") => match self.value(&schema["items"], name, depth) {
                Value::Null => json!([]),
                item => json!([item]),
            },
            Some("boolean") => json!(true),
            Some("integer" | "number") => {
                let least = schema["minimum"].as_i64().unwrap_or(1);
                json!(number(name).max(least))
            }
            Some("string") => text(schema, name),
            _ => Value::Null,
        }
    }

    fn object(&self, schema: &Value, depth: usize) -> Value {
        let Some(properties) = schema["properties"].as_object() else {
            return json!({});
        };
        let required = |name: &str| {
            schema["required"]
                .as_array()
                .is_some_and(|names| names.iter().any(|one| one == name))
        };
        // Lists of objects say what the request is about, and so do numbers of messages inside.
        let telling = |field: &Value| {
            let of = field["items"]["$ref"].as_str();
            of.is_some_and(|of| self.is_object(of)) || depth > 0 && field["format"] == "int64"
        };
        let chosen = |all: bool| -> Map<String, Value> {
            let fields = properties
                .iter()
                .filter(|(name, field)| all || required(name) || telling(field));
            let values = fields.map(|(name, field)| (name.clone(), self.value(field, name, depth + 1)));
            values.filter(|(_, value)| !value.is_null()).collect()
        };
        let mut some = chosen(self.all);
        if some.is_empty() && depth == 0 {
            some = chosen(true);
        }
        // Of members that exclude each other there is one, the first that may be.
        let pairs: Vec<(&str, &str)> = excluding(schema).collect();
        for (first, second) in &pairs {
            if some.contains_key(*first) {
                some.remove(*second);
            }
            let excluded = pairs.iter().any(|(one, other)| {
                one == first && some.contains_key(*other) || other == first && some.contains_key(*one)
            });
            if !excluded && !some.contains_key(*first) {
                let value = self.value(&properties[*first], first, depth + 1);
                some.insert((*first).to_owned(), value);
            }
        }
        Value::Object(some)
    }

    fn is_object(&self, reference: &str) -> bool {
        self.components
            .get(reference)
            .is_some_and(|schema| schema["type"] == "object")
    }
}

/// Each two members that are not given together.
fn excluding(schema: &Value) -> impl Iterator<Item = (&str, &str)> {
    let all = schema["allOf"].as_array().into_iter().flatten();
    all.filter_map(|rule| {
        let pair = &rule["not"]["required"];
        pair[0].as_str().zip(pair[1].as_str())
    })
}

/// Text by what the field is called, since a rule says how long it is but not what it says.
fn text(schema: &Value, name: &str) -> Value {
    if schema["format"] == "date-time" {
        return json!("2027-03-02T09:00:00Z");
    }
    if schema["format"] == "int64" || schema["format"] == "uint64" {
        return json!(number(name).to_string());
    }
    let text = by_name(&name.to_ascii_lowercase());
    if let Some(pattern) = schema["pattern"].as_str()
        && !regex::Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(text))
        && let Some(sample) = pattern::sample(pattern)
    {
        return json!(sample);
    }
    let least = schema["minLength"].as_u64().unwrap_or(0) as usize;
    let most = schema["maxLength"]
        .as_u64()
        .map_or(usize::MAX, |most| most as usize);
    let text: String = text.chars().take(most).collect();
    let missing = least.saturating_sub(text.chars().count());
    json!(format!("{text}{}", "x".repeat(missing)))
}

fn number(name: &str) -> i64 {
    if name == "minorUnits" { 12_000 } else { 1 }
}

fn by_name(lower: &str) -> &'static str {
    match lower {
        name if name.ends_with("id") => ID,
        name if name.ends_with("token") => "AbCdEf0123456789",
        name if name.contains("password") => "correct horse battery staple",
        name if name.ends_with("date") => "2027-12-31",
        name if name.contains("email") => "kim@example.com",
        name if name.contains("phone") => "010-1234-5678",
        "postalcode" => "04524",
        "registrationnumber" => "124-81-00998",
        "recipient" | "displayname" | "representative" => "김하늘",
        "line1" => "서울특별시 중구 세종대로 110",
        "name" => "햇감자",
        "nameko" => "채소",
        "nameen" => "Vegetables",
        "slug" => "vegetable",
        "sku" => "POTATO-10",
        "label" => "가게",
        "origin" => "국내산 강원 평창",
        "unit" => "10kg 상자",
        "bank" => "20",
        "carrier" => "우체국택배",
        "trackingnumber" => "6892012345678",
        "reason" | "note" => "수량을 잘못 입력했습니다",
        _ => "text",
    }
}
