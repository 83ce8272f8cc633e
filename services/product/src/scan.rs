//! Lots and what orders have of them, for who recalls as a whole.

use futures::{Stream, StreamExt as _};
use tokio::sync::mpsc;
use uuid::Uuid;
use xlcfi_contracts::product::v1::{ScanRecallResponse, ScannedLot};

use crate::Ctx;
use crate::convert::{date_text, taken_message};
use crate::error::Error;
use crate::recall::Scope;
use crate::store::scans::{self, Scanned};

/// Lots or orders in one message.
const BATCH: usize = 5_000;

/// Which lots are asked for.
#[derive(Debug)]
pub enum Wanted {
    /// Those these recalls hold.
    Held(Vec<Uuid>),
    /// Those recalls of these scopes would hold.
    Named(Vec<Scope>),
}

/// The lots, then everything orders have of them. It is read no faster than it is taken.
pub fn scan(ctx: Ctx, wanted: Wanted) -> impl Stream<Item = Result<ScanRecallResponse, Error>> + Send {
    let (sender, receiver) = mpsc::channel(2);
    tokio::spawn(async move {
        if let Err(error) = send(&ctx, wanted, &sender).await {
            // Whoever asked may be gone.
            let _ = sender.send(Err(error)).await;
        }
    });
    futures::stream::unfold(receiver, |mut receiver| async move {
        let answer = receiver.recv().await?;
        Some((answer, receiver))
    })
}

type Sender = mpsc::Sender<Result<ScanRecallResponse, Error>>;

async fn send(ctx: &Ctx, wanted: Wanted, to: &Sender) -> Result<(), Error> {
    let pool = ctx.database.pool();
    let lots = match wanted {
        Wanted::Held(recall_ids) => scans::recalled(pool, &recall_ids).await?,
        Wanted::Named(scopes) => {
            let mut lots = Vec::new();
            for scope in &scopes {
                lots.extend(scans::named(pool, scope).await?);
            }
            lots.sort_by_key(|lot| lot.lot_id);
            lots.dedup_by_key(|lot| lot.lot_id);
            lots
        }
    };
    for lots in lots.chunks(BATCH) {
        let answer = ScanRecallResponse {
            lots: lots.iter().map(lot_message).collect(),
            orders: Vec::new(),
        };
        if to.send(Ok(answer)).await.is_err() {
            return Ok(());
        }
    }
    let lot_ids: Vec<Uuid> = lots.iter().map(|lot| lot.lot_id).collect();
    let mut taken = std::pin::pin!(scans::taken(pool, &lot_ids).ready_chunks(BATCH));
    while let Some(taken) = taken.next().await {
        let orders: Result<Vec<_>, sqlx::Error> = taken.into_iter().collect();
        let answer = ScanRecallResponse {
            lots: Vec::new(),
            orders: orders?.iter().map(taken_message).collect(),
        };
        if to.send(Ok(answer)).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

fn lot_message(lot: &Scanned) -> ScannedLot {
    ScannedLot {
        lot_id: lot.lot_id.to_string(),
        product_id: lot.product_id.to_string(),
        product_name: lot.product_name.clone(),
        own_lot: lot.own_lot.clone(),
        supplier_lot: lot.supplier_lot.clone(),
        use_by_date: date_text(lot.use_by_date),
        on_hand: lot.on_hand,
    }
}
