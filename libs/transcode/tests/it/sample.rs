//! Messages of any type, built from random choices.

use prost::Message as _;
use prost_reflect::{DynamicMessage, Kind, MapKey, MessageDescriptor, ReflectMessage as _, Value};

/// Random choices, spent one by one while a message is built.
pub struct Dice<'d> {
    throws: &'d [u64],
    at: usize,
}

impl<'d> Dice<'d> {
    /// Dice that will show these.
    pub fn new(throws: &'d [u64]) -> Self {
        Self { throws, at: 0 }
    }

    fn throw(&mut self) -> u64 {
        self.at += 1;
        self.throws.get(self.at - 1).copied().unwrap_or(0)
    }

    /// A number below the bound.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.throw() % bound
    }

    fn text(&mut self) -> String {
        let alphabet = [
            "a",
            "B",
            "0",
            " ",
            "\"",
            "\\",
            "/",
            "\n",
            "\u{1}",
            "한",
            "é",
            "😀",
            "\u{7f}",
            "long enough to fill words",
        ];
        (0..self.below(6))
            .map(|_| alphabet[self.below(alphabet.len() as u64) as usize])
            .collect()
    }

    fn number(&mut self) -> u64 {
        match self.below(4) {
            0 => self.below(5),
            1 => self.below(1000),
            2 => u64::MAX - self.below(3),
            _ => self.throw(),
        }
    }

    fn double(&mut self) -> f64 {
        match self.below(6) {
            0 => 1.5,
            1 => f64::NAN,
            2 => f64::INFINITY,
            3 => f64::from(self.number() as i32),
            _ => Some(f64::from_bits(self.throw()))
                .filter(|value| value.is_finite() && *value != 0.0)
                .unwrap_or(3.25),
        }
    }
}

/// A message of that type with some of its fields set.
pub fn message(dice: &mut Dice<'_>, descriptor: &MessageDescriptor, depth: u32) -> DynamicMessage {
    let mut built = DynamicMessage::new(descriptor.clone());
    if let Some(filled) = well_known(dice, &mut built, depth) {
        return filled;
    }
    let fields: Vec<_> = descriptor.fields().collect();
    if fields.is_empty() {
        return built;
    }
    for _ in 0..dice.below(if depth == 0 { 12 } else { 4 }) {
        let field = &fields[dice.below(fields.len() as u64) as usize];
        if field.is_map() {
            let entry = field.kind().as_message().expect("an entry").clone();
            let map = (0..dice.below(5))
                .filter_map(|_| {
                    let key = map_key(dice, &entry.map_entry_key_field().kind());
                    Some((key, value(dice, &entry.map_entry_value_field().kind(), depth)?))
                })
                .collect();
            built.set_field(field, Value::Map(map));
        } else if field.is_list() {
            let list = (0..dice.below(5))
                .filter_map(|_| value(dice, &field.kind(), depth))
                .collect();
            built.set_field(field, Value::List(list));
        } else if let Some(value) = value(dice, &field.kind(), depth) {
            built.set_field(field, value);
        }
    }
    built
}

fn value(dice: &mut Dice<'_>, kind: &Kind, depth: u32) -> Option<Value> {
    Some(match kind {
        Kind::Double => Value::F64(dice.double()),
        Kind::Float => Value::F32(dice.double() as f32),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Value::I32(dice.number() as i32),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Value::I64(dice.number() as i64),
        Kind::Uint32 | Kind::Fixed32 => Value::U32(dice.number() as u32),
        Kind::Uint64 | Kind::Fixed64 => Value::U64(dice.number()),
        Kind::Bool => Value::Bool(dice.below(2) == 1),
        Kind::String => Value::String(dice.text()),
        Kind::Bytes => Value::Bytes(dice.text().into_bytes().into()),
        Kind::Enum(declared) if declared.full_name() == "google.protobuf.NullValue" => Value::EnumNumber(0),
        Kind::Enum(_) => Value::EnumNumber([0, 1, 100_000, -7, 5, -1][dice.below(6) as usize]),
        Kind::Message(_) if depth > 3 => return None,
        Kind::Message(descriptor) => Value::Message(message(dice, descriptor, depth + 1)),
    })
}

