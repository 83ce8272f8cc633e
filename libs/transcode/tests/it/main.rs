//! Everything the crate promises, over a test contract with one of everything.

mod api;
mod json_to_wire;
mod load;
mod malformed;
mod oracle;
mod pool;
mod wire_to_json;
