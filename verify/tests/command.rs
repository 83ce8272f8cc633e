//! The command, as a buyer runs it.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::{Value, json};
use xlcfi_proof::{Bundle, Checkpoint, Hash, Signer, canonical, commitment};
use xlcfi_tlog::{leaf_hash, node_hash};

/// A folder with a proof of the second of two events, gone in the end.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn signer() -> Signer {
    Signer::new("xlcfi.com/log", &[7; 32]).unwrap()
}

fn bundle() -> Bundle {
    let event = canonical(&json!({"bizStep": "receiving", "what": "감자"})).unwrap();
    let (salt, before) = ([3; 32], leaf_hash(&[0; 32]));
    let kept: Hash = commitment(&salt, &event);
    let checkpoint = Checkpoint {
        origin: "xlcfi.com/log".into(),
        size: 2,
        root: node_hash(before, leaf_hash(&kept.0)),
    };
    let note = signer().sign(&checkpoint.to_string());
    Bundle::new(&event, salt, kept, 1, vec![before], note).unwrap()
}

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("xlcfi-verify-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let made = Self(folder);
        made.write("proof.json", &bundle().to_json());
        made.write("proof.tlog-proof", &bundle().to_text());
        made.write("key", &format!("{}\n", signer().verifier()));
        made
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.join(name), text).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_xlcfi-verify"))
            .args(arguments)
            .current_dir(&self.0)
            .env_clear()
            .output()
            .unwrap()
    }
}

fn said(output: &Output) -> (i32, String) {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    (output.status.code().unwrap(), text)
}

#[test]
fn a_proof_is_believed_in_both_forms_and_languages() {
    let folder = Folder::new("believed");
    let key = signer().verifier().to_string();
    for file in ["proof.json", "proof.tlog-proof"] {
        let (code, text) = said(&folder.run(&[file, "--key", &key]));
        assert_eq!(code, 0, "{text}");
        assert!(text.contains("entry number 2") && text.contains("감자"), "{text}");
        let (code, text) = said(&folder.run(&[file, "--key", "key", "--lang", "ko"]));
        assert_eq!(code, 0, "{text}");
        assert!(text.contains("2번째") && text.contains("믿어도 됩니다"), "{text}");
    }
    let (code, text) = said(&folder.run(&["proof.json", "--key", &key, "--event"]));
    let event: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, event), (0, bundle().event));
}

#[test]
fn a_changed_file_is_refused_in_words_a_buyer_understands() {
    let folder = Folder::new("changed");
    folder.write("changed.json", &bundle().to_json().replace("감자", "고구마"));
    let (code, text) = said(&folder.run(&["changed.json", "--key", "key", "--lang", "ko"]));
    assert_eq!(code, 1);
    assert!(text.contains("내용이 기록장에 올라간 것과 다릅니다"), "{text}");
    let (code, text) = said(&folder.run(&["changed.json", "--key", "key", "--json"]));
    let verdict: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, &verdict["accepted"]), (1, &json!(false)));
    assert_eq!(verdict["refusal"], "EVENT_CHANGED");
    assert!(verdict.get("event").is_none());
}

#[test]
fn an_anchor_that_is_asked_for_has_to_be_there() {
    let folder = Folder::new("anchor");
    let block = format!("0x{}", "11".repeat(32));
    let (code, text) = said(&folder.run(&["proof.json", "--key", "key", "--block", &block]));
    assert!(code == 1 && text.contains("no evidence"), "{text}");
}

#[test]
fn a_verdict_is_given_to_programs_as_json() {
    let folder = Folder::new("json");
    let (code, text) = said(&folder.run(&["proof.json", "--key", "key", "--json"]));
    let verdict: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((code, &verdict["accepted"]), (0, &json!(true)));
    assert_eq!((&verdict["index"], &verdict["size"]), (&json!(1), &json!(2)));
    assert_eq!(verdict["event"], bundle().event);
}

#[test]
fn what_cannot_be_tried_is_neither_believed_nor_refused() {
    let folder = Folder::new("cannot");
    let key = signer().verifier().to_string();
    for arguments in [
        &["nowhere.json", "--key", key.as_str()][..],
        &["proof.json", "--key", "nonsense"],
        &["proof.json", "--key", &key.replace("log+", "lag+")],
        &["proof.json"],
        &["--key", &key],
        &["proof.json", "--key", &key, "--lang", "fr"],
        &["proof.json", "more.json", "--key", &key],
        &["proof.json", "--key", &key, "--unknown"],
        &["proof.json", "--key", &key, "--block", "0x12"],
    ] {
        let output = folder.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty());
    }
    let (code, help) = said(&folder.run(&["--help"]));
    assert!(code == 0 && help.contains("--key"), "{help}");
}
