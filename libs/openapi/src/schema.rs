//! Messages and enums as JSON Schema, the way ProtoJSON shows them.

use std::collections::BTreeMap;

use prost_reflect::{
    DescriptorPool, EnumDescriptor, ExtensionDescriptor, FieldDescriptor, Kind, MessageDescriptor,
};
use serde_json::{Map, Value, json};

use crate::{comments::Comments, rules::Rules, scalar, wellknown};

/// Which way a message goes. What is read is checked and may be written in several ways; what is answered has one form
/// and may grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// From the client.
    Request,
    /// To the client.
    Response,
}

/// The schemas and shared answers used so far, under the names they have in the document.
#[derive(Debug)]
pub struct Components {
    pub comments: Comments,
    rules: Option<ExtensionDescriptor>,
    done: BTreeMap<String, Value>,
    answers: BTreeMap<String, Value>,
}

impl Components {
    pub fn new(pool: &DescriptorPool) -> Self {
        Self {
            comments: Comments::of(pool),
            rules: pool.get_extension_by_name("buf.validate.field"),
            done: BTreeMap::new(),
            answers: BTreeMap::new(),
        }
    }

    /// All schemas and all shared answers, by name.
    pub fn finish(self) -> (Map<String, Value>, Map<String, Value>) {
        (
            self.done.into_iter().collect(),
            self.answers.into_iter().collect(),
        )
    }

    /// A reference to an answer that many operations have.
    pub fn answer(&mut self, name: &str, answer: impl FnOnce() -> Value) -> Value {
        if !self.answers.contains_key(name) {
            self.answers.insert(name.to_owned(), answer());
        }
        json!({ "$ref": format!("#/components/responses/{name}") })
    }

    /// A schema by its reference.
    pub fn get(&self, reference: &str) -> Option<&Value> {
        self.done.get(reference.strip_prefix("#/components/schemas/")?)
    }

    /// Adds a schema that no descriptor describes.
    pub fn add(&mut self, name: &str, schema: Value) -> Value {
        self.done.insert(name.to_owned(), schema);
        reference(name)
    }

    pub fn rules(&self, field: &FieldDescriptor) -> Rules {
        Rules::of(field, self.rules.as_ref())
    }

    /// A reference to a message, or the form of its own that a well-known type has.
    pub fn message(&mut self, message: &MessageDescriptor, side: Side) -> Value {
        if let Some(schema) = wellknown::schema(message, side) {
            return schema;
        }
        let request = side == Side::Request;
        let own = message.full_name().ends_with("Request");
        let name = short(message.full_name()) + if request && !own { ".Input" } else { "" };
        if !self.done.contains_key(&name) {
            // A message inside itself finds its name taken.
            self.done.insert(name.clone(), Value::Null);
            let schema = self.object(message, side, &[]);
            self.done.insert(name.clone(), schema);
        }
        reference(&name)
    }

    /// The object that a message is, without some of its fields.
    pub fn object(&mut self, message: &MessageDescriptor, side: Side, without: &[FieldDescriptor]) -> Value {
        let mut properties = Map::new();
        let mut required = Vec::new();
        for field in message
            .fields()
            .filter(|field| !without.contains(field) && !field.is_group())
        {
            if side == Side::Request && self.rules(&field).require(&field) {
                required.push(json!(field.json_name()));
            }
            properties.insert(field.json_name().to_owned(), self.field(&field, side));
        }
        let mut schema = json!({ "type": "object" });
        describe(&mut schema, &self.comments.message(message));
        if !properties.is_empty() {
            schema["properties"] = Value::Object(properties);
        }
        if !required.is_empty() {
            schema["required"] = Value::Array(required);
        }
        if side == Side::Request {
            let pairs = exclusive(message);
            if !pairs.is_empty() {
                schema["allOf"] = Value::Array(pairs);
            }
            schema["additionalProperties"] = json!(false);
        }
        schema
    }

    /// A field of a JSON object, with what is said of it.
    pub fn field(&mut self, field: &FieldDescriptor, side: Side) -> Value {
        let rules = self.rules(field);
        let mut schema = self.shape(field, &rules, side);
        if side == Side::Request && !rules.require(field) {
            schema = nullable(schema);
        }
        let text = self.comments.field(field);
        if text.output_only {
            schema["readOnly"] = json!(true);
        }
        if let Some(example) = text
            .example
            .filter(|_| matches!(field.kind(), Kind::String) && !field.is_list())
        {
            schema["examples"] = json!([example]);
        }
        describe(&mut schema, &text.description);
        schema
    }

