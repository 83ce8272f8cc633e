fn main() -> std::process::ExitCode {
    xlcfi_service::main(xlcfi_market::SERVICE, xlcfi_market::start)
}
