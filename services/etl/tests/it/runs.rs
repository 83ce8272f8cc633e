use std::collections::HashSet;
use std::time::Duration;

use serde_json::json;
use tonic::Code;
use xlcfi_contracts::etl::v1::{
    CancelRunRequest, GetRecallNoticeRequest, GetRunRequest, JobState, ListRecordsRequest, ListRunsRequest,
    RecallNoticePublished, RunKind, RunState,
};
use xlcfi_testkit::{assert_refused, eventually};

use crate::world::{MFDS_KEY, RECALLS, World, start};

#[tokio::test]
async fn all_recalls_are_taken_in_page_by_page_and_told() {
    let world = World::with_recalls().await;
    let run = world.last_run(RECALLS, RunState::Done).await;
    assert_eq!(run.kind(), RunKind::Scheduled);
    assert!(run.pages_done > 5 && run.pages_done == run.pages_total, "{run:?}");
    assert_eq!(run.calls, run.pages_done);

    let notices = world.notices().await;
    let told = world.harness.published::<RecallNoticePublished>().await;
    assert_eq!(
        (notices.len(), told.len()),
        (usize::try_from(run.rows_new).unwrap(), notices.len())
    );
    // Pages overlap, so rows were read twice and taken in once.
    assert!(run.rows_read > run.rows_new && run.rows_changed == 0, "{run:?}");
    let numbers: HashSet<_> = told.iter().map(|notice| &notice.notice_number).collect();
    assert_eq!(numbers.len(), told.len());
    let (dated, without) = told
        .iter()
        .partition::<Vec<_>, _>(|notice| !notice.use_by_date.is_empty());
    assert!(dated.len() > 50 && without.len() > 50);
    assert!(without.iter().any(|notice| notice.dates_text.contains("24개월")));

    let id = notices[0].notice_id.clone();
    let one = world
        .client()
        .get_recall_notice(GetRecallNoticeRequest { notice_id: id })
        .await
        .unwrap();
    assert_eq!(one.into_inner().notice.unwrap(), notices[0]);
    let job = world.job(RECALLS).await;
    assert_eq!((job.state(), job.row_count), (JobState::Active, run.rows_new));
    assert!(job.open_run_id.is_empty() && job.last_done_time.is_some());
}

#[tokio::test]
async fn what_came_is_kept_as_it_came_without_the_key() {
    let world = World::with_recalls().await;
    let run = world.last_run(RECALLS, RunState::Done).await;
    let request = GetRunRequest { run_id: run.run_id };
    let raw = world
        .client()
        .get_run(request)
        .await
        .unwrap()
        .into_inner()
        .raw_answers;
    assert_eq!(i32::try_from(raw.len()).unwrap(), run.pages_done);
    for answer in raw {
        let path = walk(world.folder.path())
            .into_iter()
            .find(|path| path.ends_with(answer.path.split('/').next_back().unwrap()));
        let kept = std::fs::read_to_string(path.unwrap()).unwrap();
        assert_eq!(i64::try_from(kept.len()).unwrap(), answer.byte_count);
        assert!(kept.contains("/api/***/I0490/json/") && kept.contains("RTRVLDSUSE_SEQ"));
        assert!(!kept.contains(MFDS_KEY));
    }
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] })
        .collect()
}

#[tokio::test]
async fn a_run_over_what_is_known_changes_nothing_and_tells_nothing() {
    let world = World::with_recalls().await;
    world.last_run(RECALLS, RunState::Done).await;
    let told = world.harness.published::<RecallNoticePublished>().await.len();
    let again = world.run_again(RECALLS).await;
    assert_eq!(
        (again.rows_new, again.rows_changed, again.kind()),
        (0, 0, RunKind::Manual)
    );
    assert_eq!(
        world.harness.published::<RecallNoticePublished>().await.len(),
        told
    );
}

