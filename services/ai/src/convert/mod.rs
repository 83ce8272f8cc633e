//! Between the contracts and the domain.

mod ingredients;

pub use ingredients::extracted;
