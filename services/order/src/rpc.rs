//! The gRPC methods: who calls, what is meant, the flow, the answer.

use futures::stream::BoxStream;
use futures::{StreamExt as _, TryStreamExt as _};
use tonic::{Request, Response, Status};
use xlcfi_contracts::order::v1::{self as pb, order_service_server::OrderService};
use xlcfi_contracts::types::v1::Role;
use xlcfi_identity::{User, admit};
use xlcfi_types::{Id, Page};

use crate::error::Error;
use crate::order::Order;
use crate::{Ctx, cart, convert, flows, store, watch};

pub(crate) struct Orders(pub(crate) Ctx);

impl Orders {
    /// An order this user may see: the buyer's own, a seller's sale, any for who helps
    /// buyers or looks after payments.
    async fn visible(&self, user: &User, id: Id<Order>) -> Result<Order, Error> {
        let order = store::orders::get(self.0.database.pool(), id).await?;
        let staff = [Role::Admin, Role::Support, Role::Finance];
        let may_see = |order: &Order| {
            staff.iter().any(|role| user.has_role(*role))
                || order.member_id == user.id
                || order.sold_by(user.id)
        };
        order.filter(may_see).ok_or(Error::OrderNotFound)
    }
}

fn listed(mut orders: Vec<Order>, page: &Page) -> (Vec<pb::Order>, String) {
    let next = page.finish(&mut orders, |order| (order.create_time, order.id.uuid()));
    (orders.iter().map(convert::order).collect(), next)
}

#[tonic::async_trait]
impl OrderService for Orders {
    async fn get_cart(
        &self,
        request: Request<pb::GetCartRequest>,
    ) -> Result<Response<pb::GetCartResponse>, Status> {
        let (caller, _) = admit(request)?;
        let cart = cart::get(&self.0, caller.user()?).await?;
        Ok(Response::new(pb::GetCartResponse {
            cart: Some(convert::cart(cart)),
        }))
    }

    async fn set_cart_line(
        &self,
        request: Request<pb::SetCartLineRequest>,
    ) -> Result<Response<pb::SetCartLineResponse>, Status> {
        let (caller, request) = admit(request)?;
        let cart = cart::set_line(&self.0, caller.user()?, convert::cart_wanted(&request)?).await?;
        Ok(Response::new(pb::SetCartLineResponse {
            cart: Some(convert::cart(cart)),
        }))
    }

    async fn remove_cart_line(
        &self,
        request: Request<pb::RemoveCartLineRequest>,
    ) -> Result<Response<pb::RemoveCartLineResponse>, Status> {
        let (caller, request) = admit(request)?;
        let product_id = convert::uuid("product_id", &request.product_id)?;
        let cart = cart::remove_line(&self.0, caller.user()?, product_id).await?;
        Ok(Response::new(pb::RemoveCartLineResponse {
            cart: Some(convert::cart(cart)),
        }))
    }

    async fn clear_cart(
        &self,
        request: Request<pb::ClearCartRequest>,
    ) -> Result<Response<pb::ClearCartResponse>, Status> {
        let (caller, _) = admit(request)?;
        store::carts::clear(self.0.database.pool(), caller.user()?.id)
            .await
            .map_err(Error::from)?;
        Ok(Response::new(pb::ClearCartResponse {}))
    }

    async fn create_order(
        &self,
        request: Request<pb::CreateOrderRequest>,
    ) -> Result<Response<pb::CreateOrderResponse>, Status> {
        let (caller, request) = admit(request)?;
        let order = flows::orders::create(&self.0, caller.user()?, convert::new_order(request)?).await?;
        Ok(Response::new(pb::CreateOrderResponse {
            order: Some(convert::order(&order)),
        }))
    }

    async fn get_order(
        &self,
        request: Request<pb::GetOrderRequest>,
    ) -> Result<Response<pb::GetOrderResponse>, Status> {
        let (caller, request) = admit(request)?;
        let order = self
            .visible(caller.user()?, convert::id("order_id", &request.order_id)?)
            .await?;
        Ok(Response::new(pb::GetOrderResponse {
            order: Some(convert::order(&order)),
        }))
    }

