use std::collections::HashMap;
use std::time::Duration;

use async_nats::jetstream;
use time::OffsetDateTime;
use time::macros::datetime;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint};
use tower::Layer as _;
use uuid::Uuid;
use xlcfi_identity::{EDGE, Identified, Keyring, Outgoing, Seed, Signer, User};
use xlcfi_service::{Base, Server, Service, Settings, StartError};
use xlcfi_types::Clock;

use crate::callers::user;
use crate::fake::Fake;

/// Services a test may act as.
const ACTORS: [&str; 14] = [
    EDGE,
    "auth",
    "member",
    "product",
    "order",
    "payment",
    "blockchain",
    "review",
    "admin",
    "image",
    "etl",
    "market",
    "recommendation",
    "ai",
];

/// A service under test. Dropping it stops the service.
#[derive(Debug)]
pub struct Harness {
    /// What the service works with, its database among it.
    pub base: Base,
    /// The time, as the service sees it; begins at 2026-11-22 09:00 in Seoul.
    pub clock: Clock,
    pub(crate) jetstream: jetstream::Context,
    seed: Seed,
    channel: Channel,
    url: String,
    prefix: String,
}

/// A channel that calls as somebody.
pub type Calling = As<Identified<Channel>>;

impl Harness {
    /// Starts a service.
    ///
    /// # Panics
    /// It does not start.
    pub async fn start<F>(service: Service, start: impl FnOnce(Base) -> F) -> Self
    where
        F: Future<Output = Result<Server, StartError>>,
    {
        Self::start_with(service, &[], start).await
    }

    /// Starts a service that calls `peers`, by name.
    ///
    /// # Panics
    /// It does not start.
    pub async fn start_with<F>(
        service: Service,
        peers: &[(&str, &Fake)],
        start: impl FnOnce(Base) -> F,
    ) -> Self
    where
        F: Future<Output = Result<Server, StartError>>,
    {
        Self::start_adjusted(service, peers, |_| {}, start).await
    }

    /// Starts a service that calls `peers`, with settings changed by `adjust`;
    /// for example another `nats_url`, where nobody listens.
    ///
    /// # Panics
    /// It does not start.
    pub async fn start_adjusted<F>(
        service: Service,
        peers: &[(&str, &Fake)],
        adjust: impl FnOnce(&mut Settings),
        start: impl FnOnce(Base) -> F,
    ) -> Self
    where
        F: Future<Output = Result<Server, StartError>>,
    {
        let seed = Seed::from_bytes([7; 32]);
        let prefix = format!("t{}", Uuid::now_v7().simple());
        let mut settings = settings(service, &seed, &prefix, peers);
        adjust(&mut settings);
        Self::serve(service, settings, Clock::fixed(beginning()), seed, prefix, start).await
    }

    /// Starts another process of the service, which calls nobody, on the same
    /// database, streams and clock, with settings changed by `adjust`.
    ///
    /// # Panics
    /// It does not start.
    pub async fn another<F>(&self, adjust: impl FnOnce(&mut Settings), start: impl FnOnce(Base) -> F) -> Self
    where
        F: Future<Output = Result<Server, StartError>>,
    {
        let (service, prefix) = (self.base.service, self.prefix.clone());
        let mut settings = settings(service, &self.seed, &prefix, &[]);
        adjust(&mut settings);
        Self::serve(
            service,
            settings,
            self.clock.clone(),
            self.seed.clone(),
            prefix,
            start,
        )
        .await
    }

    async fn serve<F>(
        service: Service,
        settings: Settings,
        clock: Clock,
        seed: Seed,
        prefix: String,
        start: impl FnOnce(Base) -> F,
    ) -> Self
    where
        F: Future<Output = Result<Server, StartError>>,
    {
        let base = Base::connect(service, &settings, clock.clone(), CancellationToken::new())
            .await
            .unwrap();
        let server = start(base.clone()).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { server.serve(listener).await.unwrap() });
        let channel = Endpoint::from_shared(url.clone()).unwrap().connect_lazy();
        let jetstream = jetstream::new(base.bus.client().clone());
        Self {
            base,
            clock,
            jetstream,
            seed,
            channel,
            url,
            prefix,
        }
    }

    /// Moves the clock.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by.try_into().unwrap());
    }

    /// What the clock shows.
    pub fn now(&self) -> time::OffsetDateTime {
        self.clock.now()
    }

    /// The service's database.
    pub fn pool(&self) -> &sqlx::PgPool {
        self.base.database.pool()
    }

    /// Where the service is, for who calls it by its own clients.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A channel as this user, through the edge.
    pub fn as_user(&self, user: &User) -> Calling {
        self.calling(EDGE, Some(user.clone()))
    }

    /// A channel as another service.
    pub fn as_service(&self, name: &str) -> Calling {
        self.calling(name, None)
    }

    /// A channel as nobody, through the edge.
    pub fn anonymous(&self) -> Calling {
        self.calling(EDGE, None)
    }

    /// A channel as an intruder, who can reach the port but is no service.
    pub fn bare(&self) -> Channel {
        self.channel.clone()
    }

    fn calling(&self, name: &str, user: Option<User>) -> Calling {
        // Tokens follow the test's clock, like the service that checks them.
        let signer = Signer::new(name, &self.seed).with_clock(self.clock.clone());
        As {
            user,
            inner: Outgoing::new(signer, self.base.service.name).layer(self.channel.clone()),
        }
    }

    pub(crate) fn subject(&self, subject: &str) -> String {
        format!("{}.{subject}", self.prefix)
    }
}

impl Drop for Harness {
    fn drop(&mut self) {
        self.base.stop.cancel();
    }
}

fn beginning() -> OffsetDateTime {
    datetime!(2026-11-22 00:00 UTC)
}

fn settings(service: Service, seed: &Seed, prefix: &str, peers: &[(&str, &Fake)]) -> Settings {
    let needed =
        |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set; run `make test`"));
    let keyring = ACTORS.iter().fold(Keyring::new(), |keyring, name| {
        keyring.with(name, seed.public_key())
    });
    let peers: HashMap<String, String> = peers
        .iter()
        .map(|(name, fake)| ((*name).to_owned(), fake.url().to_owned()))
        .collect();
    Settings {
        host: "127.0.0.1".into(),
        port: 0,
        database_url: needed("DATABASE_URL"),
        database_name: format!("test_{prefix}_{}", service.name),
        database_connections: 10,
        nats_url: needed("NATS_URL"),
        nats_prefix: prefix.to_owned(),
        redis_url: needed("REDIS_URL"),
        seed: seed.clone(),
        keyring,
        peers,
        direct: false,
        defaults: HashMap::new(),
    }
}

/// A client that calls for a user.
#[derive(Debug, Clone)]
pub struct As<S> {
    user: Option<User>,
    inner: S,
}

impl<S, B> tower::Service<http::Request<B>> for As<S>
where
    S: tower::Service<http::Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: http::Request<B>) -> S::Future {
        if let Some(user) = &self.user {
            let marked: tonic::Request<()> = xlcfi_identity::on_behalf_of((), user);
            request.extensions_mut().extend(marked.into_parts().1);
        }
        self.inner.call(request)
    }
}

/// Somebody new, when it does not matter who.
impl Harness {
    /// A channel as a new buyer.
    pub fn as_anybody(&self) -> Calling {
        self.as_user(&user())
    }
}
