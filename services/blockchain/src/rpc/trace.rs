use futures::stream::BoxStream;
use tonic::{Request, Response, Status};
use xlcfi_contracts::blockchain::v1::trace_service_server::TraceService;
use xlcfi_contracts::blockchain::v1::{
    DeclareErrorRequest, DeclareErrorResponse, ExportLotEventsRequest, ExportLotEventsResponse,
    GetColdChainRequest, GetColdChainResponse, GetLotStoryRequest, GetLotStoryResponse,
    ListTracedOrdersRequest, ListTracedOrdersResponse, RecordCertificateRequest, RecordCertificateResponse,
    RecordEventRequest, RecordEventResponse, RecordSensorReadingsRequest, RecordSensorReadingsResponse,
    ScanRecallPathRequest, ScanRecallPathResponse, TraceBackwardRequest, TraceBackwardResponse,
    TraceForwardRequest, TraceForwardResponse,
};
use xlcfi_contracts::google::api::HttpBody;
use xlcfi_contracts::types::v1::Role;
use xlcfi_errors::fields::{page, uuid};
use xlcfi_identity::{Caller, admit};
use xlcfi_types::calendar::seoul_date;

use super::Answer;
use crate::convert::{trace_requests as read, trace_responses as say};
use crate::error::Error;
use crate::flows::trace::{declare, record, sensor};
use crate::queries::{self, Asked};
use crate::story::{Direction, Reader};
use crate::{Ctx, scan};

/// Steps of a walk when the caller does not say.
const STEPS: i32 = 10;
/// Steps of a recall's path when the caller does not say.
const MOST_STEPS: i32 = 32;

/// `xlcfi.blockchain.v1.TraceService`.
#[derive(Debug)]
pub struct Traces(pub Ctx);

/// Who reads: whoever looks after recalls sees everything.
fn reader(caller: &Caller) -> Reader {
    match caller.user() {
        Ok(user) if user.has_role(Role::Admin) || user.has_role(Role::Catalogue) => Reader::Staff,
        Ok(user) => Reader::Member(user.id),
        Err(_) => Reader::Anyone,
    }
}

/// What a walk from a lot is asked for.
fn asked(caller: &Caller, lot_id: &str, depth: i32) -> Result<Asked, Error> {
    Ok(Asked {
        lot_id: uuid("lot_id", lot_id)?,
        depth: read::depth(depth, STEPS),
        reader: reader(caller),
    })
}

#[tonic::async_trait]
impl TraceService for Traces {
    type ScanRecallPathStream = BoxStream<'static, Result<ScanRecallPathResponse, Status>>;

    async fn record_event(&self, request: Request<RecordEventRequest>) -> Answer<RecordEventResponse> {
        let (caller, request) = admit(request)?;
        let today = seoul_date(self.0.clock.now());
        let wanted = read::wanted(request, today).map_err(Error::from)?;
        let event = record::record(&self.0, caller.user()?.id, wanted).await?;
        Ok(Response::new(RecordEventResponse {
            event: Some(say::event(&event)),
        }))
    }

    async fn record_sensor_readings(
        &self,
        request: Request<RecordSensorReadingsRequest>,
    ) -> Answer<RecordSensorReadingsResponse> {
        let (caller, request) = admit(request)?;
        let requested = read::requested(&request.request_id, &request).map_err(Error::from)?;
        let lot_id = uuid("lot_id", &request.lot_id).map_err(Error::from)?;
        let told = read::readings(&request.readings).map_err(Error::from)?;
        let seller_id = caller.user()?.id;
        let recorded = sensor::record(&self.0, seller_id, lot_id, request.sensor_id, &told, requested).await;
        let (event, lot, chain) = recorded?;
        let storage = lot.storage.ok_or(Error::StorageNotTold)?;
        Ok(Response::new(RecordSensorReadingsResponse {
            event: Some(say::event(&event)),
            cold_chain: Some(say::cold_chain(&lot, storage, &chain)),
        }))
    }

    async fn record_certificate(
        &self,
        request: Request<RecordCertificateRequest>,
    ) -> Answer<RecordCertificateResponse> {
        let (caller, request) = admit(request)?;
        let requested = read::requested(&request.request_id, &request).map_err(Error::from)?;
        let lot_id = uuid("lot_id", &request.lot_id).map_err(Error::from)?;
        let paper = read::one_certificate(request.certificate).map_err(Error::from)?;
        let seller_id = caller.user()?.id;
        let event = record::certify(&self.0, seller_id, lot_id, paper, request.failed, requested).await?;
        Ok(Response::new(RecordCertificateResponse {
            event: Some(say::event(&event)),
        }))
    }

