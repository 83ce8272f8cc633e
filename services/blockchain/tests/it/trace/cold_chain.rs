//! How cold lots were kept, and who is told when they were not.

use uuid::Uuid;
use xlcfi_contracts::blockchain::v1::{
    ColdChain, DeclareErrorRequest, ErrorReason, GetColdChainRequest, LotExcursionFound,
    RecordSensorReadingsRequest, RecordSensorReadingsResponse, TemperatureReading,
};
use xlcfi_contracts::member::v1::{NotificationKind, NotifyCommand};
use xlcfi_contracts::product::v1::StorageClass;
use xlcfi_errors::Code;
use xlcfi_testkit::{assert_refused, seller, violations};

use super::world::{World, at};

/// What a sensor told, by minutes after the clock began.
fn telling(lot_id: &str, readings: &[(i64, i32)]) -> RecordSensorReadingsRequest {
    let reading = |&(minute, centi_celsius): &(i64, i32)| TemperatureReading {
        time: at(minute),
        centi_celsius,
    };
    RecordSensorReadingsRequest {
        lot_id: lot_id.into(),
        sensor_id: "urn:sensor:7".into(),
        readings: readings.iter().map(reading).collect(),
        request_id: Uuid::now_v7().to_string(),
    }
}

impl World {
    async fn tell(&self, lot_id: &str, readings: &[(i64, i32)]) -> RecordSensorReadingsResponse {
        let request = telling(lot_id, readings);
        self.own()
            .record_sensor_readings(request)
            .await
            .unwrap()
            .into_inner()
    }

    async fn cold(&self, lot_id: &str) -> ColdChain {
        let request = GetColdChainRequest {
            lot_id: lot_id.into(),
        };
        self.anyone()
            .get_cold_chain(request)
            .await
            .unwrap()
            .into_inner()
            .cold_chain
            .unwrap()
    }
}

fn close(left: f64, right: f64) -> bool {
    (left - right).abs() < 0.02
}

#[tokio::test]
async fn thousands_of_readings_are_one_event_and_little_room() {
    let world = World::start().await;
    let lot = world.received(10).await;
    let readings: Vec<(i64, i32)> = (0..10_000)
        .map(|minute| (minute - 10_000, 400 + (minute % 7) as i32))
        .collect();
    let told = world.tell(&lot.lot_id, &readings).await;
    let (event, chain) = (told.event.unwrap(), told.cold_chain.unwrap());
    let sensor = event.sensor.unwrap();
    assert_eq!(
        (
            sensor.readings,
            sensor.lowest_centi_celsius,
            sensor.highest_centi_celsius
        ),
        (10_000, 400, 406)
    );
    assert_eq!((sensor.first_time, sensor.last_time), (at(-10_000), at(-1)));
    assert_eq!(
        (chain.readings, chain.excursion_minutes, chain.life_cut_minutes),
        (10_000, 0.0, 0.0)
    );
    assert_eq!(chain.storage(), StorageClass::Refrigerated);
    assert_eq!(
        (chain.minimum_centi_celsius, chain.maximum_centi_celsius),
        (Some(0), 1_000)
    );
    assert_eq!(chain.adjusted_use_by_date, "2026-12-24");
    let bytes: i32 = sqlx::query_scalar("select octet_length(packed) from reading_batch")
        .fetch_one(world.harness.pool())
        .await
        .unwrap();
    assert_eq!(bytes, 60_000);
    assert_eq!(world.cold(&lot.lot_id).await, chain);
    world.assert_all_logged().await;
}

#[tokio::test]
async fn a_repeated_call_tells_nothing_twice_and_another_with_its_id_is_refused() {
    let world = World::start().await;
    let lot = world.received(10).await;
    let request = telling(&lot.lot_id, &[(-60, 2_000), (-40, 2_000)]);
    let first = world
        .own()
        .record_sensor_readings(request.clone())
        .await
        .unwrap()
        .into_inner();
    let again = world
        .own()
        .record_sensor_readings(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(again, first);
    let other = RecordSensorReadingsRequest {
        sensor_id: "urn:sensor:8".into(),
        ..request
    };
    let refused = world.own().record_sensor_readings(other).await;
    assert_refused(refused, Code::Aborted, "REQUEST_ID_REUSED");
}

#[tokio::test]
async fn too_warm_for_too_long_is_told_and_told_again_when_it_doubles() {
    let world = World::start().await;
    let lot = world.received(10).await;
    let warm = |from: i64, to: i64| {
        (from..=to)
            .step_by(10)
            .map(|minute| (minute, 2_000))
            .collect::<Vec<_>>()
    };
    let chain = world
        .tell(&lot.lot_id, &warm(-300, -280))
        .await
        .cold_chain
        .unwrap();
    assert!(
        close(chain.excursion_minutes, 20.0) && close(chain.life_cut_minutes, 40.0),
        "{chain:?}"
    );
    assert_eq!(world.harness.published::<LotExcursionFound>().await, []);
    world.tell(&lot.lot_id, &warm(-280, -260)).await;
    let found = world.harness.published::<LotExcursionFound>().await;
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].lot_id.as_str(), found[0].excursion_minutes),
        (lot.lot_id.as_str(), 40)
    );
    assert_eq!(
        (found[0].worst_centi_celsius, found[0].life_cut_minutes),
        (2_000, 80)
    );
    assert_eq!(found[0].seller_id, world.seller.id.to_string());
    world.tell(&lot.lot_id, &warm(-260, -230)).await;
    assert_eq!(
        world.harness.published::<LotExcursionFound>().await.len(),
        1,
        "70 minutes are not 80"
    );
    let chain = world
        .tell(&lot.lot_id, &warm(-230, -210))
        .await
        .cold_chain
        .unwrap();
    assert_eq!(world.harness.published::<LotExcursionFound>().await.len(), 2);
    assert_eq!(chain.worst_centi_celsius, Some(2_000));
    let told = world.harness.published::<NotifyCommand>().await;
    assert_eq!((told.len(), told[0].kind()), (2, NotificationKind::Lot));
    assert_eq!(
        (&told[0].member_id, &told[0].subject_id),
        (&world.seller.id.to_string(), &lot.lot_id)
    );
}

