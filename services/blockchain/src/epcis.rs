//! Events as JSON-LD of EPCIS 2.0 (GS1, ISO/IEC 19987:2024). What the log keeps is their
//! canonical form (RFC 8785): the same event is the same bytes everywhere.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::UtcOffset;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;
use xlcfi_errors::Fault;

use crate::event::{Action, Event, EventLot, Kind, Reason, Role, Sensor, Typed, Wrong};
use crate::lot::Unit;

/// What the words of EPCIS stand for, and those of ours.
const CONTEXT: &str = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld";
const OURS: &str = "https://xlcfi.com/ns/epcis/";

/// An event with its context, as the log keeps it.
pub fn event(event: &Event) -> Value {
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| out.insert(key.to_owned(), value);
    put("@context", context());
    put("type", type_name(event.kind).into());
    put("eventID", event_uri(event.event_id).into());
    put(
        "eventTime",
        time_text(event.event_time, event.offset_minutes).into(),
    );
    put("eventTimeZoneOffset", offset_text(event.offset_minutes).into());
    put("recordTime", time_text(event.record_time, 0).into());
    if let Some(action) = event.action {
        put("action", action_name(action).into());
    }
    put("bizStep", event.biz_step.clone().into());
    if let Some(disposition) = &event.disposition {
        put("disposition", disposition.clone().into());
    }
    if !event.parent.is_empty() {
        put("parentID", event.parent.clone().into());
    }
    for (role, key) in [
        (Role::Object, "quantityList"),
        (Role::Child, "childQuantityList"),
        (Role::Input, "inputQuantityList"),
        (Role::Output, "outputQuantityList"),
    ] {
        let of_role = event.lots.iter().filter(|lot| lot.role == role);
        let list: Vec<Value> = of_role.map(quantity).collect();
        if !list.is_empty() {
            put(key, list.into());
        }
    }
    for (key, uri) in [
        ("readPoint", &event.read_point),
        ("bizLocation", &event.biz_location),
    ] {
        if !uri.is_empty() {
            put(key, json!({ "id": uri }));
        }
    }
    for (key, inner, list) in [
        ("bizTransactionList", "bizTransaction", transactions(event)),
        ("sourceList", "source", event.sources.clone()),
        ("destinationList", "destination", event.destinations.clone()),
    ] {
        if !list.is_empty() {
            let entry = |typed: Typed| json!({ "type": typed.kind, inner: typed.uri });
            put(key, list.into_iter().map(entry).collect());
        }
    }
    if let Some(sensor) = &event.sensor {
        put("sensorElementList", json!([sensor_element(sensor)]));
    }
    if !event.certificates.is_empty() {
        put("xlcfi:certificates", json!(event.certificates));
    }
    put("xlcfi:lots", event.lots.iter().map(lot).collect());
    if let Some(wrong) = &event.error {
        put("errorDeclaration", declaration(wrong));
    }
    Value::Object(out)
}

/// The same event, declared wrong: what the log keeps of a declaration. Of an event
/// whose words were erased only its id is said.
pub fn declared(body: Option<&[u8]>, event_id: Uuid, wrong: &Wrong) -> Result<Value, Fault> {
    let mut value = match body {
        Some(body) => serde_json::from_slice(body).map_err(Fault::bug)?,
        None => json!({ "@context": context(), "eventID": event_uri(event_id) }),
    };
    value["errorDeclaration"] = declaration(wrong);
    Ok(value)
}

/// The canonical form.
pub fn canonical(value: &Value) -> Result<Vec<u8>, Fault> {
    xlcfi_proof::canonical(value).map_err(Fault::bug)
}

/// Events as a document; their contexts are said once.
pub fn document(events: Vec<Value>, now: OffsetDateTime) -> Value {
    let without = |mut event: Value| {
        if let Value::Object(fields) = &mut event {
            fields.remove("@context");
        }
        event
    };
    json!({
        "@context": context(),
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": time_text(now, 0),
        "epcisBody": { "eventList": events.into_iter().map(without).collect::<Vec<_>>() },
    })
}

fn context() -> Value {
    json!([CONTEXT, { "xlcfi": OURS }])
}

fn event_uri(event_id: Uuid) -> String {
    event_id.urn().to_string()
}

fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Object => "ObjectEvent",
        Kind::Aggregation => "AggregationEvent",
        Kind::Transformation => "TransformationEvent",
        Kind::Transaction => "TransactionEvent",
    }
}

fn action_name(action: Action) -> &'static str {
    action.into()
}

/// The order stands first among the papers of a trade.
fn transactions(event: &Event) -> Vec<Typed> {
    let order = event.order_id.map(|id| Typed {
        kind: "po".to_owned(),
        uri: format!("https://xlcfi.com/orders/{id}"),
    });
    order
        .into_iter()
        .chain(event.biz_transactions.iter().cloned())
        .collect()
}

/// Pieces have no unit in EPCIS; the others are those of UN/ECE Recommendation 20.
fn quantity(lot: &EventLot) -> Value {
    let mut out = json!({ "epcClass": lot.epc_class });
    if let Some(quantity) = lot.quantity {
        out["quantity"] = quantity.into();
        match lot.unit {
            Unit::Piece => {}
            Unit::Gram => out["uom"] = "GRM".into(),
            Unit::Millilitre => out["uom"] = "MLT".into(),
        }
    }
    out
}

/// Lots of two sellers may share a barcode and a number, so ours are named, too.
fn lot(lot: &EventLot) -> Value {
    json!({ "epcClass": lot.epc_class, "lotID": lot.lot_id.uuid().urn().to_string() })
}

fn sensor_element(sensor: &Sensor) -> Value {
    let mut metadata = json!({
        "deviceID": sensor.sensor_id,
        "startTime": time_text(sensor.first_time, 0),
        "endTime": time_text(sensor.last_time, 0),
    });
    if let Some(digest) = sensor.digest {
        // RFC 6920: the readings by their digest.
        metadata["rawData"] = format!("ni:///sha-256;{}", URL_SAFE_NO_PAD.encode(digest)).into();
    }
    json!({
        "sensorMetadata": metadata,
        "sensorReport": [{
            "type": "Temperature",
            "uom": "CEL",
            "minValue": degrees(sensor.lowest),
            "maxValue": degrees(sensor.highest),
        }],
    })
}

fn degrees(centi: i32) -> f64 {
    f64::from(centi) / 100.0
}

fn declaration(wrong: &Wrong) -> Value {
    let mut out = json!({
        "declarationTime": time_text(wrong.time, 0),
        "reason": match wrong.reason {
            Reason::DidNotOccur => "did_not_occur",
            Reason::IncorrectData => "incorrect_data",
        },
    });
    if !wrong.corrective_event_ids.is_empty() {
        let ids = wrong.corrective_event_ids.iter().map(|id| event_uri(*id));
        out["correctiveEventIDs"] = ids.collect::<Vec<_>>().into();
    }
    out
}

fn offset_text(minutes: i16) -> String {
    let (sign, minutes) = (if minutes < 0 { '-' } else { '+' }, minutes.unsigned_abs());
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

fn time_text(time: OffsetDateTime, offset_minutes: i16) -> String {
    let offset = UtcOffset::from_whole_seconds(i32::from(offset_minutes) * 60).unwrap_or(UtcOffset::UTC);
    time.to_offset(offset).format(&Rfc3339).unwrap_or_default()
}

#[cfg(test)]
mod tests;
