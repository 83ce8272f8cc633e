use tonic::Code;
use xlcfi_contracts::auth::v1::auth_service_client::AuthServiceClient;
use xlcfi_contracts::auth::v1::{ChangePasswordRequest, PasswordChanged, SignUpRequest};
use xlcfi_testkit::{assert_refused, user};

use crate::world::{Auth, PASSWORD};

const NEW: &str = "battery staple";

fn change(current: &str, new: &str) -> ChangePasswordRequest {
    ChangePasswordRequest {
        current_password: current.into(),
        new_password: new.into(),
    }
}

#[tokio::test]
async fn a_changed_password_ends_every_other_session() {
    let auth = Auth::start().await;
    let phone = auth.newcomer("kim@example.com").await;
    let laptop = auth.log_in("kim@example.com").await;
    let lee = auth.newcomer("lee@example.com").await;
    auth.of(&phone.user)
        .change_password(change(PASSWORD, NEW))
        .await
        .unwrap();

    let refused = auth.refresh(&laptop.tokens.refresh_token).await;
    assert_refused(refused, Code::Unauthenticated, "REFRESH_TOKEN_INVALID");
    for spared in [phone, lee] {
        auth.refresh(&spared.tokens.refresh_token).await.unwrap();
    }
    let old = auth.try_log_in("kim@example.com", PASSWORD).await;
    assert_refused(old, Code::Unauthenticated, "WRONG_CREDENTIALS");
    auth.try_log_in("kim@example.com", NEW).await.unwrap();
}

#[tokio::test]
async fn a_wrong_current_password_changes_nothing() {
    let auth = Auth::start().await;
    let phone = auth.newcomer("kim@example.com").await;
    let laptop = auth.log_in("kim@example.com").await;
    let refused = auth
        .of(&phone.user)
        .change_password(change("wrong password", NEW))
        .await;
    assert_refused(refused, Code::FailedPrecondition, "WRONG_PASSWORD");
    auth.refresh(&laptop.tokens.refresh_token).await.unwrap();
    auth.log_in("kim@example.com").await;
}

#[tokio::test]
async fn a_change_that_is_malformed_or_of_nobody_is_refused() {
    let auth = Auth::start().await;
    let kim = auth.newcomer("kim@example.com").await;
    for (current, new) in [("", NEW), (PASSWORD, "short")] {
        let refused = auth.of(&kim.user).change_password(change(current, new)).await;
        assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
    }
    let refused = auth.anyone().change_password(change(PASSWORD, NEW)).await;
    assert_refused(refused, Code::Unauthenticated, "TOKEN_MISSING");
    let refused = auth.of(&user()).change_password(change(PASSWORD, NEW)).await;
    assert_refused(refused, Code::Unauthenticated, "TOKEN_INVALID");
}

#[tokio::test]
async fn of_two_changes_at_once_one_succeeds() {
    let auth = Auth::start().await;
    let kim = auth.newcomer("kim@example.com").await;
    let changes = ["battery staple", "staple battery"].map(|new| {
        let mut client = AuthServiceClient::new(auth.harness.as_user(&kim.user));
        async move { client.change_password(change(PASSWORD, new)).await.map(|_| new) }
    });
    let [one, other] = changes;
    let (one, other) = tokio::join!(one, other);
    let (new, refused) = match (one, other) {
        (Ok(new), refused) | (refused, Ok(new)) => (new, refused),
        neither => panic!("{neither:?}"),
    };
    assert_refused(refused, Code::FailedPrecondition, "WRONG_PASSWORD");
    auth.try_log_in("kim@example.com", new).await.unwrap();
}

#[tokio::test]
async fn a_log_in_with_the_old_password_during_a_change_leaves_no_session() {
    let auth = Auth::start().await;
    let kim = auth.newcomer("kim@example.com").await;
    // The change has happened and is not committed; the log-in has seen the old password.
    let change = "update account set password_hash = password_hash || 'x' where email = 'kim@example.com'";
    let logged_in = auth
        .make_meet(change, 1, auth.try_log_in("kim@example.com", PASSWORD))
        .await;
    assert_refused(logged_in, Code::Unauthenticated, "WRONG_CREDENTIALS");
    assert_eq!(auth.count("select count(*) from session").await, 1);
    auth.refresh(&kim.tokens.refresh_token).await.unwrap();
}

#[tokio::test]
async fn a_password_that_is_guessed_first_is_refused_before_anything_is_hashed() {
    let auth = Auth::start().await;
    let kim = auth.newcomer("kim@example.com").await;
    let runs = auth.ctx.hashing.runs();
    for common in ["password123", "Qwertyuiop", "1234567890"] {
        let refused = auth.of(&kim.user).change_password(change(PASSWORD, common)).await;
        assert_refused(refused, Code::InvalidArgument, "PASSWORD_TOO_COMMON");
        let request = SignUpRequest {
            email: "lee@example.com".into(),
            password: common.into(),
            display_name: "이산".into(),
            request_id: String::new(),
            ..Default::default()
        };
        let refused = auth.anyone().sign_up(request).await;
        assert_refused(refused, Code::InvalidArgument, "PASSWORD_TOO_COMMON");
    }
    assert_eq!(auth.ctx.hashing.runs(), runs);
}

#[tokio::test]
async fn a_changed_password_is_told_of() {
    let auth = Auth::start().await;
    let kim = auth.newcomer("kim@example.com").await;
    auth.change_password(&kim.user, PASSWORD, NEW).await.unwrap();
    let told = auth.harness.published::<PasswordChanged>().await;
    assert_eq!((told.len(), told[0].by_reset), (1, false));
    assert_eq!(told[0].account_id, kim.account.account_id);
}
