//! Bindings that cannot be served are refused by name.

use xlcfi_transcode::{Api, Verb};

use crate::pool::compile_text;

fn load(name: &str, rpcs: &str) -> Result<Api, String> {
    let text = format!(
        r#"
        syntax = "proto3";
        package p;
        import "google/api/annotations.proto";
        message M {{
          string a = 1;
          M m = 2;
          repeated string r = 3;
          map<string, string> k = 4;
          enum E {{ E_UNSPECIFIED = 0; }}
          E e = 5;
          bytes b = 6;
        }}
        service S {{ {rpcs} }}
        service Other {{ rpc Bad(M) returns (M) {{ option (google.api.http) = {{ get: "/x/{{unknown}}" }}; }} }}
        "#
    );
    let pool = compile_text(name, &text);
    Api::from_descriptor_pool(&pool, |service| service.name() == "S").map_err(|error| error.to_string())
}

fn rpc(name: &str, rule: &str) -> String {
    format!("rpc {name}(M) returns (M) {{ option (google.api.http) = {{ {rule} }}; }}\n")
}

#[test]
fn sound_bindings_load_and_the_filter_is_obeyed() {
    let rpcs = [
        rpc("A", r#"get: "/a/{a}" additional_bindings { post: "/a" body: "*" } additional_bindings { put: "/a" body: "r" }"#),
        rpc("B", r#"get: "/b/{m.m.a}/{e}/{b}" response_body: "k""#),
        rpc("C", r#"custom { kind: "*" path: "/c" }"#),
        rpc("D", r#"get: "/c""#),
        "rpc None(M) returns (M);".to_owned(),
    ]
    .concat();
    let api = load("sound", &rpcs).expect("sound");
    let shown: Vec<String> = api
        .routes()
        .iter()
        .map(|route| format!("{} {route}", route.grpc_path()))
        .collect();
    assert_eq!(
        shown,
        [
            "/p.S/A GET /a/{a}",
            "/p.S/A POST /a",
            "/p.S/A PUT /a",
            "/p.S/B GET /b/{m.m.a}/{e}/{b}",
            "/p.S/C * /c",
            "/p.S/D GET /c"
        ]
    );
    assert_eq!(api.routes()[2].additional(), 2);
    assert_eq!(api.routes()[2].index(), 2);
    assert_eq!(api.routes()[4].verb(), &Verb::Any);
}

#[test]
fn faulty_bindings_name_method_binding_and_reason() {
    let a = |rule: &str| rpc("A", rule);
    for (name, rpcs, expected) in [
        (
            "unknown",
            a(r#"get: "/{x}""#),
            "p.S.A: GET /{x}: variable x: p.M has no field x",
        ),
        (
            "nested",
            a(r#"get: "/{a.b}""#),
            "p.S.A: GET /{a.b}: variable a.b: a has no fields",
        ),
        (
            "message",
            a(r#"get: "/{m}""#),
            "p.S.A: GET /{m}: variable m: m is a message",
        ),
        (
            "deep",
            a(r#"get: "/{m.m}""#),
            "p.S.A: GET /{m.m}: variable m.m: m is a message",
        ),
        (
            "repeated",
            a(r#"get: "/{r}""#),
            "p.S.A: GET /{r}: variable r: r is repeated",
        ),
        (
            "map",
            a(r#"get: "/{k}""#),
            "p.S.A: GET /{k}: variable k: k is repeated",
        ),
        (
            "inside",
            a(r#"get: "/{a=x/{e}}""#),
            "p.S.A: GET /{a=x/{e}}: variable a has another one inside",
        ),
        (
            "body",
            a(r#"post: "/a" body: "x""#),
            "p.S.A: POST /a: body: p.M has no field x",
        ),
        (
            "dotted",
            a(r#"post: "/a" body: "m.a""#),
            "p.S.A: POST /a: body: p.M has no field m.a",
        ),
        (
            "answer",
            a(r#"get: "/a" response_body: "x""#),
            "p.S.A: GET /a: response_body: p.M has no field x",
        ),
        (
            "empty",
            a(r#"body: "*""#),
            "p.S.A: google.api.http: no method and URL are given",
        ),
        (
            "kind",
            a(r#"custom { kind: "A B" path: "/a" }"#),
            "p.S.A: google.api.http: \"A B\" is no HTTP method",
        ),
        (
            "levels",
            a(r#"get: "/a" additional_bindings { get: "/b" additional_bindings { get: "/c" } }"#),
            "p.S.A: google.api.http: additional_bindings cannot have additional_bindings",
        ),
        (
            "twice",
            a(r#"get: "/x/{a}""#) + &rpc("B", r#"post: "/b" additional_bindings { get: "/x/{e}" }"#),
            "p.S.B: GET /x/{e}: GET /x/{a} of p.S.A has the same method and URL",
        ),
        (
            "shape",
            a(r#"get: "/x/*:v""#) + &rpc("B", r#"get: "/{a=x/*}:v""#),
            "p.S.B: GET /{a=x/*}:v: GET /x/*:v of p.S.A has the same method and URL",
        ),
    ] {
        assert_eq!(load(name, &rpcs).expect_err(name), expected);
    }
}
