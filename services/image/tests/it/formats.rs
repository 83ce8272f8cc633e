use image::RgbImage;
use moxcms::ColorProfile;
use xlcfi_contracts::image::v1::{Image, ImagePurpose};
use xlcfi_errors::{Code, metadata_of};
use xlcfi_testkit::{assert_refused, user};

use crate::pictures::{
    blurred, deep_png, exif, jpeg, jpeg_with, lit, lossless_webp, photo, png, print, webp,
};
use crate::world::World;

/// A rendition, decoded.
async fn shown(world: &World, image: &Image, name: &str) -> RgbImage {
    let bytes = world.rendition(&image.content_hash, name).await.unwrap().data;
    image::load_from_memory(&bytes).unwrap().into_rgb8()
}

async fn taken(world: &World, file: &[u8]) -> Image {
    let uploaded = world.upload(&user(), ImagePurpose::Product, file).await;
    uploaded.unwrap().image.unwrap()
}

/// How far two colours are apart.
fn apart(one: [u8; 3], other: [u8; 3]) -> i32 {
    let parts = one.into_iter().zip(other);
    parts
        .map(|(one, other)| (i32::from(one) - i32::from(other)).abs())
        .sum()
}

#[tokio::test]
async fn jpeg_png_and_webp_of_every_kind_look_the_same_afterwards() {
    let world = World::start().await;
    let picture = photo(20, 320, 240);
    let (mut flat, centre) = (picture.clone(), image::Rgb([200, 60, 40]));
    for (x, y) in (140..180).flat_map(|x| (100..140).map(move |y| (x, y))) {
        flat.put_pixel(x, y, centre);
    }
    for file in [
        jpeg(&flat),
        jpeg_with(&flat, 95, |encoder| encoder.set_progressive(true)),
        png(&flat),
        webp(&flat),
        lossless_webp(&flat),
    ] {
        let image = taken(&world, &file).await;
        assert_eq!((image.width, image.height), (320, 240));
        for name in ["full.webp", "full.jpg"] {
            let shown = shown(&world, &image, name).await;
            assert_eq!(shown.dimensions(), (320, 240));
            assert!(apart(shown.get_pixel(160, 120).0, centre.0) < 30, "{name}");
        }
    }
}

#[tokio::test]
async fn what_is_transparent_becomes_white() {
    let world = World::start().await;
    let image = taken(&world, &deep_png(&photo(21, 320, 240))).await;
    let shown = shown(&world, &image, "full.jpg").await;
    assert!(apart(shown.get_pixel(40, 120).0, [255; 3]) < 12);
    assert!(apart(shown.get_pixel(280, 120).0, [255; 3]) > 12);
}

#[tokio::test]
async fn the_way_the_camera_was_held_is_applied_and_all_metadata_is_gone() {
    let world = World::start().await;
    // Red above, blue below, as the sensor saw it.
    let mut lying = photo(22, 320, 240);
    for (_, y, pixel) in lying.enumerate_pixels_mut() {
        let noise = pixel.0[1] / 8;
        pixel.0 = if y < 120 {
            [220, noise, noise]
        } else {
            [noise, noise, 220]
        };
    }
    for (orientation, size, red_at, blue_at) in [
        (1, (320, 240), (160, 20), (160, 220)),
        (3, (320, 240), (160, 220), (160, 20)),
        (6, (240, 320), (220, 160), (20, 160)),
        (8, (240, 320), (20, 160), (220, 160)),
    ] {
        let file = jpeg_with(&lying, 90, |encoder| {
            encoder.add_exif_metadata(&exif(orientation)).unwrap();
        });
        assert!(contains(&file, b"GPS"));
        let image = taken(&world, &file).await;
        assert_eq!((image.width, image.height), size, "{orientation}");
        let upright = shown(&world, &image, "full.webp").await;
        assert_eq!(upright.dimensions(), (size.0 as u32, size.1 as u32));
        assert!(upright.get_pixel(red_at.0, red_at.1).0[0] > 150, "{orientation}");
        assert!(
            upright.get_pixel(blue_at.0, blue_at.1).0[2] > 150,
            "{orientation}"
        );
        for rendition in &image.renditions {
            let bytes = world
                .rendition(&image.content_hash, &rendition.name)
                .await
                .unwrap()
                .data;
            for trace in [&b"GPS"[..], b"Exif", b"EXIF", b"ICC_PROFILE", b"ICCP"] {
                assert!(!contains(&bytes, trace), "{}", rendition.name);
            }
        }
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[tokio::test]
async fn the_colours_of_a_wider_space_become_those_of_srgb() {
    let world = World::start().await;
    let mut picture = photo(23, 320, 240);
    for (x, y) in (140..180).flat_map(|x| (100..140).map(move |y| (x, y))) {
        picture.put_pixel(x, y, image::Rgb([200, 60, 40]));
    }
    let plain = taken(&world, &jpeg_with(&picture, 95, |_| {})).await;
    let profile = ColorProfile::new_display_p3().encode().unwrap();
    let wide = taken(
        &world,
        &jpeg_with(&picture, 95, |encoder| {
            encoder.add_icc_profile(&profile).unwrap();
        }),
    )
    .await;
    let broken = taken(
        &world,
        &jpeg_with(&picture, 95, |encoder| {
            encoder.add_icc_profile(b"no profile").unwrap();
        }),
    )
    .await;
    let mut reds = Vec::new();
    for image in [plain, wide, broken] {
        reds.push(shown(&world, &image, "full.jpg").await.get_pixel(160, 120).0[0]);
    }
    // The same numbers mean a stronger red in Display P3.
    assert!(reds[1] > reds[0] + 8, "{reds:?}");
    assert_eq!(reds[2], reds[0]);
}

#[tokio::test]
async fn what_is_no_jpeg_png_or_webp_is_refused_whatever_it_calls_itself() {
    let world = World::start().await;
    for file in [
        &b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"[..],
        b"\0\0\0\x1cftypavif\0\0\0\0mif1avif",
        b"GIF89a\x10\0\x10\0\0\0\0;",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7 and so on",
        b"hello, this is text",
        b"",
    ] {
        let refused = world.upload(&user(), ImagePurpose::Product, file).await;
        assert_refused(refused, Code::InvalidArgument, "IMAGE_FORMAT_UNSUPPORTED");
    }
}

#[tokio::test]
async fn what_is_cut_off_or_broken_is_refused() {
    let world = World::start().await;
    let picture = photo(24, 320, 240);
    let preview = jpeg(&photo(24, 64, 64));
    let with_preview = jpeg_with(&picture, 90, |encoder| {
        encoder.add_exif_metadata(&preview).unwrap();
    });
    for file in [
        jpeg(&picture),
        with_preview,
        png(&picture),
        webp(&picture),
        lossless_webp(&picture),
    ] {
        for length in [20, file.len() / 2, file.len() - 20] {
            let refused = world
                .upload(&user(), ImagePurpose::Product, &file[..length])
                .await;
            assert_refused(refused, Code::InvalidArgument, "IMAGE_UNREADABLE");
        }
    }
}

#[tokio::test]
async fn a_picture_too_large_or_too_small_is_refused_by_its_head() {
    let world = World::start().await;
    let mut bomb = png(&photo(25, 100, 100));
    // 60,000 by 60,000 pixels, with the checksum of the header mended.
    bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    let checksum = crc(&bomb[12..29]);
    bomb[29..33].copy_from_slice(&checksum.to_be_bytes());
    let long = png(&RgbImage::new(16_385, 64));
    let many = png(&RgbImage::new(8_000, 6_251));
    for file in [bomb, long, many] {
        let refused = world.upload(&user(), ImagePurpose::Product, &file).await;
        assert_refused(refused, Code::InvalidArgument, "IMAGE_TOO_LARGE");
    }
    let small = world
        .upload(&user(), ImagePurpose::Product, &png(&photo(25, 200, 63)))
        .await;
    assert_refused(small, Code::InvalidArgument, "IMAGE_TOO_SMALL");
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xedb8_8320 * (sum & 1))
        })
    })
}

