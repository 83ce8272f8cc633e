use tonic::{Request, Response};
use xlcfi_contracts::auth::v1 as pb;
use xlcfi_contracts::auth::v1::recovery_service_server::RecoveryService;
use xlcfi_identity::admit;

use crate::account::Email;
use crate::secret::Secret;
use crate::{Ctx, flows};

use super::Answer;

/// `xlcfi.auth.v1.RecoveryService`.
#[derive(Debug)]
pub struct Recovery(pub Ctx);

#[tonic::async_trait]
impl RecoveryService for Recovery {
    async fn request_email_verification(
        &self,
        request: Request<pb::RequestEmailVerificationRequest>,
    ) -> Answer<pb::RequestEmailVerificationResponse> {
        let (caller, _) = admit(request)?;
        flows::recovery::request_verification(&self.0, caller.user()?).await?;
        Ok(Response::new(pb::RequestEmailVerificationResponse {}))
    }

    async fn verify_email(
        &self,
        request: Request<pb::VerifyEmailRequest>,
    ) -> Answer<pb::VerifyEmailResponse> {
        let (_, request) = admit(request)?;
        flows::recovery::verify_email(&self.0, Secret::presented(request.token)).await?;
        Ok(Response::new(pb::VerifyEmailResponse {}))
    }

    async fn request_password_reset(
        &self,
        request: Request<pb::RequestPasswordResetRequest>,
    ) -> Answer<pb::RequestPasswordResetResponse> {
        let (_, request) = admit(request)?;
        flows::recovery::request_reset(&self.0, &Email::new(&request.email)).await?;
        Ok(Response::new(pb::RequestPasswordResetResponse {}))
    }

    async fn reset_password(
        &self,
        request: Request<pb::ResetPasswordRequest>,
    ) -> Answer<pb::ResetPasswordResponse> {
        let (_, request) = admit(request)?;
        let token = Secret::presented(request.token);
        flows::recovery::reset_password(&self.0, token, request.new_password).await?;
        Ok(Response::new(pb::ResetPasswordResponse {}))
    }
}
