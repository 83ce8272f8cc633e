//! Turns `buf.validate` annotations into calls of `crate::validate`. A rule
//! this generator does not know stops the build: no rule is ever skipped.

use std::fmt::Write as _;

use prost_reflect::{
    Cardinality, DescriptorPool, DynamicMessage, ExtensionDescriptor, FieldDescriptor, Kind,
    MessageDescriptor, Value,
};

/// Source of one `impl Validate` for each message of ours.
pub fn generate(pool: &DescriptorPool) -> Result<String, String> {
    let rule = pool
        .get_extension_by_name("buf.validate.field")
        .ok_or("buf.validate.field is not imported")?;
    let mut source = String::new();
    for message in pool.all_messages() {
        let ours = message.package_name().starts_with("xlcfi.");
        if ours && message.parent_message().is_none() {
            message_checks(&message, &rule, &mut source)
                .map_err(|error| format!("{}: {error}", message.full_name()))?;
        }
    }
    Ok(source)
}

fn message_checks(
    message: &MessageDescriptor,
    rule: &ExtensionDescriptor,
    source: &mut String,
) -> Result<(), String> {
    let mut body = String::new();
    for field in message.fields() {
        field_checks(&field, rule, &mut body).map_err(|error| format!("{}: {error}", field.name()))?;
    }
    let (this, out) = if body.is_empty() {
        ("_", "_")
    } else {
        ("this", "out")
    };
    let path = rust_path(message.full_name());
    let _ = writeln!(
        source,
        "impl Validate for {path} {{ fn check(&self, {out}: &mut Violations) {{ let {this} = self;\n{body} }} }}"
    );
    Ok(())
}

fn field_checks(
    field: &FieldDescriptor,
    rule: &ExtensionDescriptor,
    body: &mut String,
) -> Result<(), String> {
    let options = field.options();
    let rules = if options.has_extension(rule) {
        options.get_extension(rule).as_message().cloned()
    } else {
        None
    };
    let access = format!("this.{}", rust_field(field.name()));
    let name = field.name();
    let ours = matches!(field.kind(), Kind::Message(m) if m.package_name().starts_with("xlcfi."));
    if field.is_map()
        || field
            .containing_oneof()
            .is_some_and(|oneof| !oneof.is_synthetic())
    {
        return if rules.is_some() {
            Err("rules on maps and oneof members are not supported".into())
        } else {
            Ok(())
        };
    }

    let mut known = KnownRules::default();
    if let Some(rules) = &rules {
        known.read(rules, field)?;
    }
    let line = if field.cardinality() == Cardinality::Repeated {
        let mut line = String::new();
        if let Some((min, max)) = known.items {
            let _ = write!(line, "out.count(\"{name}\", {access}.len(), {min}, {max});");
        }
        if ours {
            let _ = write!(line, "out.each(\"{name}\", &{access});");
        } else if let Some(check) = &known.check {
            let _ = write!(
                line,
                "for (index, item) in {access}.iter().enumerate() {{ let at = format!(\"{name}[{{index}}]\"); {} }}",
                check.call("&at", "item", "*item")
            );
        }
        line
    } else if ours {
        format!("out.nested(\"{name}\", {access}.as_ref(), {});", known.required)
    } else if let Kind::Message(_) = field.kind() {
        match known.required {
            true => format!("out.given(\"{name}\", {access}.is_some());"),
            false => String::new(),
        }
    } else if let Some(check) = &known.check {
        let quoted = format!("\"{name}\"");
        if field.supports_presence() {
            format!(
                "if let Some(value) = &{access} {{ {} }}",
                check.call(&quoted, "value", "*value")
            )
        } else if known.ignore_zero {
            let given = if matches!(check, Check::String(_)) {
                format!("!{access}.is_empty()")
            } else {
                format!("{access} != 0")
            };
            format!(
                "if {given} {{ {} }}",
                check.call(&quoted, &format!("&{access}"), &access)
            )
        } else {
            check.call(&quoted, &format!("&{access}"), &access)
        }
    } else {
        String::new()
    };
    if !line.is_empty() {
        let _ = writeln!(body, "    {line}");
    }
    Ok(())
}

/// One scalar check, still without the value it is applied to.
enum Check {
    String(String),
    Integer { min: i128, max: i128 },
    Enum { type_path: String, not_zero: bool },
}

impl Check {
    /// The call, given the quoted name, the value by reference and by copy.
    fn call(&self, name: &str, by_ref: &str, by_copy: &str) -> String {
        match self {
            Check::String(rules) => {
                format!("out.string({name}, {by_ref}, &StringRules {{ {rules} ..StringRules::NONE }});")
            }
            Check::Integer { min, max } => {
                format!("out.integer({name}, i128::from({by_copy}), {min}, {max});")
            }
            Check::Enum { type_path, not_zero } => {
                let forbidden = if *not_zero {
                    format!("{by_copy} == 0")
                } else {
                    "false".to_owned()
                };
                format!("out.enumeration({name}, {type_path}::try_from({by_copy}).is_ok(), {forbidden});")
            }
        }
    }
}

