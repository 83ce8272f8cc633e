fn main() -> std::process::ExitCode {
    xlcfi_service::main(xlcfi_image::SERVICE, xlcfi_image::start)
}
