use uuid::Uuid;
use xlcfi_contracts::image::v1::{DeleteImageRequest, Image, ImageDeleted, ImagePurpose};
use xlcfi_contracts::member::v1::MemberWithdrawn;
use xlcfi_contracts::product::v1::{
    Certificate, Lot, LotReceived, Product, ProductPublished, ProductUpdated,
};
use xlcfi_errors::Code;
use xlcfi_identity::User;
use xlcfi_testkit::{assert_refused, eventually, seller, user};

use crate::pictures::{jpeg, photo};
use crate::world::World;

fn delete(image: &Image) -> DeleteImageRequest {
    DeleteImageRequest {
        image_id: image.image_id.clone(),
    }
}

async fn claimed(world: &World, owner: &User, image: &Image) -> bool {
    world.get(owner, &image.image_id).await.unwrap().claimed
}

#[tokio::test]
async fn resolving_tells_which_images_are_the_owners_in_the_order_asked_for() {
    let world = World::start().await;
    let (owner, other) = (user(), user());
    let (one, two) = (world.photo(&owner, 60).await, world.photo(&owner, 61).await);
    let theirs = world.photo(&other, 62).await;
    let unknown = Uuid::now_v7().to_string();
    let asked = [two.image_id.as_str(), &theirs.image_id, &unknown, &one.image_id];
    assert_eq!(world.resolve(&owner, &asked).await, [two.clone(), one.clone()]);
    assert_eq!(world.resolve(&other, &asked).await, std::slice::from_ref(&theirs));
}

#[tokio::test]
async fn only_services_named_in_the_contract_resolve_and_claim() {
    let world = World::start().await;
    let image = world.photo(&user(), 63).await;
    let request = xlcfi_contracts::image::v1::ResolveImagesRequest {
        owner_id: image.owner_id.clone(),
        image_ids: vec![image.image_id.clone()],
    };
    let refused = world.service("order").resolve_images(request.clone()).await;
    assert_refused(refused, Code::PermissionDenied, "CALLER_NOT_ALLOWED");
    let refused = world.client(&user()).resolve_images(request).await;
    assert!(refused.is_err());
    let refused = world.claim("admin", Uuid::now_v7(), &user(), &[]).await;
    assert_refused(refused, Code::PermissionDenied, "CALLER_NOT_ALLOWED");
}

#[tokio::test]
async fn what_something_shows_cannot_be_deleted_until_nothing_does() {
    let (world, owner) = (World::start().await, user());
    let (one, two) = (world.photo(&owner, 64).await, world.photo(&owner, 65).await);
    let (review, product) = (Uuid::now_v7(), Uuid::now_v7());
    world
        .claim("review", review, &owner, &[&one.image_id, &two.image_id])
        .await
        .unwrap();
    world
        .claim("review", review, &owner, &[&one.image_id, &two.image_id])
        .await
        .unwrap();
    world
        .claim("product", product, &owner, &[&one.image_id])
        .await
        .unwrap();
    let refused = world.client(&owner).delete_image(delete(&one)).await;
    assert_refused(refused, Code::FailedPrecondition, "IMAGE_IN_USE");

    world
        .claim("review", review, &owner, &[&two.image_id])
        .await
        .unwrap();
    assert!(claimed(&world, &owner, &one).await, "the product still shows it");
    world.claim("product", product, &owner, &[]).await.unwrap();
    assert!(!claimed(&world, &owner, &one).await);
    let strange = world.client(&user()).delete_image(delete(&one)).await;
    assert_refused(strange, Code::NotFound, "IMAGE_NOT_FOUND");
    world.client(&owner).delete_image(delete(&one)).await.unwrap();
    let again = world.client(&owner).delete_image(delete(&one)).await;
    assert_refused(again, Code::NotFound, "IMAGE_NOT_FOUND");
    let told = world.harness.published::<ImageDeleted>().await;
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].image_id.as_str(), told[0].unused),
        (one.image_id.as_str(), false)
    );
}

#[tokio::test]
async fn nobody_claims_what_is_somebody_elses() {
    let world = World::start().await;
    let (owner, other) = (user(), user());
    let (one, theirs) = (world.photo(&owner, 66).await, world.photo(&other, 67).await);
    for ids in [
        [one.image_id.as_str(), &theirs.image_id],
        [&one.image_id, &Uuid::now_v7().to_string()],
    ] {
        let refused = world.claim("review", Uuid::now_v7(), &owner, &ids).await;
        assert_refused(refused, Code::NotFound, "IMAGE_NOT_FOUND");
    }
    assert!(!claimed(&world, &owner, &one).await);
}

