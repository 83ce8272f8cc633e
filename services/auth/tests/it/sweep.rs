use tonic::Code;
use xlcfi_auth::Ctx;
use xlcfi_contracts::auth::v1::service_account_service_client::ServiceAccountServiceClient;
use xlcfi_contracts::auth::v1::{CreateServiceAccountRequest, LogOutRequest};
use xlcfi_testkit::{assert_refused, eventually};

use crate::world::{Auth, DAY, MINUTE};

const ROWS: &str = "select (select count(*) from attempt) * 100 + (select count(*) from session) * 10
                         + (select count(*) from refresh_token)";

#[tokio::test]
async fn what_no_longer_matters_is_forgotten_and_nothing_else() {
    let auth = Auth::start().await;
    let kim = auth.newcomer("kim@example.com").await;
    let gone = auth.log_in("kim@example.com").await;
    auth.of(&gone.user).log_out(LogOutRequest {}).await.unwrap();
    auth.try_log_in("kim@example.com", "wrong password")
        .await
        .unwrap_err();
    sweep(&auth.ctx).await;
    assert_eq!(auth.count(ROWS).await, 122, "all is still of use");

    auth.advance_secs(15 * MINUTE + 1);
    sweep(&auth.ctx).await;
    assert_eq!(auth.count(ROWS).await, 22, "the attempt is forgotten");

    auth.advance_secs(DAY);
    sweep(&auth.ctx).await;
    assert_eq!(auth.count(ROWS).await, 11, "the ended session is forgotten");

    let pair = auth.refresh(&kim.tokens.refresh_token).await.unwrap();
    auth.advance_secs(13 * DAY);
    sweep(&auth.ctx).await;
    assert_eq!(auth.count(ROWS).await, 11, "the used token would have expired");
    let refused = auth.refresh(&kim.tokens.refresh_token).await;
    assert_refused(refused, Code::Unauthenticated, "REFRESH_TOKEN_INVALID");
    auth.refresh(&pair.refresh_token).await.unwrap();

    auth.advance_secs(16 * DAY);
    sweep(&auth.ctx).await;
    assert_eq!(auth.count(ROWS).await, 0);
}

async fn sweep(ctx: &Ctx) {
    ctx.sweep().await.unwrap();
}

#[tokio::test]
async fn what_ended_by_itself_is_forgotten_too() {
    const ENDED: &str =
        "select (select count(*) from sign_in_lock) * 100 + (select count(*) from mail_token) * 10
                              + (select count(*) from client_secret)";
    let auth = Auth::start().await;
    let kim = auth.newcomer("kim@example.com").await;
    for _ in 0..10 {
        auth.try_log_in("kim@example.com", "wrong password")
            .await
            .unwrap_err();
    }
    let request = CreateServiceAccountRequest {
        name: "ERP".into(),
        scopes: vec!["xlcfi.order.v1.OrderService".into()],
        secret_days: 2,
        ..Default::default()
    };
    ServiceAccountServiceClient::new(auth.harness.as_user(&kim.user))
        .create_service_account(request)
        .await
        .unwrap();
    // The admin's mail and kim's.
    eventually(async || (auth.count(ENDED).await == 121).then_some(())).await;
    auth.advance_secs(DAY);
    sweep(&auth.ctx).await;
    assert_eq!(auth.count(ENDED).await, 121, "all is still of use");
    auth.advance_secs(DAY + 15 * MINUTE + 1);
    sweep(&auth.ctx).await;
    assert_eq!(auth.count(ENDED).await, 0);
}
