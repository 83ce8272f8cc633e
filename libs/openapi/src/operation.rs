//! One binding as an operation.

use prost_reflect::{FieldDescriptor, Kind};
use serde_json::{Value, json};
use xlcfi_contracts::policy::{Access, Idempotency, Policy, RateClass};
use xlcfi_contracts::types::v1::Role;
use xlcfi_transcode::{Body, Route};

use crate::{
    comments::{MethodText, camel},
    example,
    failure::Facts,
    response, scalar,
    schema::{Components, Side, bound, describe, short},
};

/// The operation of a route.
pub fn operation(components: &mut Components, route: &Route, policy: &Policy, ending: &str) -> Value {
    let method = route.method();
    let text = components.comments.method(method);
    let service = method.parent_service();
    let name = format!("{}_{}{ending}", service.name(), method.name());
    let body = request_body(components, route);
    let domain = format!(
        "{}.xlcfi.com",
        short(service.package_name())
            .split('.')
            .next()
            .unwrap_or_default()
    );
    let facts = Facts {
        policy,
        own: &text.errors,
        domain: &domain,
        body: body.is_some(),
    };
    let mut operation = json!({
        "operationId": name,
        "summary": text.summary,
        "tags": [tag(service.name())],
    });
    describe(&mut operation, &description(&text, policy));
    let parameters = parameters(components, route, policy);
    if !parameters.is_empty() {
        operation["parameters"] = Value::Array(parameters);
    }
    bound(&mut operation, "requestBody", body);
    operation["responses"] = Value::Object(response::responses(components, route, policy, &facts));
    operation["security"] = security(policy);
    if policy.access == Access::Role {
        operation["x-xlcfi-roles"] = json!(role_names(policy));
    }
    operation["x-xlcfi-grpc-method"] = json!(route.grpc_path().trim_start_matches('/'));
    operation
}

/// The tag of a service: its name without the word.
pub fn tag(service: &str) -> &str {
    service
        .strip_suffix("Service")
        .filter(|name| !name.is_empty())
        .unwrap_or(service)
}

fn description(text: &MethodText, policy: &Policy) -> String {
    let who = match policy.access {
        Access::Public => "Anyone may call; a token is looked at when there is one.".to_owned(),
        Access::Role => format!("Needs a token with the role {}.", role_names(policy).join(" or ")),
        _ => "Needs a token.".to_owned(),
    };
    let again = match policy.idempotency {
        Idempotency::ReadOnly => "Changes nothing.",
        Idempotency::RequestId => "Repeated with the same `requestId` it gives the first answer again.",
        Idempotency::Natural => "Repeating it leaves the same state.",
        _ => "Each call is a new act.",
    };
    let allowance = match policy.rate_class {
        RateClass::Credential => "credential",
        _ => "standard",
    };
    let units = if policy.rate_cost == 1 {
        "1 unit".to_owned()
    } else {
        format!("{} units", policy.rate_cost)
    };
    format!(
        "{}\n\n{who} {again} Takes {units} of the {allowance} allowance and at most {} s.",
        text.description,
        policy.timeout.as_secs_f64()
    )
}

fn role_names(policy: &Policy) -> Vec<&'static str> {
    policy
        .roles
        .iter()
        .map(Role::as_str_name)
        .map(|name| name.trim_start_matches("ROLE_"))
        .collect()
}

/// Public methods know their caller if there is a token; sign-in looks at none.
fn security(policy: &Policy) -> Value {
    match (policy.access, policy.rate_class) {
        (Access::Public, RateClass::Credential) => json!([]),
        (Access::Public, _) => json!([{}, { "bearerAuth": [] }]),
        _ => json!([{ "bearerAuth": [] }]),
    }
}

fn parameters(components: &mut Components, route: &Route, policy: &Policy) -> Vec<Value> {
    let mut found = Vec::new();
    for variable in route.variables() {
        let mut parameter = parameter(
            components,
            variable.field(),
            &json_path(variable.name()),
            "path",
            true,
        );
        if variable.is_multiple() {
            parameter["x-xlcfi-several-segments"] = json!(true);
        }
        found.push(parameter);
    }
    for query in route.query_parameters() {
        let required = !query.name.contains('.') && components.rules(&query.field).require(&query.field);
        found.push(parameter(
            components,
            &query.field,
            &query.name,
            "query",
            required,
        ));
    }
    if policy.idempotency == Idempotency::RequestId {
        found.push(json!({ "$ref": "#/components/parameters/Idempotency-Key" }));
    }
    if policy.cacheable {
        found.push(json!({ "$ref": "#/components/parameters/If-None-Match" }));
    }
    found
}

