use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::Status;
use xlcfi_contracts::member::v1::ListNotificationsRequest;
use xlcfi_contracts::member::v1::notification_service_client::NotificationServiceClient;
use xlcfi_contracts::member::v1::{
    Business, BusinessStatus, BusinessStatusChanged, GetProfileRequest, RegisterBusinessRequest,
};
use xlcfi_errors::Code;
use xlcfi_identity::User;
use xlcfi_testkit::{assert_refused, eventually};

use crate::world::World;

/// The tax office's double.
struct Office {
    url: String,
    client: reqwest::Client,
    _stop: DropGuard,
}

impl Office {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let options = xlcfi_sandbox::Options::default();
        tokio::spawn(xlcfi_sandbox::serve(listener, options, stop.clone()));
        xlcfi_service::choose_tls();
        Self {
            url,
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
            _stop: stop.drop_guard(),
        }
    }

    async fn put(&self, path: &str, body: Value) {
        let response = self
            .client
            .put(format!("{}{path}", self.url))
            .json(&body)
            .send()
            .await;
        assert!(response.unwrap().status().is_success(), "{path}");
    }

    async fn says(&self, number: &str, standing: &str) {
        self.put(&format!("/sandbox/nts/{number}"), json!({ "standing": standing }))
            .await;
    }

    async fn fails(&self, fault: &str) {
        let rules = json!({ "rules": [{ "endpoint": "nts_status", "fault": fault }] });
        self.put("/sandbox/faults", rules).await;
    }

    async fn recovers(&self) {
        self.put("/sandbox/faults", json!({ "rules": [] })).await;
    }
}

async fn register(world: &World, member: &User, number: &str) -> Result<Business, Status> {
    let request = RegisterBusinessRequest {
        registration_number: number.into(),
        name: "가게".into(),
        representative: "김대표".into(),
    };
    let response = world.client(member).register_business(request).await?;
    Ok(response.into_inner().member.unwrap().business.unwrap())
}

async fn status(world: &World, member: &User) -> BusinessStatus {
    let profile = world
        .client(member)
        .get_profile(GetProfileRequest {})
        .await
        .unwrap();
    profile.into_inner().member.unwrap().business.unwrap().status()
}

async fn becomes(world: &World, member: &User, wanted: BusinessStatus) {
    eventually(async || (status(world, member).await == wanted).then_some(())).await;
}

const NUMBER: &str = "1248100998";

#[tokio::test]
async fn a_business_that_trades_is_registered_with_what_the_tax_office_says() {
    let office = Office::open().await;
    let world = World::with_tax_office(&office.url).await;
    let member = world.member().await;
    let business = register(&world, &member, NUMBER).await.unwrap();
    assert_eq!(business.status(), BusinessStatus::Active);
    assert!(business.status_time.is_some());
    office.says("1208147521", "suspended").await;
    let business = register(&world, &member, "1208147521").await.unwrap();
    assert_eq!(business.status(), BusinessStatus::Suspended);
}

#[tokio::test]
async fn a_number_the_tax_office_does_not_know_or_that_is_closed_is_refused() {
    let office = Office::open().await;
    let world = World::with_tax_office(&office.url).await;
    let member = world.member().await;
    office.says(NUMBER, "unregistered").await;
    let refused = register(&world, &member, NUMBER).await;
    assert_refused(refused, Code::FailedPrecondition, "BUSINESS_UNREGISTERED");
    office.says(NUMBER, "closed").await;
    let refused = register(&world, &member, NUMBER).await;
    assert_refused(refused, Code::FailedPrecondition, "BUSINESS_CLOSED");
}

#[tokio::test]
async fn while_the_tax_office_fails_the_check_digit_is_enough_and_it_is_asked_again() {
    let office = Office::open().await;
    let world = World::with_tax_office(&office.url).await;
    for (number, fault) in [
        (NUMBER, "error=INTERNAL_ERROR"),
        ("1208147521", "rate-limit"),
        ("2208162517", "malformed"),
    ] {
        office.fails(fault).await;
        let member = world.member().await;
        let business = register(&world, &member, number).await.unwrap();
        assert_eq!(
            (business.status(), business.status_time),
            (BusinessStatus::Unknown, None),
            "{fault}"
        );
        office.recovers().await;
        world.harness.advance(Duration::from_secs(61));
        becomes(&world, &member, BusinessStatus::Active).await;
    }
}

#[tokio::test]
async fn a_business_that_closes_is_found_the_next_night_and_told_once() {
    let office = Office::open().await;
    let world = World::with_tax_office(&office.url).await;
    let member = world.member().await;
    register(&world, &member, NUMBER).await.unwrap();
    office.says(NUMBER, "closed").await;
    world.harness.advance(Duration::from_secs(86_400));
    becomes(&world, &member, BusinessStatus::Closed).await;
    world.harness.advance(Duration::from_secs(86_400));
    world.night().await;
    let told = world.harness.published::<BusinessStatusChanged>().await;
    assert_eq!(told.len(), 1);
    assert_eq!(
        (
            told[0].before(),
            told[0].status(),
            told[0].registration_number.as_str()
        ),
        (BusinessStatus::Active, BusinessStatus::Closed, NUMBER)
    );
    let mut inbox = NotificationServiceClient::new(world.harness.as_user(&member));
    let listed = inbox
        .list_notifications(ListNotificationsRequest::default())
        .await
        .unwrap();
    assert_eq!(
        listed.into_inner().notifications[0].title,
        "사업자 상태를 확인해 주세요"
    );
}

#[tokio::test]
async fn waits_grow_while_the_tax_office_stays_away() {
    let office = Office::open().await;
    let world = World::with_tax_office(&office.url).await;
    let member = world.member().await;
    office.fails("reset-before").await;
    register(&world, &member, NUMBER).await.unwrap();
    let failures = async |wanted: i32| {
        eventually(async || {
            let query = sqlx::query_scalar::<_, i32>("select check_failures from business");
            let failures = query.fetch_one(world.harness.pool()).await.unwrap();
            (failures == wanted).then_some(())
        })
        .await;
    };
    world.harness.advance(Duration::from_secs(61));
    failures(1).await;
    world.harness.advance(Duration::from_secs(121));
    failures(2).await;
    office.recovers().await;
    world.harness.advance(Duration::from_secs(241));
    becomes(&world, &member, BusinessStatus::Active).await;
    failures(0).await;
}
