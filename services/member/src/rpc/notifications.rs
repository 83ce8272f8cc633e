use futures::stream::BoxStream;
use futures::{StreamExt as _, TryStreamExt as _};
use tonic::{Request, Response, Status};
use xlcfi_contracts::member::v1::notification_service_server::NotificationService;
use xlcfi_contracts::member::v1::{
    AcknowledgeNotificationRequest, AcknowledgeNotificationResponse, ListNotificationsRequest,
    ListNotificationsResponse, MarkAllReadRequest, MarkAllReadResponse, MarkReadRequest, MarkReadResponse,
    WatchNotificationsRequest, WatchNotificationsResponse,
};
use xlcfi_identity::admit;

use crate::Ctx;
use crate::convert;
use crate::error::Error;
use crate::flows;
use crate::store;
use crate::watch;

/// `xlcfi.member.v1.NotificationService`.
#[derive(Debug)]
pub struct Notifications(pub Ctx);

#[tonic::async_trait]
impl NotificationService for Notifications {
    async fn list_notifications(
        &self,
        request: Request<ListNotificationsRequest>,
    ) -> Result<Response<ListNotificationsResponse>, Status> {
        let (caller, request) = admit(request)?;
        let (db, member_id) = (self.0.database.pool(), caller.user()?.id);
        let page = convert::page(request.page_size, &request.page_token)?;
        let listed = store::notifications::list(db, member_id, request.unread_only, &page).await;
        let mut rows = listed.map_err(Error::from)?;
        let inbox = store::notifications::inbox(db, member_id)
            .await
            .map_err(Error::from)?;
        let next_page_token = page.finish(&mut rows, |row| {
            (row.create_time, row.notice.notification_id.uuid())
        });
        Ok(Response::new(ListNotificationsResponse {
            notifications: rows.into_iter().map(convert::notification).collect(),
            next_page_token,
            unread: inbox.unread,
        }))
    }

    type WatchNotificationsStream = BoxStream<'static, Result<WatchNotificationsResponse, Status>>;

    async fn watch_notifications(
        &self,
        request: Request<WatchNotificationsRequest>,
    ) -> Result<Response<Self::WatchNotificationsStream>, Status> {
        let (caller, request) = admit(request)?;
        let news = watch::watch(self.0.clone(), caller.user()?.id, request.after_position);
        let answers = news.map_ok(convert::news).map_err(Status::from);
        Ok(Response::new(answers.boxed()))
    }

    async fn mark_read(
        &self,
        request: Request<MarkReadRequest>,
    ) -> Result<Response<MarkReadResponse>, Status> {
        let (caller, request) = admit(request)?;
        let id = convert::notification_id(&request.notification_id)?;
        let notification = flows::notifications::mark_read(&self.0, caller.user()?.id, id).await?;
        let notification = Some(convert::notification(notification));
        Ok(Response::new(MarkReadResponse { notification }))
    }

    async fn mark_all_read(
        &self,
        request: Request<MarkAllReadRequest>,
    ) -> Result<Response<MarkAllReadResponse>, Status> {
        let (caller, _) = admit(request)?;
        let marked = flows::notifications::mark_all_read(&self.0, caller.user()?.id).await?;
        let marked = i64::try_from(marked).unwrap_or(i64::MAX);
        Ok(Response::new(MarkAllReadResponse { marked }))
    }

    async fn acknowledge_notification(
        &self,
        request: Request<AcknowledgeNotificationRequest>,
    ) -> Result<Response<AcknowledgeNotificationResponse>, Status> {
        let (caller, request) = admit(request)?;
        let id = convert::notification_id(&request.notification_id)?;
        let notification = flows::notifications::acknowledge(&self.0, caller.user()?.id, id).await?;
        let notification = Some(convert::notification(notification));
        Ok(Response::new(AcknowledgeNotificationResponse { notification }))
    }
}