    async fn list_orders(
        &self,
        request: Request<pb::ListOrdersRequest>,
    ) -> Result<Response<pb::ListOrdersResponse>, Status> {
        let (caller, request) = admit(request)?;
        let (page, state) = (
            convert::page(request.page_size, &request.page_token)?,
            convert::state_filter(request.state()),
        );
        let found = store::orders::list(self.0.database.pool(), caller.user()?.id, state, &page).await;
        let (orders, next_page_token) = listed(found.map_err(Error::from)?, &page);
        Ok(Response::new(pb::ListOrdersResponse {
            orders,
            next_page_token,
        }))
    }

    async fn list_sales(
        &self,
        request: Request<pb::ListSalesRequest>,
    ) -> Result<Response<pb::ListSalesResponse>, Status> {
        let (caller, request) = admit(request)?;
        let (page, state) = (
            convert::page(request.page_size, &request.page_token)?,
            convert::state_filter(request.state()),
        );
        let found = store::orders::list_sales(self.0.database.pool(), caller.user()?.id, state, &page).await;
        let (orders, next_page_token) = listed(found.map_err(Error::from)?, &page);
        Ok(Response::new(pb::ListSalesResponse {
            orders,
            next_page_token,
        }))
    }

    async fn cancel_order(
        &self,
        request: Request<pb::CancelOrderRequest>,
    ) -> Result<Response<pb::CancelOrderResponse>, Status> {
        let (caller, request) = admit(request)?;
        let id = convert::id("order_id", &request.order_id)?;
        let order = flows::moves::cancel(&self.0, caller.user()?.id, id, request.reason).await?;
        Ok(Response::new(pb::CancelOrderResponse {
            order: Some(convert::order(&order)),
        }))
    }

    async fn stop_order(
        &self,
        request: Request<pb::StopOrderRequest>,
    ) -> Result<Response<pb::StopOrderResponse>, Status> {
        let (_, request) = admit(request)?;
        let id = convert::id("order_id", &request.order_id)?;
        let actor = convert::id("actor", &request.actor)?;
        let (before, order) = flows::moves::stop_by_staff(&self.0, actor, id, &request.reason).await?;
        Ok(Response::new(pb::StopOrderResponse {
            order: Some(convert::order(&order)),
            state_before: convert::state(before).into(),
        }))
    }

    type WatchOrderStream = BoxStream<'static, Result<pb::WatchOrderResponse, Status>>;

    async fn watch_order(
        &self,
        request: Request<pb::WatchOrderRequest>,
    ) -> Result<Response<Self::WatchOrderStream>, Status> {
        let (caller, request) = admit(request)?;
        let id: Id<Order> = convert::id("order_id", &request.order_id)?;
        let changes = self.0.watchers.subscribe(id.uuid());
        let order = self.visible(caller.user()?, id).await?;
        let orders = watch::watch(self.0.clone(), order, changes, request.after_version);
        let answers = orders.map_ok(|order| pb::WatchOrderResponse {
            order: Some(convert::order(&order)),
        });
        Ok(Response::new(answers.map_err(Status::from).boxed()))
    }

    async fn ship_order(
        &self,
        request: Request<pb::ShipOrderRequest>,
    ) -> Result<Response<pb::ShipOrderResponse>, Status> {
        let (caller, request) = admit(request)?;
        let id = convert::id("order_id", &request.order_id)?;
        let order = flows::moves::ship(
            &self.0,
            caller.user()?,
            id,
            request.carrier,
            request.tracking_number,
        )
        .await?;
        Ok(Response::new(pb::ShipOrderResponse {
            order: Some(convert::order(&order)),
        }))
    }

    async fn deliver_order(
        &self,
        request: Request<pb::DeliverOrderRequest>,
    ) -> Result<Response<pb::DeliverOrderResponse>, Status> {
        let (caller, request) = admit(request)?;
        let id = convert::id("order_id", &request.order_id)?;
        let order = flows::moves::deliver(&self.0, caller.user()?, id).await?;
        Ok(Response::new(pb::DeliverOrderResponse {
            order: Some(convert::order(&order)),
        }))
    }
}
