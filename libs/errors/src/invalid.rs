use std::fmt;

use tonic::Code;
use xlcfi_contracts::validate::{Validate, Violation};

use crate::{Explain, Explanation};

/// Fields of a request that are wrong, collected so that all are told at once.
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

    pub(crate) fn into_fields(self) -> impl Iterator<Item = (String, String)> {
        self.0.into_iter()
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the request has invalid fields:")?;
        let mut separator = ' ';
        for (field, description) in &self.0 {
            write!(f, "{separator}{field} {description}")?;
            separator = ';';
        }
        Ok(())
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
