//! Keeps the index of this process as product's events tell it.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use sqlx::PgPool;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use uuid::Uuid;
use xlcfi_events::{Bus, BusError, Extent, Followed, Lease, Stream};
use xlcfi_search::{Change, Index};
use xlcfi_service::StartError;
use xlcfi_types::Id;
use xlcfi_types::calendar::seoul_date;

use super::drift::{self, Suspects};
use super::facts::{self, Known, Step};
use super::food::food;
use super::snapshots::Snapshots;
use super::{Serving, Workshop};
use crate::Ctx;
use crate::category::Tree;
use crate::config::Config;
use crate::convert::product_message;
use crate::store::{categories, products, published};

/// Events applied at a time.
const BATCH: usize = 500;
/// Products read from the command side at a time.
const PAGE: i64 = 500;
const RETRY: Duration = Duration::from_secs(2);

/// Why the index cannot go on as it is.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Bus(#[from] BusError),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Store(#[from] crate::error::Error),
    #[error(transparent)]
    Index(#[from] xlcfi_search::Error),
    #[error("the folder of the search index: {0}")]
    Folder(#[from] std::io::Error),
    #[error("{0}")]
    Broken(&'static str),
    #[error("the stream ended")]
    Ended,
}

/// What keeps the index of this process.
pub struct Replica {
    stream: Stream,
    ctx: Ctx,
    workshop: Workshop,
    snapshots: Option<Snapshots>,
    serving: Serving,
    /// How often the index is compared with the command side, and a snapshot offered.
    every: Duration,
}

impl Replica {
    /// What keeps `serving`, by these settings.
    ///
    /// # Errors
    /// The dictionary or the object store cannot be used.
    pub fn new(ctx: &Ctx, config: &Config, serving: Serving) -> Result<Self, StartError> {
        let bad = |name: &str, why: String| StartError::BadSetting(name.to_owned(), why);
        let workshop = Workshop::open(&config.dictionary, config.index_folder.clone())
            .map_err(|error| bad("PRODUCT_DICTIONARY", error.to_string()))?;
        let lease = || Lease::new(ctx.database.pool().clone(), "index-snapshots");
        // An index in memory has no files to copy.
        let snapshots = config
            .snapshot_url
            .as_deref()
            .filter(|url| !url.is_empty() && config.index_folder.is_some());
        let snapshots = snapshots
            .map(|url| Snapshots::at(url, lease()))
            .transpose()
            .map_err(|error| bad("PRODUCT_SNAPSHOT_URL", error.to_string()))?;
        Ok(Self {
            stream: Stream::events("product"),
            ctx: ctx.clone(),
            workshop,
            snapshots,
            serving,
            every: Duration::from_secs(config.index_check_seconds.max(1)),
        })
    }

    /// Opens the index of this process, brings it up to date and keeps it so, until
    /// `stop`. Searches are answered by what there is meanwhile.
    pub async fn run(self, stop: CancellationToken) {
        let mut anew = false;
        loop {
            let kept = tokio::select! {
                kept = self.keep(&mut anew) => kept,
                () = stop.cancelled() => return,
            };
            let Err(trouble) = kept;
            // Changes may be lost: until it is made anew, it is not gone on with.
            anew |= matches!(trouble, Trouble::Index(_));
            warn!(error = %trouble, "the search index waits and tries again");
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(RETRY) => {}
            }
        }
    }

    fn pool(&self) -> &PgPool {
        self.ctx.database.pool()
    }

    fn bus(&self) -> &Bus {
        &self.ctx.bus
    }

    /// Never ends well: events never do. Where the index is made `anew`, that is done
    /// with once it is there.
    async fn keep(&self, anew: &mut bool) -> Result<std::convert::Infallible, Trouble> {
        let extent = self.bus().extent(&self.stream).await?;
        let name = format!("{}-{}", self.workshop.kind(), extent.identity);
        let index = match self.serving.get() {
            Ok(index) if !*anew && goes_on(&index, &extent) => index,
            _ => self.open(&name, &extent, *anew).await?,
        };
        *anew = false;
        self.follow(&name, &index).await
    }

    /// The index that lay in the folder, one brought from the snapshots, or one made
    /// from the command side; whichever can go on where the stream is.
    async fn open(&self, name: &str, extent: &Extent, anew: bool) -> Result<Arc<Index>, Trouble> {
        let begun = Instant::now();
        if anew {
            self.workshop.discard(name)?;
        } else if let Some(snapshots) = &self.snapshots
            && let Some(folder) = self.workshop.missing(name)
        {
            snapshots.fetch(name, &folder).await;
        }
        let index = match self.workshop.index(name) {
            Ok(index) => index,
            Err(error) => {
                warn!(error = %error, "the search index on disk is made anew");
                self.workshop.discard(name)?;
                self.workshop.index(name)?
            }
        };
        let index = Arc::new(index);
        if goes_on(&index, extent) {
            info!(
                products = index.len(),
                position = index.position(),
                "the search index was there"
            );
        } else {
            self.fill(&index, extent.last).await?;
            let seconds = begun.elapsed().as_secs_f64();
            info!(
                products = index.len(),
                seconds, "the search index was made from the command side"
            );
        }
        self.serving.put(index.clone());
        Ok(index)
    }

    /// Puts everything on sale into an index; events up to `position` are in it then.
    async fn fill(&self, index: &Arc<Index>, position: u64) -> Result<(), Trouble> {
        let tree = categories::tree(self.pool()).await?;
        let mut after = Uuid::nil();
        loop {
            let versions = published::versions(self.pool(), after, PAGE).await?;
            let Some(last) = versions.last() else { break };
            after = last.0;
            let changes = self.read(&versions, &tree).await?;
            apply(index, changes, position, false).await?;
        }
        apply(index, Vec::new(), position, true).await
    }

    /// Products of these versions, as the command side has them.
    async fn read(&self, versions: &[(Uuid, u64)], tree: &Tree) -> Result<Vec<Change>, Trouble> {
        let now = self.ctx.clock.now();
        let ids: Vec<_> = versions.iter().map(|(id, _)| Id::from_uuid(*id)).collect();
        let versions: HashMap<Uuid, u64> = versions.iter().copied().collect();
        let found = products::find(self.pool(), &ids, seoul_date(now)).await?;
        let change = |product| {
            let message = product_message(product, now);
            let version = versions
                .get(&product.product_id.uuid())
                .copied()
                .unwrap_or_default();
            let food = food(&message, version, tree).map_err(Trouble::Broken)?;
            Ok(Change::Put(Box::new(food)))
        };
        found.iter().map(change).collect()
    }

    async fn follow(&self, name: &str, index: &Arc<Index>) -> Result<std::convert::Infallible, Trouble> {
        let mut tree = categories::tree(self.pool()).await?;
        let events = self.bus().follow(&self.stream, index.position()).await?;
        let mut events = pin!(events.ready_chunks(BATCH));
        let (mut compared, mut suspects) = (Instant::now(), Suspects::new());
        loop {
            let wait = self.every.saturating_sub(compared.elapsed());
            match timeout(wait, events.next()).await {
                Ok(Some(batch)) => {
                    let batch: Vec<Followed> = batch.into_iter().collect::<Result<_, _>>()?;
                    self.take(index, &mut tree, batch).await?;
                }
                Ok(None) => return Err(Trouble::Ended),
                Err(_) => {
                    compared = Instant::now();
                    suspects = self.compare(index, &tree, &suspects).await?;
                    if let Some(snapshots) = &self.snapshots {
                        snapshots.offer(name, index).await;
                    }
                }
            }
        }
    }

    /// Applies events and makes what they tell searchable.
    async fn take(&self, index: &Arc<Index>, tree: &mut Tree, batch: Vec<Followed>) -> Result<(), Trouble> {
        let Some(position) = batch.last().map(|last| last.position) else {
            return Ok(());
        };
        let mut known: HashMap<Uuid, Known> = HashMap::new();
        let mut torn = Vec::new();
        for Followed { message, .. } in &batch {
            let fact = match facts::read(message) {
                Ok(Some(fact)) => fact,
                Ok(None) => continue,
                Err(error) => {
                    warn!(error = %error, product_id = %message.key, "an event that cannot be read; its product is read instead");
                    torn.push(message.key);
                    continue;
                }
            };
            if !known.contains_key(&message.key)
                && let Some(before) = before(index, message.key)?
            {
                known.insert(message.key, before);
            }
            let version = u64::try_from(message.version).unwrap_or_default();
            match facts::step(known.get(&message.key), version, fact) {
                Step::Now(now) => {
                    known.insert(message.key, now);
                }
                Step::Torn => torn.push(message.key),
                Step::Old => {}
            }
        }
        let mut changes = Vec::with_capacity(known.len());
        for (id, Known { version, product }) in known {
            changes.push(match product {
                None => Change::Remove { id, version },
                Some(product) => {
                    let category = product.category_id.parse().unwrap_or_default();
                    if !tree.knows(category) {
                        *tree = categories::tree(self.pool()).await?;
                    }
                    Change::Put(Box::new(food(&product, version, tree).map_err(Trouble::Broken)?))
                }
            });
        }
        if !torn.is_empty() {
            metrics::counter!("search.torn").increment(torn.len() as u64);
            changes.extend(self.reread(&torn, tree).await?);
        }
        apply(index, changes, position, true).await
    }

    /// What became of products whose events are missing or unreadable.
    async fn reread(&self, ids: &[Uuid], tree: &Tree) -> Result<Vec<Change>, Trouble> {
        let (mut on_sale, mut changes) = (Vec::new(), Vec::new());
        for &id in ids {
            match published::version(self.pool(), id).await? {
                (version, true) => on_sale.push((id, version)),
                (version, false) => changes.push(Change::Remove { id, version }),
            }
        }
        changes.extend(self.read(&on_sale, tree).await?);
        Ok(changes)
    }

    /// Mends products that were suspect before and have not come right since; gives
    /// those that are suspect now.
    async fn compare(&self, index: &Arc<Index>, tree: &Tree, before: &Suspects) -> Result<Suspects, Trouble> {
        let mut expected: HashMap<Uuid, u64> = HashMap::new();
        let mut after = Uuid::nil();
        loop {
            let versions = published::versions(self.pool(), after, 20 * PAGE).await?;
            let Some(last) = versions.last() else { break };
            after = last.0;
            expected.extend(versions);
        }
        let compared = index.clone();
        let suspects = spawn_blocking(move || drift::suspects(&compared, &expected));
        let suspects = suspects.await.map_err(|_| Trouble::Ended)?;
        let version = |id| index.get(id).ok().flatten().map(|(version, _)| version);
        let drifted = drift::confirmed(before, &suspects, version);
        if let Some(first) = drifted.first() {
            metrics::counter!("search.drifted").increment(drifted.len() as u64);
            warn!(products = drifted.len(), %first, "the search index differed from the command side and was mended");
            let changes = self.reread(&drifted, tree).await?;
            let mended = index.clone();
            let mended = spawn_blocking(move || mended.mend(&changes));
            mended.await.map_err(|_| Trouble::Ended)??;
        }
        Ok(suspects)
    }
}

/// Whether the events an index lacks are all in the stream still.
fn goes_on(index: &Index, extent: &Extent) -> bool {
    let position = index.position();
    position > 0 && position + 1 >= extent.first && position <= extent.last
}

/// What the index holds of a product.
fn before(index: &Index, id: Uuid) -> Result<Option<Known>, Trouble> {
    let Some((version, payload)) = index.get(id)? else {
        return Ok(None);
    };
    let known = Known::of(version, &payload);
    known
        .map(Some)
        .map_err(|_| Trouble::Broken("a product in the index cannot be read"))
}

async fn apply(index: &Arc<Index>, changes: Vec<Change>, position: u64, commit: bool) -> Result<(), Trouble> {
    let index = index.clone();
    let applied = spawn_blocking(move || {
        index.apply(&changes, position)?;
        if commit { index.commit() } else { Ok(()) }
    });
    Ok(applied.await.map_err(|_| Trouble::Ended)??)
}
