use xlcfi_contracts::member::v1 as proto;

use super::benefits::grade;
use super::{timestamp, won};
use crate::address::Address;
use crate::business::Standing;
use crate::member::{Business, Member, Summary};
use crate::points::{Balance, Entry, EntryKind};
use crate::purchase::{Purchase, PurchaseState};

pub fn member(member: Member) -> proto::Member {
    proto::Member {
        member_id: member.member_id.to_string(),
        display_name: member.display_name,
        email: member.email,
        phone: member.phone,
        business: member.business.map(business),
        create_time: Some(timestamp(member.create_time)),
        update_time: Some(timestamp(member.update_time)),
        grade: grade(member.grade).into(),
        withdraw_time: member.withdraw_time.map(timestamp),
    }
}

pub fn summary(summary: Summary) -> proto::MemberSummary {
    proto::MemberSummary {
        member_id: summary.member_id.to_string(),
        display_name: summary.display_name,
        grade: grade(summary.grade).into(),
        points: summary.points,
        is_fallback: false,
    }
}

fn business(business: Business) -> proto::Business {
    let details = business.details;
    proto::Business {
        registration_number: details.number.to_string(),
        name: details.name,
        representative: details.representative,
        tax_exempt: details.number.tax_exempt(),
        register_time: Some(timestamp(business.register_time)),
        status: standing(business.standing).into(),
        status_time: business.standing_time.map(timestamp),
    }
}

pub fn standing(standing: Standing) -> proto::BusinessStatus {
    match standing {
        Standing::Unknown => proto::BusinessStatus::Unknown,
        Standing::Active => proto::BusinessStatus::Active,
        Standing::Suspended => proto::BusinessStatus::Suspended,
        Standing::Closed => proto::BusinessStatus::Closed,
        Standing::Unregistered => proto::BusinessStatus::Unregistered,
    }
}

pub fn address(address: Address) -> proto::Address {
    let details = address.details;
    proto::Address {
        address_id: address.address_id.to_string(),
        label: details.label,
        recipient: details.recipient,
        phone: details.phone,
        postal_code: details.postal_code,
        line1: details.line1,
        line2: details.line2,
        default_address: address.is_default,
        create_time: Some(timestamp(address.create_time)),
    }
}

pub fn point_balance(balance: Balance) -> proto::PointBalance {
    proto::PointBalance {
        available: balance.available(),
        held: balance.held,
    }
}

pub fn point_entry(entry: Entry) -> proto::PointEntry {
    proto::PointEntry {
        entry_id: entry.entry_id.to_string(),
        kind: entry_kind(entry.line.kind).into(),
        points: entry.line.points,
        order_id: entry.order_id.map(|id| id.to_string()).unwrap_or_default(),
        create_time: Some(timestamp(entry.create_time)),
        reason: entry.reason,
    }
}

pub fn entry_kind(kind: EntryKind) -> proto::PointEntryKind {
    match kind {
        EntryKind::Earned => proto::PointEntryKind::Earned,
        EntryKind::Spent => proto::PointEntryKind::Spent,
        EntryKind::Returned => proto::PointEntryKind::Returned,
        EntryKind::Revoked => proto::PointEntryKind::Revoked,
        EntryKind::Expired => proto::PointEntryKind::Expired,
        EntryKind::Forfeited => proto::PointEntryKind::Forfeited,
        EntryKind::Corrected => proto::PointEntryKind::Corrected,
    }
}

pub fn purchase(purchase: Purchase) -> proto::Purchase {
    let state = match purchase.state {
        PurchaseState::Confirmed => proto::PurchaseState::Confirmed,
        PurchaseState::Shipped => proto::PurchaseState::Shipped,
        PurchaseState::Delivered => proto::PurchaseState::Delivered,
        PurchaseState::Cancelled => proto::PurchaseState::Cancelled,
    };
    proto::Purchase {
        order_id: purchase.order_id.to_string(),
        title: purchase.title,
        paid: Some(won(purchase.paid.minor)),
        state: state.into(),
        order_time: Some(timestamp(purchase.order_time)),
    }
}
