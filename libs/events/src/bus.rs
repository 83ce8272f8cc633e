use std::sync::atomic::Ordering;
use std::time::Duration;

use async_nats::datetime::DateTime;
use async_nats::jetstream::stream::{Config, DiscardPolicy, Info, RetentionPolicy};
use async_nats::jetstream::{self, consumer::pull};
use async_nats::{Client, ConnectOptions, ServerAddr};

use crate::{Message, message};

/// Oldest server whose options this crate relies on; older ones ignore them silently.
const OLDEST_SERVER: (u32, u32) = (2, 12);

/// What a relay holds back it sends sooner than this.
const LONG_AFTER: Duration = Duration::from_secs(600);

/// Why the bus cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// The URL is not one, or its server refuses us.
    #[error("cannot connect to NATS: {0}; check NATS_URL")]
    Connect(String),
    /// The server is older than 2.12.
    #[error("the NATS server is version {0}; 2.12 or newer is needed")]
    TooOld(String),
    /// A message that none of ours published.
    #[error("message without a usable {0}")]
    Malformed(&'static str),
    /// JetStream does not answer or refuses.
    #[error("JetStream: {0}")]
    JetStream(String),
}

impl BusError {
    pub(crate) fn jetstream(error: impl std::fmt::Display) -> Self {
        Self::JetStream(error.to_string())
    }
}

/// The connection to NATS. It is usable before the server is there, and
/// reconnects for ever.
#[derive(Debug, Clone)]
pub struct Bus {
    client: Client,
    jetstream: jetstream::Context,
    prefix: String,
}

impl Bus {
    /// Connects, or keeps trying in the background while the server is away.
    /// `prefix` (letters and digits, may be empty) stands before every stream
    /// and subject.
    ///
    /// # Errors
    /// A malformed URL, or a server that is too old.
    pub async fn connect(url: &str, name: &str, prefix: &str) -> Result<Self, BusError> {
        let failed = |cause: &dyn std::fmt::Display| BusError::Connect(cause.to_string());
        let server: ServerAddr = url.parse().map_err(|cause: std::io::Error| failed(&cause))?;
        let mut options = ConnectOptions::new();
        // The client ignores a login that stands in the URL.
        if let (Some(user), Some(password)) = (server.username(), server.password()) {
            options = options.user_and_password(user.to_owned(), password.to_owned());
        }
        let client = options
            .name(name)
            .retry_on_initial_connect()
            .max_reconnects(None)
            .reconnect_delay_callback(|attempt| {
                Duration::from_millis(100 * u64::try_from(attempt.min(20)).unwrap_or(20))
            })
            .connect(server)
            .await
            .map_err(|cause| failed(&cause))?;
        let bus = Self {
            jetstream: jetstream::new(client.clone()),
            client,
            prefix: prefix.to_owned(),
        };
        bus.check_version()?;
        Ok(bus)
    }

    /// The plain client, for messages that may get lost.
    pub fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn jetstream(&self) -> &jetstream::Context {
        &self.jetstream
    }

    /// `subject` as the server knows it.
    pub fn subject(&self, subject: &str) -> String {
        if self.prefix.is_empty() {
            subject.to_owned()
        } else {
            format!("{}.{subject}", self.prefix)
        }
    }

    pub(crate) fn stream_name(&self, stream: &Stream) -> String {
        if self.prefix.is_empty() {
            stream.name()
        } else {
            format!("{}-{}", self.prefix, stream.name())
        }
    }

    /// Which connection this is: grows with every reconnect.
    pub(crate) fn connection(&self) -> u64 {
        self.client.statistics().connects.load(Ordering::Relaxed)
    }

