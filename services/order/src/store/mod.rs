//! All SQL of the service.

pub(crate) mod carts;
pub(crate) mod orders;
pub(crate) mod recalls;
