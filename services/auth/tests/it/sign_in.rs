use tonic::Code;
use xlcfi_contracts::types::v1::Role;
use xlcfi_identity::Refused;
use xlcfi_testkit::assert_refused;

use crate::world::{Auth, DAY, MINUTE, PASSWORD};

#[tokio::test]
async fn a_log_in_gives_tokens_that_verify_with_the_listed_keys() {
    let auth = Auth::start().await;
    let account = auth.try_sign_up("kim@example.com", "").await.unwrap();
    let kim = auth.log_in("Kim@Example.com").await;
    assert_eq!(kim.account, account);
    assert_eq!(kim.user.id.to_string(), account.account_id);
    assert_eq!(kim.user.roles, [Role::Buyer]);

    let now = auth.harness.clock.now().unix_timestamp();
    let life = |time: Option<prost_types::Timestamp>| time.unwrap().seconds - now;
    assert_eq!(life(kim.tokens.access_expire_time), 15 * 60);
    assert_eq!(life(kim.tokens.refresh_expire_time), 14 * 24 * 3_600);
}

#[tokio::test]
async fn an_access_token_ends_after_fifteen_minutes() {
    let auth = Auth::start().await;
    let kim = auth.newcomer("kim@example.com").await;
    let verifier = auth.verifier().await;
    auth.advance_secs(15 * MINUTE - 1);
    assert!(verifier.verify(&kim.tokens.access_token).is_ok());
    auth.advance_secs(MINUTE);
    assert_eq!(
        verifier.verify(&kim.tokens.access_token),
        Err(Refused::TokenExpired)
    );
}

#[tokio::test]
async fn every_log_in_is_a_session_of_its_own() {
    let auth = Auth::start().await;
    let one = auth.newcomer("kim@example.com").await;
    let other = auth.log_in("kim@example.com").await;
    assert_ne!(one.user.session_id, other.user.session_id);
    assert_ne!(one.tokens.refresh_token, other.tokens.refresh_token);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_are_refused_alike() {
    let auth = Auth::start().await;
    auth.try_sign_up("kim@example.com", "").await.unwrap();
    let mut seen = Vec::new();
    for email in ["kim@example.com", "nobody@example.com"] {
        let before = auth.ctx.hashing.runs();
        let refused = auth.try_log_in(email, "wrong password").await;
        let status = assert_refused(refused, Code::Unauthenticated, "WRONG_CREDENTIALS");
        let failures = "select count(*) from attempt where failed";
        seen.push((
            status.message().to_owned(),
            status.details().to_owned(),
            auth.ctx.hashing.runs() - before,
        ));
        assert_eq!(auth.count(failures).await, i64::try_from(seen.len()).unwrap());
    }
    assert_eq!(seen[0].2, 1, "the password was hashed once");
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn a_right_password_costs_the_hash_once_and_leaves_no_attempt() {
    let auth = Auth::start().await;
    auth.try_sign_up("kim@example.com", "").await.unwrap();
    let before = auth.ctx.hashing.runs();
    auth.try_log_in("kim@example.com", PASSWORD).await.unwrap();
    assert_eq!(auth.ctx.hashing.runs() - before, 1);
    assert_eq!(auth.count("select count(*) from attempt").await, 0);
}

#[tokio::test]
async fn neither_passwords_nor_refresh_tokens_stand_in_the_database() {
    let auth = Auth::start().await;
    let kim = auth.newcomer("kim@example.com").await;
    let hash: String =
        sqlx::query_scalar("select password_hash from account where email = 'kim@example.com'")
            .fetch_one(auth.harness.pool())
            .await
            .unwrap();
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    let kept: Vec<Vec<u8>> = sqlx::query_scalar("select token_hash from refresh_token")
        .fetch_all(auth.harness.pool())
        .await
        .unwrap();
    assert!(
        kept.iter()
            .all(|hash| hash.len() == 32 && hash != kim.tokens.refresh_token.as_bytes())
    );
}

#[tokio::test]
async fn a_refresh_token_lives_fourteen_days() {
    let auth = Auth::start().await;
    let kim = auth.newcomer("kim@example.com").await;
    auth.advance_secs(14 * DAY);
    let refused = auth.refresh(&kim.tokens.refresh_token).await;
    assert_refused(refused, Code::Unauthenticated, "REFRESH_TOKEN_INVALID");
}

#[tokio::test]
async fn a_log_in_without_address_or_password_is_malformed() {
    let auth = Auth::start().await;
    for (email, password) in [("kim", PASSWORD), ("kim@example.com", ""), ("", "")] {
        let refused = auth.try_log_in(email, password).await;
        assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
    }
}