#[tokio::test]
async fn a_new_notice_and_a_changed_one_are_told_once_each() {
    let world = World::with_recalls().await;
    world.last_run(RECALLS, RunState::Done).await;
    let row = world
        .sandbox
        .recall(json!({ "PRDTNM": "시험 두부", "BRCDNO": "8801234567893", "MNFDT": "2026년 11월 2일" }))
        .await;
    let number = row["RTRVLDSUSE_SEQ"].as_str().unwrap().to_owned();
    assert_eq!(world.run_again(RECALLS).await.rows_new, 1);
    world
        .sandbox
        .recall(json!({ "RTRVLDSUSE_SEQ": number, "RTRVLPRVNS": "이물 혼입" }))
        .await;
    let changed = world.run_again(RECALLS).await;
    assert_eq!((changed.rows_new, changed.rows_changed), (0, 1));
    // A field nobody reads makes another record, and no news.
    world
        .sandbox
        .recall(json!({ "RTRVLDSUSE_SEQ": number, "FRMLCUNIT": "상자" }))
        .await;
    assert_eq!(world.run_again(RECALLS).await.rows_changed, 1);

    let told = world.harness.published::<RecallNoticePublished>().await;
    let told: Vec<_> = told
        .into_iter()
        .filter(|notice| notice.notice_number == number)
        .collect();
    assert_eq!(told.len(), 2);
    assert_eq!(
        (told[0].gtin.as_str(), told[0].made_date.as_str()),
        ("8801234567893", "2026-11-02")
    );
    assert_eq!(told[1].reason, "이물 혼입");
    let kept = world
        .notices()
        .await
        .into_iter()
        .filter_map(|stored| stored.notice);
    let kept: Vec<_> = kept.filter(|notice| notice.notice_number == number).collect();
    assert_eq!((kept.len(), kept[0].reason.as_str()), (1, "이물 혼입"));
}

#[tokio::test]
async fn every_source_of_the_authority_is_kept_by_its_own_key() {
    let world = World::with_recalls().await;
    for job in [
        "mfds-inspections",
        "mfds-import-inspections",
        "mfds-sanctions",
        "mfds-product-reports",
        "mfds-barcodes",
    ] {
        let run = world.last_run(job, RunState::Done).await;
        assert_eq!(world.job(job).await.row_count, run.rows_new, "{job}");
        assert!(run.rows_new > 100 && run.rows_quarantined == 0, "{run:?}");
        let request = ListRecordsRequest {
            job: job.to_owned(),
            page_size: 100,
            page_token: String::new(),
        };
        let page = world.client().list_records(request).await.unwrap().into_inner();
        assert_eq!(
            (page.records.len(), page.next_page_token.is_empty()),
            (100, false)
        );
    }
}

#[tokio::test]
async fn certificates_and_businesses_are_asked_about_too() {
    let world = World::with(|url| {
        json!({ "haccp_url": url, "haccp_key": "sandbox-haccp+/key==", "nts_url": url, "nts_key": "sandbox-nts%2B%2Fkey%3D%3D",
            "nts_numbers": "1248100998, 1208147521" })
    })
    .await;
    let run = world.last_run("haccp-certificates", RunState::Done).await;
    assert_eq!((run.rows_new, run.pages_done), (640, 7));
    assert_eq!(world.last_run("nts-businesses", RunState::Done).await.rows_new, 2);
    let request = ListRecordsRequest {
        job: "nts-businesses".into(),
        ..Default::default()
    };
    let businesses = world
        .client()
        .list_records(request)
        .await
        .unwrap()
        .into_inner()
        .records;
    assert!(
        businesses
            .iter()
            .all(|business| business.fields["b_stt_cd"] == "01")
    );
}

