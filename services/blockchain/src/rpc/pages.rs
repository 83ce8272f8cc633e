use tonic::{Request, Response};
use xlcfi_contracts::blockchain::v1 as pb;
use xlcfi_contracts::blockchain::v1::page_service_server::PageService;
use xlcfi_contracts::google::api::HttpBody;
use xlcfi_identity::admit;

use super::Answer;

/// The page, whole; it asks the public methods.
const VERIFY: &str = include_str!("../verify.html");

/// `xlcfi.blockchain.v1.PageService`.
#[derive(Debug)]
pub struct Pages;

#[tonic::async_trait]
impl PageService for Pages {
    async fn get_verify_page(
        &self,
        request: Request<pb::GetVerifyPageRequest>,
    ) -> Answer<pb::GetVerifyPageResponse> {
        admit(request)?;
        let page = HttpBody {
            content_type: "text/html; charset=utf-8".into(),
            data: VERIFY.into(),
            extensions: Vec::new(),
        };
        let page = Some(page);
        Ok(Response::new(pb::GetVerifyPageResponse { page }))
    }
}
