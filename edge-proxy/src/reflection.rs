//! What reflection shows: the services people may call, without the methods they may not.

use std::collections::HashSet;

use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, FileDescriptor, ReflectMessage as _, Value};
use xlcfi_contracts::POOL;
use xlcfi_service::StartError;

use crate::routes::Routes;

/// Also shown, because statuses carry them.
const DETAILS: [&str; 2] = ["google/rpc/status.proto", "google/rpc/error_details.proto"];

/// The descriptors of the public part, encoded: the files with routed services
/// and all they import, methods without route taken out.
///
/// # Errors
/// The descriptors cannot be read.
pub fn public(pool: &DescriptorPool, routes: &Routes) -> Result<Vec<u8>, StartError> {
    let bad = |what: &str| StartError::Other(format!("reflection: {what}"));
    let mut shown = HashSet::new();
    for file in pool.files() {
        let routed = file
            .services()
            .any(|service| routes.services().any(|routed| routed == service.full_name()));
        if routed || DETAILS.contains(&file.name()) {
            collect(&file, &mut shown);
        }
    }
    // Ours, since a set of somebody else may lack it; options it does not know stay as bytes.
    let kind = POOL
        .get_message_by_name("google.protobuf.FileDescriptorProto")
        .ok_or_else(|| bad("descriptor.proto is missing"))?;
    let mut set = Vec::new();
    for file in pool.files().filter(|file| shown.contains(file.name())) {
        let bytes = file.encode_to_vec();
        let mut message = DynamicMessage::decode(kind.clone(), bytes.as_slice())
            .map_err(|error| bad(&error.to_string()))?;
        let package = file.package_name().to_owned();
        if let Some(Value::List(services)) = message.get_field_by_name_mut("service") {
            services.retain_mut(|service| prune(service, &package, routes));
        }
        let bytes = message.encode_to_vec();
        // `FileDescriptorSet.file` is field 1.
        prost::encoding::encode_key(1, prost::encoding::WireType::LengthDelimited, &mut set);
        prost::encoding::encode_varint(bytes.len() as u64, &mut set);
        set.extend_from_slice(&bytes);
    }
    Ok(set)
}

/// Takes out of a service what has no route; says whether anything is left.
fn prune(service: &mut Value, package: &str, routes: &Routes) -> bool {
    let Value::Message(service) = service else {
        return false;
    };
    let name = text(service, "name");
    let Some(Value::List(methods)) = service.get_field_by_name_mut("method") else {
        return false;
    };
    methods.retain(|method| {
        let Value::Message(method) = method else {
            return false;
        };
        routes
            .method(&format!("/{package}.{name}/{}", text(method, "name")))
            .is_some()
    });
    !methods.is_empty()
}

fn text(message: &DynamicMessage, field: &str) -> String {
    debug_assert!(message.descriptor().get_field_by_name(field).is_some());
    message
        .get_field_by_name(field)
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn collect(file: &FileDescriptor, shown: &mut HashSet<String>) {
    if shown.insert(file.name().to_owned()) {
        file.dependencies()
            .for_each(|dependency| collect(&dependency, shown));
    }
}
