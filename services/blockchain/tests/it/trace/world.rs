//! A blockchain service that hears of lots, and sellers that tell of theirs.

use prost_types::Timestamp;
use tonic::Status;
use uuid::Uuid;
use xlcfi_contracts::blockchain::v1::record_event_request::What;
use xlcfi_contracts::blockchain::v1::trace_service_client::TraceServiceClient;
use xlcfi_contracts::blockchain::v1::{
    BizStep, GetLotStoryRequest, LotQuantity, NewLot, ObjectEvent, RecordEventRequest, TraceAction,
    TraceEvent, TracedLot, TransformationEvent,
};
use xlcfi_contracts::order::v1::{Order, OrderCreated, OrderDelivered, OrderShipped};
use xlcfi_contracts::product::v1::{
    Allocation, Lot, LotProduct, LotReceived, LotSplit, StockReturned, StockSold, StorageClass,
};
use xlcfi_contracts::types::v1::Unit;
use xlcfi_identity::User;
use xlcfi_testkit::{Calling, Harness, eventually, seller};

pub type Traces = TraceServiceClient<Calling>;

/// 2026-11-22 09:00 in Seoul, when the harness's clock begins.
pub const NOW: i64 = 1_795_305_600;

pub struct World {
    pub harness: Harness,
    pub seller: User,
}

/// So many minutes after the clock began.
pub fn at(minutes: i64) -> Option<Timestamp> {
    Some(Timestamp {
        seconds: NOW + minutes * 60,
        nanos: 0,
    })
}

impl World {
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// With settings of the service.
    pub async fn with(own: &[(&str, &str)]) -> Self {
        let adjust = |settings: &mut xlcfi_service::Settings| {
            let own = own
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            settings.defaults.extend(own);
        };
        let start = xlcfi_blockchain::start;
        Self {
            harness: Harness::start_adjusted(xlcfi_blockchain::SERVICE, &[], adjust, start).await,
            seller: seller(),
        }
    }

    pub fn traces(&self, user: &User) -> Traces {
        TraceServiceClient::new(self.harness.as_user(user))
    }

    pub fn own(&self) -> Traces {
        self.traces(&self.seller)
    }

    pub fn anyone(&self) -> Traces {
        TraceServiceClient::new(self.harness.anonymous())
    }

    pub async fn record(&self, request: RecordEventRequest) -> Result<TraceEvent, Status> {
        let answer = self.own().record_event(request).await?;
        Ok(answer.into_inner().event.unwrap())
    }

    /// A lot that begins an hour ago with so many grams.
    pub async fn harvest(&self, grams: i64) -> String {
        let lot = grams_of(grams);
        let id = lot.lot_id.clone();
        self.record(beginning(vec![lot])).await.unwrap();
        id
    }

    /// What came of lots, of which so many grams went in, so many minutes after.
    pub async fn become_of(&self, inputs: &[(&str, i64)], grams: i64, minutes: i64) -> String {
        let new = grams_of(grams);
        let id = new.lot_id.clone();
        let mut request = becoming(inputs, &[], vec![new]);
        request.event_time = at(minutes);
        self.record(request).await.unwrap();
        id
    }

    /// A lot product received, of so many units.
    pub async fn received(&self, units: i64) -> Lot {
        let lot = self.lot(units);
        self.harness
            .deliver("product", key(&lot.product_id), 1, &self.receipt(&lot))
            .await;
        self.known(&lot.lot_id).await;
        lot
    }

    pub fn lot(&self, units: i64) -> Lot {
        Lot {
            lot_id: Uuid::now_v7().to_string(),
            product_id: Uuid::now_v7().to_string(),
            warehouse_id: Uuid::now_v7().to_string(),
            own_lot: "20261122-1".into(),
            received: units,
            on_hand: units,
            use_by_date: "2026-12-24".into(),
            origin: "국내산 강원 평창".into(),
            ..Default::default()
        }
    }