    fn shape(&mut self, field: &FieldDescriptor, rules: &Rules, side: Side) -> Value {
        if let (true, Kind::Message(entry)) = (field.is_map(), field.kind()) {
            let value = entry.map_entry_value_field();
            let values = self.single(&value, &Rules::default(), side);
            return json!({ "type": "object", "additionalProperties": values });
        }
        if !field.is_list() {
            return self.single(field, rules, side);
        }
        let items = self.single(field, rules.items.as_deref().unwrap_or(&Rules::default()), side);
        let mut schema = json!({ "type": "array", "items": items });
        if side == Side::Request {
            bound(
                &mut schema,
                "minItems",
                rules.min_items.filter(|items| *items > 0),
            );
            bound(&mut schema, "maxItems", rules.max_items);
        }
        schema
    }

    fn single(&mut self, field: &FieldDescriptor, rules: &Rules, side: Side) -> Value {
        match field.kind() {
            Kind::Message(message) => self.message(&message, side),
            Kind::Enum(of) if of.full_name() == "google.protobuf.NullValue" => json!({ "type": "null" }),
            Kind::Enum(of) => self.enumeration(&of, rules.not_zero, side),
            kind if side == Side::Request => scalar::request(&kind, rules),
            kind => scalar::response(&kind),
        }
    }

    /// A reference to an enum. In requests a value may be given by its number, and `UNSPECIFIED` only where absence may.
    fn enumeration(&mut self, of: &EnumDescriptor, not_zero: bool, side: Side) -> Value {
        let name = short(of.full_name());
        match side {
            Side::Response => self.values(of, name, not_zero, json!("string"), None),
            Side::Request => {
                let name = name + if not_zero { ".Required" } else { ".Input" };
                self.values(
                    of,
                    name,
                    not_zero,
                    json!(["string", "integer"]),
                    Some(|number| json!(number)),
                )
            }
        }
    }

    /// The same in a path or a query, where numbers are text too.
    pub fn enumeration_text(&mut self, of: &EnumDescriptor, not_zero: bool) -> Value {
        let name = short(of.full_name()) + if not_zero { ".RequiredText" } else { ".Text" };
        self.values(
            of,
            name,
            not_zero,
            json!("string"),
            Some(|number| json!(number.to_string())),
        )
    }

    fn values(
        &mut self,
        of: &EnumDescriptor,
        name: String,
        not_zero: bool,
        kind: Value,
        number: Option<fn(i32) -> Value>,
    ) -> Value {
        if !self.done.contains_key(&name) {
            let values: Vec<_> = of
                .values()
                .filter(|value| !(not_zero && value.number() == 0))
                .collect();
            let mut text = self.comments.enumeration(of) + "\n";
            for value in &values {
                text += &format!("\n- `{}`: {}", value.name(), self.comments.value(value));
            }
            let mut known: Vec<Value> = values.iter().map(|value| json!(value.name())).collect();
            if let Some(number) = number {
                known.extend(values.iter().map(|value| number(value.number())));
            }
            let schema = json!({ "type": kind, "description": text, "enum": known });
            self.done.insert(name.clone(), schema);
        }
        reference(&name)
    }
}

/// Also takes null, which ProtoJSON reads as absent.
fn nullable(mut schema: Value) -> Value {
    schema["type"] = match schema["type"].take() {
        Value::String(one) => json!([one, "null"]),
        Value::Array(mut types) => {
            types.push(json!("null"));
            Value::Array(types)
        }
        _ => {
            if let Some(keywords) = schema.as_object_mut() {
                keywords.shift_remove("type");
            }
            let anything = schema.as_object().is_some_and(Map::is_empty);
            return if anything {
                schema
            } else {
                json!({ "anyOf": [schema, { "type": "null" }] })
            };
        }
    };
    schema
}

/// For each two members of a oneof, that they are not both given.
fn exclusive(message: &MessageDescriptor) -> Vec<Value> {
    let mut pairs = Vec::new();
    for oneof in message.oneofs().filter(|oneof| !oneof.is_synthetic()) {
        let names: Vec<String> = oneof.fields().map(|field| field.json_name().to_owned()).collect();
        for (at, one) in names.iter().enumerate() {
            for other in &names[at + 1..] {
                // The properties say nothing; linters ask that what is required is named.
                let named = json!({ one.as_str(): {}, other.as_str(): {} });
                pairs.push(json!({ "not": { "required": [one, other], "properties": named } }));
            }
        }
    }
    pairs
}

pub fn bound<N: Into<Value>>(schema: &mut Value, keyword: &str, bound: Option<N>) {
    if let Some(bound) = bound {
        schema[keyword] = bound.into();
    }
}

pub fn describe(schema: &mut Value, text: &str) {
    if !text.is_empty() {
        schema["description"] = json!(text);
    }
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// The name without the house's, such as `order.v1.Order`.
pub fn short(full_name: &str) -> String {
    full_name.strip_prefix("xlcfi.").unwrap_or(full_name).to_owned()
}
