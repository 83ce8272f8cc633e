fn main() -> std::process::ExitCode {
    xlcfi_service::main(xlcfi_auth::SERVICE, xlcfi_auth::start)
}
