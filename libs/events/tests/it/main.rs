//! Messages over real PostgreSQL and JetStream; `make test` starts both.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod consumer;
mod effects;
mod faults;
mod nats;
mod parking;
mod relay;
mod watchers;
mod world;
