//! The engines that are compared: ours first.

mod child;
mod lucene;
pub mod ours;
mod postgres;
mod sqlite;

use crate::engine::Engine;

/// All engines, in the order of the tables.
pub const ENGINES: &[Engine] = &[
    Engine {
        name: "ours",
        run: ours::run,
    },
    Engine {
        name: "lucene",
        run: lucene::run,
    },
    Engine {
        name: "fts5",
        run: sqlite::run,
    },
    Engine {
        name: "pg_trgm",
        run: postgres::run,
    },
];
