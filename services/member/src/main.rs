//! The member service as a process of its own; `verify-points` looks at its ledger instead.

use std::process::ExitCode;

use xlcfi_service::{Base, Settings};
use xlcfi_types::Clock;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() != Some("verify-points") {
        return xlcfi_service::main(xlcfi_member::SERVICE, xlcfi_member::start);
    }
    let known = arguments.next();
    xlcfi_service::process(xlcfi_member::SERVICE.name, async |stop| {
        let settings = Settings::from_env(xlcfi_member::SERVICE)?;
        let base = Base::connect(xlcfi_member::SERVICE, &settings, Clock::system(), stop).await?;
        println!("{}", xlcfi_member::verify_points(&base, known.as_deref()).await?);
        Ok(())
    })
}
