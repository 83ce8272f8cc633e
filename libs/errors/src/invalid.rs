use std::fmt;

use tonic::Code;
use xlcfi_contracts::validate::{Validate, Violation};

use crate::{Explain, Explanation};

/// Most fields that are told at once. An error travels in a header, and those
/// of a few thousand bytes are refused on the way.
const MOST_TOLD: usize = 20;

/// Fields of a request that are wrong, collected so that all are told at once;
/// of very many, the first 20.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Invalid(Vec<(String, String)>);

impl Invalid {
    /// Checks a message against the field rules of its contract.
    ///
    /// # Errors
    /// Every broken rule.
    pub fn check(message: &impl Validate) -> Result<(), Self> {
        let found = message
            .violations()
            .into_iter()
            .map(|Violation { field, description }| (field, description));
        Self(found.collect()).into_result()
    }

    /// One wrong field.
    pub fn field(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self(vec![(field.into(), description.into())])
    }

    /// Adds a wrong field.
    pub fn add(&mut self, field: impl Into<String>, description: impl Into<String>) {
        self.0.push((field.into(), description.into()));
    }

    /// Takes a value out of a conversion, or notes why `field` has none.
    pub fn take<T>(&mut self, field: &str, value: Result<T, impl fmt::Display>) -> Option<T> {
        value.map_err(|error| self.add(field, error.to_string())).ok()
    }

    /// Nothing wrong, or everything that is.
    ///
    /// # Errors
    /// Itself, when a field was added.
    pub fn into_result(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }

    /// Every wrong field, and why.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        let fields = self.0.iter();
        fields.map(|(field, description)| (field.as_str(), description.as_str()))
    }

    pub(crate) fn into_fields(self) -> impl Iterator<Item = (String, String)> {
        self.0.into_iter().take(MOST_TOLD)
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the request has invalid fields:")?;
        let mut separator = ' ';
        for (field, description) in self.0.iter().take(MOST_TOLD) {
            write!(f, "{separator}{field} {description}")?;
            separator = ';';
        }
        match self.0.len().checked_sub(MOST_TOLD) {
            Some(more @ 1..) => write!(f, "; and {more} more"),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for Invalid {}

impl Explain for Invalid {
    const DOMAIN: &'static str = "xlcfi.com";

    fn explain(&self) -> Explanation {
        Explanation::new(Code::InvalidArgument, "INVALID_FIELDS").invalid(self.clone())
    }
}

impl From<Invalid> for tonic::Status {
    fn from(invalid: Invalid) -> Self {
        invalid.into_status()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_very_many_fields_the_first_are_told() {
        let mut invalid = Invalid::default();
        for line in 0..1_000 {
            invalid.add(
                format!("lines[{line}].product_id"),
                "must not be that of a line before",
            );
        }
        let status = tonic::Status::from(invalid);
        assert!(
            status.message().ends_with("; and 980 more"),
            "{}",
            status.message()
        );
        let size = status.message().len() + status.details().len() * 4 / 3;
        assert!(size < 6_000, "{size} bytes do not fit in a header everywhere");
    }
}
