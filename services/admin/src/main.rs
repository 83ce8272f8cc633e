//! The admin service as a process of its own; `verify-audit` looks at its log instead.

use std::process::ExitCode;

use xlcfi_service::{Base, Settings};
use xlcfi_types::Clock;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() != Some("verify-audit") {
        return xlcfi_service::main(xlcfi_admin::SERVICE, xlcfi_admin::start);
    }
    xlcfi_service::process(xlcfi_admin::SERVICE.name, async |stop| {
        let settings = Settings::from_env(xlcfi_admin::SERVICE)?;
        let base = Base::connect(xlcfi_admin::SERVICE, &settings, Clock::system(), stop).await?;
        println!("{}", xlcfi_admin::verify_audit(&base).await?);
        Ok(())
    })
}
