use tonic::{Request, Response};
use xlcfi_contracts::auth::v1 as pb;
use xlcfi_contracts::auth::v1::auth_service_server::AuthService;
use xlcfi_identity::{Refused, admit};

use crate::account::Email;
use crate::error::Error;
use crate::flows::Deciders;
use crate::secret::Secret;
use crate::session::EndCause;
use crate::store::{accounts, sessions};
use crate::{Ctx, convert, flows};

use super::Answer;

/// `xlcfi.auth.v1.AuthService`.
#[derive(Debug)]
pub struct Auth(pub Ctx);

#[tonic::async_trait]
impl AuthService for Auth {
    async fn sign_up(&self, request: Request<pb::SignUpRequest>) -> Answer<pb::SignUpResponse> {
        let (_, request) = admit(request)?;
        let account = flows::sign_up(&self.0, convert::sign_up(request)?).await?;
        let account = Some(convert::account(&account));
        Ok(Response::new(pb::SignUpResponse { account }))
    }

    async fn log_in(&self, request: Request<pb::LogInRequest>) -> Answer<pb::LogInResponse> {
        let user_agent = convert::user_agent(request.metadata());
        let (_, request) = admit(request)?;
        let answer = flows::log_in(&self.0, convert::credentials(request, user_agent)).await?;
        Ok(Response::new(convert::logged_in(answer, self.0.staff_mfa)))
    }

    async fn answer_mfa_challenge(
        &self,
        request: Request<pb::AnswerMfaChallengeRequest>,
    ) -> Answer<pb::AnswerMfaChallengeResponse> {
        let (_, request) = admit(request)?;
        let token = Secret::presented(request.mfa_token);
        let (tokens, account) = flows::mfa::answer(&self.0, token, &request.code).await?;
        Ok(Response::new(pb::AnswerMfaChallengeResponse {
            tokens: Some(convert::tokens(tokens)),
            account: Some(convert::account(&account)),
        }))
    }

    async fn refresh_token(
        &self,
        request: Request<pb::RefreshTokenRequest>,
    ) -> Answer<pb::RefreshTokenResponse> {
        let (_, request) = admit(request)?;
        let token = Secret::presented(request.refresh_token);
        let tokens = flows::refresh(&self.0, token).await?;
        let tokens = Some(convert::tokens(tokens));
        Ok(Response::new(pb::RefreshTokenResponse { tokens }))
    }

    async fn log_out(&self, request: Request<pb::LogOutRequest>) -> Answer<pb::LogOutResponse> {
        let (caller, _) = admit(request)?;
        let user = caller.user()?;
        match flows::end_session(&self.0, user, user.session_id, EndCause::LoggedOut).await {
            // Ended so long ago that it is forgotten.
            Ok(()) | Err(Error::SessionNotFound) => Ok(Response::new(pb::LogOutResponse {})),
            Err(error) => Err(error.into()),
        }
    }

    async fn get_account(&self, request: Request<pb::GetAccountRequest>) -> Answer<pb::GetAccountResponse> {
        let (caller, _) = admit(request)?;
        let found = accounts::get(self.0.database.pool(), caller.user()?.id).await;
        let account = found.map_err(Error::from)?;
        let account = account.ok_or(Refused::TokenInvalid("its account is gone"))?;
        let account = Some(convert::account(&account));
        Ok(Response::new(pb::GetAccountResponse { account }))
    }

    async fn list_sessions(
        &self,
        request: Request<pb::ListSessionsRequest>,
    ) -> Answer<pb::ListSessionsResponse> {
        let (caller, request) = admit(request)?;
        let user = caller.user()?;
        let page = convert::page(request.page_size, &request.page_token)?;
        let found = sessions::list(self.0.database.pool(), user.id, self.0.clock.now(), &page).await;
        let mut found = found.map_err(Error::from)?;
        let next_page_token = page.finish(&mut found, |session| (session.create_time, session.id.uuid()));
        let sessions = found
            .into_iter()
            .map(|session| convert::session(session, user.session_id));
        Ok(Response::new(pb::ListSessionsResponse {
            sessions: sessions.collect(),
            next_page_token,
        }))
    }

