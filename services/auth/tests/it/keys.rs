use tonic::Code;
use xlcfi_auth::Ctx;
use xlcfi_contracts::auth::v1::{GetJwksRequest, Jwk, RotateSigningKeyRequest};
use xlcfi_identity::{Refused, UserTokens};
use xlcfi_testkit::{assert_refused, eventually, user};

use crate::world::{Auth, DAY, MINUTE, config};

async fn jwks(auth: &Auth) -> Vec<Jwk> {
    auth.anyone()
        .get_jwks(GetJwksRequest {})
        .await
        .unwrap()
        .into_inner()
        .keys
}

async fn kids(auth: &Auth) -> Vec<String> {
    jwks(auth).await.into_iter().map(|key| key.kid).collect()
}

async fn rotate(auth: &Auth) -> String {
    let admin = auth.admin().await;
    let rotated = auth
        .of(&admin.user)
        .rotate_signing_key(RotateSigningKeyRequest {})
        .await;
    rotated.unwrap().into_inner().kid
}

/// Key id in the header of a token.
async fn signed_by(auth: &Auth, token: &str) -> String {
    use base64::Engine as _;
    let header = token.split('.').next().unwrap();
    let header = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(header)
        .unwrap();
    let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
    let kid = header["kid"].as_str().unwrap().to_owned();
    assert!(kids(auth).await.contains(&kid));
    kid
}