    /// Whether a stream holds no earlier event of the message's key, and none
    /// can be under way any more: other messages came long after this one was
    /// `published`; or it has been waited for, then that is not given.
    pub(crate) async fn begins_key(
        &self,
        stream: &Stream,
        message: &Message,
        published: Option<DateTime>,
    ) -> bool {
        let Stream::Events(service) = stream else {
            return false;
        };
        let events_of_key = self.subject(&format!("evt.{service}.*.{}", message.key));
        let Ok(stream) = self.jetstream.get_stream(self.stream_name(stream)).await else {
            return false;
        };
        let newest = stream.cached_info().state.last_timestamp;
        if published.is_some_and(|published| newest - published < LONG_AFTER) {
            return false;
        }
        let first = stream.get_first_raw_message_by_subject(events_of_key, 1).await;
        first.is_ok_and(|first| {
            first.headers.get(message::ID).map(|id| id.as_str()) == Some(message.id.to_string().as_str())
        })
    }

    /// Checks the server's version, once there is a connection.
    pub(crate) fn check_version(&self) -> Result<(), BusError> {
        let version = self.client.server_info().version;
        let mut parts = version.split('.').map(|part| part.parse::<u32>().ok());
        match (parts.next().flatten(), parts.next().flatten()) {
            (Some(major), Some(minor)) if (major, minor) < OLDEST_SERVER => Err(BusError::TooOld(version)),
            _ => Ok(()),
        }
    }

    /// Makes the stream when it is missing, and tells about it.
    ///
    /// # Errors
    /// JetStream does not answer or refuses.
    pub async fn ensure(&self, stream: &Stream) -> Result<Info, BusError> {
        self.check_version()?;
        let mut config = stream.config();
        config.name = self.stream_name(stream);
        config.subjects = config
            .subjects
            .iter()
            .map(|subject| self.subject(subject))
            .collect();
        self.jetstream
            .create_or_update_stream(config)
            .await
            .map_err(BusError::jetstream)
    }

    pub(crate) async fn consumer(
        &self,
        stream: &Stream,
        durable: &str,
        only: Option<&str>,
    ) -> Result<jetstream::consumer::Consumer<pull::Config>, BusError> {
        self.ensure(stream).await?;
        let filter = only.map(|type_name| self.subject(&format!("{}{type_name}.>", stream.subjects())));
        let config = pull::Config {
            durable_name: Some(durable.to_owned()),
            filter_subject: filter.unwrap_or_default(),
            ack_wait: Duration::from_secs(30),
            max_ack_pending: 1_000,
            ..Default::default()
        };
        let made = self
            .jetstream
            .create_consumer_on_stream(config, self.stream_name(stream))
            .await;
        made.map_err(BusError::jetstream)
    }
}

/// A stream of one service.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Stream {
    /// What the service publishes.
    Events(String),
    /// What is addressed to the service.
    Commands(String),
}

impl Stream {
    /// What `service` publishes.
    pub fn events(service: &str) -> Self {
        Self::Events(service.to_owned())
    }

    /// What is addressed to `service`.
    pub fn commands(service: &str) -> Self {
        Self::Commands(service.to_owned())
    }

    /// Its name in JetStream.
    pub fn name(&self) -> String {
        match self {
            Self::Events(service) => format!("{service}-events"),
            Self::Commands(service) => format!("{service}-commands"),
        }
    }

    /// What all its subjects begin with.
    pub(crate) fn subjects(&self) -> String {
        match self {
            Self::Events(service) => format!("evt.{service}."),
            Self::Commands(service) => format!("cmd.{service}."),
        }
    }

    fn config(&self) -> Config {
        let (max_age_hours, max_messages, discard) = match self {
            Self::Events(_) => (7 * 24, -1, DiscardPolicy::Old),
            // A full command stream pushes back into the outbox and never drops.
            // What grows too old there, the timers of its saga send again.
            Self::Commands(_) => (2, 10_000_000, DiscardPolicy::New),
        };
        Config {
            name: self.name(),
            subjects: vec![format!("{}>", self.subjects())],
            retention: RetentionPolicy::Limits,
            max_age: Duration::from_secs(max_age_hours * 60 * 60),
            // Not `max_bytes`: the server sets those aside on its disk, stream by
            // stream, and soon refuses to make another.
            max_messages,
            discard,
            duplicate_window: Duration::from_secs(120),
            ..Default::default()
        }
    }
}
