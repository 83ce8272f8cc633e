use time::OffsetDateTime;
use xlcfi_contracts::admin::v1 as pb;
use xlcfi_contracts::product::v1::RecallScope;
use xlcfi_errors::Invalid;
use xlcfi_identity::User;
use xlcfi_types::Id;
use xlcfi_types::calendar::parse_date;

use super::timestamp;
use crate::campaign::{Campaign, Counts, OrderFate, State};
use crate::error::Error;
use crate::notice;
use crate::store::campaign_orders::Listed;
use crate::store::notices::Published;

/// What is to be recalled.
///
/// # Errors
/// [`Error::NoticeNamesNothing`], or a scope that names no goods.
pub fn campaign(
    by: &User,
    request: pb::StartCampaignRequest,
    now: OffsetDateTime,
) -> Result<Campaign, Error> {
    let mut scopes = match &request.notice {
        // What is said by hand stands beside a notice that names nothing.
        Some(notice) => match notice::scopes(notice) {
            Err(_) if !request.scopes.is_empty() && notice.lot_dates.is_empty() => Vec::new(),
            named => named.map_err(Error::NoticeNamesNothing)?,
        },
        None => Vec::new(),
    };
    let mut invalid = Invalid::default();
    for (at, scope) in request.scopes.iter().enumerate() {
        if let Err(why) = check(scope) {
            invalid.add(format!("scopes[{at}]"), why);
        }
    }
    if scopes.is_empty() && request.scopes.is_empty() {
        invalid.add("scopes", "must say what is recalled, or a notice must");
    }
    invalid.into_result()?;
    scopes.extend(request.scopes);
    Ok(Campaign {
        campaign_id: Id::new(),
        title: request.title,
        state: State::Holding,
        drill: request.drill,
        notice: request.notice,
        scopes,
        recall_ids: Vec::new(),
        reason: request.reason,
        message: request.message,
        actor: by.id,
        requester: by.into(),
        times: Default::default(),
        create_time: now,
        end_time: None,
    })
}

fn check(scope: &RecallScope) -> Result<(), &'static str> {
    let names = [
        &scope.product_id,
        &scope.gtin,
        &scope.report_number,
        &scope.lot_number,
        &scope.licence_number,
    ];
    if names.iter().all(|name| name.trim().is_empty()) {
        return Err("must name a product, barcode, report number, lot number or licence");
    }
    if !scope.use_by_date.is_empty() && parse_date(&scope.use_by_date).is_err() {
        return Err("has a last day no calendar has");
    }
    Ok(())
}

pub fn campaign_message((campaign, counts): (Campaign, Counts)) -> pb::Campaign {
    let state = match campaign.state {
        State::Holding => pb::CampaignState::Holding,
        State::Matching => pb::CampaignState::Matching,
        State::Notifying => pb::CampaignState::Notifying,
        State::Settling => pb::CampaignState::Settling,
        State::Done => pb::CampaignState::Done,
        State::Empty => pb::CampaignState::Empty,
    };
    pb::Campaign {
        campaign_id: campaign.campaign_id.to_string(),
        title: campaign.title,
        state: state.into(),
        drill: campaign.drill,
        notice: campaign.notice,
        scopes: campaign.scopes,
        recall_ids: campaign.recall_ids.iter().map(|id| id.to_string()).collect(),
        reason: campaign.reason,
        message: campaign.message,
        counts: Some(pb::CampaignCounts {
            lots: counts.lots,
            products: counts.products,
            orders: counts.orders,
            unknown_orders: counts.unknown_orders,
            buyers: counts.buyers,
            notified: counts.notified,
            acknowledged: counts.acknowledged,
            settling: counts.settling,
            stopped: counts.stopped,
            refunds: counts.refunds,
            failed: counts.failed,
        }),
        times: Some(pb::CampaignTimes {
            hold: campaign.times.hold,
            r#match: campaign.times.find,
            notify: campaign.times.notify,
            told: campaign.times.told,
        }),
        actor: campaign.actor.to_string(),
        create_time: Some(timestamp(campaign.create_time)),
        end_time: campaign.end_time.map(timestamp),
    }
}

pub fn published_notice(told: Published) -> pb::PublishedNotice {
    pb::PublishedNotice {
        notice_id: told.notice_id.to_string(),
        source: told.source,
        notice: Some(told.notice),
        campaign_id: told.campaign_id.map(|id| id.to_string()).unwrap_or_default(),
        time: Some(timestamp(told.time)),
    }
}

pub fn campaign_order(order: Listed) -> pb::CampaignOrder {
    let state = match order.fate {
        OrderFate::Found => pb::CampaignOrderState::Found,
        OrderFate::Settling => pb::CampaignOrderState::Settling,
        OrderFate::Stopped => pb::CampaignOrderState::Stopped,
        OrderFate::RefundPrepared => pb::CampaignOrderState::RefundPrepared,
        OrderFate::Left => pb::CampaignOrderState::Left,
        OrderFate::Failed => pb::CampaignOrderState::Failed,
    };
    pb::CampaignOrder {
        order_id: order.order_id.to_string(),
        member_id: order.member_id.map(|id| id.to_string()).unwrap_or_default(),
        product_ids: order.products.iter().map(|id| id.to_string()).collect(),
        quantity: order.quantity,
        sold: order.sold,
        state: state.into(),
        outcome: order.outcome,
    }
}
