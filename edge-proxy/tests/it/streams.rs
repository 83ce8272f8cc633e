//! REST, many messages.

use std::sync::atomic::Ordering;
use std::time::Duration;

use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use xlcfi_testkit::{eventually, user};

use crate::client::Answer;
use crate::rig::{ORDER, Rig};

fn path(case: u8) -> String {
    format!("/api/v1/orders/{ORDER}:watch?afterVersion={case}")
}

async fn watch(rig: &Rig, case: u8, accept: &str) -> Answer {
    let bearer = rig.bearer(&user());
    rig.client
        .get(&path(case), &[("authorization", &bearer), ("accept", accept)])
        .await
}

fn entry(id: &str) -> Value {
    json!({"order": {"orderId": id}})
}

fn lines(answer: &Answer) -> Vec<Value> {
    answer
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

#[tokio::test]
async fn a_stream_has_the_form_the_client_accepts() {
    let rig = Rig::start().await;
    for accept in ["*/*", "application/x-ndjson"] {
        let answer = watch(&rig, 0, accept).await;
        assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
        assert_eq!(lines(&answer), [entry("a"), entry("b"), entry("c")]);
    }
    let array = watch(&rig, 0, "application/json").await;
    assert_eq!(array.header("content-type"), Some("application/json"));
    assert_eq!(array.json(), json!([entry("a"), entry("b"), entry("c")]));
    let events = watch(&rig, 0, "text/event-stream").await;
    assert_eq!(events.header("content-type"), Some("text/event-stream"));
    let expected: Vec<String> = ["a", "b", "c"]
        .iter()
        .map(|id| format!("data: {}\n\n", entry(id)))
        .collect();
    assert_eq!(events.text(), expected.concat() + "event: end\ndata: {}\n\n");

    assert_eq!(watch(&rig, 5, "application/json").await.json(), json!([]));
    assert_eq!(watch(&rig, 5, "*/*").await.text(), "");
}

#[tokio::test]
async fn an_error_before_the_first_message_has_its_own_http_status() {
    let rig = Rig::start().await;
    for accept in ["*/*", "application/json", "text/event-stream"] {
        let answer = watch(&rig, 1, accept).await;
        assert_eq!(
            (answer.status.as_u16(), answer.reason().as_str()),
            (404, "ORDER_NOT_FOUND")
        );
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
}

#[tokio::test]
async fn a_later_error_is_the_last_entry() {
    let rig = Rig::start().await;
    for (case, code) in [(2, 5), (3, 14)] {
        let all = lines(&watch(&rig, case, "*/*").await);
        assert_eq!((&all[0], &all[1]["error"]["code"]), (&entry("a"), &json!(code)));
        let all = watch(&rig, case, "application/json").await.json();
        assert_eq!((&all[0], &all[1]["error"]["code"]), (&entry("a"), &json!(code)));
        let events = watch(&rig, case, "text/event-stream").await.text();
        let last = events.split("event: error\ndata: ").nth(1).expect("an error");
        let error: Value = serde_json::from_str(last.trim()).expect("JSON");
        assert_eq!(error["code"], json!(code));
    }
}

#[tokio::test]
async fn messages_come_as_they_are_sent_and_a_client_that_leaves_ends_the_call() {
    let rig = Rig::start().await;
    let bearer = rig.bearer(&user());
    let mut response = rig.client.open(&path(4), &[("authorization", &bearer)]).await;
    let first = tokio::time::timeout(Duration::from_secs(5), response.body_mut().frame())
        .await
        .expect("in time");
    let first = first.expect("a frame").expect("sound").into_data().expect("data");
    assert_eq!(serde_json::from_slice::<Value>(&first).expect("JSON"), entry("a"));
    assert_eq!(rig.order.under_way.load(Ordering::SeqCst), 1);
    drop(response);
    eventually(async || (rig.order.under_way.load(Ordering::SeqCst) == 0).then_some(())).await;
}

#[tokio::test]
async fn a_stream_begins_though_the_service_has_nothing_to_say_yet() {
    let rig = Rig::start().await;
    let bearer = rig.bearer(&user());
    for (accept, told) in [("text/event-stream", true), ("*/*", false)] {
        let headers = [("authorization", bearer.as_str()), ("accept", accept)];
        let path = path(6);
        let opening = tokio::time::timeout(Duration::from_secs(10), rig.client.open(&path, &headers));
        let mut response = opening.await.expect("in time");
        assert_eq!(response.status(), 200);
        if told {
            let first = response
                .body_mut()
                .frame()
                .await
                .expect("a frame")
                .expect("sound");
            assert_eq!(&*first.into_data().expect("data"), b": still here\n\n");
        }
        assert_eq!(rig.order.under_way.load(Ordering::SeqCst), 1);
        drop(response);
        eventually(async || (rig.order.under_way.load(Ordering::SeqCst) == 0).then_some(())).await;
    }
}
