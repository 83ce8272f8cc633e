//! The test contract, compiled.

use std::{path::Path, sync::LazyLock};

use prost_reflect::{DescriptorPool, MessageDescriptor};
use xlcfi_transcode::{Api, Codec, MessageId, Options};

/// The kitchen sink's descriptors.
pub static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| compile("kitchen.proto"));

/// Its bindings and codec.
pub static API: LazyLock<Api> =
    LazyLock::new(|| Api::from_descriptor_pool(&POOL, |_| true).expect("sound bindings"));

/// A codec that prints defaults.
pub static FULL: LazyLock<Codec> = LazyLock::new(|| {
    Codec::new(
        &POOL,
        Options {
            print_defaults: true,
            ..Options::default()
        },
    )
});

/// Compiles a proto of `tests/proto`.
pub fn compile(file: &str) -> DescriptorPool {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    compile_from(file, &[root.join("tests/proto")])
}

/// Compiles a proto given as text.
pub fn compile_text(name: &str, text: &str) -> DescriptorPool {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("text.proto"), text).expect("a file");
    compile_from("text.proto", &[folder])
}

fn compile_from(file: &str, folders: &[std::path::PathBuf]) -> DescriptorPool {
    let third_party = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../third_party/proto");
    let mut compiler = protox::Compiler::new(folders.iter().chain([&third_party])).expect("folders");
    compiler
        .include_imports(true)
        .open_file(file)
        .expect("a sound proto");
    DescriptorPool::decode(&*compiler.encode_file_descriptor_set()).expect("descriptors")
}

/// The codec's handle of a message type.
pub fn id(name: &str) -> MessageId {
    API.codec().message(name).expect(name)
}

/// The kitchen sink.
pub fn sink() -> MessageDescriptor {
    POOL.get_message_by_name("kitchen.v1.Sink").expect("the sink")
}

/// JSON to protobuf bytes; the violations as text if refused.
pub fn to_wire(message: &str, json: &str) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    API.codec()
        .json_to_wire(id(message), json.as_bytes(), &mut out)
        .map_err(|refusal| refusal.to_string())?;
    Ok(out)
}

/// Protobuf bytes to JSON.
pub fn to_json(message: &str, wire: &[u8]) -> Result<String, String> {
    let mut out = Vec::new();
    API.codec()
        .wire_to_json(id(message), wire, &mut out)
        .map_err(|error| error.to_string())?;
    Ok(String::from_utf8(out).expect("UTF-8"))
}
