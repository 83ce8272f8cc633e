use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_contracts::auth::v1::{RoleGranted, RoleRevoked};
use xlcfi_contracts::etl::v1::RecallNoticePublished;
use xlcfi_contracts::member::v1::NotificationAcknowledged;
use xlcfi_contracts::order::v1 as order;
use xlcfi_contracts::payment::v1 as payment;
use xlcfi_contracts::product::v1 as product;
use xlcfi_contracts::review::v1 as review;
use xlcfi_contracts::told::Malformed;
use xlcfi_events::{Failure, Handler, Message};

use crate::Ctx;
use crate::audit::Note;
use crate::convert::facts;
use crate::flows;
use crate::store::{campaign_orders, known, notices};

/// Applies what other services tell.
#[derive(Clone)]
pub struct Facts(pub Ctx);

/// What matters here of it.
#[derive(Debug)]
pub enum Fact {
    /// As it stands whole.
    Order(known::Order),
    OrderMoved(Uuid, &'static str, OffsetDateTime),
    Payment(Uuid, String),
    /// `None` when it waits for nobody.
    Review(Uuid, Option<i64>),
    SoldOut(Uuid, bool),
    Recalled(Vec<Uuid>, bool),
    Moderation(Uuid, bool),
    Acknowledged(Uuid, Uuid, OffsetDateTime),
    /// Done at its owner, so that it stands in the log, too.
    Audited(Note, OffsetDateTime),
    Published(notices::Published),
}

impl Handler for Facts {
    type Fact = Fact;

    fn read(&self, message: &Message) -> Result<Option<Fact>, Failure> {
        let kind = message.type_name.split('.').nth(1).unwrap_or_default();
        match kind {
            "order" => of_order(message),
            "payment" => of_payment(message),
            "product" => of_product(message),
            "auth" => of_auth(message),
            "review" => of_review(message),
            "etl" => of_etl(message),
            _ => of_member(message),
        }
    }

