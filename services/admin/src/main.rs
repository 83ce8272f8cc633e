//! The admin service as a process of its own; `verify-audit` looks at its log instead.

use std::process::ExitCode;

use xlcfi_service::{Base, Settings};
use xlcfi_types::Clock;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() != Some("verify-audit") {
        return xlcfi_service::main(xlcfi_admin::SERVICE, xlcfi_admin::start);
    }
    let known = arguments.next();
    xlcfi_service::process(xlcfi_admin::SERVICE.name, async |stop| {
        let settings = Settings::from_env(xlcfi_admin::SERVICE)?;
        let base = Base::connect(xlcfi_admin::SERVICE, &settings, Clock::system(), stop).await?;
        println!("{}", xlcfi_admin::verify_audit(&base, known.as_deref()).await?);
        Ok(())
    })
}
