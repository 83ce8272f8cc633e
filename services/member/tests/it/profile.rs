use prost_types::Timestamp;
use uuid::Uuid;
use xlcfi_contracts::auth::v1::{AccountCreated, RoleGranted};
use xlcfi_contracts::member::v1::{
    GetMemberRequest, GetPointsRequest, GetProfileRequest, Member, MemberCreated, MemberGrade, MemberRenamed,
    UpdateProfileRequest,
};
use xlcfi_errors::Code;
use xlcfi_identity::User;
use xlcfi_testkit::{admin, assert_refused, eventually, user};

use crate::world::{Client, NOW, World, account};

async fn profile(client: &mut Client) -> Member {
    client
        .get_profile(GetProfileRequest {})
        .await
        .unwrap()
        .into_inner()
        .member
        .unwrap()
}

#[tokio::test]
async fn a_member_is_made_when_an_account_is() {
    let world = World::start().await;
    let member = world.member().await;
    assert_eq!(
        profile(&mut world.client(&member)).await,
        Member {
            member_id: member.id.to_string(),
            display_name: "김상점".into(),
            email: "kim@example.com".into(),
            phone: String::new(),
            business: None,
            create_time: Some(NOW),
            update_time: Some(NOW),
            grade: MemberGrade::Welcome.into(),
            withdraw_time: None,
        }
    );
    assert_eq!(world.balance(&member).await, (0, 0));
    let told = world.harness.published::<MemberCreated>().await;
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].member_id.as_str(), told[0].time),
        (member.id.to_string().as_str(), Some(NOW))
    );
}

#[tokio::test]
async fn the_news_of_an_account_coming_again_changes_nothing() {
    let world = World::start().await;
    let member = user();
    let (key, id) = (member.id.uuid(), Uuid::now_v7());
    for _ in 0..2 {
        world
            .harness
            .redeliver("auth", id, key, 1, &account(&member))
            .await;
    }
    world
        .harness
        .deliver("auth", key, 2, &RoleGranted::default())
        .await;
    world.applied(key, 2).await;
    assert_eq!(world.harness.published::<MemberCreated>().await.len(), 1);
    assert_eq!(world.harness.parked().await, []);
}

#[tokio::test]
async fn the_news_of_an_account_under_another_id_keeps_the_profile() {
    let world = World::start().await;
    let member = world.member().await;
    let change = UpdateProfileRequest {
        display_name: Some("새 이름".into()),
        phone: None,
    };
    world.client(&member).update_profile(change).await.unwrap();
    world
        .harness
        .deliver("auth", member.id.uuid(), 2, &account(&member))
        .await;
    world.applied(member.id.uuid(), 2).await;
    assert_eq!(profile(&mut world.client(&member)).await.display_name, "새 이름");
    assert_eq!(world.harness.published::<MemberCreated>().await.len(), 1);
}

#[tokio::test]
async fn a_malformed_account_is_parked() {
    let world = World::start().await;
    let malformed = AccountCreated {
        account_id: "apple".into(),
        time: Some(NOW),
        ..Default::default()
    };
    world.harness.deliver("auth", Uuid::now_v7(), 1, &malformed).await;
    world.parked("xlcfi.auth.v1.AccountCreated").await;
}

