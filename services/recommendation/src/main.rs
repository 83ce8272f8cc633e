fn main() -> std::process::ExitCode {
    xlcfi_service::main(xlcfi_recommendation::SERVICE, xlcfi_recommendation::start)
}