    pub fn receipt(&self, lot: &Lot) -> LotReceived {
        LotReceived {
            lot: Some(lot.clone()),
            time: at(0),
            product: Some(self.product()),
        }
    }

    pub fn product(&self) -> LotProduct {
        LotProduct {
            seller_id: self.seller.id.to_string(),
            name: "감자 10kg".into(),
            gtin: "8801234567893".into(),
            storage: StorageClass::Refrigerated.into(),
        }
    }

    /// Part of a lot becomes one of its own, as the n-th event of its product.
    pub async fn split(&self, lot: &Lot, units: i64, version: i64) -> Lot {
        let part = Lot {
            lot_id: Uuid::now_v7().to_string(),
            parent_lot_id: lot.lot_id.clone(),
            own_lot: format!("20261122-{version}"),
            received: units,
            on_hand: units,
            ..lot.clone()
        };
        let fact = LotSplit {
            lot: Some(part.clone()),
            moved: false,
            // After it came in.
            time: at(0).map(|time| Timestamp {
                seconds: time.seconds + 1,
                ..time
            }),
            product: Some(self.product()),
        };
        self.harness
            .deliver("product", key(&lot.product_id), version, &fact)
            .await;
        self.known(&part.lot_id).await;
        part
    }

    /// An order buys of lots.
    pub async fn sell(&self, buyer: &User, lines: &[(&Lot, i64)]) -> Uuid {
        let order_id = Uuid::now_v7();
        self.harness
            .deliver("order", order_id, 1, &created(buyer, order_id))
            .await;
        self.applied("order", order_id, 1).await;
        self.harness
            .deliver("product", order_id, 1, &sold(order_id, lines))
            .await;
        self.applied("order", order_id, 1).await;
        self.applied("product", order_id, 1).await;
        order_id
    }

    /// Waits until the lot is known.
    pub async fn known(&self, lot_id: &str) -> TracedLot {
        eventually(async || self.story(&self.seller, lot_id).await.ok().map(|(lot, _)| lot)).await
    }

    /// A lot and all of its story that this reader may know.
    pub async fn story(&self, reader: &User, lot_id: &str) -> Result<(TracedLot, Vec<TraceEvent>), Status> {
        let request = GetLotStoryRequest {
            lot_id: lot_id.into(),
            page_size: 100,
            ..Default::default()
        };
        let answer = self.traces(reader).get_lot_story(request).await?.into_inner();
        Ok((answer.lot.unwrap(), answer.events))
    }

    /// The steps of a lot's story that this reader may know.
    pub async fn steps(&self, reader: &User, lot_id: &str) -> Vec<BizStep> {
        let (_, events) = self.story(reader, lot_id).await.unwrap();
        events.iter().map(TraceEvent::biz_step).collect()
    }

    /// How much of a lot there was, and how much of it is gone.
    pub async fn counts(&self, lot_id: &str) -> (i64, i64) {
        let (lot, _) = self.story(&self.seller, lot_id).await.unwrap();
        (lot.entered, lot.taken)
    }

    /// Waits until the events of `key` of a stream are applied up to this one.
    pub async fn applied(&self, stream: &str, key: Uuid, version: i64) {
        eventually(async || {
            let query = "select version from events.position where key = $1 and consumer like $2";
            let query = sqlx::query_scalar::<_, i64>(query)
                .bind(key)
                .bind(format!("%{stream}%"));
            let applied = query.fetch_optional(self.harness.pool()).await.unwrap();
            applied.filter(|applied| *applied >= version)
        })
        .await;
    }

    /// Waits until a message of this type is parked.
    pub async fn parked(&self, type_name: &str) {
        eventually(async || {
            let parked = self.harness.parked().await;
            parked.into_iter().find(|(parked, _)| parked == type_name)
        })
        .await;
    }

    /// Every event is in the log, in its canonical words.
    pub async fn assert_all_logged(&self) {
        let missing: i64 = sqlx::query_scalar(
            "select count(*) from trace_event e left join log_entry l on l.entry_id = e.event_id
             where l.body is null or l.kind <> 'TRACE_EVENT'",
        )
        .fetch_one(self.harness.pool())
        .await
        .unwrap();
        assert_eq!(missing, 0);
    }
}

