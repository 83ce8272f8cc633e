//! `make bench-search`.

use std::process::ExitCode;

use clap::Parser as _;
use xlcfi_bench_search::bench::{Arguments, run};

fn main() -> ExitCode {
    // Must come first: this program is also the guard of its PostgreSQL.
    xlcfi_parts::guard_main_if_asked();
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench-search: {error:#}");
            ExitCode::FAILURE
        }
    }
}
