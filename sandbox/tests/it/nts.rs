use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Sandbox};

const KEY: &str = "sandbox-nts%2B%2Fkey%3D%3D";

async fn ask(sandbox: &Sandbox, key: &str, body: &Value) -> (u16, String) {
    let path = format!("/nts-businessman/v1/status?serviceKey={key}");
    let response = sandbox
        .request(Method::POST, &path)
        .json(body)
        .send()
        .await
        .expect("sent");
    let status = response.status().as_u16();
    (status, response.text().await.expect("read"))
}

async fn standing(sandbox: &Sandbox, number: &str) -> Value {
    let (status, body) = ask(sandbox, KEY, &json!({ "b_no": [number] })).await;
    assert_eq!(status, 200, "{body}");
    let answer: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(answer["status_code"], "OK");
    answer["data"][0].clone()
}

async fn set(sandbox: &Sandbox, number: &str, standing: &str) {
    let path = format!("/sandbox/nts/{number}");
    let request = sandbox
        .request(Method::PUT, &path)
        .json(&json!({ "standing": standing }));
    let response = request.send().await.expect("sent");
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn a_business_is_what_was_said_of_it_and_trades_otherwise() {
    let sandbox = Sandbox::start().await;
    assert_eq!(standing(&sandbox, "1248100998").await["b_stt_cd"], "01");
    for (name, code) in [("suspended", "02"), ("closed", "03"), ("unregistered", "")] {
        set(&sandbox, "1248100998", name).await;
        assert_eq!(standing(&sandbox, "1248100998").await["b_stt_cd"], code, "{name}");
    }
    let Answer { status, .. } = sandbox.post("/sandbox/reset", json!({})).await;
    assert_eq!(status, 204);
    assert_eq!(standing(&sandbox, "1248100998").await["b_stt"], "계속사업자");
}

#[tokio::test]
async fn a_number_it_does_not_know_is_told_by_a_text_alone() {
    let sandbox = Sandbox::start().await;
    for number in ["1234567890", "124-81-00998"] {
        let said = standing(&sandbox, number).await;
        assert_eq!((&said["b_stt"], &said["b_stt_cd"]), (&json!(""), &json!("")));
        assert!(
            said["tax_type"]
                .as_str()
                .expect("a text")
                .contains("등록되지 않은")
        );
    }
    let (_, body) = ask(&sandbox, KEY, &json!({ "b_no": ["1234567890"] })).await;
    let answer: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(
        (&answer["request_cnt"], &answer["match_cnt"]),
        (&json!(1), &Value::Null)
    );
}

#[tokio::test]
async fn requests_that_make_no_sense_are_refused_in_its_words() {
    let sandbox = Sandbox::start().await;
    let many: Vec<String> = (0..101).map(|number| format!("{number:010}")).collect();
    for (body, status, code) in [
        (json!({ "b_no": many }), 413, "TOO_LARGE_REQUEST"),
        (json!({ "numbers": [] }), 411, "REQUEST_DATA_MALFORMED"),
    ] {
        let (answered, text) = ask(&sandbox, KEY, &body).await;
        assert_eq!((answered, text.contains(code)), (status, true), "{text}");
    }
    let asked = json!({ "b_no": ["1248100998"] });
    let (status, text) = ask(&sandbox, "other", &asked).await;
    assert_eq!((status, text.contains("-4")), (401, true), "{text}");
    // A key that is encoded twice.
    let (status, text) = ask(&sandbox, &KEY.replace('%', "%25"), &asked).await;
    assert_eq!((status, text.contains(">30<")), (200, true), "{text}");
}

#[tokio::test]
async fn it_fails_as_rules_say() {
    let sandbox = Sandbox::start().await;
    for (fault, status, part) in [
        ("rate-limit", 200, ">22<"),
        ("error=INTERNAL_ERROR", 500, "INTERNAL_ERROR"),
        ("malformed", 200, "{"),
    ] {
        let rules = json!({ "rules": [{ "endpoint": "nts_status", "fault": fault, "times": 1 }] });
        let put = sandbox
            .request(Method::PUT, "/sandbox/faults")
            .json(&rules)
            .send()
            .await;
        assert_eq!(put.expect("sent").status(), 200, "{fault}");
        let (answered, text) = ask(&sandbox, KEY, &json!({ "b_no": ["1248100998"] })).await;
        assert_eq!((answered, text.contains(part)), (status, true), "{fault}: {text}");
        assert!(serde_json::from_str::<Value>(&text).is_err() || status == 500);
        assert_eq!(standing(&sandbox, "1248100998").await["b_stt_cd"], "01");
    }
}
