use tokio::task::JoinSet;
use tonic::Code;
use xlcfi_auth::{Config, Ctx, SERVICE, Text};
use xlcfi_contracts::auth::v1::auth_service_client::AuthServiceClient;
use xlcfi_contracts::auth::v1::{AccountCreated, GetJwksRequest, LogInRequest, RoleGranted};
use xlcfi_contracts::types::v1::Role;
use xlcfi_testkit::{Harness, assert_refused};

use crate::world::{ADMIN, Auth, PASSWORD, config};

#[tokio::test]
async fn the_configured_admin_is_there_from_the_start_and_told_of_once() {
    let auth = Auth::start().await;
    Ctx::open(&auth.harness.base, &config()).await.unwrap();
    let admin = auth.admin().await;
    assert_eq!(admin.user.roles, [Role::Buyer, Role::Admin]);
    let created = auth.harness.published::<AccountCreated>().await;
    assert_eq!(created.len(), 1);
    assert_eq!(
        (created[0].email.as_str(), created[0].roles().collect()),
        (ADMIN, vec![Role::Buyer])
    );
    let granted = auth.harness.published::<RoleGranted>().await;
    assert_eq!(granted.len(), 1);
    assert_eq!(
        (granted[0].role(), granted[0].granted_by.as_str()),
        (Role::Admin, "")
    );
}

#[tokio::test]
async fn an_existing_account_becomes_admin_and_keeps_its_password() {
    let auth = Auth::start().await;
    auth.newcomer("kim@example.com").await;
    let later = Config {
        admin_email: Some(Text::new("Kim@example.com")),
        admin_password: Some(Text::new("another password")),
        ..config()
    };
    Ctx::open(&auth.harness.base, &later).await.unwrap();
    let kim = auth.log_in("kim@example.com").await;
    assert_eq!(kim.user.roles, [Role::Buyer, Role::Admin]);
    let refused = auth.try_log_in("kim@example.com", "another password").await;
    assert_refused(refused, Code::Unauthenticated, "WRONG_CREDENTIALS");
}

#[tokio::test]
async fn replicas_that_start_together_agree_on_one_key_and_one_admin() {
    let auth = Auth::start().await;
    // As if nobody had started yet.
    sqlx::query("truncate account, account_role, signing_key, events.outbox cascade")
        .execute(auth.harness.pool())
        .await
        .unwrap();
    let mut starts = JoinSet::new();
    for _ in 0..4 {
        let base = auth.harness.base.clone();
        starts.spawn(async move { Ctx::open(&base, &config()).await.unwrap() });
    }
    let mut kids = Vec::new();
    for ctx in starts.join_all().await {
        kids.push(
            ctx.keys
                .current(auth.harness.pool())
                .await
                .unwrap()
                .kid()
                .to_owned(),
        );
    }
    kids.dedup();
    assert_eq!(kids.len(), 1);
    assert_eq!(auth.count("select count(*) from account").await, 1);
    assert_eq!(auth.harness.published::<RoleGranted>().await.len(), 1);
}

#[tokio::test]
async fn a_start_with_another_secret_says_what_to_do() {
    let auth = Auth::start().await;
    let other = Config {
        key_secret: Some(Text::new("a secret that made none of the keys")),
        ..config()
    };
    let error = Ctx::open(&auth.harness.base, &other)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("AUTH_KEY_SECRET") && !error.contains("made none"),
        "{error}"
    );
    Ctx::open(&auth.harness.base, &config()).await.unwrap();
}

#[tokio::test]
async fn a_start_with_bad_settings_says_which() {
    let auth = Auth::start().await;
    let short = Config {
        key_secret: Some(Text::new("short")),
        ..config()
    };
    let no_secret = Config {
        key_secret: None,
        ..config()
    };
    let no_password = Config {
        admin_password: None,
        ..config()
    };
    let no_mail = Config {
        mail_folder: None,
        ..config()
    };
    let bad_server = Config {
        smtp_url: Some(Text::new("https://user:secret@example.com")),
        ..config()
    };
    let bad_sender = Config {
        mail_from: Some(Text::new("nobody")),
        ..config()
    };
    let table = [
        (short, "AUTH_KEY_SECRET"),
        (no_secret, "AUTH_KEY_SECRET"),
        (no_password, "AUTH_ADMIN_PASSWORD"),
        (no_mail, "AUTH_SMTP_URL or AUTH_MAIL_FOLDER"),
        (bad_server, "AUTH_SMTP_URL"),
        (bad_sender, "AUTH_MAIL_FROM"),
    ];
    for (bad, named) in table {
        let error = Ctx::open(&auth.harness.base, &bad).await.unwrap_err().to_string();
        assert!(error.contains(named) && !error.contains("user:secret"), "{error}");
    }
}

#[tokio::test]
async fn without_an_admin_configured_there_is_none() {
    let none = Config {
        admin_email: None,
        ..config()
    };
    let harness = Harness::start(SERVICE, async |base| xlcfi_auth::start_with(base, none).await).await;
    let mut anyone = AuthServiceClient::new(harness.anonymous());
    let keys = anyone
        .get_jwks(GetJwksRequest {})
        .await
        .unwrap()
        .into_inner()
        .keys;
    assert_eq!(keys.len(), 1);
    let request = LogInRequest {
        email: ADMIN.into(),
        password: PASSWORD.into(),
        device_name: String::new(),
    };
    let refused = anyone.log_in(request).await;
    assert_refused(refused, Code::Unauthenticated, "WRONG_CREDENTIALS");
}
