//! Measures a recall over 100,000 orders of as many buyers: from the command to the
//! last lot held, every order found, and the last notification sent. Product is a
//! stand-in that holds at once and gives the orders as product does; what holding takes
//! there `make bench-stock` measures. Needs the servers tests need: `make bench-recall`.
#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use futures::StreamExt as _;
use futures::stream::BoxStream;
use tokio::time::sleep;
use tonic::{Request, Response, Status};
use uuid::Uuid;
use xlcfi_contracts::admin::v1::campaign_service_client::CampaignServiceClient;
use xlcfi_contracts::admin::v1::{
    Campaign, CampaignState, ExportCampaignRequest, GetCampaignRequest, StartCampaignRequest,
};
use xlcfi_contracts::product::v1::recall_service_server::{RecallService, RecallServiceServer};
use xlcfi_contracts::product::v1::{self as product, Recall, RecallScope, RecalledOrder, ScannedLot};
use xlcfi_testkit::{Calling, Fake, Harness, admin};

/// Orders that have of the recalled lots.
const ORDERS: u128 = 100_000;

/// Half of them arrived, half are to be sent; each has bought two units.
const KNOWN: &str = "
    insert into known_order (order_id, member_id, state, payable, lines, confirm_day, update_time)
    select lpad(to_hex(n), 32, '0')::uuid, uuidv7(), case when n % 2 = 0 then 'CONFIRMED' else 'DELIVERED' end, 10000,
        jsonb_build_array(jsonb_build_object('product_id', '00000000-0000-0000-0000-0000000000aa', 'quantity', 2,
            'payable', 10000)), '2026-11-22', now()
    from generate_series(1, $1::bigint) n";

#[tokio::main]
async fn main() {
    let shelf = Fake::serve(RecallServiceServer::new(Shelf)).await;
    let peers = [("product", &shelf)];
    let harness = Harness::start_with(xlcfi_admin::SERVICE, &peers, xlcfi_admin::start).await;
    sqlx::query(KNOWN)
        .bind(i64::try_from(ORDERS).unwrap())
        .execute(harness.pool())
        .await
        .unwrap();
    let mut campaigns = CampaignServiceClient::new(harness.as_user(&admin()));
    for drill in [true, false] {
        println!("{}:", if drill { "a drill" } else { "a recall" });
        let begun = Instant::now();
        let request = StartCampaignRequest {
            title: "측정".into(),
            scopes: vec![RecallScope {
                gtin: "8801234567890".into(),
                ..RecallScope::default()
            }],
            reason: "측정".into(),
            message: "측정".into(),
            drill,
            ..StartCampaignRequest::default()
        };
        let campaign = campaigns.start_campaign(request).await.unwrap().into_inner();
        let id = campaign.campaign.unwrap().campaign_id;
        println!(
            "  the command answered after {:>6} ms",
            begun.elapsed().as_millis()
        );
        let told = reach(&mut campaigns, &id, CampaignState::Settling).await;
        let (times, counts) = (told.times.unwrap(), told.counts.unwrap());
        println!(
            "  {} orders found in {:>6} ms\n  {} buyers told in {:>6} ms, the last {} ms after the command",
            counts.orders, times.r#match, counts.notified, times.notify, times.told,
        );
        if drill {
            reach(&mut campaigns, &id, CampaignState::Done).await;
        } else {
            every_saga_began(&harness).await;
        }
        println!(
            "  every order's remedy begun after {:.1} s",
            begun.elapsed().as_secs_f64()
        );
        let begun = Instant::now();
        let request = ExportCampaignRequest { campaign_id: id };
        let mut pieces = campaigns.export_campaign(request).await.unwrap().into_inner();
        let mut size = 0;
        while let Some(piece) = pieces.message().await.unwrap() {
            size += piece.file.unwrap().data.len();
        }
        println!(
            "  pack of {} KiB made in {:.1} s",
            size >> 10,
            begun.elapsed().as_secs_f64()
        );
    }
}

async fn reach(campaigns: &mut CampaignServiceClient<Calling>, id: &str, state: CampaignState) -> Campaign {
    loop {
        let request = GetCampaignRequest {
            campaign_id: id.to_owned(),
        };
        let campaign = campaigns
            .get_campaign(request)
            .await
            .unwrap()
            .into_inner()
            .campaign
            .unwrap();
        if i32::from(campaign.state()) >= i32::from(state) {
            return campaign;
        }
        sleep(Duration::from_millis(100)).await;
    }
}

async fn every_saga_began(harness: &Harness) {
    let found = "select count(*) from campaign_order where state = 'found'";
    while sqlx::query_scalar::<_, i64>(found)
        .fetch_one(harness.pool())
        .await
        .unwrap()
        > 0
    {
        sleep(Duration::from_millis(200)).await;
    }
}

/// Holds one lot, of which every order has.
struct Shelf;

#[tonic::async_trait]
impl RecallService for Shelf {
    async fn hold_for_recall(
        &self,
        _: Request<product::HoldForRecallRequest>,
    ) -> Result<Response<product::HoldForRecallResponse>, Status> {
        let recall = Some(Recall {
            recall_id: Uuid::now_v7().to_string(),
            lots: 1,
            ..Recall::default()
        });
        Ok(Response::new(product::HoldForRecallResponse { recall }))
    }

    async fn lift_recall(
        &self,
        _: Request<product::LiftRecallRequest>,
    ) -> Result<Response<product::LiftRecallResponse>, Status> {
        Err(Status::unimplemented("not measured"))
    }

    async fn get_recall(
        &self,
        _: Request<product::GetRecallRequest>,
    ) -> Result<Response<product::GetRecallResponse>, Status> {
        Err(Status::unimplemented("not measured"))
    }

    async fn list_recalls(
        &self,
        _: Request<product::ListRecallsRequest>,
    ) -> Result<Response<product::ListRecallsResponse>, Status> {
        Err(Status::unimplemented("not measured"))
    }

    async fn list_recalled_orders(
        &self,
        _: Request<product::ListRecalledOrdersRequest>,
    ) -> Result<Response<product::ListRecalledOrdersResponse>, Status> {
        Err(Status::unimplemented("not measured"))
    }

    type ScanRecallStream = BoxStream<'static, Result<product::ScanRecallResponse, Status>>;

    async fn scan_recall(
        &self,
        _: Request<product::ScanRecallRequest>,
    ) -> Result<Response<Self::ScanRecallStream>, Status> {
        let (lot_id, product_id) = (
            Uuid::from_u128(0xbb).to_string(),
            Uuid::from_u128(0xaa).to_string(),
        );
        let lot = ScannedLot {
            lot_id: lot_id.clone(),
            product_id: product_id.clone(),
            ..ScannedLot::default()
        };
        let first = product::ScanRecallResponse {
            lots: vec![lot],
            orders: Vec::new(),
        };
        let order = move |n: u128| RecalledOrder {
            order_id: Uuid::from_u128(n).to_string(),
            lot_id: lot_id.clone(),
            product_id: product_id.clone(),
            quantity: 2,
            sold: true,
        };
        let pieces = (1..=ORDERS)
            .step_by(5_000)
            .map(move |from| product::ScanRecallResponse {
                lots: Vec::new(),
                orders: (from..from + 5_000).map(&order).collect(),
            });
        let answers = std::iter::once(first).chain(pieces).map(Ok);
        Ok(Response::new(futures::stream::iter(answers).boxed()))
    }
}
