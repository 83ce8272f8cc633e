//! All SQL of the service.

pub mod anomalies;
pub mod opinions;
pub mod sales;
