//! Parameters of a call, read and checked one by one.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::errors::Refusal;
use super::form;

pub(super) type Metadata = BTreeMap<String, String>;

const MOST_METADATA: usize = 50;
const LONGEST_METADATA_KEY: usize = 40;
const LONGEST_METADATA_VALUE: usize = 500;

/// The parameters of one call, as the form tree has them.
#[derive(Clone, Debug, Default)]
pub(super) struct Params(pub Map<String, Value>);

impl Params {
    /// Refuses what nobody knows.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), Refusal> {
        let always = ["expand", "client_secret"];
        match self
            .0
            .keys()
            .find(|name| !known.contains(&name.as_str()) && !always.contains(&name.as_str()))
        {
            None => Ok(()),
            Some(name) => Err(Refusal::coded(
                "parameter_unknown",
                name,
                format!("Received unknown parameter: {name}"),
            )),
        }
    }

    fn find(&self, name: &str) -> Option<&Value> {
        let mut steps = form::path(name).into_iter();
        let first = self.0.get(steps.next()?)?;
        steps.try_fold(first, |value, step| value.get(step))
    }

    /// A text; given, it must not be empty.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, Refusal> {
        match self.find(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Err(Refusal::coded(
                "parameter_invalid_empty",
                name,
                format!("{name} must not be empty."),
            )),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Refusal::invalid(name, format!("{name} must be a text."))),
        }
    }

    pub(super) fn owned(&self, name: &str) -> Result<Option<String>, Refusal> {
        Ok(self.text(name)?.map(str::to_owned))
    }

    pub(super) fn needed(&self, name: &str) -> Result<&str, Refusal> {
        self.text(name)?.ok_or_else(|| {
            Refusal::coded(
                "parameter_missing",
                name,
                format!("Missing required param: {name}."),
            )
        })
    }

    pub(super) fn number(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let parse = |text: &str| {
            text.parse().map_err(|_| {
                Refusal::coded(
                    "parameter_invalid_integer",
                    name,
                    format!("Invalid integer: {text}"),
                )
            })
        };
        self.text(name)?.map(parse).transpose()
    }

    /// A yes or no; absent is no.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Refusal> {
        match self.text(name)? {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(text) => Err(Refusal::invalid(name, format!("Invalid boolean: {text}"))),
        }
    }

    /// One of a few words.
    pub(super) fn choice<'a>(&self, name: &str, words: &[&'a str]) -> Result<Option<&'a str>, Refusal> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        let word = words.iter().find(|word| **word == text).copied();
        word.map(Some).ok_or_else(|| {
            Refusal::invalid(
                name,
                format!("Invalid {name}: must be one of {}", words.join(", ")),
            )
        })
    }

    /// The texts of a list, in its order.
    pub(super) fn list(&self, name: &str) -> Result<Vec<&str>, Refusal> {
        let wrong = || Refusal::invalid(name, format!("{name} must be a list of texts."));
        let Some(value) = self.find(name) else {
            return Ok(Vec::new());
        };
        let entries = value.as_object().ok_or_else(wrong)?.iter();
        let numbered = entries.map(|(place, value)| Some((place.parse::<usize>().ok()?, value.as_str()?)));
        let mut numbered: Vec<_> = numbered.collect::<Option<_>>().ok_or_else(wrong)?;
        numbered.sort_unstable();
        Ok(numbered.into_iter().map(|(_, text)| text).collect())
    }

    /// `metadata[...]`; an empty value takes a key away, so it is not there.
    pub(super) fn metadata(&self) -> Result<Metadata, Refusal> {
        let wrong = |message: &str| Refusal::invalid("metadata", message);
        let Some(value) = self.find("metadata") else {
            return Ok(Metadata::new());
        };
        let map = value
            .as_object()
            .ok_or_else(|| wrong("metadata must be a map."))?;
        let mut metadata = Metadata::new();
        for (key, value) in map {
            let text = value
                .as_str()
                .ok_or_else(|| wrong("metadata values must be texts."))?;
            if key.chars().count() > LONGEST_METADATA_KEY || text.chars().count() > LONGEST_METADATA_VALUE {
                return Err(wrong("metadata keys have 40 characters at most, values 500."));
            }
            if !text.is_empty() {
                metadata.insert(key.clone(), text.to_owned());
            }
        }
        if metadata.len() > MOST_METADATA {
            return Err(wrong("metadata has 50 keys at most."));
        }
        Ok(metadata)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(form: &str) -> Params {
        Params(form::parse(form.as_bytes()).expect("a form"))
    }

    #[test]
    fn values_are_read_by_their_bracketed_names() {
        let params = params("a=5&b[c]=true&l[]=x&l[]=y&metadata[k]=v&metadata[gone]=");
        assert_eq!(params.number("a"), Ok(Some(5)));
        assert_eq!(params.flag("b[c]"), Ok(true));
        assert_eq!(params.list("l"), Ok(vec!["x", "y"]));
        assert_eq!(
            params.metadata(),
            Ok(Metadata::from([("k".to_owned(), "v".to_owned())]))
        );
        assert_eq!(params.text("nothing"), Ok(None));
        assert_eq!(params.only(&["a", "b", "l", "metadata"]), Ok(()));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let params = params("a=x&b=&c[d]=1&metadata=m");
        assert!(params.number("a").is_err() && params.flag("a").is_err());
        assert!(params.text("b").is_err() && params.text("c").is_err());
        assert!(params.needed("z").is_err() && params.list("a").is_err() && params.metadata().is_err());
        assert!(params.choice("a", &["y"]).is_err());
        assert!(params.only(&["a", "b", "c"]).is_err());
    }
}
