#![doc = include_str!("../README.md")]

pub mod bench;
pub mod engine;
pub mod generate;
pub mod golden;
pub mod hangul;
pub mod measure;
pub mod product;
pub mod quality;
pub mod queries;
pub mod report;
pub mod rivals;
mod show;
