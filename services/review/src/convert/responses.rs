use time::Duration;
use xlcfi_contracts::review::v1 as proto;
use xlcfi_types::Id;

use super::timestamp;
use crate::lots::Compared;
use crate::moderation::{Case, Decision};
use crate::purchase::{Product, Reviewable};
use crate::rating::Summary;
use crate::review::{Appeal, AppealState, MemberId, Reply, Report, ReportKind, Review, State};
use crate::rules::Rule;

/// The name of an author nobody told of yet.
const SOMEBODY: &str = "구매자";
/// The name of an author who is no member any more.
const WITHDRAWN: &str = "탈퇴한 회원";

/// Who reads a review, which decides what of it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Viewer {
    Anyone,
    Member(MemberId),
    Moderator,
}

pub fn review(review: Review, viewer: Viewer, edit: Duration) -> proto::Review {
    let own = viewer == Viewer::Member(review.author_id);
    let inside = own || viewer == Viewer::Moderator;
    let edit_end = review.edit_end(edit);
    let [freshness, taste, packaging, delivery] = review.said.stars.sides.map(i32::from);
    proto::Review {
        review_id: review.review_id.to_string(),
        product_id: review.product_id.to_string(),
        product_name: review.product_name,
        seller_id: review.seller_id.to_string(),
        author_name: match review.author_name {
            None => SOMEBODY.into(),
            Some(name) if name.is_empty() => WITHDRAWN.into(),
            Some(name) => name,
        },
        rating: review.said.stars.rating.into(),
        dimensions: Some(proto::Dimensions {
            freshness,
            taste,
            packaging,
            delivery,
        }),
        text: review.said.text,
        image_ids: review.said.image_ids.iter().map(ToString::to_string).collect(),
        state: state(review.state).into(),
        helpful: review.helpful,
        reply: review.reply.map(reply),
        lot_ids: review.lot_ids.iter().map(ToString::to_string).collect(),
        order_id: if own {
            review.order_id.to_string()
        } else {
            String::new()
        },
        appeal: review.appeal.filter(|_| inside).map(appeal),
        decision_reason: if inside {
            review.decision_reason
        } else {
            String::new()
        },
        edit_end_time: Some(timestamp(edit_end)),
        version: review.version,
        create_time: Some(timestamp(review.create_time)),
        update_time: Some(timestamp(review.update_time)),
    }
}

fn reply(reply: Reply) -> proto::SellerReply {
    proto::SellerReply {
        text: reply.text,
        create_time: Some(timestamp(reply.create_time)),
        update_time: Some(timestamp(reply.update_time)),
    }
}

fn appeal(appeal: Appeal) -> proto::Appeal {
    let state = match appeal.state {
        AppealState::Open => proto::AppealState::Open,
        AppealState::Rejected => proto::AppealState::Rejected,
        AppealState::Granted => proto::AppealState::Granted,
    };
    proto::Appeal {
        state: state.into(),
        text: appeal.text,
        create_time: Some(timestamp(appeal.create_time)),
    }
}

pub fn state(state: State) -> proto::ReviewState {
    match state {
        State::Held => proto::ReviewState::Held,
        State::Published => proto::ReviewState::Published,
        State::Hidden => proto::ReviewState::Hidden,
    }
}

pub fn rule(rule: Rule) -> proto::ModerationRule {
    match rule {
        Rule::Duplicate => proto::ModerationRule::Duplicate,
        Rule::AuthorBurst => proto::ModerationRule::AuthorBurst,
        Rule::ProductBurst => proto::ModerationRule::ProductBurst,
        Rule::BannedWord => proto::ModerationRule::BannedWord,
        Rule::Link => proto::ModerationRule::Link,
        Rule::PhoneNumber => proto::ModerationRule::PhoneNumber,
    }
}

pub fn report_kind(kind: ReportKind) -> proto::ReportKind {
    match kind {
        ReportKind::Spam => proto::ReportKind::Spam,
        ReportKind::Abuse => proto::ReportKind::Abuse,
        ReportKind::False => proto::ReportKind::False,
        ReportKind::PersonalData => proto::ReportKind::PersonalData,
        ReportKind::Other => proto::ReportKind::Other,
    }
}

pub fn case(case: Case, edit: Duration) -> proto::ModerationCase {
    proto::ModerationCase {
        review: Some(review(case.review, Viewer::Moderator, edit)),
        reports: case.reports.into_iter().map(report).collect(),
        decisions: case.decisions.into_iter().map(decision).collect(),
    }
}

fn report(report: Report) -> proto::Report {
    proto::Report {
        kind: report_kind(report.kind).into(),
        text: report.text,
        create_time: Some(timestamp(report.create_time)),
    }
}

fn decision(decision: Decision) -> proto::Decision {
    proto::Decision {
        decision_id: decision.decision_id.to_string(),
        state: state(decision.state).into(),
        of_appeal: decision.of_appeal,
        rules: decision
            .rules
            .into_iter()
            .map(|broken| rule(broken).into())
            .collect(),
        reason: decision.reason,
        actor_id: decision.actor_id.map(|id| id.to_string()).unwrap_or_default(),
        create_time: Some(timestamp(decision.create_time)),
    }
}

pub fn summary(product_id: Id<Product>, summary: &Summary) -> proto::RatingSummary {
    let side = |side| {
        let (ratings, mean) = summary.side(side);
        Some(proto::DimensionSummary { ratings, mean })
    };
    proto::RatingSummary {
        product_id: product_id.to_string(),
        ratings: summary.tally.count(),
        mean: summary.tally.mean(),
        wilson: summary.tally.wilson().0,
        stars: summary.tally.stars.into(),
        freshness: side(0),
        taste: side(1),
        packaging: side(2),
        delivery: side(3),
    }
}

pub fn lot_rating(compared: &Compared) -> proto::LotRating {
    proto::LotRating {
        lot_id: compared.lot.lot_id.to_string(),
        ratings: compared.lot.tally.count(),
        mean: compared.lot.tally.mean(),
        other_mean: compared.others.mean(),
        dropped: compared.dropped,
    }
}

pub fn reviewable_line(line: Reviewable) -> proto::ReviewableLine {
    proto::ReviewableLine {
        order_id: line.order_id.to_string(),
        product_id: line.product_id.to_string(),
        product_name: line.product_name,
        deliver_time: Some(timestamp(line.deliver_time)),
    }
}
