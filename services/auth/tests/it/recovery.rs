use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tonic::{Code, Status};
use xlcfi_contracts::auth::v1::recovery_service_client::RecoveryServiceClient;
use xlcfi_contracts::auth::v1::{
    EmailVerified, GetAccountRequest, PasswordChanged, RequestEmailVerificationRequest,
    RequestPasswordResetRequest, ResetPasswordRequest, VerifyEmailRequest,
};
use xlcfi_testkit::{Calling, assert_refused, eventually, user};

use crate::world::{Auth, DAY, MINUTE, PASSWORD, mail_folder};

const NEW: &str = "battery staple";

fn anyone(auth: &Auth) -> RecoveryServiceClient<Calling> {
    RecoveryServiceClient::new(auth.harness.anonymous())
}

/// The mails to an address, each as its headers and its text.
pub fn mails(to: &str) -> Vec<String> {
    let files = std::fs::read_dir(mail_folder()).unwrap();
    let texts = files.filter_map(|file| std::fs::read_to_string(file.ok()?.path()).ok());
    let to = format!("To: {to}\r\n");
    let whole = texts.filter(|text| text.contains(&to) && text.contains("\r\n\r\n"));
    whole.map(|mail| decoded(&mail)).collect()
}

fn decoded(mail: &str) -> String {
    let (head, body) = mail.split_once("\r\n\r\n").unwrap();
    let body = body.replace("\r\n", "");
    let text = match head.contains("base64") {
        true => String::from_utf8(STANDARD.decode(body).unwrap()).unwrap(),
        false => body.replace("=\r\n", ""),
    };
    format!("{head}\n{text}")
}

/// The tokens in mails to this address to such a page, as many as were sent.
async fn tokens(to: &str, page: &str, count: usize) -> Vec<String> {
    eventually(async || {
        let mails = mails(to);
        let links = mails.iter().filter_map(|mail| {
            let (_, rest) = mail.split_once(&format!("{page}#token="))?;
            rest.split_whitespace().next().map(str::to_owned)
        });
        let found: BTreeSet<_> = links.collect();
        (found.len() == count).then(|| found.into_iter().collect())
    })
    .await
}

async fn request_reset(auth: &Auth, email: &str) {
    let request = RequestPasswordResetRequest { email: email.into() };
    anyone(auth).request_password_reset(request).await.unwrap();
}

async fn reset(auth: &Auth, token: &str, new: &str) -> Result<(), Status> {
    let request = ResetPasswordRequest {
        token: token.into(),
        new_password: new.into(),
    };
    anyone(auth).reset_password(request).await.map(|_| ())
}

async fn verify(auth: &Auth, token: &str) -> Result<(), Status> {
    let request = VerifyEmailRequest { token: token.into() };
    anyone(auth).verify_email(request).await.map(|_| ())
}

#[tokio::test]
async fn an_address_is_verified_once_by_the_mail_of_its_sign_up() {
    let auth = Auth::start().await;
    let kim = auth.newcomer("kim@example.com").await;
    assert!(!kim.account.email_verified);
    let token = tokens("kim@example.com", "verify-email", 1).await.remove(0);
    verify(&auth, &token).await.unwrap();
    let refused = verify(&auth, &token).await;
    assert_refused(refused, Code::FailedPrecondition, "MAIL_TOKEN_INVALID");
    let account = auth
        .of(&kim.user)
        .get_account(GetAccountRequest {})
        .await
        .unwrap();
    assert!(account.into_inner().account.unwrap().email_verified);
    let told = auth.harness.published::<EmailVerified>().await;
    assert_eq!((told.len(), told[0].email.as_str()), (1, "kim@example.com"));
}

