//! The engine over a small fixture and over the demo catalogue.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod any_text;
mod catalogue;
mod counting;
mod finding;
mod highlights;
mod keeping;
mod pages;
mod suggestions;
mod understanding;
