//! The HTTP rules a method carries as an option.

use http::Method;
use prost_reflect::{DynamicMessage, ExtensionDescriptor, MethodDescriptor, Value};

use crate::route::Verb;

/// One binding of a method, as written.
pub(crate) struct Rule {
    pub verb: Verb,
    pub template: String,
    pub body: String,
    pub response_body: String,
}

/// The bindings of a method, the main one first; none if it has no rule.
pub(crate) fn rules(method: &MethodDescriptor, http: &ExtensionDescriptor) -> Result<Vec<Rule>, String> {
    let options = method.options();
    if !options.has_extension(http) {
        return Ok(Vec::new());
    }
    let Value::Message(main) = options.get_extension(http).into_owned() else {
        return Err("the google.api.http option is not a message".to_owned());
    };
    let mut found = vec![rule(&main)?];
    if let Some(Value::List(additional)) = main.get_field_by_name("additional_bindings").as_deref() {
        for value in additional {
            let Value::Message(binding) = value else { continue };
            if binding.has_field_by_name("additional_bindings") {
                return Err("additional_bindings cannot have additional_bindings".to_owned());
            }
            found.push(rule(binding)?);
        }
    }
    Ok(found)
}

fn rule(message: &DynamicMessage) -> Result<Rule, String> {
    let text = |message: &DynamicMessage, name: &str| {
        message
            .get_field_by_name(name)
            .and_then(|value| value.as_str().map(str::to_owned))
            .unwrap_or_default()
    };
    let methods = [
        ("get", Method::GET),
        ("put", Method::PUT),
        ("post", Method::POST),
        ("delete", Method::DELETE),
        ("patch", Method::PATCH),
    ];
    let plain = methods
        .into_iter()
        .find(|(name, _)| message.has_field_by_name(name));
    let (verb, template) = if let Some((name, method)) = plain {
        (Verb::Method(method), text(message, name))
    } else if message.has_field_by_name("custom")
        && let Some(Value::Message(custom)) = message.get_field_by_name("custom").as_deref()
    {
        (custom_verb(&text(custom, "kind"))?, text(custom, "path"))
    } else {
        return Err("no method and URL are given".to_owned());
    };
    Ok(Rule {
        verb,
        template,
        body: text(message, "body"),
        response_body: text(message, "response_body"),
    })
}

fn custom_verb(kind: &str) -> Result<Verb, String> {
    if kind == "*" {
        return Ok(Verb::Any);
    }
    Method::from_bytes(kind.as_bytes())
        .map(Verb::Method)
        .map_err(|_| format!("{kind:?} is no HTTP method"))
}
