use tonic::{Request, Response};
use xlcfi_contracts::admin::v1 as pb;
use xlcfi_contracts::admin::v1::operation_service_server::OperationService;
use xlcfi_errors::Fault;
use xlcfi_identity::admit;

use super::Answer;
use crate::error::Error;
use crate::operation::State;
use crate::{Ctx, convert, flows};

/// What staff does by the owners of things.
#[derive(Clone)]
pub struct Operations(pub Ctx);

#[tonic::async_trait]
impl OperationService for Operations {
    async fn list_operations(
        &self,
        request: Request<pb::ListOperationsRequest>,
    ) -> Answer<pb::ListOperationsResponse> {
        let (caller, _) = admit(request)?;
        let rules = convert::rules(caller.user()?);
        Ok(Response::new(pb::ListOperationsResponse { rules }))
    }

    async fn run_operation(
        &self,
        request: Request<pb::RunOperationRequest>,
    ) -> Answer<pb::RunOperationResponse> {
        let (caller, request) = admit(request)?;
        let (ctx, act) = (self.0.clone(), convert::act(caller.user()?, request)?);
        // What was begun is written to its end, also when the caller no longer waits.
        let run = tokio::spawn(async move { flows::operations::run(&ctx, &act).await });
        let run = run.await.map_err(|error| Error::from(Fault::bug(error)))??;
        Ok(Response::new(pb::RunOperationResponse {
            operation_id: run.operation_id.to_string(),
            done: run.state == State::Done,
            refusal: run.refusal,
            before: run.before,
            after: run.after,
        }))
    }
}
