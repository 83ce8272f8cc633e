use sqlx::PgConnection;
use uuid::Uuid;
use xlcfi_contracts::order::v1::{OrderCancelled, OrderConfirmed};
use xlcfi_contracts::product::v1::{ProductPublished, ProductUpdated};
use xlcfi_contracts::review::v1::{
    ReviewChanged, ReviewDecided, ReviewHeld, ReviewPublished, ReviewState, ReviewWithdrawn,
};
use xlcfi_contracts::told;
use xlcfi_events::{Failure, Handler, Message};
use xlcfi_types::Clock;

use crate::convert::{offer, sale};
use crate::flows::sales::offered;
use crate::sale::{Offer, Sale};
use crate::store::{opinions, sales};

/// Applies what other services tell.
#[derive(Debug)]
pub struct Facts(pub Clock);

/// What matters here of it.
#[derive(Debug)]
pub enum Fact {
    /// Everybody may read a review of this product as it is now.
    Published(Uuid, Uuid),
    /// Nobody may any more.
    Gone(Uuid),
    Sold(Sale),
    Undone(Uuid),
    Offered(Offer),
}

fn published(review_id: &str, product_id: &str) -> Result<Option<Fact>, Failure> {
    let review_id = told::uuid("review_id", review_id).map_err(Failure::poison)?;
    let product_id = told::uuid("product_id", product_id).map_err(Failure::poison)?;
    Ok(Some(Fact::Published(review_id, product_id)))
}

fn gone(review_id: &str) -> Result<Option<Fact>, Failure> {
    let review_id = told::uuid("review_id", review_id).map_err(Failure::poison)?;
    Ok(Some(Fact::Gone(review_id)))
}

impl Handler for Facts {
    type Fact = Fact;

    fn read(&self, message: &Message) -> Result<Option<Fact>, Failure> {
        if let Some(told) = message.read::<ReviewPublished>()? {
            return published(&told.review_id, &told.product_id);
        }
        if let Some(told) = message.read::<ReviewChanged>()? {
            return published(&told.review_id, &told.product_id);
        }
        if let Some(told) = message.read::<ReviewDecided>()? {
            return match told.state() {
                ReviewState::Published => published(&told.review_id, &told.product_id),
                _ => gone(&told.review_id),
            };
        }
        if let Some(told) = message.read::<ReviewHeld>()? {
            return gone(&told.review_id);
        }
        if let Some(told) = message.read::<ReviewWithdrawn>()? {
            return gone(&told.review_id);
        }
        if let Some(told) = message.read::<OrderConfirmed>()? {
            return Ok(Some(Fact::Sold(sale(told).map_err(Failure::poison)?)));
        }
        if let Some(told) = message.read::<OrderCancelled>()? {
            let Some(order) = told.order.filter(|_| told.was_confirmed) else {
                return Ok(None);
            };
            let order_id = told::uuid("order_id", &order.order_id).map_err(Failure::poison)?;
            return Ok(Some(Fact::Undone(order_id)));
        }
        if let Some(told) = message.read::<ProductPublished>()? {
            let offer = offer(told.product, told.time).map_err(Failure::poison)?;
            return Ok(Some(Fact::Offered(offer)));
        }
        if let Some(told) = message.read::<ProductUpdated>()? {
            let offer = offer(told.product, told.time).map_err(Failure::poison)?;
            return Ok(Some(Fact::Offered(offer)));
        }
        Ok(None)
    }

    async fn apply(&self, conn: &mut PgConnection, fact: Fact) -> Result<(), Failure> {
        match fact {
            Fact::Published(review_id, product_id) => Ok(opinions::ask(conn, review_id, product_id).await?),
            Fact::Gone(review_id) => Ok(opinions::forget(conn, review_id).await?),
            Fact::Sold(sale) => Ok(sales::insert(conn, &sale).await?),
            Fact::Undone(order_id) => Ok(sales::delete(conn, order_id).await?),
            Fact::Offered(told) => offered(conn, &told, self.0.now()).await,
        }
    }
}
