use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt as _;
use tokio::sync::watch;
use tokio::time::{interval, timeout};
use tokio_util::sync::CancellationToken;
use tracing::warn;
use uuid::Uuid;

use crate::{Bus, Stream};

/// How often to look without being told; what is missed while NATS is away is
/// seen this much later.
const POLL: Duration = Duration::from_secs(2);
/// How often what nobody watches any more is forgotten.
const TIDY: Duration = Duration::from_secs(60);

/// Who watches which key in this process, for streams that stay open. Rows are the
/// truth; events only say when to look.
#[derive(Debug, Clone)]
pub struct Watchers {
    watched: Arc<Mutex<HashMap<Uuid, watch::Sender<()>>>>,
    stop: CancellationToken,
}

impl Watchers {
    /// Nobody watches yet. Whoever will, does so until `stop`.
    pub fn new(stop: CancellationToken) -> Self {
        Self {
            watched: Arc::default(),
            stop,
        }
    }

    /// Changes of `key` from now on. What is read after this misses none.
    pub fn subscribe(&self, key: Uuid) -> Changes {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = watched.entry(key).or_insert_with(|| watch::channel(()).0);
        Changes {
            told: sender.subscribe(),
            watchers: self.clone(),
        }
    }

    fn tell(&self, key: Uuid) {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = watched.get(&key)
            && sender.send(()).is_err()
        {
            watched.remove(&key);
        }
    }

    fn forget_unwatched(&self) {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        watched.retain(|_, sender| sender.receiver_count() > 0);
    }

    /// Tells watchers of the events `service` publishes, by their keys and from
    /// whichever process, until `stop`.
    pub async fn listen(self, bus: Bus, service: &str, stop: CancellationToken) {
        let subject = bus.subject(&format!("{}>", Stream::events(service).subjects()));
        let mut tidy = interval(TIDY);
        let mut events = match bus.client().subscribe(subject).await {
            Ok(events) => events,
            Err(error) => {
                warn!(error = %error, "events of {service} cannot be heard; watchers look every 2 s");
                return;
            }
        };
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = tidy.tick() => self.forget_unwatched(),
                event = events.next() => match event {
                    Some(event) => {
                        let key = event.subject.rsplit('.').next().and_then(|key| key.parse().ok());
                        key.into_iter().for_each(|key| self.tell(key));
                    }
                    None => return,
                },
            }
        }
    }
}

/// What a watcher waits for.
#[derive(Debug)]
pub struct Changes {
    told: watch::Receiver<()>,
    /// They keep the other end.
    watchers: Watchers,
}

impl Changes {
    /// Waits until it is time to look: after a change, or after 2 s in which none was
    /// heard of. False when the process stops; the client reconnects and goes on where
    /// it was.
    pub async fn next(&mut self) -> bool {
        tokio::select! {
            biased;
            () = self.watchers.stop.cancelled() => false,
            _ = timeout(POLL, self.told.changed()) => true,
        }
    }
}
