use std::process::ExitCode;

fn main() -> ExitCode {
    xlcfi_service::main(xlcfi_product::SERVICE, xlcfi_product::start)
}
