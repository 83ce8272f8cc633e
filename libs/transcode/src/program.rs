//! What the codec runs: one flat table per message, compiled once from the descriptors.

use std::collections::HashMap;

use crate::{names::Names, wire};

/// All messages and enums of a descriptor pool.
pub(crate) struct Program {
    pub messages: Box<[Message]>,
    pub enums: Box<[Enum]>,
    /// Full message name to position in `messages`.
    pub by_name: HashMap<Box<str>, u32>,
}

/// One message type.
pub(crate) struct Message {
    pub name: Box<str>,
    pub shape: Shape,
    /// In order of field number.
    pub fields: Box<[Field]>,
    pub numbers: Numbers,
    /// JSON names and proto names to positions in `fields`.
    pub names: Names,
    /// Names of the real oneofs, by [`Field::oneof`].
    pub oneofs: Box<[Box<str>]>,
}

impl Message {
    /// The field of that number.
    #[inline]
    pub fn numbered(&self, number: u32) -> Option<u16> {
        self.numbers.get(number, &self.fields)
    }
}

/// How a message looks in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// An object of its fields.
    Plain,
    Timestamp,
    Duration,
    FieldMask,
    /// The bare value of its field 1.
    Wrapper,
    Struct,
    Value,
    ListValue,
    Any,
    /// An object without fields, but a `value` inside `Any`.
    Empty,
    /// An object like the plain ones, but raw bytes as a whole HTTP body.
    HttpBody,
}

impl Shape {
    /// Whether it can be given as bare text, as in a query.
    pub fn is_textual(self) -> bool {
        matches!(
            self,
            Shape::Timestamp | Shape::Duration | Shape::FieldMask | Shape::Wrapper
        )
    }

    /// Whether its fields can be named one by one, as in a query.
    pub fn is_open(self) -> bool {
        matches!(self, Shape::Plain | Shape::HttpBody)
    }
}

/// How the message of that name looks in JSON.
pub(crate) fn shape(full_name: &str) -> Shape {
    let Some(short) = full_name.strip_prefix("google.protobuf.") else {
        return if full_name == "google.api.HttpBody" {
            Shape::HttpBody
        } else {
            Shape::Plain
        };
    };
    match short {
        "Timestamp" => Shape::Timestamp,
        "Duration" => Shape::Duration,
        "FieldMask" => Shape::FieldMask,
        "DoubleValue" | "FloatValue" | "Int64Value" | "UInt64Value" | "Int32Value" | "UInt32Value"
        | "BoolValue" | "StringValue" | "BytesValue" => Shape::Wrapper,
        "Struct" => Shape::Struct,
        "Value" => Shape::Value,
        "ListValue" => Shape::ListValue,
        "Any" => Shape::Any,
        "Empty" => Shape::Empty,
        _ => Shape::Plain,
    }
}

/// One field of a message.
pub(crate) struct Field {
    pub number: u32,
    /// Its name in the proto file.
    pub name: Box<str>,
    pub json_name: Box<str>,
    /// `,"jsonName":` as printed; the first field of an object leaves the comma out.
    pub key: Box<[u8]>,
    /// Number and wire type of one element.
    pub tag: Tag,
    /// For lists the kind of an element, for maps that of a value.
    pub kind: Kind,
    pub card: Card,
    /// Whether an unset field differs from one set to its default.
    pub presence: bool,
    /// Its real oneof, as an index into [`Message::oneofs`].
    pub oneof: Option<u16>,
    /// Where duplicates show: the field's own slot, or that of its oneof.
    pub slot: u16,
}

/// How many values a field has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Card {
    One,
    List { packed: bool },
    Map { key: Kind },
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Double,
    Float,
    Int32,
    Int64,
    Uint32,
    Uint64,
    Sint32,
    Sint64,
    Fixed32,
    Fixed64,
    Sfixed32,
    Sfixed64,
    Bool,
    String,
    Bytes,
    /// Position in [`Program::enums`].
    Enum(u32),
    /// `google.protobuf.NullValue`.
    Null,
    /// Position in [`Program::messages`].
    Message(u32),
}

impl Kind {
    /// The wire type of one unpacked value.
    #[inline]
    pub fn wire_type(self) -> u8 {
        match self {
            Kind::Double | Kind::Fixed64 | Kind::Sfixed64 => wire::FIXED64,
            Kind::Float | Kind::Fixed32 | Kind::Sfixed32 => wire::FIXED32,
            Kind::String | Kind::Bytes | Kind::Message(_) => wire::BYTES,
            _ => wire::VARINT,
        }
    }
}

/// An encoded field tag.
#[derive(Clone, Copy)]
pub(crate) struct Tag {
    bytes: [u8; 5],
    length: u8,
}

impl Tag {
    pub fn new(number: u32, wire_type: u8) -> Self {
        let mut encoded = Vec::with_capacity(5);
        wire::put_varint(&mut encoded, u64::from(number) << 3 | u64::from(wire_type));
        let mut bytes = [0; 5];
        bytes[..encoded.len()].copy_from_slice(&encoded);
        Self {
            bytes,
            length: encoded.len() as u8,
        }
    }

    /// Appends the tag.
    #[inline]
    pub fn put(&self, out: &mut Vec<u8>) {
        if self.length == 1 {
            out.push(self.bytes[0]);
        } else {
            out.extend_from_slice(&self.bytes[..usize::from(self.length)]);
        }
    }
}

/// Field numbers to positions.
pub(crate) enum Numbers {
    /// Indexed by number; `u16::MAX` where there is no field.
    Dense(Box<[u16]>),
    /// Numbers too far apart: search the sorted fields.
    Sparse,
}

impl Numbers {
    pub fn new(fields: &[Field]) -> Self {
        let Some(last) = fields.last() else {
            return Numbers::Dense(Box::default());
        };
        if last.number as usize > 64 + fields.len() * 8 {
            return Numbers::Sparse;
        }
        let mut dense = vec![u16::MAX; last.number as usize + 1];
        for (position, field) in (0u16..).zip(fields) {
            dense[field.number as usize] = position;
        }
        Numbers::Dense(dense.into())
    }

    #[inline]
    fn get(&self, number: u32, fields: &[Field]) -> Option<u16> {
        match self {
            Numbers::Dense(dense) => dense
                .get(number as usize)
                .copied()
                .filter(|found| *found != u16::MAX),
            Numbers::Sparse => fields
                .binary_search_by_key(&number, |field| field.number)
                .ok()
                .map(|at| at as u16),
        }
    }
}

/// One enum type.
pub(crate) struct Enum {
    pub name: Box<str>,
    /// Number and quoted JSON text of each value, sorted by number; of aliases the first declared.
    pub values: Box<[(i32, Box<[u8]>)]>,
    /// Value names to positions in `numbers`.
    pub names: Names,
    pub numbers: Box<[i32]>,
    /// The number an unset field has.
    pub default: i32,
}

impl Enum {
    /// The quoted name of a value.
    #[inline]
    pub fn text(&self, number: i32) -> Option<&[u8]> {
        let near = usize::try_from(number).ok().and_then(|at| self.values.get(at));
        if let Some((_, text)) = near.filter(|(known, _)| *known == number) {
            return Some(text);
        }
        let at = self
            .values
            .binary_search_by_key(&number, |(known, _)| *known)
            .ok()?;
        Some(&self.values[at].1)
    }

    /// The number of a value name.
    #[inline]
    pub fn number(&self, name: &[u8]) -> Option<i32> {
        self.names.get(name).map(|at| self.numbers[usize::from(at)])
    }
}
