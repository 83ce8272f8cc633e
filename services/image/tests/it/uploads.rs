use std::time::Duration;

use futures::stream;
use uuid::Uuid;
use xlcfi_contracts::image::v1::{
    ImagePurpose, ImageState, ImageUploaded, ListImagesRequest, UploadImageRequest,
};
use xlcfi_errors::Code;
use xlcfi_testkit::{assert_refused, user};

use crate::pictures::{jpeg, photo};
use crate::world::{World, pieces};

#[tokio::test]
async fn a_picture_is_taken_in_and_has_six_renditions_nowhere_larger_than_itself() {
    let (world, buyer) = (World::start().await, user());
    let file = jpeg(&photo(1, 1_000, 750));
    let uploaded = world.upload(&buyer, ImagePurpose::Review, &file).await.unwrap();
    let image = uploaded.image.unwrap();
    assert_eq!((image.width, image.height), (1_000, 750));
    assert_eq!(image.byte_count, file.len() as i64);
    assert_eq!(image.owner_id, buyer.id.to_string());
    assert_eq!(
        (image.purpose(), image.state()),
        (ImagePurpose::Review, ImageState::Ready)
    );
    assert!(!image.claimed && !uploaded.resembles_others && uploaded.similar_image_ids.is_empty());
    let sizes: Vec<_> = image
        .renditions
        .iter()
        .map(|made| (made.name.as_str(), made.width, made.height))
        .collect();
    assert_eq!(
        sizes,
        [
            ("thumb.webp", 200, 150),
            ("thumb.jpg", 200, 150),
            ("card.webp", 640, 480),
            ("card.jpg", 640, 480),
            ("full.webp", 1_000, 750),
            ("full.jpg", 1_000, 750),
        ]
    );
    assert_eq!(world.get(&buyer, &image.image_id).await.unwrap(), image);

    let told = world.harness.published::<ImageUploaded>().await;
    let expected = ImageUploaded {
        image_id: image.image_id,
        owner_id: image.owner_id,
        purpose: image.purpose,
        content_hash: image.content_hash,
        resembled_image_ids: Vec::new(),
        time: image.create_time,
    };
    assert_eq!(told, [expected]);
}

#[tokio::test]
async fn equal_files_share_their_renditions_whosever_they_are() {
    let world = World::start().await;
    let (one, other) = (user(), user());
    let first = world.photo(&one, 2).await;
    let again = world.photo(&one, 2).await;
    let theirs = world.photo(&other, 2).await;
    assert_ne!(first.image_id, again.image_id);
    assert_eq!(first.renditions, theirs.renditions);
    world.files(6).await;
    let contents: i64 = sqlx::query_scalar("select count(*) from content")
        .fetch_one(world.harness.pool())
        .await
        .unwrap();
    assert_eq!(contents, 1);
}

#[tokio::test]
async fn uploads_of_one_file_at_the_same_time_become_one_content() {
    let (world, buyer) = (World::start().await, user());
    let uploads = (0..6).map(|_| world.photo(&buyer, 3));
    let images = futures::future::join_all(uploads).await;
    assert!(
        images
            .iter()
            .all(|image| image.renditions == images[0].renditions)
    );
    world.files(6).await;
}

#[tokio::test]
async fn a_repeated_request_gives_the_first_image_again() {
    let (world, buyer) = (World::start().await, user());
    let (request_id, file) = (Uuid::now_v7().to_string(), jpeg(&photo(4, 300, 300)));
    let upload = || world.send(&buyer, pieces(ImagePurpose::Product, &request_id, &file));
    let first = upload().await.unwrap();
    assert_eq!(upload().await.unwrap(), first);
    assert_eq!(world.harness.published::<ImageUploaded>().await.len(), 1);
    // Of somebody else it is another request.
    let other = user();
    let theirs = world.send(&other, pieces(ImagePurpose::Product, &request_id, &file));
    assert_ne!(theirs.await.unwrap().image, first.image);

    // With its image the request is forgotten.
    let image_id = first.image.clone().unwrap().image_id;
    let request = xlcfi_contracts::image::v1::DeleteImageRequest { image_id };
    world.client(&buyer).delete_image(request).await.unwrap();
    assert_ne!(upload().await.unwrap().image, first.image);
}

