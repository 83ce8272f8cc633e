use prost_types::Timestamp;
use tonic::Status;
use xlcfi_contracts::member::v1::PointEntryKind::{Earned, Forfeited};
use xlcfi_contracts::member::v1::notification_service_client::NotificationServiceClient;
use xlcfi_contracts::member::v1::{
    AddAddressRequest, GetMemberRequest, GetProfileRequest, ListAddressesRequest, ListNotificationsRequest,
    MemberWithdrawn, RegisterBusinessRequest, WithdrawMemberRequest,
};
use xlcfi_errors::Code;
use xlcfi_identity::User;
use xlcfi_testkit::{admin, assert_refused, user};

use crate::world::{NOW, Placed, World, is_done};

async fn withdraw(world: &World, member: &User) -> Result<Option<Timestamp>, Status> {
    let answer = world
        .client(member)
        .withdraw_member(WithdrawMemberRequest {})
        .await?;
    Ok(answer.into_inner().withdraw_time)
}

fn address() -> AddAddressRequest {
    AddAddressRequest {
        label: "가게".into(),
        recipient: "김상점".into(),
        phone: "02-123-4567".into(),
        postal_code: "04524".into(),
        line1: "세종대로 110".into(),
        ..Default::default()
    }
}

async fn arrive(world: &World, order: &Placed) {
    world.confirm(order).await;
    world
        .harness
        .deliver("order", order.id, 2, &order.shipped())
        .await;
    world
        .harness
        .deliver("order", order.id, 3, &order.delivered())
        .await;
    world.applied(order.id, 3).await;
}

#[tokio::test]
async fn who_withdraws_leaves_no_personal_data_and_right_accounts() {
    let world = World::start().await;
    let member = world.member().await;
    arrive(&world, &Placed::new(&member, 100_000, 0)).await;
    world.client(&member).add_address(address()).await.unwrap();
    let business = RegisterBusinessRequest {
        registration_number: "1248100998".into(),
        name: "가게".into(),
        representative: "김대표".into(),
    };
    world
        .client(&member)
        .register_business(business.clone())
        .await
        .unwrap();
    let lines = world.purchases(&member).await;
    for _ in 0..2 {
        assert_eq!(withdraw(&world, &member).await.unwrap(), Some(NOW));
        world.harness.advance(std::time::Duration::from_secs(60));
    }

    let refused = world.client(&member).get_profile(GetProfileRequest {}).await;
    assert_refused(refused, Code::NotFound, "MEMBER_NOT_FOUND");
    let refused = world.client(&member).add_address(address()).await;
    assert_refused(refused, Code::NotFound, "MEMBER_NOT_FOUND");
    let member_id = member.id.to_string();
    let shown = world
        .client(&admin())
        .get_member(GetMemberRequest { member_id })
        .await;
    let shown = shown.unwrap().into_inner().member.unwrap();
    assert_eq!(
        (
            shown.display_name.as_str(),
            shown.email.as_str(),
            shown.phone.as_str()
        ),
        ("탈퇴한 회원", "", "")
    );
    assert_eq!((shown.business, shown.withdraw_time), (None, Some(NOW)));
    let addresses = world
        .client(&member)
        .list_addresses(ListAddressesRequest::default())
        .await;
    assert_eq!(addresses.unwrap().into_inner().addresses, []);
    let mut inbox = NotificationServiceClient::new(world.harness.as_user(&member));
    let inbox = inbox
        .list_notifications(ListNotificationsRequest::default())
        .await;
    let inbox = inbox.unwrap().into_inner();
    assert_eq!((inbox.notifications, inbox.unread), (vec![], 0));

    assert_eq!(world.purchases(&member).await, lines);
    assert_eq!(
        world.ledger(&member).await,
        [(Earned, 1_000), (Forfeited, -1_000)]
    );
    assert_eq!(world.balance(&member).await, (0, 0));
    world.is_sound(&member).await;
    let told = world.harness.published::<MemberWithdrawn>().await;
    let expected = MemberWithdrawn {
        member_id: member.id.to_string(),
        time: Some(NOW),
    };
    assert_eq!(told, [expected]);

    // The number is free again, and nothing of the member is left in any text.
    let other = world.member().await;
    world.client(&other).register_business(business).await.unwrap();
    let left: i64 = sqlx::query_scalar(
        "select (select count(*) from member m where member_id = $1 and m::text like '%김상점%')
             + (select count(*) from address a where member_id = $1 and a::text like '%세종대로%')
             + (select count(*) from notification where member_id = $1)",
    )
    .bind(member.id.uuid())
    .fetch_one(world.harness.pool())
    .await
    .unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn nobody_withdraws_while_orders_are_under_way() {
    let world = World::start().await;
    let member = world.member_with_points(1_000).await;
    let refused = withdraw(&world, &member).await;
    assert_refused(refused, Code::FailedPrecondition, "ORDERS_UNDER_WAY");

    let member = world.member().await;
    let order = Placed::new(&member, 10_000, 0);
    world
        .harness
        .deliver("order", order.id, 1, &order.created())
        .await;
    world.applied(order.id, 1).await;
    let refused = withdraw(&world, &member).await;
    assert_refused(refused, Code::FailedPrecondition, "ORDERS_UNDER_WAY");
    world
        .harness
        .deliver("order", order.id, 2, &order.cancelled(false))
        .await;
    world.applied(order.id, 2).await;
    withdraw(&world, &member).await.unwrap();
}

#[tokio::test]
async fn an_order_that_overtakes_the_withdrawal_neither_holds_nor_earns_points() {
    let world = World::start().await;
    let member = world.member().await;
    withdraw(&world, &member).await.unwrap();
    let order = Placed::new(&member, 10_000, 0);
    assert!(!is_done(&world.hold(&order, 100).await));
    world.confirm(&order).await;
    assert_eq!(world.ledger(&member).await, []);
    let mut inbox = NotificationServiceClient::new(world.harness.as_user(&member));
    let listed = inbox
        .list_notifications(ListNotificationsRequest::default())
        .await
        .unwrap();
    assert_eq!(listed.into_inner().notifications, []);
    assert_eq!(world.harness.parked().await, []);
}

#[tokio::test]
async fn who_is_nobody_does_not_withdraw() {
    let world = World::start().await;
    let refused = withdraw(&world, &user()).await;
    assert_refused(refused, Code::NotFound, "MEMBER_NOT_FOUND");
}
