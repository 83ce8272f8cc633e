//! A buyer begins to pay at a PG.

use xlcfi_identity::Member;
use xlcfi_types::Id;

use super::when_ready;
use crate::Ctx;
use crate::error::Error;
use crate::method::customer_key;
use crate::payment::{Order, Payment, State};
use crate::pg::{Failure, Opened, Provider};
use crate::store::{checkouts, payments};

/// What a buyer pays by.
#[derive(Debug)]
pub struct Checkout {
    pub payment: Payment,
    pub provider: Provider,
    pub customer: String,
    pub opened: Opened,
}

/// Opens a checkout at the PG named, or at the first that works.
pub async fn open(
    ctx: &Ctx,
    owner: Id<Member>,
    order_id: Id<Order>,
    provider: Option<Provider>,
) -> Result<Checkout, Error> {
    let payment = when_ready(|| payable(ctx, owner, order_id)).await?;
    let providers = match &provider {
        Some(provider) => std::slice::from_ref(provider),
        None => &*ctx.providers,
    };
    let provider = ctx.pgs.first_that_works(providers).ok_or(Error::PgUnavailable)?;
    let customer = customer_key(owner);
    // The same payment has the same checkout, as long as the PG remembers its key.
    let key = format!("{}-{}", payment.payment_id, payment.amount.minor);
    let opened = ctx.pgs.of(provider).open(&key, &payment, &customer).await;
    let opened = opened.map_err(|failure| {
        if let Failure::Refused { code, .. } = &failure {
            tracing::error!(order.id = %order_id, code, "the PG opens no checkout");
        }
        Error::PgUnavailable
    })?;
    if !opened.key.is_empty() {
        let mut tx = ctx.database.begin().await?;
        let held = payments::lock(&mut tx, Some(owner), order_id).await?;
        let held = held.ok_or(Error::PaymentNotFound)?;
        checkouts::insert(
            &mut tx,
            payment.payment_id,
            provider,
            &opened.key,
            ctx.clock.now(),
        )
        .await?;
        if !is_payable(held.payment.state) {
            checkouts::close(&mut tx, payment.payment_id, None).await?;
        }
        tx.commit().await?;
    }
    Ok(Checkout {
        payment,
        provider,
        customer,
        opened,
    })
}

fn is_payable(state: State) -> bool {
    matches!(state, State::AwaitingBuyer | State::Pending)
}

/// The payment; `None` before the order asks for it.
async fn payable(ctx: &Ctx, owner: Id<Member>, order_id: Id<Order>) -> Result<Option<Payment>, Error> {
    let found = payments::get_of_order(ctx.database.pool(), Some(owner), order_id).await?;
    let payment = found.ok_or(Error::PaymentNotFound)?;
    match payment.state {
        state if is_payable(state) && payment.payment_method_id.is_none() => Ok(Some(payment)),
        State::Prepared => Ok(None),
        State::Failed => Err(Error::Expired),
        _ => Err(Error::NotConfirmable),
    }
}