#[tokio::test]
async fn only_the_given_fields_of_a_profile_change() {
    let world = World::start().await;
    let member = world.member().await;
    let mut client = world.client(&member);
    world.harness.advance(std::time::Duration::from_secs(60));

    let phone = UpdateProfileRequest {
        display_name: None,
        phone: Some("02-123-4567".into()),
    };
    for _ in 0..2 {
        let response = client.update_profile(phone.clone()).await.unwrap().into_inner();
        let changed = response.member.unwrap();
        assert_eq!(
            (changed.display_name.as_str(), changed.phone.as_str()),
            ("김상점", "02-123-4567")
        );
        assert_eq!(changed, profile(&mut client).await);
        assert_eq!(changed.update_time.unwrap().seconds, NOW.seconds + 60);
        world.harness.advance(std::time::Duration::from_secs(60));
    }
    let name = UpdateProfileRequest {
        display_name: Some(" 박농장 ".into()),
        phone: None,
    };
    client.update_profile(name).await.unwrap();
    let told = world.harness.published::<MemberRenamed>().await;
    let expected = MemberRenamed {
        member_id: member.id.to_string(),
        display_name: "박농장".into(),
        time: Some(Timestamp {
            seconds: NOW.seconds + 180,
            nanos: 0,
        }),
    };
    assert_eq!(told, [expected], "a phone is nobody else's matter");
    let now = profile(&mut client).await;
    assert_eq!(
        (now.display_name.as_str(), now.phone.as_str()),
        ("박농장", "02-123-4567")
    );
}

#[tokio::test]
async fn a_profile_takes_no_malformed_field() {
    let world = World::start().await;
    let mut client = world.client(&world.member().await);
    for (display_name, phone) in [
        (Some(""), None),
        (Some("  "), None),
        (Some("가".repeat(61).as_str()), None),
        (None, Some("call me")),
    ] {
        let request = UpdateProfileRequest {
            display_name: display_name.map(str::to_owned),
            phone: phone.map(str::to_owned),
        };
        assert_refused(
            client.update_profile(request).await,
            Code::InvalidArgument,
            "INVALID_FIELDS",
        );
    }
}

#[tokio::test]
async fn somebody_without_a_member_is_not_found() {
    let world = World::start().await;
    let mut client = world.client(&user());
    let (code, reason) = (Code::NotFound, "MEMBER_NOT_FOUND");
    assert_refused(client.get_profile(GetProfileRequest {}).await, code, reason);
    assert_refused(
        client.update_profile(UpdateProfileRequest::default()).await,
        code,
        reason,
    );
    assert_refused(client.get_points(GetPointsRequest {}).await, code, reason);
}

async fn get_member(world: &World, caller: &User, member_id: &str) -> Result<Member, tonic::Status> {
    let request = GetMemberRequest {
        member_id: member_id.into(),
    };
    let response = world.client(caller).get_member(request).await?;
    Ok(response.into_inner().member.unwrap())
}

#[tokio::test]
async fn admins_get_any_member_and_others_none() {
    let world = World::start().await;
    let (member, other) = (world.member().await, world.member().await);
    let id = member.id.to_string();
    assert_eq!(get_member(&world, &admin(), &id).await.unwrap().member_id, id);
    for caller in [&member, &other] {
        assert_refused(
            get_member(&world, caller, &id).await,
            Code::PermissionDenied,
            "ROLE_MISSING",
        );
    }
    let unknown = Uuid::now_v7().to_string();
    assert_refused(
        get_member(&world, &admin(), &unknown).await,
        Code::NotFound,
        "MEMBER_NOT_FOUND",
    );
    assert_refused(
        get_member(&world, &admin(), "apple").await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
}

#[tokio::test]
async fn nobody_has_a_profile_without_signing_in() {
    let world = World::start().await;
    let mut client = Client::new(world.harness.anonymous());
    let refused = client.get_profile(GetProfileRequest {}).await;
    assert_refused(refused, Code::Unauthenticated, "TOKEN_MISSING");
}

#[tokio::test]
async fn an_account_made_while_others_are_parked_is_served() {
    let world = World::start().await;
    let malformed = AccountCreated {
        account_id: "apple".into(),
        ..Default::default()
    };
    world.harness.deliver("auth", Uuid::now_v7(), 1, &malformed).await;
    let member = user();
    world
        .harness
        .deliver("auth", member.id.uuid(), 1, &account(&member))
        .await;
    let mut client = world.client(&member);
    eventually(async || client.get_profile(GetProfileRequest {}).await.ok()).await;
}
