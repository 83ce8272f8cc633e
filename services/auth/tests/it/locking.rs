use tonic::{Code, Status};
use uuid::Uuid;
use xlcfi_contracts::auth::v1::account_admin_service_client::AccountAdminServiceClient;
use xlcfi_contracts::auth::v1::account_security_service_client::AccountSecurityServiceClient;
use xlcfi_contracts::auth::v1::mfa_service_client::MfaServiceClient;
use xlcfi_contracts::auth::v1::service_account_service_client::ServiceAccountServiceClient;
use xlcfi_contracts::auth::v1::{
    AccountLocked, AccountUnlocked, AnswerMfaChallengeRequest, AssignRoleRequest, BatchGetAccountsRequest,
    ConfirmMfaRequest, CreateServiceAccountRequest, EnrolMfaRequest, IssueClientTokenRequest,
    LockAccountRequest, LockAccountResponse, UnlockAccountRequest,
};
use xlcfi_contracts::types::v1::Role;
use xlcfi_testkit::{Calling, assert_refused};

use crate::authenticator::Authenticator;
use crate::world::{Auth, PASSWORD};

fn client(auth: &Auth) -> AccountSecurityServiceClient<Calling> {
    AccountSecurityServiceClient::new(auth.harness.as_service("admin"))
}

async fn lock(auth: &Auth, whose: &str, by: &str, reason: &str) -> Result<LockAccountResponse, Status> {
    let request = LockAccountRequest {
        account_id: whose.into(),
        reason: reason.into(),
        acting_account_id: by.into(),
        approving_account_id: String::new(),
    };
    Ok(client(auth).lock_account(request).await?.into_inner())
}

async fn unlock(auth: &Auth, whose: &str, by: &str) -> Result<(), Status> {
    let request = UnlockAccountRequest {
        account_id: whose.into(),
        acting_account_id: by.into(),
        approving_account_id: String::new(),
    };
    client(auth).unlock_account(request).await.map(|_| ())
}

async fn assign(auth: &Auth, whose: &str, role: Role, by: &str) -> Result<(), Status> {
    let request = AssignRoleRequest {
        account_id: whose.into(),
        role: role.into(),
        acting_account_id: by.into(),
        approving_account_id: String::new(),
    };
    let mut admin = AccountAdminServiceClient::new(auth.harness.as_service("admin"));
    admin.assign_role(request).await.map(|_| ())
}

/// Somebody new with a role, by the first admin.
async fn staff(auth: &Auth, email: &str, role: Role) -> String {
    let first = auth.admin().await.account.account_id;
    let id = auth.try_sign_up(email, "").await.unwrap().account_id;
    assign(auth, &id, role, &first).await.unwrap();
    id
}

#[tokio::test]
async fn nobody_signs_in_with_an_account_staff_locked_until_staff_unlocks_it() {
    let auth = Auth::start().await;
    let security = staff(&auth, "lee@example.com", Role::Security).await;
    let support = staff(&auth, "park@example.com", Role::Support).await;
    let kim = auth.newcomer("kim@example.com").await;
    let whose = kim.account.account_id.clone();

    let first = lock(&auth, &whose, &security, " 도용 신고 ").await.unwrap();
    assert_eq!(first.reason, "도용 신고");
    let again = lock(&auth, &whose, &security, "또").await.unwrap();
    assert_eq!(first, again, "a locked one stays as it is");
    let told = auth.harness.published::<AccountLocked>().await;
    assert_eq!(told.len(), 1);
    assert_eq!((&told[0].locked_by, &told[0].until_time), (&security, &None));

    let refused = auth.refresh(&kim.tokens.refresh_token).await;
    assert_refused(refused, Code::Unauthenticated, "REFRESH_TOKEN_INVALID");
    let refused = auth.try_log_in("kim@example.com", "wrong password").await;
    assert_refused(refused, Code::Unauthenticated, "WRONG_CREDENTIALS");
    let refused = auth.try_log_in("kim@example.com", PASSWORD).await;
    assert_refused(refused, Code::FailedPrecondition, "ACCOUNT_LOCKED");
    let mut admin = AccountAdminServiceClient::new(auth.harness.as_service("admin"));
    let request = BatchGetAccountsRequest {
        account_ids: vec![whose.clone()],
    };
    let seen = admin.batch_get_accounts(request).await.unwrap().into_inner();
    assert!(seen.accounts[0].locked);

    let refused = unlock(&auth, &whose, &support).await;
    assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");
    let refused = auth.try_log_in("kim@example.com", PASSWORD).await;
    assert_refused(refused, Code::FailedPrecondition, "ACCOUNT_LOCKED");
    for _ in 0..2 {
        unlock(&auth, &whose, &security).await.unwrap();
    }
    let told = auth.harness.published::<AccountUnlocked>().await;
    assert_eq!((told.len(), &told[0].unlocked_by), (1, &security));
    assert!(!auth.log_in("kim@example.com").await.account.locked);
}

