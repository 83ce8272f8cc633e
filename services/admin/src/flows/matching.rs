//! Lots and orders of a campaign, as product gives them.

use uuid::Uuid;
use xlcfi_contracts::product::v1::{RecalledOrder, ScannedLot};
use xlcfi_errors::Fault;

use crate::Ctx;
use crate::campaign::{Campaign, Taken};
use crate::error::Error;
use crate::store::campaign_orders;

/// Keeps every lot and order, and every buyer that is known.
pub async fn find(ctx: &Ctx, campaign: &Campaign) -> Result<(), Error> {
    let id = campaign.campaign_id;
    let mut answers = ctx.peers.scan(&campaign.recall_ids, &campaign.scopes).await?;
    // An order may go on in the next message, so its last one waits for that.
    let mut orders: Vec<(Uuid, Taken)> = Vec::new();
    while let Some(answer) = answers.next().await? {
        if !answer.lots.is_empty() {
            let lots = answer
                .lots
                .into_iter()
                .map(lot)
                .collect::<Result<Vec<_>, Error>>()?;
            let mut tx = ctx.database.begin().await?;
            campaign_orders::insert_lots(&mut tx, id, &lots).await?;
            tx.commit().await?;
        }
        for line in &answer.orders {
            add(&mut orders, line)?;
        }
        let Some(last) = orders.pop() else { continue };
        keep(ctx, campaign, &orders).await?;
        orders = vec![last];
    }
    keep(ctx, campaign, &orders).await?;
    let mut tx = ctx.database.begin().await?;
    campaign_orders::insert_buyers(&mut tx, id).await?;
    tx.commit().await?;
    Ok(())
}

async fn keep(ctx: &Ctx, campaign: &Campaign, orders: &[(Uuid, Taken)]) -> Result<(), Error> {
    if orders.is_empty() {
        return Ok(());
    }
    let mut tx = ctx.database.begin().await?;
    campaign_orders::insert(&mut tx, campaign.campaign_id, orders).await?;
    tx.commit().await?;
    Ok(())
}

fn add(orders: &mut Vec<(Uuid, Taken)>, line: &RecalledOrder) -> Result<(), Error> {
    let (order_id, product_id) = (uuid(&line.order_id)?, uuid(&line.product_id)?);
    if orders.last().is_none_or(|(last, _)| *last != order_id) {
        orders.push((order_id, Taken::default()));
    }
    if let Some((_, taken)) = orders.last_mut() {
        // Other lots are taken for what is not sold yet.
        if line.sold || !taken.sold {
            if line.sold && !taken.sold {
                taken.products.clear();
            }
            *taken.products.entry(product_id).or_default() += line.quantity;
        }
        taken.sold |= line.sold;
    }
    Ok(())
}

fn lot(lot: ScannedLot) -> Result<(Uuid, Uuid, ScannedLot), Error> {
    Ok((uuid(&lot.lot_id)?, uuid(&lot.product_id)?, lot))
}

fn uuid(text: &str) -> Result<Uuid, Error> {
    text.parse()
        .map_err(|_| Fault::bug(format!("product gave `{text}` for an id")).into())
}
