use tonic::{Request, Response};
use xlcfi_contracts::admin::v1 as pb;
use xlcfi_contracts::admin::v1::person_service_server::PersonService;
use xlcfi_identity::admit;

use super::Answer;
use crate::{Ctx, flows};

/// The people of the platform.
#[derive(Clone)]
pub struct People(pub Ctx);

#[tonic::async_trait]
impl PersonService for People {
    async fn list_people(&self, request: Request<pb::ListPeopleRequest>) -> Answer<pb::ListPeopleResponse> {
        let (_, request) = admit(request)?;
        let (people, next_page_token) = self.0.peers.list_people(request).await?;
        Ok(Response::new(pb::ListPeopleResponse {
            people,
            next_page_token,
        }))
    }

    async fn open_person(&self, request: Request<pb::OpenPersonRequest>) -> Answer<pb::OpenPersonResponse> {
        let (caller, request) = admit(request)?;
        let person = flows::people::open(&self.0, caller.user()?, &request).await?;
        Ok(Response::new(pb::OpenPersonResponse { person: Some(person) }))
    }
}
