//! One HTTP binding of one RPC.

use std::{borrow::Cow, fmt};

use http::Method;
use prost_reflect::{FieldDescriptor, MethodDescriptor};

use crate::{
    codec::MessageId,
    percent::{self, Keep},
    template::{Span, Template},
};

/// The HTTP method of a binding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Every method (`custom { kind: "*" }`), after bindings that name theirs.
    Any,
    /// This method.
    Method(Method),
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verb::Any => f.write_str("*"),
            Verb::Method(method) => method.fmt(f),
        }
    }
}

/// What of a message the HTTP body carries.
#[derive(Clone, PartialEq, Eq)]
pub enum Body {
    /// Nothing: the body must be empty.
    None,
    /// All of it.
    Whole,
    /// One field.
    Field(FieldDescriptor),
}

// Descriptors are left out of debug texts: those of a message inside itself have no end.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Body::None => f.write_str("None"),
            Body::Whole => f.write_str("Whole"),
            Body::Field(field) => write!(f, "Field({})", field.name()),
        }
    }
}

/// A path variable and the field it goes to.
#[derive(Clone)]
pub struct Variable {
    pub(crate) span: Span,
    pub(crate) multiple: bool,
    pub(crate) field: FieldDescriptor,
    /// Positions of the fields down to it, in the program's tables.
    pub(crate) trail: Box<[u16]>,
}

impl Variable {
    /// The field path as written in the template, such as `order.order_id`.
    pub fn name(&self) -> &str {
        &self.span.field
    }

    /// The field at the end of the path: a scalar or an enum.
    pub fn field(&self) -> &FieldDescriptor {
        &self.field
    }

    /// Whether it can take more than one path segment.
    pub fn is_multiple(&self) -> bool {
        self.multiple
    }
}

impl fmt::Debug for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Variable({})", self.name())
    }
}

/// One HTTP binding of one RPC.
#[derive(Clone)]
pub struct Route {
    pub(crate) index: usize,
    pub(crate) grpc_path: Box<str>,
    pub(crate) method: MethodDescriptor,
    pub(crate) verb: Verb,
    pub(crate) template: Template,
    pub(crate) variables: Vec<Variable>,
    pub(crate) body: Body,
    pub(crate) response_body: Option<FieldDescriptor>,
    pub(crate) input: MessageId,
    pub(crate) output: MessageId,
    /// Where the body goes.
    pub(crate) body_target: Target,
    /// What the answer shows.
    pub(crate) answer: Target,
    pub(crate) additional: usize,
}

/// A message or one of its fields.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    /// Position of the field; the whole message if there is none.
    pub field: Option<u16>,
    /// The `google.api.HttpBody` that is there, to be passed raw.
    pub raw: Option<u32>,
}

impl Route {
    /// The RPC, with its options, types and streaming sides.
    pub fn method(&self) -> &MethodDescriptor {
        &self.method
    }

    /// The gRPC path, `/package.Service/Method`.
    pub fn grpc_path(&self) -> &str {
        &self.grpc_path
    }

    /// Its position in [`Api::routes`](crate::Api::routes), for tables beside.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The HTTP method.
    pub fn verb(&self) -> &Verb {
        &self.verb
    }

    /// The URL template.
    pub fn template(&self) -> &Template {
        &self.template
    }

    /// The path variables, in the order of the template.
    pub fn variables(&self) -> &[Variable] {
        &self.variables
    }

    /// What of the request the HTTP body carries.
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// The one field of the answer that the HTTP body shows; all of it if there is none.
    pub fn response_body(&self) -> Option<&FieldDescriptor> {
        self.response_body.as_ref()
    }

    /// The request type.
    pub fn input(&self) -> MessageId {
        self.input
    }

    /// The response type.
    pub fn output(&self) -> MessageId {
        self.output
    }

    /// 0 for the method's main binding, 1 for its first additional one, and so on.
    pub fn additional(&self) -> usize {
        self.additional
    }

    /// Whether the request body is `google.api.HttpBody`: raw bytes of any content type instead of JSON.
    pub fn takes_raw(&self) -> bool {
        self.body_target.raw.is_some()
    }

    /// Whether the answer is `google.api.HttpBody`: raw bytes with their own content type instead of JSON.
    pub fn gives_raw(&self) -> bool {
        self.answer.raw.is_some()
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Route({self} of {})", self.method.full_name())
    }
}

impl fmt::Display for Route {
    /// Such as `GET /v1/orders/{order_id}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.verb, self.template)
    }
}

/// The texts of a route's path variables in one request. It only points into the path; values are decoded when asked for.
#[derive(Clone, Copy, Debug)]
pub struct Captures<'a, 'p> {
    route: &'a Route,
    /// Without the first slash and without a verb; its escapes are sound.
    path: &'p str,
}

impl<'a, 'p> Captures<'a, 'p> {
    pub(crate) fn new(route: &'a Route, path: &'p str) -> Self {
        Self { route, path }
    }

    /// Each variable with its decoded text. A variable of several segments keeps `%2F` encoded.
    pub fn iter(&self) -> impl Iterator<Item = (&'a Variable, Cow<'p, str>)> {
        let this = *self;
        self.route
            .variables
            .iter()
            .map(move |variable| (variable, this.value(variable)))
    }

    /// The decoded text of the variable with that field path.
    pub fn get(&self, name: &str) -> Option<Cow<'p, str>> {
        self.iter()
            .find(|(variable, _)| variable.name() == name)
            .map(|(_, value)| value)
    }

    fn value(&self, variable: &Variable) -> Cow<'p, str> {
        let Span { first, count, .. } = variable.span;
        let path = self.path;
        let mut slashes = path
            .bytes()
            .enumerate()
            .filter(|(_, byte)| *byte == b'/')
            .map(|(at, _)| at);
        let start = match first.checked_sub(1) {
            None => 0,
            Some(before) => slashes.nth(before).map_or(path.len(), |slash| slash + 1),
        };
        let rest = variable.span.first + count == self.route.template.segments().len();
        let end = if rest {
            path.len()
        } else {
            slashes.nth(count - 1).unwrap_or(path.len())
        };
        let keep = if variable.multiple {
            Keep::Slash
        } else {
            Keep::Nothing
        };
        let raw = &path[start..end];
        // The router has refused paths that cannot be decoded.
        percent::decode(raw, keep).unwrap_or(Cow::Borrowed(raw))
    }
}
