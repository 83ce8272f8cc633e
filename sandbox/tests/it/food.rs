//! Public food data and its traps.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::Sandbox;

const HACCP: &str = "/B553748/CertImgListServiceV3/getCertImgListServiceV3?returnType=json&serviceKey=sandbox-haccp%2B%2Fkey%3D%3D";
const KAMIS: &str = "/service/price/xml.do?action=dailyPriceByCategoryList&p_cert_key=sandbox-kamis-key&p_cert_id=sandbox&p_returntype=json";

async fn ask(sandbox: &Sandbox, path: &str) -> (u16, String) {
    let response = sandbox.request(Method::GET, path).send().await.expect("sent");
    (response.status().as_u16(), response.text().await.expect("read"))
}

async fn json_of(sandbox: &Sandbox, path: &str) -> Value {
    let (status, body) = ask(sandbox, path).await;
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).expect("JSON")
}

async fn recalls(sandbox: &Sandbox, range: &str) -> Value {
    json_of(sandbox, &format!("/api/sandbox-mfds-key/I0490/json/{range}")).await["I0490"].take()
}

async fn strike(sandbox: &Sandbox, endpoint: &str, fault: &str) {
    let rules = json!({ "rules": [{ "endpoint": endpoint, "fault": fault, "times": 1 }] });
    let put = sandbox
        .request(Method::PUT, "/sandbox/faults")
        .json(&rules)
        .send()
        .await
        .expect("sent");
    assert_eq!(put.status(), 200, "{fault}");
}

