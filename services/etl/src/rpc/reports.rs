use std::time::Instant;

use tonic::{Request, Response};
use xlcfi_contracts::etl::v1 as pb;
use xlcfi_contracts::etl::v1::report_service_server::ReportService;
use xlcfi_identity::admit;

use super::Answer;
use crate::Ctx;
use crate::{convert, report};

/// Rows of an answer when no number is asked for.
const USUAL_ROWS: usize = 1_000;

/// `xlcfi.etl.v1.ReportService`.
#[derive(Debug)]
pub struct Reports(pub Ctx);

#[tonic::async_trait]
impl ReportService for Reports {
    async fn list_report_tables(
        &self,
        request: Request<pb::ListReportTablesRequest>,
    ) -> Answer<pb::ListReportTablesResponse> {
        admit(request)?;
        let tables = report::list(&self.0).await?;
        let tables = tables.into_iter().map(convert::report_table).collect();
        Ok(Response::new(pb::ListReportTablesResponse { tables }))
    }

    async fn run_report(&self, request: Request<pb::RunReportRequest>) -> Answer<pb::RunReportResponse> {
        let (_, request) = admit(request)?;
        let most_rows = usize::try_from(request.max_rows).ok().filter(|rows| *rows > 0);
        let (ctx, begun) = (self.0.clone(), Instant::now());
        let find = async move |names| report::find(&ctx, names).await;
        let made = self
            .0
            .reports
            .answer(request.sql, most_rows.unwrap_or(USUAL_ROWS), find)
            .await?;
        metrics::histogram!("etl.report_seconds").record(begun.elapsed());
        Ok(Response::new(convert::report(made, begun.elapsed())))
    }
}
