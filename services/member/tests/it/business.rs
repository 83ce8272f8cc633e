use tonic::{Response, Status};
use tonic_types::StatusExt as _;
use xlcfi_contracts::member::v1::{
    Business, BusinessRegistered, BusinessStatus, RegisterBusinessRequest, RegisterBusinessResponse,
};
use xlcfi_errors::Code;
use xlcfi_identity::User;
use xlcfi_testkit::{assert_refused, user};

use crate::world::{NOW, World};

async fn register(world: &World, member: &User, number: &str, name: &str) -> Result<Business, Status> {
    let request = RegisterBusinessRequest {
        registration_number: number.into(),
        name: name.into(),
        representative: "김대표".into(),
    };
    let response: Response<RegisterBusinessResponse> =
        world.client(member).register_business(request).await?;
    Ok(response.into_inner().member.unwrap().business.unwrap())
}

#[tokio::test]
async fn a_business_is_registered_once_however_often_it_is_asked() {
    let world = World::start().await;
    let member = world.member().await;
    for number in ["124-81-00998", "1248100998"] {
        let business = register(&world, &member, number, "가게").await.unwrap();
        assert_eq!(
            business,
            Business {
                registration_number: "1248100998".into(),
                name: "가게".into(),
                representative: "김대표".into(),
                tax_exempt: false,
                register_time: Some(NOW),
                status: BusinessStatus::Unknown.into(),
                status_time: None,
            }
        );
        world.harness.advance(std::time::Duration::from_secs(60));
    }
    let told = world.harness.published::<BusinessRegistered>().await;
    let expected = BusinessRegistered {
        member_id: member.id.to_string(),
        registration_number: "1248100998".into(),
        name: "가게".into(),
        time: Some(NOW),
    };
    assert_eq!(told, [expected]);
}

#[tokio::test]
async fn a_tax_exempt_individual_is_told_by_the_number() {
    let world = World::start().await;
    let business = register(&world, &world.member().await, "123-90-00018", "농장")
        .await
        .unwrap();
    assert!(business.tax_exempt);
}

#[tokio::test]
async fn a_registration_is_corrected_or_replaced_by_the_next() {
    let world = World::start().await;
    let (member, other) = (world.member().await, world.member().await);
    register(&world, &member, "124-81-00998", "가게").await.unwrap();
    world.harness.advance(std::time::Duration::from_secs(60));

    let corrected = register(&world, &member, "124-81-00998", "새가게").await.unwrap();
    assert_eq!(
        (corrected.name.as_str(), corrected.register_time),
        ("새가게", Some(NOW))
    );
    let replaced = register(&world, &member, "120-81-47521", "새가게").await.unwrap();
    assert_eq!(replaced.registration_number, "1208147521");
    assert_eq!(replaced.register_time.unwrap().seconds, NOW.seconds + 60);
    assert_eq!(world.harness.published::<BusinessRegistered>().await.len(), 3);

    register(&world, &other, "124-81-00998", "남의가게")
        .await
        .unwrap();
}

#[tokio::test]
async fn a_number_without_its_check_digit_names_the_field() {
    let world = World::start().await;
    let member = world.member().await;
    for number in ["123-45-67890", "000-00-00000"] {
        let refused = register(&world, &member, number, " ").await;
        let status = assert_refused(refused, Code::InvalidArgument, "REGISTRATION_NUMBER_INVALID");
        let violations = status.get_details_bad_request().unwrap().field_violations;
        let fields: Vec<_> = violations
            .iter()
            .map(|violation| violation.field.as_str())
            .collect();
        assert_eq!(fields, ["name", "registration_number"]);
    }
    let refused = register(&world, &member, "124-81-00998", " ").await;
    assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
    let refused = register(&world, &member, "12-481-00998", "가게").await;
    assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
}

#[tokio::test]
async fn a_number_belongs_to_one_member() {
    let world = World::start().await;
    let (member, other) = (world.member().await, world.member().await);
    register(&world, &member, "124-81-00998", "가게").await.unwrap();
    let refused = register(&world, &other, "1248100998", "가게").await;
    assert_refused(refused, Code::AlreadyExists, "REGISTRATION_NUMBER_TAKEN");
    assert_eq!(world.harness.published::<BusinessRegistered>().await.len(), 1);
}

#[tokio::test]
async fn of_two_members_who_register_a_number_at_once_one_gets_it() {
    let world = World::start().await;
    let (member, other) = (world.member().await, world.member().await);
    let (first, second) = tokio::join!(
        register(&world, &member, "124-81-00998", "가게"),
        register(&world, &other, "124-81-00998", "가게"),
    );
    let (won, lost) = if first.is_ok() {
        (first, second)
    } else {
        (second, first)
    };
    won.unwrap();
    assert_refused(lost, Code::AlreadyExists, "REGISTRATION_NUMBER_TAKEN");
}

#[tokio::test]
async fn somebody_without_a_member_registers_nothing() {
    let world = World::start().await;
    let refused = register(&world, &user(), "124-81-00998", "가게").await;
    assert_refused(refused, Code::NotFound, "MEMBER_NOT_FOUND");
}
