use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer as _, SigningKey};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};
use xlcfi_identity::{AccessTokenKey, JwkSet, Refused, Seed, UserTokens};
use xlcfi_types::Clock;

use crate::forge::{Door, NOW, internal_door, user, user_door};

fn doors() -> [Door; 2] {
    [user_door(), internal_door()]
}

/// A spoiled copy of the door's good token, signed with its key.
fn spoiled(door: &Door, part: &str, field: &str, value: Value) -> String {
    let mut token = door.good.clone();
    let part = match part {
        "header" => &mut token.header,
        _ => &mut token.claims,
    };
    let part = part.as_object_mut().expect("an object");
    match value {
        Value::Null => part.remove(field),
        value => part.insert(field.to_owned(), value),
    };
    token.signed()
}

fn hmac(message: &str, secret: &[u8]) -> String {
    let key = EncodingKey::from_secret(secret);
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS256).expect("any key");
    format!("{message}.{signature}")
}

#[test]
fn the_token_the_tables_spoil_is_good() {
    for door in doors() {
        let user = door.take(&door.good.signed()).expect("nothing is wrong with it");
        assert_eq!(json!(user.id), door.good.claims["sub"]);
        assert_eq!(json!(user.session_id), door.good.claims["sid"]);
    }
}

#[test]
fn every_spoiled_header_and_claim_is_refused() {
    let now = NOW.unix_timestamp();
    for door in doors() {
        let late = now + door.leeway + 1;
        let table = [
            ("header", "typ", json!("JWT"), "it is a token for something else"),
            ("header", "typ", Value::Null, "it is a token for something else"),
            ("header", "alg", json!("none"), "it is malformed"),
            ("header", "alg", json!("eddsa"), "it is malformed"),
            ("header", "alg", json!("ES256"), "its algorithm is not its key's"),
            ("header", "alg", json!("HS256"), "its algorithm is not its key's"),
            ("header", "kid", Value::Null, "it names no key"),
            ("header", "kid", json!(7), "it is malformed"),
            ("header", "kid", json!(door.other.0), "its signature is wrong"),
            ("header", "crit", json!(["exp"]), "it has critical headers"),
            (
                "claims",
                "iss",
                json!("https://example.com"),
                "it is from somebody else",
            ),
            ("claims", "iss", json!(door.other.0), "it is from somebody else"),
            (
                "claims",
                "iss",
                json!([door.good.claims["iss"]]),
                "it is malformed",
            ),
            ("claims", "iss", Value::Null, "it is malformed"),
            ("claims", "aud", json!("payment"), "it is for somebody else"),
            (
                "claims",
                "aud",
                json!([door.good.claims["aud"], "payment"]),
                "it is malformed",
            ),
            ("claims", "aud", Value::Null, "it is malformed"),
            ("claims", "exp", Value::Null, "it is malformed"),
            ("claims", "exp", json!("2100"), "it is malformed"),
            ("claims", "exp", json!(1e300), "it is malformed"),
            (
                "claims",
                "exp",
                json!(now + door.longest + 1),
                "it lives too long",
            ),
            ("claims", "exp", json!(i64::MAX), "it lives too long"),
            ("claims", "exp", json!(i64::MIN), "its times make no sense"),
            ("claims", "nbf", Value::Null, "it is malformed"),
            ("claims", "nbf", json!(late), "it is not valid yet"),
            ("claims", "nbf", json!(i64::MAX), "it is not valid yet"),
            ("claims", "iat", json!(late), "it is not valid yet"),
            ("claims", "iat", Value::Null, "it is malformed"),
            ("claims", "sub", json!("kim"), "it is malformed"),
            ("claims", "sub", Value::Null, "it names half a user"),
            ("claims", "sid", Value::Null, "it names half a user"),
            ("claims", "roles", json!("ROLE_ADMIN"), "it is malformed"),
            ("claims", "roles", json!([3]), "it is malformed"),
            ("claims", "client_id", json!("erp"), "it is malformed"),
            ("claims", "scope", json!(["a", "b"]), "it is malformed"),
        ];
        for (part, field, value, reason) in table {
            let case = format!("{}: {part}.{field} = {value}", door.name);
            let refused = door.take(&spoiled(&door, part, field, value));
            assert_eq!(refused, Err(Refused::TokenInvalid(reason)), "{case}");
        }
    }
}

