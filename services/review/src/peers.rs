//! What this service asks of others, and what their failures mean here.

use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::image::v1::image_service_client::ImageServiceClient;
use xlcfi_contracts::image::v1::{ClaimImagesRequest, Image, ImagePurpose, ImageState, ResolveImagesRequest};
use xlcfi_contracts::product::v1::lot_service_client::LotServiceClient;
use xlcfi_contracts::product::v1::{self, GetOrderLotsRequest};
use xlcfi_errors::Fault;
use xlcfi_service::{Peer, StartError};

use crate::convert;
use crate::error::Error;
use crate::lots::OrderLot;
use crate::picture::Claim;
use crate::review::MemberId;

/// Product and image, as review asks them.
#[derive(Debug, Clone)]
pub struct Peers {
    lots: LotServiceClient<Peer>,
    images: ImageServiceClient<Peer>,
}

impl Peers {
    pub fn new(peers: &xlcfi_service::Peers) -> Result<Self, StartError> {
        Ok(Self {
            lots: LotServiceClient::new(peers.channel("product")?),
            images: ImageServiceClient::new(peers.channel("image")?),
        })
    }

    /// The lots that the goods of orders came from, at most 100 orders.
    pub async fn order_lots(&self, orders: &[Uuid]) -> Result<Vec<OrderLot>, Error> {
        let request = GetOrderLotsRequest {
            order_ids: orders.iter().map(Uuid::to_string).collect(),
        };
        let answer = self.lots.clone().get_order_lots(request).await;
        let answer = answer.map_err(|_| Error::ProductUnavailable)?.into_inner();
        let lot = |lot: &v1::OrderLot| convert::order_lot(lot);
        let lots: Option<Vec<OrderLot>> = answer.lots.iter().map(lot).collect();
        Ok(lots.ok_or_else(|| Fault::bug("product told of a lot without a usable id"))?)
    }

    /// Those of some images that are this member's, made for reviews, and not blocked.
    pub async fn usable_images(&self, owner_id: MemberId, images: &[Uuid]) -> Result<Vec<Uuid>, Error> {
        let request = ResolveImagesRequest {
            owner_id: owner_id.to_string(),
            image_ids: images.iter().map(Uuid::to_string).collect(),
        };
        let answer = self.images.clone().resolve_images(request).await;
        let answer = answer.map_err(|_| Error::ImageUnavailable)?.into_inner();
        let usable =
            |image: &&Image| image.state() == ImageState::Ready && image.purpose() == ImagePurpose::Review;
        let images = answer.images.iter().filter(usable);
        Ok(images.filter_map(|image| image.image_id.parse().ok()).collect())
    }

    /// Says what a review shows now. What is not there any more cannot be kept.
    pub async fn claim_images(&self, claim: &Claim) -> Result<(), Error> {
        let request = ClaimImagesRequest {
            owner_id: claim.owner_id.to_string(),
            subject_id: claim.review_id.to_string(),
            image_ids: claim.image_ids.iter().map(Uuid::to_string).collect(),
        };
        match self.images.clone().claim_images(request).await {
            Ok(_) => Ok(()),
            Err(status) if status.code() == Code::NotFound => Ok(()),
            Err(_) => Err(Error::ImageUnavailable),
        }
    }
}
