#![doc = include_str!("../README.md")]

mod breaker;
mod config;
mod connect;
mod cors;
mod edge;
mod error;
mod foreign;
mod frames;
mod grpc;
mod headers;
mod health;
mod identity;
mod limits;
mod log;
mod pages;
mod reflection;
mod rest;
mod routes;
mod server;
mod status;
mod upstream;
mod web;

use xlcfi_service::Service;

pub use config::EdgeSettings;
pub use cors::Origins;
pub use error::{Error, MESSAGE_LIMIT};
pub use limits::Networks;
pub use server::{Edge, start};

/// The edge among the services.
pub const SERVICE: Service = Service::new("edge", 8080);
