use tonic::Code;
use xlcfi_contracts::auth::v1::{
    AllSessionsRevoked, ListSessionsRequest, LogInRequest, RefreshTokenReused, RenameSessionRequest,
    RevokeAllSessionsRequest, Session, SignedInFromNewDevice,
};
use xlcfi_identity::User;
use xlcfi_testkit::assert_refused;

use crate::world::{Auth, PASSWORD};

async fn sessions(auth: &Auth, user: &User) -> Vec<Session> {
    let answer = auth.of(user).list_sessions(ListSessionsRequest::default()).await;
    answer.unwrap().into_inner().sessions
}

async fn log_in_from(auth: &Auth, device_name: &str) {
    let request = LogInRequest {
        email: "kim@example.com".into(),
        password: PASSWORD.into(),
        device_name: device_name.into(),
    };
    auth.anyone().log_in(request).await.unwrap();
}

#[tokio::test]
async fn a_new_device_is_told_of_and_a_known_one_is_not() {
    let auth = Auth::start().await;
    let kim = auth.newcomer("kim@example.com").await;
    for device in ["", "가게 PC", "가게 PC", ""] {
        log_in_from(&auth, device).await;
    }
    let told = auth.harness.published::<SignedInFromNewDevice>().await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].device_name, "가게 PC");
    assert_eq!(told[0].account_id, kim.account.account_id);
}

#[tokio::test]
async fn a_session_has_the_name_its_owner_gives_it() {
    let auth = Auth::start().await;
    let kim = auth.newcomer("kim@example.com").await;
    let lee = auth.newcomer("lee@example.com").await;
    let rename = |session_id: String, name: &str| RenameSessionRequest {
        session_id,
        device_name: name.into(),
    };
    let own = kim.user.session_id.to_string();
    auth.of(&kim.user)
        .rename_session(rename(own.clone(), " 창고 태블릿 "))
        .await
        .unwrap();
    assert_eq!(sessions(&auth, &kim.user).await[0].device_name, "창고 태블릿");

    let refused = auth.of(&lee.user).rename_session(rename(own.clone(), "x")).await;
    assert_refused(refused, Code::NotFound, "SESSION_NOT_FOUND");
    let refused = auth.of(&kim.user).rename_session(rename(own, "  ")).await;
    assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
}

#[tokio::test]
async fn all_sessions_end_at_once_the_current_one_if_not_spared() {
    let auth = Auth::start().await;
    let kim = auth.newcomer("kim@example.com").await;
    let other = auth.log_in("kim@example.com").await;
    let lee = auth.newcomer("lee@example.com").await;
    for (spare_current, ended) in [(true, 1), (true, 0), (false, 1), (false, 0)] {
        let request = RevokeAllSessionsRequest { spare_current };
        let answer = auth.of(&kim.user).revoke_all_sessions(request).await;
        assert_eq!(answer.unwrap().into_inner().revoked, ended);
        assert_eq!(sessions(&auth, &kim.user).await.len(), usize::from(spare_current));
    }
    for gone in [kim, other] {
        let refused = auth.refresh(&gone.tokens.refresh_token).await;
        assert_refused(refused, Code::Unauthenticated, "REFRESH_TOKEN_INVALID");
    }
    auth.refresh(&lee.tokens.refresh_token).await.unwrap();
    assert_eq!(auth.harness.published::<AllSessionsRevoked>().await.len(), 2);
    let refused = auth
        .anyone()
        .revoke_all_sessions(RevokeAllSessionsRequest::default())
        .await;
    assert_refused(refused, Code::Unauthenticated, "TOKEN_MISSING");
}

#[tokio::test]
async fn a_reused_refresh_token_is_told_of() {
    let auth = Auth::start().await;
    let kim = auth.newcomer("kim@example.com").await;
    auth.refresh(&kim.tokens.refresh_token).await.unwrap();
    auth.advance_secs(10);
    let refused = auth.refresh(&kim.tokens.refresh_token).await;
    assert_refused(refused, Code::Unauthenticated, "REFRESH_TOKEN_REUSED");
    let told = auth.harness.published::<RefreshTokenReused>().await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].session_id, kim.user.session_id.to_string());
}
