use std::time::Duration;

use uuid::Uuid;
use xlcfi_contracts::image::v1::{ImageDeleted, ImagePurpose};
use xlcfi_testkit::{eventually, user};

use crate::pictures::{jpeg, photo};
use crate::world::World;

#[tokio::test]
async fn what_nothing_shows_for_a_week_is_removed_with_its_files() {
    let (world, owner) = (World::start().await, user());
    let (kept, unused) = (world.photo(&owner, 80).await, world.photo(&owner, 81).await);
    world
        .claim("review", Uuid::now_v7(), &owner, &[&kept.image_id])
        .await
        .unwrap();
    world.files(12).await;
    world.days(8);
    eventually(async || world.get(&owner, &unused.image_id).await.is_err().then_some(())).await;
    eventually(async || {
        world.harness.advance(Duration::from_secs(600));
        let left: i64 =
            sqlx::query_scalar("select (select count(*) from content) + (select count(*) from leftover)")
                .fetch_one(world.harness.pool())
                .await
                .unwrap();
        (left == 1).then_some(())
    })
    .await;
    world.files(6).await;
    let told = world.harness.published::<ImageDeleted>().await;
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].image_id.as_str(), told[0].unused),
        (unused.image_id.as_str(), true)
    );
    assert!(world.rendition(&kept.content_hash, "card.webp").await.is_ok());
}

#[tokio::test]
async fn who_asks_for_an_image_to_show_it_keeps_it_for_another_week() {
    let (world, owner) = (World::start().await, user());
    let (asked, other) = (world.photo(&owner, 82).await, world.photo(&owner, 83).await);
    world.days(6);
    assert_eq!(world.resolve(&owner, &[&asked.image_id]).await.len(), 1);
    world.days(2);
    eventually(async || world.get(&owner, &other.image_id).await.is_err().then_some(())).await;
    assert!(world.get(&owner, &asked.image_id).await.is_ok());
}

#[tokio::test]
async fn a_file_that_comes_again_after_its_removal_is_made_anew() {
    let (world, owner) = (World::start().await, user());
    let first = world.photo(&owner, 84).await;
    world.days(8);
    eventually(async || world.get(&owner, &first.image_id).await.is_err().then_some(())).await;
    let again = world.photo(&owner, 84).await;
    assert_eq!(again.content_hash, first.content_hash);
    eventually(async || {
        let left: i64 = sqlx::query_scalar("select count(*) from leftover")
            .fetch_one(world.harness.pool())
            .await
            .unwrap();
        world.harness.advance(Duration::from_secs(600));
        (left == 0).then_some(())
    })
    .await;
    assert!(world.rendition(&again.content_hash, "card.webp").await.is_ok());
}

#[tokio::test]
async fn the_files_of_an_upload_that_was_never_kept_are_removed() {
    let (world, owner) = (World::start().await, user());
    // What a process leaves that ends between the files and their row.
    let place = Uuid::now_v7();
    let folder = world
        .folder
        .store()
        .join("renditions")
        .join(place.simple().to_string());
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("card.webp"), "half").unwrap();
    sqlx::query("insert into leftover (place, due_time) values ($1, $2)")
        .bind(place)
        .bind(world.harness.now() + Duration::from_secs(3_600))
        .execute(world.harness.pool())
        .await
        .unwrap();
    let file = jpeg(&photo(85, 300, 300));
    world.upload(&owner, ImagePurpose::Product, &file).await.unwrap();
    world.files(7).await;
    world.harness.advance(Duration::from_secs(3_601));
    world.files(6).await;
}
