use futures::stream::BoxStream;
use futures::{StreamExt as _, TryStreamExt as _};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};
use xlcfi_contracts::product::v1::import_service_server::ImportService;
use xlcfi_contracts::product::v1::{
    ExportProductsRequest, ExportProductsResponse, GetImportRequest, GetImportResponse,
    ListImportProblemsRequest, ListImportProblemsResponse, StartImportRequest, StartImportResponse,
    WatchImportRequest, WatchImportResponse,
};
use xlcfi_identity::admit;

use super::{Answer, seller};
use crate::Ctx;
use crate::convert::{self, id, import_message, page, request_id};
use crate::error::Error;
use crate::export::export;
use crate::flows::imports;
use crate::import::File;
use crate::store::imports::{problems, token_id};
use crate::watch::watch;

/// Catalogues in and out.
#[derive(Debug, Clone)]
pub struct Imports {
    pub ctx: Ctx,
    /// Ends streams with the process.
    pub stop: CancellationToken,
}

#[tonic::async_trait]
impl ImportService for Imports {
    async fn start_import(&self, request: Request<StartImportRequest>) -> Answer<StartImportResponse> {
        let (caller, request) = admit(request)?;
        let request_id = request_id(&request.request_id)?;
        let file = File::read(&request.csv).map_err(Error::from)?;
        let import = imports::start(&self.ctx, seller(&caller)?, file, request.dry_run, request_id).await?;
        Ok(Response::new(StartImportResponse {
            import: Some(import_message(&import)),
        }))
    }

    async fn get_import(&self, request: Request<GetImportRequest>) -> Answer<GetImportResponse> {
        let (caller, request) = admit(request)?;
        let id = id("import_id", &request.import_id)?;
        let import = imports::get(&self.ctx, seller(&caller)?, id).await?;
        Ok(Response::new(GetImportResponse {
            import: Some(import_message(&import)),
        }))
    }

    type WatchImportStream = BoxStream<'static, Result<WatchImportResponse, Status>>;

    async fn watch_import(&self, request: Request<WatchImportRequest>) -> Answer<Self::WatchImportStream> {
        let (caller, request) = admit(request)?;
        let id = id("import_id", &request.import_id)?;
        let import = imports::get(&self.ctx, seller(&caller)?, id).await?;
        let imports = watch(self.ctx.clone(), import, self.stop.clone());
        let answers = imports.map_ok(|import| WatchImportResponse {
            import: Some(import_message(&import)),
        });
        Ok(Response::new(answers.map_err(Status::from).boxed()))
    }

    async fn list_import_problems(
        &self,
        request: Request<ListImportProblemsRequest>,
    ) -> Answer<ListImportProblemsResponse> {
        let (caller, request) = admit(request)?;
        let page = page(request.page_size, &request.page_token)?;
        let id = id("import_id", &request.import_id)?;
        let import = imports::get(&self.ctx, seller(&caller)?, id).await?;
        let listed = problems(self.ctx.database.pool(), id, &page).await;
        let mut listed = listed.map_err(Error::from)?;
        let next_page_token = page.finish(&mut listed, |problem| (import.create_time, token_id(problem)));
        Ok(Response::new(ListImportProblemsResponse {
            problems: listed.into_iter().map(convert::problem_message).collect(),
            next_page_token,
        }))
    }

    type ExportProductsStream = BoxStream<'static, Result<ExportProductsResponse, Status>>;

    async fn export_products(
        &self,
        request: Request<ExportProductsRequest>,
    ) -> Answer<Self::ExportProductsStream> {
        let (caller, request) = admit(request)?;
        let pieces = export(self.ctx.clone(), seller(&caller)?, request.include_archived);
        let answers = pieces.map_ok(|csv| ExportProductsResponse { csv });
        Ok(Response::new(answers.map_err(Status::from).boxed()))
    }
}
