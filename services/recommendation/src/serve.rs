use std::time::{Duration, Instant};

use tokio::time::timeout;
use tracing::warn;
use uuid::Uuid;
use xlcfi_types::calendar::seoul_date;

use crate::Ctx;
use crate::answer::{Desk, Offer, main_finder};
use crate::convert::Served;
use crate::error::Error;
use crate::experiment::{Exposure, Strategy};
use crate::interaction::{MemberId, Past};
use crate::rerank::Wanted;
use crate::store::{experiments, interactions};

/// What a member did lately that counts, and how long the database has to tell it.
const PAST: i64 = 500;
const PATIENCE: Duration = Duration::from_millis(500);

/// Recommends to a member, whatever is away. What is `shown` to the member itself counts
/// for the experiment that runs.
pub async fn recommend(ctx: &Ctx, member_id: MemberId, shown: bool, wanted: &Wanted) -> Served {
    let begun = Instant::now();
    let snapshot = ctx.live.get();
    let experiment = snapshot.experiment.as_ref().filter(|_| shown);
    let treated = experiment.is_some_and(|experiment| experiment.treats(member_id));
    let bucket = experiment.map(|experiment| experiment.strategy(treated));
    let (past, strategy) = match past(ctx, member_id).await {
        Some(past) => (past, bucket.unwrap_or_default()),
        None => (Vec::new(), Strategy::Popular),
    };
    let desk = Desk {
        snapshot: &snapshot,
        wanted,
        today: seoul_date(ctx.clock.now()),
    };
    let offers = desk.recommend(strategy, &past);
    if let Some(experiment) = experiment {
        let exposure = Exposure {
            experiment_id: experiment.experiment_id,
            member_id,
            treated,
            shown: offers.iter().map(|offer| offer.product).collect(),
        };
        expose(ctx, &exposure).await;
    }
    count(&offers, begun);
    Served {
        offers,
        model_id: snapshot.model.as_ref().map(|(id, _)| *id),
        strategy,
        experiment_id: experiment.map(|experiment| experiment.experiment_id),
    }
}

/// What goes with a product.
pub fn similar(ctx: &Ctx, product: Uuid, wanted: &Wanted) -> Result<Vec<Offer>, Error> {
    let begun = Instant::now();
    let snapshot = ctx.live.get();
    let card = snapshot.catalogue.card(product).ok_or(Error::ProductNotFound)?;
    let desk = Desk {
        snapshot: &snapshot,
        wanted,
        today: seoul_date(ctx.clock.now()),
    };
    let offers = desk.similar(product, card);
    count(&offers, begun);
    Ok(offers)
}

/// What a member did; nothing is known while the database is away.
async fn past(ctx: &Ctx, member_id: MemberId) -> Option<Vec<Past>> {
    match timeout(
        PATIENCE,
        interactions::of_member(ctx.database.pool(), member_id, PAST),
    )
    .await
    {
        Ok(Ok(past)) => Some(past),
        Ok(Err(error)) => {
            warn!(error = %error, "what a member did is not known; what is popular is told");
            None
        }
        Err(_) => None,
    }
}

/// An exposure that cannot be kept is lost: the answer matters more.
async fn expose(ctx: &Ctx, exposure: &Exposure) {
    let kept = timeout(
        PATIENCE,
        experiments::expose(ctx.database.pool(), exposure, ctx.clock.now()),
    )
    .await;
    if !matches!(kept, Ok(Ok(()))) {
        metrics::counter!("recommendation.exposures.lost").increment(1);
    }
}

fn count(offers: &[Offer], begun: Instant) {
    let algorithm = <&str>::from(main_finder(offers));
    metrics::counter!("recommendation.answers", "algorithm" => algorithm).increment(1);
    metrics::histogram!("recommendation.answer.time").record(begun.elapsed().as_secs_f64());
}
