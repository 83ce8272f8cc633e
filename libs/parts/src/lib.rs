#![doc = include_str!("../README.md")]

mod account;
mod anvil;
mod data_dir;
mod given;
mod guard;
mod guarded;
mod log;
mod nats;
mod options;
mod part;
mod parts;
mod ports;
mod postgres;
mod probe;
mod reach;
mod supervisor;
mod tools;
mod trouble;
mod valkey;

pub use guard::guard_main_if_asked;
pub use options::{Given, Options, Ports, find_tools_dir};
pub use part::Part;
pub use parts::{Child, Parts};
