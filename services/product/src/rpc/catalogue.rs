use tonic::{Request, Response};
use xlcfi_contracts::product::v1::product_service_server::ProductService;
use xlcfi_contracts::product::v1::{
    ArchiveProductRequest, ArchiveProductResponse, BatchGetProductsRequest, BatchGetProductsResponse,
    CreateCategoryRequest, CreateCategoryResponse, CreateProductRequest, CreateProductResponse,
    CreateVariantRequest, CreateVariantResponse, GetProductRequest, GetProductResponse, GetStockRequest,
    GetStockResponse, ListCategoriesRequest, ListCategoriesResponse, ListOwnProductsRequest,
    ListOwnProductsResponse, ListProductsRequest, ListProductsResponse, ListVariantsRequest,
    ListVariantsResponse, PublishProductRequest, PublishProductResponse, SetCategoryAttributesRequest,
    SetCategoryAttributesResponse, TakeDownProductRequest, TakeDownProductResponse, UpdateProductRequest,
    UpdateProductResponse,
};
use xlcfi_errors::Invalid;
use xlcfi_identity::admit;
use xlcfi_types::Id;
use xlcfi_types::calendar::seoul_date;

use super::{Answer, seller, viewer, visible};
use crate::category::Category;
use crate::convert::{self, id, optional_id, page, request_id};
use crate::error::Error;
use crate::flows::{catalogue, categories};
use crate::product::{Product, State};
use crate::shelf::{Found, LISTS, product_topic};
use crate::store::products::Filter;
use crate::{Ctx, store};

/// The catalogue.
#[derive(Debug, Clone)]
pub struct Products(pub Ctx);

impl Products {
    /// One page of products and the token of the next.
    async fn page(&self, filter: &Filter, size: i32, token: &str) -> Result<(Vec<Product>, String), Error> {
        let page = page(size, token)?;
        let today = seoul_date(self.0.clock.now());
        let mut products = store::products::list(self.0.database.pool(), filter, &page, today).await?;
        let next = page.finish(&mut products, |product| {
            (product.create_time, product.product_id.uuid())
        });
        Ok((products, next))
    }

    fn message(&self, product: &Product) -> xlcfi_contracts::product::v1::Product {
        convert::product_message(product, self.0.clock.now())
    }
}

#[tonic::async_trait]
impl ProductService for Products {
    async fn list_categories(
        &self,
        request: Request<ListCategoriesRequest>,
    ) -> Answer<ListCategoriesResponse> {
        admit(request)?;
        let categories = store::categories::list(self.0.database.pool())
            .await
            .map_err(Error::from)?;
        let categories = categories.into_iter().map(convert::category_message).collect();
        Ok(Response::new(ListCategoriesResponse { categories }))
    }

    async fn create_category(
        &self,
        request: Request<CreateCategoryRequest>,
    ) -> Answer<CreateCategoryResponse> {
        let (_, request) = admit(request)?;
        let category = Category {
            category_id: Id::new(),
            parent_id: optional_id("parent_id", &request.parent_id)?,
            slug: request.slug,
            name_ko: request.name_ko,
            name_en: request.name_en,
            sort: request.sort,
            attributes: Vec::new(),
        };
        categories::create(&self.0, &category).await?;
        Ok(Response::new(CreateCategoryResponse {
            category: Some(convert::category_message(category)),
        }))
    }

    async fn set_category_attributes(
        &self,
        request: Request<SetCategoryAttributesRequest>,
    ) -> Answer<SetCategoryAttributesResponse> {
        let (_, request) = admit(request)?;
        let id = id("category_id", &request.category_id)?;
        let definitions = convert::definitions(&request.attributes)?;
        let category = categories::set_attributes(&self.0, id, &definitions).await?;
        Ok(Response::new(SetCategoryAttributesResponse {
            category: Some(convert::category_message(category)),
        }))
    }

    async fn create_product(&self, request: Request<CreateProductRequest>) -> Answer<CreateProductResponse> {
        let (caller, request) = admit(request)?;
        let draft = convert::new_product(request)?;
        let product = catalogue::create(&self.0, seller(&caller)?, draft).await?;
        Ok(Response::new(CreateProductResponse {
            product: Some(self.message(&product)),
        }))
    }

    async fn create_variant(&self, request: Request<CreateVariantRequest>) -> Answer<CreateVariantResponse> {
        let (caller, request) = admit(request)?;
        let (of, request_id) = (
            id("product_id", &request.product_id)?,
            request_id(&request.request_id)?,
        );
        let variation = convert::variation(&request)?;
        let change = |details: &mut _| variation.apply(details);
        let made =
            catalogue::create_variant(&self.0, seller(&caller)?, of, request.sku, request_id, change).await;
        Ok(Response::new(CreateVariantResponse {
            product: Some(self.message(&made?)),
        }))
    }

    async fn update_product(&self, request: Request<UpdateProductRequest>) -> Answer<UpdateProductResponse> {
        let (caller, request) = admit(request)?;
        let (id, version) = (id("product_id", &request.product_id)?, request.version);
        let details = convert::details(request)?;
        let product = catalogue::update(&self.0, seller(&caller)?, id, version, details).await?;
        Ok(Response::new(UpdateProductResponse {
            product: Some(self.message(&product)),
        }))
    }

