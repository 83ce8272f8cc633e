//! Web pages of other origins.

use crate::rig::{GET_ORDER, Rig};

const XLCFI: (&str, &str) = ("origin", "https://xlcfi.com");
const EVIL: (&str, &str) = ("origin", "https://evil.test");

#[tokio::test]
async fn a_preflight_is_answered_before_anything_else() {
    let rig = Rig::with(|settings| settings.rate_limit = 1).await;
    for path in ["/api/v1/orders", GET_ORDER, "/api/v1/nothing"] {
        for _ in 0..3 {
            let headers = [
                XLCFI,
                ("access-control-request-method", "PATCH"),
                ("access-control-request-headers", "authorization, x-anything"),
            ];
            let answer = rig.client.send("OPTIONS", path, &headers, "").await;
            assert_eq!((answer.status.as_u16(), answer.body.len()), (204, 0));
            for (name, value) in [
                ("access-control-allow-origin", "https://xlcfi.com"),
                ("access-control-allow-credentials", "true"),
                (
                    "access-control-allow-methods",
                    "GET, POST, PUT, DELETE, PATCH, OPTIONS",
                ),
                ("access-control-allow-headers", "authorization, x-anything"),
                ("access-control-max-age", "3600"),
            ] {
                let all: Vec<_> = answer.headers.get_all(name).iter().collect();
                assert_eq!(all, [value], "{name}");
            }
            assert!(answer.header("ratelimit-limit").is_none());
        }
    }
}

#[tokio::test]
async fn answers_and_refusals_carry_it_once() {
    let rig = Rig::start().await;
    for (method, path) in [
        ("GET", "/api/v1/auth/jwks"),
        ("GET", "/api/v1/orders"),
        ("GET", "/nothing"),
        ("PUT", "/api/v1/orders"),
    ] {
        let answer = rig.client.send(method, path, &[XLCFI], "").await;
        for name in [
            "access-control-allow-origin",
            "access-control-allow-credentials",
            "access-control-expose-headers",
        ] {
            assert_eq!(answer.headers.get_all(name).iter().count(), 1, "{name} of {path}");
        }
        assert_eq!(answer.header("access-control-allow-origin"), Some(XLCFI.1));
        assert!(answer.headers.get_all("vary").iter().any(|vary| vary == "origin"));
    }
}

#[tokio::test]
async fn other_origins_get_nothing() {
    let rig = Rig::start().await;
    let preflight = [EVIL, ("access-control-request-method", "GET")];
    let answers = [
        rig.client.send("OPTIONS", "/api/v1/orders", &preflight, "").await,
        rig.client.get("/api/v1/auth/jwks", &[EVIL]).await,
        rig.client.get("/api/v1/auth/jwks", &[]).await,
    ];
    for answer in answers {
        assert!(
            answer
                .headers
                .keys()
                .all(|name| !name.as_str().starts_with("access-control-"))
        );
        assert!(answer.headers.get_all("vary").iter().any(|vary| vary == "origin"));
    }
}
