#![allow(clippy::unwrap_used)]

mod choice;
mod inputs;
mod metrics;
mod models;
mod properties;

/// Five years of months with a season and a trend.
pub const MONTHS: [u16; 60] = [
    189, 218, 241, 254, 235, 228, 217, 182, 176, 180, 170, 193, 222, 250, 251, 264, 268, 238, 227, 216, 186,
    190, 203, 203, 232, 260, 284, 274, 278, 272, 237, 226, 219, 200, 213, 236, 265, 270, 294, 308, 288, 282,
    270, 236, 229, 232, 223, 246, 275, 303, 304, 318, 321, 292, 280, 268, 239, 242, 256, 280,
];

/// A trend without a season.
pub const RISING: [u16; 30] = [
    89, 99, 109, 119, 106, 116, 126, 113, 123, 133, 120, 130, 140, 150, 137, 147, 157, 144, 154, 164, 151,
    161, 171, 158, 168, 178, 188, 175, 185, 195,
];

pub fn numbers(values: &[u16]) -> Vec<f64> {
    values.iter().map(|value| f64::from(*value)).collect()
}
