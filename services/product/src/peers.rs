//! What this service asks of others, and what their failures mean here.

use uuid::Uuid;
use xlcfi_contracts::ai::v1::ingredient_service_client::IngredientServiceClient;
use xlcfi_contracts::ai::v1::{ExtractIngredientsRequest, MentionKind};
use xlcfi_contracts::image::v1::image_service_client::ImageServiceClient;
use xlcfi_contracts::image::v1::{Image, ImagePurpose, ImageState, ResolveImagesRequest};
use xlcfi_identity::Member;
use xlcfi_service::{Peer, StartError};
use xlcfi_types::Id;

use crate::error::Error;
use crate::ingredients::Named;

/// Image and ai, as product asks them.
#[derive(Debug, Clone)]
pub struct Peers {
    images: ImageServiceClient<Peer>,
    ingredients: IngredientServiceClient<Peer>,
}

impl Peers {
    pub fn new(peers: &xlcfi_service::Peers) -> Result<Self, StartError> {
        Ok(Self {
            images: ImageServiceClient::new(peers.channel("image")?),
            ingredients: IngredientServiceClient::new(peers.channel("ai")?),
        })
    }

    /// Those of some images that are this member's, made for products, and not blocked.
    pub async fn usable_images(&self, owner_id: Id<Member>, images: &[Uuid]) -> Result<Vec<Uuid>, Error> {
        let request = ResolveImagesRequest {
            owner_id: owner_id.to_string(),
            image_ids: images.iter().map(Uuid::to_string).collect(),
        };
        let answer = self.images.clone().resolve_images(request).await;
        let answer = answer.map_err(|_| Error::ImageUnavailable)?.into_inner();
        let usable =
            |image: &&Image| image.state() == ImageState::Ready && image.purpose() == ImagePurpose::Product;
        let images = answer.images.iter().filter(usable);
        Ok(images.filter_map(|image| image.image_id.parse().ok()).collect())
    }

    /// Where an ingredient text says that allergens are in the food.
    pub async fn named_allergens(&self, text: &str) -> Result<Vec<Named>, Error> {
        let request = ExtractIngredientsRequest {
            text: text.to_owned(),
        };
        let answer = self.ingredients.clone().extract_ingredients(request).await;
        let answer = answer.map_err(|_| Error::IngredientsNotChecked)?.into_inner();
        let contained = answer.mentions.into_iter();
        let contained = contained.filter(|mention| mention.kind() == MentionKind::Contains);
        let named = contained.map(|mention| {
            let span = mention.span.unwrap_or_default();
            Named {
                allergen: mention.allergen,
                start: span.start,
                end: span.end,
                words: mention.words,
            }
        });
        Ok(named.collect())
    }
}
