//! Live views of orders: the row is the truth, events say when to look.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::{Stream, StreamExt as _};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use uuid::Uuid;
use xlcfi_events::Bus;
use xlcfi_types::Id;

use crate::Ctx;
use crate::error::Error;
use crate::order::Order;
use crate::store;

/// How often to look without being told; what is missed while NATS is away is
/// seen this much later.
const POLL: Duration = Duration::from_secs(2);

/// Who watches which order in this process.
#[derive(Debug, Clone)]
pub(crate) struct Watchers {
    watched: Arc<Mutex<HashMap<Uuid, watch::Sender<()>>>>,
    stop: CancellationToken,
}

impl Watchers {
    pub(crate) fn new(stop: CancellationToken) -> Self {
        Self {
            watched: Arc::default(),
            stop,
        }
    }

    /// Tells of changes to an order from now on.
    pub(crate) fn subscribe(&self, id: Uuid) -> watch::Receiver<()> {
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

    /// Tells watchers of the order events of any process, until `stop`.
    pub(crate) async fn listen(self, bus: Bus, stop: CancellationToken) {
        let subject = bus.subject("evt.order.>");
        let mut tidy = tokio::time::interval(Duration::from_secs(60));
        let mut events = match bus.client().subscribe(subject).await {
            Ok(events) => events,
            Err(error) => {
                warn!(error = %error, "order events cannot be heard; watchers look every 2 s");
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

/// An order as it is, when newer than `after`, and after each change, until it
/// has ended. `changes` began before `order` was read, so none is missed.
pub(crate) fn watch(
    ctx: Ctx,
    order: Order,
    changes: watch::Receiver<()>,
    after: i64,
) -> impl Stream<Item = Result<Order, Error>> + Send {
    let first = Watch {
        id: order.id,
        seen: after,
        next: Some(order),
        changes,
        ended: false,
        ctx,
    };
    futures::stream::unfold(first, |mut watch| async move {
        let order = watch.next_order().await?;
        Some((order, watch))
    })
}

struct Watch {
    id: Id<Order>,
    seen: i64,
    next: Option<Order>,
    changes: watch::Receiver<()>,
    ended: bool,
    ctx: Ctx,
}

impl Watch {
    async fn next_order(&mut self) -> Option<Result<Order, Error>> {
        loop {
            if self.ended {
                return None;
            }
            let order = match self.next.take() {
                Some(order) => order,
                None => match store::orders::get(self.ctx.database.pool(), self.id).await {
                    Ok(order) => order?,
                    Err(error) => {
                        self.ended = true;
                        return Some(Err(error.into()));
                    }
                },
            };
            self.ended = order.state.is_final();
            if order.version > self.seen {
                self.seen = order.version;
                return Some(Ok(order));
            }
            if self.ended {
                return None;
            }
            tokio::select! {
                // The client reconnects and goes on where it was.
                () = self.ctx.watchers.stop.cancelled() => self.ended = true,
                _ = timeout(POLL, self.changes.changed()) => {}
            }
        }
    }
}
