use tonic::{Request, Response};
use xlcfi_contracts::auth::v1 as pb;
use xlcfi_contracts::auth::v1::mfa_service_server::MfaService;
use xlcfi_identity::{Refused, admit};

use crate::error::Error;
use crate::store::{accounts, factors};
use crate::{Ctx, flows};

use super::Answer;

/// `xlcfi.auth.v1.MfaService`.
#[derive(Debug)]
pub struct Mfa(pub Ctx);

#[tonic::async_trait]
impl MfaService for Mfa {
    async fn enrol_mfa(&self, request: Request<pb::EnrolMfaRequest>) -> Answer<pb::EnrolMfaResponse> {
        let (caller, request) = admit(request)?;
        let enrolment = flows::mfa::enrol(&self.0, caller.user()?, request.password).await?;
        Ok(Response::new(pb::EnrolMfaResponse {
            secret: enrolment.secret,
            otpauth_uri: enrolment.uri,
        }))
    }

    async fn confirm_mfa(&self, request: Request<pb::ConfirmMfaRequest>) -> Answer<pb::ConfirmMfaResponse> {
        let (caller, request) = admit(request)?;
        let backup_codes = flows::mfa::confirm(&self.0, caller.user()?, &request.code).await?;
        Ok(Response::new(pb::ConfirmMfaResponse { backup_codes }))
    }

    async fn disable_mfa(&self, request: Request<pb::DisableMfaRequest>) -> Answer<pb::DisableMfaResponse> {
        let (caller, request) = admit(request)?;
        flows::mfa::disable(&self.0, caller.user()?, request.password, &request.code).await?;
        Ok(Response::new(pb::DisableMfaResponse {}))
    }

    async fn regenerate_backup_codes(
        &self,
        request: Request<pb::RegenerateBackupCodesRequest>,
    ) -> Answer<pb::RegenerateBackupCodesResponse> {
        let (caller, request) = admit(request)?;
        let codes = flows::mfa::regenerate(&self.0, caller.user()?, request.password, &request.code);
        let backup_codes = codes.await?;
        Ok(Response::new(pb::RegenerateBackupCodesResponse { backup_codes }))
    }

    async fn get_mfa_status(
        &self,
        request: Request<pb::GetMfaStatusRequest>,
    ) -> Answer<pb::GetMfaStatusResponse> {
        let (caller, _) = admit(request)?;
        let (pool, id) = (self.0.database.pool(), caller.user()?.id);
        let account = accounts::get(pool, id).await.map_err(Error::from)?;
        let account = account.ok_or(Refused::TokenInvalid("its account is gone"))?;
        let left = factors::count_backup_codes(pool, id).await.map_err(Error::from)?;
        Ok(Response::new(pb::GetMfaStatusResponse {
            enabled: account.mfa,
            required: self.0.staff_mfa && account.is_staff(),
            backup_codes_left: i32::try_from(left).unwrap_or(i32::MAX),
        }))
    }
}
