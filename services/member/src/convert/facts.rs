use time::OffsetDateTime;
use xlcfi_contracts::auth::v1::AccountCreated;
use xlcfi_contracts::member::v1::{
    BusinessRegistered, BusinessStatusChanged, HoldPointsCommand, MemberCreated, MemberRenamed,
    MemberWithdrawn, PointsChanged, PointsRootRecorded,
};
use xlcfi_contracts::order::v1::{OrderCancelled, OrderConfirmed};
use xlcfi_contracts::told::{self, Malformed};
use xlcfi_contracts::types::v1 as proto;
use xlcfi_saga::Refusal;
use xlcfi_types::{Id, Money};

use super::benefits::consent_kind;
use super::responses::{entry_kind, standing};
use super::timestamp;
use crate::business::Standing;
use crate::consent::ConsentKind;
use crate::grade::Grade;
use crate::hold::{Hold, HoldState};
use crate::member::{BusinessDetails, Member, MemberId};
use crate::notification::{Notice, order_moved};
use crate::points::{Balance, Entry, HoldRefused};
use crate::purchase::{ConfirmedOrder, Order, Purchase, PurchaseState, title};
use crate::registration::RegistrationNumber;
use crate::root::DayRoot;

pub fn new_member(fact: AccountCreated) -> Result<Member, Malformed> {
    let create_time = told::time("time", fact.time)?;
    Ok(Member {
        member_id: told::id("account_id", &fact.account_id)?,
        display_name: fact.display_name,
        email: fact.email,
        phone: String::new(),
        business: None,
        create_time,
        update_time: create_time,
        grade: Grade::Welcome,
        withdraw_time: None,
    })
}

/// What was agreed to at the sign-up; texts that are not known here are left out.
pub fn accepted_texts(fact: &AccountCreated) -> Vec<(ConsentKind, String)> {
    let texts = fact.accepted_texts.iter();
    let known = texts.filter_map(|text| Some((consent_kind(text.kind()).ok()?, text.version.clone())));
    known.collect()
}

pub fn confirmed_order(fact: OrderConfirmed) -> Result<ConfirmedOrder, Malformed> {
    let order = fact.order.ok_or(Malformed("order"))?;
    let (member_id, order_id) = member_and_order(&order.member_id, &order.order_id)?;
    let purchase = Purchase {
        order_id,
        member_id,
        title: title(order.lines.iter().map(|line| line.name.as_str())),
        paid: money("payable", order.payable)?,
        state: PurchaseState::Confirmed,
        order_time: told::time("create_time", order.create_time)?,
    };
    Ok(ConfirmedOrder {
        purchase,
        points_used: order.points_used,
    })
}

/// Which order was cancelled, and what its buyer is told.
pub fn cancelled_order(fact: &OrderCancelled) -> Result<(Id<Order>, Notice), Malformed> {
    let order = fact.order.as_ref().ok_or(Malformed("order"))?;
    let (member_id, order_id) = member_and_order(&order.member_id, &order.order_id)?;
    let title = title(order.lines.iter().map(|line| line.name.as_str()));
    let notice = order_moved(member_id, order_id, PurchaseState::Cancelled, &title);
    Ok((order_id, notice))
}

pub fn hold(command: &HoldPointsCommand) -> Result<Hold, Malformed> {
    let (member_id, order_id) = member_and_order(&command.member_id, &command.order_id)?;
    if command.points <= 0 {
        return Err(Malformed("points"));
    }
    Ok(Hold {
        order_id,
        member_id,
        points: command.points,
        state: HoldState::Held,
    })
}

pub fn member_and_order(member_id: &str, order_id: &str) -> Result<(MemberId, Id<Order>), Malformed> {
    Ok((told::id("member_id", member_id)?, told::id("order_id", order_id)?))
}

fn money(field: &'static str, money: Option<proto::Money>) -> Result<Money, Malformed> {
    let money = money
        .filter(|money| money.minor_units >= 0)
        .ok_or(Malformed(field))?;
    Money::try_from(&money).map_err(|_| Malformed(field))
}

pub fn member_created(member: &Member, now: OffsetDateTime) -> MemberCreated {
    MemberCreated {
        member_id: member.member_id.to_string(),
        display_name: member.display_name.clone(),
        time: Some(timestamp(now)),
    }
}

pub fn member_renamed(member: &Member) -> MemberRenamed {
    MemberRenamed {
        member_id: member.member_id.to_string(),
        display_name: member.display_name.clone(),
        time: Some(timestamp(member.update_time)),
    }
}

pub fn business_registered(
    member_id: MemberId,
    details: &BusinessDetails,
    now: OffsetDateTime,
) -> BusinessRegistered {
    BusinessRegistered {
        member_id: member_id.to_string(),
        registration_number: details.number.to_string(),
        name: details.name.clone(),
        time: Some(timestamp(now)),
    }
}

pub fn business_status_changed(
    member_id: MemberId,
    number: RegistrationNumber,
    before: Standing,
    now_is: Standing,
    now: OffsetDateTime,
) -> BusinessStatusChanged {
    BusinessStatusChanged {
        member_id: member_id.to_string(),
        registration_number: number.to_string(),
        before: standing(before).into(),
        status: standing(now_is).into(),
        time: Some(timestamp(now)),
    }
}

pub fn root_recorded(root: &DayRoot, now: OffsetDateTime) -> PointsRootRecorded {
    PointsRootRecorded {
        date: root.day.to_string(),
        postings: root.postings,
        root: root.root.0.to_vec(),
        time: Some(timestamp(now)),
    }
}

pub fn member_withdrawn(member_id: MemberId, now: OffsetDateTime) -> MemberWithdrawn {
    MemberWithdrawn {
        member_id: member_id.to_string(),
        time: Some(timestamp(now)),
    }
}

pub fn points_changed(entry: &Entry, balance: Balance) -> PointsChanged {
    PointsChanged {
        member_id: entry.member_id.to_string(),
        kind: entry_kind(entry.line.kind).into(),
        points: entry.line.points,
        balance: balance.points,
        order_id: entry.order_id.map(|id| id.to_string()).unwrap_or_default(),
        time: Some(timestamp(entry.create_time)),
    }
}

pub fn refusal(refused: HoldRefused) -> Refusal {
    match refused {
        HoldRefused::MemberNotFound => Refusal {
            reason: "MEMBER_NOT_FOUND".into(),
            message: "회원 정보를 찾을 수 없습니다. 잠시 후 다시 시도해 주세요.".into(),
            ..Default::default()
        },
        HoldRefused::PointsInsufficient { wanted, available } => Refusal {
            reason: "POINTS_INSUFFICIENT".into(),
            message: "보유 포인트가 부족합니다. 사용할 포인트를 줄여 다시 주문해 주세요.".into(),
            metadata: [("wanted", wanted), ("available", available)]
                .map(|(key, points)| (key.to_owned(), points.to_string()))
                .into(),
        },
    }
}
