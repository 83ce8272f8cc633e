use time::OffsetDateTime;
use xlcfi_contracts::admin::v1 as pb;

use super::timestamp;
use crate::dashboard::Dashboard;

pub fn dashboard_message(dashboard: Dashboard, now: OffsetDateTime) -> pb::Dashboard {
    let count = |(state, count): (String, i64)| pb::StateCount { state, count };
    let day = |day: crate::dashboard::DaySales| pb::DaySales {
        day: day.day.to_string(),
        orders: day.orders,
        won: day.won,
        cancelled: day.cancelled,
        cancelled_won: day.cancelled_won,
    };
    pb::Dashboard {
        orders: dashboard.orders.into_iter().map(count).collect(),
        sales: dashboard.sales.into_iter().map(day).collect(),
        sold_out: dashboard.sold_out,
        recalled_lots: dashboard.recalled_lots,
        payments: dashboard.payments.into_iter().map(count).collect(),
        refunds_in_review: dashboard.refunds_in_review,
        refunds_in_review_won: dashboard.refunds_in_review_won,
        proposals: dashboard.proposals,
        stuck_orders: dashboard.stuck_orders,
        campaigns: dashboard.campaigns,
        parked_messages: dashboard.parked_messages,
        time: Some(timestamp(now)),
        reviews_in_moderation: dashboard.reviews_in_moderation,
    }
}
