//! A story as an EPCIS 2.0 document.

use serde_json::Value;
use xlcfi_contracts::blockchain::v1::{
    ExportLotEventsRequest, RecordSensorReadingsRequest, TemperatureReading,
};
use xlcfi_errors::Code;
use xlcfi_identity::User;
use xlcfi_testkit::{assert_refused, user};

use super::world::{World, at, becoming, pieces, shipped};

impl World {
    async fn document(&self, reader: &User, request: ExportLotEventsRequest) -> Value {
        let answer = self
            .traces(reader)
            .export_lot_events(request)
            .await
            .unwrap()
            .into_inner();
        let file = answer.document.unwrap();
        assert_eq!(file.content_type, "application/ld+json");
        serde_json::from_slice(&file.data).unwrap()
    }
}

fn export(lot_id: &str) -> ExportLotEventsRequest {
    ExportLotEventsRequest {
        lot_id: lot_id.into(),
        ..Default::default()
    }
}

fn types(document: &Value) -> Vec<&str> {
    let events = document["epcisBody"]["eventList"].as_array().unwrap();
    events
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect()
}

/// What the JSON schema of EPCIS 2.0 requires of a document and of each kind of event.
fn assert_epcis(document: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let is_uri = |value: &Value| {
        let uri = text(value);
        uri.starts_with("urn:") || uri.starts_with("https://") || uri.starts_with("ni:///")
    };
    let is_time = |value: &Value| {
        let format = &time::format_description::well_known::Rfc3339;
        time::OffsetDateTime::parse(&text(value), format).is_ok()
    };
    assert!(document["@context"].is_array());
    assert_eq!(document["type"], "EPCISDocument");
    assert_eq!(document["schemaVersion"], "2.0");
    assert!(is_time(&document["creationDate"]));
    for event in document["epcisBody"]["eventList"].as_array().unwrap() {
        assert!(
            is_time(&event["eventTime"]) && is_time(&event["recordTime"]),
            "{event}"
        );
        let offset = text(&event["eventTimeZoneOffset"]);
        assert!(offset.len() == 6 && offset.starts_with(['+', '-']), "{event}");
        assert!(is_uri(&event["eventID"]), "{event}");
        let lists: &[&str] = match text(&event["type"]).as_str() {
            "ObjectEvent" => &["quantityList"],
            "AggregationEvent" => &["childQuantityList"],
            "TransformationEvent" => &["inputQuantityList", "outputQuantityList"],
            "TransactionEvent" => &["quantityList", "bizTransactionList"],
            other => panic!("no event of EPCIS: {other}"),
        };
        let transformation = event["type"] == "TransformationEvent";
        let actions = ["ADD", "OBSERVE", "DELETE"];
        assert_eq!(event.get("action").is_none(), transformation, "{event}");
        assert!(
            transformation || actions.contains(&text(&event["action"]).as_str()),
            "{event}"
        );
        for list in lists {
            let entries = event[*list].as_array().unwrap();
            assert!(!entries.is_empty(), "{event}");
            for entry in entries.iter().filter(|_| list.ends_with("uantityList")) {
                assert!(is_uri(&entry["epcClass"]), "{event}");
                assert!(entry.get("quantity").is_none_or(Value::is_number), "{event}");
            }
        }
        for place in ["readPoint", "bizLocation"] {
            assert!(
                event.get(place).is_none_or(|place| is_uri(&place["id"])),
                "{event}"
            );
        }
        let word = |value: &Value| {
            text(value)
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        };
        assert!(
            word(&event["bizStep"]) && event.get("disposition").is_none_or(word),
            "{event}"
        );
        for element in event["sensorElementList"].as_array().into_iter().flatten() {
            let report = &element["sensorReport"][0];
            assert!(
                report["type"] == "Temperature" && report["uom"] == "CEL",
                "{event}"
            );
            assert!(is_uri(&element["sensorMetadata"]["rawData"]), "{event}");
        }
        // Fields of ours have a name of their own.
        let known = [
            "type",
            "eventID",
            "eventTime",
            "eventTimeZoneOffset",
            "recordTime",
            "action",
            "bizStep",
            "disposition",
            "parentID",
            "quantityList",
            "childQuantityList",
            "inputQuantityList",
            "outputQuantityList",
            "readPoint",
            "bizLocation",
            "bizTransactionList",
            "sourceList",
            "destinationList",
            "sensorElementList",
            "errorDeclaration",
        ];
        for field in event.as_object().unwrap().keys() {
            assert!(
                known.contains(&field.as_str()) || field.starts_with("xlcfi:"),
                "{field}"
            );
        }
    }
}

