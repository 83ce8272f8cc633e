use tonic::{Request, Response, Status};
use xlcfi_contracts::product::v1::product_service_server::ProductService;
use xlcfi_contracts::product::v1::{
    ArchiveProductRequest, ArchiveProductResponse, BatchGetProductsRequest, BatchGetProductsResponse,
    CreateCategoryRequest, CreateCategoryResponse, CreateProductRequest, CreateProductResponse,
    GetProductRequest, GetProductResponse, GetStockRequest, GetStockResponse, ListCategoriesRequest,
    ListCategoriesResponse, ListLotsRequest, ListLotsResponse, ListOwnProductsRequest,
    ListOwnProductsResponse, ListProductsRequest, ListProductsResponse, PublishProductRequest,
    PublishProductResponse, QuotePricesRequest, QuotePricesResponse, ReceiveLotRequest, ReceiveLotResponse,
    UpdateProductRequest, UpdateProductResponse,
};
use xlcfi_errors::Invalid;
use xlcfi_identity::{Caller, Member, admit};
use xlcfi_types::Id;

use crate::category::Category;
use crate::convert::{self, id, optional_id, page, product_message, request_id};
use crate::error::Error;
use crate::flows::{catalogue, lots::Receipt};
use crate::lot::seoul_date;
use crate::product::{Product, State};
use crate::shelf::{Found, LISTS, product_topic};
use crate::store::products::Filter;
use crate::{Ctx, flows, quote, store};

/// The gRPC service.
#[derive(Debug, Clone)]
pub struct Products(pub Ctx);

type Answer<T> = Result<Response<T>, Status>;

impl Products {
    /// A product as this caller may see it.
    async fn visible(&self, id: Id<Product>, viewer: Option<Id<Member>>) -> Result<Product, Error> {
        let today = seoul_date(self.0.clock.now());
        let product = store::products::get(self.0.database.pool(), id, today).await?;
        if product.is_visible_to(viewer) {
            Ok(product)
        } else {
            Err(Error::ProductNotFound(id.uuid()))
        }
    }

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
}

fn viewer(caller: &Caller) -> Option<Id<Member>> {
    caller.user().ok().map(|user| user.id)
}

