//! What members read in their inbox, in Korean.

use uuid::Uuid;
use xlcfi_contracts::member::v1::{NotificationKind, NotifyCommand};

use crate::lots::Compared;
use crate::moderation::Decision;
use crate::review::{MemberId, Review, State};

fn notice(member_id: MemberId, subject: Uuid, title: &str, text: String) -> NotifyCommand {
    NotifyCommand {
        notification_id: Uuid::now_v7().to_string(),
        member_id: member_id.to_string(),
        kind: NotificationKind::Review.into(),
        title: title.into(),
        text,
        subject_id: subject.to_string(),
        needs_acknowledgement: false,
    }
}

/// To the author: what a person decided.
pub fn decided_notice(review: &Review, decision: &Decision) -> NotifyCommand {
    let (name, reason) = (&review.product_name, &decision.reason);
    let (title, text) = match (review.state == State::Published, decision.of_appeal) {
        (true, false) => (
            "리뷰가 게시되었습니다",
            format!("'{name}' 리뷰가 확인을 거쳐 게시되었습니다."),
        ),
        (true, true) => (
            "이의가 받아들여졌습니다",
            format!("'{name}' 리뷰가 다시 게시되었습니다. 사유: {reason}"),
        ),
        (false, false) => (
            "리뷰가 게시되지 않았습니다",
            format!(
                "'{name}' 리뷰가 숨겨졌습니다. 사유: {reason} 동의하지 않으시면 한 번 이의를 제기할 수 있습니다."
            ),
        ),
        (false, true) => (
            "이의가 받아들여지지 않았습니다",
            format!("'{name}' 리뷰는 숨겨진 상태로 유지됩니다. 사유: {reason}"),
        ),
    };
    notice(review.author_id, review.review_id.uuid(), title, text)
}

/// To the author: the seller answered.
pub fn replied_notice(review: &Review) -> NotifyCommand {
    let text = format!("'{}' 리뷰에 판매자가 답글을 남겼습니다.", review.product_name);
    notice(
        review.author_id,
        review.review_id.uuid(),
        "판매자가 답글을 남겼습니다",
        text,
    )
}

/// To the seller: a lot is rated worse than the others.
pub fn lot_dropped_notice(seller_id: MemberId, compared: &Compared) -> NotifyCommand {
    let (lot, others) = (&compared.lot, &compared.others);
    let text = format!(
        "로트 {}의 평점이 {:.1}점(리뷰 {}건)으로, 같은 상품의 다른 리뷰 {:.1}점보다 뚜렷하게 낮습니다. 남은 재고를 확인해 주세요.",
        lot.lot_id,
        lot.tally.mean(),
        lot.tally.count(),
        others.mean(),
    );
    notice(seller_id, lot.lot_id, "평점이 낮은 로트가 있습니다", text)
}
