use tonic::{Request, Response};
use xlcfi_contracts::blockchain::v1 as pb;
use xlcfi_contracts::blockchain::v1::page_service_server::PageService;
use xlcfi_contracts::google::api::HttpBody;
use xlcfi_errors::{Fault, fields};
use xlcfi_identity::admit;

use super::Answer;
use crate::error::Error;
use crate::store::log_lots;
use crate::{Ctx, qr};

/// The page, whole; it asks the public methods.
const VERIFY: &str = include_str!("../verify.html");

/// `xlcfi.blockchain.v1.PageService`.
#[derive(Debug)]
pub struct Pages(pub Ctx);

#[tonic::async_trait]
impl PageService for Pages {
    async fn get_verify_page(
        &self,
        request: Request<pb::GetVerifyPageRequest>,
    ) -> Answer<pb::GetVerifyPageResponse> {
        admit(request)?;
        let page = Some(body("text/html; charset=utf-8", VERIFY.into()));
        Ok(Response::new(pb::GetVerifyPageResponse { page }))
    }

    async fn get_lot_qr(&self, request: Request<pb::GetLotQrRequest>) -> Answer<pb::GetLotQrResponse> {
        let (_, request) = admit(request)?;
        let lot_id = fields::uuid("lot_id", &request.lot_id).map_err(Error::from)?;
        let lot = log_lots::get(self.0.database.pool(), lot_id).await;
        let lot = lot
            .map_err(Error::from)?
            .ok_or_else(|| Error::LotNotFound(Some(lot_id)))?;
        let drawn = qr::svg(&qr::link(&self.0.public_url, &lot));
        let drawn = drawn.map_err(|error| Error::from(Fault::bug(error)))?;
        let image = Some(body("image/svg+xml", drawn.into_bytes()));
        Ok(Response::new(pb::GetLotQrResponse { image }))
    }

    async fn find_linked_lots(
        &self,
        request: Request<pb::FindLinkedLotsRequest>,
    ) -> Answer<pb::FindLinkedLotsResponse> {
        let (_, request) = admit(request)?;
        let found = log_lots::find_by_link(self.0.database.pool(), &request.gtin, &request.lot_number).await;
        let found = found.map_err(Error::from)?;
        let lot_ids = found.iter().map(ToString::to_string).collect();
        Ok(Response::new(pb::FindLinkedLotsResponse { lot_ids }))
    }
}

fn body(content_type: &str, data: Vec<u8>) -> HttpBody {
    HttpBody {
        content_type: content_type.to_owned(),
        data,
        extensions: Vec::new(),
    }
}
