//! Files made to do harm.

use std::panic::{AssertUnwindSafe, catch_unwind};

use image::RgbImage;
use xlcfi_contracts::image::v1::ImagePurpose;
use xlcfi_errors::{Code, reason_of};
use xlcfi_image::{Purpose, make};
use xlcfi_testkit::{assert_refused, user};

use crate::mutations::{mutated, sound};
use crate::pictures::{Dice, jpeg, photo, png};
use crate::world::World;

#[test]
fn a_mutated_file_is_taken_or_refused_and_nothing_else() {
    let mut dice = Dice(1);
    let (mut taken, mut refused) = (0, 0);
    for file in sound(96, 80) {
        assert!(make(&file, Purpose::Review).is_ok());
        for _ in 0..150 {
            let hostile = mutated(&file, &mut dice);
            // A panic of a decoder is caught where the service works, too.
            match catch_unwind(AssertUnwindSafe(|| make(&hostile, Purpose::Review))) {
                Ok(Ok(made)) => {
                    taken += 1;
                    assert!(made.renditions.iter().all(|rendition| rendition.width <= 1_600));
                }
                Ok(Err(_)) | Err(_) => refused += 1,
            }
        }
    }
    assert!(taken > 50 && refused > 200, "{taken} taken, {refused} refused");
}

#[tokio::test]
async fn the_service_lives_on_after_hostile_files_at_the_same_time() {
    let (world, buyer) = (World::start().await, user());
    let mut dice = Dice(2);
    let files: Vec<Vec<u8>> = sound(96, 80)
        .iter()
        .flat_map(|file| (0..6).map(|_| mutated(file, &mut dice)).collect::<Vec<_>>())
        .collect();
    for some in files.chunks(6) {
        let uploads = some
            .iter()
            .map(|file| world.upload(&buyer, ImagePurpose::Review, file));
        for status in futures::future::join_all(uploads)
            .await
            .into_iter()
            .filter_map(Result::err)
        {
            let reason = reason_of(&status).unwrap();
            assert!(reason.starts_with("IMAGE_"), "{reason}");
        }
    }
    let file = jpeg(&photo(301, 200, 200));
    assert!(world.upload(&buyer, ImagePurpose::Review, &file).await.is_ok());
}

#[tokio::test]
async fn a_small_file_of_very_many_pixels_is_worked_on_within_the_memory_set_aside() {
    let world = World::with(&[("memory_mib", "640")]).await;
    // 49 million black pixels in less than 2 MB.
    let bomb = png(&RgbImage::new(7_000, 7_000));
    assert!(bomb.len() < 2_000_000);
    let (one, other) = (user(), user());
    let (first, second) = tokio::join!(
        world.upload(&one, ImagePurpose::Product, &bomb),
        world.upload(&other, ImagePurpose::Product, &bomb),
    );
    for refused in [first, second] {
        assert_refused(refused, Code::FailedPrecondition, "IMAGE_DARK");
    }
}
