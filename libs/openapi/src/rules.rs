//! The field rules (`buf.validate`) as far as a schema can say them.

use prost_reflect::{DynamicMessage, ExtensionDescriptor, FieldDescriptor, Kind, Value};

/// The rules of one field. The contracts' own build refuses rules that are not among these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// A message that must be there.
    pub required: bool,
    /// The default value breaks no rule.
    pub ignore_zero: bool,
    /// Fewest characters.
    pub min_len: Option<u64>,
    /// Most characters.
    pub max_len: Option<u64>,
    /// Text is a UUID.
    pub uuid: bool,
    /// Text is an e-mail address.
    pub email: bool,
    /// Text matches.
    pub pattern: Option<String>,
    /// Smallest number.
    pub min: Option<i128>,
    /// Largest number.
    pub max: Option<i128>,
    /// The enum's zero is refused.
    pub not_zero: bool,
    /// Fewest items.
    pub min_items: Option<u64>,
    /// Most items.
    pub max_items: Option<u64>,
    /// Rules of each item.
    pub items: Option<Box<Rules>>,
}

impl Rules {
    /// Reads the rules of a field.
    pub fn of(field: &FieldDescriptor, extension: Option<&ExtensionDescriptor>) -> Self {
        let mut rules = Self::default();
        let options = field.options();
        if let Some(extension) = extension.filter(|extension| options.has_extension(extension))
            && let Some(message) = options.get_extension(extension).as_message()
        {
            rules.read(message);
        }
        rules
    }

    /// Whether a singular field has to be given: absent it would break its rules.
    pub fn require(&self, field: &FieldDescriptor) -> bool {
        if field.is_list() || field.is_map() {
            return self.min_items.is_some_and(|items| items > 0);
        }
        if matches!(field.kind(), Kind::Message(_)) {
            return self.required;
        }
        if field.supports_presence() || self.ignore_zero {
            return false;
        }
        self.not_zero
            || self.uuid
            || self.email
            || self.min_len.is_some_and(|length| length > 0)
            || self.min.is_some_and(|min| min > 0)
            || self.max.is_some_and(|max| max < 0)
            || self
                .pattern
                .as_deref()
                .is_some_and(|pattern| !crate::pattern::takes_empty(pattern))
    }

    fn read(&mut self, message: &DynamicMessage) {
        for (rule, value) in message.fields() {
            match (rule.name(), value) {
                ("required", Value::Bool(required)) => self.required = *required,
                ("ignore", Value::EnumNumber(1)) => self.ignore_zero = true,
                ("repeated" | "string" | "enum" | "int32" | "int64", Value::Message(inner)) => {
                    self.read(inner)
                }
                ("items", Value::Message(inner)) => {
                    let mut items = Self::default();
                    items.read(inner);
                    self.items = Some(Box::new(items));
                }
                ("min_len", Value::U64(length)) => self.min_len = Some(*length),
                // So many bytes are never more characters.
                ("max_len" | "max_bytes", Value::U64(length)) => self.max_len = Some(*length),
                ("uuid", Value::Bool(uuid)) => self.uuid = *uuid,
                ("email", Value::Bool(email)) => self.email = *email,
                ("pattern", Value::String(pattern)) => self.pattern = Some(pattern.clone()),
                ("not_in", Value::List(values)) => self.not_zero = values.contains(&Value::I32(0)),
                ("min_items", Value::U64(items)) => self.min_items = Some(*items),
                ("max_items", Value::U64(items)) => self.max_items = Some(*items),
                (bound, Value::I32(number)) => self.bound(bound, (*number).into()),
                (bound, Value::I64(number)) => self.bound(bound, (*number).into()),
                _ => {}
            }
        }
    }

    fn bound(&mut self, name: &str, number: i128) {
        match name {
            "gte" => self.min = Some(number),
            "gt" => self.min = Some(number + 1),
            "lte" => self.max = Some(number),
            "lt" => self.max = Some(number - 1),
            _ => {}
        }
    }
}
