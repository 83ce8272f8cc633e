use tonic::{Request, Response, Status};
use xlcfi_contracts::product::v1::lot_service_server::LotService;
use xlcfi_contracts::product::v1::{
    AdjustLotRequest, AdjustLotResponse, CreateWarehouseRequest, CreateWarehouseResponse,
    DecodeTraceNumberRequest, DecodeTraceNumberResponse, DisposeLotRequest, DisposeLotResponse,
    GetLotRequest, GetLotResponse, GetOrderLotsRequest, GetOrderLotsResponse, HoldLotRequest,
    HoldLotResponse, ListLotsRequest, ListLotsResponse, ListStockEntriesRequest, ListStockEntriesResponse,
    ListUnsoldRisksRequest, ListUnsoldRisksResponse, ListWarehousesRequest, ListWarehousesResponse,
    MoveLotRequest, MoveLotResponse, QuarantineLotRequest, QuarantineLotResponse, ReassignStockRequest,
    ReassignStockResponse, ReceiveLotRequest, ReceiveLotResponse, ReleaseLotRequest, ReleaseLotResponse,
    SplitLotRequest, SplitLotResponse,
};
use xlcfi_errors::Invalid;
use xlcfi_identity::{Caller, admit};
use xlcfi_types::calendar::seoul_date;
use xlcfi_types::{Id, trace_number};

use super::{Answer, seller};
use crate::convert::{self, id, optional_id, page, request_id};
use crate::error::Error;
use crate::flows::{lots, reassign, receipts};
use crate::ledger::Act;
use crate::lot::{Lot, State};
use crate::reservation::Swap;
use crate::store::entries;
use crate::warehouse::Warehouse;
use crate::{Ctx, store, unsold};

/// Most risks told at once.
const RISKS: usize = 500;
/// How far the report looks when it is not told.
const RISK_DAYS: i32 = 30;

/// What sellers do with goods.
#[derive(Debug, Clone)]
pub struct Lots(pub Ctx);

/// Who acts, and why.
fn act(caller: &Caller, reason: String, request: &str) -> Result<Act, Status> {
    let reason = reason.trim().to_owned();
    if reason.is_empty() {
        return Err(Error::from(Invalid::field("reason", "must not be blank")).into());
    }
    Ok(Act {
        actor: seller(caller)?.uuid(),
        reason,
        request_id: request_id(request)?,
    })
}

fn lot(lot: &Lot) -> Option<xlcfi_contracts::product::v1::Lot> {
    Some(convert::lot_message(lot))
}

impl Lots {
    /// Lets a lot be sold, or not.
    async fn set_state(
        &self,
        caller: &Caller,
        lot_id: &str,
        state: State,
        reason: String,
    ) -> Result<Lot, Status> {
        let act = act(caller, reason, "")?;
        let id = id("lot_id", lot_id)?;
        Ok(lots::set_state(&self.0, seller(caller)?, id, state, &act).await?)
    }
}

#[tonic::async_trait]
impl LotService for Lots {
    async fn receive_lot(&self, request: Request<ReceiveLotRequest>) -> Answer<ReceiveLotResponse> {
        let (caller, request) = admit(request)?;
        let receipt = convert::receipt(request, seoul_date(self.0.clock.now()))?;
        let received = receipts::receive(&self.0, seller(&caller)?, receipt).await?;
        Ok(Response::new(ReceiveLotResponse { lot: lot(&received) }))
    }

    async fn get_lot(&self, request: Request<GetLotRequest>) -> Answer<GetLotResponse> {
        let (caller, request) = admit(request)?;
        let id = id("lot_id", &request.lot_id)?;
        let found = store::lots::get_own(self.0.database.pool(), id, seller(&caller)?).await?;
        Ok(Response::new(GetLotResponse { lot: lot(&found) }))
    }