#[tokio::test]
async fn runs_begin_when_their_time_comes() {
    let world = World::with_recalls().await;
    let first = world.last_run(RECALLS, RunState::Done).await;
    world.harness.advance(Duration::from_secs(1_800));
    let second = eventually(async || {
        let run = world.last_run(RECALLS, RunState::Done).await;
        (run.run_id != first.run_id).then_some(run)
    })
    .await;
    assert_eq!((second.rows_new, second.kind()), (0, RunKind::Scheduled));
    let request = ListRunsRequest {
        job: RECALLS.into(),
        page_size: 1,
        page_token: String::new(),
    };
    let page = world
        .client()
        .list_runs(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(page.runs[0].run_id, second.run_id);
    let rest = ListRunsRequest {
        page_token: page.next_page_token,
        ..request
    };
    assert_eq!(
        world.client().list_runs(rest).await.unwrap().into_inner().runs[0].run_id,
        first.run_id
    );
}

#[tokio::test]
async fn another_process_goes_on_where_one_ended() {
    let world = World::with(
        |url| json!({ "mfds_url": url, "mfds_key": MFDS_KEY, "page_rows": 50, "mfds_daily_calls": 3 }),
    )
    .await;
    let waiting = world.last_run(RECALLS, RunState::Waiting).await;
    assert_eq!((waiting.pages_done, waiting.calls), (3, 3));
    assert!(waiting.resume_time.is_some() && waiting.pages_total > 3);
    let before = world.notices().await.len();

    let world = world.replaced(json!({ "mfds_daily_calls": 500 })).await;
    world.harness.advance(Duration::from_secs(86_400));
    // The next run may have begun by then.
    let done = world.becomes(&waiting, RunState::Done).await;
    // No page was asked for twice.
    assert_eq!(
        (done.calls, done.pages_done),
        (done.pages_total, done.pages_total)
    );
    assert!(world.notices().await.len() > before);
    assert_eq!(
        world.harness.published::<RecallNoticePublished>().await.len(),
        world.notices().await.len()
    );
}

#[tokio::test]
async fn two_processes_do_the_work_of_one() {
    let world = World::with_recalls().await;
    let config = world.config.clone();
    let start = |base| xlcfi_etl::start_with(base, serde_json::from_value(config).unwrap());
    let _other = world.harness.another(|_| {}, start).await;
    let run = world.last_run(RECALLS, RunState::Done).await;
    let again = world.run_again(RECALLS).await;
    assert_eq!((again.rows_new, again.calls), (0, again.pages_done));
    assert_eq!(
        world.harness.published::<RecallNoticePublished>().await.len(),
        usize::try_from(run.rows_new).unwrap()
    );
}

#[tokio::test]
async fn a_repeated_request_gives_the_same_run_and_another_none_beside_it() {
    let world = World::with_recalls().await;
    world.last_run(RECALLS, RunState::Done).await;
    world.sandbox.strike("mfds_i0490", "html", None).await;
    let request = start(RECALLS);
    let first = world
        .client()
        .start_run(request.clone())
        .await
        .unwrap()
        .into_inner()
        .run
        .unwrap();
    world.last_run(RECALLS, RunState::Waiting).await;
    let again = world
        .client()
        .start_run(request.clone())
        .await
        .unwrap()
        .into_inner()
        .run
        .unwrap();
    assert_eq!(again.run_id, first.run_id);
    let other = start(RECALLS);
    assert_refused(
        world.client().start_run(other.clone()).await,
        Code::FailedPrecondition,
        "RUN_UNDER_WAY",
    );

    let cancel = CancelRunRequest {
        run_id: first.run_id.clone(),
    };
    let cancelled = world
        .client()
        .cancel_run(cancel.clone())
        .await
        .unwrap()
        .into_inner()
        .run
        .unwrap();
    assert_eq!(cancelled.state(), RunState::Cancelled);
    let twice = world
        .client()
        .cancel_run(cancel)
        .await
        .unwrap()
        .into_inner()
        .run
        .unwrap();
    assert_eq!(twice, cancelled);
    world.sandbox.mend().await;
    let run = world
        .client()
        .start_run(other)
        .await
        .unwrap()
        .into_inner()
        .run
        .unwrap();
    assert_ne!(run.run_id, first.run_id);
}
