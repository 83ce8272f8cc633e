//! A file of a small log: read, written, believed, and changed in every byte.
#![allow(clippy::unwrap_used)]

use std::collections::HashMap;

use proptest::prelude::{any, prop_assert, proptest};
use serde_json::{Value, json};
use xlcfi_proof::anchor::Refused as Refuse;
use xlcfi_proof::{
    Bundle, Checkpoint, Hash, Language, Refused, Signer, Step, Trust, Unfit, canonical, commitment,
    is_canonical,
};
use xlcfi_tlog::{Frontier, inclusion, leaf_hash};

const SIZE: u64 = 11;
const INDEX: u64 = 6;
const SALT: [u8; 32] = [9; 32];

fn signer() -> Signer {
    Signer::new("xlcfi.com/log", &[7; 32]).unwrap()
}

fn trust() -> Trust {
    Trust::in_key(signer().verifier().clone())
}

fn event() -> Value {
    json!({
        "type": "ObjectEvent",
        "eventTime": "2026-11-22T09:00:00Z",
        "bizStep": "receiving",
        "readPoint": {"id": "urn:epc:id:sgln:880.1234.0"},
        "sensorElementList": [{"sensorReport": [{"type": "Temperature", "value": 3.7, "uom": "CEL"}]}],
        "note": "감자 \u{1F954} \"햇\"",
    })
}

/// The proof of the event in a log of some more entries.
fn bundle_in(signer: &Signer, origin: &str) -> Bundle {
    let event = canonical(&event()).unwrap();
    let kept = commitment(&SALT, &event);
    let (mut tree, mut stored) = (Frontier::default(), HashMap::new());
    for at in 0..SIZE {
        let leaf = if at == INDEX { kept } else { Hash([at as u8; 32]) };
        tree.push(leaf_hash(&leaf.0), |node, hash| {
            stored.insert(node, hash);
        });
    }
    let path = inclusion(INDEX, SIZE).unwrap();
    let path = path.fold(|node| stored.get(&node).copied()).unwrap();
    let checkpoint = Checkpoint {
        origin: origin.into(),
        size: SIZE,
        root: tree.root(),
    };
    let note = signer.sign(&checkpoint.to_string());
    Bundle::new(&event, SALT, kept, INDEX, path, note).unwrap()
}

fn bundle() -> Bundle {
    bundle_in(&signer(), "xlcfi.com/log")
}

fn verdict(file: &[u8]) -> Result<Vec<Step>, Refused> {
    Bundle::read(file)?.check(&trust()).map(|verdict| verdict.steps)
}

#[test]
fn a_bundle_proves_its_event_step_by_step_as_json_and_as_text() {
    let steps = [
        Step::Signed { size: SIZE },
        Step::Included { index: INDEX },
        Step::Unchanged,
    ];
    let bundle = bundle();
    for file in [bundle.to_json(), bundle.to_text()] {
        assert_eq!(Bundle::read(file.as_bytes()).unwrap(), bundle);
        assert_eq!(verdict(file.as_bytes()).unwrap(), steps);
        // As it comes back from an editor or a form.
        assert_eq!(verdict(file.trim_end().as_bytes()).unwrap(), steps);
    }
    let with_newline = format!("{}\r\n", bundle.to_json());
    assert_eq!(verdict(with_newline.as_bytes()).unwrap(), steps);
}

#[test]
fn every_changed_byte_of_the_file_is_refused() {
    for file in [bundle().to_json(), bundle().to_text()] {
        let file = file.into_bytes();
        for at in 0..file.len() {
            for flip in [1, 2, 4, 8, 16, 32, 64, 128] {
                let mut changed = file.clone();
                changed[at] ^= flip;
                assert!(
                    verdict(&changed).is_err(),
                    "byte {at} with {flip} flipped is believed: {}",
                    String::from_utf8_lossy(&changed)
                );
            }
        }
    }
}

#[test]
fn each_part_that_is_changed_is_named() {
    let with = |change: fn(&mut Bundle)| {
        let mut bundle = bundle();
        change(&mut bundle);
        // Written anew, as somebody who cheats would.
        let (json, text) = (bundle.to_json(), bundle.to_text());
        let refused = verdict(json.as_bytes()).unwrap_err();
        assert_eq!(verdict(text.as_bytes()).unwrap_err(), refused);
        refused
    };
    let changed = with(|bundle| bundle.event["bizStep"] = json!("shipping"));
    assert_eq!(changed, Refused::EventChanged);
    assert_eq!(with(|bundle| bundle.salt[0] ^= 1), Refused::EventChanged);
    assert_eq!(with(|bundle| bundle.commitment.0[0] ^= 1), Refused::NotIncluded);
    assert_eq!(with(|bundle| bundle.index = 5), Refused::NotIncluded);
    assert_eq!(with(|bundle| bundle.index = SIZE), Refused::NotIncluded);
    assert_eq!(with(|bundle| bundle.path[0].0[3] ^= 1), Refused::NotIncluded);
    assert_eq!(with(|bundle| bundle.path.truncate(2)), Refused::NotIncluded);
    let larger = with(|bundle| bundle.checkpoint = bundle.checkpoint.replace("\n11\n", "\n12\n"));
    assert_eq!(larger, Refused::BadSignature);
    assert_eq!(with(|bundle| bundle.checkpoint.clear()), Refused::NoCheckpoint);
}

