//! Which methods are served, and where.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use prost_reflect::prost_types::method_options::IdempotencyLevel;
use prost_reflect::{DescriptorPool, Kind, MethodDescriptor};
use xlcfi_contracts::policy::{self, Access, Idempotency, Policy};
use xlcfi_service::{Peers, StartError};

use crate::breaker::Breaker;
use crate::upstream::Upstream;

/// Services whose package is not their home's.
const HOSTED: [(&str, &str); 1] = [("xlcfi.saga.v1.SagaService", "order")];

/// A method people may call.
#[derive(Debug)]
pub struct Method {
    /// Its path, `/package.Service/Method`.
    pub path: String,
    pub policy: Policy,
    /// Somebody else's, who looks at `authorization` by themselves.
    pub foreign: bool,
    pub upstream: Arc<Upstream>,
    pub breaker: Arc<Breaker>,
    pub client_streaming: bool,
    pub server_streaming: bool,
    /// It changes nothing, by its contract.
    pub safe: bool,
    /// Full names of its messages.
    pub input: String,
    pub output: String,
    /// Number of the field the `Idempotency-Key` header goes to.
    pub request_id: Option<u32>,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Routes {
    methods: HashMap<String, Arc<Method>>,
    upstreams: BTreeMap<String, Arc<Upstream>>,
    homes: BTreeMap<String, Arc<Upstream>>,
    breakers: HashMap<String, Arc<Breaker>>,
}

impl Routes {
    /// The methods of our own contracts that people may call.
    ///
    /// # Errors
    /// A method without policy, or a service without address.
    pub fn of_contracts(pool: &DescriptorPool, peers: &Peers) -> Result<Self, StartError> {
        let mut routes = Self::default();
        for service in pool.services() {
            let Some(home) = home(service.full_name()) else {
                continue;
            };
            let upstream = match routes.upstreams.get(home) {
                Some(upstream) => upstream.clone(),
                None => Arc::new(Upstream::new(home, peers.channel(home)?)),
            };
            for method in service.methods() {
                let policy = policy::read(&method)?;
                if policy.access != Access::Internal {
                    routes.add(&method, policy, &upstream, false);
                }
            }
        }
        Ok(routes)
    }

    /// Serves a method.
    pub fn add(
        &mut self,
        method: &MethodDescriptor,
        policy: Policy,
        upstream: &Arc<Upstream>,
        foreign: bool,
    ) {
        let service = method.parent_service().full_name().to_owned();
        let path = format!("/{service}/{}", method.name());
        let group = if policy.breaker.is_empty() {
            &upstream.name
        } else {
            &policy.breaker
        };
        let breaker = self
            .breakers
            .entry(group.clone())
            .or_insert_with(|| Breaker::new(group))
            .clone();
        let request_id = (policy.idempotency == Idempotency::RequestId)
            .then(|| method.input().get_field_by_name("request_id"))
            .flatten()
            .filter(|field| field.kind() == Kind::String && !field.is_list())
            .map(|field| field.number());
        self.upstreams
            .entry(upstream.name.clone())
            .or_insert_with(|| upstream.clone());
        self.homes.insert(service, upstream.clone());
        let route = Method {
            path: path.clone(),
            policy,
            foreign,
            upstream: upstream.clone(),
            breaker,
            client_streaming: method.is_client_streaming(),
            server_streaming: method.is_server_streaming(),
            safe: is_safe(method),
            input: method.input().full_name().to_owned(),
            output: method.output().full_name().to_owned(),
            request_id,
        };
        self.methods.insert(path, Arc::new(route));
    }

    /// The method at a path, if people may call it.
    pub fn method(&self, path: &str) -> Option<&Arc<Method>> {
        self.methods.get(path)
    }

    /// Whether any method has the edge look at access tokens.
    pub fn look_at_tokens(&self) -> bool {
        self.methods.values().any(|method| !method.foreign)
    }

    /// Full names of the services with such methods.
    pub fn services(&self) -> impl Iterator<Item = &str> {
        self.homes.keys().map(String::as_str)
    }

    /// Where a service is, by its noun or by the full name of what it serves.
    pub fn home(&self, name: &str) -> Option<&Arc<Upstream>> {
        self.upstreams.get(name).or_else(|| self.homes.get(name))
    }
}

fn is_safe(method: &MethodDescriptor) -> bool {
    let descriptor = method.method_descriptor_proto();
    let level = descriptor
        .options
        .as_ref()
        .map(|options| options.idempotency_level());
    level == Some(IdempotencyLevel::NoSideEffects)
}

/// The noun of the service behind `xlcfi.<noun>.v1.<Name>Service`.
fn home(service: &str) -> Option<&str> {
    if let Some((_, home)) = HOSTED.iter().find(|(hosted, _)| *hosted == service) {
        return Some(home);
    }
    service
        .strip_prefix("xlcfi.")?
        .split_once('.')
        .map(|(noun, _)| noun)
}
