use tonic::{Request, Response, Status};
use xlcfi_contracts::member::v1::consent_service_server::ConsentService;
use xlcfi_contracts::member::v1::{
    ListConsentHistoryRequest, ListConsentHistoryResponse, ListConsentsRequest, ListConsentsResponse,
    SetConsentRequest, SetConsentResponse,
};
use xlcfi_identity::admit;

use crate::Ctx;
use crate::convert;
use crate::error::Error;
use crate::flows;
use crate::store;

/// `xlcfi.member.v1.ConsentService`.
#[derive(Debug)]
pub struct Consents(pub Ctx);

#[tonic::async_trait]
impl ConsentService for Consents {
    async fn list_consents(
        &self,
        request: Request<ListConsentsRequest>,
    ) -> Result<Response<ListConsentsResponse>, Status> {
        let (caller, _) = admit(request)?;
        let (db, now) = (self.0.database.pool(), self.0.clock.now());
        let texts = store::consents::texts(db, now).await.map_err(Error::from)?;
        let consents = store::consents::current(db, caller.user()?.id).await;
        let consents = consents.map_err(Error::from)?;
        Ok(Response::new(ListConsentsResponse {
            texts: texts.into_iter().map(convert::text).collect(),
            consents: consents.into_iter().map(convert::consent).collect(),
        }))
    }

    async fn set_consent(
        &self,
        request: Request<SetConsentRequest>,
    ) -> Result<Response<SetConsentResponse>, Status> {
        let (caller, request) = admit(request)?;
        let (kind, member_id) = (convert::consent_kind(request.kind())?, caller.user()?.id);
        let set = flows::consents::set(&self.0, member_id, kind, request.version, request.granted);
        let consent = Some(convert::consent(set.await?));
        Ok(Response::new(SetConsentResponse { consent }))
    }

    async fn list_consent_history(
        &self,
        request: Request<ListConsentHistoryRequest>,
    ) -> Result<Response<ListConsentHistoryResponse>, Status> {
        let (caller, request) = admit(request)?;
        let page = convert::page(request.page_size, &request.page_token)?;
        let listed = store::consents::list(self.0.database.pool(), caller.user()?.id, &page).await;
        let mut consents = listed.map_err(Error::from)?;
        let next_page_token = page.finish(&mut consents, |row| (row.create_time, row.consent_id.uuid()));
        Ok(Response::new(ListConsentHistoryResponse {
            consents: consents.into_iter().map(convert::consent).collect(),
            next_page_token,
        }))
    }
}
