use std::collections::HashMap;

use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::etl::v1::{
    ListQuarantineRequest, PricesSurveyed, QuarantineEntry, RecallNoticePublished, RetryQuarantineRequest,
    RunState, StartBackfillRequest,
};
use xlcfi_testkit::{assert_refused, eventually, violations};

use crate::world::{PRICES, RECALLS, World};

async fn listed(world: &World, with_released: bool) -> Vec<QuarantineEntry> {
    let request = ListQuarantineRequest {
        with_released,
        page_size: 100,
        ..Default::default()
    };
    world
        .client()
        .list_quarantine(request)
        .await
        .unwrap()
        .into_inner()
        .entries
}

fn retry(entry: &QuarantineEntry, mended: &[(&str, &str)]) -> RetryQuarantineRequest {
    let mended = mended
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    RetryQuarantineRequest {
        entry_id: entry.entry_id.clone(),
        mended_fields: mended.collect(),
    }
}

#[tokio::test]
async fn bad_rows_are_kept_apart_and_counted_when_they_come_again() {
    let world = World::with_recalls().await;
    world.last_run(RECALLS, RunState::Done).await;
    world.sandbox.strike("mfds_i0490", "spoilt", None).await;
    let known = world.notices().await;
    let run = world.run_again(RECALLS).await;
    assert!(run.rows_quarantined > 10 && run.rows_new == 0, "{run:?}");
    let entries = listed(&world, false).await;
    assert_eq!(i64::try_from(entries.len()).unwrap(), run.rows_quarantined);
    assert_eq!(world.job(RECALLS).await.quarantined_count, run.rows_quarantined);
    assert!(
        entries
            .iter()
            .all(|entry| entry.reason == "KEY_MISSING" && entry.run_id == run.run_id)
    );
    assert_eq!(world.run_again(RECALLS).await.rows_quarantined, 0);
    assert!(
        listed(&world, false)
            .await
            .iter()
            .all(|entry| entry.times_met >= 2)
    );
    assert_eq!(world.notices().await, known);
}

#[tokio::test]
async fn a_mended_row_is_taken_in_and_told() {
    let world = World::with_recalls().await;
    world.last_run(RECALLS, RunState::Done).await;
    world.sandbox.strike("mfds_i0490", "spoilt", Some(1)).await;
    world.run_again(RECALLS).await;
    let entry = listed(&world, false).await.remove(0);
    let told = world.harness.published::<RecallNoticePublished>().await.len();

    let mut client = world.client();
    let refused = client.retry_quarantine(retry(&entry, &[])).await;
    assert_refused(refused, Code::FailedPrecondition, "ROW_STILL_BAD");
    let refused = client
        .retry_quarantine(retry(&entry, &[("RTRVLDSUSE_SEQ", "77"), ("PRDTNM", "")]))
        .await;
    assert_refused(refused, Code::FailedPrecondition, "ROW_STILL_BAD");
    let many: HashMap<String, String> = (0..41)
        .map(|number| (number.to_string(), String::new()))
        .collect();
    let refused = client
        .retry_quarantine(RetryQuarantineRequest {
            mended_fields: many,
            ..retry(&entry, &[])
        })
        .await;
    let status = assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
    assert_eq!(violations(&status), ["mended_fields"]);

    let mended = retry(&entry, &[("RTRVLDSUSE_SEQ", "777777")]);
    let released = client
        .retry_quarantine(mended.clone())
        .await
        .unwrap()
        .into_inner()
        .entry
        .unwrap();
    assert!(released.released);
    let events = world.harness.published::<RecallNoticePublished>().await;
    assert_eq!(
        (events.len(), events[told].notice_number.as_str()),
        (told + 1, "777777")
    );
    assert_refused(
        client.retry_quarantine(mended).await,
        Code::FailedPrecondition,
        "ENTRY_RELEASED",
    );
    let left = listed(&world, false).await.len();
    assert_eq!(listed(&world, true).await.len(), left + 1);
    let unknown = RetryQuarantineRequest {
        entry_id: Uuid::now_v7().to_string(),
        ..Default::default()
    };
    assert_refused(
        client.retry_quarantine(unknown).await,
        Code::NotFound,
        "ENTRY_NOT_FOUND",
    );
}

#[tokio::test]
async fn a_price_that_is_no_number_waits_until_it_comes_well() {
    let world = World::with_prices().await;
    world.last_run(PRICES, RunState::Done).await;
    let backfill = async || {
        let request = StartBackfillRequest {
            job: PRICES.into(),
            from_date: "2024-03-06".into(),
            to_date: "2024-03-06".into(),
            request_id: Uuid::now_v7().to_string(),
        };
        let run = world
            .client()
            .start_backfill(request)
            .await
            .unwrap()
            .into_inner()
            .run
            .unwrap();
        eventually(async || (world.run(&run.run_id).await.state() == RunState::Done).then_some(())).await;
        world.run(&run.run_id).await
    };
    world.sandbox.strike("kamis", "spoilt", None).await;
    let run = backfill().await;
    assert_eq!(run.rows_quarantined, 4);
    let entries = listed(&world, false).await;
    assert!(
        entries
            .iter()
            .all(|entry| entry.reason == "NUMBER_UNREADABLE" && entry.detail.contains("1,2x0"))
    );
    let told = world.harness.published::<PricesSurveyed>().await.len();

    world.sandbox.mend().await;
    let run = backfill().await;
    assert_eq!((run.rows_new, run.rows_quarantined), (4, 0));
    assert_eq!(world.harness.published::<PricesSurveyed>().await.len(), told + 1);
    // What came well released what was kept apart.
    assert!(listed(&world, false).await.is_empty());
}
