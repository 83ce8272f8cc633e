use tokio::task::JoinSet;
use tonic::Code;
use xlcfi_contracts::auth::v1::auth_service_client::AuthServiceClient;
use xlcfi_contracts::auth::v1::{GrantRoleRequest, RefreshTokenRequest, TokenPair};
use xlcfi_contracts::types::v1::Role;
use xlcfi_testkit::assert_refused;

use crate::world::{Auth, DAY, SignedIn};

const HOLD: &str = "select from session for update";

#[tokio::test]
async fn a_refresh_token_gives_a_new_pair_of_the_same_session() {
    let auth = Auth::start().await;
    let kim = auth.newcomer("kim@example.com").await;
    let verifier = auth.verifier().await;
    let mut token = kim.tokens.refresh_token;
    for _ in 0..3 {
        auth.advance_secs(10 * DAY);
        let pair = auth.refresh(&token).await.unwrap();
        assert_eq!(verifier.verify(&pair.access_token).unwrap(), kim.user);
        assert_ne!(pair.refresh_token, token);
        let life = pair.refresh_expire_time.unwrap().seconds - auth.harness.clock.now().unix_timestamp();
        assert_eq!(life, 14 * 24 * 3_600);
        token = pair.refresh_token;
    }
}

#[tokio::test]
async fn a_used_refresh_token_that_comes_again_ends_its_session() {
    let auth = Auth::start().await;
    let kim = auth.newcomer("kim@example.com").await;
    let other_device = auth.log_in("kim@example.com").await;
    let pair = auth.refresh(&kim.tokens.refresh_token).await.unwrap();
    auth.advance_secs(10);
    let reused = auth.refresh(&kim.tokens.refresh_token).await;
    assert_refused(reused, Code::Unauthenticated, "REFRESH_TOKEN_REUSED");

    let newest = auth.refresh(&pair.refresh_token).await;
    assert_refused(newest, Code::Unauthenticated, "REFRESH_TOKEN_INVALID");
    let again = auth.refresh(&kim.tokens.refresh_token).await;
    assert_refused(again, Code::Unauthenticated, "REFRESH_TOKEN_INVALID");
    auth.refresh(&other_device.tokens.refresh_token).await.unwrap();
}

#[tokio::test]
async fn a_second_tab_that_refreshes_a_moment_later_harms_nobody() {
    let auth = Auth::start().await;
    let kim = auth.newcomer("kim@example.com").await;
    let pair = auth.refresh(&kim.tokens.refresh_token).await.unwrap();
    auth.advance_secs(9);
    let late = auth.refresh(&kim.tokens.refresh_token).await;
    assert_refused(late, Code::Aborted, "REFRESH_TOKEN_JUST_USED");
    auth.refresh(&pair.refresh_token).await.unwrap();
}

/// A hundred times the same token.
async fn refresh_at_once(auth: &Auth, whose: &SignedIn) -> Vec<Result<TokenPair, (Code, String)>> {
    let mut calls = JoinSet::new();
    for _ in 0..100 {
        let mut client = AuthServiceClient::new(auth.harness.anonymous());
        let request = RefreshTokenRequest {
            refresh_token: whose.tokens.refresh_token.clone(),
        };
        calls.spawn(async move {
            let response = client.refresh_token(request).await;
            response
                .map(|response| response.into_inner().tokens.unwrap())
                .map_err(|status| (status.code(), xlcfi_errors::reason_of(&status).unwrap()))
        });
    }
    calls.join_all().await
}

#[tokio::test]
async fn of_a_hundred_refreshes_at_once_one_wins_and_its_pair_is_good() {
    let auth = Auth::start().await;
    let kim = auth.newcomer("kim@example.com").await;
    let answers = auth.make_meet(HOLD, 8, refresh_at_once(&auth, &kim)).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((won.len(), lost.len()), (1, 99));
    let just_used = Err((Code::Aborted, "REFRESH_TOKEN_JUST_USED".to_owned()));
    assert!(lost.iter().all(|answer| *answer == just_used), "{lost:?}");
    assert_eq!(auth.count("select count(*) from refresh_token").await, 2);
    let pair = won.into_iter().next().unwrap().unwrap();
    auth.refresh(&pair.refresh_token).await.unwrap();
}

#[tokio::test]
async fn of_a_hundred_late_reuses_at_once_one_ends_the_session() {
    let auth = Auth::start().await;
    let kim = auth.newcomer("kim@example.com").await;
    auth.refresh(&kim.tokens.refresh_token).await.unwrap();
    auth.advance_secs(10);
    let answers = auth.make_meet(HOLD, 8, refresh_at_once(&auth, &kim)).await;
    let with = |reason: &str| {
        let refused = Err((Code::Unauthenticated, reason.to_owned()));
        answers.iter().filter(|answer| **answer == refused).count()
    };
    let (reused, invalid) = (with("REFRESH_TOKEN_REUSED"), with("REFRESH_TOKEN_INVALID"));
    assert_eq!((reused, invalid), (1, 99));
}

#[tokio::test]
async fn a_token_nobody_gave_out_is_not_valid() {
    let auth = Auth::start().await;
    for token in ["x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        let refused = auth.refresh(token).await;
        assert_refused(refused, Code::Unauthenticated, "REFRESH_TOKEN_INVALID");
    }
    assert_refused(auth.refresh("").await, Code::InvalidArgument, "INVALID_FIELDS");
}

#[tokio::test]
async fn a_new_access_token_carries_the_roles_of_now() {
    let auth = Auth::start().await;
    let kim = auth.newcomer("kim@example.com").await;
    let admin = auth.admin().await;
    let grant = GrantRoleRequest {
        account_id: kim.account.account_id,
        role: Role::Seller.into(),
    };
    auth.of(&admin.user).grant_role(grant).await.unwrap();
    let pair = auth.refresh(&kim.tokens.refresh_token).await.unwrap();
    let user = auth.verifier().await.verify(&pair.access_token).unwrap();
    assert_eq!(user.roles, [Role::Buyer, Role::Seller]);
}
