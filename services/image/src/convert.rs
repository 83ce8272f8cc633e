//! Between the contracts and the domain.

use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_contracts::convert::timestamp;
use xlcfi_contracts::google::api::HttpBody;
use xlcfi_contracts::image::v1::{
    Image, ImageBlocked, ImageDeleted, ImagePurpose, ImageQuality, ImageState, ImageUploaded, LabelRegion,
    Rendition, UploadImageRequest,
};
pub use xlcfi_errors::fields::page;
use xlcfi_errors::{Invalid, fields};
use xlcfi_types::Id;

use crate::picture::{ImageId, OwnerId, Picture, Purpose, media_type};
use crate::signature::Urls;
use crate::workshop::Region;

/// What a picture is uploaded as.
#[derive(Debug, Clone, Copy)]
pub struct NewPicture {
    pub purpose: Purpose,
    pub request_id: Option<Uuid>,
}

pub fn new_picture(message: &UploadImageRequest) -> Result<NewPicture, Invalid> {
    let purpose = match message.purpose() {
        ImagePurpose::Unspecified => return Err(Invalid::field("purpose", "is required")),
        ImagePurpose::Product => Purpose::Product,
        ImagePurpose::Review => Purpose::Review,
        ImagePurpose::Document => Purpose::Document,
    };
    Ok(NewPicture {
        purpose,
        request_id: fields::request_id(&message.request_id)?,
    })
}

pub fn image_id(text: &str) -> Result<ImageId, Invalid> {
    fields::id("image_id", text)
}

pub fn image_ids(texts: &[String]) -> Result<Vec<ImageId>, Invalid> {
    texts.iter().map(|text| fields::id("image_ids", text)).collect()
}

pub fn owner_id(text: &str) -> Result<OwnerId, Invalid> {
    fields::id("owner_id", text)
}

pub fn subject_id(text: &str) -> Result<Uuid, Invalid> {
    fields::uuid("subject_id", text)
}

fn purpose(purpose: Purpose) -> ImagePurpose {
    match purpose {
        Purpose::Product => ImagePurpose::Product,
        Purpose::Review => ImagePurpose::Review,
        Purpose::Document => ImagePurpose::Document,
    }
}

pub fn image(picture: Picture, urls: &Urls, now: OffsetDateTime) -> Image {
    let content = &picture.content;
    let (urls, until) = if content.blocked {
        (Vec::new(), None)
    } else {
        urls.of(&picture, now)
    };
    let renditions = content
        .renditions
        .iter()
        .zip(urls)
        .map(|(rendition, url)| Rendition {
            name: rendition.name.clone(),
            url,
            content_type: media_type(&rendition.name).to_owned(),
            width: side(rendition.width),
            height: side(rendition.height),
            byte_count: rendition.byte_count,
        });
    let state = match content.blocked {
        true => ImageState::Blocked,
        false => ImageState::Ready,
    };
    Image {
        image_id: picture.image_id.to_string(),
        owner_id: picture.owner_id.to_string(),
        purpose: purpose(picture.purpose).into(),
        state: state.into(),
        content_hash: content.hash.to_string(),
        width: side(content.width),
        height: side(content.height),
        byte_count: content.byte_count,
        renditions: renditions.collect(),
        url_expire_time: until.map(timestamp),
        quality: Some(ImageQuality {
            sharpness: content.quality.sharpness,
            brightness: content.quality.brightness,
        }),
        label_regions: content.regions.iter().map(region).collect(),
        claimed: picture.claimed,
        create_time: Some(timestamp(picture.create_time)),
    }
}

fn side(pixels: u32) -> i32 {
    i32::try_from(pixels).unwrap_or(i32::MAX)
}

fn region(region: &Region) -> LabelRegion {
    LabelRegion {
        left: region.left,
        top: region.top,
        width: region.width,
        height: region.height,
        score: region.score,
    }
}

/// A rendition on its way to a browser.
pub fn body(name: &str, data: Vec<u8>) -> Option<HttpBody> {
    Some(HttpBody {
        content_type: media_type(name).to_owned(),
        data,
        extensions: Vec::new(),
    })
}

pub fn ids<T>(ids: &[Id<T>]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

pub fn image_uploaded(picture: &Picture, resembled: &[ImageId]) -> ImageUploaded {
    ImageUploaded {
        image_id: picture.image_id.to_string(),
        owner_id: picture.owner_id.to_string(),
        purpose: purpose(picture.purpose).into(),
        content_hash: picture.content.hash.to_string(),
        resembled_image_ids: ids(resembled),
        time: Some(timestamp(picture.create_time)),
    }
}

pub fn image_blocked(
    image_id: ImageId,
    owner_id: OwnerId,
    reason: &str,
    now: OffsetDateTime,
) -> ImageBlocked {
    ImageBlocked {
        image_id: image_id.to_string(),
        owner_id: owner_id.to_string(),
        reason: reason.to_owned(),
        time: Some(timestamp(now)),
    }
}

pub fn image_deleted(
    image_id: ImageId,
    owner_id: OwnerId,
    unused: bool,
    now: OffsetDateTime,
) -> ImageDeleted {
    ImageDeleted {
        image_id: image_id.to_string(),
        owner_id: owner_id.to_string(),
        unused,
        time: Some(timestamp(now)),
    }
}
