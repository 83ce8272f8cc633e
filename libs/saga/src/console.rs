use tonic::{Request, Response, Status};
use uuid::Uuid;
use xlcfi_contracts::convert::timestamp;
use xlcfi_contracts::saga::v1 as pb;
use xlcfi_errors::fields;
use xlcfi_events::Tx;
use xlcfi_identity::{Caller, admit};

use crate::Engine;
use crate::definition::{Reversal, Saga};
use crate::error::SagaError;
use crate::moves::Phase;
use crate::store::{self, Run, StoredEntry};

/// `xlcfi.saga.v1.SagaService` over the runs of one engine.
pub struct Console<S>(pub Engine<S>);

enum Act {
    Retry,
    Skip,
    Compensate,
}

impl<S: Saga> Console<S> {
    async fn act(&self, caller: &Caller, saga_id: &str, note: &str, act: Act) -> Result<pb::Saga, SagaError> {
        let saga_id = parse(saga_id)?;
        let actor = caller.user().map(|user| user.id.to_string()).unwrap_or_default();
        let note = format!("{actor}: {note}");
        let mut tx: Tx = self.0.database().begin().await?;
        match act {
            Act::Retry => self.0.retry(&mut tx, saga_id, note).await?,
            Act::Skip => self.0.skip(&mut tx, saga_id, note).await?,
            Act::Compensate => {
                let reversal = Reversal {
                    reason: "COMPENSATED_BY_ADMIN".into(),
                    message: String::new(),
                };
                self.0.compensate(&mut tx, saga_id, reversal, &note).await?;
            }
        }
        tx.commit().await?;
        self.get(saga_id).await
    }

    async fn get(&self, saga_id: Uuid) -> Result<pb::Saga, SagaError> {
        let run = store::get(self.0.database().pool(), saga_id)
            .await?
            .ok_or(SagaError::NotFound)?;
        Ok(saga::<S>(run))
    }
}

#[tonic::async_trait]
impl<S: Saga> pb::saga_service_server::SagaService for Console<S> {
    async fn list_sagas(
        &self,
        request: Request<pb::ListSagasRequest>,
    ) -> Result<Response<pb::ListSagasResponse>, Status> {
        let (_, request) = admit(request)?;
        let page = fields::page(request.page_size, &request.page_token)?;
        let phase = phase(request.state());
        let found = store::list(self.0.database().pool(), phase, &page).await;
        let mut runs = found.map_err(SagaError::from)?;
        let next_page_token = page.finish(&mut runs, |run| (run.create_time, run.saga_id));
        let sagas = runs.into_iter().map(saga::<S>).collect();
        Ok(Response::new(pb::ListSagasResponse {
            sagas,
            next_page_token,
        }))
    }

    async fn get_saga(
        &self,
        request: Request<pb::GetSagaRequest>,
    ) -> Result<Response<pb::GetSagaResponse>, Status> {
        let (_, request) = admit(request)?;
        let saga_id = parse(&request.saga_id)?;
        let saga = self.get(saga_id).await?;
        let entries = store::entries(self.0.database().pool(), saga_id)
            .await
            .map_err(SagaError::from)?;
        let entries = (1..)
            .zip(entries)
            .map(|(sequence, entry)| line(sequence, entry))
            .collect();
        Ok(Response::new(pb::GetSagaResponse {
            saga: Some(saga),
            entries,
        }))
    }

    async fn retry_saga(
        &self,
        request: Request<pb::RetrySagaRequest>,
    ) -> Result<Response<pb::RetrySagaResponse>, Status> {
        let (caller, request) = admit(request)?;
        let saga = self
            .act(&caller, &request.saga_id, &request.note, Act::Retry)
            .await?;
        Ok(Response::new(pb::RetrySagaResponse { saga: Some(saga) }))
    }

    async fn skip_saga_step(
        &self,
        request: Request<pb::SkipSagaStepRequest>,
    ) -> Result<Response<pb::SkipSagaStepResponse>, Status> {
        let (caller, request) = admit(request)?;
        let saga = self
            .act(&caller, &request.saga_id, &request.note, Act::Skip)
            .await?;
        Ok(Response::new(pb::SkipSagaStepResponse { saga: Some(saga) }))
    }

    async fn compensate_saga(
        &self,
        request: Request<pb::CompensateSagaRequest>,
    ) -> Result<Response<pb::CompensateSagaResponse>, Status> {
        let (caller, request) = admit(request)?;
        let saga = self
            .act(&caller, &request.saga_id, &request.note, Act::Compensate)
            .await?;
        Ok(Response::new(pb::CompensateSagaResponse { saga: Some(saga) }))
    }
}

fn parse(saga_id: &str) -> Result<Uuid, SagaError> {
    Ok(fields::uuid("saga_id", saga_id)?)
}

fn phase(state: pb::SagaState) -> Option<Phase> {
    match state {
        pb::SagaState::Unspecified => None,
        pb::SagaState::Running => Some(Phase::Running),
        pb::SagaState::Compensating => Some(Phase::Compensating),
        pb::SagaState::Completed => Some(Phase::Completed),
        pb::SagaState::Compensated => Some(Phase::Compensated),
        pb::SagaState::Parked => Some(Phase::Parked),
    }
}

fn saga<S: Saga>(run: Run) -> pb::Saga {
    let steps = S::steps(run.definition_version).unwrap_or_default();
    let under_way = run
        .place
        .phase
        .direction()
        .and_then(|_| steps.get(run.place.step));
    let state = match run.place.phase {
        Phase::Running => pb::SagaState::Running,
        Phase::Compensating => pb::SagaState::Compensating,
        Phase::Completed => pb::SagaState::Completed,
        Phase::Compensated => pb::SagaState::Compensated,
        Phase::Parked => pb::SagaState::Parked,
    };
    pb::Saga {
        saga_id: run.saga_id.to_string(),
        kind: run.kind,
        definition_version: run.definition_version,
        state: state.into(),
        step: under_way.map(|step| step.name.to_owned()).unwrap_or_default(),
        attempt: i32::try_from(run.place.attempt).unwrap_or(i32::MAX),
        failure_reason: run.reversal.map(|reversal| reversal.reason).unwrap_or_default(),
        next_time: run.next_time.map(timestamp),
        create_time: Some(timestamp(run.create_time)),
        update_time: Some(timestamp(run.update_time)),
    }
}

fn line(sequence: i32, entry: StoredEntry) -> pb::SagaEntry {
    pb::SagaEntry {
        sequence,
        step: entry.step,
        direction: entry.direction.into(),
        event: entry.event,
        detail: entry.detail,
        time: Some(timestamp(entry.time)),
    }
}