#[tokio::test]
async fn another_verification_mail_is_sent_on_request_five_in_an_hour() {
    let auth = Auth::start().await;
    let kim = auth.newcomer("kim@example.com").await;
    let mut client = RecoveryServiceClient::new(auth.harness.as_user(&kim.user));
    for _ in 0..6 {
        client
            .request_email_verification(RequestEmailVerificationRequest {})
            .await
            .unwrap();
    }
    let idle = "select count(*) from errand";
    eventually(async || (auth.count(idle).await == 0).then_some(())).await;
    let sent = tokens("kim@example.com", "verify-email", 5).await;
    auth.advance_secs(DAY - 1);
    verify(&auth, &sent[0]).await.unwrap();
    auth.advance_secs(1);
    let refused = verify(&auth, &sent[1]).await;
    assert_refused(refused, Code::FailedPrecondition, "MAIL_TOKEN_INVALID");
    client
        .request_email_verification(RequestEmailVerificationRequest {})
        .await
        .unwrap();
    assert_eq!(auth.count(idle).await, 0, "it is verified");

    let nobody = RecoveryServiceClient::new(auth.harness.as_user(&user()))
        .request_email_verification(RequestEmailVerificationRequest {})
        .await;
    assert_refused(nobody, Code::Unauthenticated, "TOKEN_INVALID");
}

#[tokio::test]
async fn a_reset_sets_the_password_once_and_ends_every_session_and_lock() {
    let auth = Auth::start().await;
    let kim = auth.newcomer("kim@example.com").await;
    for _ in 0..10 {
        auth.try_log_in("kim@example.com", "wrong password")
            .await
            .unwrap_err();
    }
    let locked = auth.try_log_in("kim@example.com", PASSWORD).await;
    assert_refused(locked, Code::ResourceExhausted, "TOO_MANY_ATTEMPTS");

    request_reset(&auth, "Kim@Example.com").await;
    request_reset(&auth, "kim@example.com").await;
    let sent = tokens("kim@example.com", "reset-password", 2).await;
    let refused = reset(&auth, &sent[0], "password123").await;
    assert_refused(refused, Code::InvalidArgument, "PASSWORD_TOO_COMMON");
    reset(&auth, &sent[0], NEW).await.unwrap();
    for used in &sent {
        let refused = reset(&auth, used, PASSWORD).await;
        assert_refused(refused, Code::FailedPrecondition, "MAIL_TOKEN_INVALID");
    }
    let refused = auth.refresh(&kim.tokens.refresh_token).await;
    assert_refused(refused, Code::Unauthenticated, "REFRESH_TOKEN_INVALID");
    let old = auth.try_log_in("kim@example.com", PASSWORD).await;
    assert_refused(old, Code::Unauthenticated, "WRONG_CREDENTIALS");
    let login = auth.try_log_in("kim@example.com", NEW).await.unwrap();
    assert!(login.account.unwrap().email_verified);
    let told = auth.harness.published::<PasswordChanged>().await;
    assert_eq!((told.len(), told[0].by_reset), (1, true));
}

#[tokio::test]
async fn of_two_resets_with_one_token_at_once_one_counts() {
    let auth = Auth::start().await;
    auth.newcomer("kim@example.com").await;
    request_reset(&auth, "kim@example.com").await;
    let token = tokens("kim@example.com", "reset-password", 1).await.remove(0);
    let (one, other) = tokio::join!(reset(&auth, &token, NEW), reset(&auth, &token, "staple battery"));
    let refused = if one.is_ok() { other } else { one };
    assert_refused(refused, Code::FailedPrecondition, "MAIL_TOKEN_INVALID");
}

#[tokio::test]
async fn a_reset_token_ends_after_half_an_hour_and_verifies_nothing() {
    let auth = Auth::start().await;
    auth.newcomer("kim@example.com").await;
    request_reset(&auth, "kim@example.com").await;
    let token = tokens("kim@example.com", "reset-password", 1).await.remove(0);
    let refused = verify(&auth, &token).await;
    assert_refused(refused, Code::FailedPrecondition, "MAIL_TOKEN_INVALID");
    auth.advance_secs(30 * MINUTE);
    let refused = reset(&auth, &token, NEW).await;
    assert_refused(refused, Code::FailedPrecondition, "MAIL_TOKEN_INVALID");
}

#[tokio::test]
async fn an_address_without_account_is_answered_alike_and_gets_no_mail() {
    let auth = Auth::start().await;
    request_reset(&auth, "nobody@example.com").await;
    let idle = "select count(*) from errand";
    eventually(async || (auth.count(idle).await == 0).then_some(())).await;
    assert_eq!(mails("nobody@example.com").len(), 0);
    let request = RequestPasswordResetRequest {
        email: "no address".into(),
    };
    let refused = anyone(&auth).request_password_reset(request).await;
    assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
}
