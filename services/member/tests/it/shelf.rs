use std::time::Duration;

use uuid::Uuid;
use xlcfi_contracts::member::v1::shelf_service_client::ShelfServiceClient;
use xlcfi_contracts::member::v1::{
    AddViewedRequest, AddWishRequest, ClearViewedRequest, ListViewedRequest, ListWishesRequest,
    RemoveWishRequest,
};
use xlcfi_errors::Code;
use xlcfi_identity::User;
use xlcfi_testkit::{Calling, assert_refused, user};

use crate::world::World;

fn client(world: &World, member: &User) -> ShelfServiceClient<Calling> {
    ShelfServiceClient::new(world.harness.as_user(member))
}

fn wish(product_id: Uuid) -> AddWishRequest {
    AddWishRequest {
        product_id: product_id.to_string(),
    }
}

async fn wishes(world: &World, member: &User) -> Vec<String> {
    let listed = client(world, member)
        .list_wishes(ListWishesRequest::default())
        .await;
    let wishes = listed.unwrap().into_inner().wishes;
    wishes.into_iter().map(|wish| wish.product_id).collect()
}

async fn viewed(world: &World, member: &User) -> Vec<String> {
    let request = ListViewedRequest {
        page_size: 100,
        ..Default::default()
    };
    let viewed = client(world, member)
        .list_viewed(request)
        .await
        .unwrap()
        .into_inner()
        .viewed;
    viewed.into_iter().map(|viewed| viewed.product_id).collect()
}

#[tokio::test]
async fn a_wish_stays_where_it_was_put_until_it_is_removed() {
    let world = World::start().await;
    let (member, other) = (world.member().await, world.member().await);
    let (apple, pear) = (Uuid::now_v7(), Uuid::now_v7());
    for product_id in [apple, pear, apple] {
        client(&world, &member).add_wish(wish(product_id)).await.unwrap();
        world.harness.advance(Duration::from_secs(60));
    }
    assert_eq!(
        wishes(&world, &member).await,
        [pear.to_string(), apple.to_string()]
    );
    let page = ListWishesRequest {
        page_size: 1,
        ..Default::default()
    };
    let first = client(&world, &member)
        .list_wishes(page.clone())
        .await
        .unwrap()
        .into_inner();
    let rest = ListWishesRequest {
        page_token: first.next_page_token,
        ..page
    };
    let rest = client(&world, &member)
        .list_wishes(rest)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (rest.wishes[0].product_id.as_str(), rest.next_page_token.as_str()),
        (apple.to_string().as_str(), "")
    );
    for member in [&other, &member, &member] {
        let product_id = pear.to_string();
        let removed = client(&world, member)
            .remove_wish(RemoveWishRequest { product_id })
            .await;
        removed.unwrap();
    }
    assert_eq!(wishes(&world, &member).await, [apple.to_string()]);
    assert_eq!(wishes(&world, &other).await, Vec::<String>::new());
    let refused = client(&world, &user()).add_wish(wish(apple)).await;
    assert_refused(refused, Code::NotFound, "MEMBER_NOT_FOUND");
}

#[tokio::test]
async fn a_wish_list_has_an_end() {
    let world = World::start().await;
    let member = world.member().await;
    sqlx::query("insert into wish select $1, gen_random_uuid(), now() from generate_series(1, 500)")
        .bind(member.id.uuid())
        .execute(world.harness.pool())
        .await
        .unwrap();
    let refused = client(&world, &member).add_wish(wish(Uuid::now_v7())).await;
    assert_refused(refused, Code::FailedPrecondition, "WISH_LIST_FULL");
}

#[tokio::test]
async fn the_last_fifty_products_that_were_looked_at_are_remembered() {
    let world = World::start().await;
    let (member, other) = (world.member().await, world.member().await);
    let products: Vec<String> = (0..52).map(|_| Uuid::now_v7().to_string()).collect();
    for product_id in products.iter().chain([&products[30]]) {
        let product_id = product_id.clone();
        client(&world, &member)
            .add_viewed(AddViewedRequest { product_id })
            .await
            .unwrap();
        world.harness.advance(Duration::from_secs(1));
    }
    let seen = viewed(&world, &member).await;
    assert_eq!(
        (seen.len(), &seen[0], &seen[1]),
        (50, &products[30], &products[51])
    );
    assert!(!seen.contains(&products[0]) && !seen.contains(&products[1]));
    client(&world, &other)
        .clear_viewed(ClearViewedRequest {})
        .await
        .unwrap();
    assert_eq!(viewed(&world, &member).await.len(), 50);
    client(&world, &member)
        .clear_viewed(ClearViewedRequest {})
        .await
        .unwrap();
    assert_eq!(viewed(&world, &member).await, Vec::<String>::new());
    let stranger = AddViewedRequest {
        product_id: products[0].clone(),
    };
    let refused = client(&world, &user()).add_viewed(stranger).await;
    assert_refused(refused, Code::NotFound, "MEMBER_NOT_FOUND");
}
