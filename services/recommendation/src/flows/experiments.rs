use uuid::Uuid;
use xlcfi_types::Id;

use crate::Ctx;
use crate::error::Error;
use crate::experiment::{Experiment, Strategy};
use crate::store::experiments;

/// An experiment somebody wants.
#[derive(Debug)]
pub struct New {
    pub name: String,
    pub control: Strategy,
    pub treatment: Strategy,
    pub treatment_percent: i32,
    pub requester_id: Uuid,
    pub request_id: Option<Uuid>,
}

/// Starts an experiment; the same request gives the one it started.
pub async fn start(ctx: &Ctx, new: New) -> Result<Experiment, Error> {
    let mut tx = ctx.database.begin().await?;
    if let Some(request_id) = new.request_id
        && let Some(before) = experiments::find_by_request(&mut *tx, new.requester_id, request_id).await?
    {
        return Ok(before);
    }
    let experiment = Experiment {
        experiment_id: Id::new(),
        name: new.name,
        control: new.control,
        treatment: new.treatment,
        treatment_percent: new.treatment_percent,
        create_time: ctx.clock.now(),
        end_time: None,
    };
    experiments::insert(&mut tx, &experiment, new.requester_id, new.request_id).await?;
    tx.commit().await?;
    Ok(experiment)
}

/// Stops an experiment, if it runs.
pub async fn stop(ctx: &Ctx, experiment_id: Id<Experiment>) -> Result<Experiment, Error> {
    let mut tx = ctx.database.begin().await?;
    experiments::stop(&mut *tx, experiment_id, ctx.clock.now()).await?;
    let stopped = experiments::get(&mut *tx, experiment_id).await?;
    tx.commit().await?;
    stopped.ok_or(Error::ExperimentNotFound)
}
