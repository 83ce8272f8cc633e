//! What is erased from the log is not told by the story either.

use xlcfi_contracts::blockchain::v1::log_service_client::LogServiceClient;
use xlcfi_contracts::blockchain::v1::{EraseEntryRequest, LotCertificate};
use xlcfi_testkit::admin;

use super::world::{World, beginning, grams_of};

#[tokio::test]
async fn words_of_an_erased_event_leave_its_story_and_what_it_did_stays() {
    let world = World::start().await;
    let lot = grams_of(500_000);
    let mut request = beginning(vec![lot.clone()]);
    request.biz_location = "https://example.com/farms/kim".into();
    request.certificates = vec![LotCertificate {
        kind: "유기농산물".into(),
        number: "10-1".into(),
        issuer: "김농부".into(),
        expire_date: String::new(),
    }];
    let made = world.record(request).await.unwrap();
    assert!(!made.certificates.is_empty());

    let erase = EraseEntryRequest {
        entry_id: made.event_id.clone(),
        reason: "본인의 요청".into(),
    };
    LogServiceClient::new(world.harness.as_user(&admin()))
        .erase_entry(erase)
        .await
        .unwrap();
    let (known, events) = world.story(&world.seller, &lot.lot_id).await.unwrap();
    assert_eq!(known.entered, 500_000);
    let [event] = &events[..] else {
        panic!("one event, not {events:?}");
    };
    assert_eq!(event.event_id, made.event_id);
    assert_eq!((event.biz_location.as_str(), event.certificates.len()), ("", 0));
    assert_eq!(event.lots, made.lots);
}
