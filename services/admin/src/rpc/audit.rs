use futures::{StreamExt as _, TryStreamExt as _};
use tonic::{Request, Response, Status};
use uuid::Uuid;
use xlcfi_contracts::admin::v1 as pb;
use xlcfi_contracts::admin::v1::audit_service_server::AuditService;
use xlcfi_identity::admit;

use super::{Answer, Answers};
use crate::error::Error;
use crate::{Ctx, convert, export, flows, store};

/// The audit log.
#[derive(Clone)]
pub struct Audit(pub Ctx);

#[tonic::async_trait]
impl AuditService for Audit {
    async fn list_audit_entries(
        &self,
        request: Request<pb::ListAuditEntriesRequest>,
    ) -> Answer<pb::ListAuditEntriesResponse> {
        let (_, r) = admit(request)?;
        let page = convert::page(r.page_size, &r.page_token)?;
        let filter = convert::filter(r.actor, r.subject_id, &r.action, r.from_time, r.to_time)?;
        let listed = store::audit::list(self.0.database.pool(), &filter, &page).await;
        let mut entries = listed.map_err(Error::from)?;
        let next_page_token = page.finish(&mut entries, |entry| {
            let sequence = u128::try_from(entry.sequence).unwrap_or(0);
            (entry.time, Uuid::from_u128(sequence))
        });
        Ok(Response::new(pb::ListAuditEntriesResponse {
            entries: entries.into_iter().map(convert::entry_message).collect(),
            next_page_token,
        }))
    }

    type ExportAuditStream = Answers<pb::ExportAuditResponse>;

    async fn export_audit(
        &self,
        request: Request<pb::ExportAuditRequest>,
    ) -> Answer<Self::ExportAuditStream> {
        let (_, r) = admit(request)?;
        let format = r.format();
        let filter = convert::filter(r.actor, r.subject_id, &r.action, r.from_time, r.to_time)?;
        let pieces = export::audit(self.0.clone(), filter, format);
        let answers = pieces.map_ok(|file| pb::ExportAuditResponse { file: Some(file) });
        Ok(Response::new(answers.map_err(Status::from).boxed()))
    }

    async fn verify_audit(
        &self,
        request: Request<pb::VerifyAuditRequest>,
    ) -> Answer<pb::VerifyAuditResponse> {
        let (_, request) = admit(request)?;
        let known = convert::known(request.known_sequence, &request.known_hash)?;
        let found = flows::audit::verify(self.0.database.pool(), known).await;
        let found = found.map_err(Error::from)?;
        let broken = found.broken.as_ref();
        Ok(Response::new(pb::VerifyAuditResponse {
            sound: broken.is_none(),
            checked: found.checked,
            first_bad_sequence: broken.map_or(0, |broken| broken.sequence),
            problem: broken
                .map(|broken| broken.problem.to_string())
                .unwrap_or_default(),
            head: Some(convert::head_message(&found.head)),
        }))
    }
}
