//! Method policies: who may call what, for how long.

use std::collections::HashMap;
use std::sync::LazyLock;
use std::time::Duration;

use prost_reflect::{DescriptorPool, MethodDescriptor};

use crate::POOL;
use crate::options::v1::MethodPolicy;
pub use crate::options::v1::{Access, Idempotency, RateClass};
use crate::types::v1::Role;

/// The policy of one method, read from its `(xlcfi.options.v1.policy)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Who may call.
    pub access: Access,
    /// Roles of which the caller needs one; empty unless `access` is by role.
    pub roles: Vec<Role>,
    /// Services that may call; empty unless `access` is internal.
    pub callers: Vec<String>,
    /// Allowance a call is counted against.
    pub rate_class: RateClass,
    /// Units of the allowance one call takes, at least 1.
    pub rate_cost: u32,
    /// The longest a call may last.
    pub timeout: Duration,
    /// What a repeated call does.
    pub idempotency: Idempotency,
    /// Circuit breaker at the edge; empty means the callee's own.
    pub breaker: String,
    /// The answer may be revalidated by its ETag.
    pub cacheable: bool,
    /// Request headers the service reads beside the usual ones, in lower case.
    pub headers: Vec<String>,
    /// Most bytes of a raw body passed on in pieces; 0 means as for a message.
    pub body_limit: u32,
    /// The answer to the same request never changes.
    pub immutable: bool,
}

/// Why a method has no usable policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyError {
    /// Path of the method, `/package.Service/Method`.
    pub method: String,
    /// What is wrong with it.
    pub problem: &'static str,
}

impl std::fmt::Display for PolicyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}: {}; give it an option (xlcfi.options.v1.policy) in proto/",
            self.method, self.problem
        )
    }
}

impl std::error::Error for PolicyError {}

/// The policy of `/package.Service/Method`, if our contracts have the method.
pub fn policy(path: &str) -> Option<&'static Policy> {
    static POLICIES: LazyLock<HashMap<String, Policy>> = LazyLock::new(|| {
        let methods = POOL
            .services()
            .flat_map(|service| service.methods().collect::<Vec<_>>());
        methods
            .filter_map(|method| Some((path_of(&method), read(&method).ok()?)))
            .collect()
    });
    POLICIES.get(path)
}

/// Checks that each method of the named service has a usable policy.
///
/// # Errors
/// The first method without one, or a service `pool` does not know.
pub fn require(pool: &DescriptorPool, service: &str) -> Result<(), PolicyError> {
    let unknown = || PolicyError {
        method: service.to_owned(),
        problem: "is in no descriptor",
    };
    let service = pool.get_service_by_name(service).ok_or_else(unknown)?;
    service.methods().try_for_each(|method| read(&method).map(|_| ()))
}

/// Reads the policy of one method.
///
/// # Errors
/// It has none, or one that contradicts itself.
pub fn read(method: &MethodDescriptor) -> Result<Policy, PolicyError> {
    let refuse = |problem| PolicyError {
        method: path_of(method),
        problem,
    };
    let pool = method.parent_pool();
    let extension = pool
        .get_extension_by_name("xlcfi.options.v1.policy")
        .filter(|extension| method.options().has_extension(extension))
        .ok_or_else(|| refuse("has no policy"))?;
    let options = method.options();
    let value = options.get_extension(&extension);
    let raw: MethodPolicy = value
        .as_message()
        .and_then(|message| message.transcode_to().ok())
        .ok_or_else(|| refuse("has an unreadable policy"))?;

    let policy = Policy {
        access: raw.access(),
        roles: raw.roles().collect(),
        rate_class: raw.rate_class(),
        rate_cost: raw.rate_cost.max(1),
        timeout: raw
            .timeout
            .and_then(|timeout| timeout.try_into().ok())
            .unwrap_or_default(),
        idempotency: raw.idempotency(),
        cacheable: raw.cacheable,
        callers: raw.callers,
        breaker: raw.breaker,
        headers: raw.headers,
        body_limit: raw.body_limit,
        immutable: raw.immutable,
    };
    let internal = policy.access == Access::Internal;
    match () {
        () if policy.access == Access::Unspecified => Err(refuse("does not say who may call it")),
        () if policy.timeout.is_zero() => Err(refuse("has no timeout")),
        () if policy.idempotency == Idempotency::Unspecified => {
            Err(refuse("does not say what a repeated call does"))
        }
        () if internal == policy.callers.is_empty() => {
            Err(refuse("must name callers exactly when it is internal"))
        }
        () if internal != (policy.rate_class == RateClass::Unspecified) => {
            Err(refuse("must have a rate class exactly when it is not internal"))
        }
        () if (policy.access == Access::Role) == policy.roles.is_empty() => {
            Err(refuse("must name roles exactly when access is by role"))
        }
        () if policy.immutable && !(policy.cacheable && policy.access == Access::Public) => {
            Err(refuse("can be immutable only when it is cacheable and public"))
        }
        () => Ok(policy),
    }
}

fn path_of(method: &MethodDescriptor) -> String {
    format!("/{}/{}", method.parent_service().full_name(), method.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_of_ours_has_a_usable_policy() {
        let ours = POOL
            .services()
            .filter(|service| service.full_name().starts_with("xlcfi."));
        let mut seen = 0;
        for service in ours {
            require(&POOL, service.full_name()).unwrap_or_else(|error| panic!("{error}"));
            seen += service.methods().len();
        }
        assert!(seen > 50, "only {seen} methods found");
    }

    #[test]
    fn a_method_without_policy_is_refused() {
        let reflection = protox_less_service();
        let error = require(&reflection, "test.Bare").expect_err("it has no policy");
        assert_eq!(error.method, "/test.Bare/Call");
        assert_eq!(error.problem, "has no policy");
    }

    fn protox_less_service() -> DescriptorPool {
        use prost_types::{
            DescriptorProto, FileDescriptorProto, MethodDescriptorProto, ServiceDescriptorProto,
        };
        let mut pool = POOL.clone();
        pool.add_file_descriptor_proto(FileDescriptorProto {
            name: Some("test.proto".into()),
            package: Some("test".into()),
            syntax: Some("proto3".into()),
            message_type: vec![DescriptorProto {
                name: Some("M".into()),
                ..Default::default()
            }],
            service: vec![ServiceDescriptorProto {
                name: Some("Bare".into()),
                method: vec![MethodDescriptorProto {
                    name: Some("Call".into()),
                    input_type: Some(".test.M".into()),
                    output_type: Some(".test.M".into()),
                    ..Default::default()
                }],
                ..Default::default()
            }],
            ..Default::default()
        })
        .expect("the file is well-formed");
        pool
    }

    #[test]
    fn an_internal_method_names_its_callers() {
        let policy = policy("/xlcfi.product.v1.ProductService/BatchGetProducts").expect("it is ours");
        assert_eq!(policy.access, Access::Internal);
        assert_eq!(policy.callers, ["order"]);
        assert_eq!(policy.timeout, Duration::from_secs(2));
    }
}