#[test]
fn a_token_ends_with_its_time_and_the_leeway() {
    let now = NOW.unix_timestamp();
    for door in doors() {
        let ending = |exp: i64| {
            let mut token = door.good.clone();
            token.claims["exp"] = json!(exp);
            token.claims["iat"] = json!(exp - 10);
            token.claims["nbf"] = json!(exp - 10);
            door.take(&token.signed()).map(|_| ())
        };
        assert_eq!(ending(now - door.leeway + 1), Ok(()));
        assert_eq!(ending(now - door.leeway), Err(Refused::TokenExpired));
        assert_eq!(ending(20), Err(Refused::TokenExpired));
    }
}

#[test]
fn a_signature_by_anything_but_the_named_key_is_refused() {
    for door in doors() {
        let invalid = |token: &str, case: &str| {
            let refused = door.take(token);
            assert!(
                matches!(refused, Err(Refused::TokenInvalid(_))),
                "{} {case}: {refused:?}",
                door.name
            );
        };
        let mut token = door.good.clone();
        token.seed = Seed::generate();
        invalid(&token.signed(), "by a stranger's key");
        token.seed = door.other.1.clone();
        invalid(&token.signed(), "by another known key");
        token.header["kid"] = json!("nobody");
        invalid(&token.signed(), "by an unknown key id");

        // The public key as the secret of an HMAC, in each form it is written in.
        token = door.good.clone();
        token.header["alg"] = json!("HS256");
        let text = door.public.to_string();
        let bytes = URL_SAFE_NO_PAD.decode(&text).expect("base64url");
        for secret in [text.as_bytes(), &bytes, STANDARD.encode(&bytes).as_bytes()] {
            invalid(&hmac(&token.unsigned(), secret), "by HMAC of the public key");
        }

        // A key the token brings along.
        token = door.good.clone();
        token.seed = Seed::generate();
        token.header["jwk"] =
            json!({"kty": "OKP", "crv": "Ed25519", "x": token.seed.public_key().to_string()});
        invalid(&token.signed(), "by a key in its header");
        token.header["jku"] = json!("https://example.com/jwks.json");
        token.header["x5u"] = json!("https://example.com/cert.pem");
        invalid(&token.signed(), "by a key its header points to");

        for none in ["none", "None", "NONE", ""] {
            token = door.good.clone();
            token.header["alg"] = json!(none);
            invalid(&format!("{}.", token.unsigned()), "by nobody");
        }
    }
}

#[test]
fn headers_that_point_to_keys_are_ignored_on_a_good_token() {
    let door = user_door();
    let token = spoiled(&door, "header", "jku", json!("https://example.com/jwks.json"));
    assert!(door.take(&token).is_ok());
}

#[test]
fn text_that_is_no_token_is_refused() {
    for door in doors() {
        let good = door.good.signed();
        let parts: Vec<_> = good.split('.').collect();
        let [header, claims, signature] = parts[..] else {
            panic!("three parts");
        };
        let twice = door.good.claims.to_string().replacen(
            '{',
            r#"{"sub":"0190b6e0-7c1e-7a10-8a5e-3f1c2b4d5e6f","#,
            1,
        );
        let twice = format!("{header}.{}", URL_SAFE_NO_PAD.encode(twice));
        let signed_twice = SigningKey::from_bytes(door.good.seed.as_bytes()).sign(twice.as_bytes());
        let huge = spoiled(&door, "claims", "padding", json!("x".repeat(4_096)));
        let table = [
            String::new(),
            ".".into(),
            "..".into(),
            "...".into(),
            "apple".into(),
            "한글.한글.한글".into(),
            "a.b.c".into(),
            "e30.e30.e30".into(),
            format!("{header}.{claims}"),
            format!("{header}.{claims}."),
            format!("{header}..{signature}"),
            format!(".{claims}.{signature}"),
            format!("{good}.{signature}"),
            format!("{header}.{good}"),
            format!("{header}.{claims}.{claims}.{signature}"),
            format!("{good}.{good}"),
            format!("{good},{good}"),
            format!("{good}="),
            format!(" {good}"),
            format!("Bearer {good}"),
            good[..good.len() - 1].into(),
            good[..good.len() / 2].into(),
            format!("{header}.{claims}.{}", &signature[..43]),
            format!("{twice}.{}", URL_SAFE_NO_PAD.encode(signed_twice.to_bytes())),
            huge,
            "x".repeat(1 << 20),
            format!(
                "{}.{claims}.{signature}",
                URL_SAFE_NO_PAD.encode("[".repeat(2_000))
            ),
        ];
        for token in table {
            let refused = door.take(&token);
            let shown: String = token.chars().take(80).collect();
            assert!(
                matches!(refused, Err(Refused::TokenInvalid(_))),
                "{} {shown}: {refused:?}",
                door.name
            );
        }
    }
}

