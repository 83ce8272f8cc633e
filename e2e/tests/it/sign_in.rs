//! Mails and programs, through the edge.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::mesh::{calm, mesh};

const OLD: &str = "correct horse";
const NEW: &str = "battery staple";

/// The token of the mail to this address with a link to this page.
async fn mailed(to: &str, page: &str) -> String {
    let folder = mesh().data.join("mail");
    let begun = Instant::now();
    loop {
        let files = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let texts = files.filter_map(|file| std::fs::read_to_string(file.path()).ok());
        let token = texts.filter_map(|mail| token_of(&mail, to, page)).next();
        if let Some(token) = token {
            return token;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "no mail to {to}");
        sleep(Duration::from_millis(50)).await;
    }
}

fn token_of(mail: &str, to: &str, page: &str) -> Option<String> {
    let (head, body) = mail.split_once("\r\n\r\n")?;
    head.contains(&format!("To: {to}")).then_some(())?;
    let text = STANDARD.decode(body.replace("\r\n", "")).ok()?;
    let text = String::from_utf8(text).ok()?;
    let (_, token) = text.split_once(&format!("{page}#token="))?;
    token.split_whitespace().next().map(str::to_owned)
}

async fn ask(path: &str, token: &str, body: Value) -> (u16, Value) {
    let edge = mesh().edge();
    edge.rest_answer(Method::POST, path, token, Some(body))
        .await
        .unwrap()
}

async fn log_in(email: &str, password: &str) -> (u16, Value) {
    ask(
        "/api/v1/auth/login",
        "",
        json!({"email": email, "password": password}),
    )
    .await
}

async fn signed_up() -> (String, String) {
    let email = format!("{}@example.com", Uuid::now_v7());
    let body = json!({"email": email, "password": OLD, "displayName": "김바다"});
    assert_eq!(ask("/api/v1/auth/sign-up", "", body).await.0, 200);
    let (status, answer) = log_in(&email, OLD).await;
    assert_eq!(status, 200, "{answer}");
    let token = answer["tokens"]["accessToken"].as_str().unwrap().to_owned();
    (email, token)
}

#[tokio::test]
async fn an_address_is_verified_and_a_password_reset_by_the_mails_in_the_data_folder() {
    let _calm = calm().await;
    let (email, token) = signed_up().await;
    let proof = json!({"token": mailed(&email, "verify-email").await});
    assert_eq!(ask("/api/v1/auth/email:verify", "", proof).await.0, 200);
    let edge = mesh().edge();
    let account = edge.rest(Method::GET, "/api/v1/auth/account", &token, None).await;
    assert_eq!(account.unwrap()["account"]["emailVerified"], json!(true));

    for asked in [email.as_str(), "nobody@example.com"] {
        let (status, answer) = ask("/api/v1/auth/password:requestReset", "", json!({"email": asked})).await;
        assert_eq!((status, answer), (200, json!({})));
    }
    let reset = json!({"token": mailed(&email, "reset-password").await, "newPassword": NEW});
    assert_eq!(ask("/api/v1/auth/password:reset", "", reset.clone()).await.0, 200);
    assert_eq!(ask("/api/v1/auth/password:reset", "", reset).await.0, 400);
    assert_eq!(log_in(&email, OLD).await.0, 401);
    assert_eq!(log_in(&email, NEW).await.0, 200);
}

#[tokio::test]
async fn a_program_lists_its_owners_orders_and_sees_nothing_else() {
    let _calm = calm().await;
    let (_, owner) = signed_up().await;
    let body = json!({"name": "ERP", "scopes": ["xlcfi.order.v1.OrderService"], "roles": ["ROLE_BUYER"]});
    let (status, made) = ask("/api/v1/auth/service-accounts", &owner, body).await;
    assert_eq!(status, 200, "{made}");
    let body = json!({
        "clientId": made["serviceAccount"]["serviceAccountId"], "clientSecret": made["clientSecret"],
    });
    let (status, issued) = ask("/api/v1/auth/token", "", body).await;
    assert_eq!(status, 200, "{issued}");
    let token = issued["accessToken"].as_str().unwrap();
    let edge = mesh().edge();
    for (path, expected) in [
        ("/api/v1/orders", 200),
        ("/api/v1/members/me", 403),
        ("/api/v1/auth/account", 403),
        ("/api/v1/auth/service-accounts", 403),
    ] {
        let (status, answer) = edge.rest_answer(Method::GET, path, token, None).await.unwrap();
        assert_eq!(status, expected, "{path}: {answer}");
    }
}
