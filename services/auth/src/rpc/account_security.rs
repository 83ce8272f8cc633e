use tonic::{Request, Response};
use xlcfi_contracts::auth::v1 as pb;
use xlcfi_contracts::auth::v1::account_security_service_server::AccountSecurityService;
use xlcfi_identity::admit;

use crate::account::Role;
use crate::{Ctx, convert, flows};

use super::Answer;

/// `xlcfi.auth.v1.AccountSecurityService`.
#[derive(Debug)]
pub struct AccountSecurity(pub Ctx);

#[tonic::async_trait]
impl AccountSecurityService for AccountSecurity {
    async fn end_account_sessions(
        &self,
        request: Request<pb::EndAccountSessionsRequest>,
    ) -> Answer<pb::EndAccountSessionsResponse> {
        let (_, request) = admit(request)?;
        let id = convert::uuid("account_id", &request.account_id)?.into();
        let deciders = convert::deciders(
            &request.acting_account_id,
            &request.approving_account_id,
            &[Role::Admin, Role::Security],
        )?;
        flows::staff::end_sessions(&self.0, &deciders, id).await?;
        Ok(Response::new(pb::EndAccountSessionsResponse {}))
    }

    async fn reset_mfa(&self, request: Request<pb::ResetMfaRequest>) -> Answer<pb::ResetMfaResponse> {
        let (_, request) = admit(request)?;
        let id = convert::uuid("account_id", &request.account_id)?.into();
        let deciders = convert::deciders(
            &request.acting_account_id,
            &request.approving_account_id,
            &[Role::Admin, Role::Security],
        )?;
        flows::staff::reset_mfa(&self.0, &deciders, id).await?;
        Ok(Response::new(pb::ResetMfaResponse {}))
    }

    async fn lock_account(
        &self,
        request: Request<pb::LockAccountRequest>,
    ) -> Answer<pb::LockAccountResponse> {
        let (_, request) = admit(request)?;
        let id = convert::uuid("account_id", &request.account_id)?.into();
        let deciders = convert::deciders(
            &request.acting_account_id,
            &request.approving_account_id,
            &[Role::Admin, Role::Security],
        )?;
        let reason = convert::name("reason", &request.reason)?;
        let lock = flows::staff::lock_account(&self.0, &deciders, id, reason).await?;
        Ok(Response::new(pb::LockAccountResponse {
            lock_time: Some(convert::timestamp(lock.time)),
            reason: lock.reason,
        }))
    }

    async fn unlock_account(
        &self,
        request: Request<pb::UnlockAccountRequest>,
    ) -> Answer<pb::UnlockAccountResponse> {
        let (_, request) = admit(request)?;
        let id = convert::uuid("account_id", &request.account_id)?.into();
        let deciders = convert::deciders(
            &request.acting_account_id,
            &request.approving_account_id,
            &[Role::Admin, Role::Security, Role::Support],
        )?;
        flows::staff::unlock_account(&self.0, &deciders, id).await?;
        Ok(Response::new(pb::UnlockAccountResponse {}))
    }
}
