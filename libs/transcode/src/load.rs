//! Checking and compiling the bindings of all services.

use prost_reflect::{
    DescriptorPool, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor, ServiceDescriptor,
};

use crate::{
    codec::MessageId,
    program::{Program, Shape},
    route::{Body, Route, Target, Variable},
    router::Router,
    rule::{self, Rule},
    template::Template,
};

/// A binding that cannot be served.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{method}: {binding}: {reason}")]
pub struct LoadError {
    /// Full name of the RPC, `package.Service.Method`.
    pub method: String,
    /// The binding such as `GET /v1/orders`, or what is known of it.
    pub binding: String,
    /// What is wrong with it.
    pub reason: String,
}

/// Reads all bindings of the services let through.
pub(crate) fn load(
    pool: &DescriptorPool,
    services: impl Fn(&ServiceDescriptor) -> bool,
    program: &Program,
) -> Result<(Vec<Route>, Router), LoadError> {
    let mut routes: Vec<Route> = Vec::new();
    let mut router = Router::default();
    let Some(http) = pool.get_extension_by_name("google.api.http") else {
        return Ok((routes, router));
    };
    for service in pool.services().filter(|service| services(service)) {
        for method in service.methods() {
            let rules = rule::rules(&method, &http).map_err(|reason| LoadError {
                method: method.full_name().to_owned(),
                binding: "google.api.http".to_owned(),
                reason,
            })?;
            for (additional, rule) in rules.into_iter().enumerate() {
                let refuse = |reason: String| LoadError {
                    method: method.full_name().to_owned(),
                    binding: format!("{} {}", rule.verb, rule.template),
                    reason,
                };
                let mut route = compile(program, &method, &rule, additional).map_err(refuse)?;
                route.index = routes.len();
                router
                    .insert(&route.template, &route.verb, routes.len())
                    .map_err(|taken| {
                        let other = &routes[taken];
                        refuse(format!(
                            "{other} of {} has the same method and URL",
                            other.method.full_name()
                        ))
                    })?;
                routes.push(route);
            }
        }
    }
    Ok((routes, router))
}

fn compile(
    program: &Program,
    method: &MethodDescriptor,
    rule: &Rule,
    additional: usize,
) -> Result<Route, String> {
    let template = Template::parse(&rule.template)?;
    let (input, output) = (method.input(), method.output());
    let variables: Result<Vec<Variable>, String> = template
        .spans()
        .iter()
        .map(|span| {
            let (field, trail) = variable(program, &input, &span.field)?;
            Ok(Variable {
                span: span.clone(),
                multiple: template.is_multiple(span),
                field,
                trail,
            })
        })
        .collect();
    let body = match rule.body.as_str() {
        "" => Body::None,
        "*" => Body::Whole,
        name => Body::Field(top_field(&input, "body", name)?),
    };
    let response_body = match rule.response_body.as_str() {
        "" => None,
        name => Some(top_field(&output, "response_body", name)?),
    };
    let body_target = match &body {
        Body::None => Target {
            field: None,
            raw: None,
        },
        Body::Whole => target(program, &input, None),
        Body::Field(field) => target(program, &input, Some(field)),
    };
    Ok(Route {
        index: 0,
        grpc_path: format!("/{}/{}", method.parent_service().full_name(), method.name()).into(),
        verb: rule.verb.clone(),
        variables: variables?,
        body_target,
        answer: target(program, &output, response_body.as_ref()),
        body,
        response_body,
        input: id(program, &input),
        output: id(program, &output),
        method: method.clone(),
        template,
        additional,
    })
}

fn id(program: &Program, message: &MessageDescriptor) -> MessageId {
    MessageId(program.by_name[message.full_name()])
}

fn target(program: &Program, message: &MessageDescriptor, field: Option<&FieldDescriptor>) -> Target {
    let at = id(program, message).0;
    let position = field.and_then(|field| program.messages[at as usize].numbered(field.number()));
    let held = match field {
        None => Some(at),
        Some(field) => match field.kind() {
            Kind::Message(held) if !field.is_list() && !field.is_map() => Some(id(program, &held).0),
            _ => None,
        },
    };
    let raw = held.filter(|held| program.messages[*held as usize].shape == Shape::HttpBody);
    Target { field: position, raw }
}

fn top_field(message: &MessageDescriptor, what: &str, name: &str) -> Result<FieldDescriptor, String> {
    message
        .get_field_by_name(name)
        .filter(|field| !field.is_group())
        .ok_or_else(|| format!("{what}: {} has no field {name}", message.full_name()))
}

/// Follows a field path to a single scalar or enum.
fn variable(
    program: &Program,
    input: &MessageDescriptor,
    path: &str,
) -> Result<(FieldDescriptor, Box<[u16]>), String> {
    let mut message = input.clone();
    let mut trail = Vec::new();
    let mut names = path.split('.').peekable();
    while let Some(name) = names.next() {
        let field = top_field(&message, &format!("variable {path}"), name)?;
        let held = &program.messages[id(program, &message).0 as usize];
        trail.extend(held.numbered(field.number()));
        if field.is_list() || field.is_map() {
            return Err(format!("variable {path}: {name} is repeated"));
        }
        match (field.kind(), names.peek()) {
            (Kind::Message(_), None) => return Err(format!("variable {path}: {name} is a message")),
            (Kind::Message(inner), Some(_)) => message = inner,
            (_, None) => return Ok((field, trail.into())),
            (_, Some(_)) => return Err(format!("variable {path}: {name} has no fields")),
        }
    }
    Err(format!("variable {path}: no field"))
}
