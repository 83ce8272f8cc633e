#![doc = include_str!("../README.md")]

pub mod convert;
pub mod policy;
pub mod told;
pub mod validate;

use std::sync::LazyLock;

use prost_reflect::DescriptorPool;

#[allow(clippy::all, clippy::pedantic, missing_docs, rustdoc::all)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/contracts.rs"));
}
pub use generated::google;
pub use generated::xlcfi::{
    admin, ai, auth, blockchain, etl, image, market, member, options, order, payment, product,
    recommendation, review, saga, types,
};

/// Every file of `proto/` and what it imports, with options and comments, as
/// an encoded `google.protobuf.FileDescriptorSet`.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// [`DESCRIPTORS`], decoded and linked.
pub static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    DescriptorPool::decode(DESCRIPTORS).expect("the build wrote these descriptors and read them back")
});
