//! Field rules of the contracts, enforced.
//!
//! The build reads the `buf.validate` annotations of `proto/` and writes one
//! [`Validate`] for each message; what it writes are calls of [`Violations`].

use std::sync::LazyLock;

use regex::Regex;

/// A message whose field rules can be checked.
pub trait Validate {
    /// Adds every broken rule of this message to `out`.
    fn check(&self, out: &mut Violations);

    /// Every broken rule of this message; empty when it is well-formed.
    fn violations(&self) -> Vec<Violation> {
        let mut out = Violations::default();
        self.check(&mut out);
        out.found
    }
}

/// One broken rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field, for example `lines[2].quantity`.
    pub field: String,
    /// What is wrong, in words for a developer.
    pub description: String,
}

/// Rules of a string field.
#[derive(Debug, Clone, Copy)]
pub struct StringRules {
    /// Fewest characters.
    pub min_len: Option<usize>,
    /// Most characters.
    pub max_len: Option<usize>,
    /// Most bytes in UTF-8.
    pub max_bytes: Option<usize>,
    /// A UUID in its hyphenated form.
    pub uuid: bool,
    /// An e-mail address.
    pub email: bool,
    /// A pattern the value matches.
    pub pattern: Option<&'static LazyLock<Regex>>,
}

impl StringRules {
    /// No rule at all.
    pub const NONE: Self = Self {
        min_len: None,
        max_len: None,
        max_bytes: None,
        uuid: false,
        email: false,
        pattern: None,
    };
}

/// Broken rules found so far, and where the check stands.
#[derive(Debug, Default)]
pub struct Violations {
    at: String,
    found: Vec<Violation>,
}

impl Violations {
    fn add(&mut self, field: &str, description: impl Into<String>) {
        self.found.push(Violation {
            field: format!("{}{field}", self.at),
            description: description.into(),
        });
    }

    fn inside(&mut self, field: &str, check: impl FnOnce(&mut Self)) {
        let outer = self.at.len();
        self.at.push_str(field);
        self.at.push('.');
        check(self);
        self.at.truncate(outer);
    }

    fn string(&mut self, field: &str, value: &str, rules: &StringRules) {
        let length = value.chars().count();
        if rules.min_len.is_some_and(|min| length < min) {
            let message = if length == 0 {
                "must be given".to_owned()
            } else {
                format!("must have at least {} characters", rules.min_len.unwrap_or(0))
            };
            return self.add(field, message);
        }
        if let Some(max) = rules.max_len.filter(|max| length > *max) {
            return self.add(field, format!("must have at most {max} characters"));
        }
        if let Some(max) = rules.max_bytes.filter(|max| value.len() > *max) {
            return self.add(field, format!("must have at most {max} bytes"));
        }
        if rules.uuid && !is_uuid(value) {
            self.add(
                field,
                "must be a UUID such as 0190b6e0-7c1e-7a10-8a5e-3f1c2b4d5e6f",
            );
        }
        if rules.email && !is_email(value) {
            self.add(field, "must be an e-mail address such as kim@example.com");
        }
        if let Some(pattern) = rules.pattern.filter(|pattern| !pattern.is_match(value)) {
            self.add(field, format!("must match {}", pattern.as_str()));
        }
        if value.contains('\0') {
            self.add(field, "must not contain the character U+0000");
        }
    }

    fn integer(&mut self, field: &str, value: i128, min: i128, max: i128) {
        if value < min || value > max {
            self.add(field, format!("must be from {min} to {max}"));
        }
    }

    fn enumeration(&mut self, field: &str, defined: bool, forbidden_zero: bool) {
        if !defined || forbidden_zero {
            self.add(
                field,
                if forbidden_zero {
                    "must be given"
                } else {
                    "must be a value the contract defines"
                },
            );
        }
    }

    fn count(&mut self, field: &str, items: usize, min: usize, max: u64) {
        if items < min || items as u64 > max {
            self.add(field, format!("must have from {min} to {max} items"));
        }
    }

    fn nested<M: Validate>(&mut self, field: &str, message: Option<&M>, required: bool) {
        match message {
            Some(message) => self.inside(field, |out| message.check(out)),
            None if required => self.add(field, "must be given"),
            None => {}
        }
    }

    fn given(&mut self, field: &str, given: bool) {
        if !given {
            self.add(field, "must be given");
        }
    }

    fn each<M: Validate>(&mut self, field: &str, messages: &[M]) {
        for (index, message) in messages.iter().enumerate() {
            self.inside(&format!("{field}[{index}]"), |out| message.check(out));
        }
    }
}

fn is_uuid(value: &str) -> bool {
    value.len() == 36
        && value.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// The shape HTML's `<input type=email>` accepts, with a dot in the domain.
fn is_email(value: &str) -> bool {
    static SHAPE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+$",
        )
    });
    SHAPE.is_match(value)
}

fn pattern(source: &str) -> Regex {
    Regex::new(source).expect("patterns are constants of the contracts, compiled by the tests")
}

include!(concat!(env!("OUT_DIR"), "/rules.rs"));

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::v1::{CreateOrderRequest, NewOrderLine};

    fn fields(message: &impl Validate) -> Vec<String> {
        message
            .violations()
            .into_iter()
            .map(|violation| violation.field)
            .collect()
    }

    #[test]
    fn all_violations_are_named_at_once_with_their_path() {
        let request = CreateOrderRequest {
            request_id: "no".into(),
            lines: vec![
                NewOrderLine {
                    product_id: "0190b6e0-7c1e-7a10-8a5e-3f1c2b4d5e6f".into(),
                    quantity: 1,
                    ..Default::default()
                },
                NewOrderLine {
                    product_id: String::new(),
                    quantity: -5,
                    ..Default::default()
                },
            ],
            points: -1,
            ..Default::default()
        };
        assert_eq!(
            fields(&request),
            ["request_id", "lines[1].product_id", "lines[1].quantity", "points"]
        );
    }

    #[test]
    fn an_ignored_zero_value_is_no_violation() {
        let request = CreateOrderRequest {
            request_id: "0190b6e0-7c1e-7a10-8a5e-3f1c2b4d5e6f".into(),
            ..Default::default()
        };
        assert!(fields(&request).is_empty());
    }

    #[test]
    fn bytes_are_counted_where_bytes_are_meant() {
        let rules = StringRules {
            max_len: Some(3),
            max_bytes: Some(6),
            ..StringRules::NONE
        };
        for (text, told) in [("감자", None), ("감자국", Some("must have at most 6 bytes"))] {
            let mut violations = Violations::default();
            violations.string("name", text, &rules);
            let found = violations.found.first().map(|found| found.description.as_str());
            assert_eq!(found, told, "{text}");
        }
    }

    #[test]
    fn email_addresses_are_told_from_other_text() {
        for good in ["kim@example.com", "a.b+c@sub.example.co.kr"] {
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "",
            "kim",
            "kim@",
            "@example.com",
            "kim@localhost",
            "kim@-x.com",
            "a b@example.com",
        ] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
