//! What a member is told.

use strum::{EnumString, IntoStaticStr};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use xlcfi_types::Id;

use crate::member::MemberId;
use crate::points::Entry;
use crate::purchase::{Order, PurchaseState};

/// How long a notification is kept after it was read.
pub const KEPT_READ: Duration = Duration::days(90);
/// How long one is kept at all.
pub const KEPT: Duration = Duration::days(365);

/// What a notification is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumString)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Kind {
    Order,
    Recall,
    Review,
    Benefit,
    Account,
    Lot,
}

/// Something to be put into an inbox. The sender makes its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub notification_id: Id<Notification>,
    pub member_id: MemberId,
    pub kind: Kind,
    pub title: String,
    pub text: String,
    /// What it is about at its sender.
    pub subject_id: String,
    pub needs_acknowledgement: bool,
}

/// A notice in the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    pub notice: Notice,
    /// Its place among those of its member, from 1.
    pub position: i64,
    pub create_time: OffsetDateTime,
    pub read_time: Option<OffsetDateTime>,
    pub acknowledge_time: Option<OffsetDateTime>,
}

/// How an inbox stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Inbox {
    /// Place of the newest notification; 0 before the first.
    pub position: i64,
    pub unread: i64,
}

impl Notice {
    /// A notice of our own. Its id comes of what happened to what, so that the same
    /// news makes no second one.
    pub fn own(
        member_id: MemberId,
        kind: Kind,
        subject: Uuid,
        what: &str,
        title: impl Into<String>,
        text: impl Into<String>,
    ) -> Self {
        Self {
            notification_id: Uuid::new_v5(&subject, what.as_bytes()).into(),
            member_id,
            kind,
            title: title.into(),
            text: text.into(),
            subject_id: subject.to_string(),
            needs_acknowledgement: false,
        }
    }
}

/// An order moved on. `about` is what the order is called or who carries it.
pub fn order_moved(member_id: MemberId, order_id: Id<Order>, to: PurchaseState, about: &str) -> Notice {
    let (title, text) = match to {
        PurchaseState::Confirmed => (
            "주문이 확정되었습니다",
            format!("{about} 주문이 확정되었습니다. 출고되면 다시 알려 드립니다."),
        ),
        PurchaseState::Shipped => (
            "상품이 출발했습니다",
            match about.trim() {
                "" => "주문하신 상품이 배송을 시작했습니다.".to_owned(),
                about => format!("주문하신 상품이 배송을 시작했습니다. ({about})"),
            },
        ),
        PurchaseState::Delivered => (
            "상품이 도착했습니다",
            "주문하신 상품이 도착했습니다. 신선식품은 바로 확인해 주세요.".to_owned(),
        ),
        PurchaseState::Cancelled => (
            "주문이 취소되었습니다",
            format!("{about} 주문이 취소되었습니다. 결제한 금액과 사용한 포인트는 돌려 드립니다."),
        ),
    };
    Notice::own(
        member_id,
        Kind::Order,
        order_id.uuid(),
        to.into_str(),
        title,
        text,
    )
}

/// Staff put points right.
pub fn points_corrected(entry: &Entry) -> Notice {
    let (points, added) = (entry.line.points.abs(), entry.line.points > 0);
    Notice::own(
        entry.member_id,
        Kind::Benefit,
        entry.entry_id.uuid(),
        "correction",
        "포인트가 조정되었습니다",
        format!(
            "고객센터에서 {points}포인트를 {}. 사유: {}",
            match added {
                true => "더했습니다",
                false => "뺐습니다",
            },
            entry.reason
        ),
    )
}

/// Goods of an order are recalled. One that grew is told again.
pub fn order_recalled(member_id: MemberId, order_id: Id<Order>, version: i64, reason: &str) -> Notice {
    Notice::own(
        member_id,
        Kind::Recall,
        order_id.uuid(),
        &format!("recall {version}"),
        "구매하신 상품이 회수 대상입니다",
        format!("섭취하지 마시고 주문 상세에서 회수 안내를 확인해 주세요. 회수 사유: {reason}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_news_makes_the_same_notification() {
        let (member, order) = (Id::new(), Id::new());
        let told = |to| order_moved(member, order, to, "감자").notification_id;
        assert_eq!(told(PurchaseState::Shipped), told(PurchaseState::Shipped));
        assert_ne!(told(PurchaseState::Shipped), told(PurchaseState::Delivered));
        let recall = |version| order_recalled(member, order, version, "이물").notification_id;
        assert_ne!(recall(4), recall(5));
    }
}