#[tokio::test]
async fn a_dark_or_blurred_picture_is_refused_with_what_was_measured() {
    let world = World::start().await;
    let picture = photo(26, 800, 600);
    let dark = world
        .upload(&user(), ImagePurpose::Product, &jpeg(&lit(&picture, 10)))
        .await;
    let status = assert_refused(dark, Code::FailedPrecondition, "IMAGE_DARK");
    assert_eq!(metadata_of(&status, "least").as_deref(), Some("35"));
    let blurred = jpeg(&blurred(&picture));
    for purpose in [ImagePurpose::Product, ImagePurpose::Document] {
        let refused = world.upload(&user(), purpose, &blurred).await;
        let status = assert_refused(refused, Code::FailedPrecondition, "IMAGE_BLURRED");
        let measured: i32 = metadata_of(&status, "sharpness").unwrap().parse().unwrap();
        assert!(measured < 20);
    }
    let dim = jpeg(&lit(&picture, 22));
    let dim = world.upload(&user(), ImagePurpose::Review, &dim).await;
    let quality = dim.unwrap().image.unwrap().quality.unwrap();
    assert!((20..35).contains(&quality.brightness), "{quality:?}");
    // The same file is good enough for a review and not for a product.
    let dim = jpeg(&lit(&picture, 22));
    let refused = world.upload(&user(), ImagePurpose::Product, &dim).await;
    assert_refused(refused, Code::FailedPrecondition, "IMAGE_DARK");
}

#[tokio::test]
async fn a_printed_date_is_among_the_candidates() {
    let world = World::start().await;
    let (mut found, mut first) = (0, 0);
    for seed in 0..10 {
        let mut label = lit(&photo(100 + seed, 1_000, 800), 60);
        let (left, top) = (200 + seed as u32 * 20, 300 + seed as u32 * 30);
        for (x, y) in (left - 20..left + 400).flat_map(|x| (top - 20..top + 62).map(move |y| (x, y))) {
            label.put_pixel(x, y, image::Rgb([235, 232, 225]));
        }
        print(&mut label, "2026.12.24", left, top, 6);
        let image = taken(&world, &jpeg(&label)).await;
        let (x, y) = (left as i32, top as i32 * 1_000 / 800);
        let hit = image.label_regions.iter().position(|region| {
            let (centre, middle) = (region.left + region.width / 2, region.top + region.height / 2);
            (x..x + 360).contains(&centre)
                && (y..y + 53).contains(&middle)
                && (1..=100).contains(&region.score)
        });
        found += i32::from(hit.is_some());
        first += i32::from(hit == Some(0));
        assert!(image.label_regions.len() <= 5);
    }
    assert!(
        found >= 9 && first >= 5,
        "{found} found, {first} as the likeliest"
    );
}
