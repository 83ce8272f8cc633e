//! What other services tell, read.

use prost_types::Timestamp;
use serde_json::json;
use uuid::Uuid;
use xlcfi_contracts::admin::v1::RecallNotice;
use xlcfi_contracts::etl::v1::RecallNoticePublished;
use xlcfi_contracts::member::v1::NotificationAcknowledged;
use xlcfi_contracts::order::v1 as order;
use xlcfi_contracts::payment::v1 as payment;
use xlcfi_contracts::told::{self, Malformed};
use xlcfi_contracts::types::v1::{Money, Role};
use xlcfi_types::calendar::seoul_date;

use crate::audit::Note;
use crate::campaign::Line;
use crate::events::Fact;
use crate::store::{known, notices};

fn won(money: Option<&Money>) -> i64 {
    money.map_or(0, |money| money.minor_units)
}

/// A recall as an authority published it. A last day that etl could read is the one; otherwise what the notice says of it
/// stays, and somebody has to look.
pub fn published(notice_id: Uuid, told: RecallNoticePublished) -> Result<Fact, Malformed> {
    let lot_dates = match told.use_by_date.is_empty() {
        true => told
            .dates_text
            .split_once("소비기한 ")
            .map_or("", |(_, text)| text)
            .to_owned(),
        false => told.use_by_date,
    };
    Ok(Fact::Published(notices::Published {
        notice_id,
        source: told.source,
        notice: RecallNotice {
            notice_number: told.notice_number,
            product_name: told.product_name,
            barcode: told.gtin,
            report_number: told.report_number,
            maker: told.business_name,
            licence_number: told.licence_number,
            lot_dates,
            reason: told.reason,
            grade: told.grade,
        },
        campaign_id: None,
        time: told::time("time", told.time)?,
    }))
}

/// An order as it stands whole; when it is confirmed just now, that is its day.
pub fn order(told: Option<order::Order>, at: Option<Timestamp>, confirmed: bool) -> Result<Fact, Malformed> {
    let order = told.ok_or(Malformed("order"))?;
    let at = told::time("time", at)?;
    let line = |line: &order::OrderLine| {
        Ok(Line {
            product_id: told::uuid("product_id", &line.product_id)?,
            quantity: line.quantity,
            // Orders of before say only what a line costs.
            payable: won(line.payable.as_ref().or(line.amount.as_ref())),
        })
    };
    Ok(Fact::Order(known::Order {
        order_id: told::uuid("order_id", &order.order_id)?,
        member_id: told::uuid("member_id", &order.member_id)?,
        state: state(order.state())?,
        payable: won(order.payable.as_ref()),
        lines: order.lines.iter().map(line).collect::<Result<_, Malformed>>()?,
        confirm_day: confirmed.then(|| seoul_date(at)),
        time: at,
    }))
}

fn state(state: order::OrderState) -> Result<&'static str, Malformed> {
    match state {
        order::OrderState::Unspecified => Err(Malformed("state")),
        state => Ok(state.as_str_name().trim_start_matches("ORDER_STATE_")),
    }
}

pub fn moved(order_id: &str, to: &'static str, at: Option<Timestamp>) -> Result<Fact, Malformed> {
    Ok(Fact::OrderMoved(
        told::uuid("order_id", order_id)?,
        to,
        told::time("time", at)?,
    ))
}

pub fn payment(told: Option<payment::Payment>) -> Result<Fact, Malformed> {
    let payment = told.ok_or(Malformed("payment"))?;
    let state = payment.state().as_str_name().trim_start_matches("PAYMENT_STATE_");
    Ok(Fact::Payment(
        told::uuid("order_id", &payment.order_id)?,
        state.to_owned(),
    ))
}

/// Whether a refund waits for somebody.
pub fn review(told: Option<payment::Refund>) -> Result<Fact, Malformed> {
    let refund = told.ok_or(Malformed("refund"))?;
    let waits = refund.state() == payment::RefundState::Review;
    let amount = waits.then(|| won(refund.amount.as_ref()));
    Ok(Fact::Review(told::uuid("refund_id", &refund.refund_id)?, amount))
}

pub fn sold_out(product_id: &str, sold_out: bool) -> Result<Fact, Malformed> {
    Ok(Fact::SoldOut(told::uuid("product_id", product_id)?, sold_out))
}

pub fn recalled(lot_ids: &[String], held: bool) -> Result<Fact, Malformed> {
    let lots = lot_ids.iter().map(|id| told::uuid("lot_ids", id));
    Ok(Fact::Recalled(lots.collect::<Result<_, _>>()?, held))
}

/// Whether a review waits for somebody.
pub fn moderation(review_id: &str, waits: bool) -> Result<Fact, Malformed> {
    Ok(Fact::Moderation(told::uuid("review_id", review_id)?, waits))
}

pub fn acknowledged(told: &NotificationAcknowledged) -> Result<Fact, Malformed> {
    Ok(Fact::Acknowledged(
        told::uuid("notification_id", &told.notification_id)?,
        told::uuid("member_id", &told.member_id)?,
        told::time("time", told.time)?,
    ))
}

/// A role that was granted or revoked, by whomever and wherever.
pub fn role(
    action: &str,
    account_id: String,
    role: Role,
    (by, approved_by): (String, String),
    at: Option<Timestamp>,
) -> Result<Fact, Malformed> {
    let note = Note {
        actor: if by.is_empty() { "auth".into() } else { by },
        action: action.to_owned(),
        subject_kind: "account".into(),
        subject_id: account_id,
        before: String::new(),
        after: json!({"role": role.as_str_name(), "approvedBy": approved_by}).to_string(),
        reason: String::new(),
    };
    Ok(Fact::Audited(note, told::time("time", at)?))
}
