use tonic::{Request, Response, Status};
use xlcfi_contracts::member::v1::shelf_service_server::ShelfService;
use xlcfi_contracts::member::v1::{
    AddViewedRequest, AddViewedResponse, AddWishRequest, AddWishResponse, ClearViewedRequest,
    ClearViewedResponse, ListViewedRequest, ListViewedResponse, ListWishesRequest, ListWishesResponse,
    RemoveWishRequest, RemoveWishResponse,
};
use xlcfi_identity::admit;

use crate::Ctx;
use crate::convert;
use crate::error::Error;
use crate::flows;
use crate::store;

/// `xlcfi.member.v1.ShelfService`.
#[derive(Debug)]
pub struct Shelf(pub Ctx);

#[tonic::async_trait]
impl ShelfService for Shelf {
    async fn add_wish(&self, request: Request<AddWishRequest>) -> Result<Response<AddWishResponse>, Status> {
        let (caller, request) = admit(request)?;
        let product_id = convert::product_id(&request.product_id)?;
        let wish = flows::shelf::add_wish(&self.0, caller.user()?.id, product_id).await?;
        let wish = Some(convert::shelved(wish));
        Ok(Response::new(AddWishResponse { wish }))
    }

    async fn remove_wish(
        &self,
        request: Request<RemoveWishRequest>,
    ) -> Result<Response<RemoveWishResponse>, Status> {
        let (caller, request) = admit(request)?;
        let product_id = convert::product_id(&request.product_id)?;
        let removed = store::shelf::remove_wish(self.0.database.pool(), caller.user()?.id, product_id).await;
        removed.map_err(Error::from)?;
        Ok(Response::new(RemoveWishResponse {}))
    }

    async fn list_wishes(
        &self,
        request: Request<ListWishesRequest>,
    ) -> Result<Response<ListWishesResponse>, Status> {
        let (caller, request) = admit(request)?;
        let page = convert::page(request.page_size, &request.page_token)?;
        let listed = store::shelf::wishes(self.0.database.pool(), caller.user()?.id, &page).await;
        let mut wishes = listed.map_err(Error::from)?;
        let next_page_token = page.finish(&mut wishes, |wish| (wish.time, wish.product_id));
        Ok(Response::new(ListWishesResponse {
            wishes: wishes.into_iter().map(convert::shelved).collect(),
            next_page_token,
        }))
    }

    async fn add_viewed(
        &self,
        request: Request<AddViewedRequest>,
    ) -> Result<Response<AddViewedResponse>, Status> {
        let (caller, request) = admit(request)?;
        let product_id = convert::product_id(&request.product_id)?;
        flows::shelf::add_viewed(&self.0, caller.user()?.id, product_id).await?;
        Ok(Response::new(AddViewedResponse {}))
    }

    async fn list_viewed(
        &self,
        request: Request<ListViewedRequest>,
    ) -> Result<Response<ListViewedResponse>, Status> {
        let (caller, request) = admit(request)?;
        let page = convert::page(request.page_size, &request.page_token)?;
        let listed = store::shelf::viewed(self.0.database.pool(), caller.user()?.id, &page).await;
        let mut viewed = listed.map_err(Error::from)?;
        let next_page_token = page.finish(&mut viewed, |viewed| (viewed.time, viewed.product_id));
        Ok(Response::new(ListViewedResponse {
            viewed: viewed.into_iter().map(convert::shelved).collect(),
            next_page_token,
        }))
    }

    async fn clear_viewed(
        &self,
        request: Request<ClearViewedRequest>,
    ) -> Result<Response<ClearViewedResponse>, Status> {
        let (caller, _) = admit(request)?;
        let cleared = store::shelf::clear_viewed(self.0.database.pool(), caller.user()?.id).await;
        cleared.map_err(Error::from)?;
        Ok(Response::new(ClearViewedResponse {}))
    }
}
