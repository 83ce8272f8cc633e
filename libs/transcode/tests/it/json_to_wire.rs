//! Reading JSON, case by case.

use prost_reflect::DynamicMessage;
use xlcfi_transcode::{Codec, Options, Refusal};

use crate::pool::{API, POOL, id, sink, to_json, to_wire};

const SINK: &str = "kitchen.v1.Sink";

/// What a text reads as, printed again.
fn reread(json: &str) -> Result<String, String> {
    let wire = to_wire(SINK, json)?;
    DynamicMessage::decode(sink(), &*wire).expect("the oracle reads it");
    to_json(SINK, &wire)
}

#[test]
fn every_form_of_a_value_is_read() {
    for (given, printed) in [
        ("{}", "{}"),
        ("", "{}"),
        (" \t\r\n{ } ", "{}"),
        (r#"{"fInt32":"-5","f_int64":7}"#, r#"{"fInt32":-5,"fInt64":"7"}"#),
        (
            r#"{"fInt64":9223372036854775807,"fUint64":"18446744073709551615"}"#,
            r#"{"fInt64":"9223372036854775807","fUint64":"18446744073709551615"}"#,
        ),
        (
            r#"{"fInt32":1e2,"fUint32":5.0,"fSint32":"-1.5e1"}"#,
            r#"{"fInt32":100,"fUint32":5,"fSint32":-15}"#,
        ),
        (
            r#"{"fDouble":"1.5","fFloat":"NaN"}"#,
            r#"{"fDouble":1.5,"fFloat":"NaN"}"#,
        ),
        (
            r#"{"fDouble":"-Infinity","fFloat":3.4028235e38}"#,
            r#"{"fDouble":"-Infinity","fFloat":3.4028235e+38}"#,
        ),
        (
            r#"{"fEnum":"COLOUR_ROUGE","oEnum":0,"rEnum":[-7,"COLOUR_FAR",9]}"#,
            r#"{"fEnum":"COLOUR_RED","oEnum":"COLOUR_UNSPECIFIED","rEnum":["COLOUR_MINUS","COLOUR_FAR",9]}"#,
        ),
        (
            r#"{"fBytes":"-_8","rBytes":["+/8=","AA","AA==",""]}"#,
            r#"{"fBytes":"+/8=","rBytes":["+/8=","AA==","AA==",""]}"#,
        ),
        (
            r#"{"fInt32":0,"fString":"","fBytes":"","fBool":false,"fEnum":0,"rInt32":[],"mString":{}}"#,
            "{}",
        ),
        (
            r#"{"oInt32":0,"oString":"","oBool":false,"oDouble":0}"#,
            r#"{"oInt32":0,"oString":"","oBool":false,"oDouble":0}"#,
        ),
        (
            r#"{"fInt32":null,"child":null,"rInt32":null,"mString":null,"wTime":null,"wInt64":null}"#,
            "{}",
        ),
        (
            r#"{"wValue":null,"wNull":null,"cNull":null}"#,
            r#"{"wValue":null,"cNull":null}"#,
        ),
        (r#"{"cNull":"NULL_VALUE"}"#, r#"{"cNull":null}"#),
        (r#"{"cString":null,"cInt64":"1"}"#, r#"{"cInt64":"1"}"#),
        (r#"{"cInt64":"1","cString":null}"#, r#"{"cInt64":"1"}"#),
        (r#"{"cInt64":0}"#, r#"{"cInt64":"0"}"#),
        (
            r#"{"mInt32":{"-1":"2","3":4},"mBool":{"true":1},"mUint64":{"7":{}}}"#,
            r#"{"mInt32":{"-1":"2","3":"4"},"mBool":{"true":"COLOUR_RED"},"mUint64":{"7":{}}}"#,
        ),
        (
            r#"{"mValue":{"a":null,"b":[]}}"#,
            r#"{"mValue":{"a":null,"b":[]}}"#,
        ),
        (
            r#"{"fString":"\u00e9\ud83d\ude00\"\\\/\b\f\n\r\t"}"#,
            "{\"fString\":\"é😀\\\"\\\\/\\b\\f\\n\\r\\t\"}",
        ),
        (
            r#"{"\u0066Int32":1,"o\"d\/d~":"x"}"#,
            r#"{"fInt32":1,"o\"d/d~":"x"}"#,
        ),
        (r#"{"odd_name":"x"}"#, r#"{"o\"d/d~":"x"}"#),
        (r#"{"fInt32":"\u0031"}"#, r#"{"fInt32":1}"#),
        (
            r#"{"wTime":"2024-05-01T18:30:00.5+09:00","wDuration":"-0.000001s","wMask":"a,bC.d"}"#,
            r#"{"wTime":"2024-05-01T09:30:00.500Z","wDuration":"-0.000001s","wMask":"a,bC.d"}"#,
        ),
        (
            r#"{"wStruct":{"a":[1,"x",null,{"b":true}]},"wList":[[],{}],"wEmpty":{}}"#,
            r#"{"wStruct":{"a":[1,"x",null,{"b":true}]},"wList":[[],{}],"wEmpty":{}}"#,
        ),
        (
            r#"{"wInt64":"5","wBool":false,"wString":"","wBytes":"AA==","wDouble":0}"#,
            r#"{"wInt64":"5","wBool":false,"wString":"","wBytes":"AA==","wDouble":0}"#,
        ),
        (
            r#"{"wAny":{"fInt32":1,"@type":"x/kitchen.v1.Sink","fBool":true}}"#,
            r#"{"wAny":{"@type":"x/kitchen.v1.Sink","fInt32":1,"fBool":true}}"#,
        ),
        (
            r#"{"wAny":{"value":"1s","@type":"x/google.protobuf.Duration"}}"#,
            r#"{"wAny":{"@type":"x/google.protobuf.Duration","value":"1s"}}"#,
        ),
        (
            r#"{"wAny":{"@type":"x/google.protobuf.Empty","value":{}}}"#,
            r#"{"wAny":{"@type":"x/google.protobuf.Empty","value":{}}}"#,
        ),
        (
            r#"{"wAny":{"@type":"x/google.protobuf.Empty"}}"#,
            r#"{"wAny":{"@type":"x/google.protobuf.Empty","value":{}}}"#,
        ),
        (
            r#"{"wAny":{"@type":"x/google.protobuf.Any","value":{"@type":"x/kitchen.v1.Sink"}}}"#,
            r#"{"wAny":{"@type":"x/google.protobuf.Any","value":{"@type":"x/kitchen.v1.Sink"}}}"#,
        ),
        (r#"{"wAny":{}}"#, r#"{"wAny":{}}"#),
        (r#"{"farAway":2147483647}"#, r#"{"farAway":2147483647}"#),
    ] {
        assert_eq!(reread(given).as_deref(), Ok(printed), "{given}");
    }
}

#[test]
fn wrong_values_are_named_by_their_pointer() {
    for (given, said) in [
        (r#"{"nope":1}"#, "body /nope: unknown field"),
        (
            r#"{"child":{"nope":{"x":[1]}}}"#,
            "body /child/nope: unknown field",
        ),
        (r#"{"a~b/c":1}"#, "body /a~0b~1c: unknown field"),
        (r#"{"fInt32":1,"f_int32":2}"#, "body /f_int32: given twice"),
        (r#"{"fInt32":null,"fInt32":2}"#, "body /fInt32: given twice"),
        (
            r#"{"mString":{"a":"1","\u0061":"2"}}"#,
            "body /mString/a: given twice",
        ),
        (r#"{"mInt32":{"1":1,"1.0":1}}"#, "body /mInt32/1.0: given twice"),
        (
            r#"{"wStruct":{"a":{"b":1,"b":2}}}"#,
            "body /wStruct/a/b: given twice",
        ),
        (
            r#"{"cInt64":1,"cString":""}"#,
            "body /cString: another field of oneof choice is given too",
        ),
        (r#"{"fInt32":1.5}"#, "body /fInt32: expected a whole number"),
        (r#"{"fInt32":2147483648}"#, "body /fInt32: out of range"),
        (r#"{"fInt32":" 1"}"#, "body /fInt32: expected a number"),
        (r#"{"fInt32":true}"#, "body /fInt32: expected a number"),
        (r#"{"fInt32":{"a":[1]}}"#, "body /fInt32: expected a number"),
        (r#"{"fUint64":-1}"#, "body /fUint64: out of range"),
        (
            r#"{"fUint64":18446744073709551616}"#,
            "body /fUint64: out of range",
        ),
        (r#"{"fFloat":1e39}"#, "body /fFloat: out of range"),
        (r#"{"fDouble":"inf"}"#, "body /fDouble: expected a number"),
        (r#"{"fBool":"true"}"#, "body /fBool: expected true or false"),
        (r#"{"fString":1}"#, "body /fString: expected a string"),
        (r#"{"fBytes":"*"}"#, "body /fBytes: expected base64"),
        (
            r#"{"fEnum":"RED"}"#,
            "body /fEnum: kitchen.v1.Colour has no value \"RED\"",
        ),
        (
            r#"{"fEnum":"1"}"#,
            "body /fEnum: kitchen.v1.Colour has no value \"1\"",
        ),
        (r#"{"child":[]}"#, "body /child: expected an object"),
        (r#"{"rInt32":{}}"#, "body /rInt32: expected a list"),
        (r#"{"rInt32":[1,null]}"#, "body /rInt32/1: null is no value here"),
        (
            r#"{"rChild":[{},{"fInt32":"x"}]}"#,
            "body /rChild/1/fInt32: expected a number",
        ),
        (
            r#"{"mString":{"a":null}}"#,
            "body /mString/a: null is no value here",
        ),
        (
            r#"{"mInt32":{"x":1}}"#,
            "body /mInt32/x: as a key: expected a number",
        ),
        (
            r#"{"mBool":{"1":1}}"#,
            "body /mBool/1: as a key: expected true or false",
        ),
        (
            r#"{"wTime":"yesterday"}"#,
            "body /wTime: expected an RFC 3339 time such as \"2024-05-01T09:30:00Z\"",
        ),
        (
            r#"{"wDuration":"1"}"#,
            "body /wDuration: expected a duration such as \"1.5s\"",
        ),
        (
            r#"{"wMask":"a_b"}"#,
            "body /wMask: field paths are written in lowerCamel",
        ),
        (r#"{"wEmpty":{"a":1}}"#, "body /wEmpty/a: unknown field"),
        (r#"{"wAny":{"a":1}}"#, "body /wAny: @type is missing"),
        (
            r#"{"wAny":{"@type":"x/y"}}"#,
            "body /wAny: @type \"x/y\" is not known here",
        ),
        (
            r#"{"wAny":{"@type":"kitchen.v1.Sink"}}"#,
            "body /wAny: @type \"kitchen.v1.Sink\" is not known here",
        ),
        (
            r#"{"wAny":{"@type":"x/kitchen.v1.Sink","@type":"x/y"}}"#,
            "body /wAny/@type: given twice",
        ),
        (
            r#"{"wAny":{"@type":"x/google.protobuf.Duration"}}"#,
            "body /wAny: value is missing",
        ),
        (r#"{"wValue":1e999}"#, "body /wValue: out of range"),
        ("[]", "body: expected an object"),
        ("null", "body: expected an object"),
    ] {
        assert_eq!(to_wire(SINK, given), Err(said.to_owned()), "{given}");
    }
}

#[test]
fn all_wrong_values_are_named_together() {
    let said = to_wire(
        SINK,
        r#"{"fInt32":"x","nope":[{}],"child":{"fBool":1,"rInt32":[1,"a",true]},"fString":"ok"}"#,
    );
    assert_eq!(
        said,
        Err("body /fInt32: expected a number; body /nope: unknown field; body /child/fBool: expected true or false; \
             body /child/rInt32/1: expected a number; body /child/rInt32/2: expected a number"
            .to_owned())
    );
    let many = format!("{{\"rInt32\":[{}]}}", vec!["true"; 1000].join(","));
    let refusal = API
        .codec()
        .json_to_wire(id(SINK), many.as_bytes(), &mut Vec::new())
        .expect_err("wrong");
    assert_eq!(refusal.violations.len(), Refusal::MOST);
}

#[test]
fn broken_text_is_placed() {
    for (given, said) in [
        ("{", "body: expected a quoted key (line 1, column 2)"),
        ("{\"fInt32\"", "body: expected ':' (line 1, column 10)"),
        (
            "{\"fInt32\":",
            "body /fInt32: expected a number (line 1, column 11)",
        ),
        ("{\"fInt32\":1", "body: expected ',' or '}' (line 1, column 12)"),
        (
            "{\"fInt32\":1,}",
            "body: expected a quoted key (line 1, column 13)",
        ),
        (
            "{\n \"child\": {\"rInt32\": [1 2]}}",
            "body /child/rInt32: expected ',' or ']' (line 2, column 25)",
        ),
        (
            "{\"fInt32\":01}",
            "body /fInt32: a number must not begin with 0 (line 1, column 11)",
        ),
        (
            "{\"fString\":\"a\nb\"}",
            "body /fString: a control character in a string must be escaped (line 1, column 14)",
        ),
        (
            "{\"fString\":\"\\ud800\"}",
            "body /fString: a surrogate stands alone (line 1, column 20)",
        ),
        (
            "{\"fString\":\"\\udc00\\ud800\"}",
            "body /fString: a surrogate stands alone (line 1, column 26)",
        ),
        (
            "{\"fString\":\"\\x\"}",
            "body /fString: an escape is unknown (line 1, column 16)",
        ),
        (
            "{\"fString\":\"",
            "body /fString: a string does not end (line 1, column 13)",
        ),
        ("{} x", "body: expected the end of the text (line 1, column 4)"),
        (
            "{\"fInt32\":NaN}",
            "body /fInt32: expected a number (line 1, column 11)",
        ),
        ("{'a':1}", "body: expected a quoted key (line 1, column 2)"),
    ] {
        assert_eq!(to_wire(SINK, given), Err(said.to_owned()), "{given}");
    }
    let refusal = API
        .codec()
        .json_to_wire(id(SINK), b"{\"fString\":\"\xff\"}", &mut Vec::new())
        .expect_err("wrong");
    assert_eq!(
        refusal.to_string(),
        "body /fString: a string is not UTF-8 (line 1, column 13)"
    );
}

#[test]
fn unknown_keys_are_passed_over_on_request() {
    let codec = Codec::new(
        &POOL,
        Options {
            ignore_unknown: true,
            ..Options::default()
        },
    );
    let json = br#"{"nope":[{"x":1}],"child":{"nope":null,"fInt32":1},"wAny":{"@type":"x/kitchen.v1.Sink","nope":1}}"#;
    let mut wire = Vec::new();
    codec.json_to_wire(id(SINK), json, &mut wire).expect("readable");
    let known = r#"{"child":{"fInt32":1},"wAny":{"@type":"x/kitchen.v1.Sink"}}"#;
    assert_eq!(to_json(SINK, &wire).as_deref(), Ok(known));
    assert!(
        codec
            .json_to_wire(id(SINK), br#"{"nope":[1,}"#, &mut wire)
            .is_err()
    );
}