#[tokio::test]
async fn the_listed_keys_are_public_signing_keys() {
    let auth = Auth::start().await;
    let keys = jwks(&auth).await;
    assert_eq!(keys.len(), 1);
    let Jwk {
        kty,
        crv,
        alg,
        r#use,
        x,
        kid,
    } = &keys[0];
    assert_eq!([kty, crv, alg, r#use], ["OKP", "Ed25519", "EdDSA", "sig"]);
    assert_eq!((x.len(), kid.is_empty()), (43, false));
}

#[tokio::test]
async fn a_rotation_keeps_old_tokens_valid_until_the_last_has_ended() {
    let auth = Auth::start().await;
    let old = auth.newcomer("kim@example.com").await;
    let old_kid = signed_by(&auth, &old.tokens.access_token).await;
    let new_kid = rotate(&auth).await;
    assert_eq!(kids(&auth).await, [new_kid.clone(), old_kid.clone()]);

    let new = auth.log_in("kim@example.com").await;
    assert_eq!(signed_by(&auth, &new.tokens.access_token).await, new_kid);
    let refreshed = auth.refresh(&old.tokens.refresh_token).await.unwrap();
    assert_eq!(signed_by(&auth, &refreshed.access_token).await, new_kid);
    let verifier = auth.verifier().await;
    assert_eq!(verifier.verify(&old.tokens.access_token), Ok(old.user));

    auth.advance_secs(15 * MINUTE);
    assert_eq!(kids(&auth).await, [new_kid.clone(), old_kid]);
    auth.advance_secs(MINUTE);
    assert_eq!(kids(&auth).await, [new_kid]);
    let refused = auth.verifier().await.verify(&old.tokens.access_token);
    assert_eq!(refused, Err(Refused::TokenInvalid("its key is not known")));
}

#[tokio::test]
async fn only_an_admin_rotates() {
    let auth = Auth::start().await;
    let before = kids(&auth).await;
    let refused = auth
        .of(&user())
        .rotate_signing_key(RotateSigningKeyRequest {})
        .await;
    assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");
    let refused = auth.anyone().rotate_signing_key(RotateSigningKeyRequest {}).await;
    assert_refused(refused, Code::Unauthenticated, "TOKEN_MISSING");
    assert_eq!(kids(&auth).await, before);
}

#[tokio::test]
async fn rotations_at_once_come_one_after_the_other() {
    let auth = Auth::start().await;
    let admin = auth.admin().await.user;
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let mut client = auth.of(&admin);
        calls.spawn(async move {
            client
                .rotate_signing_key(RotateSigningKeyRequest {})
                .await
                .unwrap()
        });
    }
    let made = calls.join_all().await.len();
    assert_eq!(kids(&auth).await.len(), made + 1);
    assert_eq!(
        auth.count("select count(*) from signing_key where retire_time is null")
            .await,
        1
    );
}

#[tokio::test]
async fn another_replica_signs_with_the_new_key_within_seconds() {
    let auth = Auth::start().await;
    let replica = Ctx::open(&auth.harness.base, &config()).await.unwrap();
    let pool = auth.harness.pool();
    let before = replica.keys.current(pool).await.unwrap();
    assert_eq!(kids(&auth).await, [before.kid()]);

    let rotated = rotate(&auth).await;
    auth.advance_secs(5);
    assert_eq!(replica.keys.current(pool).await.unwrap().kid(), rotated);
    // Whoever meets the new key asks any replica for it, and each has it at once.
    let again = rotate(&auth).await;
    let listed = replica.keys.published(pool).await.unwrap();
    assert_eq!(listed[0].kid, again);
    assert_eq!(listed, jwks(&auth).await);
}

#[tokio::test]
async fn who_verifies_in_this_process_has_the_keys() {
    let auth = Auth::start().await;
    let kim = auth.newcomer("kim@example.com").await;
    let own = UserTokens::new(auth.harness.base.user_keys.clone()).with_clock(auth.harness.clock.clone());
    assert_eq!(own.verify(&kim.tokens.access_token), Ok(kim.user));
    rotate(&auth).await;
    let kim = auth.log_in("kim@example.com").await;
    assert_eq!(own.verify(&kim.tokens.access_token), Ok(kim.user));
}

#[tokio::test]
async fn nothing_in_the_database_signs_and_nothing_added_to_it_is_listed() {
    let auth = Auth::start().await;
    let kim = auth.newcomer("kim@example.com").await;
    let before = kids(&auth).await;
    sqlx::query(
        "insert into signing_key (kid, generation, salt, public_key, create_time)
         select 'forged', generation + 1, salt, 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', create_time from signing_key",
    )
    .execute(auth.harness.pool())
    .await
    .unwrap();
    let refused = auth.anyone().get_jwks(GetJwksRequest {}).await;
    assert_refused(refused, Code::Internal, "INTERNAL");
    sqlx::query("delete from signing_key where kid = 'forged'")
        .execute(auth.harness.pool())
        .await
        .unwrap();
    assert_eq!(kids(&auth).await, before);
    eventually(async || auth.refresh(&kim.tokens.refresh_token).await.ok()).await;
}

#[tokio::test]
async fn an_old_key_is_replaced_by_itself_and_verifies_until_its_last_token_has_ended() {
    let auth = Auth::start().await;
    let first = kids(&auth).await;
    auth.advance_secs(30 * DAY - 1);
    assert!(!auth.ctx.rotate_key_when_old().await.unwrap());
    let kim = auth.newcomer("kim@example.com").await;
    auth.advance_secs(1);
    // Two replicas look at once.
    let (one, other) = tokio::join!(auth.ctx.rotate_key_when_old(), auth.ctx.rotate_key_when_old());
    assert_ne!(one.unwrap(), other.unwrap());

    let both = kids(&auth).await;
    assert_eq!((both.len(), &both[1]), (2, &first[0]));
    let token = kim.tokens.access_token;
    assert!(auth.verifier().await.verify(&token).is_ok());
    let lee = auth.newcomer("lee@example.com").await;
    assert_eq!(signed_by(&auth, &lee.tokens.access_token).await, both[0]);
    auth.advance_secs(16 * MINUTE);
    assert_eq!(kids(&auth).await, both[..1]);
}

#[tokio::test]
async fn no_key_is_replaced_by_itself_where_the_setting_says_never() {
    let mut config = config();
    config.key_days = Some(0);
    let auth = Auth::start_with(config).await;
    auth.advance_secs(400 * DAY);
    assert!(!auth.ctx.rotate_key_when_old().await.unwrap());
}
