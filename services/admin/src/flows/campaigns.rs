//! Campaigns, part by part. Each part can be begun again after a crash: what was done
//! is not done twice.

use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::PgConnection;
use tokio::time::sleep;
use uuid::Uuid;
use xlcfi_contracts::member::v1::{NotificationKind, NotifyCommand};
use xlcfi_events::append_each_to;
use xlcfi_identity::User;
use xlcfi_types::Id;

use super::{audit, matching};
use crate::Ctx;
use crate::audit::Note;
use crate::campaign::{Campaign, Counts, OrderFate, Remedy, State, refundable, remedy};
use crate::error::Error;
use crate::peers::derived;
use crate::saga::Settling;
use crate::store::campaign_orders::{self, Waiting};
use crate::store::{campaigns, notices};

/// Buyers told in one transaction.
const TOLD: i64 = 5_000;
/// Orders whose sagas begin in one transaction.
const BEGUN: i64 = 200;
/// How long to wait for the relay to send what was written.
const PATIENCE: Duration = Duration::from_secs(120);

/// Begins a campaign, from a published notice where one is named, and holds its lots; the rest is left to the runner.
pub async fn start(
    ctx: &Ctx,
    campaign: Campaign,
    by: &User,
    (request_id, notice_id): (Option<Uuid>, Option<Uuid>),
) -> Result<Campaign, Error> {
    let mut id = campaign.campaign_id;
    let mut tx = ctx.database.begin().await?;
    if campaigns::insert(&mut tx, &campaign, request_id).await? {
        write(
            ctx,
            &mut tx,
            &campaign,
            "started",
            json!({"scopes": campaign.scopes.len()}),
        )
        .await?;
        if let Some(notice_id) = notice_id.filter(|_| !campaign.drill) {
            notices::set_campaign(&mut tx, notice_id, campaign.campaign_id.uuid()).await?;
        }
        tx.commit().await?;
    } else {
        drop(tx);
        let earlier = match request_id {
            Some(request_id) => {
                campaigns::find_by_request(ctx.database.pool(), by.id.uuid(), request_id).await?
            }
            None => None,
        };
        id = earlier.ok_or(Error::CampaignNotFound)?;
    }
    let campaign = get(ctx, id).await?;
    if campaign.state == State::Holding {
        hold(ctx, &campaign).await?;
    }
    ctx.wake.notify_one();
    get(ctx, id).await
}

/// Does the next part of a campaign; false when there is none for now.
pub async fn go_on(ctx: &Ctx, id: Id<Campaign>) -> Result<bool, Error> {
    let campaign = get(ctx, id).await?;
    match campaign.state {
        State::Holding => hold(ctx, &campaign).await?,
        State::Matching => find(ctx, &campaign).await?,
        State::Notifying => notify(ctx, &campaign).await?,
        State::Settling => return settle(ctx, &campaign).await,
        State::Done | State::Empty => return Ok(false),
    }
    Ok(true)
}

