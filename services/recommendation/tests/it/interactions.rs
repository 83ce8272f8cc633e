use uuid::Uuid;
use xlcfi_contracts::member::v1::MemberWithdrawn;
use xlcfi_contracts::recommendation::v1::{Interaction, InteractionKind, RecordInteractionsRequest};
use xlcfi_errors::Code;
use xlcfi_identity::User;
use xlcfi_testkit::{assert_refused, eventually, user};

use crate::world::{World, product, product_id};

/// A request that tells of these.
pub fn told(acts: &[(u64, InteractionKind)]) -> RecordInteractionsRequest {
    let interaction = |(number, kind): &(u64, InteractionKind)| Interaction {
        product_id: product_id(*number).to_string(),
        kind: (*kind).into(),
    };
    RecordInteractionsRequest {
        interactions: acts.iter().map(interaction).collect(),
        request_id: String::new(),
    }
}

async fn world_with_two() -> World {
    let world = World::start().await;
    for number in 0..2 {
        world.publish(product(number)).await;
    }
    world.count("select count(*) from product", 2).await;
    world
}

async fn record(world: &World, who: &User, request: RecordInteractionsRequest) -> i32 {
    world
        .client(who)
        .record_interactions(request)
        .await
        .unwrap()
        .into_inner()
        .recorded
}

async fn sums(world: &World, who: &User) -> (i64, i64) {
    sqlx::query_as(
        "select coalesce(sum(views), 0), coalesce(sum(carts), 0) from interaction where member_id = $1",
    )
    .bind(who.id.uuid())
    .fetch_one(world.harness.pool())
    .await
    .unwrap()
}

use InteractionKind::{Cart, View};

#[tokio::test]
async fn what_a_member_did_adds_up() {
    let world = world_with_two().await;
    let buyer = user();
    assert_eq!(
        record(
            &world,
            &buyer,
            told(&[(0, View), (0, View), (1, Cart), (9, View)])
        )
        .await,
        3
    );
    assert_eq!(record(&world, &buyer, told(&[(0, View)])).await, 1);
    assert_eq!(sums(&world, &buyer).await, (3, 1));
    assert_eq!(sums(&world, &user()).await, (0, 0));
}

#[tokio::test]
async fn the_same_request_counts_once() {
    let world = world_with_two().await;
    let buyer = user();
    let request = RecordInteractionsRequest {
        request_id: Uuid::now_v7().to_string(),
        ..told(&[(0, View), (1, View)])
    };
    for _ in 0..3 {
        assert_eq!(record(&world, &buyer, request.clone()).await, 2);
    }
    assert_eq!(sums(&world, &buyer).await, (2, 0));
    // The same id of somebody else is another request.
    let other = user();
    assert_eq!(record(&world, &other, request).await, 2);
    assert_eq!(sums(&world, &other).await, (2, 0));
}

#[tokio::test]
async fn who_withdraws_is_forgotten_for_good() {
    let world = world_with_two().await;
    let (buyer, other) = (user(), user());
    for who in [&buyer, &other] {
        record(&world, who, told(&[(0, View)])).await;
    }
    let withdrawn = MemberWithdrawn {
        member_id: buyer.id.to_string(),
        time: None,
    };
    let event = Uuid::now_v7();
    for _ in 0..2 {
        world
            .harness
            .redeliver("member", event, buyer.id.uuid(), 1, &withdrawn)
            .await;
    }
    eventually(async || (sums(&world, &buyer).await == (0, 0)).then_some(())).await;
    record(&world, &buyer, told(&[(1, View)])).await;
    assert_eq!(sums(&world, &buyer).await, (0, 0));
    assert_eq!(sums(&world, &other).await, (1, 0));
}

#[tokio::test]
async fn wrong_interactions_are_refused() {
    let world = World::start().await;
    let mut unknown = told(&[(0, View)]);
    unknown.interactions[0].kind = 0;
    let mut nameless = told(&[(0, View)]);
    nameless.interactions[0].product_id = "감자".into();
    let mut request_id = told(&[(0, View)]);
    request_id.request_id = "once".into();
    for request in [told(&[]), told(&[(0, View); 101]), unknown, nameless, request_id] {
        let refused = world.client(&user()).record_interactions(request).await;
        assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
    }
    let nobody = world.anonymous().record_interactions(told(&[(0, View)])).await;
    assert_refused(nobody, Code::Unauthenticated, "TOKEN_MISSING");
}
