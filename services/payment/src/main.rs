use std::process::ExitCode;

fn main() -> ExitCode {
    xlcfi_service::main(xlcfi_payment::SERVICE, xlcfi_payment::start)
}
