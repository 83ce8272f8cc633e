//! Image, as product asks it, played by the test.

use std::sync::{Arc, Mutex};

use tonic::Status;
use xlcfi_contracts::image::v1::image_service_server::ImageServiceServer;
use xlcfi_contracts::image::v1::{
    Image, ImagePurpose, ImageState, ResolveImagesRequest, ResolveImagesResponse,
};
use xlcfi_testkit::Fake;

/// What image is asked, and what it says.
#[derive(Debug, Default)]
pub struct Album {
    pub asked: Vec<Vec<String>>,
    pub away: bool,
    /// Of others, or not there.
    pub left_out: Vec<String>,
    /// What is said otherwise.
    pub said: Vec<Image>,
}

pub type Pictures = Arc<Mutex<Album>>;

fn resolved(pictures: &Pictures, asked: ResolveImagesRequest) -> Result<ResolveImagesResponse, Status> {
    let mut album = pictures.lock().unwrap();
    if album.away {
        return Err(Status::unavailable("image is away"));
    }
    album.asked.push(asked.image_ids.clone());
    let ids = asked.image_ids.iter().filter(|id| !album.left_out.contains(id));
    let image = |id: &String| {
        let said = album.said.iter().find(|image| image.image_id == *id).cloned();
        said.unwrap_or_else(|| Image {
            image_id: id.clone(),
            owner_id: asked.owner_id.clone(),
            purpose: ImagePurpose::Product.into(),
            state: ImageState::Ready.into(),
            ..Image::default()
        })
    };
    let images = ids.map(image).collect();
    Ok(ResolveImagesResponse { images })
}

/// Image, with what these pictures say.
pub async fn serve(pictures: &Pictures) -> Fake {
    let knows = pictures.clone();
    Fake::answering::<ImageServiceServer<()>, _, _, _>("ResolveImages", move |asked| {
        let answer = resolved(&knows, asked);
        async move { answer }
    })
    .await
}
