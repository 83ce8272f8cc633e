use time::OffsetDateTime;
use xlcfi_contracts::member::v1 as proto;
use xlcfi_contracts::told::{self, Malformed};
use xlcfi_errors::Invalid;
use xlcfi_errors::fields::id;
use xlcfi_types::Id;

use super::timestamp;
use crate::notification::{Kind, Notice, Notification};
use crate::watch::News;

pub fn notification_id(text: &str) -> Result<Id<Notification>, Invalid> {
    id("notification_id", text)
}

pub fn notice(command: proto::NotifyCommand) -> Result<Notice, Malformed> {
    let kind = match command.kind() {
        proto::NotificationKind::Unspecified => return Err(Malformed("kind")),
        proto::NotificationKind::Order => Kind::Order,
        proto::NotificationKind::Recall => Kind::Recall,
        proto::NotificationKind::Review => Kind::Review,
        proto::NotificationKind::Benefit => Kind::Benefit,
        proto::NotificationKind::Account => Kind::Account,
        proto::NotificationKind::Lot => Kind::Lot,
    };
    if command.title.trim().is_empty() {
        return Err(Malformed("title"));
    }
    Ok(Notice {
        notification_id: told::id("notification_id", &command.notification_id)?,
        member_id: told::id("member_id", &command.member_id)?,
        kind,
        title: command.title,
        text: command.text,
        subject_id: command.subject_id,
        needs_acknowledgement: command.needs_acknowledgement,
    })
}

pub fn notification(notification: Notification) -> proto::Notification {
    let notice = notification.notice;
    let kind = match notice.kind {
        Kind::Order => proto::NotificationKind::Order,
        Kind::Recall => proto::NotificationKind::Recall,
        Kind::Review => proto::NotificationKind::Review,
        Kind::Benefit => proto::NotificationKind::Benefit,
        Kind::Account => proto::NotificationKind::Account,
        Kind::Lot => proto::NotificationKind::Lot,
    };
    proto::Notification {
        notification_id: notice.notification_id.to_string(),
        kind: kind.into(),
        title: notice.title,
        text: notice.text,
        subject_id: notice.subject_id,
        needs_acknowledgement: notice.needs_acknowledgement,
        acknowledge_time: notification.acknowledge_time.map(timestamp),
        read_time: notification.read_time.map(timestamp),
        create_time: Some(timestamp(notification.create_time)),
    }
}

pub fn news(news: News) -> proto::WatchNotificationsResponse {
    proto::WatchNotificationsResponse {
        notifications: news.notifications.into_iter().map(notification).collect(),
        unread: news.unread,
        position: news.position,
    }
}

pub fn notification_acknowledged(notice: &Notice, now: OffsetDateTime) -> proto::NotificationAcknowledged {
    proto::NotificationAcknowledged {
        member_id: notice.member_id.to_string(),
        notification_id: notice.notification_id.to_string(),
        subject_id: notice.subject_id.clone(),
        time: Some(timestamp(now)),
    }
}
