use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_contracts::etl::v1::PricesSurveyed;
use xlcfi_contracts::order::v1::{OrderCancelled, OrderConfirmed};
use xlcfi_contracts::product::v1::{ProductArchived, ProductPublished, ProductUpdated};
use xlcfi_contracts::told;
use xlcfi_events::{Failure, Handler, Message};
use xlcfi_types::Clock;

use crate::Ctx;
use crate::convert;
use crate::flows::{self, prices::Surveyed, trades::Sold};
use crate::store::products::Product;

/// Applies what other services tell.
#[derive(Debug)]
pub struct Facts {
    clock: Clock,
}

impl Facts {
    pub fn new(ctx: &Ctx) -> Self {
        Self {
            clock: ctx.clock.clone(),
        }
    }
}

/// What matters here of it.
#[derive(Debug)]
pub enum Fact {
    Surveyed(Vec<Surveyed>),
    /// An order is paid.
    Sold(Uuid, Vec<Sold>, OffsetDateTime),
    /// A paid order was undone.
    Undone(Uuid),
    Product(Product),
    Archived(Uuid),
}

impl Handler for Facts {
    type Fact = Fact;

    fn read(&self, message: &Message) -> Result<Option<Fact>, Failure> {
        if let Some(told) = message.read::<PricesSurveyed>()? {
            let surveyed = convert::surveyed(told).map_err(Failure::poison)?;
            return Ok(Some(Fact::Surveyed(surveyed)));
        }
        if let Some(told) = message.read::<OrderConfirmed>()? {
            let (order_id, sold, time) = convert::sold(told).map_err(Failure::poison)?;
            return Ok(Some(Fact::Sold(order_id, sold, time)));
        }
        if let Some(told) = message.read::<OrderCancelled>()? {
            // One that never was confirmed paid nothing.
            let Some(order) = told.order.filter(|_| told.was_confirmed) else {
                return Ok(None);
            };
            let order_id = told::uuid("order_id", &order.order_id).map_err(Failure::poison)?;
            return Ok(Some(Fact::Undone(order_id)));
        }
        if let Some(told) = message.read::<ProductPublished>()? {
            let product = convert::product(told.product).map_err(Failure::poison)?;
            return Ok(Some(Fact::Product(product)));
        }
        if let Some(told) = message.read::<ProductUpdated>()? {
            let product = convert::product(told.product).map_err(Failure::poison)?;
            return Ok(Some(Fact::Product(product)));
        }
        if let Some(told) = message.read::<ProductArchived>()? {
            let product_id = told::uuid("product_id", &told.product_id).map_err(Failure::poison)?;
            return Ok(Some(Fact::Archived(product_id)));
        }
        Ok(None)
    }

    async fn apply(&self, conn: &mut PgConnection, fact: Fact) -> Result<(), Failure> {
        let now = self.clock.now();
        match fact {
            Fact::Surveyed(told) => flows::prices::surveyed(conn, told, now).await,
            Fact::Sold(order_id, sold, time) => {
                flows::trades::confirmed(conn, order_id, sold, time, now).await
            }
            Fact::Undone(order_id) => flows::trades::cancelled(conn, order_id).await,
            Fact::Product(product) => flows::products::told(conn, &product).await,
            Fact::Archived(product_id) => flows::products::archived(conn, product_id).await,
        }
    }
}