fn seller(caller: &Caller) -> Result<Id<Member>, Status> {
    Ok(caller.user()?.id)
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
        };
        catalogue::create_category(&self.0, &category).await?;
        Ok(Response::new(CreateCategoryResponse {
            category: Some(convert::category_message(category)),
        }))
    }

    async fn create_product(&self, request: Request<CreateProductRequest>) -> Answer<CreateProductResponse> {
        let (caller, request) = admit(request)?;
        let request_id = request_id(&request.request_id)?;
        let (sku, details) = convert::new_product(request)?;
        let product = catalogue::create(&self.0, seller(&caller)?, request_id, &sku, &details).await?;
        Ok(Response::new(CreateProductResponse {
            product: Some(product_message(&product)),
        }))
    }

    async fn update_product(&self, request: Request<UpdateProductRequest>) -> Answer<UpdateProductResponse> {
        let (caller, request) = admit(request)?;
        let (id, version) = (id("product_id", &request.product_id)?, request.version);
        let details = convert::details(request)?;
        let product = catalogue::update(&self.0, seller(&caller)?, id, version, &details).await?;
        Ok(Response::new(UpdateProductResponse {
            product: Some(product_message(&product)),
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
            product: Some(product_message(&product)),
        }))
    }

    async fn archive_product(
        &self,
        request: Request<ArchiveProductRequest>,
    ) -> Answer<ArchiveProductResponse> {
        let (caller, request) = admit(request)?;
        let id = id("product_id", &request.product_id)?;
        let product = catalogue::archive(&self.0, seller(&caller)?, id).await?;
        Ok(Response::new(ArchiveProductResponse {
            product: Some(product_message(&product)),
        }))
    }

    async fn get_product(&self, request: Request<GetProductRequest>) -> Answer<GetProductResponse> {
        let (caller, request) = admit(request)?;
        let id = id("product_id", &request.product_id)?;
        let place = match self.0.shelf.find(&product_topic(id), "card").await {
            Found::Kept(answer) => return Ok(Response::new(answer)),
            Found::Nothing(place) => place,
        };
        let product = self.visible(id, viewer(&caller)).await?;
        let answer = GetProductResponse {
            product: Some(product_message(&product)),
        };
        if product.state != State::Draft {
            place.keep(&answer).await;
        }
        Ok(Response::new(answer))
    }

    async fn list_products(&self, request: Request<ListProductsRequest>) -> Answer<ListProductsResponse> {
        let (_, request) = admit(request)?;
        let filter = convert::filter(&request)?;
        let place = match self.0.shelf.find(LISTS, &convert::list_key(&request)).await {
            Found::Kept(answer) => return Ok(Response::new(answer)),
            Found::Nothing(place) => place,
        };
        let (products, next_page_token) = self.page(&filter, request.page_size, &request.page_token).await?;
        let products = products.iter().map(product_message).collect();
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
        let products = products.iter().map(product_message).collect();
        Ok(Response::new(ListOwnProductsResponse {
            products,
            next_page_token,
        }))
    }

    async fn get_stock(&self, request: Request<GetStockRequest>) -> Answer<GetStockResponse> {
        let (caller, request) = admit(request)?;
        let product = self
            .visible(id("product_id", &request.product_id)?, viewer(&caller))
            .await?;
        let today = seoul_date(self.0.clock.now());
        let stock = store::lots::stock(self.0.database.pool(), product.product_id, today).await;
        let stock = convert::stock_message(product.product_id, &stock.map_err(Error::from)?);
        Ok(Response::new(GetStockResponse { stock: Some(stock) }))
    }

    async fn receive_lot(&self, request: Request<ReceiveLotRequest>) -> Answer<ReceiveLotResponse> {
        let (caller, request) = admit(request)?;
        let receipt = Receipt {
            product_id: id("product_id", &request.product_id)?,
            request_id: request_id(&request.request_id)?,
            quantity: request.quantity,
            supplier_lot: request.supplier_lot,
            use_by_date: request.use_by_date,
            origin: request.origin.trim().to_owned(),
        };
        let lot = flows::lots::receive(&self.0, seller(&caller)?, receipt).await?;
        Ok(Response::new(ReceiveLotResponse {
            lot: Some(convert::lot_message(&lot)),
        }))
    }

    async fn list_lots(&self, request: Request<ListLotsRequest>) -> Answer<ListLotsResponse> {
        let (caller, request) = admit(request)?;
        let page = page(request.page_size, &request.page_token)?;
        let id = id("product_id", &request.product_id)?;
        let lots = store::lots::list(self.0.database.pool(), id, seller(&caller)?, &page).await;
        let mut lots = lots
            .map_err(Error::from)?
            .ok_or(Error::ProductNotFound(id.uuid()))?;
        let next_page_token = page.finish(&mut lots, |lot| (lot.receive_time, lot.lot_id.uuid()));
        let lots = lots.iter().map(convert::lot_message).collect();
        Ok(Response::new(ListLotsResponse {
            lots,
            next_page_token,
        }))
    }

    async fn quote_prices(&self, request: Request<QuotePricesRequest>) -> Answer<QuotePricesResponse> {
        let (caller, request) = admit(request)?;
        let lines = quote::lines(&request.lines)?;
        let ids: Vec<_> = lines.iter().map(|(id, _)| *id).collect();
        let today = seoul_date(self.0.clock.now());
        let products = store::products::find(self.0.database.pool(), &ids, today).await?;
        let (lines, total) = quote::price(&lines, &products, viewer(&caller))?;
        Ok(Response::new(QuotePricesResponse {
            lines,
            total: Some(total.into()),
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
            products: products.iter().map(product_message).collect(),
        }))
    }
}
