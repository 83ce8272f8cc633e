//! Live views of inboxes: the rows are the truth, PostgreSQL says when to look.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::Stream;
use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::warn;
use uuid::Uuid;

use crate::Ctx;
use crate::error::Error;
use crate::member::MemberId;
use crate::notification::Notification;
use crate::store::notifications::{self, CHANNEL};

/// How often to look without being told.
const POLL: Duration = Duration::from_secs(15);
/// Before listening is tried again.
const AGAIN: Duration = Duration::from_secs(1);
/// How often watchers that left are forgotten.
const TIDY: Duration = Duration::from_secs(60);
/// Most notifications of one answer.
const MOST: i64 = 100;

/// Who watches which inbox in this process.
#[derive(Debug, Clone)]
pub struct Watchers {
    watched: Arc<Mutex<HashMap<Uuid, watch::Sender<()>>>>,
    stop: CancellationToken,
}

/// What is new in an inbox.
#[derive(Debug)]
pub struct News {
    pub notifications: Vec<Notification>,
    pub unread: i64,
    pub position: i64,
}

impl Watchers {
    pub fn new(stop: CancellationToken) -> Self {
        Self {
            watched: Arc::default(),
            stop,
        }
    }

    fn subscribe(&self, id: Uuid) -> watch::Receiver<()> {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = watched.entry(id).or_insert_with(|| watch::channel(()).0);
        sender.subscribe()
    }

    /// Tells the watchers of one inbox, or of all.
    fn tell(&self, id: Option<Uuid>) {
        let watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let told = watched
            .iter()
            .filter(|(watched, _)| id.is_none_or(|id| id == **watched));
        told.for_each(|(_, sender)| sender.send_replace(()));
    }

    fn forget_unwatched(&self) {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        watched.retain(|_, sender| sender.receiver_count() > 0);
    }

    /// Hears of inboxes changed by any process, until `stop`.
    pub async fn listen(self, pool: PgPool, stop: CancellationToken) {
        while !stop.is_cancelled() {
            tokio::select! {
                () = stop.cancelled() => {}
                heard = self.hear(&pool) => if let Err(error) = heard {
                    warn!(error = %error, "changes of inboxes cannot be heard; watchers look every 15 s");
                    sleep(AGAIN).await;
                }
            }
        }
    }

    async fn hear(&self, pool: &PgPool) -> Result<(), sqlx::Error> {
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(CHANNEL).await?;
        // What changed while nobody listened.
        self.tell(None);
        let mut tidied = Instant::now();
        loop {
            if tidied.elapsed() > TIDY {
                self.forget_unwatched();
                tidied = Instant::now();
            }
            match timeout(TIDY, listener.try_recv()).await {
                Ok(Ok(Some(told))) => match told.payload().parse() {
                    Ok(id) => self.tell(Some(id)),
                    Err(_) => self.tell(None),
                },
                Ok(Ok(None)) => self.tell(None),
                Ok(Err(error)) => return Err(error),
                Err(_) => {}
            }
        }
    }
}

/// An inbox: how many are unread, at once and after each change, and what comes after a
/// position; 0 begins with what comes from now on.
pub fn watch(ctx: Ctx, member_id: MemberId, after: i64) -> impl Stream<Item = Result<News, Error>> + Send {
    let first = Watch {
        // From before the first look, so that no change is missed.
        changes: ctx.watchers.subscribe(member_id.uuid()),
        member_id,
        seen: (after > 0).then_some(after),
        unread: None,
        ended: false,
        ctx,
    };
    futures::stream::unfold(first, |mut watch| async move {
        let news = watch.next().await?;
        Some((news, watch))
    })
}

struct Watch {
    ctx: Ctx,
    member_id: MemberId,
    changes: watch::Receiver<()>,
    /// Position up to which everything was told; absent before the first look.
    seen: Option<i64>,
    /// What was told last of the number of unread ones.
    unread: Option<i64>,
    ended: bool,
}

impl Watch {
    async fn next(&mut self) -> Option<Result<News, Error>> {
        while !self.ended {
            match self.look().await {
                Ok(None) => tokio::select! {
                    // The client reconnects and goes on where it was.
                    () = self.ctx.watchers.stop.cancelled() => self.ended = true,
                    _ = timeout(POLL, self.changes.changed()) => {}
                },
                Ok(Some(news)) => return Some(Ok(news)),
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error.into()));
                }
            }
        }
        None
    }

    async fn look(&mut self) -> Result<Option<News>, sqlx::Error> {
        let pool = self.ctx.database.pool();
        let inbox = notifications::inbox(pool, self.member_id).await?;
        let seen = *self.seen.get_or_insert(inbox.position);
        let notifications = match inbox.position > seen {
            true => notifications::list_after(pool, self.member_id, seen, MOST).await?,
            false => Vec::new(),
        };
        if notifications.is_empty() && self.unread == Some(inbox.unread) {
            return Ok(None);
        }
        let position = notifications.last().map_or(seen, |last| last.position);
        (self.seen, self.unread) = (Some(position), Some(inbox.unread));
        Ok(Some(News {
            notifications,
            unread: inbox.unread,
            position,
        }))
    }
}
