//! Printing, case by case.

use prost::Message as _;
use xlcfi_transcode::{Codec, Options};

use crate::pool::{FULL, POOL, id, to_json, to_wire};

const SINK: &str = "kitchen.v1.Sink";

/// Bytes from hexadecimal text, spaces between.
fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b' ').collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("hexadecimal"))
        .collect()
}

#[test]
fn wire_forms_print_as_protojson() {
    for (what, wire, json) in [
        ("nothing", "", "{}"),
        ("a zero without presence", "18 00", "{}"),
        ("a zero with presence", "a8 01 00", r#"{"oInt32":0}"#),
        (
            "a negative int32",
            "18 ff ff ff ff ff ff ff ff ff 01",
            r#"{"fInt32":-1}"#,
        ),
        (
            "an int32 with too many bits",
            "18 81 80 80 80 10",
            r#"{"fInt32":1}"#,
        ),
        (
            "a 64-bit number",
            "20 80 80 80 80 80 80 80 80 40",
            r#"{"fInt64":"4611686018427387904"}"#,
        ),
        ("a known enum", "80 01 01", r#"{"fEnum":"COLOUR_RED"}"#),
        ("a far enum", "80 01 a0 8d 06", r#"{"fEnum":"COLOUR_FAR"}"#),
        (
            "a negative enum",
            "80 01 f9 ff ff ff ff ff ff ff ff 01",
            r#"{"fEnum":"COLOUR_MINUS"}"#,
        ),
        ("an unknown enum", "80 01 2a", r#"{"fEnum":42}"#),
        ("the last of repeated scalars", "18 01 18 02", r#"{"fInt32":2}"#),
        ("a zero after a value", "18 01 18 00", "{}"),
        (
            "merged pieces",
            "8a 01 02 18 01 8a 01 02 20 02",
            r#"{"child":{"fInt32":1,"fInt64":"2"}}"#,
        ),
        ("a packed list", "8a 02 03 01 02 03", r#"{"rInt32":[1,2,3]}"#),
        (
            "an unpacked list of a packed field",
            "88 02 01 88 02 02",
            r#"{"rInt32":[1,2]}"#,
        ),
        (
            "a packed list of an unpacked field",
            "92 02 02 01 02",
            r#"{"rInt64":["1","2"]}"#,
        ),
        (
            "both forms mixed",
            "8a 02 01 01 88 02 02 8a 02 01 03",
            r#"{"rInt32":[1,2,3]}"#,
        ),
        (
            "an interleaved list",
            "8a 02 01 01 18 05 8a 02 01 02",
            r#"{"fInt32":5,"rInt32":[1,2]}"#,
        ),
        ("an empty packed list", "8a 02 00", "{}"),
        (
            "an interleaved map",
            "a2 03 04 08 01 10 02 18 05 a2 03 04 08 03 10 04",
            r#"{"fInt32":5,"mInt32":{"1":"2","3":"4"}}"#,
        ),
        (
            "a map in order of keys",
            "a2 03 04 08 03 10 04 a2 03 04 08 01 10 02",
            r#"{"mInt32":{"1":"2","3":"4"}}"#,
        ),
        (
            "a repeated map key",
            "a2 03 04 08 01 10 02 a2 03 04 08 01 10 09",
            r#"{"mInt32":{"1":"9"}}"#,
        ),
        ("an empty map entry", "a2 03 00", r#"{"mInt32":{"0":"0"}}"#),
        (
            "a map value in pieces",
            "aa 03 0a 08 01 12 02 18 01 12 02 20 02",
            r#"{"mUint64":{"1":{"fInt32":1,"fInt64":"2"}}}"#,
        ),
        (
            "a map entry with its value first",
            "9a 03 06 12 01 62 0a 01 61",
            r#"{"mString":{"a":"b"}}"#,
        ),
        (
            "the last member of a oneof",
            "f0 03 05 ea 03 01 61",
            r#"{"cString":"a"}"#,
        ),
        (
            "a oneof that comes back",
            "ea 03 01 61 f0 03 05 ea 03 01 62",
            r#"{"cString":"b"}"#,
        ),
        (
            "a oneof message cut in two",
            "fa 03 02 18 01 f0 03 05 fa 03 02 20 02",
            r#"{"cChild":{"fInt64":"2"}}"#,
        ),
        ("an unknown field", "c0 3e 01 18 01", r#"{"fInt32":1}"#),
        ("a group", "c3 3e 08 01 c4 3e 18 01", r#"{"fInt32":1}"#),
        ("a wrong wire type", "1a 01 61 20 01", r#"{"fInt64":"1"}"#),
        (
            "a negative zero",
            "09 00 00 00 00 00 00 00 80",
            r#"{"fDouble":-0}"#,
        ),
        ("an infinity", "15 00 00 80 7f", r#"{"fFloat":"Infinity"}"#),
        ("a null", "f8 04 00", "{}"),
        ("a null with presence", "88 04 00", r#"{"cNull":null}"#),
        ("an empty value", "da 04 00", r#"{"wValue":null}"#),
        (
            "a value that changes",
            "da 04 04 20 01 08 00",
            r#"{"wValue":null}"#,
        ),
        ("an empty list value", "da 04 02 32 00", r#"{"wValue":[]}"#),
        ("an empty wrapper", "92 05 00", r#"{"wInt64":"0"}"#),
        ("an empty any", "f2 04 00", r#"{"wAny":{}}"#),
        (
            "an any of an unknown type",
            "f2 04 09 0a 03 61 2f 62 12 02 01 02",
            r#"{"wAny":{"@type":"a/b","value":"AQI="}}"#,
        ),
        ("an odd name", "d2 05 01 61", r#"{"o\"d/d~":"a"}"#),
        (
            "the highest field number",
            "f8 ff ff ff 0f 07",
            r#"{"farAway":7}"#,
        ),
    ] {
        assert_eq!(to_json(SINK, &hex(wire)).as_deref(), Ok(json), "{what}");
    }
}

#[test]
fn broken_bytes_are_named_with_the_field() {
    for (wire, error) in [
        (
            "18",
            "cannot print kitchen.v1.Sink at f_int32: the message ends inside a varint",
        ),
        (
            "8a 01 03 72 01 ff",
            "cannot print kitchen.v1.Sink at child.f_string: a string is not UTF-8",
        ),
        (
            "72 05 61",
            "cannot print kitchen.v1.Sink at f_string: the message ends inside a field",
        ),
        (
            "0c",
            "cannot print kitchen.v1.Sink: a group ends that never began",
        ),
        (
            "00",
            "cannot print kitchen.v1.Sink: a field number is out of range",
        ),
        ("1f", "cannot print kitchen.v1.Sink: a wire type is unknown"),
        (
            "ba 04 02 10 ff",
            "cannot print kitchen.v1.Sink at w_time: the message ends inside a varint",
        ),
        (
            "ba 04 06 10 80 94 eb dc 03",
            "cannot print kitchen.v1.Sink at w_time: a timestamp is out of range",
        ),
        (
            "ca 04 03 0a 01 41",
            "cannot print kitchen.v1.Sink at w_mask: a field mask path cannot be written in lowerCamel",
        ),
        (
            "da 04 09 11 00 00 00 00 00 00 f0 7f",
            "cannot print kitchen.v1.Sink at w_value: a Value holds a number that JSON cannot say",
        ),
        (
            "f2 04 03 12 01 00",
            "cannot print kitchen.v1.Sink at w_any: an Any has a value but no type",
        ),
    ] {
        assert_eq!(to_json(SINK, &hex(wire)), Err(error.to_owned()), "{wire}");
    }
}

#[test]
fn error_details_print_with_their_types() {
    let detail = POOL.get_message_by_name("google.rpc.BadRequest").expect("a type");
    let json = r#"{"fieldViolations":[{"field":"/items/0","description":"given twice"}]}"#;
    let detail =
        prost_reflect::DynamicMessage::deserialize(detail, &mut serde_json::Deserializer::from_str(json));
    let any = prost_types::Any {
        type_url: "type.googleapis.com/google.rpc.BadRequest".to_owned(),
        value: detail.expect("a detail").encode_to_vec(),
    };
    let mut wire = vec![0x08, 3, 0x12, 2, b'n', b'o', 0x1a];
    prost::encoding::encode_varint(any.encoded_len() as u64, &mut wire);
    wire.extend(any.encode_to_vec());
    let expected = r#"{"code":3,"message":"no","details":[{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"/items/0","description":"given twice"}]}]}"#;
    assert_eq!(to_json("google.rpc.Status", &wire).as_deref(), Ok(expected));
    assert_eq!(to_wire("google.rpc.Status", expected), Ok(wire));
}

#[test]
fn defaults_print_on_request() {
    let mut out = Vec::new();
    FULL.wire_to_json(id("kitchen.v1.Order"), &[], &mut out)
        .expect("printable");
    let expected = r#"{"orderId":"","buyerId":"","state":"STATE_UNSPECIFIED","items":[],"labels":{},"version":"0","gift":false}"#;
    assert_eq!(std::str::from_utf8(&out), Ok(expected));
}

#[test]
fn depth_is_bounded_as_asked() {
    let codec = Codec::new(
        &POOL,
        Options {
            depth: 2,
            ..Options::default()
        },
    );
    let sink = codec.message(SINK).expect("the sink");
    for (json, fits) in [
        (r#"{"child":{"child":{}}}"#, true),
        (r#"{"child":{"child":{"child":{}}}}"#, false),
        (r#"{"mUint64":{"1":{}}}"#, true),
        (r#"{"mUint64":{"1":{"child":{}}}}"#, false),
        (r#"{"rChild":[{"rInt32":[1]}]}"#, true),
        (r#"{"wAny":{"@type":"x/kitchen.v1.Sink"}}"#, true),
        (r#"{"wAny":{"@type":"x/kitchen.v1.Sink","child":{}}}"#, false),
    ] {
        assert_eq!(
            codec.json_to_wire(sink, json.as_bytes(), &mut Vec::new()).is_ok(),
            fits,
            "{json}"
        );
        let wire = to_wire(SINK, json).expect(json);
        assert_eq!(
            codec.wire_to_json(sink, &wire, &mut Vec::new()).is_ok(),
            fits,
            "{json}"
        );
    }
}
