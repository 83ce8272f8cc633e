use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::auth::v1::account_admin_service_client::AccountAdminServiceClient;
use xlcfi_contracts::auth::v1::account_security_service_client::AccountSecurityServiceClient;
use xlcfi_contracts::auth::v1::mfa_service_client::MfaServiceClient;
use xlcfi_contracts::auth::v1::{
    AllSessionsRevoked, AssignRoleRequest, ConfirmMfaRequest, EndAccountSessionsRequest, EnrolMfaRequest,
    MfaDisabled, ResetMfaRequest, UnlockAccountRequest,
};
use xlcfi_contracts::types::v1::Role;
use xlcfi_testkit::{Calling, assert_refused};

use crate::authenticator::Authenticator;
use crate::world::{Auth, PASSWORD};

fn client(auth: &Auth) -> AccountSecurityServiceClient<Calling> {
    AccountSecurityServiceClient::new(auth.harness.as_service("admin"))
}

#[tokio::test]
async fn security_ends_sessions_and_a_lost_second_factor_and_support_unlocks() {
    let auth = Auth::start().await;
    let first = auth.admin().await.account.account_id;
    let kim = auth.newcomer("kim@example.com").await;
    let lee = auth.newcomer("lee@example.com").await.account.account_id;
    let whose = kim.account.account_id.clone();
    let mut mfa = MfaServiceClient::new(auth.harness.as_user(&kim.user));
    let request = EnrolMfaRequest {
        password: PASSWORD.into(),
    };
    let enrolled = mfa.enrol_mfa(request).await.unwrap().into_inner();
    let code = Authenticator::new(&enrolled.otpauth_uri).code(auth.harness.now());
    mfa.confirm_mfa(ConfirmMfaRequest { code }).await.unwrap();
    for _ in 0..10 {
        auth.try_log_in("kim@example.com", "wrong password")
            .await
            .unwrap_err();
    }

    let end = |by: &str| EndAccountSessionsRequest {
        account_id: whose.clone(),
        acting_account_id: by.into(),
        approving_account_id: String::new(),
    };
    let reset = |by: &str| ResetMfaRequest {
        account_id: whose.clone(),
        acting_account_id: by.into(),
        approving_account_id: String::new(),
    };
    let unlock = |by: &str| UnlockAccountRequest {
        account_id: whose.clone(),
        acting_account_id: by.into(),
        approving_account_id: String::new(),
    };
    let assign = AssignRoleRequest {
        account_id: lee.clone(),
        role: Role::Support.into(),
        acting_account_id: first.clone(),
        approving_account_id: String::new(),
    };
    let mut admin = AccountAdminServiceClient::new(auth.harness.as_service("admin"));
    admin.assign_role(assign).await.unwrap();
    let refused = client(&auth).end_account_sessions(end(&lee)).await;
    assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");
    let refused = client(&auth).reset_mfa(reset(&lee)).await;
    assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");
    let refused = client(&auth).unlock_account(unlock(&whose)).await;
    assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");

    for _ in 0..2 {
        client(&auth).end_account_sessions(end(&first)).await.unwrap();
        client(&auth).reset_mfa(reset(&first)).await.unwrap();
        client(&auth).unlock_account(unlock(&lee)).await.unwrap();
    }
    let refused = auth.refresh(&kim.tokens.refresh_token).await;
    assert_refused(refused, Code::Unauthenticated, "REFRESH_TOKEN_INVALID");
    auth.log_in("kim@example.com").await;
    let told = auth.harness.published::<MfaDisabled>().await;
    assert_eq!((told.len(), &told[0].disabled_by), (1, &first));
    let told = auth.harness.published::<AllSessionsRevoked>().await;
    assert_eq!((told.len(), &told[0].revoked_by), (1, &first));

    let nobody = Uuid::now_v7().to_string();
    let refused = client(&auth)
        .end_account_sessions(EndAccountSessionsRequest {
            account_id: nobody.clone(),
            ..end(&first)
        })
        .await;
    assert_refused(refused, Code::NotFound, "ACCOUNT_NOT_FOUND");
    let refused = client(&auth)
        .reset_mfa(ResetMfaRequest {
            account_id: nobody.clone(),
            ..reset(&first)
        })
        .await;
    assert_refused(refused, Code::NotFound, "ACCOUNT_NOT_FOUND");
    let refused = client(&auth)
        .unlock_account(UnlockAccountRequest {
            account_id: nobody,
            ..unlock(&first)
        })
        .await;
    assert_refused(refused, Code::NotFound, "ACCOUNT_NOT_FOUND");
    let mut order = AccountSecurityServiceClient::new(auth.harness.as_service("order"));
    let refused = order.reset_mfa(reset(&first)).await;
    assert_refused(refused, Code::PermissionDenied, "CALLER_NOT_ALLOWED");
}
