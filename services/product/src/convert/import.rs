//! Imports.

use xlcfi_contracts::product::v1::{self, ImportState};

use super::timestamp;
use crate::import::{Import, Problem};

pub fn import_message(import: &Import) -> v1::Import {
    let counts = import.counts;
    let state = if import.finish_time.is_some() {
        ImportState::Done
    } else {
        ImportState::Running
    };
    v1::Import {
        import_id: import.import_id.to_string(),
        state: state.into(),
        dry_run: import.dry_run,
        rows: import.rows,
        done: counts.done(),
        created: counts.created,
        updated: counts.updated,
        unchanged: counts.unchanged,
        failed: counts.failed,
        create_time: Some(timestamp(import.create_time)),
        finish_time: import.finish_time.map(timestamp),
    }
}

pub fn problem_message(problem: Problem) -> v1::ImportProblem {
    v1::ImportProblem {
        line: problem.line,
        sku: problem.sku,
        column: problem.column,
        message: problem.message,
    }
}
