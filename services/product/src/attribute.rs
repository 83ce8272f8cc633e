//! What products of a category say about themselves.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a product says, by key.
pub type Attributes = BTreeMap<String, Value>;

/// Longest text.
const TEXT_LIMIT: usize = 500;

/// One thing products of a category say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Definition {
    pub key: String,
    pub name_ko: String,
    pub name_en: String,
    /// Products cannot be published without it.
    pub required: bool,
    /// Unit of a number; may be empty.
    pub unit: String,
    #[serde(flatten)]
    pub kind: Kind,
}

/// What values of an attribute are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Kind {
    Text,
    Number {
        minimum: Option<f64>,
        maximum: Option<f64>,
    },
    Flag,
    Choice {
        choices: Vec<String>,
    },
}

/// What a product says about one thing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    Flag(bool),
    Number(f64),
    Text(String),
}

impl Definition {
    /// What is wrong with a value of this attribute; `None` when nothing is.
    fn problem(&self, value: &Value) -> Option<String> {
        match (&self.kind, value) {
            (Kind::Text, Value::Text(text)) => {
                let fits = !text.is_empty() && text.chars().count() <= TEXT_LIMIT;
                (!fits).then(|| format!("must be a text of 1 to {TEXT_LIMIT} characters"))
            }
            (Kind::Number { minimum, maximum }, Value::Number(number)) => {
                let fits = number.is_finite()
                    && minimum.is_none_or(|least| *number >= least)
                    && maximum.is_none_or(|most| *number <= most);
                (!fits).then(|| format!("must be a number{}", bounds(*minimum, *maximum)))
            }
            (Kind::Flag, Value::Flag(_)) => None,
            (Kind::Choice { choices }, Value::Text(text)) => {
                (!choices.contains(text)).then(|| format!("must be one of: {}", choices.join(", ")))
            }
            (kind, _) => Some(format!("must be a {}", kind.name())),
        }
    }
}

impl Kind {
    fn name(&self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number { .. } => "number",
            Self::Flag => "flag",
            Self::Choice { .. } => "text that is one of the choices",
        }
    }
}

fn bounds(minimum: Option<f64>, maximum: Option<f64>) -> String {
    let least = minimum.map(|least| format!(" from {least}")).unwrap_or_default();
    let most = maximum.map(|most| format!(" to {most}")).unwrap_or_default();
    format!("{least}{most}")
}

/// Everything that is wrong with what a product says, as key and description.
pub fn problems(attributes: &Attributes, definitions: &[Definition]) -> Vec<(String, String)> {
    let known = || {
        let keys: Vec<&str> = definitions.iter().map(|known| known.key.as_str()).collect();
        if keys.is_empty() {
            "its category has no attributes".to_owned()
        } else {
            format!("must be one of its category's attributes: {}", keys.join(", "))
        }
    };
    let problem = |(key, value): (&String, &Value)| {
        let found = definitions.iter().find(|definition| definition.key == *key);
        let problem = match found {
            Some(definition) => definition.problem(value)?,
            None => known(),
        };
        Some((key.clone(), problem))
    };
    attributes.iter().filter_map(problem).collect()
}

/// Keys of what a product must say and does not.
pub fn missing(attributes: &Attributes, definitions: &[Definition]) -> Vec<String> {
    let required = definitions.iter().filter(|definition| definition.required);
    required
        .filter(|definition| !attributes.contains_key(&definition.key))
        .map(|definition| definition.key.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition(key: &str, kind: Kind) -> Definition {
        Definition {
            key: key.into(),
            name_ko: "속성".into(),
            name_en: "Attribute".into(),
            required: key == "brix",
            unit: String::new(),
            kind,
        }
    }

    fn definitions() -> Vec<Definition> {
        let choices = vec!["설향".to_owned(), "금실".to_owned()];
        vec![
            definition(
                "brix",
                Kind::Number {
                    minimum: Some(0.0),
                    maximum: Some(40.0),
                },
            ),
            definition("cultivar", Kind::Choice { choices }),
            definition("organic", Kind::Flag),
            definition("field", Kind::Text),
        ]
    }

    fn says(key: &str, value: Value) -> Attributes {
        Attributes::from([(key.to_owned(), value)])
    }

    #[test]
    fn a_value_must_be_of_the_kind_and_within_its_bounds() {
        let text = |text: &str| Value::Text(text.into());
        for (key, value) in [
            ("brix", Value::Number(12.5)),
            ("brix", Value::Number(40.0)),
            ("cultivar", text("설향")),
            ("organic", Value::Flag(false)),
            ("field", text("밭")),
        ] {
            assert_eq!(
                problems(&says(key, value.clone()), &definitions()),
                [],
                "{key} {value:?}"
            );
        }
        for (key, value) in [
            ("brix", Value::Number(40.1)),
            ("brix", Value::Number(f64::NAN)),
            ("brix", text("12")),
            ("cultivar", text("죽향")),
            ("cultivar", Value::Flag(true)),
            ("organic", Value::Number(1.0)),
            ("field", text("")),
            ("field", text(&"밭".repeat(501))),
            ("colour", text("빨강")),
        ] {
            let problems = problems(&says(key, value.clone()), &definitions());
            assert_eq!(problems.len(), 1, "{key} {value:?}");
            assert_eq!(problems[0].0, key);
        }
    }

    #[test]
    fn what_is_required_is_missed() {
        assert_eq!(missing(&Attributes::new(), &definitions()), ["brix"]);
        assert!(missing(&says("brix", Value::Number(1.0)), &definitions()).is_empty());
    }

    #[test]
    fn documents_come_back_as_they_were() {
        let text = serde_json::to_string(&definitions()).expect("it is JSON");
        assert_eq!(
            serde_json::from_str::<Vec<Definition>>(&text).expect("it is ours"),
            definitions()
        );
        let attributes = Attributes::from([
            ("a".to_owned(), Value::Flag(true)),
            ("b".to_owned(), Value::Number(3.0)),
            ("c".to_owned(), Value::Text("true".into())),
        ]);
        let text = serde_json::to_string(&attributes).expect("it is JSON");
        assert_eq!(text, r#"{"a":true,"b":3.0,"c":"true"}"#);
        assert_eq!(
            serde_json::from_str::<Attributes>(&text).expect("it is ours"),
            attributes
        );
    }
}
