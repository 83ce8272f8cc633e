//! Live alerts: rows are the truth, events say when to look.

use std::collections::VecDeque;

use futures::Stream;
use uuid::Uuid;
use xlcfi_events::Changes;

use crate::Ctx;
use crate::error::Error;
use crate::store::alerts::{self, Alert};

/// A seller's alerts behind `place`, then each as it is raised. `changes` began before
/// `place` was read, so none is missed.
pub fn watch(
    ctx: Ctx,
    seller_id: Uuid,
    place: i64,
    changes: Changes,
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
    changes: Changes,
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
            if self.read.is_empty() && !self.changes.next().await {
                return None;
            }
        }
    }
}