fn product(id: Uuid, seller: &User, images: &[&Image]) -> Option<Product> {
    Some(Product {
        product_id: id.to_string(),
        seller_id: seller.id.to_string(),
        image_ids: images.iter().map(|image| image.image_id.clone()).collect(),
        ..Product::default()
    })
}

#[tokio::test]
async fn products_and_lots_claim_by_their_events_however_often_these_come() {
    let (world, seller) = (World::start().await, seller());
    let (one, two) = (world.photo(&seller, 68).await, world.photo(&seller, 69).await);
    let theirs = world.photo(&user(), 70).await;
    let file = jpeg(&photo(71, 300, 300));
    let paper = world
        .upload(&seller, ImagePurpose::Document, &file)
        .await
        .unwrap()
        .image
        .unwrap();
    let id = Uuid::now_v7();

    let published = ProductPublished {
        product: product(id, &seller, &[&one, &theirs]),
        time: None,
    };
    let message = world.harness.deliver("product", id, 1, &published).await;
    eventually(async || claimed(&world, &seller, &one).await.then_some(())).await;
    let updated = ProductUpdated {
        product: product(id, &seller, &[&two]),
        time: None,
    };
    world.harness.deliver("product", id, 2, &updated).await;
    eventually(async || claimed(&world, &seller, &two).await.then_some(())).await;
    assert!(!claimed(&world, &seller, &one).await);
    world
        .harness
        .redeliver("product", message, id, 1, &published)
        .await;
    let certificate = |image_id: &str| Certificate {
        kind: "HACCP".into(),
        number: "1".into(),
        image_id: image_id.into(),
    };
    let received = LotReceived {
        lot: Some(Lot {
            lot_id: Uuid::now_v7().to_string(),
            product_id: id.to_string(),
            certificates: vec![
                certificate(&paper.image_id),
                certificate(""),
                certificate(&one.image_id),
            ],
            ..Lot::default()
        }),
        ..LotReceived::default()
    };
    world.harness.deliver("product", id, 3, &received).await;
    eventually(async || claimed(&world, &seller, &paper).await.then_some(())).await;
    assert!(
        !claimed(&world, &seller, &one).await,
        "it is no document, and the old news changed nothing"
    );
    let rows: i64 = sqlx::query_scalar("select count(*) from claim")
        .fetch_one(world.harness.pool())
        .await
        .unwrap();
    assert_eq!(rows, 2, "somebody else's image was passed over");
    assert_eq!(world.harness.parked().await, []);
}

#[tokio::test]
async fn malformed_news_of_products_is_parked() {
    let world = World::start().await;
    let id = Uuid::now_v7();
    let published = ProductPublished {
        product: Some(Product {
            product_id: "mine".into(),
            ..Product::default()
        }),
        time: None,
    };
    world.harness.deliver("product", id, 1, &published).await;
    eventually(async || (world.harness.parked().await.len() == 1).then_some(())).await;
    let member = Uuid::now_v7();
    let withdrawn = MemberWithdrawn {
        member_id: "x".into(),
        time: None,
    };
    world.harness.deliver("member", member, 1, &withdrawn).await;
    eventually(async || (world.harness.parked().await.len() == 2).then_some(())).await;
}

#[tokio::test]
async fn what_nothing_shows_goes_with_a_member_who_withdraws() {
    let (world, member) = (World::start().await, user());
    let (shown, other) = (world.photo(&member, 72).await, world.photo(&member, 73).await);
    world
        .claim("review", Uuid::now_v7(), &member, &[&shown.image_id])
        .await
        .unwrap();
    let withdrawn = MemberWithdrawn {
        member_id: member.id.to_string(),
        time: None,
    };
    let id = world
        .harness
        .deliver("member", member.id.uuid(), 1, &withdrawn)
        .await;
    world
        .harness
        .redeliver("member", id, member.id.uuid(), 1, &withdrawn)
        .await;
    eventually(async || world.get(&member, &other.image_id).await.is_err().then_some(())).await;
    assert!(world.get(&member, &shown.image_id).await.is_ok());
}
