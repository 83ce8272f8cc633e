//! No input makes the codec panic, and what the oracle reads the codec reads alike.

use proptest::{collection, prelude::*};
use prost_reflect::DynamicMessage;

use crate::pool::{API, id, sink};

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_print_or_are_refused(wire in collection::vec(any::<u8>(), 0..60)) {
        let mut out = b"kept".to_vec();
        match API.codec().wire_to_json(id("kitchen.v1.Sink"), &wire, &mut out) {
            Ok(()) => {
                serde_json::from_slice::<serde_json::Value>(&out[4..]).expect("JSON");
            }
            Err(_) => prop_assert_eq!(out, b"kept".to_vec()),
        }
    }

    #[test]
    fn damaged_json_is_read_or_refused(
        seed in prop::sample::select(JSON.to_vec()),
        changes in collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..3), 1..4),
    ) {
        let mut text = seed.as_bytes().to_vec();
        for (place, byte, what) in changes {
            let at = place.index(text.len());
            match what {
                0 => text[at] = byte,
                1 => text.insert(at, byte),
                _ => drop(text.remove(at)),
            }
            if text.is_empty() {
                return Ok(());
            }
        }
        let mut out = Vec::new();
        let ours = API.codec().json_to_wire(id("kitchen.v1.Sink"), &text, &mut out);
        let mut reader = serde_json::Deserializer::from_slice(&text);
        let theirs = DynamicMessage::deserialize(sink(), &mut reader).and_then(|read| reader.end().map(|()| read));
        let shown = String::from_utf8_lossy(&text);
        match (ours, theirs) {
            (Ok(()), theirs) => {
                let read = DynamicMessage::decode(sink(), &*out).expect("a sink");
                match theirs {
                    // The debug text of a recursive message has no end.
                    Ok(theirs) => prop_assert_eq!(serde_json::to_value(&read).ok(), serde_json::to_value(&theirs).ok(), "{}", shown),
                    Err(error) => prop_assert!(is_read_here_only(&error.to_string()), "{}: {}", shown, error),
                }
            }
            (Err(refusal), Ok(_)) => {
                prop_assert!(refusal.violations.iter().all(|found| is_refused_here_only(&found.message)), "{}: {}", shown, refusal);
            }
            (Err(_), Err(_)) => {}
        }
    }

    #[test]
    fn arbitrary_text_is_read_or_refused(text in "[\\[\\]{}\":,a-f0-9\\\\ .eE+-]{0,40}") {
        let mut out = Vec::new();
        let _ = API.codec().json_to_wire(id("google.protobuf.Value"), text.as_bytes(), &mut out);
        if API.codec().json_to_wire(id("kitchen.v1.Sink"), text.as_bytes(), &mut Vec::new()).is_ok() && !text.is_empty() {
            serde_json::from_str::<serde_json::Value>(&text).expect("JSON");
        }
    }

    #[test]
    fn any_json_at_all_agrees_with_the_standard_reader(text in "[\\[\\]{}\":,a0-2\\\\ .eE+-]{1,12}") {
        let ours = API.codec().json_to_wire(id("google.protobuf.Value"), text.as_bytes(), &mut Vec::new());
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        // The standard reader lets duplicate keys and, with them, nothing else through that is refused here.
        match (&ours, &theirs) {
            (Ok(()), Err(error)) => prop_assert!(false, "{text} was read, yet: {error}"),
            (Err(refusal), Ok(_)) => prop_assert!(refusal.to_string().contains("given twice"), "{text}: {refusal}"),
            _ => {}
        }
    }

    #[test]
    fn arbitrary_paths_and_queries_are_matched_or_refused(path in "/[v1orders/%a-f0-9:*{}]{0,30}", query in "[a-z_.=&%0-9+]{0,40}") {
        for method in [http::Method::GET, http::Method::POST] {
            if let Ok(xlcfi_transcode::Match::Found { route, captures }) = API.match_path(&method, &path) {
                let input = xlcfi_transcode::Input { captures: Some(captures), query: Some(&query), ..Default::default() };
                let _ = API.request(route, &input, &mut Vec::new());
            }
        }
    }
}

/// What the oracle refuses although it is sound: whole numbers with a point or an exponent in a string.
fn is_read_here_only(error: &str) -> bool {
    error.contains("invalid digit found in string")
}

/// What the oracle lets through although it should not: duplicate keys, quoted numbers that JSON would not write, a
/// sixtieth second, a dot before a type's name.
fn is_refused_here_only(message: &str) -> bool {
    let strict = [
        "given twice",
        "expected a number",
        "expected an RFC 3339 time",
        "is not known here",
    ];
    strict.iter().any(|strict| message.contains(strict))
}

const JSON: [&str; 4] = [
    r#"{"fInt64":"-12","fString":"a\u00e9\n","child":{"rInt32":[1,2,3]},"mString":{"k":"v","l":"w"}}"#,
    r#"{"wTime":"2024-05-01T09:30:00.25Z","wDuration":"1.5s","wMask":"a.bC","wStruct":{"x":[null,true,{"y":1e3}]}}"#,
    r#"{"wAny":{"@type":"type.googleapis.com/kitchen.v1.Sink","fBytes":"AAEC"},"cEnum":"COLOUR_RED","wNull":null}"#,
    r#"{"rChild":[{"fDouble":-1.5e3},{"oBool":true}],"mUint64":{"7":{"fBool":true}},"rValue":[null,"s",0.5,[],{}]}"#,
];

#[test]
fn hostile_depth_is_refused_both_ways() {
    for open in [
        "{\"child\":",
        "{\"wValue\":[",
        "{\"wStruct\":{\"a\":",
        "{\"rChild\":[",
        "[",
        "{\"unknown\":[",
    ] {
        let text = open.repeat(100_000);
        assert!(
            API.codec()
                .json_to_wire(id("kitchen.v1.Sink"), text.as_bytes(), &mut Vec::new())
                .is_err()
        );
    }
    let mut wire = Vec::new();
    for _ in 0..200 {
        let mut outer = vec![0x8a, 0x01];
        prost::encoding::encode_varint(wire.len() as u64, &mut outer);
        outer.extend(&wire);
        wire = outer;
    }
    assert!(
        API.codec()
            .wire_to_json(id("kitchen.v1.Sink"), &wire, &mut Vec::new())
            .is_err()
    );
    let groups = vec![0x0b; 100_000];
    assert!(
        API.codec()
            .wire_to_json(id("kitchen.v1.Sink"), &groups, &mut Vec::new())
            .is_err()
    );
}
