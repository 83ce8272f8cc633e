//! What others show of members, whether or not the member service answers.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::timeout;
use tracing::debug;
use xlcfi_contracts::member::v1::member_service_client::MemberServiceClient;
use xlcfi_contracts::member::v1::{GetMemberSummariesRequest, MemberSummary};
use xlcfi_identity::Member;
use xlcfi_types::Id;

use crate::{Peer, Peers, StartError};

/// Longest wait for the member service; who shows a list of reviews does not wait longer
/// for names.
const PATIENCE: Duration = Duration::from_secs(1);
/// Most members asked for at once.
const MOST: usize = 100;

/// Asks the member service for what others show of members, and goes on without it.
#[derive(Debug, Clone)]
pub struct Members(MemberServiceClient<Peer>);

impl Members {
    /// The member service behind `peers`.
    ///
    /// # Errors
    /// Its URL is not one.
    pub fn new(peers: &Peers) -> Result<Self, StartError> {
        Ok(Self(MemberServiceClient::new(peers.channel("member")?)))
    }

    /// A summary of each member. It never fails: while the member service does not
    /// answer, and for members it does not know, it is [`fallback_summary`].
    pub async fn summaries(
        &self,
        ids: impl IntoIterator<Item = Id<Member>>,
    ) -> HashMap<Id<Member>, MemberSummary> {
        let mut summaries: HashMap<_, _> = ids.into_iter().map(|id| (id, fallback_summary(id))).collect();
        let asked: Vec<String> = summaries.keys().map(ToString::to_string).collect();
        for ids in asked.chunks(MOST) {
            for summary in self.ask(ids.to_vec()).await {
                if let Ok(id) = summary.member_id.parse() {
                    summaries.insert(id, summary);
                }
            }
        }
        summaries
    }

    /// The summary of one member, as [`Members::summaries`] gives it.
    pub async fn summary(&self, id: Id<Member>) -> MemberSummary {
        let found = self.summaries([id]).await.remove(&id);
        found.unwrap_or_else(|| fallback_summary(id))
    }

    async fn ask(&self, member_ids: Vec<String>) -> Vec<MemberSummary> {
        let mut client = self.0.clone();
        let asked = client.get_member_summaries(GetMemberSummariesRequest { member_ids });
        match timeout(PATIENCE, asked).await {
            Ok(Ok(answer)) => answer.into_inner().members,
            Ok(Err(status)) => {
                debug!(code = ?status.code(), message = status.message(), "member does not answer; shown as Unknown");
                metrics::counter!("members.fallback").increment(1);
                Vec::new()
            }
            Err(_) => {
                debug!("member does not answer in time; shown as Unknown");
                metrics::counter!("members.fallback").increment(1);
                Vec::new()
            }
        }
    }
}

/// What is shown of a member nobody tells about: name `Unknown`, no points, and said so.
pub fn fallback_summary(id: Id<Member>) -> MemberSummary {
    MemberSummary {
        member_id: id.to_string(),
        display_name: "Unknown".to_owned(),
        is_fallback: true,
        ..Default::default()
    }
}
