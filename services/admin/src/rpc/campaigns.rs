use futures::{StreamExt as _, TryStreamExt as _};
use tonic::{Request, Response, Status};
use uuid::Uuid;
use xlcfi_contracts::admin::v1 as pb;
use xlcfi_contracts::admin::v1::campaign_service_server::CampaignService;
use xlcfi_errors::Fault;
use xlcfi_identity::admit;
use xlcfi_types::Id;

use super::{Answer, Answers};
use crate::campaign::Campaign;
use crate::error::Error;
use crate::{Ctx, convert, flows, pack, store};

/// Recalls as a whole.
#[derive(Clone)]
pub struct Campaigns(pub Ctx);

impl Campaigns {
    async fn message(&self, campaign: Campaign) -> Result<pb::Campaign, Error> {
        let counted = flows::campaigns::counted(&self.0, campaign).await?;
        Ok(convert::campaign_message(counted))
    }

    async fn named(&self, id: &str) -> Result<Campaign, Error> {
        flows::campaigns::get(&self.0, convert::id("campaign_id", id)?).await
    }

    /// Lets a request that names a published notice, and says nothing else of it, have that.
    async fn draw_up(&self, request: &mut pb::StartCampaignRequest) -> Result<Option<Uuid>, Error> {
        if request.notice_id.is_empty() {
            return Ok(None);
        }
        let id = convert::uuid("notice_id", &request.notice_id)?;
        let told = store::notices::get(self.0.database.pool(), id).await?;
        let told = told.ok_or(Error::RecallNoticeNotFound)?;
        request.notice.get_or_insert(told.notice);
        Ok(Some(id))
    }
}

#[tonic::async_trait]
impl CampaignService for Campaigns {
    async fn start_campaign(
        &self,
        request: Request<pb::StartCampaignRequest>,
    ) -> Answer<pb::StartCampaignResponse> {
        let (caller, mut request) = admit(request)?;
        let (by, request_id) = (caller.user()?.clone(), convert::request_id(&request.request_id)?);
        let notice_id = self.draw_up(&mut request).await?;
        let (ctx, wanted) = (
            self.0.clone(),
            convert::campaign(&by, request, self.0.clock.now())?,
        );
        // Goods are held also when the caller no longer waits.
        let started =
            tokio::spawn(
                async move { flows::campaigns::start(&ctx, wanted, &by, (request_id, notice_id)).await },
            );
        let campaign = started.await.map_err(|error| Error::from(Fault::bug(error)))??;
        Ok(Response::new(pb::StartCampaignResponse {
            campaign: Some(self.message(campaign).await?),
        }))
    }

    async fn list_recall_notices(
        &self,
        request: Request<pb::ListRecallNoticesRequest>,
    ) -> Answer<pb::ListRecallNoticesResponse> {
        let (_, request) = admit(request)?;
        let page = convert::page(request.page_size, &request.page_token)?;
        let listed = store::notices::list(self.0.database.pool(), &page).await;
        let mut listed = listed.map_err(Error::from)?;
        let next_page_token = page.finish(&mut listed, |told| (told.time, told.notice_id));
        Ok(Response::new(pb::ListRecallNoticesResponse {
            notices: listed.into_iter().map(convert::published_notice).collect(),
            next_page_token,
        }))
    }

    async fn get_campaign(
        &self,
        request: Request<pb::GetCampaignRequest>,
    ) -> Answer<pb::GetCampaignResponse> {
        let (_, request) = admit(request)?;
        let campaign = self.named(&request.campaign_id).await?;
        Ok(Response::new(pb::GetCampaignResponse {
            campaign: Some(self.message(campaign).await?),
        }))
    }

    async fn list_campaigns(
        &self,
        request: Request<pb::ListCampaignsRequest>,
    ) -> Answer<pb::ListCampaignsResponse> {
        let (_, request) = admit(request)?;
        let page = convert::page(request.page_size, &request.page_token)?;
        let listed = store::campaigns::list(self.0.database.pool(), &page).await;
        let mut listed = listed.map_err(Error::from)?;
        let next_page_token = page.finish(&mut listed, |campaign| {
            (campaign.create_time, campaign.campaign_id.uuid())
        });
        let mut campaigns = Vec::with_capacity(listed.len());
        for campaign in listed {
            campaigns.push(self.message(campaign).await?);
        }
        Ok(Response::new(pb::ListCampaignsResponse {
            campaigns,
            next_page_token,
        }))
    }

    async fn list_campaign_orders(
        &self,
        request: Request<pb::ListCampaignOrdersRequest>,
    ) -> Answer<pb::ListCampaignOrdersResponse> {
        let (_, request) = admit(request)?;
        let page = convert::page(request.page_size, &request.page_token)?;
        let campaign = self.named(&request.campaign_id).await?;
        let (id, after): (Id<Campaign>, _) = (campaign.campaign_id, store::campaign_orders::after(&page));
        let listed =
            store::campaign_orders::list(self.0.database.pool(), id, after, page.fetch_limit()).await;
        let mut orders = listed.map_err(Error::from)?;
        let next_page_token = page.finish(&mut orders, |order| (campaign.create_time, order.order_id));
        Ok(Response::new(pb::ListCampaignOrdersResponse {
            orders: orders.into_iter().map(convert::campaign_order).collect(),
            next_page_token,
        }))
    }

    type ExportCampaignStream = Answers<pb::ExportCampaignResponse>;

    async fn export_campaign(
        &self,
        request: Request<pb::ExportCampaignRequest>,
    ) -> Answer<Self::ExportCampaignStream> {
        let (_, request) = admit(request)?;
        let campaign = self.named(&request.campaign_id).await?;
        let pieces = pack::pack(&self.0, campaign).await?;
        let answers = pieces.map_ok(|file| pb::ExportCampaignResponse { file: Some(file) });
        Ok(Response::new(
            answers.map_err(|error: Error| Status::from(error)).boxed(),
        ))
    }
}