#[derive(Default)]
struct KnownRules {
    required: bool,
    ignore_zero: bool,
    items: Option<(u64, u64)>,
    check: Option<Check>,
}

impl KnownRules {
    fn read(&mut self, rules: &DynamicMessage, field: &FieldDescriptor) -> Result<(), String> {
        for (rule, value) in rules.fields() {
            match (rule.name(), value) {
                ("required", Value::Bool(required)) => self.required = *required,
                ("ignore", Value::EnumNumber(1)) => self.ignore_zero = true,
                ("string", Value::Message(rules)) => self.check = Some(string_rules(rules)?),
                ("int32" | "int64", Value::Message(rules)) => self.check = Some(integer_rules(rules)?),
                ("enum", Value::Message(rules)) => self.check = Some(enum_rules(rules, field)?),
                ("repeated", Value::Message(rules)) => self.repeated(rules, field)?,
                (name, _) => return Err(format!("rule `{name}` is not supported; teach build/rules.rs")),
            }
        }
        Ok(())
    }

    fn repeated(&mut self, rules: &DynamicMessage, field: &FieldDescriptor) -> Result<(), String> {
        let (mut min, mut max) = (0, u64::MAX);
        for (rule, value) in rules.fields() {
            match (rule.name(), value) {
                ("min_items", Value::U64(items)) => min = *items,
                ("max_items", Value::U64(items)) => max = *items,
                ("items", Value::Message(rules)) => self.read(rules, field)?,
                (name, _) => {
                    return Err(format!(
                        "rule `repeated.{name}` is not supported; teach build/rules.rs"
                    ));
                }
            }
        }
        self.items = Some((min, max));
        Ok(())
    }
}

fn string_rules(rules: &DynamicMessage) -> Result<Check, String> {
    let mut source = String::new();
    for (rule, value) in rules.fields() {
        match (rule.name(), value) {
            (name @ ("min_len" | "max_len" | "max_bytes"), Value::U64(length)) => {
                let _ = write!(source, "{name}: Some({length}),");
            }
            (name @ ("uuid" | "email"), Value::Bool(true)) => {
                let _ = write!(source, "{name}: true,");
            }
            ("pattern", Value::String(pattern)) => {
                let _ = write!(
                    source,
                    "pattern: Some({{ static PATTERN: LazyLock<Regex> = LazyLock::new(|| pattern({pattern:?})); &PATTERN }}),"
                );
            }
            (name, _) => {
                return Err(format!(
                    "rule `string.{name}` is not supported; teach build/rules.rs"
                ));
            }
        }
    }
    Ok(Check::String(source))
}

fn integer_rules(rules: &DynamicMessage) -> Result<Check, String> {
    let (mut min, mut max) = (i128::from(i64::MIN), i128::from(i64::MAX));
    for (rule, value) in rules.fields() {
        let bound = match value {
            Value::I32(bound) => i128::from(*bound),
            Value::I64(bound) => i128::from(*bound),
            _ => return Err(format!("rule `{}` is not an integer", rule.name())),
        };
        match rule.name() {
            "gte" => min = bound,
            "gt" => min = bound + 1,
            "lte" => max = bound,
            "lt" => max = bound - 1,
            name => {
                return Err(format!(
                    "integer rule `{name}` is not supported; teach build/rules.rs"
                ));
            }
        }
    }
    Ok(Check::Integer { min, max })
}

fn enum_rules(rules: &DynamicMessage, field: &FieldDescriptor) -> Result<Check, String> {
    let mut not_zero = false;
    for (rule, value) in rules.fields() {
        match (rule.name(), value) {
            ("defined_only", Value::Bool(true)) => {}
            ("not_in", Value::List(values)) if values == &[Value::I32(0)] => not_zero = true,
            (name, _) => {
                return Err(format!(
                    "rule `enum.{name}` is not supported; teach build/rules.rs"
                ));
            }
        }
    }
    let Kind::Enum(of) = field.kind() else {
        return Err("an enum rule on another kind".into());
    };
    Ok(Check::Enum {
        type_path: rust_path(of.full_name()),
        not_zero,
    })
}

fn rust_path(full_name: &str) -> String {
    format!(
        "crate::{}",
        full_name.trim_start_matches("xlcfi.").replace('.', "::")
    )
}

fn rust_field(name: &str) -> String {
    match name {
        "type" | "use" | "as" | "in" | "match" | "move" | "ref" => format!("r#{name}"),
        _ => name.to_owned(),
    }
}
