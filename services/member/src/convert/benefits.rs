use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_contracts::convert::won;
use xlcfi_contracts::member::v1 as proto;
use xlcfi_errors::Invalid;
use xlcfi_errors::fields::uuid;

use super::responses::{entry_kind, point_entry, purchase};
use super::timestamp;
use crate::calendar;
use crate::consent::{Consent, ConsentKind, Text};
use crate::grade::{Benefit, Grade};
use crate::lot::Lot;
use crate::member::MemberId;
use crate::points::Sum;
use crate::shelf::Shelved;
use crate::store::history::Item;

pub fn product_id(text: &str) -> Result<Uuid, Invalid> {
    uuid("product_id", text)
}

/// Beginning and end of a month.
pub fn month(text: &str) -> Result<(OffsetDateTime, OffsetDateTime), Invalid> {
    calendar::month(text).ok_or_else(|| Invalid::field("month", "must be a month such as 2026-11"))
}

pub fn consent_kind(kind: proto::ConsentKind) -> Result<ConsentKind, Invalid> {
    match kind {
        proto::ConsentKind::Unspecified => Err(Invalid::field("kind", "must name a text")),
        proto::ConsentKind::Terms => Ok(ConsentKind::Terms),
        proto::ConsentKind::Privacy => Ok(ConsentKind::Privacy),
        proto::ConsentKind::MarketingEmail => Ok(ConsentKind::MarketingEmail),
        proto::ConsentKind::MarketingSms => Ok(ConsentKind::MarketingSms),
        proto::ConsentKind::MarketingPush => Ok(ConsentKind::MarketingPush),
    }
}

fn kind_of(kind: ConsentKind) -> proto::ConsentKind {
    match kind {
        ConsentKind::Terms => proto::ConsentKind::Terms,
        ConsentKind::Privacy => proto::ConsentKind::Privacy,
        ConsentKind::MarketingEmail => proto::ConsentKind::MarketingEmail,
        ConsentKind::MarketingSms => proto::ConsentKind::MarketingSms,
        ConsentKind::MarketingPush => proto::ConsentKind::MarketingPush,
    }
}

pub fn text(text: Text) -> proto::ConsentText {
    proto::ConsentText {
        kind: kind_of(text.kind).into(),
        version: text.version,
        required: text.kind.is_required(),
        begin_time: Some(timestamp(text.begin_time)),
    }
}

pub fn consent(consent: Consent) -> proto::Consent {
    proto::Consent {
        consent_id: consent.consent_id.to_string(),
        kind: kind_of(consent.kind).into(),
        version: consent.version,
        granted: consent.granted,
        create_time: Some(timestamp(consent.create_time)),
    }
}

pub fn consent_changed(member_id: MemberId, consent: &Consent) -> proto::ConsentChanged {
    proto::ConsentChanged {
        member_id: member_id.to_string(),
        kind: kind_of(consent.kind).into(),
        version: consent.version.clone(),
        granted: consent.granted,
        time: Some(timestamp(consent.create_time)),
    }
}

pub fn grade(grade: Grade) -> proto::MemberGrade {
    match grade {
        Grade::Welcome => proto::MemberGrade::Welcome,
        Grade::Silver => proto::MemberGrade::Silver,
        Grade::Gold => proto::MemberGrade::Gold,
        Grade::Vip => proto::MemberGrade::Vip,
    }
}

pub fn grade_benefit(benefit: Benefit) -> proto::GradeBenefit {
    proto::GradeBenefit {
        grade: grade(benefit.grade).into(),
        threshold: Some(won(benefit.threshold)),
        earning_basis_points: i32::try_from(benefit.basis_points).unwrap_or(i32::MAX),
    }
}

pub fn grade_changed(
    member_id: MemberId,
    before: Grade,
    now_is: Grade,
    now: OffsetDateTime,
) -> proto::GradeChanged {
    let benefit = grade_benefit(now_is.benefit());
    proto::GradeChanged {
        member_id: member_id.to_string(),
        before: grade(before).into(),
        grade: benefit.grade,
        earning_basis_points: benefit.earning_basis_points,
        time: Some(timestamp(now)),
    }
}

pub fn expiring(lot: Lot) -> proto::ExpiringPoints {
    proto::ExpiringPoints {
        points: lot.remaining,
        expire_time: Some(timestamp(lot.expire_time)),
    }
}

pub fn point_sum(sum: Sum) -> proto::PointSum {
    proto::PointSum {
        kind: entry_kind(sum.kind).into(),
        points: sum.points,
        entries: i32::try_from(sum.entries).unwrap_or(i32::MAX),
    }
}

pub fn history_item(item: Item) -> proto::HistoryItem {
    use proto::history_item::Item as Told;
    let item = match item {
        Item::Purchase(row) => Told::Purchase(purchase(row)),
        Item::Points(row) => Told::PointEntry(point_entry(row)),
    };
    proto::HistoryItem { item: Some(item) }
}

pub fn shelved(shelved: Shelved) -> proto::ShelvedProduct {
    proto::ShelvedProduct {
        product_id: shelved.product_id.to_string(),
        time: Some(timestamp(shelved.time)),
    }
}