/// Has product hold the lots of each scope. A drill holds none.
async fn hold(ctx: &Ctx, campaign: &Campaign) -> Result<(), Error> {
    let (mut recall_ids, mut lots, mut took) = (Vec::new(), 0, 0);
    for (at, scope) in campaign.scopes.iter().enumerate().filter(|_| !campaign.drill) {
        let request_id = derived(campaign.campaign_id.uuid(), &format!("hold {at}"));
        let by = campaign.requester.user();
        let held = ctx.peers.hold(&by, scope, &campaign.message, request_id).await?;
        if let Some((recall_id, held, ms)) = held {
            recall_ids.push(recall_id);
            lots += held;
            took += ms;
        }
    }
    let next = match recall_ids.is_empty() && !campaign.drill {
        true => State::Empty,
        false => State::Matching,
    };
    let mut tx = ctx.database.begin().await?;
    if campaigns::move_on(&mut tx, campaign.campaign_id, State::Holding, next).await? {
        campaigns::set_held(&mut tx, campaign.campaign_id, &recall_ids, took).await?;
        let told = json!({"recallIds": recall_ids, "lots": lots, "milliseconds": took});
        write(ctx, &mut tx, campaign, "held", told).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Finds every order that has of the lots.
async fn find(ctx: &Ctx, campaign: &Campaign) -> Result<(), Error> {
    let begun = Instant::now();
    matching::find(ctx, campaign).await?;
    let took = millis(begun);
    let counts = campaigns::counts(ctx.database.pool(), campaign.campaign_id).await?;
    let next = match counts.lots {
        0 => State::Empty,
        _ => State::Notifying,
    };
    let mut tx = ctx.database.begin().await?;
    if campaigns::move_on(&mut tx, campaign.campaign_id, State::Matching, next).await? {
        campaigns::set_matched(&mut tx, campaign.campaign_id, took).await?;
        write(ctx, &mut tx, campaign, "matched", json!(counts)).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Sends every buyer a notification. It is over when the last has left the outbox. In a
/// drill nothing is sent.
async fn notify(ctx: &Ctx, campaign: &Campaign) -> Result<(), Error> {
    let (id, begun) = (campaign.campaign_id, Instant::now());
    if !campaign.drill && !tell(ctx, campaign).await? {
        return Ok(());
    }
    let mut tx = ctx.database.begin().await?;
    if campaigns::move_on(&mut tx, id, State::Notifying, State::Settling).await? {
        campaigns::set_notified(&mut tx, id, millis(begun)).await?;
        let counts = campaigns::counts(&mut *tx, id).await?;
        let told = json!({"notified": counts.notified, "milliseconds": millis(begun)});
        write(ctx, &mut tx, campaign, "notified", told).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Writes the notifications and waits until they are sent; false when some are not.
async fn tell(ctx: &Ctx, campaign: &Campaign) -> Result<bool, Error> {
    let (id, begun, pool) = (campaign.campaign_id, Instant::now(), ctx.database.pool());
    loop {
        let mut tx = ctx.database.begin().await?;
        let buyers = campaign_orders::take_untold(&mut tx, id, TOLD, ctx.clock.now()).await?;
        if buyers.is_empty() {
            break;
        }
        let command = |buyer: &campaign_orders::Buyer| NotifyCommand {
            notification_id: buyer.notification_id.to_string(),
            member_id: buyer.member_id.to_string(),
            kind: NotificationKind::Recall.into(),
            title: format!("[회수] {}", campaign.title),
            text: campaign.message.clone(),
            subject_id: id.to_string(),
            needs_acknowledgement: true,
        };
        let commands = buyers.iter().map(|buyer| (buyer.member_id, command(buyer)));
        append_each_to(&mut tx, "member", &commands.collect::<Vec<_>>()).await?;
        tx.commit().await?;
    }
    if let Some(newest) = campaign_orders::newest_unsent(pool).await? {
        // While NATS is away the buyers wait, and so does the campaign.
        while campaign_orders::is_unsent(pool, newest).await? {
            if begun.elapsed() > PATIENCE {
                return Ok(false);
            }
            sleep(Duration::from_millis(20)).await;
        }
    }
    // Another process may be telling some of them.
    Ok(!campaign_orders::is_somebody_untold(pool, id).await?)
}

/// Begins the sagas of orders, and ends the campaign when all of them have ended. Says
/// whether it got on.
async fn settle(ctx: &Ctx, campaign: &Campaign) -> Result<bool, Error> {
    let id = campaign.campaign_id;
    let mut got_on = false;
    loop {
        let mut tx = ctx.database.begin().await?;
        let waiting = campaign_orders::lock_found(&mut tx, id, BEGUN).await?;
        if waiting.is_empty() {
            break;
        }
        let mut fates = Vec::with_capacity(waiting.len());
        for order in &waiting {
            fates.push(begin(ctx, &mut tx, campaign, order).await?);
        }
        campaign_orders::set_fates(&mut tx, id, &fates).await?;
        tx.commit().await?;
        got_on = true;
    }
    let mut tx = ctx.database.begin().await?;
    if campaigns::finish(&mut tx, id, ctx.clock.now()).await? {
        let counts = campaigns::counts(&mut *tx, id).await?;
        write(ctx, &mut tx, campaign, "done", json!(counts)).await?;
        tx.commit().await?;
        got_on = true;
    }
    Ok(got_on)
}

type Fate = (Uuid, OrderFate, Option<Uuid>, String);

/// Begins what is to be done about one order; a drill only says what that would be.
async fn begin(
    ctx: &Ctx,
    conn: &mut PgConnection,
    campaign: &Campaign,
    order: &Waiting,
) -> Result<Fate, Error> {
    let remedy = remedy(order.sold, &order.state);
    let parts = refundable(&order.lines, &order.taken);
    if remedy == Remedy::Nothing || (remedy == Remedy::Refund && parts.is_empty()) {
        return Ok((order.order_id, OrderFate::Left, None, String::new()));
    }
    if campaign.drill {
        let fate = match remedy {
            Remedy::Stop => OrderFate::Stopped,
            _ => OrderFate::RefundPrepared,
        };
        return Ok((order.order_id, fate, None, "DRILL".into()));
    }
    let saga_id = derived(campaign.campaign_id.uuid(), &order.order_id.to_string());
    let state = Settling {
        order_id: order.order_id,
        actor: campaign.actor.uuid(),
        reason: format!("[회수] {}", campaign.title),
        open: remedy == Remedy::Stop,
        stopped: false,
        parts,
        refund_id: String::new(),
    };
    ctx.sagas.start(conn, saga_id, &state).await?;
    Ok((order.order_id, OrderFate::Settling, Some(saga_id), String::new()))
}

/// A campaign.
pub async fn get(ctx: &Ctx, id: Id<Campaign>) -> Result<Campaign, Error> {
    let found = campaigns::get(ctx.database.pool(), id).await?;
    found.ok_or(Error::CampaignNotFound)
}

/// A campaign and what it has come to.
pub async fn counted(ctx: &Ctx, campaign: Campaign) -> Result<(Campaign, Counts), Error> {
    let mut counts = campaigns::counts(ctx.database.pool(), campaign.campaign_id).await?;
    if campaign.drill {
        counts.settling = 0;
    }
    Ok((campaign, counts))
}

fn millis(begun: Instant) -> i64 {
    i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX)
}

async fn write(
    ctx: &Ctx,
    conn: &mut PgConnection,
    campaign: &Campaign,
    what: &str,
    after: serde_json::Value,
) -> Result<(), Error> {
    let name = if campaign.drill { "recall.drill" } else { "recall" };
    let note = Note {
        actor: campaign.actor.to_string(),
        action: format!("{name}.{what}"),
        subject_kind: "campaign".into(),
        subject_id: campaign.campaign_id.to_string(),
        before: String::new(),
        after: after.to_string(),
        reason: campaign.reason.clone(),
    };
    Ok(audit::write(conn, note, ctx.clock.now()).await?)
}