#[tokio::test]
async fn how_long_is_let_pass_is_a_setting() {
    let world = World::with(&[("excursion_minutes", "5")]).await;
    let lot = world.received(10).await;
    world.tell(&lot.lot_id, &[(-60, -500), (-50, -500)]).await;
    assert_eq!(world.harness.published::<LotExcursionFound>().await.len(), 1);
}

#[tokio::test]
async fn a_part_was_as_warm_as_the_lot_it_was_split_off_until_then() {
    let world = World::start().await;
    let lot = world.received(10).await;
    world.tell(&lot.lot_id, &[(-60, 2_000), (-40, 2_000)]).await;
    let part = world.split(&lot, 4, 2).await;
    let chain = world.cold(&part.lot_id).await;
    assert!(close(chain.excursion_minutes, 20.0), "{chain:?}");
    world.harness.advance(std::time::Duration::from_secs(3_600));
    world
        .tell(&lot.lot_id, &[(-10, 500), (10, 2_000), (30, 2_000)])
        .await;
    let part = world.cold(&part.lot_id).await;
    assert_eq!(part.readings, 3, "what came after the split is the other's");
    assert_eq!(world.cold(&lot.lot_id).await.readings, 5);
}

#[tokio::test]
async fn readings_declared_wrong_do_not_count() {
    let world = World::start().await;
    let lot = world.received(10).await;
    let told = world.tell(&lot.lot_id, &[(-60, 2_000), (-40, 2_000)]).await;
    let request = DeclareErrorRequest {
        event_id: told.event.unwrap().event_id,
        reason: ErrorReason::IncorrectData.into(),
        corrective_event_ids: Vec::new(),
    };
    world.own().declare_error(request).await.unwrap();
    let chain = world.cold(&lot.lot_id).await;
    assert_eq!((chain.readings, chain.first_time), (0, None));
}

#[tokio::test]
async fn readings_that_cannot_be_are_refused() {
    let world = World::start().await;
    let lot = world.received(10).await;
    let send = async |request| world.own().record_sensor_readings(request).await;
    let future = send(telling(&lot.lot_id, &[(0, 400), (6, 400)])).await;
    assert_refused(future, Code::InvalidArgument, "EVENT_IN_FUTURE");
    let falling = send(telling(&lot.lot_id, &[(-5, 400), (-5, 400), (-6, 400)])).await;
    let status = assert_refused(falling, Code::InvalidArgument, "INVALID_FIELDS");
    assert_eq!(violations(&status), ["readings[1].time", "readings[2].time"]);
    let none = send(telling(&lot.lot_id, &[])).await;
    assert_refused(none, Code::InvalidArgument, "INVALID_FIELDS");
    let other = world
        .traces(&seller())
        .record_sensor_readings(telling(&lot.lot_id, &[(0, 400)]))
        .await;
    assert_refused(other, Code::NotFound, "LOT_NOT_FOUND");
    let harvest = world.harvest(100).await;
    let untold = send(telling(&harvest, &[(0, 400)])).await;
    assert_refused(untold, Code::FailedPrecondition, "STORAGE_NOT_TOLD");
    let asked = |lot_id: String| GetColdChainRequest { lot_id };
    let untold = world.anyone().get_cold_chain(asked(harvest)).await;
    assert_refused(untold, Code::FailedPrecondition, "STORAGE_NOT_TOLD");
    let nowhere = world
        .anyone()
        .get_cold_chain(asked(Uuid::now_v7().to_string()))
        .await;
    assert_refused(nowhere, Code::NotFound, "LOT_NOT_FOUND");
}