/// Parameters that stand in `components/parameters`.
pub fn shared_parameters() -> Value {
    json!({
        "Idempotency-Key": {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "Stands in for `requestId` when the body leaves it out: a UUID the caller makes, the same for each repetition.",
            "required": false,
            "schema": { "type": "string", "format": "uuid" },
        },
        "If-None-Match": {
            "name": "If-None-Match",
            "in": "header",
            "description": "The `ETag` of the answer the caller has; 304 says that it is still right.",
            "required": false,
            "schema": { "type": "string" },
        },
    })
}

fn parameter(
    components: &mut Components,
    field: &FieldDescriptor,
    name: &str,
    place: &str,
    required: bool,
) -> Value {
    let rules = components.rules(field);
    let of_one = rules
        .items
        .as_deref()
        .filter(|_| field.is_list())
        .unwrap_or(&rules);
    let mut schema = match field.kind() {
        Kind::Message(message) => components.message(&message, Side::Request),
        Kind::Enum(of) => components.enumeration_text(&of, of_one.not_zero),
        kind => scalar::parameter(&kind, of_one),
    };
    // Swagger UI fills in whatever example there is, and most parameters are better left out.
    let example = example::parameter(components, &schema, name);
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("examples");
    }
    if place == "path" && schema["type"] == "string" && schema.get("minLength").is_none() {
        schema["minLength"] = json!(1);
    }
    if field.is_list() {
        schema = json!({ "type": "array", "items": schema });
        bound(
            &mut schema,
            "minItems",
            rules.min_items.filter(|items| *items > 0),
        );
        bound(&mut schema, "maxItems", rules.max_items);
    }
    let mut parameter = json!({ "name": name, "in": place });
    describe(&mut parameter, &components.comments.field(field).description);
    parameter["required"] = json!(required);
    parameter["schema"] = schema;
    if required && !example.is_null() && !field.is_list() {
        parameter["example"] = example;
    }
    parameter
}

/// A field path with the names JSON gives its fields.
pub fn json_path(path: &str) -> String {
    path.split('.').map(camel).collect::<Vec<_>>().join(".")
}

fn request_body(components: &mut Components, route: &Route) -> Option<Value> {
    let input = route.method().input();
    if route.takes_raw() {
        return Some(json!({ "content": { "*/*": {} } }));
    }
    let schema = match route.body() {
        Body::None => return None,
        Body::Field(field) => components.field(field, Side::Request),
        Body::Whole => {
            let of_path: Vec<FieldDescriptor> = route
                .variables()
                .iter()
                .filter(|variable| !variable.name().contains('.'))
                .map(|variable| variable.field().clone())
                .collect();
            let schema = components.object(&input, Side::Request, &of_path);
            let name = short(input.full_name()) + &numbered(".", route);
            components.add(&name, schema)
        }
    };
    let needed = schema["$ref"]
        .as_str()
        .and_then(|reference| components.get(reference))
        .is_some_and(|schema| schema.get("required").is_some());
    let example = example::request(components, &schema);
    Some(json!({
        "required": needed,
        "content": { "application/json": { "schema": schema, "example": example } },
    }))
}

/// Nothing for the main binding of a method, `2` for the next one.
pub fn numbered(before: &str, route: &Route) -> String {
    match route.additional() {
        0 => String::new(),
        more => format!("{before}{}", more + 1),
    }
}

/// The path as OpenAPI writes it, with JSON names and each variable as one.
pub fn path(route: &Route) -> String {
    use xlcfi_transcode::Segment;
    let template = route.template();
    let mut path = String::new();
    let mut at = 0;
    while at < template.segments().len() {
        let span = template.spans().iter().find(|span| span.first == at);
        let (text, count) = match (span, &template.segments()[at]) {
            (Some(span), _) => (format!("{{{}}}", json_path(&span.field)), span.count),
            (None, Segment::Literal(text)) => (text.clone(), 1),
            (None, _) => (format!("{{segment{at}}}"), 1),
        };
        path.push('/');
        path.push_str(&text);
        at += count;
    }
    if let Some(verb) = template.verb() {
        path.push(':');
        path.push_str(verb);
    }
    path
}
