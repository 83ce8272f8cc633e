use tonic::{Request, Response, Status, Streaming};
use xlcfi_contracts::image::v1::image_service_server::ImageService;
use xlcfi_contracts::image::v1::{
    BlockImageRequest, BlockImageResponse, ClaimImagesRequest, ClaimImagesResponse, DeleteImageRequest,
    DeleteImageResponse, GetImageRequest, GetImageResponse, GetRenditionRequest, GetRenditionResponse,
    GetSignedRenditionRequest, GetSignedRenditionResponse, Image, ListImagesRequest, ListImagesResponse,
    ListSimilarImagesRequest, ListSimilarImagesResponse, ResolveImagesRequest, ResolveImagesResponse,
    SimilarImage, UploadImageRequest, UploadImageResponse,
};
use xlcfi_contracts::types::v1::Role;
use xlcfi_errors::{Fault, Invalid};
use xlcfi_identity::{Caller, admit, admit_stream};

use crate::Ctx;
use crate::convert;
use crate::error::Error;
use crate::flows::{self, claims::Subject};
use crate::intake;
use crate::picture::{ContentHash, ImageId, Picture};
use crate::store::images::Whose;
use crate::store::{contents, images};

/// Look-alikes shown to who looks after the catalogue.
const MOST_SIMILAR: i64 = 50;

/// `xlcfi.image.v1.ImageService`.
#[derive(Debug)]
pub struct Images(pub Ctx);

impl Images {
    fn show(&self, picture: Picture) -> Image {
        convert::image(picture, &self.0.urls, self.0.clock.now())
    }

    async fn any(&self, id: ImageId) -> Result<Picture, Error> {
        let found = images::get(self.0.database.pool(), None, id).await?;
        found.ok_or(Error::ImageNotFound)
    }
}

#[tonic::async_trait]
impl ImageService for Images {
    async fn upload_image(
        &self,
        request: Request<Streaming<UploadImageRequest>>,
    ) -> Result<Response<UploadImageResponse>, Status> {
        let (caller, mut stream) = admit_stream(request)?;
        let owner_id = caller.user()?.id;
        let _place = self.0.uploads.try_acquire().map_err(|_| Error::UploadsBusy)?;
        let (new, file) = intake::take(&mut stream).await?;
        let uploaded = flows::uploads::upload(&self.0, owner_id, new, file).await?;
        Ok(Response::new(UploadImageResponse {
            image: Some(self.show(uploaded.picture)),
            similar_image_ids: convert::ids(&uploaded.similar),
            resembles_others: !uploaded.resembled.is_empty(),
        }))
    }

    async fn get_image(
        &self,
        request: Request<GetImageRequest>,
    ) -> Result<Response<GetImageResponse>, Status> {
        let (caller, request) = admit(request)?;
        let looks_after = caller.is_admin() || caller.has_role(Role::Catalogue);
        let owner_id = caller.user()?.id;
        let id = convert::image_id(&request.image_id)?;
        let found = images::get(self.0.database.pool(), (!looks_after).then_some(owner_id), id).await;
        let picture = found.map_err(Error::from)?.ok_or(Error::ImageNotFound)?;
        let image = Some(self.show(picture));
        Ok(Response::new(GetImageResponse { image }))
    }

    async fn list_images(
        &self,
        request: Request<ListImagesRequest>,
    ) -> Result<Response<ListImagesResponse>, Status> {
        let (caller, request) = admit(request)?;
        let page = convert::page(request.page_size, &request.page_token)?;
        let listed = images::list(self.0.database.pool(), caller.user()?.id, &page).await;
        let mut pictures = listed.map_err(Error::from)?;
        let next_page_token = page.finish(&mut pictures, |row| (row.create_time, row.image_id.uuid()));
        let images = pictures.into_iter().map(|picture| self.show(picture)).collect();
        Ok(Response::new(ListImagesResponse {
            images,
            next_page_token,
        }))
    }

    async fn delete_image(
        &self,
        request: Request<DeleteImageRequest>,
    ) -> Result<Response<DeleteImageResponse>, Status> {
        let (caller, request) = admit(request)?;
        let id = convert::image_id(&request.image_id)?;
        flows::images::delete(&self.0, caller.user()?.id, id).await?;
        Ok(Response::new(DeleteImageResponse {}))
    }