    async fn publish_product(
        &self,
        request: Request<PublishProductRequest>,
    ) -> Answer<PublishProductResponse> {
        let (caller, request) = admit(request)?;
        let id = id("product_id", &request.product_id)?;
        let product = catalogue::publish(&self.0, seller(&caller)?, id).await?;
        Ok(Response::new(PublishProductResponse {
            product: Some(self.message(&product)),
        }))
    }

    async fn archive_product(
        &self,
        request: Request<ArchiveProductRequest>,
    ) -> Answer<ArchiveProductResponse> {
        let (caller, request) = admit(request)?;
        let id = id("product_id", &request.product_id)?;
        let (_, product) = catalogue::archive(&self.0, seller(&caller)?, id).await?;
        Ok(Response::new(ArchiveProductResponse {
            product: Some(self.message(&product)),
        }))
    }

    async fn get_product(&self, request: Request<GetProductRequest>) -> Answer<GetProductResponse> {
        let (caller, request) = admit(request)?;
        let id = id("product_id", &request.product_id)?;
        let place = match self.0.shelf.find(&product_topic(id), "card").await {
            Found::Kept(answer) => return Ok(Response::new(answer)),
            Found::Nothing(place) => place,
        };
        let product = visible(&self.0, id, viewer(&caller)).await?;
        let answer = GetProductResponse {
            product: Some(self.message(&product)),
        };
        if product.state != State::Draft {
            place.keep(&answer).await;
        }
        Ok(Response::new(answer))
    }

    async fn list_variants(&self, request: Request<ListVariantsRequest>) -> Answer<ListVariantsResponse> {
        let (caller, request) = admit(request)?;
        let (id, viewer) = (id("product_id", &request.product_id)?, viewer(&caller));
        visible(&self.0, id, viewer).await?;
        let today = seoul_date(self.0.clock.now());
        let family = store::products::family(self.0.database.pool(), id, viewer, today).await?;
        Ok(Response::new(ListVariantsResponse {
            products: family.iter().map(|product| self.message(product)).collect(),
        }))
    }

    async fn list_products(&self, request: Request<ListProductsRequest>) -> Answer<ListProductsResponse> {
        let (_, request) = admit(request)?;
        let filter = convert::filter(&request)?;
        let place = match self.0.shelf.find(LISTS, &convert::list_key(&request)).await {
            Found::Kept(answer) => return Ok(Response::new(answer)),
            Found::Nothing(place) => place,
        };
        let (products, next_page_token) = self.page(&filter, request.page_size, &request.page_token).await?;
        let products = products.iter().map(|product| self.message(product)).collect();
        let answer = ListProductsResponse {
            products,
            next_page_token,
        };
        place.keep(&answer).await;
        Ok(Response::new(answer))
    }

    async fn list_own_products(
        &self,
        request: Request<ListOwnProductsRequest>,
    ) -> Answer<ListOwnProductsResponse> {
        let (caller, request) = admit(request)?;
        let filter = Filter {
            seller_id: Some(seller(&caller)?),
            ..Filter::default()
        };
        let (products, next_page_token) = self.page(&filter, request.page_size, &request.page_token).await?;
        let products = products.iter().map(|product| self.message(product)).collect();
        Ok(Response::new(ListOwnProductsResponse {
            products,
            next_page_token,
        }))
    }

    async fn get_stock(&self, request: Request<GetStockRequest>) -> Answer<GetStockResponse> {
        let (caller, request) = admit(request)?;
        let product = visible(&self.0, id("product_id", &request.product_id)?, viewer(&caller)).await?;
        let reserved = store::lots::reserved(self.0.database.pool(), product.product_id).await;
        let today = seoul_date(self.0.clock.now());
        let stock = convert::stock_message(&product, reserved.map_err(Error::from)?, today);
        Ok(Response::new(GetStockResponse { stock: Some(stock) }))
    }

    async fn take_down_product(
        &self,
        request: Request<TakeDownProductRequest>,
    ) -> Answer<TakeDownProductResponse> {
        let (_, request) = admit(request)?;
        let id = id("product_id", &request.product_id)?;
        let today = seoul_date(self.0.clock.now());
        let product = store::products::get(self.0.database.pool(), id, today).await?;
        let (before, product) = catalogue::archive(&self.0, product.seller_id, id).await?;
        tracing::info!(product.id = %id, actor = request.actor, "product-taken-down");
        Ok(Response::new(TakeDownProductResponse {
            product: Some(self.message(&product)),
            state_before: convert::product_state(before).into(),
        }))
    }

    async fn batch_get_products(
        &self,
        request: Request<BatchGetProductsRequest>,
    ) -> Answer<BatchGetProductsResponse> {
        let (_, request) = admit(request)?;
        let ids = request.product_ids.iter().map(|text| id("product_ids", text));
        let ids = ids.collect::<Result<Vec<_>, Invalid>>()?;
        let today = seoul_date(self.0.clock.now());
        let products = store::products::find(self.0.database.pool(), &ids, today).await?;
        Ok(Response::new(BatchGetProductsResponse {
            products: products.iter().map(|product| self.message(product)).collect(),
        }))
    }
}
