use std::time::{Duration, Instant};

use rayon::ThreadPoolBuilder;
use tokio::sync::oneshot;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use xlcfi_errors::Fault;
use xlcfi_events::Lease;
use xlcfi_types::Page;

use crate::Ctx;
use crate::config::Config;
use crate::error::Error;
use crate::flows;
use crate::model::trained::Trained;
use crate::model::training::{Algorithm, Data, Entry, Metrics};
use crate::registry::{Kind, Model, State, objection};
use crate::store::{interactions, models};

const EVERY: Duration = Duration::from_secs(1);
/// How long calls that told of interactions are remembered.
const REMEMBERED: time::Duration = time::Duration::days(1);

/// How soon a training is tried again that failed: a young shop has too few purchases.
const AGAIN: time::Duration = time::Duration::hours(1);
/// The model that was asked for last.
const LAST: Page = Page { size: 1, after: None };

/// What came of a training.
enum Came {
    Model {
        algorithm: Algorithm,
        metrics: Metrics,
        live_ndcg: Option<f64>,
        bytes: Vec<u8>,
    },
    Nothing(&'static str),
}

/// Trains models that are asked for, and one when it is time, until `stop`. One process
/// does it.
pub async fn run(ctx: Ctx, stop: CancellationToken) {
    let lease = Lease::new(ctx.database.pool().clone(), "recommendation-training");
    let mut failing = false;
    while !stop.is_cancelled() {
        let done = tokio::select! {
            () = stop.cancelled() => break,
            done = look(&ctx, &lease) => done,
        };
        if let Err(error) = &done
            && !failing
        {
            warn!(error = %error, "no model is trained; it is tried again");
        }
        failing = done.is_err();
        tokio::select! {
            () = stop.cancelled() => break,
            () = sleep(EVERY) => {}
        }
    }
    // Another process need not wait for the end of the lease.
    drop(lease.release().await);
}

async fn look(ctx: &Ctx, lease: &Lease) -> Result<(), Error> {
    if !lease.hold().await? {
        return Ok(());
    }
    let db = ctx.database.pool();
    interactions::delete_batches(db, ctx.clock.now() - REMEMBERED).await?;
    if let Some(model) = models::queued(db).await? {
        return train(ctx, lease, model).await;
    }
    let every = time::Duration::hours(ctx.config.train_hours.into());
    if every > time::Duration::ZERO {
        let last = models::list(db, &LAST).await?.into_iter().next();
        let due = last.is_none_or(|last| {
            let failed = last.state == State::Failed;
            let wait = if failed { AGAIN.min(every) } else { every };
            last.create_time + wait <= ctx.clock.now()
        });
        // Counting them all is for when it is time.
        if due && interactions::all_buyers(db).await? > 0 {
            flows::models::ask(ctx, Kind::Best, None, None).await?;
        }
    }
    Ok(())
}

async fn train(ctx: &Ctx, lease: &Lease, mut model: Model) -> Result<(), Error> {
    let db = ctx.database.pool();
    let begun = Instant::now();
    let entries = interactions::entries(db, ctx.config.interactions).await?;
    let live = match models::live(db).await? {
        Some(live) => Some(models::load(db, live.model_id).await?),
        None => None,
    };
    let (kind, config) = (model.kind, ctx.config.clone());
    let (done, training) = oneshot::channel();
    // No thread of the runtime: a process that stops does not wait for its end.
    let thread = std::thread::Builder::new().name("training".into());
    let spawned = thread.spawn(move || drop(done.send(work(&entries, live.as_deref(), kind, &config))));
    spawned.map_err(Fault::bug)?;
    let came = watch(lease, training).await?;
    metrics::histogram!("recommendation.training.time").record(begun.elapsed().as_secs_f64());
    model.end_time = Some(ctx.clock.now());
    let mut kept = Vec::new();
    match came {
        Some(Came::Model {
            algorithm,
            metrics,
            live_ndcg,
            bytes,
        }) => {
            let objection = objection(&metrics, live_ndcg);
            model.kind = algorithm.into();
            model.state = if objection.is_some() {
                State::Rejected
            } else {
                State::Live
            };
            model.reason = objection.unwrap_or_default().into();
            model.size = if objection.is_some() {
                0
            } else {
                bytes.len() as i64
            };
            (model.metrics, model.live_ndcg, kept) = (metrics, live_ndcg, bytes);
        }
        Some(Came::Nothing(why)) => {
            (model.state, model.reason) = (State::Failed, why.into());
        }
        None => return Ok(()),
    }
    if flows::models::decide(ctx, lease, &model, &kept).await? {
        tell(&model);
    }
    Ok(())
}

/// Keeps the lease while a training goes on; nothing when it was lost.
async fn watch(lease: &Lease, mut training: oneshot::Receiver<Came>) -> Result<Option<Came>, Error> {
    loop {
        tokio::select! {
            came = &mut training => {
                let came = came.unwrap_or(Came::Nothing("the training broke off; it is in the log"));
                return Ok(lease.hold().await?.then_some(came));
            }
            () = sleep(EVERY) => {
                // While the database is away nobody else can take the lease either.
                if matches!(lease.hold().await, Ok(false)) {
                    return Ok(None);
                }
            }
        }
    }
}

/// The training itself, on threads of its own.
fn work(entries: &[Entry], live: Option<&[u8]>, kind: Kind, config: &Config) -> Came {
    let Ok(pool) = ThreadPoolBuilder::new().num_threads(config.threads).build() else {
        return Came::Nothing("no threads could be started");
    };
    pool.install(|| {
        let data = Data::of(entries);
        let fits = config.ease_fits(data.products());
        let algorithm = match kind {
            Kind::Ease if !fits => return Came::Nothing("there are too many products for EASE"),
            Kind::Ease => Algorithm::Ease,
            Kind::Als => Algorithm::Als,
            Kind::Best if fits => Algorithm::Ease,
            Kind::Best => Algorithm::Als,
        };
        let Some((trained, metrics)) = data.train(algorithm) else {
            return Came::Nothing("there are too few purchases to train on and to judge by");
        };
        // A live model that cannot be read is worth nothing.
        let live = live.and_then(|bytes| Trained::from_bytes(bytes).ok());
        let live_ndcg = live.map(|live| data.ndcg(&live));
        match trained.to_bytes() {
            Ok(bytes) => Came::Model {
                algorithm,
                metrics,
                live_ndcg,
                bytes,
            },
            Err(_) => Came::Nothing("the model could not be written"),
        }
    })
}

fn tell(model: &Model) {
    let (state, algorithm) = (<&str>::from(model.state), <&str>::from(model.kind));
    metrics::counter!("recommendation.models.trained", "state" => state).increment(1);
    if model.state == State::Live {
        let metrics = &model.metrics;
        metrics::gauge!("recommendation.model.ndcg").set(metrics.ndcg);
        metrics::gauge!("recommendation.model.recall").set(metrics.recall);
        metrics::gauge!("recommendation.model.calibration.error").set(metrics.calibration_error);
    }
    info!(
        model_id = %model.model_id, state, algorithm, reason = model.reason,
        ndcg = model.metrics.ndcg, "a model was trained"
    );
}