    async fn get_rendition(
        &self,
        request: Request<GetRenditionRequest>,
    ) -> Result<Response<GetRenditionResponse>, Status> {
        let (_, request) = admit(request)?;
        let hash = ContentHash::parse(&request.content_hash);
        let hash = hash.ok_or_else(|| Invalid::field("content_hash", "is no hash"))?;
        let place = contents::find_public(self.0.database.pool(), hash).await;
        let place = place.map_err(Error::from)?.ok_or(Error::ImageNotFound)?;
        let data = self.0.blobs.get(place, &request.name).await?;
        let content = convert::body(&request.name, data);
        Ok(Response::new(GetRenditionResponse { content }))
    }

    async fn get_signed_rendition(
        &self,
        request: Request<GetSignedRenditionRequest>,
    ) -> Result<Response<GetSignedRenditionResponse>, Status> {
        let (_, request) = admit(request)?;
        let (id, name) = (convert::image_id(&request.image_id)?, &request.name);
        let (until, now) = (request.expires, self.0.clock.now());
        self.0.urls.check(id, name, until, &request.signature, now)?;
        let picture = self.any(id).await?;
        if picture.content.blocked {
            return Err(Error::ImageNotFound.into());
        }
        let data = self.0.blobs.get(picture.content.place, name).await?;
        let content = convert::body(name, data);
        Ok(Response::new(GetSignedRenditionResponse { content }))
    }

    async fn list_similar_images(
        &self,
        request: Request<ListSimilarImagesRequest>,
    ) -> Result<Response<ListSimilarImagesResponse>, Status> {
        let (_, request) = admit(request)?;
        let picture = self.any(convert::image_id(&request.image_id)?).await?;
        let db = self.0.database.pool();
        let alike = images::find_alike(db, &picture, Whose::Anybodys, false, MOST_SIMILAR).await;
        let alike = alike.map_err(Error::from)?;
        let ids: Vec<ImageId> = alike.iter().map(|alike| alike.image_id).collect();
        let pictures = images::load(db, None, &ids).await.map_err(Error::from)?;
        let similar = pictures.into_iter().map(|picture| {
            let near = alike.iter().find(|alike| alike.image_id == picture.image_id);
            SimilarImage {
                distance: near.map_or(0, |alike| alike.distance),
                image: Some(self.show(picture)),
            }
        });
        let images = similar.collect();
        Ok(Response::new(ListSimilarImagesResponse { images }))
    }

    async fn block_image(
        &self,
        request: Request<BlockImageRequest>,
    ) -> Result<Response<BlockImageResponse>, Status> {
        let (_, request) = admit(request)?;
        let id = convert::image_id(&request.image_id)?;
        let picture = flows::images::block(&self.0, id, &request.reason).await?;
        let image = Some(self.show(picture));
        Ok(Response::new(BlockImageResponse { image }))
    }

    async fn resolve_images(
        &self,
        request: Request<ResolveImagesRequest>,
    ) -> Result<Response<ResolveImagesResponse>, Status> {
        let (_, request) = admit(request)?;
        let owner_id = convert::owner_id(&request.owner_id)?;
        let (db, ids) = (self.0.database.pool(), convert::image_ids(&request.image_ids)?);
        let touched = images::touch(db, owner_id, &ids, self.0.clock.now()).await;
        touched.map_err(Error::from)?;
        let found = images::load(db, Some(owner_id), &ids)
            .await
            .map_err(Error::from)?;
        let images = found.into_iter().map(|picture| self.show(picture)).collect();
        Ok(Response::new(ResolveImagesResponse { images }))
    }

    async fn claim_images(
        &self,
        request: Request<ClaimImagesRequest>,
    ) -> Result<Response<ClaimImagesResponse>, Status> {
        let (caller, request) = admit(request)?;
        let Caller::Service(service) = caller else {
            return Err(Error::from(Fault::bug("an internal method has a service for caller")).into());
        };
        let subject = Subject {
            service,
            id: convert::subject_id(&request.subject_id)?,
        };
        let owner_id = convert::owner_id(&request.owner_id)?;
        let ids = convert::image_ids(&request.image_ids)?;
        flows::claims::claim(&self.0, &subject, owner_id, ids).await?;
        Ok(Response::new(ClaimImagesResponse {}))
    }
}
