use tonic::{Request, Response};
use xlcfi_contracts::google::api::HttpBody;
use xlcfi_contracts::payment::v1::reconciliation_service_server::ReconciliationService;
use xlcfi_contracts::payment::v1::{
    ExportReconciliationRequest, ExportReconciliationResponse, GetReconciliationRequest,
    GetReconciliationResponse, ListReconciliationLinesRequest, ListReconciliationLinesResponse,
    ListReconciliationsRequest, ListReconciliationsResponse, RunReconciliationRequest,
    RunReconciliationResponse,
};
use xlcfi_errors::{Fault, Invalid, fields};
use xlcfi_identity::admit;
use xlcfi_service::MESSAGE_LIMIT;
use xlcfi_types::calendar::seoul_midnight;

use super::Reply;
use crate::convert::{id, outcome, page, provider, reconciled_line_message, report_message, report_state};
use crate::error::Error;
use crate::report::Report;
use crate::store::{reconciliation_lines, reconciliations};
use crate::{Ctx, export, flows};

/// More lines than fit into an answer.
const MOST_LINES: i64 = 30_000;
/// What an answer holds beside the file.
const ROOM: usize = 1 << 10;

/// Reconciliation.
#[derive(Debug, Clone)]
pub struct Reconciliations(pub Ctx);

impl Reconciliations {
    async fn report(&self, text: &str) -> Result<Report, Error> {
        let report_id = id("reconciliation_id", text)?;
        let found = reconciliations::get(self.0.database.pool(), report_id).await?;
        found.ok_or(Error::ReconciliationNotFound)
    }
}

#[tonic::async_trait]
impl ReconciliationService for Reconciliations {
    async fn run_reconciliation(
        &self,
        request: Request<RunReconciliationRequest>,
    ) -> Reply<RunReconciliationResponse> {
        let (_, request) = admit(request)?;
        let named = provider(request.provider())?;
        let provider = named.ok_or_else(|| Invalid::field("provider", "name a payment provider"))?;
        let (ctx, day) = (self.0.clone(), fields::date("day", &request.day)?);
        // It ends also when the caller no longer waits for it.
        let run = tokio::spawn(async move { flows::reconcile::run(&ctx, provider, day).await });
        let report = run.await.map_err(|error| Error::from(Fault::bug(error)))??;
        Ok(Response::new(RunReconciliationResponse {
            reconciliation: Some(report_message(&report)),
        }))
    }

    async fn get_reconciliation(
        &self,
        request: Request<GetReconciliationRequest>,
    ) -> Reply<GetReconciliationResponse> {
        let (_, request) = admit(request)?;
        let report = self.report(&request.reconciliation_id).await?;
        Ok(Response::new(GetReconciliationResponse {
            reconciliation: Some(report_message(&report)),
        }))
    }

    async fn list_reconciliations(
        &self,
        request: Request<ListReconciliationsRequest>,
    ) -> Reply<ListReconciliationsResponse> {
        let (_, request) = admit(request)?;
        let page = page(request.page_size, &request.page_token)?;
        let (provider, state) = (provider(request.provider())?, report_state(request.state()));
        let found = reconciliations::list(self.0.database.pool(), provider, state, &page).await;
        let mut found = found.map_err(Error::from)?;
        let next_page_token = page.finish(&mut found, |report| {
            (seoul_midnight(report.day), report.reconciliation_id.uuid())
        });
        Ok(Response::new(ListReconciliationsResponse {
            reconciliations: found.iter().map(report_message).collect(),
            next_page_token,
        }))
    }

    async fn list_reconciliation_lines(
        &self,
        request: Request<ListReconciliationLinesRequest>,
    ) -> Reply<ListReconciliationLinesResponse> {
        let (_, request) = admit(request)?;
        let page = page(request.page_size, &request.page_token)?;
        let report = self.report(&request.reconciliation_id).await?;
        let (pool, outcome) = (self.0.database.pool(), outcome(request.outcome()));
        let found = reconciliation_lines::list(pool, report.reconciliation_id, outcome, &page).await;
        let mut found = found.map_err(Error::from)?;
        let next_page_token = page.finish(&mut found, |line| (line.at, line.line_id));
        Ok(Response::new(ListReconciliationLinesResponse {
            lines: found.iter().map(reconciled_line_message).collect(),
            next_page_token,
        }))
    }

    async fn export_reconciliation(
        &self,
        request: Request<ExportReconciliationRequest>,
    ) -> Reply<ExportReconciliationResponse> {
        let (_, request) = admit(request)?;
        let report = self.report(&request.reconciliation_id).await?;
        let (pool, outcome) = (self.0.database.pool(), outcome(request.outcome()));
        let found = reconciliation_lines::all(pool, report.reconciliation_id, outcome, MOST_LINES).await;
        let lines = found.map_err(Error::from)?;
        let data = export::csv(&lines);
        if i64::try_from(lines.len()).is_ok_and(|lines| lines == MOST_LINES)
            || data.len() > MESSAGE_LIMIT - ROOM
        {
            return Err(Error::ReconciliationTooLarge.into());
        }
        let file = HttpBody {
            content_type: "text/csv; charset=utf-8".to_owned(),
            data,
            extensions: Vec::new(),
        };
        Ok(Response::new(ExportReconciliationResponse { file: Some(file) }))
    }
}
