//! Which query parameters a route takes, for its description.

use std::fmt;

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use crate::{
    program::shape,
    route::{Body, Route},
};

/// A query parameter of a route.
#[derive(Clone)]
pub struct Parameter {
    /// Its JSON name, with dots into messages, such as `created.from`. Proto names are taken too.
    pub name: String,
    /// The field it goes to: a scalar, an enum, or a message with a textual form. It can be repeated.
    pub field: FieldDescriptor,
}

impl fmt::Debug for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Parameter({})", self.name)
    }
}

impl Route {
    /// All query parameters it takes: every field that can be given as text and belongs neither to path nor body. Messages
    /// inside themselves are followed once.
    pub fn query_parameters(&self) -> Vec<Parameter> {
        let mut found = Vec::new();
        if self.body != Body::Whole && shape(self.method.input().full_name()).is_open() {
            self.collect(&self.method.input(), "", "", &mut Vec::new(), &mut found);
        }
        found
    }

    fn collect(
        &self,
        message: &MessageDescriptor,
        json_prefix: &str,
        proto_prefix: &str,
        above: &mut Vec<MessageDescriptor>,
        found: &mut Vec<Parameter>,
    ) {
        above.push(message.clone());
        for field in message
            .fields()
            .filter(|field| !field.is_map() && !field.is_group())
        {
            let name = format!("{json_prefix}{}", field.json_name());
            let path = format!("{proto_prefix}{}", field.name());
            let of_body = above.len() == 1 && matches!(&self.body, Body::Field(body) if *body == field);
            if of_body || self.variables.iter().any(|variable| variable.name() == path) {
                continue;
            }
            match field.kind() {
                Kind::Message(inner) if !shape(inner.full_name()).is_textual() => {
                    let open = shape(inner.full_name()).is_open();
                    if open && !field.is_list() && !above.contains(&inner) {
                        self.collect(&inner, &format!("{name}."), &format!("{path}."), above, found);
                    }
                }
                _ => found.push(Parameter { name, field }),
            }
        }
        above.pop();
    }
}
