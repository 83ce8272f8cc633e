//! Live alerts: rows are the truth, events say when to look.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::{Stream, StreamExt as _};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use uuid::Uuid;
use xlcfi_events::Bus;

use crate::Ctx;
use crate::error::Error;
use crate::store::alerts::{self, Alert};

/// How often to look without being told; what is missed while NATS is away is
/// seen this much later.
const POLL: Duration = Duration::from_secs(2);

/// Which sellers watch their alerts in this process.
#[derive(Debug, Clone)]
pub struct Watchers {
    watched: Arc<Mutex<HashMap<Uuid, watch::Sender<()>>>>,
    stop: CancellationToken,
}

impl Watchers {
    pub fn new(stop: CancellationToken) -> Self {
        Self {
            watched: Arc::default(),
            stop,
        }
    }

    /// Tells of alerts of a seller from now on.
    pub fn subscribe(&self, id: Uuid) -> watch::Receiver<()> {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        watched
            .entry(id)
            .or_insert_with(|| watch::channel(()).0)
            .subscribe()
    }

    fn tell(&self, id: Uuid) {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = watched.get(&id)
            && sender.send(()).is_err()
        {
            watched.remove(&id);
        }
    }

    fn forget_unwatched(&self) {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        watched.retain(|_, sender| sender.receiver_count() > 0);
    }

    /// Tells watchers of the alerts of any process, until `stop`.
    pub async fn listen(self, bus: Bus, stop: CancellationToken) {
        let subject = bus.subject("evt.market.>");
        let mut tidy = tokio::time::interval(Duration::from_secs(60));
        let mut events = match bus.client().subscribe(subject).await {
            Ok(events) => events,
            Err(error) => {
                warn!(error = %error, "alerts cannot be heard; watchers look every 2 s");
                return;
            }
        };
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = tidy.tick() => self.forget_unwatched(),
                event = events.next() => match event {
                    Some(event) => {
                        let id = event.subject.rsplit('.').next().and_then(|id| id.parse().ok());
                        id.into_iter().for_each(|id| self.tell(id));
                    }
                    None => return,
                },
            }
        }
    }
}

/// A seller's alerts behind `place`, then each as it is raised. `changes` began before
/// `place` was read, so none is missed.
pub fn watch(
    ctx: Ctx,
    seller_id: Uuid,
    place: i64,
    changes: watch::Receiver<()>,
) -> impl Stream<Item = Result<Alert, Error>> + Send {
    let first = Watch {
        seller_id,
        place,
        read: VecDeque::new(),
        changes,
        ended: false,
        ctx,
    };
    futures::stream::unfold(first, |mut watch| async move {
        let alert = watch.next_alert().await?;
        Some((alert, watch))
    })
}

struct Watch {
    seller_id: Uuid,
    /// Of the last alert that was given.
    place: i64,
    read: VecDeque<Alert>,
    changes: watch::Receiver<()>,
    ended: bool,
    ctx: Ctx,
}

impl Watch {
    async fn next_alert(&mut self) -> Option<Result<Alert, Error>> {
        loop {
            if let Some(alert) = self.read.pop_front() {
                self.place = alert.place;
                return Some(Ok(alert));
            }
            if self.ended {
                return None;
            }
            match alerts::after(self.ctx.database.pool(), self.seller_id, self.place).await {
                Ok(alerts) => self.read.extend(alerts),
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error.into()));
                }
            }
            if !self.read.is_empty() {
                continue;
            }
            tokio::select! {
                // The client reconnects and goes on where it was.
                () = self.ctx.watchers.stop.cancelled() => self.ended = true,
                _ = timeout(POLL, self.changes.changed()) => {}
            }
        }
    }
}