    async fn list_lots(&self, request: Request<ListLotsRequest>) -> Answer<ListLotsResponse> {
        let (caller, request) = admit(request)?;
        let page = page(request.page_size, &request.page_token)?;
        let id = id("product_id", &request.product_id)?;
        let lots = store::lots::list(self.0.database.pool(), id, seller(&caller)?, &page).await;
        let mut lots = lots
            .map_err(Error::from)?
            .ok_or(Error::ProductNotFound(id.uuid()))?;
        let next_page_token = page.finish(&mut lots, |lot| (lot.receive_time, lot.lot_id.uuid()));
        let lots = lots.iter().map(convert::lot_message).collect();
        Ok(Response::new(ListLotsResponse {
            lots,
            next_page_token,
        }))
    }

    async fn adjust_lot(&self, request: Request<AdjustLotRequest>) -> Answer<AdjustLotResponse> {
        let (caller, request) = admit(request)?;
        let act = act(&caller, request.reason, &request.request_id)?;
        let id = id("lot_id", &request.lot_id)?;
        let adjusted = lots::adjust(&self.0, seller(&caller)?, id, request.on_hand, &act).await?;
        Ok(Response::new(AdjustLotResponse { lot: lot(&adjusted) }))
    }

    async fn split_lot(&self, request: Request<SplitLotRequest>) -> Answer<SplitLotResponse> {
        let (caller, request) = admit(request)?;
        let act = act(&caller, request.reason, &request.request_id)?;
        let (id, own_lot) = (id("lot_id", &request.lot_id)?, request.own_lot.trim().to_owned());
        let (left, split) =
            lots::split(&self.0, seller(&caller)?, id, request.quantity, own_lot, &act).await?;
        Ok(Response::new(SplitLotResponse {
            lot: lot(&left),
            split: lot(&split),
        }))
    }

    async fn move_lot(&self, request: Request<MoveLotRequest>) -> Answer<MoveLotResponse> {
        let (caller, request) = admit(request)?;
        let act = act(&caller, request.reason, &request.request_id)?;
        let (lot_id, to) = (
            id("lot_id", &request.lot_id)?,
            id("warehouse_id", &request.warehouse_id)?,
        );
        let moved = lots::transfer(&self.0, seller(&caller)?, lot_id, to, request.quantity, &act).await?;
        Ok(Response::new(MoveLotResponse { lot: lot(&moved) }))
    }

    async fn hold_lot(&self, request: Request<HoldLotRequest>) -> Answer<HoldLotResponse> {
        let (caller, request) = admit(request)?;
        let held = self
            .set_state(&caller, &request.lot_id, State::Held, request.reason)
            .await?;
        Ok(Response::new(HoldLotResponse { lot: lot(&held) }))
    }

    async fn quarantine_lot(&self, request: Request<QuarantineLotRequest>) -> Answer<QuarantineLotResponse> {
        let (caller, request) = admit(request)?;
        let apart = self
            .set_state(&caller, &request.lot_id, State::Quarantined, request.reason)
            .await?;
        Ok(Response::new(QuarantineLotResponse { lot: lot(&apart) }))
    }

    async fn release_lot(&self, request: Request<ReleaseLotRequest>) -> Answer<ReleaseLotResponse> {
        let (caller, request) = admit(request)?;
        let released = self
            .set_state(&caller, &request.lot_id, State::Available, request.reason)
            .await?;
        Ok(Response::new(ReleaseLotResponse { lot: lot(&released) }))
    }

    async fn dispose_lot(&self, request: Request<DisposeLotRequest>) -> Answer<DisposeLotResponse> {
        let (caller, request) = admit(request)?;
        let act = act(&caller, request.reason, &request.request_id)?;
        let id = id("lot_id", &request.lot_id)?;
        let left = lots::dispose(&self.0, seller(&caller)?, id, request.quantity, &act).await?;
        Ok(Response::new(DisposeLotResponse { lot: lot(&left) }))
    }

    async fn reassign_stock(&self, request: Request<ReassignStockRequest>) -> Answer<ReassignStockResponse> {
        let (caller, request) = admit(request)?;
        let act = act(&caller, request.reason, &request.request_id)?;
        let swap = Swap {
            order_id: id("order_id", &request.order_id)?,
            from: id("lot_id", &request.lot_id)?,
            to: id("to_lot_id", &request.to_lot_id)?,
            quantity: request.quantity,
        };
        let (from, to) = reassign::reassign(&self.0, seller(&caller)?, swap, &act).await?;
        Ok(Response::new(ReassignStockResponse {
            lot: lot(&from),
            to_lot: lot(&to),
        }))
    }

