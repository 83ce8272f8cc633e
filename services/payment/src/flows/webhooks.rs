//! What PGs tell by themselves: kept at once, asked about afterwards.

use secrecy::ExposeSecret as _;
use subtle::ConstantTimeEq as _;

use crate::Ctx;
use crate::error::Error;
use crate::pg::{Disbelief, Notice, Provider};
use crate::store::webhooks::Hint;
use crate::store::{payments, webhooks};

use super::told;

/// Larger than any webhook.
const LARGEST: usize = 256 << 10;

/// Keeps a webhook. One about nothing of ours is passed over.
pub async fn receive(ctx: &Ctx, provider: Provider, signature: &str, body: &[u8]) -> Result<(), Error> {
    if body.len() > LARGEST {
        return Err(Error::WebhookTooLarge);
    }
    let now = ctx.clock.now();
    let notice = match provider {
        Provider::Toss => crate::pg::of_toss(body),
        Provider::Stripe => {
            let secret = ctx.stripe_webhook_secret.expose_secret();
            crate::pg::of_stripe(body, signature, secret, now.unix_timestamp())
        }
    };
    let notice = notice.map_err(|disbelief| {
        tracing::warn!(pg = provider.into_str(), ?disbelief, "a webhook is not believed");
        match disbelief {
            Disbelief::Unreadable => Error::WebhookUnreadable,
            Disbelief::NotSigned => Error::WebhookNotSigned,
            Disbelief::Stale => Error::WebhookStale,
        }
    })?;
    let Some(notice) = notice else { return Ok(()) };
    let mut tx = ctx.database.begin().await?;
    let payment = payments::get_of_order(&mut *tx, None, notice.order_id).await?;
    let Some(payment) = payment else { return Ok(()) };
    let secret = payment.deposit.as_ref().map(|deposit| deposit.secret.as_str());
    if !is_proven(&notice, secret) {
        tracing::warn!(order.id = %notice.order_id, "a notice of a deposit does not know its secret");
        return Err(Error::WebhookNotSigned);
    }
    webhooks::insert(&mut tx, provider, &notice, now).await?;
    tx.commit().await?;
    ctx.heard.notify_one();
    Ok(())
}

/// Whether the secret it brings, if any, is the one of the deposit.
fn is_proven(notice: &Notice, secret: Option<&str>) -> bool {
    match (&notice.secret, secret) {
        // Compared in a time that does not depend on where they differ.
        (Some(told), Some(secret)) => told.as_bytes().ct_eq(secret.as_bytes()).into(),
        // It may be faster than the answer that brings us the secret.
        (Some(_), None) | (None, _) => true,
    }
}

/// Asks the PG what it hinted at.
pub async fn follow(ctx: &Ctx, hint: &Hint) -> Result<(), Error> {
    let pool = ctx.database.pool();
    let payment = payments::get_of_order(pool, None, hint.order_id).await?;
    let key = match (hint.payment_key.as_str(), payment) {
        ("", Some(payment)) => payment
            .payment_key
            .filter(|_| payment.provider == Some(hint.provider)),
        ("", None) => None,
        (key, _) => Some(key.to_owned()),
    };
    let outcome = match key {
        None => "nothing is known of it",
        Some(key) => match ctx.pgs.of(hint.provider).get(&key).await {
            Ok(Some(pg)) if pg.order_id == hint.order_id.to_string() => {
                told::told(ctx, hint.order_id, hint.provider, &pg).await?.0
            }
            Ok(_) => "the PG knows no such payment",
            Err(failure) => {
                tracing::warn!(order.id = %hint.order_id, error = %failure, "the PG does not say more of its webhook");
                let wait = ctx.limits.pending_wait(hint.failures + 1);
                webhooks::put_off(pool, hint.webhook_id, wait).await?;
                return Ok(());
            }
        },
    };
    webhooks::end(pool, hint.webhook_id, outcome).await?;
    Ok(())
}
