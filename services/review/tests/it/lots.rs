use uuid::Uuid;
use xlcfi_contracts::review::v1::{ListLotRatingsRequest, LotRating, LotRatingDropped};
use xlcfi_errors::Code;
use xlcfi_identity::User;
use xlcfi_testkit::{assert_refused, eventually, seller, user};

use crate::world::{World, saying};

async fn rated(world: &World, product: Uuid, lot: Uuid, ratings: &[i32]) {
    for rating in ratings {
        let buyer = world.buyer().await;
        let line = world.deliver_from(&buyer, product, &[lot]).await;
        world.create(&buyer, saying(line, *rating)).await.unwrap();
    }
}

async fn lots(world: &World, who: &User, product: Uuid) -> Vec<LotRating> {
    let request = ListLotRatingsRequest {
        product_id: product.to_string(),
    };
    let answer = world.reviews(who).list_lot_ratings(request).await.unwrap();
    answer.into_inner().lots
}

#[tokio::test]
async fn a_lot_rated_clearly_worse_is_told_to_its_seller_once() {
    let world = World::start().await;
    let (product, good, bad) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    rated(&world, product, good, &[5, 5, 4, 5, 5, 5, 4, 5]).await;
    rated(&world, product, bad, &[1, 2, 1, 1, 1, 1]).await;
    let told = eventually(async || world.harness.published::<LotRatingDropped>().await.pop()).await;
    assert_eq!(
        (told.lot_id.as_str(), told.seller_id.as_str()),
        (&*bad.to_string(), &*world.seller.id.to_string())
    );
    assert!(told.mean < 2.0 && told.other_mean > 4.5, "{told:?}");
    let seen = eventually(async || {
        let seen = lots(&world, &world.seller, product).await;
        (seen.iter().map(|lot| lot.ratings).sum::<i64>() == 14).then_some(seen)
    })
    .await;
    assert_eq!(
        (seen[0].lot_id.as_str(), seen[0].dropped),
        (&*bad.to_string(), true)
    );
    assert_eq!(
        (seen[1].lot_id.as_str(), seen[1].dropped),
        (&*good.to_string(), false)
    );

    rated(&world, product, bad, &[1]).await;
    checked(&world).await;
    assert_eq!(world.harness.published::<LotRatingDropped>().await.len(), 1);
    assert_eq!(
        world.notices(&world.seller).await,
        ["평점이 낮은 로트가 있습니다"]
    );
    assert_eq!(lots(&world, &seller(), product).await, []);
    let request = ListLotRatingsRequest {
        product_id: product.to_string(),
    };
    let refused = world.reviews(&user()).list_lot_ratings(request).await;
    assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");
}

/// Waits until all lots are known and compared.
async fn checked(world: &World) {
    eventually(async || {
        let open: i64 = sqlx::query_scalar(
            "select (select count(*) from purchase where state = 'delivered' and lots_time is null)
                 + (select count(*) from product_summary where not lots_checked)",
        )
        .fetch_one(world.harness.pool())
        .await
        .unwrap();
        (open == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn lots_become_known_when_product_answers_again() {
    let world = World::start().await;
    let mut known = world.told.lock().unwrap().take();
    let buyer = world.buyer().await;
    let (product, lot, other) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let line = world.deliver(&buyer, product).await;
    let review = world.create(&buyer, saying(line, 5)).await.unwrap();
    assert_eq!(review.lot_ids, Vec::<String>::new());
    let of = |lot_id: Uuid, product_id: Uuid| xlcfi_contracts::product::v1::OrderLot {
        order_id: line.order_id.to_string(),
        product_id: product_id.to_string(),
        lot_id: lot_id.to_string(),
        quantity: 2,
    };
    // One is of a product the order does not have.
    let told = vec![
        of(lot, product),
        of(other, product),
        of(Uuid::now_v7(), Uuid::now_v7()),
    ];
    known.as_mut().unwrap().insert(line.order_id, told);
    *world.told.lock().unwrap() = known;
    let second = world.deliver_from(&buyer, product, &[lot]).await;
    checked(&world).await;
    let mut lots = vec![lot.to_string(), other.to_string()];
    lots.sort();
    assert_eq!(world.get(&user(), &review).await.unwrap().lot_ids, lots);
    let review = world.create(&buyer, saying(second, 4)).await.unwrap();
    assert_eq!(review.lot_ids, [lot.to_string()]);
}