#[test]
fn somebody_elses_log_proves_nothing_here() {
    let namesake = Signer::new("xlcfi.com/log", &[8; 32]).unwrap();
    let forged = bundle_in(&namesake, "xlcfi.com/log").check(&trust());
    assert_eq!(forged.unwrap_err(), Refused::UnknownKey);
    let other = bundle_in(&signer(), "xlcfi.com/other").check(&trust());
    assert_eq!(other.unwrap_err(), Refused::OtherLog("xlcfi.com/other".into()));
}

#[test]
fn a_file_has_one_form_only() {
    let json = bundle().to_json();
    let value: Value = serde_json::from_str(&json).unwrap();
    let pretty = serde_json::to_string_pretty(&value).unwrap();
    assert_eq!(verdict(pretty.as_bytes()), Err(Refused::Damaged));
    let more = json.replacen('{', "{\"a\":1,", 1);
    assert_eq!(verdict(more.as_bytes()), Err(Refused::Damaged));
    let twice = json.replacen("\"index\":6", "\"index\":6,\"index\":6", 1);
    assert_eq!(verdict(twice.as_bytes()), Err(Refused::Damaged));
    let newer = json.replace("\"version\":1", "\"version\":2");
    assert_eq!(verdict(newer.as_bytes()), Err(Refused::UnknownVersion(2)));
    assert_eq!(verdict(b"hello"), Err(Refused::NoProof));
    assert_eq!(verdict(b"\xff"), Err(Refused::NoProof));
    assert_eq!(verdict(&vec![b' '; 5 * 1024 * 1024]), Err(Refused::NoProof));
}

#[test]
fn a_block_that_is_trusted_has_to_be_proven() {
    let trust = Trust {
        block: Some([1; 32]),
        ..trust()
    };
    assert_eq!(bundle().check(&trust).unwrap_err(), Refused::NotAnchored);
}

#[test]
fn what_does_not_belong_together_makes_no_bundle() {
    let made = |event: &[u8], kept| Bundle::new(event, SALT, kept, 0, Vec::new(), String::new());
    let text = canonical(&json!({"a": 1})).unwrap();
    let spaced = b"{\"a\": 1}";
    assert_eq!(
        made(spaced, commitment(&SALT, spaced)).unwrap_err(),
        Unfit::NotCanonical
    );
    assert_eq!(
        made(b"no", commitment(&SALT, b"no")).unwrap_err(),
        Unfit::NotCanonical
    );
    assert_eq!(made(&text, Hash([0; 32])).unwrap_err(), Unfit::WrongCommitment);
}

#[test]
fn the_canonical_form_is_that_of_the_rfc() {
    let value = json!({"b": [1.0, 1e21, 0.1], "a": "\u{20ac}\n", "\u{1F600}": true, "\u{fb33}": null});
    let text = String::from_utf8(canonical(&value).unwrap()).unwrap();
    // By UTF-16: the surrogates of the face come before the Hebrew letter.
    assert_eq!(
        text,
        "{\"a\":\"€\\n\",\"b\":[1,1e+21,0.1],\"😀\":true,\"\u{fb33}\":null}"
    );
    assert!(is_canonical(text.as_bytes()));
    assert!(!is_canonical(b"{\"a\":9007199254740993}"));
    assert!(!is_canonical(b"{\"a\":1.0}"));
}

#[test]
fn each_refusal_has_its_name_and_words() {
    let all = [
        Refused::NoProof,
        Refused::Damaged,
        Refused::UnknownVersion(2),
        Refused::NoCheckpoint,
        Refused::UnknownKey,
        Refused::BadSignature,
        Refused::OtherLog("x".into()),
        Refused::NotIncluded,
        Refused::EventChanged,
        Refused::NotAnchored,
        Refused::Anchor(Refuse::OtherBlock {
            found: Default::default(),
            trusted: Default::default(),
        }),
        Refused::Anchor(Refuse::Failed),
        Refused::Anchor(Refuse::NotInBlock),
    ];
    for language in [Language::Korean, Language::English] {
        let said: std::collections::BTreeSet<String> =
            all.iter().map(|refused| refused.say(language)).collect();
        assert_eq!(said.len(), all.len());
    }
}

proptest! {
    #[test]
    fn any_file_is_answered(file in any::<Vec<u8>>(), text in any::<String>()) {
        prop_assert!(verdict(&file).is_err());
        prop_assert!(verdict(text.as_bytes()).is_err());
    }
}