    async fn apply(&self, conn: &mut PgConnection, fact: Fact) -> Result<(), Failure> {
        match fact {
            Fact::Order(order) => {
                known::put_order(conn, &order).await?;
                campaign_orders::learn(conn, order.order_id, order.member_id).await?;
            }
            Fact::OrderMoved(order_id, state, time) => known::move_order(conn, order_id, state, time).await?,
            Fact::Payment(order_id, state) => known::put_payment(conn, order_id, &state).await?,
            Fact::Review(refund_id, amount) => known::put_review(conn, refund_id, amount).await?,
            Fact::SoldOut(product_id, sold_out) => known::put_sold_out(conn, product_id, sold_out).await?,
            Fact::Recalled(lots, held) => known::put_recalled(conn, &lots, held).await?,
            Fact::Moderation(review_id, waits) => known::put_moderation(conn, review_id, waits).await?,
            Fact::Acknowledged(notification_id, member_id, time) => {
                campaign_orders::acknowledge(conn, notification_id, member_id, time).await?;
            }
            Fact::Published(told) => notices::put(conn, &told).await?,
            Fact::Audited(note, time) => flows::audit::write(conn, note, time).await?,
        }
        self.0.changed.notify_one();
        Ok(())
    }
}

fn some(fact: Result<Fact, Malformed>) -> Result<Option<Fact>, Failure> {
    fact.map(Some).map_err(Failure::poison)
}

fn of_order(message: &Message) -> Result<Option<Fact>, Failure> {
    if let Some(told) = message.read::<order::OrderCreated>()? {
        return some(facts::order(told.order, told.time, false));
    }
    if let Some(told) = message.read::<order::OrderConfirmed>()? {
        return some(facts::order(told.order, told.time, true));
    }
    if let Some(told) = message.read::<order::OrderCancelled>()? {
        return some(facts::order(told.order, told.time, false));
    }
    if let Some(told) = message.read::<order::OrderAwaitingPayment>()? {
        return some(facts::moved(&told.order_id, "AWAITING_PAYMENT", told.time));
    }
    if let Some(told) = message.read::<order::OrderShipped>()? {
        return some(facts::moved(&told.order_id, "SHIPPED", told.time));
    }
    if let Some(told) = message.read::<order::OrderDelivered>()? {
        return some(facts::moved(&told.order_id, "DELIVERED", told.time));
    }
    if let Some(told) = message.read::<order::OrderCancelling>()? {
        return some(facts::moved(&told.order_id, "CANCELLING", told.time));
    }
    Ok(None)
}

fn of_payment(message: &Message) -> Result<Option<Fact>, Failure> {
    if let Some(told) = message.read::<payment::RefundHeld>()? {
        return some(facts::review(told.refund));
    }
    if let Some(told) = message.read::<payment::RefundDecided>()? {
        return some(facts::review(told.refund));
    }
    if let Some(told) = message.read::<payment::RefundSucceeded>()? {
        return some(facts::review(told.refund));
    }
    let told = if let Some(told) = message.read::<payment::PaymentPrepared>()? {
        told.payment
    } else if let Some(told) = message.read::<payment::PaymentPending>()? {
        told.payment
    } else if let Some(told) = message.read::<payment::PaymentCaptured>()? {
        told.payment
    } else if let Some(told) = message.read::<payment::PaymentFailed>()? {
        told.payment
    } else if let Some(told) = message.read::<payment::PaymentRefunded>()? {
        told.payment
    } else if let Some(told) = message.read::<payment::PaymentDepositAwaited>()? {
        told.payment
    } else if let Some(told) = message.read::<payment::PaymentConflicted>()? {
        told.payment
    } else {
        return Ok(None);
    };
    some(facts::payment(told))
}

fn of_product(message: &Message) -> Result<Option<Fact>, Failure> {
    if let Some(told) = message.read::<product::ProductSoldOut>()? {
        return some(facts::sold_out(&told.product_id, true));
    }
    if let Some(told) = message.read::<product::ProductRestocked>()? {
        return some(facts::sold_out(&told.product_id, false));
    }
    if let Some(told) = message.read::<product::ProductArchived>()? {
        return some(facts::sold_out(&told.product_id, false));
    }
    if let Some(told) = message.read::<product::LotsHeld>()? {
        return some(facts::recalled(&told.lot_ids, !told.recall_id.is_empty()));
    }
    if let Some(told) = message.read::<product::LotsReleased>()? {
        return some(facts::recalled(&told.lot_ids, false));
    }
    Ok(None)
}

fn of_review(message: &Message) -> Result<Option<Fact>, Failure> {
    let (review_id, waits) = if let Some(told) = message.read::<review::ReviewHeld>()? {
        (told.review_id, true)
    } else if let Some(told) = message.read::<review::ReviewReported>()? {
        (told.review_id, true)
    } else if let Some(told) = message.read::<review::ReviewAppealed>()? {
        (told.review_id, true)
    } else if let Some(told) = message.read::<review::ReviewDecided>()? {
        (told.review_id, false)
    } else if let Some(told) = message.read::<review::ReviewWithdrawn>()? {
        (told.review_id, false)
    } else {
        return Ok(None);
    };
    some(facts::moderation(&review_id, waits))
}

fn of_auth(message: &Message) -> Result<Option<Fact>, Failure> {
    if let Some(told) = message.read::<RoleGranted>()? {
        let role = told.role();
        let by = (told.granted_by, told.approved_by);
        return some(facts::role("role.granted", told.account_id, role, by, told.time));
    }
    if let Some(told) = message.read::<RoleRevoked>()? {
        let role = told.role();
        let by = (told.revoked_by, told.approved_by);
        return some(facts::role("role.revoked", told.account_id, role, by, told.time));
    }
    Ok(None)
}

fn of_etl(message: &Message) -> Result<Option<Fact>, Failure> {
    let told = message.read::<RecallNoticePublished>()?;
    told.map_or(Ok(None), |told| some(facts::published(message.key, told)))
}

fn of_member(message: &Message) -> Result<Option<Fact>, Failure> {
    let Some(told) = message.read::<NotificationAcknowledged>()? else {
        return Ok(None);
    };
    some(facts::acknowledged(&told))
}