#[tokio::test]
async fn a_story_is_a_document_of_epcis_and_says_as_much_as_its_reader_may_know() {
    let world = World::start().await;
    let harvest = world.harvest(1_000).await;
    let lot = world.received(10).await;
    let packed = becoming(&[(&harvest, 1_000)], &[pieces(&lot, 10)], Vec::new());
    world.record(packed).await.unwrap();
    let request = RecordSensorReadingsRequest {
        lot_id: lot.lot_id.clone(),
        sensor_id: "urn:sensor:1".into(),
        readings: vec![TemperatureReading {
            time: at(0),
            centi_celsius: 450,
        }],
        request_id: uuid::Uuid::now_v7().to_string(),
    };
    world.own().record_sensor_readings(request).await.unwrap();
    let order_id = world.sell(&user(), &[(&lot, 2)]).await;
    world
        .harness
        .deliver("order", order_id, 2, &shipped(order_id))
        .await;
    world.applied("order", order_id, 2).await;

    let whole = world.document(&world.seller, export(&lot.lot_id)).await;
    assert_epcis(&whole);
    let mut told = types(&whole);
    told.sort_unstable();
    assert_eq!(
        told,
        [
            "ObjectEvent",
            "ObjectEvent",
            "ObjectEvent",
            "TransactionEvent",
            "TransactionEvent",
            "TransformationEvent"
        ]
    );
    let public = world.document(&user(), export(&lot.lot_id)).await;
    assert_epcis(&public);
    assert!(!types(&public).contains(&"TransactionEvent"));
    assert!(!public.to_string().contains(&order_id.to_string()));

    let early = ExportLotEventsRequest {
        to_time: at(0),
        ..export(&lot.lot_id)
    };
    assert_eq!(types(&world.document(&world.seller, early).await).len(), 2);
    let late = ExportLotEventsRequest {
        from_time: at(1),
        ..export(&lot.lot_id)
    };
    assert_eq!(types(&world.document(&world.seller, late).await).len(), 2);
    let nowhere = export(&uuid::Uuid::now_v7().to_string());
    assert_refused(
        world.anyone().export_lot_events(nowhere).await,
        Code::NotFound,
        "LOT_NOT_FOUND",
    );
}

#[tokio::test]
async fn a_declared_error_stands_in_the_document() {
    let world = World::start().await;
    let lot = world.harvest(100).await;
    let (_, events) = world.story(&world.seller, &lot).await.unwrap();
    let request = xlcfi_contracts::blockchain::v1::DeclareErrorRequest {
        event_id: events[0].event_id.clone(),
        reason: xlcfi_contracts::blockchain::v1::ErrorReason::DidNotOccur.into(),
        corrective_event_ids: Vec::new(),
    };
    world.own().declare_error(request).await.unwrap();
    let document = world.document(&user(), export(&lot)).await;
    assert_epcis(&document);
    let event = &document["epcisBody"]["eventList"][0];
    assert_eq!(event["errorDeclaration"]["reason"], "did_not_occur");
}

#[tokio::test]
async fn a_document_beyond_a_message_is_refused() {
    let world = World::start().await;
    let lot = world.harvest(100).await;
    sqlx::query(
        "with more as (
             insert into trace_event (event_id, seller_id, kind, action, biz_step, event_time, offset_minutes,
                 record_time, read_point, biz_location, parent, certificates)
             select uuidv7(), seller_id, 'OBJECT', 'OBSERVE', 'storing', now() - interval '1 day', 540, now(), '',
                 '', '', '[]'
             from traced_lot, generate_series(1, 2001) returning event_id, event_time
         )
         insert into event_lot (event_id, lot_id, role, event_time)
         select event_id, lot_id, 'OBJECT', event_time from more, traced_lot",
    )
    .execute(world.harness.pool())
    .await
    .unwrap();
    let refused = world.anyone().export_lot_events(export(&lot)).await;
    assert_refused(refused, Code::FailedPrecondition, "EXPORT_TOO_LARGE");
}
