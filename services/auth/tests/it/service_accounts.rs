use tonic::{Code, Status};
use uuid::Uuid;
use xlcfi_contracts::auth::v1::service_account_service_client::ServiceAccountServiceClient;
use xlcfi_contracts::auth::v1::{
    CreateServiceAccountRequest, CreateServiceAccountResponse, GrantRoleRequest, IssueClientTokenRequest,
    ListServiceAccountsRequest, RevokeServiceAccountRequest, RotateClientSecretRequest,
    ServiceAccountCreated, ServiceAccountRevoked,
};
use xlcfi_contracts::types::v1::Role;
use xlcfi_identity::{Refused, User};
use xlcfi_testkit::{Calling, assert_refused, user};

use crate::world::{Auth, DAY, MINUTE};

const ORDERS: &str = "xlcfi.order.v1.OrderService";
const LIST_ORDERS: &str = "/xlcfi.order.v1.OrderService/ListOrders";

fn client(auth: &Auth, user: &User) -> ServiceAccountServiceClient<Calling> {
    ServiceAccountServiceClient::new(auth.harness.as_user(user))
}

fn wanted(scopes: &[&str], roles: &[Role]) -> CreateServiceAccountRequest {
    CreateServiceAccountRequest {
        name: "ERP".into(),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        roles: roles.iter().map(|role| (*role).into()).collect(),
        secret_days: 0,
        request_id: String::new(),
    }
}

async fn create(
    auth: &Auth,
    user: &User,
    request: CreateServiceAccountRequest,
) -> Result<CreateServiceAccountResponse, Status> {
    let answer = client(auth, user).create_service_account(request).await?;
    Ok(answer.into_inner())
}

/// An id and a secret.
async fn created(auth: &Auth, user: &User) -> (String, String) {
    let made = create(auth, user, wanted(&[ORDERS], &[Role::Buyer]))
        .await
        .unwrap();
    (
        made.service_account.unwrap().service_account_id,
        made.client_secret,
    )
}

async fn token(auth: &Auth, client_id: &str, client_secret: &str) -> Result<String, Status> {
    let request = IssueClientTokenRequest {
        client_id: client_id.into(),
        client_secret: client_secret.into(),
    };
    let mut client = ServiceAccountServiceClient::new(auth.harness.anonymous());
    let answer = client.issue_client_token(request).await?;
    Ok(answer.into_inner().access_token)
}

#[tokio::test]
async fn a_program_signs_in_for_its_owner_within_its_scopes_and_is_marked() {
    let auth = Auth::start().await;
    let kim = auth.newcomer("kim@example.com").await;
    let (id, secret) = created(&auth, &kim.user).await;
    let token = token(&auth, &id, &secret).await.unwrap();
    let verifier = auth.verifier().await;
    let acting = verifier.verify_for(&token, LIST_ORDERS).unwrap();
    assert_eq!((acting.id, acting.roles), (kim.user.id, vec![Role::Buyer]));
    assert_eq!(acting.session_id.to_string(), id);

    for path in [
        "/xlcfi.member.v1.MemberService/GetProfile",
        "/xlcfi.auth.v1.AuthService/ChangePassword",
        "/xlcfi.order.v1.OrderServiceX/ListOrders",
        "ListOrders",
    ] {
        assert_eq!(
            verifier.verify_for(&token, path),
            Err(Refused::ScopeMissing),
            "{path}"
        );
    }
    let as_person = verifier.verify(&token);
    assert!(
        matches!(as_person, Err(Refused::TokenInvalid(_))),
        "{as_person:?}"
    );
    let told = auth.harness.published::<ServiceAccountCreated>().await;
    assert_eq!((told.len(), told[0].name.as_str()), (1, "ERP"));
}

#[tokio::test]
async fn a_program_gets_no_staff_role_and_none_its_owner_lacks() {
    let auth = Auth::start().await;
    let admin = auth.admin().await.user;
    for role in [Role::Admin, Role::Finance, Role::Seller] {
        let refused = create(&auth, &admin, wanted(&[ORDERS], &[role])).await;
        assert_refused(refused, Code::FailedPrecondition, "ROLE_NOT_DELEGABLE");
    }
    let kim = auth.newcomer("kim@example.com").await;
    let seller = |account_id: String| GrantRoleRequest {
        account_id,
        role: Role::Seller.into(),
    };
    auth.of(&admin)
        .grant_role(seller(kim.account.account_id.clone()))
        .await
        .unwrap();
    let made = create(&auth, &kim.user, wanted(&[ORDERS], &[Role::Seller]))
        .await
        .unwrap();
    let id = made.service_account.unwrap().service_account_id;
    let verifier = auth.verifier().await;
    let first = token(&auth, &id, &made.client_secret).await.unwrap();
    assert_eq!(
        verifier.verify_for(&first, LIST_ORDERS).unwrap().roles,
        [Role::Seller]
    );
    let revoke = xlcfi_contracts::auth::v1::RevokeRoleRequest {
        account_id: kim.account.account_id,
        role: Role::Seller.into(),
    };
    auth.of(&admin).revoke_role(revoke).await.unwrap();
    let second = token(&auth, &id, &made.client_secret).await.unwrap();
    assert_eq!(verifier.verify_for(&second, LIST_ORDERS).unwrap().roles, []);
}

