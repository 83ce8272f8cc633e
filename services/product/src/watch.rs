//! Live views of imports: the row is the truth.

use std::time::Duration;

use futures::Stream;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::Ctx;
use crate::error::Error;
use crate::flows::imports;
use crate::import::Import;

/// How often to look.
const POLL: Duration = Duration::from_millis(300);

/// An import as it is, and after each change, until it is done or the process
/// stops.
pub fn watch(
    ctx: Ctx,
    import: Import,
    stop: CancellationToken,
) -> impl Stream<Item = Result<Import, Error>> + Send {
    let seen = import.clone();
    let first = Watch {
        ctx,
        stop,
        seen,
        next: Some(import),
        ended: false,
    };
    futures::stream::unfold(first, |mut watch| async move {
        let import = watch.next_import().await?;
        Some((import, watch))
    })
}

struct Watch {
    ctx: Ctx,
    stop: CancellationToken,
    seen: Import,
    next: Option<Import>,
    ended: bool,
}

impl Watch {
    async fn next_import(&mut self) -> Option<Result<Import, Error>> {
        loop {
            if self.ended {
                return None;
            }
            if let Some(import) = self.next.take() {
                self.ended = import.finish_time.is_some();
                self.seen = import.clone();
                return Some(Ok(import));
            }
            tokio::select! {
                // The client calls again and sees how far it is.
                () = self.stop.cancelled() => return None,
                () = sleep(POLL) => {}
            }
            match imports::get(&self.ctx, self.seen.seller_id, self.seen.import_id).await {
                Ok(import) => self.next = Some(import).filter(|import| *import != self.seen),
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
    }
}
