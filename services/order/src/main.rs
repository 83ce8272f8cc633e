//! The order service as a process of its own.

fn main() -> std::process::ExitCode {
    xlcfi_service::main(xlcfi_order::SERVICE, xlcfi_order::start)
}
