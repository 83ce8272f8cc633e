use tokio::task::JoinSet;
use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::auth::v1::auth_service_client::AuthServiceClient;
use xlcfi_contracts::auth::v1::{AccountCreated, FindAccountRequest, GetAccountRequest, SignUpRequest};
use xlcfi_contracts::types::v1::Role;
use xlcfi_testkit::{admin, assert_refused, user};

use crate::world::{Auth, PASSWORD};

fn request(email: &str, request_id: &str) -> SignUpRequest {
    SignUpRequest {
        email: email.into(),
        password: PASSWORD.into(),
        display_name: "김바다".into(),
        request_id: request_id.into(),
        ..Default::default()
    }
}

async fn created(auth: &Auth, account_id: &str) -> Vec<AccountCreated> {
    let all = auth.harness.published::<AccountCreated>().await;
    all.into_iter()
        .filter(|event| event.account_id == account_id)
        .collect()
}

#[tokio::test]
async fn a_sign_up_makes_an_account_and_tells_of_it() {
    let auth = Auth::start().await;
    let account = auth.try_sign_up("Kim@Example.com", "").await.unwrap();
    assert_eq!(account.email, "kim@example.com");
    assert_eq!(account.roles().collect::<Vec<_>>(), [Role::Buyer]);

    let events = created(&auth, &account.account_id).await;
    assert_eq!(events.len(), 1);
    assert_eq!(
        (&events[0].email, &events[0].display_name),
        (&account.email, &account.display_name)
    );
    assert_eq!(events[0].roles, account.roles);
    assert_eq!(events[0].time, account.create_time);

    let kim = auth.log_in("kim@example.com").await;
    let got = auth
        .of(&kim.user)
        .get_account(GetAccountRequest {})
        .await
        .unwrap();
    assert_eq!(got.into_inner().account, Some(account));
}

#[tokio::test]
async fn an_address_has_one_account_whatever_its_case() {
    let auth = Auth::start().await;
    auth.try_sign_up("kim@example.com", "").await.unwrap();
    let again = auth.try_sign_up("KIM@example.com", "").await;
    assert_refused(again, Code::AlreadyExists, "EMAIL_TAKEN");
    let with_id = auth
        .try_sign_up("kim@example.com", &Uuid::now_v7().to_string())
        .await;
    assert_refused(with_id, Code::AlreadyExists, "EMAIL_TAKEN");
}

#[tokio::test]
async fn a_repeated_sign_up_gives_the_account_it_made() {
    let auth = Auth::start().await;
    let request_id = Uuid::now_v7().to_string();
    let first = auth.try_sign_up("kim@example.com", &request_id).await.unwrap();
    let again = auth.try_sign_up("kim@example.com", &request_id).await.unwrap();
    assert_eq!(again, first);
    assert_eq!(created(&auth, &first.account_id).await.len(), 1);

    let somebody_else = auth.try_sign_up("lee@example.com", &request_id).await.unwrap();
    assert_ne!(somebody_else.account_id, first.account_id);
}

async fn sign_up_at_once(auth: &Auth, request_id: &str) -> Vec<Result<String, String>> {
    let mut calls = JoinSet::new();
    for _ in 0..8 {
        let mut client = AuthServiceClient::new(auth.harness.anonymous());
        let request = request("kim@example.com", request_id);
        calls.spawn(async move {
            let response = client.sign_up(request).await;
            response
                .map(|response| response.into_inner().account.unwrap().account_id)
                .map_err(|status| xlcfi_errors::reason_of(&status).unwrap())
        });
    }
    calls.join_all().await
}

#[tokio::test]
async fn the_same_sign_up_sent_at_once_makes_one_account_and_tells_all() {
    let auth = Auth::start().await;
    let answers = sign_up_at_once(&auth, &Uuid::now_v7().to_string()).await;
    let id = answers[0].clone().unwrap();
    assert!(
        answers.iter().all(|answer| answer.as_ref() == Ok(&id)),
        "{answers:?}"
    );
    assert_eq!(created(&auth, &id).await.len(), 1);
}

#[tokio::test]
async fn of_different_sign_ups_for_one_address_sent_at_once_one_succeeds() {
    let auth = Auth::start().await;
    let answers = sign_up_at_once(&auth, "").await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!(made.len(), 1);
    assert!(
        refused.iter().all(|answer| answer == &Err("EMAIL_TAKEN".into())),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_malformed_sign_up_is_told_every_field() {
    let auth = Auth::start().await;
    let malformed = SignUpRequest {
        email: "kim".into(),
        password: "short".into(),
        display_name: String::new(),
        request_id: "no".into(),
        ..Default::default()
    };
    let refused = auth.anyone().sign_up(malformed).await;
    let status = assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
    for field in ["email", "password", "display_name", "request_id"] {
        assert!(status.message().contains(field), "{status:?}");
    }
    let blank = SignUpRequest {
        display_name: " ".into(),
        ..request("kim@example.com", "")
    };
    assert_refused(
        auth.anyone().sign_up(blank).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
}

#[tokio::test]
async fn an_account_that_is_not_there_cannot_be_got() {
    let auth = Auth::start().await;
    let refused = auth.of(&user()).get_account(GetAccountRequest {}).await;
    assert_refused(refused, Code::Unauthenticated, "TOKEN_INVALID");
    let refused = auth.anyone().get_account(GetAccountRequest {}).await;
    assert_refused(refused, Code::Unauthenticated, "TOKEN_MISSING");
}

#[tokio::test]
async fn only_an_admin_finds_accounts() {
    let auth = Auth::start().await;
    let account = auth.try_sign_up("kim@example.com", "").await.unwrap();
    let find = |email: &str| FindAccountRequest { email: email.into() };
    let mut by_admin = auth.of(&admin());
    let found = by_admin.find_account(find("KIM@example.com")).await.unwrap();
    assert_eq!(found.into_inner().account, Some(account));
    let unknown = by_admin.find_account(find("lee@example.com")).await;
    assert_refused(unknown, Code::NotFound, "ACCOUNT_NOT_FOUND");
    let by_buyer = auth.of(&user()).find_account(find("kim@example.com")).await;
    assert_refused(by_buyer, Code::PermissionDenied, "ROLE_MISSING");
}
