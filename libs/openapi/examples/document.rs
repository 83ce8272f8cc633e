//! Prints the document of all public services, for linters and generators.

use xlcfi_contracts::POOL;
use xlcfi_openapi::{Info, document};
use xlcfi_transcode::Api;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let api = Api::from_descriptor_pool(&POOL, |service| service.full_name().starts_with("xlcfi."))?;
    println!("{:#}", document(&POOL, &api, &Info::default()));
    Ok(())
}