    async fn list_stock_entries(
        &self,
        request: Request<ListStockEntriesRequest>,
    ) -> Answer<ListStockEntriesResponse> {
        let (caller, request) = admit(request)?;
        let page = page(request.page_size, &request.page_token)?;
        let (id, lot_id) = (
            id("product_id", &request.product_id)?,
            optional_id("lot_id", &request.lot_id)?,
        );
        let pool = self.0.database.pool();
        let own = store::products::is_own(pool, id, seller(&caller)?).await;
        if !own.map_err(Error::from)? {
            return Err(Error::ProductNotFound(id.uuid()).into());
        }
        let listed = entries::list(pool, id, lot_id, &page).await;
        let mut listed = listed.map_err(Error::from)?;
        let next_page_token = page.finish(&mut listed, |entry| {
            (entry.time, entries::token_id(entry.entry_id))
        });
        Ok(Response::new(ListStockEntriesResponse {
            entries: listed.into_iter().map(convert::entry_message).collect(),
            next_page_token,
        }))
    }

    async fn list_unsold_risks(
        &self,
        request: Request<ListUnsoldRisksRequest>,
    ) -> Answer<ListUnsoldRisksResponse> {
        let (caller, request) = admit(request)?;
        let now = self.0.clock.now();
        let today = seoul_date(now);
        let days = if request.days == 0 {
            RISK_DAYS
        } else {
            request.days
        };
        let until = today + time::Duration::days(days.into());
        let since = unsold::counted_from(now);
        let lots = store::unsold::lots(self.0.database.pool(), seller(&caller)?, until, since).await;
        let mut risks = unsold::risks(&lots.map_err(Error::from)?, today, until);
        risks.truncate(RISKS);
        Ok(Response::new(ListUnsoldRisksResponse {
            risks: risks.into_iter().map(convert::unsold_message).collect(),
        }))
    }

    async fn create_warehouse(
        &self,
        request: Request<CreateWarehouseRequest>,
    ) -> Answer<CreateWarehouseResponse> {
        let (caller, request) = admit(request)?;
        let warehouse = Warehouse {
            warehouse_id: Id::new(),
            seller_id: seller(&caller)?,
            name: request.name.trim().to_owned(),
            address: request.address.trim().to_owned(),
            create_time: self.0.clock.now(),
        };
        lots::create_warehouse(&self.0, &warehouse).await?;
        Ok(Response::new(CreateWarehouseResponse {
            warehouse: Some(convert::warehouse_message(warehouse)),
        }))
    }

    async fn list_warehouses(
        &self,
        request: Request<ListWarehousesRequest>,
    ) -> Answer<ListWarehousesResponse> {
        let (caller, _) = admit(request)?;
        let listed = store::warehouses::list(self.0.database.pool(), seller(&caller)?).await;
        let warehouses = listed.map_err(Error::from)?.into_iter();
        Ok(Response::new(ListWarehousesResponse {
            warehouses: warehouses.map(convert::warehouse_message).collect(),
        }))
    }

    async fn decode_trace_number(
        &self,
        request: Request<DecodeTraceNumberRequest>,
    ) -> Answer<DecodeTraceNumberResponse> {
        let (_, request) = admit(request)?;
        let decoded = trace_number::decode(&request.number, seoul_date(self.0.clock.now()));
        Ok(Response::new(DecodeTraceNumberResponse {
            trace: Some(convert::trace_message(&decoded.map_err(Error::from)?)),
        }))
    }

    async fn get_order_lots(&self, request: Request<GetOrderLotsRequest>) -> Answer<GetOrderLotsResponse> {
        let (_, request) = admit(request)?;
        let ids = request.order_ids.iter().map(|text| id("order_ids", text));
        let ids = ids.collect::<Result<Vec<_>, _>>().map_err(Error::from)?;
        let sold = store::reservations::sold(self.0.database.pool(), &ids).await;
        Ok(Response::new(GetOrderLotsResponse {
            lots: sold
                .map_err(Error::from)?
                .into_iter()
                .map(convert::order_lot)
                .collect(),
        }))
    }
}
