//! Everything a recall reaches, for who recalls as a whole.

use futures::Stream;
use tokio::sync::mpsc;
use tonic::Status;
use uuid::Uuid;
use xlcfi_contracts::blockchain::v1::ScanRecallPathResponse;
use xlcfi_types::Id;

use crate::Ctx;
use crate::convert::trace_responses as say;
use crate::error::Error;
use crate::store::trace::{lots, orders};
use crate::story::Direction;
use crate::walk::walk;

/// Lots or lines in one message.
const BATCH: usize = 5_000;

type Sender = mpsc::Sender<Result<ScanRecallPathResponse, Status>>;

/// The lots and what came of them, then what orders have of them. It is read no faster
/// than it is taken.
pub fn scan(
    ctx: Ctx,
    lot_ids: Vec<Uuid>,
    depth: i32,
) -> impl Stream<Item = Result<ScanRecallPathResponse, Status>> + Send {
    let (sender, receiver) = mpsc::channel(2);
    tokio::spawn(async move {
        if let Err(error) = send(&ctx, lot_ids, depth, &sender).await {
            // Whoever asked may be gone.
            let _ = sender.send(Err(error.into())).await;
        }
    });
    futures::stream::unfold(receiver, |mut receiver| async move {
        let answer = receiver.recv().await?;
        Some((answer, receiver))
    })
}

async fn send(ctx: &Ctx, lot_ids: Vec<Uuid>, depth: i32, to: &Sender) -> Result<(), Error> {
    let pool = ctx.database.pool();
    let from: Vec<_> = lot_ids.into_iter().map(Id::from_uuid).collect();
    let found = walk(pool, &from, Direction::Forward, depth).await?;
    let ids: Vec<Uuid> = found.iter().map(|one| one.lot_id.uuid()).collect();
    for some in ids.chunks(BATCH) {
        let known = lots::find(pool, some).await?;
        let answer = ScanRecallPathResponse {
            lots: known.iter().map(say::lot).collect(),
            lines: Vec::new(),
        };
        if to.send(Ok(answer)).await.is_err() {
            return Ok(());
        }
    }
    let mut after = (Uuid::nil(), Uuid::nil());
    loop {
        let lines =
            orders::of_lots(pool, &ids, after, i64::try_from(BATCH).unwrap_or(i64::MAX), false).await?;
        let Some(last) = lines.last() else {
            return Ok(());
        };
        after = (last.order_id, last.lot_id);
        let answer = ScanRecallPathResponse {
            lots: Vec::new(),
            lines: lines.iter().map(say::order_line).collect(),
        };
        if to.send(Ok(answer)).await.is_err() {
            return Ok(());
        }
    }
}
