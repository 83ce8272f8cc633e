fn main() -> std::process::ExitCode {
    xlcfi_service::main(xlcfi_etl::SERVICE, xlcfi_etl::start)
}