#[tokio::test]
async fn what_must_not_be_locked_is_not() {
    let auth = Auth::start().await;
    let first = auth.admin().await.account.account_id;
    let security = staff(&auth, "lee@example.com", Role::Security).await;
    let support = staff(&auth, "park@example.com", Role::Support).await;
    for (whose, by) in [(&security, &security), (&first, &security)] {
        let refused = lock(&auth, whose, by, "시험").await;
        assert_refused(refused, Code::FailedPrecondition, "ACCOUNT_NOT_LOCKABLE");
    }
    let refused = lock(&auth, &security, &support, "시험").await;
    assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");
    let refused = lock(&auth, &Uuid::now_v7().to_string(), &security, "시험").await;
    assert_refused(refused, Code::NotFound, "ACCOUNT_NOT_FOUND");
    let refused = lock(&auth, &support, &security, "  ").await;
    assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
    let mut order = AccountSecurityServiceClient::new(auth.harness.as_service("order"));
    let refused = order.lock_account(LockAccountRequest::default()).await;
    assert_refused(refused, Code::PermissionDenied, "CALLER_NOT_ALLOWED");
    // Of two admins one can be locked, by the other.
    let other = staff(&auth, "choi@example.com", Role::Admin).await;
    lock(&auth, &first, &other, "시험").await.unwrap();
    let refused = lock(&auth, &other, &security, "시험").await;
    assert_refused(refused, Code::FailedPrecondition, "ACCOUNT_NOT_LOCKABLE");
}

#[tokio::test]
async fn of_two_admins_who_lock_each_other_one_is_left() {
    let auth = Auth::start().await;
    let first = auth.admin().await.account.account_id;
    let other = staff(&auth, "choi@example.com", Role::Admin).await;
    let hold = "select from account_role where role = 'ADMIN' for update";
    let both = async {
        tokio::join!(
            lock(&auth, &first, &other, "시험"),
            lock(&auth, &other, &first, "시험")
        )
    };
    let (one, another) = auth.make_meet(hold, 2, both).await;
    let refused = if one.is_ok() { another } else { one };
    assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");
}

#[tokio::test]
async fn a_locked_account_decides_nothing_and_ends_no_log_in_and_its_programs_stop() {
    let auth = Auth::start().await;
    let first = auth.admin().await.account.account_id;
    let kim = auth.newcomer("kim@example.com").await;
    let whose = kim.account.account_id.clone();
    assign(&auth, &whose, Role::Security, &first).await.unwrap();
    let mut mfa = MfaServiceClient::new(auth.harness.as_user(&kim.user));
    let request = EnrolMfaRequest {
        password: PASSWORD.into(),
    };
    let enrolled = mfa.enrol_mfa(request).await.unwrap().into_inner();
    let authenticator = Authenticator::new(&enrolled.otpauth_uri);
    let code = authenticator.code(auth.harness.now());
    mfa.confirm_mfa(ConfirmMfaRequest { code }).await.unwrap();
    let request = CreateServiceAccountRequest {
        name: "ERP".into(),
        scopes: vec!["xlcfi.order.v1.OrderService".into()],
        ..Default::default()
    };
    let mut programs = ServiceAccountServiceClient::new(auth.harness.as_user(&kim.user));
    let made = programs
        .create_service_account(request)
        .await
        .unwrap()
        .into_inner();
    let ask = IssueClientTokenRequest {
        client_id: made.service_account.unwrap().service_account_id,
        client_secret: made.client_secret,
    };
    let mut anyone = ServiceAccountServiceClient::new(auth.harness.anonymous());
    anyone.issue_client_token(ask.clone()).await.unwrap();
    auth.advance_secs(30);
    let begun = auth.try_log_in("kim@example.com", PASSWORD).await.unwrap();

    lock(&auth, &whose, &first, "도용 신고").await.unwrap();
    let code = authenticator.code(auth.harness.now());
    let mfa_token = begun.challenge.unwrap().mfa_token;
    let request = AnswerMfaChallengeRequest { mfa_token, code };
    let refused = auth.anyone().answer_mfa_challenge(request).await;
    assert_refused(refused, Code::Unauthenticated, "MFA_TOKEN_INVALID");
    let refused = anyone.issue_client_token(ask.clone()).await;
    assert_refused(refused, Code::Unauthenticated, "CLIENT_CREDENTIALS_INVALID");
    let somebody = auth.try_sign_up("choi@example.com", "").await.unwrap().account_id;
    let refused = lock(&auth, &somebody, &whose, "시험").await;
    assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");
    let refused = unlock(&auth, &whose, &whose).await;
    assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");

    unlock(&auth, &whose, &first).await.unwrap();
    anyone.issue_client_token(ask).await.unwrap();
    lock(&auth, &somebody, &whose, "시험").await.unwrap();
}