pub fn key(id: &str) -> Uuid {
    id.parse().unwrap()
}

pub fn created(buyer: &User, order_id: Uuid) -> OrderCreated {
    OrderCreated {
        order: Some(Order {
            order_id: order_id.to_string(),
            member_id: buyer.id.to_string(),
            ..Default::default()
        }),
        time: at(1),
        ..Default::default()
    }
}

pub fn lines(of: &[(&Lot, i64)]) -> Vec<Allocation> {
    let line = |(lot, quantity): &(&Lot, i64)| Allocation {
        product_id: lot.product_id.clone(),
        lot_id: lot.lot_id.clone(),
        quantity: *quantity,
    };
    of.iter().map(line).collect()
}

pub fn sold(order_id: Uuid, of: &[(&Lot, i64)]) -> StockSold {
    StockSold {
        order_id: order_id.to_string(),
        lines: lines(of),
        time: at(1),
    }
}

pub fn returned(order_id: Uuid, of: &[(&Lot, i64)]) -> StockReturned {
    StockReturned {
        order_id: order_id.to_string(),
        lines: lines(of),
        time: at(2),
    }
}

pub fn shipped(order_id: Uuid) -> OrderShipped {
    OrderShipped {
        order_id: order_id.to_string(),
        time: at(3),
        ..Default::default()
    }
}

pub fn delivered(order_id: Uuid) -> OrderDelivered {
    OrderDelivered {
        order_id: order_id.to_string(),
        time: at(4),
        ..Default::default()
    }
}

/// A new lot of so many grams.
pub fn grams_of(grams: i64) -> NewLot {
    NewLot {
        lot_id: Uuid::now_v7().to_string(),
        name: "감자 2026년산".into(),
        quantity: grams,
        unit: Unit::Gram.into(),
        ..Default::default()
    }
}

pub fn grams(lot_id: &str, grams: i64) -> LotQuantity {
    LotQuantity {
        lot_id: lot_id.into(),
        quantity: grams,
        unit: Unit::Gram.into(),
    }
}

pub fn pieces(lot: &Lot, pieces: i64) -> LotQuantity {
    LotQuantity {
        lot_id: lot.lot_id.clone(),
        quantity: pieces,
        unit: Unit::Piece.into(),
    }
}

/// An event a minute ago that says nothing yet.
pub fn event(step: BizStep) -> RecordEventRequest {
    RecordEventRequest {
        request_id: Uuid::now_v7().to_string(),
        event_time: at(-1),
        biz_step: step.into(),
        ..Default::default()
    }
}

/// Lots that began an hour ago.
pub fn beginning(new_lots: Vec<NewLot>) -> RecordEventRequest {
    RecordEventRequest {
        event_time: at(-60),
        what: Some(What::Object(ObjectEvent {
            action: TraceAction::Add.into(),
            new_lots,
            lots: Vec::new(),
        })),
        ..event(BizStep::Commissioning)
    }
}

/// Lots that are seen, or end.
pub fn object(action: TraceAction, step: BizStep, lots: Vec<LotQuantity>) -> RecordEventRequest {
    RecordEventRequest {
        what: Some(What::Object(ObjectEvent {
            action: action.into(),
            new_lots: Vec::new(),
            lots,
        })),
        ..event(step)
    }
}

/// Grams of lots that become others.
pub fn becoming(
    inputs: &[(&str, i64)],
    outputs: &[LotQuantity],
    new_outputs: Vec<NewLot>,
) -> RecordEventRequest {
    RecordEventRequest {
        what: Some(What::Transformation(TransformationEvent {
            inputs: inputs.iter().map(|(lot_id, of)| grams(lot_id, *of)).collect(),
            outputs: outputs.to_vec(),
            new_outputs,
        })),
        ..event(BizStep::Packing)
    }
}
