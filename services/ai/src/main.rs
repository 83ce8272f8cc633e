fn main() -> std::process::ExitCode {
    xlcfi_service::main(xlcfi_ai::SERVICE, xlcfi_ai::start)
}
