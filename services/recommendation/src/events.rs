use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_contracts::member::v1::MemberWithdrawn;
use xlcfi_contracts::order::v1::{OrderCancelled, OrderConfirmed};
use xlcfi_contracts::product::v1::{
    ProductArchived, ProductPopularityChanged, ProductPublished, ProductRestocked, ProductSoldOut,
    ProductUpdated, ProductUseByChanged,
};
use xlcfi_contracts::review::v1::{ReviewChanged, ReviewPublished, ReviewWithdrawn};
use xlcfi_contracts::told::Malformed;
use xlcfi_events::{Failure, Handler, Message};

use crate::convert::facts;
use crate::flows::facts::{self as flows, Bought};
use crate::interaction::MemberId;
use crate::store::{interactions, products};

/// Applies what other services tell.
#[derive(Debug)]
pub struct Facts;

/// What matters here of it.
#[derive(Debug)]
pub enum Fact {
    Bought(Bought),
    Undone(Bought),
    /// Stars; none when the review was taken back.
    Rated(MemberId, Uuid, Option<i16>, OffsetDateTime),
    Product(products::Told),
    Archived(Uuid),
    InStock(Uuid, bool),
    UseBy(Uuid, Option<time::Date>),
    Popularity(Uuid, i32),
    Withdrawn(MemberId),
}

impl Handler for Facts {
    type Fact = Fact;

    fn read(&self, message: &Message) -> Result<Option<Fact>, Failure> {
        if let Some(told) = message.read::<OrderConfirmed>()? {
            let bought = facts::bought(told.order, told.time);
            return some(bought.map(Fact::Bought));
        }
        if let Some(told) = message.read::<OrderCancelled>()? {
            if !told.was_confirmed {
                return Ok(None);
            }
            return some(facts::bought(told.order, told.time).map(Fact::Undone));
        }
        if let Some(told) = message.read::<ReviewPublished>()? {
            return some(facts::rated(
                &told.author_id,
                &told.product_id,
                Some(told.rating),
                told.time,
            ));
        }
        if let Some(told) = message.read::<ReviewChanged>()? {
            return some(facts::rated(
                &told.author_id,
                &told.product_id,
                Some(told.rating),
                told.time,
            ));
        }
        if let Some(told) = message.read::<ReviewWithdrawn>()? {
            return some(facts::rated(&told.author_id, &told.product_id, None, told.time));
        }
        if let Some(told) = message.read::<MemberWithdrawn>()? {
            return some(facts::member(&told.member_id).map(Fact::Withdrawn));
        }
        read_product(message)
    }

    async fn apply(&self, conn: &mut PgConnection, fact: Fact) -> Result<(), Failure> {
        match fact {
            Fact::Bought(bought) => flows::bought(conn, &bought).await?,
            Fact::Undone(bought) => flows::undone(conn, &bought).await?,
            Fact::Rated(member, product, rating, time) => {
                interactions::rate(conn, member, product, rating, time).await?;
            }
            Fact::Product(told) => products::keep(conn, &told).await?,
            Fact::Archived(product) => products::archive(conn, product).await?,
            Fact::InStock(product, in_stock) => products::set_stock(conn, product, in_stock).await?,
            Fact::UseBy(product, date) => products::set_use_by(conn, product, date).await?,
            Fact::Popularity(product, popularity) => {
                products::set_popularity(conn, product, popularity).await?;
            }
            Fact::Withdrawn(member) => interactions::forget(conn, member).await?,
        }
        Ok(())
    }
}

fn some(fact: Result<Fact, Malformed>) -> Result<Option<Fact>, Failure> {
    fact.map(Some).map_err(Failure::poison)
}

fn read_product(message: &Message) -> Result<Option<Fact>, Failure> {
    if let Some(told) = message.read::<ProductPublished>()? {
        return some(facts::product(told.product));
    }
    if let Some(told) = message.read::<ProductUpdated>()? {
        return if facts::is_published(told.product.as_ref()) {
            some(facts::product(told.product))
        } else {
            Ok(None)
        };
    }
    if let Some(told) = message.read::<ProductArchived>()? {
        return some(facts::product_id(&told.product_id).map(Fact::Archived));
    }
    if let Some(told) = message.read::<ProductSoldOut>()? {
        return some(facts::product_id(&told.product_id).map(|id| Fact::InStock(id, false)));
    }
    if let Some(told) = message.read::<ProductRestocked>()? {
        return some(facts::product_id(&told.product_id).map(|id| Fact::InStock(id, true)));
    }
    if let Some(told) = message.read::<ProductUseByChanged>()? {
        return some(facts::use_by(&told.product_id, &told.earliest_use_by_date));
    }
    if let Some(told) = message.read::<ProductPopularityChanged>()? {
        let popularity = told.popularity.max(0);
        return some(facts::product_id(&told.product_id).map(|id| Fact::Popularity(id, popularity)));
    }
    Ok(None)
}