#[tokio::test]
async fn an_upload_says_what_it_is_for_and_who_sends_it() {
    let world = World::start().await;
    let file = jpeg(&photo(5, 200, 200));
    let aimless = world.upload(&user(), ImagePurpose::Unspecified, &file).await;
    assert_refused(aimless, Code::InvalidArgument, "INVALID_FIELDS");
    let empty = world.send(&user(), Vec::new()).await;
    assert_refused(empty, Code::InvalidArgument, "INVALID_FIELDS");
    let mut odd = pieces(ImagePurpose::Product, "", &file);
    odd[0].request_id = "mine".into();
    assert_refused(
        world.send(&user(), odd).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
    let mut client = world.anonymous();
    let nobody = client.upload_image(stream::iter(pieces(ImagePurpose::Product, "", &file)));
    assert_refused(nobody.await, Code::Unauthenticated, "TOKEN_MISSING");
}

#[tokio::test]
async fn a_file_of_more_than_20_mebibytes_is_not_taken_to_its_end() {
    let world = World::start().await;
    let mut long = jpeg(&photo(6, 200, 200));
    long.resize(21 << 20, 0);
    let refused = world.upload(&user(), ImagePurpose::Product, &long).await;
    assert_refused(refused, Code::InvalidArgument, "IMAGE_TOO_LARGE");
}

#[tokio::test]
async fn more_uploads_at_a_time_than_there_are_places_are_told_to_wait() {
    let world = World::with(&[("uploads", "1")]).await;
    let (buyer, file) = (user(), jpeg(&photo(7, 200, 200)));
    let [first, rest @ ..] = &pieces(ImagePurpose::Product, "", &file)[..] else {
        panic!("a file has pieces");
    };
    // Of three that begin and do not go on, one has the place.
    let (mut senders, mut waiting) = (Vec::new(), futures::stream::FuturesUnordered::new());
    for _ in 0..3 {
        let (sender, receiver) = futures::channel::mpsc::unbounded::<UploadImageRequest>();
        sender.unbounded_send(first.clone()).unwrap();
        senders.push(sender);
        let mut client = world.client(&buyer);
        waiting.push(async move { client.upload_image(receiver).await });
    }
    for _ in 0..2 {
        let refused = futures::StreamExt::next(&mut waiting).await.unwrap();
        assert_refused(refused, Code::ResourceExhausted, "UPLOADS_BUSY");
    }
    for sender in senders {
        for piece in rest {
            // Those that were refused are not listened to any more.
            let _ = sender.unbounded_send(piece.clone());
        }
    }
    assert!(futures::StreamExt::next(&mut waiting).await.unwrap().is_ok());
    assert!(world.upload(&buyer, ImagePurpose::Product, &file).await.is_ok());
}

#[tokio::test]
async fn a_member_has_at_most_500_images_that_nothing_shows() {
    let (world, buyer) = (World::start().await, user());
    let image = world.photo(&buyer, 8).await;
    sqlx::query(
        "insert into image (image_id, owner_id, content_hash, purpose, unclaimed_since, create_time)
         select gen_random_uuid(), owner_id, content_hash, purpose, unclaimed_since, create_time
         from image, generate_series(2, 500)",
    )
    .execute(world.harness.pool())
    .await
    .unwrap();
    let file = jpeg(&photo(8, 200, 200));
    let refused = world.upload(&buyer, ImagePurpose::Product, &file).await;
    assert_refused(refused, Code::FailedPrecondition, "TOO_MANY_IMAGES");
    world
        .claim("review", Uuid::now_v7(), &buyer, &[&image.image_id])
        .await
        .unwrap();
    assert!(world.upload(&buyer, ImagePurpose::Product, &file).await.is_ok());
}

#[tokio::test]
async fn images_are_listed_newest_first_and_only_to_their_owner() {
    let world = World::start().await;
    let (one, other) = (user(), user());
    let mut expected = Vec::new();
    for seed in 10..13 {
        expected.insert(0, world.photo(&one, seed).await);
        world.harness.advance(Duration::from_secs(1));
    }
    world.photo(&other, 13).await;
    let (mut listed, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListImagesRequest {
            page_size: 2,
            page_token,
        };
        let page = world
            .client(&one)
            .list_images(request)
            .await
            .unwrap()
            .into_inner();
        listed.extend(page.images);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(listed, expected);
    let strange = world.get(&other, &expected[0].image_id).await;
    assert_refused(strange, Code::NotFound, "IMAGE_NOT_FOUND");
    let unknown = world.get(&one, &Uuid::now_v7().to_string()).await;
    assert_refused(unknown, Code::NotFound, "IMAGE_NOT_FOUND");
    let bad = ListImagesRequest {
        page_token: "x".into(),
        ..ListImagesRequest::default()
    };
    let refused = world.client(&one).list_images(bad).await;
    assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
}
