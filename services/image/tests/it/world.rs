use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::stream;
use tonic::Status;
use uuid::Uuid;
use xlcfi_contracts::google::api::HttpBody;
use xlcfi_contracts::image::v1::image_service_client::ImageServiceClient;
use xlcfi_contracts::image::v1::{
    ClaimImagesRequest, GetImageRequest, GetRenditionRequest, GetSignedRenditionRequest, Image, ImagePurpose,
    ResolveImagesRequest, UploadImageRequest, UploadImageResponse,
};
use xlcfi_contracts::types::v1::Role;
use xlcfi_identity::User;
use xlcfi_testkit::{Calling, Harness, eventually, user};

use crate::pictures;

/// What URLs are signed with in tests.
pub const SECRET: &str = "a secret for tests, long enough to be one";

/// A folder, gone in the end.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("xlcfi-image-test-{}", Uuid::now_v7()));
        std::fs::create_dir_all(folder.join("store")).unwrap();
        Self(folder)
    }

    pub fn store(&self) -> PathBuf {
        self.0.join("store")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// Files below a folder.
fn files(folder: &Path) -> usize {
    let entries = folder
        .read_dir()
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path());
    entries
        .map(|path| if path.is_dir() { files(&path) } else { 1 })
        .sum()
}

pub struct World {
    pub harness: Harness,
    pub folder: Folder,
}

impl World {
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// With settings of the test's own.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        let folder = Folder::new();
        let store = format!("file://{}", folder.store().display());
        let own = [
            ("store_url", store.as_str()),
            ("url_secret", SECRET),
            ("sweep_seconds", "1"),
        ];
        let harness = Harness::start_adjusted(
            xlcfi_image::SERVICE,
            &[],
            |all| {
                let told = own.iter().chain(settings);
                all.defaults = told
                    .map(|(name, value)| ((*name).into(), (*value).into()))
                    .collect();
            },
            xlcfi_image::start,
        )
        .await;
        Self { harness, folder }
    }

    pub fn client(&self, who: &User) -> ImageServiceClient<Calling> {
        ImageServiceClient::new(self.harness.as_user(who))
    }

    pub fn service(&self, name: &str) -> ImageServiceClient<Calling> {
        ImageServiceClient::new(self.harness.as_service(name))
    }

    pub fn anonymous(&self) -> ImageServiceClient<Calling> {
        ImageServiceClient::new(self.harness.anonymous())
    }

    pub async fn send(
        &self,
        who: &User,
        pieces: Vec<UploadImageRequest>,
    ) -> Result<UploadImageResponse, Status> {
        let sent = self.client(who).upload_image(stream::iter(pieces)).await?;
        Ok(sent.into_inner())
    }

    /// Uploads a file in pieces.
    pub async fn upload(
        &self,
        who: &User,
        purpose: ImagePurpose,
        file: &[u8],
    ) -> Result<UploadImageResponse, Status> {
        self.send(who, pieces(purpose, "", file)).await
    }

    /// Uploads a photograph for a product.
    pub async fn photo(&self, who: &User, seed: u64) -> Image {
        let file = pictures::jpeg(&pictures::photo(seed, 400, 300));
        let uploaded = self.upload(who, ImagePurpose::Product, &file).await.unwrap();
        uploaded.image.unwrap()
    }

    pub async fn get(&self, who: &User, image_id: &str) -> Result<Image, Status> {
        let request = GetImageRequest {
            image_id: image_id.into(),
        };
        Ok(self
            .client(who)
            .get_image(request)
            .await?
            .into_inner()
            .image
            .unwrap())
    }

    /// A rendition as everybody gets it.
    pub async fn rendition(&self, content_hash: &str, name: &str) -> Result<HttpBody, Status> {
        let request = GetRenditionRequest {
            content_hash: content_hash.into(),
            name: name.into(),
        };
        let got = self.anonymous().get_rendition(request).await?;
        Ok(got.into_inner().content.unwrap())
    }

    /// What a signed URL leads to.
    pub async fn follow(&self, url: &str) -> Result<HttpBody, Status> {
        let got = self.anonymous().get_signed_rendition(signed(url)).await?;
        Ok(got.into_inner().content.unwrap())
    }

    pub async fn resolve(&self, owner: &User, ids: &[&str]) -> Vec<Image> {
        let request = ResolveImagesRequest {
            owner_id: owner.id.to_string(),
            image_ids: ids.iter().map(ToString::to_string).collect(),
        };
        self.service("product")
            .resolve_images(request)
            .await
            .unwrap()
            .into_inner()
            .images
    }

    /// Something of a service shows these.
    pub async fn claim(
        &self,
        service: &str,
        subject: Uuid,
        owner: &User,
        ids: &[&str],
    ) -> Result<(), Status> {
        let request = ClaimImagesRequest {
            owner_id: owner.id.to_string(),
            subject_id: subject.to_string(),
            image_ids: ids.iter().map(ToString::to_string).collect(),
        };
        self.service(service).claim_images(request).await.map(|_| ())
    }

    /// Waits until so many files are in the store.
    pub async fn files(&self, many: usize) {
        eventually(async || (files(&self.folder.store()) == many).then_some(())).await;
    }

    pub fn days(&self, days: u64) {
        self.harness.advance(Duration::from_secs(days * 86_400));
    }
}

/// A file in messages of 10,000 bytes.
pub fn pieces(purpose: ImagePurpose, request_id: &str, file: &[u8]) -> Vec<UploadImageRequest> {
    let mut pieces: Vec<UploadImageRequest> = file
        .chunks(10_000)
        .map(|piece| UploadImageRequest {
            content: Some(HttpBody {
                content_type: "image/anything".into(),
                data: piece.to_vec(),
                extensions: Vec::new(),
            }),
            ..UploadImageRequest::default()
        })
        .collect();
    if pieces.is_empty() {
        pieces.push(UploadImageRequest::default());
    }
    pieces[0].set_purpose(purpose);
    pieces[0].request_id = request_id.into();
    pieces
}

/// What stands in a signed URL.
pub fn signed(url: &str) -> GetSignedRenditionRequest {
    let rest = url.split("/api/v1/images/").nth(1).unwrap();
    let (path, query) = rest.split_once('?').unwrap();
    let (image_id, name) = path.split_once("/renditions/").unwrap();
    let (expires, signature) = query.split_once('&').unwrap();
    GetSignedRenditionRequest {
        image_id: image_id.into(),
        name: name.into(),
        expires: expires.strip_prefix("expires=").unwrap().parse().unwrap(),
        signature: signature.strip_prefix("signature=").unwrap().into(),
    }
}

/// Somebody new who looks after the catalogue.
pub fn catalogue() -> User {
    User {
        roles: vec![Role::Buyer, Role::Catalogue],
        ..user()
    }
}
