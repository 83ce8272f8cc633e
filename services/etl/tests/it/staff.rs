use serde_json::json;
use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::etl::v1::etl_service_client::EtlServiceClient;
use xlcfi_contracts::etl::v1::{
    CancelRunRequest, GetRecallNoticeRequest, GetRunRequest, JobState, ListJobsRequest, ListPricesRequest,
    ListRecordsRequest, PauseJobRequest, ResumeJobRequest, RunState, StartBackfillRequest, StartRunRequest,
};
use xlcfi_contracts::types::v1::Role;
use xlcfi_identity::User;
use xlcfi_testkit::{assert_refused, seller, user};

use crate::world::{RECALLS, World, start};

#[tokio::test]
async fn only_staff_sees_and_moves_what_is_pulled() {
    let world = World::with(|_| json!({})).await;
    for outsider in [user(), seller()] {
        let mut client = EtlServiceClient::new(world.harness.as_user(&outsider));
        assert_refused(
            client.list_jobs(ListJobsRequest {}).await,
            Code::PermissionDenied,
            "ROLE_MISSING",
        );
        let prices = client.list_prices(ListPricesRequest::default()).await;
        assert_refused(prices, Code::PermissionDenied, "ROLE_MISSING");
    }
    let mut nobody = EtlServiceClient::new(world.harness.anonymous());
    assert_refused(
        nobody.list_jobs(ListJobsRequest {}).await,
        Code::Unauthenticated,
        "TOKEN_MISSING",
    );

    let support = User {
        roles: vec![Role::Buyer, Role::Support],
        ..user()
    };
    let mut client = EtlServiceClient::new(world.harness.as_user(&support));
    let jobs = client
        .list_jobs(ListJobsRequest {})
        .await
        .unwrap()
        .into_inner()
        .jobs;
    assert_eq!(jobs.len(), 9);
    assert!(jobs.iter().all(|job| job.state() == JobState::NotSetUp));
    let pause = client
        .pause_job(PauseJobRequest {
            job: RECALLS.into(),
            reason: String::new(),
        })
        .await;
    assert_refused(pause, Code::PermissionDenied, "ROLE_MISSING");
}

#[tokio::test]
async fn a_paused_job_rests_until_it_is_resumed() {
    let world = World::with_recalls().await;
    world.last_run(RECALLS, RunState::Done).await;
    let mut client = world.client();
    let pause = PauseJobRequest {
        job: RECALLS.into(),
        reason: "a new key is coming".into(),
    };
    let paused = client.pause_job(pause).await.unwrap().into_inner().job.unwrap();
    assert_eq!(
        (paused.state(), paused.pause_reason.as_str()),
        (JobState::Paused, "a new key is coming")
    );
    assert_eq!(paused.next_run_time, None);
    let start = start(RECALLS);
    assert_refused(
        client.start_run(start.clone()).await,
        Code::FailedPrecondition,
        "JOB_PAUSED",
    );
    let resumed = client
        .resume_job(ResumeJobRequest { job: RECALLS.into() })
        .await
        .unwrap()
        .into_inner()
        .job
        .unwrap();
    assert_eq!(
        (resumed.state(), resumed.pause_reason.as_str()),
        (JobState::Active, "")
    );
    client.start_run(start).await.unwrap();
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let world = World::with_recalls().await;
    let mut client = world.client();
    let (job, request_id, id) = (
        "soup".to_owned(),
        Uuid::now_v7().to_string(),
        Uuid::now_v7().to_string(),
    );
    let refused = client
        .pause_job(PauseJobRequest {
            job: job.clone(),
            reason: String::new(),
        })
        .await;
    assert_refused(refused, Code::NotFound, "JOB_NOT_FOUND");
    let refused = client.resume_job(ResumeJobRequest { job: job.clone() }).await;
    assert_refused(refused, Code::NotFound, "JOB_NOT_FOUND");
    let refused = client
        .start_run(StartRunRequest {
            job: job.clone(),
            request_id: request_id.clone(),
        })
        .await;
    assert_refused(refused, Code::NotFound, "JOB_NOT_FOUND");
    let refused = client
        .list_records(ListRecordsRequest {
            job: job.clone(),
            ..Default::default()
        })
        .await;
    assert_refused(refused, Code::NotFound, "JOB_NOT_FOUND");
    let days = StartBackfillRequest {
        job,
        from_date: "2024-03-01".into(),
        to_date: "2024-03-02".into(),
        request_id: request_id.clone(),
    };
    assert_refused(client.start_backfill(days).await, Code::NotFound, "JOB_NOT_FOUND");
    let refused = client
        .start_run(StartRunRequest {
            job: "kamis-prices".into(),
            request_id,
        })
        .await;
    assert_refused(refused, Code::FailedPrecondition, "JOB_NOT_SET_UP");
    let refused = client.get_run(GetRunRequest { run_id: id.clone() }).await;
    assert_refused(refused, Code::NotFound, "RUN_NOT_FOUND");
    let refused = client.cancel_run(CancelRunRequest { run_id: id.clone() }).await;
    assert_refused(refused, Code::NotFound, "RUN_NOT_FOUND");
    let refused = client
        .get_recall_notice(GetRecallNoticeRequest { notice_id: id })
        .await;
    assert_refused(refused, Code::NotFound, "NOTICE_NOT_FOUND");
    let done = world.last_run(RECALLS, RunState::Done).await;
    let refused = client.cancel_run(CancelRunRequest { run_id: done.run_id }).await;
    assert_refused(refused, Code::FailedPrecondition, "RUN_ENDED");
}
