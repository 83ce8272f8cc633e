fn main() -> std::process::ExitCode {
    xlcfi_service::main(xlcfi_blockchain::SERVICE, xlcfi_blockchain::start)
}
