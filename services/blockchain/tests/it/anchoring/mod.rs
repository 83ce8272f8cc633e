//! Anchoring on a real node. Where anvil is not installed these tests say so and are
//! done; `make anvil` installs it.

mod contract;
mod faults;
mod fees;
mod node;
mod reads;
mod replicas;
mod restarts;
mod steps;
mod world;