#[tokio::test]
async fn rows_are_counted_from_one_and_every_value_is_a_text() {
    let sandbox = Sandbox::start().await;
    let first = recalls(&sandbox, "1/3").await;
    assert_eq!(first["RESULT"]["CODE"], "INFO-000");
    let rows = first["row"].as_array().expect("rows");
    assert_eq!(rows.len(), 3);
    assert!(
        rows.iter()
            .flat_map(|row| row.as_object().expect("a row").values())
            .all(Value::is_string)
    );
    assert_eq!(recalls(&sandbox, "3/3").await["row"][0], rows[2]);
    let total: usize = first["total_count"]
        .as_str()
        .expect("a text")
        .parse()
        .expect("a number");
    assert_eq!(
        recalls(&sandbox, &format!("{total}/{}", total + 5)).await["row"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    let (_, xml) = ask(&sandbox, "/api/sandbox-mfds-key/C005/xml/1/2").await;
    assert!(xml.starts_with("<?xml") && xml.contains("<BAR_CD>880"), "{xml}");
    for service in ["I2620", "I2640", "I0470", "I1250", "C005"] {
        let answer = json_of(&sandbox, &format!("/api/sandbox-mfds-key/{service}/json/1/10")).await;
        assert_eq!(
            answer[service]["row"].as_array().map(Vec::len),
            Some(10),
            "{service}"
        );
    }
    let report = "/api/sandbox-mfds-key/I1250/json/1/5/PRDLST_REPORT_NO=2019&PRDLST_NM=%EC%96%B4%EB%AC%B5";
    let found = json_of(&sandbox, report).await;
    assert!(
        found["I1250"]["row"][0]["PRDLST_NM"]
            .as_str()
            .expect("a name")
            .contains("어묵")
    );
}

#[tokio::test]
async fn arguments_that_make_no_sense_are_refused_with_200() {
    let sandbox = Sandbox::start().await;
    for (path, code) in [
        ("other/I0490/json/1/5", "INFO-100"),
        ("sandbox-mfds-key/I9999/json/1/5", "ERROR-310"),
        ("sandbox-mfds-key/I0490/csv/1/5", "ERROR-301"),
        ("sandbox-mfds-key/I0490/json/0/5", "ERROR-331"),
        ("sandbox-mfds-key/I0490/json/a/5", "ERROR-333"),
        ("sandbox-mfds-key/I0490/json/9/5", "ERROR-334"),
        ("sandbox-mfds-key/I0490/json/1/1001", "ERROR-336"),
        ("sandbox-mfds-key/I0490/json/90001/90002", "INFO-200"),
    ] {
        let (status, body) = ask(&sandbox, &format!("/api/{path}")).await;
        assert_eq!((status, body.contains(code)), (200, true), "{path}: {body}");
    }
    let (_, twice) = ask(&sandbox, &HACCP.replace('%', "%25")).await;
    assert!(twice.contains("<returnReasonCode>30<"), "{twice}");
    for (query, code) in [
        (
            "&p_product_cls_code=01&p_item_category_code=200&p_regday=yesterday",
            "200",
        ),
        (
            "&p_product_cls_code=01&p_item_category_code=999&p_regday=2026-11-20",
            "001",
        ),
    ] {
        assert_eq!(
            json_of(&sandbox, &format!("{KAMIS}{query}")).await["data"],
            json!([code])
        );
    }
    let other = KAMIS.replace("sandbox-kamis-key", "other");
    let query = "&p_product_cls_code=01&p_item_category_code=200&p_regday=2026-11-20";
    assert_eq!(
        json_of(&sandbox, &format!("{other}{query}")).await["data"],
        json!(["900"])
    );
}

#[tokio::test]
async fn prices_have_commas_and_are_missing_on_weekends() {
    let sandbox = Sandbox::start().await;
    let of = async |day: &str, level: &str| {
        let query = format!(
            "&p_product_cls_code={level}&p_item_category_code=200&p_regday={day}&p_country_code=1101"
        );
        json_of(&sandbox, &format!("{KAMIS}{query}")).await["data"]["item"].take()
    };
    let friday = of("2024-11-15", "01").await;
    assert_eq!(friday[0]["item_name"], "배추");
    assert!(friday[0]["dpr1"].as_str().expect("a text").contains(','));
    assert_eq!(friday[0]["dpr7"], json!([]));
    assert_eq!(of("2024-11-16", "01").await[0]["dpr1"], "-");
    assert_eq!(of("2024-11-16", "01").await[0]["dpr2"], friday[0]["dpr1"]);
    assert_ne!(of("2024-11-15", "02").await[0]["unit"], friday[0]["unit"]);
}

#[tokio::test]
async fn certificates_come_in_items_of_one() {
    let sandbox = Sandbox::start().await;
    let page = json_of(&sandbox, &format!("{HACCP}&pageNo=2&numOfRows=50")).await["body"].take();
    assert_eq!(page["items"].as_array().map(Vec::len), Some(50));
    assert!(
        page["items"][0]["item"]["prdlstReportNo"]
            .as_str()
            .is_some_and(|text| !text.is_empty())
    );
    let past = json_of(&sandbox, &format!("{HACCP}&pageNo=99&numOfRows=50")).await["body"].take();
    assert_eq!(past["items"], json!([]));
}

#[tokio::test]
async fn traps_come_when_rules_say_so() {
    let sandbox = Sandbox::start().await;
    let plain = recalls(&sandbox, "11/20").await;
    for (endpoint, fault, path, part) in [
        (
            "mfds_i0490",
            "error=ERROR-500",
            "/api/sandbox-mfds-key/I0490/json/1/5",
            "ERROR-500",
        ),
        (
            "mfds_i0490",
            "html",
            "/api/sandbox-mfds-key/I0490/json/1/5",
            "<html>",
        ),
        (
            "mfds_i0490",
            "rate-limit",
            "/api/sandbox-mfds-key/I0490/json/1/5",
            "INFO-300",
        ),
        (
            "mfds_i0490",
            "empty",
            "/api/sandbox-mfds-key/I0490/json/1/5",
            "INFO-200",
        ),
        (
            "mfds_i0490",
            "spoilt",
            "/api/sandbox-mfds-key/I0490/json/1/10",
            "\"RTRVLDSUSE_SEQ\":\"\"",
        ),
        ("haccp", "xml", HACCP, "<returnReasonCode>01<"),
        ("haccp", "rate-limit", HACCP, "<returnReasonCode>22<"),
    ] {
        strike(&sandbox, endpoint, fault).await;
        let (status, body) = ask(&sandbox, path).await;
        assert_eq!((status, body.contains(part)), (200, true), "{fault}: {body}");
    }
    strike(&sandbox, "mfds_i0490", "shift").await;
    let shifted = recalls(&sandbox, "11/20").await;
    assert_eq!(shifted["row"][1], plain["row"][0]);
}

#[tokio::test]
async fn a_quota_ends_with_the_day_and_a_recall_can_be_published() {
    let sandbox = Sandbox::start().await;
    let published = sandbox
        .post(
            "/sandbox/food/recalls",
            json!({ "PRDTNM": "시험 두부", "BRCDNO": "8801234567893" }),
        )
        .await
        .ok();
    let first = recalls(&sandbox, "1/1").await["row"][0].take();
    assert_eq!(first, published);
    let change = json!({ "RTRVLDSUSE_SEQ": published["RTRVLDSUSE_SEQ"], "RTRVL_GRDCD_NM": "1등급" });
    sandbox.post("/sandbox/food/recalls", change).await.ok();
    assert_eq!(
        recalls(&sandbox, "1/1").await["row"][0]["RTRVL_GRDCD_NM"],
        "1등급"
    );
    let set = sandbox
        .request(Method::PUT, "/sandbox/food")
        .json(&json!({ "daily_calls": 4 }))
        .send()
        .await;
    assert_eq!(set.expect("sent").status(), 200);
    assert_eq!(recalls(&sandbox, "1/1").await["RESULT"]["CODE"], "INFO-000");
    assert_eq!(recalls(&sandbox, "1/1").await["RESULT"]["CODE"], "INFO-000");
    assert_eq!(recalls(&sandbox, "1/1").await["RESULT"]["CODE"], "INFO-300");
    sandbox
        .post("/sandbox/clock", json!({ "advance_seconds": 86_400 }))
        .await
        .ok();
    assert_eq!(recalls(&sandbox, "1/1").await["RESULT"]["CODE"], "INFO-000");
}
