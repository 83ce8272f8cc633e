use tonic::{Request, Response};
use xlcfi_contracts::auth::v1 as pb;
use xlcfi_contracts::auth::v1::service_account_service_server::ServiceAccountService;
use xlcfi_identity::admit;

use crate::error::Error;
use crate::secret::Secret;
use crate::store::clients;
use crate::{Ctx, convert, flows};

use super::Answer;

/// `xlcfi.auth.v1.ServiceAccountService`.
#[derive(Debug)]
pub struct ServiceAccounts(pub Ctx);

#[tonic::async_trait]
impl ServiceAccountService for ServiceAccounts {
    async fn create_service_account(
        &self,
        request: Request<pb::CreateServiceAccountRequest>,
    ) -> Answer<pb::CreateServiceAccountResponse> {
        let (caller, request) = admit(request)?;
        let wanted = convert::new_client(request)?;
        let (client, secret) = flows::clients::create(&self.0, caller.user()?, wanted).await?;
        Ok(Response::new(pb::CreateServiceAccountResponse {
            service_account: Some(convert::service_account(client)),
            client_secret: secret.map(Secret::into_text).unwrap_or_default(),
        }))
    }

    async fn list_service_accounts(
        &self,
        request: Request<pb::ListServiceAccountsRequest>,
    ) -> Answer<pb::ListServiceAccountsResponse> {
        let (caller, request) = admit(request)?;
        let page = convert::page(request.page_size, &request.page_token)?;
        let found = clients::list(self.0.database.pool(), caller.user()?.id, &page).await;
        let mut found = found.map_err(Error::from)?;
        let next_page_token = page.finish(&mut found, |client| (client.create_time, client.id.uuid()));
        Ok(Response::new(pb::ListServiceAccountsResponse {
            service_accounts: found.into_iter().map(convert::service_account).collect(),
            next_page_token,
        }))
    }

    async fn rotate_client_secret(
        &self,
        request: Request<pb::RotateClientSecretRequest>,
    ) -> Answer<pb::RotateClientSecretResponse> {
        let (caller, request) = admit(request)?;
        let id = convert::uuid("service_account_id", &request.service_account_id)?.into();
        let rotated = flows::clients::rotate(&self.0, caller.user()?, id, request.secret_days);
        let (secret, expire_time) = rotated.await?;
        Ok(Response::new(pb::RotateClientSecretResponse {
            client_secret: secret.into_text(),
            expire_time: Some(convert::timestamp(expire_time)),
        }))
    }

    async fn revoke_service_account(
        &self,
        request: Request<pb::RevokeServiceAccountRequest>,
    ) -> Answer<pb::RevokeServiceAccountResponse> {
        let (caller, request) = admit(request)?;
        let id = convert::uuid("service_account_id", &request.service_account_id)?.into();
        flows::clients::revoke(&self.0, caller.user()?, id).await?;
        Ok(Response::new(pb::RevokeServiceAccountResponse {}))
    }

    async fn issue_client_token(
        &self,
        request: Request<pb::IssueClientTokenRequest>,
    ) -> Answer<pb::IssueClientTokenResponse> {
        let (_, request) = admit(request)?;
        let id = convert::uuid("client_id", &request.client_id)?.into();
        let secret = Secret::presented(request.client_secret);
        let (access_token, expire_time) = flows::clients::issue_token(&self.0, id, &secret).await?;
        Ok(Response::new(pb::IssueClientTokenResponse {
            access_token,
            expire_time: Some(convert::timestamp(expire_time)),
        }))
    }
}
