use tonic::{Request, Response};
use xlcfi_contracts::ai::v1::ingredient_service_server::IngredientService;
use xlcfi_contracts::ai::v1::{ExtractIngredientsRequest, ExtractIngredientsResponse};
use xlcfi_identity::admit;

use super::Answer;
use crate::{convert, ingredient};

/// `xlcfi.ai.v1.IngredientService`.
#[derive(Debug)]
pub struct Ingredients;

#[tonic::async_trait]
impl IngredientService for Ingredients {
    async fn extract_ingredients(
        &self,
        request: Request<ExtractIngredientsRequest>,
    ) -> Answer<ExtractIngredientsResponse> {
        let (_, request) = admit(request)?;
        let extracted = ingredient::extract(&request.text);
        Ok(Response::new(convert::extracted(extracted)))
    }
}