fn map_key(dice: &mut Dice<'_>, kind: &Kind) -> MapKey {
    match kind {
        Kind::Int32 => MapKey::I32(dice.number() as i32),
        Kind::Sint64 => MapKey::I64(dice.number() as i64),
        Kind::Fixed32 => MapKey::U32(dice.number() as u32),
        Kind::Uint64 => MapKey::U64(dice.number()),
        Kind::Bool => MapKey::Bool(dice.below(2) == 1),
        _ => MapKey::String(dice.text()),
    }
}

/// Fills the messages whose fields have rules of their own.
fn well_known(dice: &mut Dice<'_>, built: &mut DynamicMessage, depth: u32) -> Option<DynamicMessage> {
    let name = built.descriptor().full_name().to_owned();
    let nanos = |dice: &mut Dice<'_>| [0, 5_000_000, 120_000, 999_999_999, 1][dice.below(5) as usize];
    match name.strip_prefix("google.protobuf.")? {
        "Timestamp" => {
            let seconds = dice.below(315_537_897_600) as i64 - 62_135_596_800;
            built.set_field_by_name("seconds", Value::I64(seconds));
            built.set_field_by_name("nanos", Value::I32(nanos(dice)));
        }
        "Duration" => {
            let sign = if dice.below(2) == 0 { 1 } else { -1 };
            let seconds = dice.below(315_576_000_000) as i64;
            built.set_field_by_name("seconds", Value::I64(seconds * i64::from(sign)));
            built.set_field_by_name("nanos", Value::I32(nanos(dice) * sign));
        }
        "FieldMask" => {
            let paths = ["a", "user_name.x", "b_c.d_e"];
            let list = (0..dice.below(4))
                .map(|_| Value::String(paths[dice.below(3) as usize].into()))
                .collect();
            built.set_field_by_name("paths", Value::List(list));
        }
        "Value" => match dice.below(if depth > 3 { 4 } else { 6 }) {
            0 => built.set_field_by_name("null_value", Value::EnumNumber(0)),
            1 => built.set_field_by_name("number_value", Value::F64(f64::from(dice.number() as i32) / 4.0)),
            2 => built.set_field_by_name("string_value", Value::String(dice.text())),
            3 => built.set_field_by_name("bool_value", Value::Bool(dice.below(2) == 1)),
            4 => nested(dice, built, "list_value", depth),
            _ => nested(dice, built, "struct_value", depth),
        },
        "Any" => {
            let inner = if dice.below(2) == 0 {
                "kitchen.v1.Sink"
            } else {
                "google.protobuf.Duration"
            };
            let descriptor = built.descriptor().parent_pool().get_message_by_name(inner)?;
            let payload = message(dice, &descriptor, depth + 1).encode_to_vec();
            built.set_field_by_name("type_url", Value::String(format!("type.googleapis.com/{inner}")));
            built.set_field_by_name("value", Value::Bytes(payload.into()));
        }
        wrapper @ ("DoubleValue" | "FloatValue") => {
            let number = f64::from(dice.number() as i32) / 8.0;
            let value = if wrapper == "FloatValue" {
                Value::F32(number as f32)
            } else {
                Value::F64(number)
            };
            built.set_field_by_name("value", value);
        }
        _ => return None,
    }
    Some(built.clone())
}

fn nested(dice: &mut Dice<'_>, built: &mut DynamicMessage, name: &str, depth: u32) {
    let field = built.descriptor().get_field_by_name(name).expect("a field");
    let inner = message(dice, field.kind().as_message().expect("a message"), depth + 1);
    built.set_field(&field, Value::Message(inner));
}