#[test]
fn a_token_changed_in_any_one_place_is_refused_also_after_the_good_one_was_seen() {
    for door in doors() {
        let good = door.good.signed();
        assert!(door.take(&good).is_ok());
        for at in 0..good.len() {
            let mut bad = good.clone().into_bytes();
            bad[at] = if bad[at] == b'A' { b'B' } else { b'A' };
            let bad = String::from_utf8(bad).expect("still text");
            assert!(door.take(&bad).is_err(), "{} at {at}", door.name);
        }
        assert!(door.take(&good).is_ok());
    }
}

#[test]
fn a_token_of_one_kind_is_none_of_the_other() {
    let [users, internal] = doors();
    let reason = Err(Refused::TokenInvalid("it is a token for something else"));
    assert_eq!(users.take(&internal.good.signed()), reason);
    assert_eq!(internal.take(&users.good.signed()), reason);
}

#[test]
fn a_remembered_access_token_ends_with_its_time_and_with_its_key() {
    let clock = Clock::fixed(NOW);
    let keys = JwkSet::new();
    let (old, new) = (
        AccessTokenKey::new("old", &Seed::generate()),
        AccessTokenKey::new("new", &Seed::generate()),
    );
    keys.replace([&old.jwk()]).expect("a key");
    let tokens = UserTokens::new(keys.clone()).with_clock(clock.clone());
    let user = user(&[]);
    let mint = |key: &AccessTokenKey| key.mint(&user, clock.now(), std::time::Duration::from_secs(900));

    let token = mint(&old);
    assert_eq!(tokens.verify(&token), Ok(user.clone()));
    clock.advance(time::Duration::seconds(929));
    assert_eq!(tokens.verify(&token), Ok(user.clone()));
    clock.advance(time::Duration::seconds(1));
    assert_eq!(tokens.verify(&token), Err(Refused::TokenExpired));

    let token = mint(&old);
    assert_eq!(tokens.verify(&token), Ok(user.clone()));
    keys.replace([&new.jwk()]).expect("a key");
    assert_eq!(
        tokens.verify(&token),
        Err(Refused::TokenInvalid("its key is not known"))
    );
    assert!(tokens.keys().unknown_kid());
    assert_eq!(tokens.verify(&mint(&new)), Ok(user.clone()));
}

/// The key pair of RFC 7515, appendix A.3.
#[test]
fn an_es256_key_verifies_es256_and_nothing_else() {
    const BEFORE_SECRET: &[u8] = b"\x30\x41\x02\x01\x00\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\
        \x2a\x86\x48\xce\x3d\x03\x01\x07\x04\x27\x30\x25\x02\x01\x01\x04\x20";
    let secret = URL_SAFE_NO_PAD
        .decode("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI")
        .expect("base64url");
    let key = EncodingKey::from_ec_der(&[BEFORE_SECRET, &secret].concat());
    let keys = JwkSet::new();
    keys.replace_json(
        br#"{"keys":[{"kty":"EC","crv":"P-256","kid":"k1","use":"sig",
            "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#,
    )
    .expect("a key");
    let tokens = UserTokens::new(keys).with_clock(Clock::fixed(NOW));

    let mut token = user_door().good;
    assert_eq!(
        tokens.verify(&token.signed()),
        Err(Refused::TokenInvalid("its algorithm is not its key's"))
    );
    token.header["alg"] = json!("ES256");
    let message = token.unsigned();
    let signature =
        jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::ES256).expect("a P-256 key");
    assert!(tokens.verify(&format!("{message}.{signature}")).is_ok());
    assert_eq!(
        tokens.verify(&token.signed()),
        Err(Refused::TokenInvalid("its signature is wrong"))
    );
}
