fn main() -> std::process::ExitCode {
    xlcfi_service::main(xlcfi_review::SERVICE, xlcfi_review::start)
}
