//! Other people's services, by a file.
//!
//! ```json
//! {
//!   "descriptors": "services.binpb",
//!   "services": {"shop.v1.ShopService": "http://127.0.0.1:9000"},
//!   "timeout_seconds": 60
//! }
//! ```

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use prost_reflect::{DescriptorPool, MethodDescriptor};
use serde::Deserialize;
use xlcfi_contracts::policy::{self, Access, Idempotency, Policy, RateClass};
use xlcfi_identity::{EDGE, Seed, Signer};
use xlcfi_service::{Peers, StartError};

use crate::routes::Routes;
use crate::upstream::Upstream;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// An encoded `google.protobuf.FileDescriptorSet` with imports; relative to the file.
    descriptors: PathBuf,
    /// URLs by full names of services.
    services: BTreeMap<String, String>,
    /// The longest a call may last.
    #[serde(default = "minute")]
    timeout_seconds: u32,
}

fn minute() -> u32 {
    60
}

/// The services of a file instead of our own. A method with a policy of ours
/// keeps it; the others are public, and see the client's `authorization`.
///
/// # Errors
/// What is wrong with the file.
pub fn load(path: &Path) -> Result<(DescriptorPool, Routes), StartError> {
    let bad = |path: &Path, error: &dyn std::fmt::Display| {
        StartError::BadSetting("EDGE_ROUTES".into(), format!("{}: {error}", path.display()))
    };
    let text = std::fs::read(path).map_err(|error| bad(path, &error))?;
    let file: File = serde_json::from_slice(&text).map_err(|error| bad(path, &error))?;
    let set = path.parent().unwrap_or(Path::new("")).join(&file.descriptors);
    let bytes = std::fs::read(&set).map_err(|error| bad(&set, &error))?;
    let mut pool = DescriptorPool::decode(bytes.as_slice()).map_err(|error| bad(&set, &error))?;
    // The details of statuses are printed by them; a set that brings its own keeps those.
    let _ = pool.decode_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET);

    // They share no keys with us: what names the edge to them is worth nothing elsewhere.
    let signer = Signer::new(EDGE, &Seed::generate());
    let mut routes = Routes::default();
    for (name, url) in file.services {
        let service = pool
            .get_service_by_name(&name)
            .ok_or_else(|| bad(&set, &format!("there is no {name}")))?;
        let peers = Peers::new(signer.clone(), HashMap::from([(name.clone(), url)]));
        let upstream = Arc::new(Upstream::new(&name, peers.channel(&name)?));
        for method in service.methods() {
            match policy::read(&method) {
                Ok(policy) if policy.access == Access::Internal => {}
                Ok(policy) => routes.add(&method, policy, &upstream, false),
                Err(_) => routes.add(&method, open(&method, file.timeout_seconds), &upstream, true),
            }
        }
    }
    Ok((pool, routes))
}

fn open(method: &MethodDescriptor, timeout_seconds: u32) -> Policy {
    use prost_reflect::prost_types::method_options::IdempotencyLevel;
    let level = method
        .method_descriptor_proto()
        .options
        .as_ref()
        .map(|options| options.idempotency_level());
    Policy {
        access: Access::Public,
        roles: Vec::new(),
        callers: Vec::new(),
        rate_class: RateClass::Standard,
        rate_cost: 1,
        timeout: Duration::from_secs(timeout_seconds.into()),
        idempotency: match level {
            Some(IdempotencyLevel::NoSideEffects) => Idempotency::ReadOnly,
            Some(IdempotencyLevel::Idempotent) => Idempotency::Natural,
            _ => Idempotency::None,
        },
        breaker: String::new(),
        cacheable: false,
        headers: Vec::new(),
        body_limit: 0,
        immutable: false,
    }
}