    async fn declare_error(&self, request: Request<DeclareErrorRequest>) -> Answer<DeclareErrorResponse> {
        let (caller, request) = admit(request)?;
        let event_id = uuid("event_id", &request.event_id).map_err(Error::from)?;
        let named = request.corrective_event_ids.iter();
        let named = named
            .map(|id| uuid("corrective_event_ids", id))
            .collect::<Result<_, _>>();
        let (named, reason) = (named.map_err(Error::from)?, read::reason(request.reason()));
        let event = declare::declare(&self.0, caller.user()?.id, event_id, reason, named).await?;
        Ok(Response::new(DeclareErrorResponse {
            event: Some(say::event(&event)),
        }))
    }

    async fn get_lot_story(&self, request: Request<GetLotStoryRequest>) -> Answer<GetLotStoryResponse> {
        let (caller, request) = admit(request)?;
        let lot_id = uuid("lot_id", &request.lot_id).map_err(Error::from)?;
        let page = page(request.page_size, &request.page_token).map_err(Error::from)?;
        let reader = reader(&caller);
        let (lot, mut events) = queries::story(self.0.database.pool(), lot_id, reader, &page).await?;
        let next_page_token = page.finish(&mut events, |event| (event.event_time, event.event_id));
        let own = reader.is_staff() || reader.member() == Some(lot.seller_id);
        Ok(Response::new(GetLotStoryResponse {
            lot: Some(if own {
                say::lot(&lot)
            } else {
                say::public_lot(&lot)
            }),
            events: events.iter().map(say::event).collect(),
            next_page_token,
        }))
    }

    async fn export_lot_events(
        &self,
        request: Request<ExportLotEventsRequest>,
    ) -> Answer<ExportLotEventsResponse> {
        let (caller, request) = admit(request)?;
        let lot_id = uuid("lot_id", &request.lot_id).map_err(Error::from)?;
        let span = (
            request.from_time.and_then(xlcfi_contracts::convert::time),
            request.to_time.and_then(xlcfi_contracts::convert::time),
        );
        let data = queries::export(&self.0, lot_id, reader(&caller), span).await?;
        Ok(Response::new(ExportLotEventsResponse {
            document: Some(HttpBody {
                content_type: "application/ld+json".into(),
                data,
                extensions: Vec::new(),
            }),
        }))
    }

    async fn trace_forward(&self, request: Request<TraceForwardRequest>) -> Answer<TraceForwardResponse> {
        let (caller, request) = admit(request)?;
        let asked = asked(&caller, &request.lot_id, request.depth)?;
        let db = self.0.database.pool();
        let (size, token) = (request.page_size, &request.page_token);
        let (lots, next_page_token) = queries::linked(db, asked, Direction::Forward, size, token).await?;
        Ok(Response::new(TraceForwardResponse {
            lots,
            next_page_token,
        }))
    }

    async fn trace_backward(&self, request: Request<TraceBackwardRequest>) -> Answer<TraceBackwardResponse> {
        let (caller, request) = admit(request)?;
        let asked = asked(&caller, &request.lot_id, request.depth)?;
        let db = self.0.database.pool();
        let (size, token) = (request.page_size, &request.page_token);
        let (lots, next_page_token) = queries::linked(db, asked, Direction::Backward, size, token).await?;
        Ok(Response::new(TraceBackwardResponse {
            lots,
            next_page_token,
        }))
    }

    async fn list_traced_orders(
        &self,
        request: Request<ListTracedOrdersRequest>,
    ) -> Answer<ListTracedOrdersResponse> {
        let (caller, request) = admit(request)?;
        let asked = asked(&caller, &request.lot_id, request.depth)?;
        let db = self.0.database.pool();
        let (orders, next_page_token) =
            queries::orders(db, asked, request.page_size, &request.page_token).await?;
        Ok(Response::new(ListTracedOrdersResponse {
            lines: orders.iter().map(say::order_line).collect(),
            next_page_token,
        }))
    }

    async fn get_cold_chain(&self, request: Request<GetColdChainRequest>) -> Answer<GetColdChainResponse> {
        let (_, request) = admit(request)?;
        let lot_id = uuid("lot_id", &request.lot_id).map_err(Error::from)?;
        let (lot, storage, chain) = queries::cold_chain(self.0.database.pool(), lot_id).await?;
        Ok(Response::new(GetColdChainResponse {
            cold_chain: Some(say::cold_chain(&lot, storage, &chain)),
        }))
    }

    async fn scan_recall_path(
        &self,
        request: Request<ScanRecallPathRequest>,
    ) -> Answer<Self::ScanRecallPathStream> {
        let (_, request) = admit(request)?;
        let lot_ids = request.lot_ids.iter();
        let lot_ids = lot_ids
            .map(|id| uuid("lot_ids", id))
            .collect::<Result<Vec<_>, _>>();
        let depth = read::depth(request.depth, MOST_STEPS);
        let path = scan::scan(self.0.clone(), lot_ids.map_err(Error::from)?, depth);
        Ok(Response::new(Box::pin(path)))
    }
}
