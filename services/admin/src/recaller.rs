//! The recalling side of [`Peers`].

use tonic::Streaming;
use uuid::Uuid;
use xlcfi_contracts::product::v1::{
    HoldForRecallRequest, RecallScope, ScanRecallRequest, ScanRecallResponse,
};
use xlcfi_errors::Fault;
use xlcfi_identity::{User, on_behalf_of};

use crate::error::Error;
use crate::peers::{Peers, refusal};

impl Peers {
    /// Has the lots of a scope held; gives the recall, how many lots it holds and how
    /// many milliseconds that took. `None` when no lot agrees.
    ///
    /// # Errors
    /// Product does not answer.
    pub async fn hold(
        &self,
        by: &User,
        scope: &RecallScope,
        message: &str,
        request_id: Uuid,
    ) -> Result<Option<(Uuid, i64, i64)>, Error> {
        let request = HoldForRecallRequest {
            scope: Some(scope.clone()),
            reason: message.to_owned(),
            request_id: request_id.to_string(),
        };
        match self
            .recalls
            .clone()
            .hold_for_recall(on_behalf_of(request, by))
            .await
        {
            Ok(answer) => {
                let recall = answer.into_inner().recall.unwrap_or_default();
                let recall_id = recall.recall_id.parse().map_err(Fault::bug)?;
                Ok(Some((recall_id, recall.lots, recall.duration_ms)))
            }
            Err(status) => match refusal("product", &status)?.as_str() {
                "RECALL_MATCHES_NOTHING" => Ok(None),
                reason => Err(Fault::bug(format!("product refused a recall: {reason}")).into()),
            },
        }
    }

    /// The lots of recalls, or of scopes where there are none, and what orders have of
    /// them.
    ///
    /// # Errors
    /// Product does not answer.
    pub async fn scan(&self, recall_ids: &[Uuid], scopes: &[RecallScope]) -> Result<Scan, Error> {
        let request = ScanRecallRequest {
            recall_ids: recall_ids.iter().map(Uuid::to_string).collect(),
            scopes: scopes.to_vec(),
        };
        let answers = self.recalls.clone().scan_recall(request).await;
        match answers {
            Ok(answers) => Ok(Scan(answers.into_inner())),
            Err(status) => Err(broken(&status)),
        }
    }
}

/// What product gives, message by message.
#[derive(Debug)]
pub struct Scan(Streaming<ScanRecallResponse>);

impl Scan {
    /// The next message; `None` after the last.
    ///
    /// # Errors
    /// Product does not answer.
    pub async fn next(&mut self) -> Result<Option<ScanRecallResponse>, Error> {
        self.0.message().await.map_err(|status| broken(&status))
    }
}

fn broken(status: &tonic::Status) -> Error {
    match refusal("product", status) {
        Ok(reason) => Fault::bug(format!("product refused to look: {reason}")).into(),
        Err(error) => error,
    }
}
