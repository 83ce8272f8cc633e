use tracing::{Instrument as _, info, info_span};
use uuid::Uuid;
use xlcfi_contracts::order::v1 as pb;
use xlcfi_errors::Fault;
use xlcfi_events::append;
use xlcfi_identity::{Member, User};
use xlcfi_saga::SagaError;
use xlcfi_types::Id;

use crate::Ctx;
use crate::cart;
use crate::convert;
use crate::error::Error;
use crate::order::{Order, State, total};
use crate::saga::OrderState;
use crate::store;
use crate::store::orders::Request;
use crate::wanted::Wanted;

/// What a member wants to order.
pub(crate) struct NewOrder {
    pub request: Request,
    /// Each product once; empty means the cart.
    pub lines: Vec<Wanted>,
    pub address_id: Option<Uuid>,
    pub points: i64,
    pub payment_method_id: Option<Uuid>,
    /// The buyer's credit line owes it.
    pub on_account: bool,
}

/// Makes an order and starts its saga. The same request gives the same order.
pub(crate) async fn create(ctx: &Ctx, buyer: &User, new: NewOrder) -> Result<Order, Error> {
    loop {
        if let Some(order) = made_before(ctx, buyer.id, &new.request).await? {
            return Ok(order);
        }
        if let Some(order) = make(ctx, buyer, &new).await? {
            return Ok(order);
        }
        // The same request or another order of the same cart came at the same
        // time and was faster, so look again.
    }
}

async fn make(ctx: &Ctx, buyer: &User, new: &NewOrder) -> Result<Option<Order>, Error> {
    let from_cart = new.lines.is_empty();
    let wanted = if from_cart {
        wanted_of_cart(ctx, buyer.id).await?
    } else {
        new.lines.clone()
    };
    let (lines, address) = tokio::try_join!(
        ctx.peers.quote(buyer, &wanted),
        ctx.peers.address(buyer.id, new.address_id)
    )?;
    let total = total(&lines).map_err(Fault::bug)?;
    if new.points > total.minor {
        return Err(Error::PointsExceedTotal);
    }
    let now = ctx.clock.now();
    let order = Order {
        id: Id::new(),
        member_id: buyer.id,
        state: State::Pending,
        lines,
        address,
        total,
        points_used: new.points,
        payment_method_id: new.payment_method_id,
        on_account: new.on_account,
        failure_reason: String::new(),
        message: String::new(),
        payment_due_time: now + ctx.config.payment_window(),
        confirm_time: None,
        recalls: Vec::new(),
        version: 1,
        create_time: now,
        update_time: now,
    };
    let span = info_span!("create-order", order.memberId = %buyer.id, order.amount = order.total.minor);
    let cart = from_cart.then_some(wanted.as_slice());
    let kept = keep(ctx, &order, &new.request, cart).instrument(span).await?;
    Ok(kept.then_some(order))
}

/// Keeps an order, and takes the lines it was made of out of the `cart`. False
/// when its request made an order before, or the cart has changed.
async fn keep(ctx: &Ctx, order: &Order, request: &Request, cart: Option<&[Wanted]>) -> Result<bool, Error> {
    let mut tx = ctx.database.begin().await?;
    if !store::orders::insert(&mut tx, order, request).await? {
        return Ok(false);
    }
    if let Some(wanted) = cart
        && !store::carts::take(&mut tx, order.member_id, wanted).await?
    {
        return Ok(false);
    }
    let reserved_until = order.create_time + ctx.config.reservation();
    let state = OrderState::new(order, reserved_until);
    ctx.sagas
        .start(&mut tx, order.id.uuid(), &state)
        .await
        .map_err(SagaError::from)?;
    let payment_method_id = order
        .payment_method_id
        .map(|id| id.to_string())
        .unwrap_or_default();
    let created = pb::OrderCreated {
        order: Some(convert::order(order)),
        payment_method_id,
        time: Some(convert::timestamp(order.create_time)),
    };
    append(&mut tx, order.id.uuid(), &created).await?;
    tx.commit().await?;
    metrics::counter!("orders.created", "service" => "order").increment(1);
    info!(order.id = %order.id, "order-created");
    Ok(true)
}

async fn made_before(ctx: &Ctx, member_id: Id<Member>, request: &Request) -> Result<Option<Order>, Error> {
    match store::orders::find_by_request(ctx.database.pool(), member_id, request.id).await? {
        Some((_, digest)) if digest != request.digest => Err(Error::RequestIdReused),
        Some((id, _)) => Ok(store::orders::get(ctx.database.pool(), id).await?),
        None => Ok(None),
    }
}

async fn wanted_of_cart(ctx: &Ctx, member_id: Id<Member>) -> Result<Vec<Wanted>, Error> {
    let lines = cart::stored(ctx, member_id).await?;
    if lines.is_empty() {
        return Err(Error::CartEmpty);
    }
    Ok(lines.into_iter().map(|line| line.wanted).collect())
}
