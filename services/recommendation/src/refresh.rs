use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use xlcfi_errors::Fault;

use crate::Ctx;
use crate::catalogue::Catalogue;
use crate::error::Error;
use crate::live::{Known, Snapshot};
use crate::model::Tree;
use crate::model::trained::Trained;
use crate::store::{experiments, interactions, models, products};

/// Products read at a time.
const BATCH: i64 = 5_000;
/// Revisions read once more: a change may be seen after one that began later.
const AGAIN: i64 = 200;
/// How often product is asked for its categories, and after it did not answer.
const CATEGORIES_EVERY: Duration = Duration::from_secs(3_600);
const CATEGORIES_AGAIN: Duration = Duration::from_secs(30);

/// Keeps what is in memory up to date.
#[derive(Debug)]
pub struct Refresher {
    ctx: Ctx,
    known: Known,
    buyers_due: Instant,
    categories_due: Instant,
}

impl Refresher {
    pub fn new(ctx: Ctx) -> Self {
        let now = Instant::now();
        Self {
            ctx,
            known: Known::default(),
            buyers_due: now,
            categories_due: now,
        }
    }

    /// Refreshes until `stop`. Every process does this.
    pub async fn run(mut self, stop: CancellationToken) {
        let every = Duration::from_secs(self.ctx.config.refresh_seconds);
        let mut failing = false;
        while !stop.is_cancelled() {
            self.categories().await;
            let refreshed = self.once().await;
            if let Err(error) = &refreshed
                && !failing
            {
                warn!(error = %error, "recommendations come from what was known before; it is tried again");
            }
            failing = refreshed.is_err();
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(every) => {}
            }
        }
    }

    /// Asks product for its categories when it is time; they are no reason to wait.
    async fn categories(&mut self) {
        if Instant::now() < self.categories_due {
            return;
        }
        let kept = async {
            let categories = self.ctx.peers.categories().await?;
            let mut tx = self.ctx.database.begin().await?;
            products::keep_categories(&mut tx, &categories).await?;
            tx.commit().await?;
            Ok::<(), Error>(())
        };
        let wait = if kept.await.is_ok() {
            CATEGORIES_EVERY
        } else {
            CATEGORIES_AGAIN
        };
        self.categories_due = Instant::now() + wait;
    }

    /// Takes in what changed since the last time.
    pub async fn once(&mut self) -> Result<(), Error> {
        let db = self.ctx.database.pool();
        let mut from = (self.known.revision - AGAIN).max(0);
        loop {
            let changed = products::changed_since(db, from, BATCH).await?;
            let last = changed.last().map(|changed| changed.0);
            let all = (changed.len() as i64) < BATCH;
            self.known.take(changed);
            match last {
                Some(last) if !all => from = last,
                _ => break,
            }
        }
        let before = self.ctx.live.get();
        let model_id = models::live(db).await?.map(|model| model.model_id);
        let model = match (model_id, &before.model) {
            (Some(id), Some((loaded, model))) if id == *loaded => Some((id, model.clone())),
            (Some(id), _) => {
                let bytes = models::load(db, id).await?;
                let read = spawn_blocking(move || Trained::from_bytes(&bytes)).await;
                let model = read.map_err(Fault::bug)?.map_err(Fault::bug)?;
                Some((id, Arc::new(model)))
            }
            (None, _) => None,
        };
        let experiment = experiments::running(db).await?;
        let mut snapshot = Snapshot {
            model,
            experiment,
            catalogue: before.catalogue.clone(),
        };
        if Instant::now() >= self.buyers_due {
            self.known.count(interactions::buyers(db).await?);
            let all_buyers = interactions::all_buyers(db).await?;
            let tree = Tree::of(products::categories(db).await?.into_iter());
            snapshot.catalogue = Arc::new(Catalogue::new(self.known.cards.clone(), tree, all_buyers));
            self.buyers_due = Instant::now() + Duration::from_secs(self.ctx.config.popular_seconds);
        } else if *before.catalogue.cards() != self.known.cards {
            snapshot.catalogue = Arc::new(before.catalogue.with(self.known.cards.clone()));
        }
        self.ctx.live.set(snapshot);
        Ok(())
    }
}
