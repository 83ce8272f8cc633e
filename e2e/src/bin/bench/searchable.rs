use std::time::{Duration, Instant};

use anyhow::Context as _;
use xlcfi_contracts::product::v1::product_service_client::ProductServiceClient;
use xlcfi_contracts::product::v1::search_service_client::SearchServiceClient;
use xlcfi_contracts::product::v1::{GetProductRequest, SearchProductsRequest, UpdateProductRequest};
use xlcfi_e2e::authorized;

use crate::shop::Shop;

/// Renames a product so many times; gives how long each took from the call until a
/// search found the new name.
pub async fn renames(shop: &Shop, times: usize) -> anyhow::Result<Vec<Duration>> {
    let mut products = ProductServiceClient::new(shop.edge.grpc());
    let mut searches = SearchServiceClient::new(shop.edge.grpc());
    let product_id = shop.product_ids.first().context("nothing to rename")?.clone();
    let got = products.get_product(authorized(&shop.seller.token, GetProductRequest { product_id }));
    let mut product = got.await?.into_inner().product.context("no product")?;
    let first_name = product.name.clone();
    let mut taken = Vec::with_capacity(times);
    for time in 0..times {
        product.name = format!("{first_name} {time}");
        let begun = Instant::now();
        let renamed = products
            .update_product(authorized(
                &shop.seller.token,
                UpdateProductRequest::from(product.clone()),
            ))
            .await?;
        product.version = renamed.into_inner().product.context("no product")?.version;
        loop {
            let search = SearchProductsRequest {
                query: first_name.clone(),
                ..SearchProductsRequest::default()
            };
            let found = searches.search_products(search).await?.into_inner();
            let mut names = found
                .hits
                .iter()
                .filter_map(|hit| Some(&hit.product.as_ref()?.name));
            if names.any(|name| *name == product.name) {
                break;
            }
        }
        taken.push(begun.elapsed());
    }
    Ok(taken)
}
