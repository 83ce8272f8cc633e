//! Everything the crate promises, over a test contract with one of everything.

mod answers;
mod json_to_wire;
mod load;
mod malformed;
mod oracle;
mod paths;
mod pool;
mod requests;
mod sample;
mod wire_to_json;
