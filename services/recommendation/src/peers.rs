//! What this service asks of others.

use uuid::Uuid;
use xlcfi_contracts::product::v1::ListCategoriesRequest;
use xlcfi_contracts::product::v1::product_service_client::ProductServiceClient;
use xlcfi_errors::Fault;
use xlcfi_service::{Peer, StartError};

use crate::error::Error;

/// Product, as recommendation asks it.
#[derive(Debug, Clone)]
pub struct Peers {
    products: ProductServiceClient<Peer>,
}

impl Peers {
    pub fn new(peers: &xlcfi_service::Peers) -> Result<Self, StartError> {
        Ok(Self {
            products: ProductServiceClient::new(peers.channel("product")?),
        })
    }

    /// The tree of food types: id, branch above, Korean name.
    pub async fn categories(&self) -> Result<Vec<(Uuid, Option<Uuid>, String)>, Error> {
        let answer = self
            .products
            .clone()
            .list_categories(ListCategoriesRequest {})
            .await;
        let answer = answer.map_err(Fault::unavailable)?.into_inner();
        let category = answer.categories.into_iter().filter_map(|category| {
            let id = category.category_id.parse().ok()?;
            Some((id, category.parent_id.parse().ok(), category.name_ko))
        });
        Ok(category.collect())
    }
}
