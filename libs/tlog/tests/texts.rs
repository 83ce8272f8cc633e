//! The texts: notes by the key of Go's own tests, checkpoints, proofs.
#![allow(clippy::unwrap_used)]

use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};
use xlcfi_tlog::{
    Checkpoint, NoteError, ProofText, Signer, VerifierKey, VerifierKeyError, empty_root, leaf_hash,
};

const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const SAYING: &str = "If you think cryptography is the answer to your problem,\n\
    then you don't know what your problem is.\n";
const SIGNATURE: &str = "\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

fn peter() -> VerifierKey {
    PETER.parse().unwrap()
}

fn ours() -> Signer {
    Signer::new("xlcfi.com/log", &[7; 32]).unwrap()
}

#[test]
fn a_note_signed_by_go_is_opened() {
    assert_eq!(peter().to_string(), PETER);
    let note = format!("{SAYING}\n{SIGNATURE}");
    assert_eq!(peter().open(&note), Ok(SAYING));
}

#[test]
fn a_note_is_opened_by_the_key_that_signed_it_and_no_other() {
    let note = ours().sign("hello\n");
    assert_eq!(ours().verifier().open(&note), Ok("hello\n"));
    assert_eq!(peter().open(&note), Err(NoteError::UnknownKey));
    let namesake = Signer::new("xlcfi.com/log", &[8; 32]).unwrap();
    assert_eq!(namesake.verifier().open(&note), Err(NoteError::UnknownKey));
    // Somebody else's signature beside it does not matter.
    let both = note.clone() + SIGNATURE;
    assert_eq!(ours().verifier().open(&both), Ok("hello\n"));
    let changed = note.replace("hello", "hallo");
    assert_eq!(ours().verifier().open(&changed), Err(NoteError::BadSignature));
}

#[test]
fn what_is_no_note_is_refused() {
    let note = ours().sign("hello\n");
    for broken in [
        String::new(),
        "hello\n".into(),
        note.replace('\n', "\r\n"),
        note.trim_end().into(),
        format!("{note}more\n"),
        note.replace('\u{2014}', "-"),
        format!("{note}\u{2014} name AAAA\n"),
        note.clone() + &SIGNATURE.repeat(64),
    ] {
        assert_eq!(
            ours().verifier().open(&broken),
            Err(NoteError::Malformed),
            "{broken:?}"
        );
    }
}

#[test]
fn a_key_with_a_changed_letter_is_refused() {
    let text = ours().verifier().to_string();
    let parse = |text: &str| text.parse::<VerifierKey>().unwrap_err();
    assert_eq!(parse(&text.replace("log+", "lag+")), VerifierKeyError::KeyId);
    assert_eq!(parse("name"), VerifierKeyError::Malformed);
    assert_eq!(parse(&text.replace("xlcfi.com/log", "")), VerifierKeyError::Name);
    assert_eq!(parse("name+00000000+AAAA"), VerifierKeyError::Key);
    assert_eq!(
        Signer::new("a name", &[7; 32]).unwrap_err(),
        VerifierKeyError::Name
    );
}

#[test]
fn a_signer_does_not_show_its_seed() {
    let shown = format!("{:?}", ours());
    assert!(!shown.contains("7, 7") && !shown.contains("0707"), "{shown}");
}

#[test]
fn a_checkpoint_is_read_as_it_is_written() {
    let checkpoint = Checkpoint {
        origin: "xlcfi.com/log".into(),
        size: 3,
        root: empty_root(),
    };
    let text = checkpoint.to_string();
    assert_eq!(
        text,
        "xlcfi.com/log\n3\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
    );
    assert_eq!(text.parse(), Ok(checkpoint));
    for broken in [
        text.trim_end().to_owned(),
        text.replace("\n3\n", "\n03\n"),
        text.replace("\n3\n", "\n+3\n"),
        text.replace("\n3\n", "\n-3\n"),
        text.replace("xlcfi.com/log", ""),
        text.replace("FU=", "FV="),
        format!("{text}more\n"),
    ] {
        assert!(broken.parse::<Checkpoint>().is_err(), "{broken:?}");
    }
}

#[test]
fn the_proof_of_the_specification_is_read() {
    let text = "c2sp.org/tlog-proof@v1\nextra YWdl\nindex 73894\n\
        gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\n\nexample.com/fancylog\n109482\n";
    let proof: ProofText = text.parse().unwrap();
    assert_eq!(proof.extra.as_deref(), Some(b"age".as_slice()));
    assert_eq!((proof.index, proof.path.len()), (73_894, 1));
    assert_eq!(proof.checkpoint, "example.com/fancylog\n109482\n");
    assert_eq!(proof.to_string(), text);
    for broken in [
        text.replace("@v1", "@v2"),
        text.replace("index 7", "index 07"),
        text.replace("PlQ=", "PlR="),
        text.replace("extra YWdl", "extra YWd"),
        text.replace("\n\n", "\n"),
    ] {
        assert!(broken.parse::<ProofText>().is_err(), "{broken:?}");
    }
}

proptest! {
    #[test]
    fn a_proof_is_read_as_it_is_written(
        extra in any::<Option<Vec<u8>>>(),
        index in any::<u64>(),
        hashes in 0_u8..64,
    ) {
        let proof = ProofText {
            extra,
            index,
            path: (0..hashes).map(|at| leaf_hash(&[at])).collect(),
            checkpoint: ours().sign("a\n1\nb\n"),
        };
        prop_assert_eq!(proof.to_string().parse(), Ok(proof));
    }

    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        prop_assert!(text.parse::<Checkpoint>().is_err() || !text.is_empty());
        prop_assert!(text.parse::<ProofText>().is_err());
        prop_assert!(ours().verifier().open(&text).is_err());
    }
}