    async fn revoke_session(
        &self,
        request: Request<pb::RevokeSessionRequest>,
    ) -> Answer<pb::RevokeSessionResponse> {
        let (caller, request) = admit(request)?;
        let session_id = convert::uuid("session_id", &request.session_id)?;
        flows::end_session(&self.0, caller.user()?, session_id, EndCause::Revoked).await?;
        Ok(Response::new(pb::RevokeSessionResponse {}))
    }

    async fn revoke_all_sessions(
        &self,
        request: Request<pb::RevokeAllSessionsRequest>,
    ) -> Answer<pb::RevokeAllSessionsResponse> {
        let (caller, request) = admit(request)?;
        let ended = flows::end_all(&self.0, caller.user()?, request.spare_current).await?;
        let revoked = i32::try_from(ended).unwrap_or(i32::MAX);
        Ok(Response::new(pb::RevokeAllSessionsResponse { revoked }))
    }

    async fn rename_session(
        &self,
        request: Request<pb::RenameSessionRequest>,
    ) -> Answer<pb::RenameSessionResponse> {
        let (caller, request) = admit(request)?;
        let id = convert::uuid("session_id", &request.session_id)?.into();
        let name = convert::name("device_name", &request.device_name)?;
        let pool = self.0.database.pool();
        let renamed = sessions::set_device_name(pool, caller.user()?.id, id, &name).await;
        match renamed.map_err(Error::from)? {
            true => Ok(Response::new(pb::RenameSessionResponse {})),
            false => Err(Error::SessionNotFound.into()),
        }
    }

    async fn change_password(
        &self,
        request: Request<pb::ChangePasswordRequest>,
    ) -> Answer<pb::ChangePasswordResponse> {
        let (caller, request) = admit(request)?;
        let (current, new) = (request.current_password, request.new_password);
        flows::change_password(&self.0, caller.user()?, current, new).await?;
        Ok(Response::new(pb::ChangePasswordResponse {}))
    }

    async fn get_jwks(&self, request: Request<pb::GetJwksRequest>) -> Answer<pb::GetJwksResponse> {
        admit(request)?;
        let keys = self.0.keys.published(self.0.database.pool()).await;
        let keys = keys.map_err(Error::from)?;
        Ok(Response::new(pb::GetJwksResponse { keys }))
    }

    async fn find_account(
        &self,
        request: Request<pb::FindAccountRequest>,
    ) -> Answer<pb::FindAccountResponse> {
        let (_, request) = admit(request)?;
        let found = accounts::find_by_email(self.0.database.pool(), &Email::new(&request.email)).await;
        let account = found.map_err(Error::from)?.ok_or(Error::AccountNotFound)?;
        let account = Some(convert::account(&account));
        Ok(Response::new(pb::FindAccountResponse { account }))
    }

    async fn grant_role(&self, request: Request<pb::GrantRoleRequest>) -> Answer<pb::GrantRoleResponse> {
        let (caller, request) = admit(request)?;
        let (account_id, role) = convert::account_and_role(&request.account_id, request.role())?;
        if role.is_staff() {
            return Err(Error::RoleNeedsTwo.into());
        }
        let account = flows::grant_role(&self.0, &Deciders::alone(caller.user()?), account_id, role).await?;
        let account = Some(convert::account(&account));
        Ok(Response::new(pb::GrantRoleResponse { account }))
    }

    async fn revoke_role(&self, request: Request<pb::RevokeRoleRequest>) -> Answer<pb::RevokeRoleResponse> {
        let (caller, request) = admit(request)?;
        let (account_id, role) = convert::account_and_role(&request.account_id, request.role())?;
        let account = flows::revoke_role(&self.0, &Deciders::alone(caller.user()?), account_id, role).await?;
        let account = Some(convert::account(&account));
        Ok(Response::new(pb::RevokeRoleResponse { account }))
    }

    async fn rotate_signing_key(
        &self,
        request: Request<pb::RotateSigningKeyRequest>,
    ) -> Answer<pb::RotateSigningKeyResponse> {
        let (caller, _) = admit(request)?;
        let kid = flows::rotate_key(&self.0, caller.user()?).await?;
        Ok(Response::new(pb::RotateSigningKeyResponse { kid }))
    }
}
