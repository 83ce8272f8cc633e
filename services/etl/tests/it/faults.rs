use std::time::Duration;

use serde_json::json;
use tonic::Code;
use xlcfi_contracts::etl::v1::{JobState, RecallNoticePublished, ResumeJobRequest, RunState};
use xlcfi_testkit::{assert_refused, eventually};

use crate::world::{PRICES, RECALLS, World, start};

#[tokio::test]
async fn a_call_that_fails_once_is_made_again() {
    let world = World::with_recalls().await;
    world.last_run(RECALLS, RunState::Done).await;
    for fault in [
        "error=ERROR-500",
        "html",
        "malformed",
        "reset-before",
        "reset-after",
    ] {
        world.sandbox.strike("mfds_i0490", fault, Some(1)).await;
        let run = world.run_again(RECALLS).await;
        assert_eq!((run.calls, run.rows_new), (run.pages_done + 1, 0), "{fault}");
    }
}

#[tokio::test]
async fn a_source_that_stays_away_is_waited_for_and_nothing_is_lost() {
    let world = World::with_recalls().await;
    world.last_run(RECALLS, RunState::Done).await;
    let known = world.notices().await;
    for fault in ["error=ERROR-600", "html"] {
        world.sandbox.strike("mfds_i0490", fault, None).await;
        let run = world.start_run(RECALLS).await;
        let waiting = world.last_run(RECALLS, RunState::Waiting).await;
        assert_eq!((waiting.calls, waiting.pages_done), (3, 0), "{fault}");
        assert!(waiting.problem.contains("away") && waiting.resume_time.is_some());
        assert_eq!(world.notices().await, known);
        world.sandbox.mend().await;
        world.harness.advance(Duration::from_secs(61));
        world.becomes(&run, RunState::Done).await;
    }
}

#[tokio::test]
async fn a_run_gives_up_at_last_and_the_next_begins_by_the_schedule() {
    let world = World::with_recalls().await;
    world.last_run(RECALLS, RunState::Done).await;
    world.sandbox.strike("mfds_i0490", "error=ERROR-500", None).await;
    let run = world.start_run(RECALLS).await;
    for failures in 1..=8 {
        eventually(async || (world.run(&run.run_id).await.calls == failures * 3).then_some(())).await;
        world.harness.advance(Duration::from_secs(3_600));
    }
    world.becomes(&run, RunState::Failed).await;
    world.sandbox.mend().await;
    world.harness.advance(Duration::from_secs(3_600));
    let next = world.last_run(RECALLS, RunState::Done).await;
    assert_ne!(next.run_id, run.run_id);
    assert_eq!(world.job(RECALLS).await.state(), JobState::Active);
}

#[tokio::test]
async fn an_answer_without_rows_wipes_nothing() {
    let world = World::with_recalls().await;
    world.last_run(RECALLS, RunState::Done).await;
    let known = world.notices().await;
    world.sandbox.strike("mfds_i0490", "empty", None).await;
    world.start_run(RECALLS).await;
    let run = world.last_run(RECALLS, RunState::Failed).await;
    assert!(
        run.problem.contains("no rows") && run.end_time.is_some(),
        "{run:?}"
    );
    assert_eq!(world.notices().await, known);
}

#[tokio::test]
async fn a_quota_that_the_source_enforces_is_waited_out() {
    let world = World::with_recalls().await;
    world.last_run(RECALLS, RunState::Done).await;
    world.sandbox.set_daily_calls(Some(1)).await;
    let run = world.start_run(RECALLS).await;
    let waiting = world.last_run(RECALLS, RunState::Waiting).await;
    // No second try: the day's calls are used up.
    assert_eq!(waiting.calls, 1);
    world.sandbox.set_daily_calls(None).await;
    world.harness.advance(Duration::from_secs(86_400));
    world.becomes(&run, RunState::Done).await;
}

#[tokio::test]
async fn a_refused_key_pauses_the_job_and_is_told_nowhere() {
    let secret = "not-the-key-of-anybody";
    let world = World::with(|url| {
        json!({ "mfds_url": url, "mfds_key": secret, "kamis_url": url, "kamis_key": secret, "kamis_id": "sandbox",
            "haccp_url": url, "haccp_key": secret })
    })
    .await;
    for name in [RECALLS, PRICES, "haccp-certificates"] {
        let run = world.last_run(name, RunState::Failed).await;
        assert_eq!(run.pages_done, 0);
        let job =
            eventually(async || Some(world.job(name).await).filter(|job| job.state() == JobState::Paused))
                .await;
        for text in [&run.problem, &job.pause_reason] {
            assert!(
                text.contains("refuses the key") && !text.contains(secret),
                "{text}"
            );
        }
        assert_refused(
            world.client().start_run(start(name)).await,
            Code::FailedPrecondition,
            "JOB_PAUSED",
        );
    }
    let world = world.replaced(json!({ "mfds_key": "sandbox-mfds-key" })).await;
    let resumed = world
        .client()
        .resume_job(ResumeJobRequest { job: RECALLS.into() })
        .await
        .unwrap()
        .into_inner();
    assert_eq!(resumed.job.unwrap().state(), JobState::Active);
    world.run_again(RECALLS).await;
}

#[tokio::test]
async fn rows_that_move_while_a_run_walks_are_taken_in_once() {
    let world =
        World::with(|url| json!({ "mfds_url": url, "mfds_key": "sandbox-mfds-key", "page_rows": 50 })).await;
    world.last_run(RECALLS, RunState::Done).await;
    let known = world.notices().await.len();
    world.sandbox.strike("mfds_i0490", "shift", None).await;
    let run = world.run_again(RECALLS).await;
    assert_eq!((run.rows_new, run.rows_changed, run.rows_quarantined), (0, 0, 0));
    assert_eq!(world.notices().await.len(), known);
    assert_eq!(
        world.harness.published::<RecallNoticePublished>().await.len(),
        known
    );
}

#[tokio::test]
async fn xml_of_a_gateway_is_understood_where_json_was_asked_for() {
    let world =
        World::with(|url| json!({ "haccp_url": url, "haccp_key": "sandbox-haccp%2B%2Fkey%3D%3D" })).await;
    let job = "haccp-certificates";
    world.last_run(job, RunState::Done).await;
    world.sandbox.strike("haccp", "xml", Some(2)).await;
    let run = world.run_again(job).await;
    assert_eq!((run.calls, run.rows_new), (run.pages_done + 2, 0));
    world.sandbox.strike("haccp", "rate-limit", None).await;
    world.start_run(job).await;
    assert_eq!(world.last_run(job, RunState::Waiting).await.calls, 1);
}
