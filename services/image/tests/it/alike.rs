use image::imageops::crop_imm;
use uuid::Uuid;
use xlcfi_contracts::image::v1::{ImagePurpose, ImageUploaded, ListSimilarImagesRequest};
use xlcfi_errors::Code;
use xlcfi_testkit::{assert_refused, user};

use crate::pictures::{jpeg, jpeg_with, lit, photo, png, scaled, webp};
use crate::world::{World, catalogue};

#[tokio::test]
async fn a_copy_is_found_however_it_was_saved_scaled_lit_or_trimmed() {
    let world = World::start().await;
    let (owner, thief) = (user(), user());
    let picture = photo(40, 900, 700);
    let original = world
        .upload(&owner, ImagePurpose::Product, &jpeg(&picture))
        .await
        .unwrap();
    assert!(!original.resembles_others);
    let original = original.image.unwrap();
    let copies = [
        ("saved again", jpeg_with(&picture, 40, |_| {})),
        ("as PNG", png(&picture)),
        ("as WebP", webp(&picture)),
        ("half as large", jpeg(&scaled(&picture, 450, 350))),
        ("squeezed", jpeg(&scaled(&picture, 700, 600))),
        ("darker", jpeg(&lit(&picture, 80))),
        ("trimmed", jpeg(&crop_imm(&picture, 9, 7, 882, 686).to_image())),
    ];
    for (how, copy) in copies {
        let copied = world.upload(&thief, ImagePurpose::Product, &copy).await.unwrap();
        assert!(copied.resembles_others, "{how}");
        let told = world.harness.published::<ImageUploaded>().await;
        let resembled = &told.last().unwrap().resembled_image_ids;
        assert_eq!(resembled, std::slice::from_ref(&original.image_id), "{how}");
    }
}

#[tokio::test]
async fn pictures_of_different_things_are_not_taken_for_copies() {
    let world = World::start().await;
    for seed in 50..80 {
        let file = jpeg(&photo(seed, 300, 240));
        let uploaded = world.upload(&user(), ImagePurpose::Product, &file).await.unwrap();
        assert!(!uploaded.resembles_others, "{seed}");
    }
}

#[tokio::test]
async fn an_owner_hears_of_their_own_look_alikes_and_never_of_whose_others_are() {
    let world = World::start().await;
    let (owner, other) = (user(), user());
    let picture = photo(41, 500, 400);
    let mut own = Vec::new();
    for quality in [90, 60, 30] {
        let file = jpeg_with(&picture, quality, |_| {});
        let uploaded = world.upload(&owner, ImagePurpose::Review, &file).await.unwrap();
        let mut similar = uploaded.similar_image_ids;
        similar.sort();
        assert_eq!(similar, own);
        assert!(!uploaded.resembles_others);
        own.push(uploaded.image.unwrap().image_id);
        world.harness.advance(std::time::Duration::from_secs(1));
    }
    let theirs = world
        .upload(&other, ImagePurpose::Review, &jpeg(&picture))
        .await
        .unwrap();
    assert!(theirs.resembles_others && theirs.similar_image_ids.is_empty());
    assert_eq!(
        world
            .harness
            .published::<ImageUploaded>()
            .await
            .last()
            .unwrap()
            .resembled_image_ids
            .len(),
        3
    );
}

#[tokio::test]
async fn who_looks_after_the_catalogue_sees_all_that_looks_alike() {
    let world = World::start().await;
    let (owner, moderator) = (user(), catalogue());
    let first = world.photo(&owner, 42).await;
    let copy = jpeg_with(&photo(42, 400, 300), 50, |_| {});
    let copy = world
        .upload(&user(), ImagePurpose::Product, &copy)
        .await
        .unwrap()
        .image
        .unwrap();
    world.photo(&owner, 43).await;
    let ask = |image_id: &str| ListSimilarImagesRequest {
        image_id: image_id.into(),
    };
    for (asked, found) in [(&first, &copy), (&copy, &first)] {
        let listed = world
            .client(&moderator)
            .list_similar_images(ask(&asked.image_id))
            .await;
        let similar = listed.unwrap().into_inner().images;
        assert_eq!(similar.len(), 1);
        assert_eq!(similar[0].image.as_ref(), Some(found));
        assert!((0..=7).contains(&similar[0].distance));
    }
    assert_eq!(world.get(&moderator, &first.image_id).await.unwrap(), first);
    let refused = world
        .client(&owner)
        .list_similar_images(ask(&first.image_id))
        .await;
    assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");
    let unknown = world
        .client(&moderator)
        .list_similar_images(ask(&Uuid::now_v7().to_string()))
        .await;
    assert_refused(unknown, Code::NotFound, "IMAGE_NOT_FOUND");
}

#[tokio::test]
async fn the_indexes_find_every_hash_that_differs_in_at_most_seven_bits() {
    let world = World::start().await;
    let image = world.photo(&user(), 44).await;
    let hash: i64 = sqlx::query_scalar("select phash from content")
        .fetch_one(world.harness.pool())
        .await
        .unwrap();
    let mut dice = crate::pictures::Dice(7);
    let mut near = Vec::new();
    for distance in (0..=9).flat_map(|distance| [distance; 20]) {
        let mut other = hash;
        while (other ^ hash).count_ones() < distance {
            other ^= 1 << dice.below(64);
        }
        let inserted = sqlx::query_scalar::<_, Uuid>(
            "with made as (
                 insert into content (content_hash, place, format, width, height, byte_count, sharpness, brightness,
                     phash, regions, renditions, create_time)
                 select sha256($1::text::bytea), gen_random_uuid(), format, width, height, byte_count, sharpness,
                     brightness, $2, regions, renditions, create_time
                 from content limit 1 returning content_hash, create_time
             )
             insert into image (image_id, owner_id, content_hash, purpose, unclaimed_since, create_time)
             select gen_random_uuid(), gen_random_uuid(), content_hash, 'review', create_time, create_time from made
             returning image_id",
        )
        .bind(dice.roll().to_string())
        .bind(other)
        .fetch_one(world.harness.pool())
        .await
        .unwrap();
        if distance <= 7 {
            near.push(inserted.to_string());
        }
    }
    // Fifty are shown at most, the most alike: take those away and look again.
    let mut found = Vec::new();
    while found.len() < near.len() {
        let request = ListSimilarImagesRequest {
            image_id: image.image_id.clone(),
        };
        let listed = world
            .client(&catalogue())
            .list_similar_images(request)
            .await
            .unwrap();
        let ids: Vec<String> = listed
            .into_inner()
            .images
            .into_iter()
            .map(|similar| similar.image.unwrap().image_id)
            .collect();
        assert!(!ids.is_empty(), "{} of {} found", found.len(), near.len());
        sqlx::query("delete from image where image_id::text = any ($1)")
            .bind(&ids)
            .execute(world.harness.pool())
            .await
            .unwrap();
        found.extend(ids);
    }
    found.sort();
    near.sort();
    assert_eq!(found, near);
}
