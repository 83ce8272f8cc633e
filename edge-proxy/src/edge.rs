use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method as HttpMethod, Request, Response, Version};
use prost_reflect::DescriptorPool;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic_health::pb::health_server::HealthServer;
use xlcfi_contracts::POOL;
use xlcfi_identity::{EDGE, Signer, User};
use xlcfi_openapi::{Info, document};
use xlcfi_service::{Cache, Peers, StartError};
use xlcfi_transcode::Api;

use crate::config::EdgeSettings;
use crate::health::MeshHealth;
use crate::identity::Users;
use crate::limits::Limits;
use crate::log::{Protocol, Visit};
use crate::routes::{Method, Routes};
use crate::{Error, connect, foreign, grpc, identity, pages, reflection, rest, web};

/// What requests are answered with.
pub struct Parts {
    pub settings: EdgeSettings,
    pub routes: Arc<Routes>,
    pub api: Arc<Api>,
    pub users: Users,
    pub limits: Limits,
    /// The OpenAPI document of the REST routes.
    pub openapi: Bytes,
    /// Health and reflection, by gRPC.
    pub own: Router,
    pub stop: CancellationToken,
}

impl Parts {
    /// Puts them together; nothing is connected yet.
    ///
    /// # Errors
    /// A setting or a contract that makes no sense.
    pub fn new(settings: EdgeSettings, stop: CancellationToken) -> Result<Self, StartError> {
        let peers = Peers::new(Signer::new(EDGE, &settings.seed), settings.peers.clone());
        let (pool, routes) = match &settings.routes {
            None => (POOL.clone(), Routes::of_contracts(&POOL, &peers)?),
            Some(file) => foreign::load(file)?,
        };
        let routes = Arc::new(routes);
        let api = Api::from_descriptor_pool(&pool, |service| routes.home(service.full_name()).is_some())
            .map_err(|error| StartError::Other(format!("REST bindings: {error}")))?;
        let cache = settings.redis_url.as_deref().map(Cache::new).transpose();
        let cache = cache.map_err(|error| StartError::BadSetting("REDIS_URL".into(), error))?;
        // A serde_json value always prints.
        let openapi = document(&pool, &api, &Info::default()).to_string().into();
        Ok(Self {
            openapi,
            users: Users::new(peers.channel("auth")?),
            limits: Limits::new(
                settings.rate_limit,
                settings.credential_rate_limit,
                settings.notice_rate_limit,
                cache,
            ),
            own: own(&pool, &routes, &stop)?,
            settings,
            routes,
            api: Arc::new(api),
            stop,
        })
    }

    /// Whether calls can be served: tokens verified, and no stop under way.
    pub fn ready(&self) -> bool {
        (self.users.ready() || !self.routes.look_at_tokens()) && !self.stop.is_cancelled()
    }

    /// Finds out who calls, counts the call, and lets in whom the policy allows.
    ///
    /// # Errors
    /// Why the call goes no further.
    pub async fn admit(
        &self,
        method: &Method,
        visit: &Visit,
        headers: &HeaderMap,
    ) -> Result<Option<User>, Error> {
        visit.goes_to(method);
        let policy = &method.policy;
        let user = if identity::looks(method) {
            self.users.user(headers, &method.path).await
        } else {
            Ok(None)
        };
        let known = user.as_ref().ok().and_then(Option::as_ref);
        if let Some(user) = known {
            visit.is_by(user.id);
        }
        // Whoever guesses tokens is counted by address.
        let quota = self.limits.take(policy, known, visit.client).await;
        visit.counted(quota);
        quota.check()?;
        let user = user?;
        identity::check(policy, user.as_ref())?;
        Ok(user)
    }

    /// Answers one request.
    pub async fn answer(self: Arc<Self>, peer: IpAddr, request: Request<Body>) -> Response<Body> {
        let client = self.settings.trusted_proxies.client(peer, request.headers());
        let visit = Visit::begin(&request, client);
        let pass = self.settings.cors_origins.pass(request.headers());
        let mut response = match self.settings.cors_origins.preflight(&request) {
            Some(preflight) => {
                visit.speaks(Protocol::Page);
                preflight
            }
            None => self.dispatch(&visit, request).await,
        };
        pass.dress(response.headers_mut());
        visit.finish(response)
    }

    async fn dispatch(self: Arc<Self>, visit: &Arc<Visit>, request: Request<Body>) -> Response<Body> {
        let protocol = self.protocol(&request);
        if protocol == Protocol::Rest
            && let Some(page) = pages::serve(&self, &request)
        {
            visit.speaks(Protocol::Page);
            return page;
        }
        visit.speaks(if grpc::is_own(request.uri().path()) {
            Protocol::Page
        } else {
            protocol
        });
        match protocol {
            Protocol::Grpc if request.version() < Version::HTTP_2 => grpc::refuse(visit, Error::Http2Needed),
            Protocol::Grpc => grpc::serve(&self, visit, request).await,
            Protocol::GrpcWeb => web::serve(self, visit.clone(), request).await,
            Protocol::Connect => connect::serve(&self, visit, request).await,
            Protocol::Rest | Protocol::Page => rest::serve(&self, visit, request).await,
        }
    }

    /// Whether the path is that of a method.
    fn serves(&self, request: &Request<Body>) -> bool {
        self.routes.method(request.uri().path()).is_some()
    }

    fn protocol(&self, request: &Request<Body>) -> Protocol {
        let content_type = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let essence = content_type
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        let is = |family: &str| {
            essence
                .strip_prefix(family)
                .is_some_and(|format| format.is_empty() || format.starts_with('+'))
        };
        let posted = request.method() == HttpMethod::POST;
        match () {
            () if posted && (is("application/grpc-web") || is("application/grpc-web-text")) => {
                Protocol::GrpcWeb
            }
            () if posted && is("application/grpc") => Protocol::Grpc,
            () if connect::is_stream(&essence) => Protocol::Connect,
            () if (posted || connect::is_get(request)) && self.serves(request) => Protocol::Connect,
            () => Protocol::Rest,
        }
    }
}

/// Health and reflection of all that is public.
fn own(pool: &DescriptorPool, routes: &Arc<Routes>, stop: &CancellationToken) -> Result<Router, StartError> {
    let public = reflection::public(pool, routes)?;
    let builder = || {
        let mut builder = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(&public)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .with_service_name("grpc.health.v1.Health")
            .with_service_name("grpc.reflection.v1.ServerReflection");
        for service in routes.services() {
            builder = builder.with_service_name(service);
        }
        builder
    };
    let failed = |error| StartError::Other(format!("reflection: {error}"));
    let health = MeshHealth {
        routes: routes.clone(),
        stop: stop.clone(),
    };
    Ok(tonic::service::Routes::new(HealthServer::new(health))
        .add_service(builder().build_v1().map_err(failed)?)
        .add_service(builder().build_v1alpha().map_err(failed)?)
        .prepare()
        .into_axum_router())
}
