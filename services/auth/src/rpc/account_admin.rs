use tonic::{Request, Response};
use uuid::Uuid;
use xlcfi_contracts::auth::v1 as pb;
use xlcfi_contracts::auth::v1::account_admin_service_server::AccountAdminService;
use xlcfi_errors::Invalid;
use xlcfi_identity::admit;

use crate::account::Role;
use crate::error::Error;
use crate::flows::Deciders;
use crate::store::accounts;
use crate::{Ctx, convert, flows};

use super::Answer;

/// `xlcfi.auth.v1.AccountAdminService`.
#[derive(Debug)]
pub struct AccountAdmin(pub Ctx);

#[tonic::async_trait]
impl AccountAdminService for AccountAdmin {
    async fn list_accounts(
        &self,
        request: Request<pb::ListAccountsRequest>,
    ) -> Answer<pb::ListAccountsResponse> {
        let (_, request) = admit(request)?;
        let page = convert::page(request.page_size, &request.page_token)?;
        let role = convert::known_role(request.role());
        let prefix = request.email_prefix.to_lowercase();
        let found = accounts::list(self.0.database.pool(), &prefix, role, &page).await;
        let mut found = found.map_err(Error::from)?;
        let next_page_token = page.finish(&mut found, |account| (account.create_time, account.id.uuid()));
        let accounts = found.iter().map(convert::account).collect();
        Ok(Response::new(pb::ListAccountsResponse {
            accounts,
            next_page_token,
        }))
    }

    async fn batch_get_accounts(
        &self,
        request: Request<pb::BatchGetAccountsRequest>,
    ) -> Answer<pb::BatchGetAccountsResponse> {
        let (_, request) = admit(request)?;
        let ids = request
            .account_ids
            .iter()
            .map(|id| convert::uuid("account_ids", id));
        let ids = ids.collect::<Result<Vec<Uuid>, Invalid>>()?;
        let found = accounts::batch(self.0.database.pool(), &ids).await;
        let found = found.map_err(Error::from)?;
        let accounts = found.iter().map(convert::account).collect();
        Ok(Response::new(pb::BatchGetAccountsResponse { accounts }))
    }

    async fn assign_role(&self, request: Request<pb::AssignRoleRequest>) -> Answer<pb::AssignRoleResponse> {
        let (_, request) = admit(request)?;
        let (account_id, role) = convert::account_and_role(&request.account_id, request.role())?;
        let deciders = deciders(&request.acting_account_id, &request.approving_account_id)?;
        let account = flows::grant_role(&self.0, &deciders, account_id, role).await?;
        let account = Some(convert::account(&account));
        Ok(Response::new(pb::AssignRoleResponse { account }))
    }

    async fn withdraw_role(
        &self,
        request: Request<pb::WithdrawRoleRequest>,
    ) -> Answer<pb::WithdrawRoleResponse> {
        let (_, request) = admit(request)?;
        let (account_id, role) = convert::account_and_role(&request.account_id, request.role())?;
        let deciders = deciders(&request.acting_account_id, &request.approving_account_id)?;
        let account = flows::revoke_role(&self.0, &deciders, account_id, role).await?;
        let account = Some(convert::account(&account));
        Ok(Response::new(pb::WithdrawRoleResponse { account }))
    }
}

fn deciders(acting: &str, approving: &str) -> Result<Deciders, Invalid> {
    convert::deciders(acting, approving, &[Role::Admin, Role::Security])
}
