//! Sagas over real PostgreSQL and JetStream; `make test` starts both.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod participants;
mod runs;
mod toy;
mod versions;
mod world;
