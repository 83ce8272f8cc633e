//! Descriptors to programs.

use std::collections::{BTreeMap, HashMap};

use prost_reflect::{DescriptorPool, EnumDescriptor, FieldDescriptor, MessageDescriptor};

use crate::{
    names::Names,
    program::{Card, Enum, Field, Kind, Message, Numbers, Program, Tag, shape},
    text, wire,
};

/// Compiles every message and enum of the pool.
pub(crate) fn compile(pool: &DescriptorPool) -> Program {
    let compiler = Compiler {
        messages: positions(pool.all_messages().map(|message| message.full_name().to_owned())),
        enums: positions(pool.all_enums().map(|declared| declared.full_name().to_owned())),
    };
    let messages = pool
        .all_messages()
        .map(|message| compiler.message(&message))
        .collect();
    let enums = pool.all_enums().map(|declared| enumeration(&declared)).collect();
    let by_name = compiler
        .messages
        .into_iter()
        .map(|(name, at)| (name.into(), at))
        .collect();
    Program {
        messages,
        enums,
        by_name,
    }
}

fn positions(names: impl Iterator<Item = String>) -> HashMap<String, u32> {
    names.zip(0u32..).collect()
}

struct Compiler {
    messages: HashMap<String, u32>,
    enums: HashMap<String, u32>,
}

impl Compiler {
    fn message(&self, message: &MessageDescriptor) -> Message {
        let mut declared: Vec<FieldDescriptor> = message.fields().filter(|field| !field.is_group()).collect();
        declared.sort_by_key(FieldDescriptor::number);
        let oneofs: Vec<Box<str>> = message
            .oneofs()
            .filter(|oneof| !oneof.is_synthetic())
            .map(|oneof| oneof.name().to_owned().into())
            .collect();
        let count = declared.len() as u16;
        let fields: Box<[Field]> = (0u16..)
            .zip(&declared)
            .map(|(at, field)| self.field(field, at, count, &oneofs))
            .collect();
        let json_names = (0u16..)
            .zip(&fields)
            .map(|(at, field)| (field.json_name.to_string(), at));
        let proto_names = (0u16..)
            .zip(&fields)
            .map(|(at, field)| (field.name.to_string(), at));
        Message {
            name: message.full_name().into(),
            shape: shape(message.full_name()),
            numbers: Numbers::new(&fields),
            names: Names::new(json_names.chain(proto_names)),
            oneofs: oneofs.into(),
            fields,
        }
    }

    fn field(&self, field: &FieldDescriptor, at: u16, count: u16, oneofs: &[Box<str>]) -> Field {
        let (kind, card) = if field.is_map()
            && let prost_reflect::Kind::Message(entry) = field.kind()
        {
            let key = self.kind(&entry.map_entry_key_field());
            (self.kind(&entry.map_entry_value_field()), Card::Map { key })
        } else if field.is_list() {
            (
                self.kind(field),
                Card::List {
                    packed: field.is_packed(),
                },
            )
        } else {
            (self.kind(field), Card::One)
        };
        let wire_type = match card {
            Card::Map { .. } | Card::List { packed: true } => wire::BYTES,
            _ => kind.wire_type(),
        };
        let oneof = field.containing_oneof().and_then(|oneof| {
            (0u16..)
                .zip(oneofs)
                .find(|(_, known)| ***known == *oneof.name())
                .map(|(at, _)| at)
        });
        let mut key = vec![b','];
        text::quote(&mut key, field.json_name().as_bytes());
        key.push(b':');
        Field {
            number: field.number(),
            name: field.name().into(),
            json_name: field.json_name().into(),
            key: key.into(),
            tag: Tag::new(field.number(), wire_type),
            kind,
            card,
            presence: card == Card::One && field.supports_presence(),
            oneof,
            slot: oneof.map_or(at, |oneof| count + oneof),
        }
    }

    fn kind(&self, field: &FieldDescriptor) -> Kind {
        match field.kind() {
            prost_reflect::Kind::Double => Kind::Double,
            prost_reflect::Kind::Float => Kind::Float,
            prost_reflect::Kind::Int32 => Kind::Int32,
            prost_reflect::Kind::Int64 => Kind::Int64,
            prost_reflect::Kind::Uint32 => Kind::Uint32,
            prost_reflect::Kind::Uint64 => Kind::Uint64,
            prost_reflect::Kind::Sint32 => Kind::Sint32,
            prost_reflect::Kind::Sint64 => Kind::Sint64,
            prost_reflect::Kind::Fixed32 => Kind::Fixed32,
            prost_reflect::Kind::Fixed64 => Kind::Fixed64,
            prost_reflect::Kind::Sfixed32 => Kind::Sfixed32,
            prost_reflect::Kind::Sfixed64 => Kind::Sfixed64,
            prost_reflect::Kind::Bool => Kind::Bool,
            prost_reflect::Kind::String => Kind::String,
            prost_reflect::Kind::Bytes => Kind::Bytes,
            prost_reflect::Kind::Enum(declared) if declared.full_name() == "google.protobuf.NullValue" => {
                Kind::Null
            }
            prost_reflect::Kind::Enum(declared) => Kind::Enum(self.enums[declared.full_name()]),
            prost_reflect::Kind::Message(message) => Kind::Message(self.messages[message.full_name()]),
        }
    }
}

fn enumeration(declared: &EnumDescriptor) -> Enum {
    let mut values = BTreeMap::new();
    let mut names = Vec::new();
    let mut numbers = Vec::new();
    // The descriptor's own iterator has lost the order of declaration.
    for value in &declared.enum_descriptor_proto().value {
        let mut text = Vec::new();
        text::quote(&mut text, value.name().as_bytes());
        values
            .entry(value.number())
            .or_insert_with(|| text.into_boxed_slice());
        names.push((value.name().to_owned(), numbers.len() as u16));
        numbers.push(value.number());
    }
    Enum {
        name: declared.full_name().into(),
        values: values.into_iter().collect(),
        names: Names::new(names),
        numbers: numbers.into(),
        default: declared.default_value().number(),
    }
}
