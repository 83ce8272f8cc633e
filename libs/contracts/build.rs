//! Compiles `proto/` into Rust types, clients and servers, a descriptor set
//! that keeps options and comments, and the field rules as plain Rust checks.

#[path = "build/rules.rs"]
mod rules;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use prost_reflect::DescriptorPool;
use protox::prost::Message as _;

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let (own, third_party) = (root.join("proto"), root.join("third_party/proto"));
    println!("cargo:rerun-if-changed={}", own.display());
    println!("cargo:rerun-if-changed={}", third_party.display());

    let mut compiler = protox::Compiler::new([&own, &third_party])?;
    compiler.include_imports(true).include_source_info(true);
    compiler.open_files(protos_below(&own)?)?;
    compiler.open_files(["google/rpc/status.proto", "google/rpc/error_details.proto"])?;

    let out = PathBuf::from(env::var("OUT_DIR")?);
    let descriptors = compiler.encode_file_descriptor_set();
    fs::write(out.join("descriptors.bin"), &descriptors)?;

    let pool = DescriptorPool::decode(descriptors.as_slice())?;
    fs::write(out.join("rules.rs"), rules::generate(&pool)?)?;

    let mut files = prost_types::FileDescriptorSet::decode(descriptors.as_slice())?;
    files.file.retain(|file| {
        file.package().starts_with("xlcfi.")
            || file.package() == "google.protobuf"
            || file.name() == "google/api/httpbody.proto"
    });
    let mut config = prost_build::Config::new();
    config.enable_type_names();
    tonic_prost_build::configure()
        .include_file("contracts.rs")
        .compile_fds_with_config(files, config)?;
    Ok(())
}

fn protos_below(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(protos_below(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