#[tokio::test]
async fn scopes_are_services_people_call_but_not_auths() {
    let auth = Auth::start().await;
    let kim = auth.newcomer("kim@example.com").await.user;
    for scope in [
        "xlcfi.auth.v1.AuthService",
        "xlcfi.auth.v1.AccountAdminService",
        "xlcfi.order.v1",
        "*",
        "xlcfi.order.v1.OrderService xlcfi.auth.v1.AuthService",
    ] {
        let refused = create(&auth, &kim, wanted(&[ORDERS, scope], &[])).await;
        assert_refused(refused, Code::InvalidArgument, "SCOPE_UNKNOWN");
    }
    let refused = create(&auth, &kim, wanted(&[], &[])).await;
    assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
    let refused = create(&auth, &user(), wanted(&[ORDERS], &[])).await;
    assert_refused(refused, Code::Unauthenticated, "TOKEN_INVALID");
}

#[tokio::test]
async fn a_repeated_request_makes_one_account_and_tells_its_secret_once() {
    let auth = Auth::start().await;
    let kim = auth.newcomer("kim@example.com").await.user;
    let request = CreateServiceAccountRequest {
        request_id: Uuid::now_v7().to_string(),
        ..wanted(&[ORDERS], &[])
    };
    let (one, other) = tokio::join!(
        create(&auth, &kim, request.clone()),
        create(&auth, &kim, request.clone())
    );
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!(one.service_account, other.service_account);
    assert_ne!(one.client_secret.is_empty(), other.client_secret.is_empty());
    assert_eq!(auth.harness.published::<ServiceAccountCreated>().await.len(), 1);
}

#[tokio::test]
async fn a_secret_ends_with_its_time_and_a_day_after_the_next() {
    let auth = Auth::start().await;
    let kim = auth.newcomer("kim@example.com").await.user;
    let (id, first) = created(&auth, &kim).await;
    let rotate = RotateClientSecretRequest {
        service_account_id: id.clone(),
        secret_days: 7,
    };
    let second = client(&auth, &kim).rotate_client_secret(rotate).await.unwrap();
    let second = second.into_inner().client_secret;
    auth.advance_secs(DAY - 1);
    for secret in [&first, &second] {
        token(&auth, &id, secret).await.unwrap();
    }
    auth.advance_secs(1);
    let refused = token(&auth, &id, &first).await;
    assert_refused(refused, Code::Unauthenticated, "CLIENT_CREDENTIALS_INVALID");
    auth.advance_secs(6 * DAY - 5 * MINUTE);
    let last = token(&auth, &id, &second).await.unwrap();
    let verifier = auth.verifier().await;
    auth.advance_secs(6 * MINUTE);
    let outlived = verifier.verify_for(&last, LIST_ORDERS);
    assert_eq!(outlived, Err(Refused::TokenExpired));
    let refused = token(&auth, &id, &second).await;
    assert_refused(refused, Code::Unauthenticated, "CLIENT_CREDENTIALS_INVALID");
}

#[tokio::test]
async fn a_revoked_service_account_is_gone_and_others_are_not_the_callers() {
    let auth = Auth::start().await;
    let kim = auth.newcomer("kim@example.com").await.user;
    let lee = auth.newcomer("lee@example.com").await.user;
    let (id, secret) = created(&auth, &kim).await;
    let revoke = RevokeServiceAccountRequest {
        service_account_id: id.clone(),
    };
    let refused = client(&auth, &lee).revoke_service_account(revoke.clone()).await;
    assert_refused(refused, Code::NotFound, "SERVICE_ACCOUNT_NOT_FOUND");
    let rotate = RotateClientSecretRequest {
        service_account_id: id.clone(),
        secret_days: 0,
    };
    let refused = client(&auth, &lee).rotate_client_secret(rotate.clone()).await;
    assert_refused(refused, Code::NotFound, "SERVICE_ACCOUNT_NOT_FOUND");
    token(&auth, &id, &secret).await.unwrap();

    for _ in 0..2 {
        client(&auth, &kim)
            .revoke_service_account(revoke.clone())
            .await
            .unwrap();
    }
    assert_eq!(auth.harness.published::<ServiceAccountRevoked>().await.len(), 1);
    let refused = token(&auth, &id, &secret).await;
    assert_refused(refused, Code::Unauthenticated, "CLIENT_CREDENTIALS_INVALID");
    let refused = client(&auth, &kim).rotate_client_secret(rotate).await;
    assert_refused(refused, Code::NotFound, "SERVICE_ACCOUNT_NOT_FOUND");
}

#[tokio::test]
async fn an_account_lists_its_own_and_has_twenty_at_most() {
    let auth = Auth::start().await;
    let kim = auth.newcomer("kim@example.com").await.user;
    let lee = auth.newcomer("lee@example.com").await.user;
    let mut made = Vec::new();
    for _ in 0..20 {
        made.push(created(&auth, &kim).await.0);
    }
    let refused = create(&auth, &kim, wanted(&[ORDERS], &[])).await;
    assert_refused(refused, Code::FailedPrecondition, "TOO_MANY_SERVICE_ACCOUNTS");
    created(&auth, &lee).await;

    let mut listed = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListServiceAccountsRequest {
            page_size: 8,
            page_token: page_token.clone(),
        };
        let page = client(&auth, &kim).list_service_accounts(request).await.unwrap();
        let page = page.into_inner();
        listed.extend(
            page.service_accounts
                .into_iter()
                .map(|one| one.service_account_id),
        );
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    made.reverse();
    assert_eq!(listed, made);
}
