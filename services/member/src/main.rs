fn main() -> std::process::ExitCode {
    xlcfi_service::main(xlcfi_member::SERVICE, xlcfi_member::start)
}
