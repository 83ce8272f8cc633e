use time::macros::datetime;

use super::*;
use crate::event::{Certificate, Effect};
use crate::lot::tests::grams;

const NOON: OffsetDateTime = datetime!(2026-11-22 03:00 UTC);

fn begun() -> Event {
    let lot = grams(500, NOON);
    Event {
        event_id: Uuid::from_u128(7),
        seller_id: lot.seller_id,
        kind: Kind::Object,
        action: Some(Action::Add),
        event_time: NOON,
        offset_minutes: 540,
        record_time: NOON,
        biz_step: "commissioning".into(),
        disposition: Some("active".into()),
        read_point: "urn:epc:id:sgln:0614141.00001.0".into(),
        biz_location: String::new(),
        parent: String::new(),
        lots: vec![EventLot::of(&lot, Role::Object, Some(500)).with(Effect::entered(500))],
        order_id: None,
        biz_transactions: Vec::new(),
        sources: Vec::new(),
        destinations: Vec::new(),
        certificates: Vec::new(),
        sensor: None,
        request: None,
        error: None,
    }
}

#[test]
fn an_event_says_what_when_where_and_why_in_the_words_of_epcis() {
    let mut told = begun();
    let class = told.lots[0].epc_class.clone();
    let said = event(&told);
    assert_eq!(said["type"], "ObjectEvent");
    assert_eq!(said["eventID"], "urn:uuid:00000000-0000-0000-0000-000000000007");
    assert_eq!(said["eventTime"], "2026-11-22T12:00:00+09:00");
    assert_eq!(said["eventTimeZoneOffset"], "+09:00");
    assert_eq!(said["recordTime"], "2026-11-22T03:00:00Z");
    assert_eq!(said["action"], "ADD");
    assert_eq!(
        (&said["bizStep"], &said["disposition"]),
        (&json!("commissioning"), &json!("active"))
    );
    assert_eq!(
        said["quantityList"],
        json!([{ "epcClass": class, "quantity": 500, "uom": "GRM" }])
    );
    assert_eq!(
        said["readPoint"],
        json!({ "id": "urn:epc:id:sgln:0614141.00001.0" })
    );
    assert!(said.get("bizLocation").is_none() && said.get("errorDeclaration").is_none());

    told.order_id = Some(Uuid::from_u128(9));
    told.sources = vec![Typed {
        kind: "owning_party".into(),
        uri: "https://id.gs1.org/417/8800000000003".into(),
    }];
    told.sensor = Some(Sensor {
        sensor_id: "urn:sensor:1".into(),
        readings: 2,
        first_time: NOON,
        last_time: NOON,
        lowest: -250,
        highest: 400,
        digest: Some([0xff; 32]),
    });
    told.certificates = vec![Certificate {
        kind: "HACCP".into(),
        number: "1".into(),
        issuer: String::new(),
        expire_date: String::new(),
    }];
    let said = event(&told);
    let order = "https://xlcfi.com/orders/00000000-0000-0000-0000-000000000009";
    assert_eq!(
        said["bizTransactionList"],
        json!([{ "type": "po", "bizTransaction": order }])
    );
    assert_eq!(
        said["sourceList"][0]["source"],
        "https://id.gs1.org/417/8800000000003"
    );
    let element = &said["sensorElementList"][0];
    assert_eq!(element["sensorReport"][0]["minValue"], -2.5);
    let raw = element["sensorMetadata"]["rawData"].as_str().expect("a text");
    assert_eq!(raw, format!("ni:///sha-256;{}8", "_".repeat(42)));
    assert_eq!(said["xlcfi:certificates"][0]["kind"], "HACCP");
}

#[test]
fn the_canonical_form_sorts_and_writes_numbers_as_rfc_8785_says() {
    let value = json!({ "b": 4.0, "a": "한\u{1}", "A": [1e21, 0.5, -0.0] });
    let bytes = canonical(&value).expect("it can be said");
    assert_eq!(
        String::from_utf8(bytes).expect("UTF-8"),
        "{\"A\":[1e+21,0.5,0],\"a\":\"한\\u0001\",\"b\":4}"
    );
}

#[test]
fn a_declaration_says_the_event_again_and_why_it_is_wrong() {
    let said = canonical(&event(&begun())).expect("it can be said");
    let wrong = Wrong {
        reason: Reason::IncorrectData,
        time: NOON,
        corrective_event_ids: vec![Uuid::from_u128(8)],
    };
    let again = declared(Some(&said), Uuid::from_u128(7), &wrong).expect("it can be read");
    assert_eq!(again["bizStep"], "commissioning");
    assert_eq!(again["errorDeclaration"]["reason"], "incorrect_data");
    let corrective = &again["errorDeclaration"]["correctiveEventIDs"][0];
    assert_eq!(corrective, "urn:uuid:00000000-0000-0000-0000-000000000008");
    let erased = declared(None, Uuid::from_u128(7), &wrong).expect("its id is known");
    assert_eq!(erased["eventID"], again["eventID"]);
    assert!(erased.get("quantityList").is_none());
}

#[test]
fn offsets_are_written_with_their_sign() {
    assert_eq!(offset_text(540), "+09:00");
    assert_eq!(offset_text(-210), "-03:30");
    assert_eq!(offset_text(0), "+00:00");
}
