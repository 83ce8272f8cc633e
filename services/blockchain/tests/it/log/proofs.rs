use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::blockchain::v1::{
    GetCheckpointRequest, GetConsistencyProofRequest, GetProofRequest, GetVerifierKeyRequest,
    ListEntriesRequest, ProofFormat, ProofVerdict, VerifyProofRequest,
};
use xlcfi_contracts::types::v1::Role;
use xlcfi_proof::{Bundle, Step};
use xlcfi_testkit::{admin, assert_refused, eventually, user, violations};

use super::{World, event, proof_for, staff};

async fn verify(world: &World, file: &[u8]) -> ProofVerdict {
    let file = String::from_utf8(file.to_vec()).unwrap();
    let answer = world
        .anonymous()
        .verify_proof(VerifyProofRequest {
            file,
            block_hash: String::new(),
        })
        .await;
    answer.unwrap().into_inner().verdict.unwrap()
}

#[tokio::test]
async fn a_proof_is_believed_without_us_as_json_and_as_text() {
    let world = World::start().await;
    let ids = world.enter_some(20).await;
    world.signed(20).await;
    let trust = world.trust().await;
    for (number, id) in ids.iter().enumerate() {
        for format in [ProofFormat::Json, ProofFormat::TlogProof] {
            let file = proof_for(world.anonymous(), *id, format).await.unwrap();
            let bundle = Bundle::read(&file).unwrap();
            assert_eq!(bundle.event, event(number));
            let steps = bundle.check(&trust).unwrap().steps;
            let index = number as u64;
            assert_eq!(
                steps,
                [
                    Step::Signed { size: 20 },
                    Step::Included { index },
                    Step::Unchanged
                ]
            );
        }
    }
    let file = world.proof(ids[7]).await.unwrap();
    let verdict = verify(&world, &file).await;
    assert!(verdict.accepted);
    assert_eq!((verdict.index, verdict.size, verdict.steps.len()), (7, 20, 3));
    assert!(verdict.event.contains("\"number\":7"));
}

#[tokio::test]
async fn every_changed_byte_of_a_given_file_is_refused() {
    let world = World::start().await;
    let id = world.enter_some(3).await[1];
    world.signed(3).await;
    let trust = world.trust().await;
    for format in [ProofFormat::Json, ProofFormat::TlogProof] {
        let file = proof_for(world.anonymous(), id, format).await.unwrap();
        for at in 0..file.len() {
            for flip in [1, 4, 32] {
                let mut changed = file.clone();
                changed[at] ^= flip;
                let believed = Bundle::read(&changed).and_then(|bundle| bundle.check(&trust));
                assert!(
                    believed.is_err(),
                    "byte {at}: {}",
                    String::from_utf8_lossy(&changed)
                );
            }
        }
    }
    let file = String::from_utf8(world.proof(id).await.unwrap()).unwrap();
    let changed = file.replace("receiving", "shipping");
    let verdict = verify(&world, changed.as_bytes()).await;
    assert!(!verdict.accepted && verdict.event.is_empty() && verdict.steps.is_empty());
    assert_eq!(verdict.refusal, "EVENT_CHANGED");
    assert!(!verdict.refusal_ko.is_empty() && !verdict.refusal_en.is_empty());
    assert_eq!(verify(&world, b"hello").await.refusal, "NO_PROOF");
}

#[tokio::test]
async fn a_proof_leads_to_the_checkpoint_that_is_asked_for() {
    let world = World::start().await;
    let early = world.enter_some(4).await;
    world.signed(4).await;
    let late = world.enter_some(5).await;
    world.signed(9).await;
    let ask = async |id: Uuid, checkpoint_size| {
        let request = GetProofRequest {
            entry_id: id.to_string(),
            format: ProofFormat::Json.into(),
            checkpoint_size,
        };
        let answer = world.anonymous().get_proof(request).await?.into_inner();
        let bundle = Bundle::read(&answer.file.unwrap().data).unwrap();
        let verdict = bundle.check(&world.trust().await).unwrap();
        Ok(verdict.checkpoint.size)
    };
    assert_eq!(ask(early[1], 4).await.unwrap(), 4);
    assert_eq!(ask(early[1], 9).await.unwrap(), 9);
    assert_eq!(ask(early[1], 0).await.unwrap(), 9);
    assert_refused(ask(late[1], 4).await, Code::NotFound, "CHECKPOINT_NOT_FOUND");
    assert_refused(ask(early[1], 5).await, Code::NotFound, "CHECKPOINT_NOT_FOUND");
}

#[tokio::test]
async fn an_entry_that_is_not_signed_yet_is_worth_waiting_for() {
    let world = World::start().await;
    let first = world.enter(&event(0)).await;
    eventually(async || world.proof(first).await.ok()).await;
    let second = world.enter(&event(1)).await;
    eventually(async || (world.size().await == 2).then_some(())).await;
    assert_refused(world.proof(second).await, Code::Unavailable, "PROOF_NOT_READY");
    world.signed(2).await;
    world.proof(second).await.unwrap();
}

#[tokio::test]
async fn an_entry_that_is_not_for_everybody_is_given_to_whom_it_concerns_and_to_staff() {
    let (world, owner) = (World::start().await, user());
    let id = world.enter_for(&event(0), Some(owner.id.uuid())).await;
    world.signed(1).await;
    let ask = async |client| proof_for(client, id, ProofFormat::Json).await;
    assert_refused(ask(world.anonymous()).await, Code::NotFound, "ENTRY_NOT_FOUND");
    assert_refused(
        ask(world.client(&user())).await,
        Code::NotFound,
        "ENTRY_NOT_FOUND",
    );
    ask(world.client(&owner)).await.unwrap();
    ask(world.client(&admin())).await.unwrap();
    ask(world.client(&staff(Role::Security))).await.unwrap();
    let listed = world.entries().await;
    assert_eq!((listed.len(), listed[0].entry_id.as_str()), (1, ""));
    assert_eq!(
        listed[0].commitment.len(),
        32,
        "the tree can be computed all the same"
    );
    let mut owner = world.client(&owner);
    let listed = owner.list_entries(ListEntriesRequest::default()).await.unwrap();
    assert_eq!(listed.into_inner().entries[0].entry_id, id.to_string());
}

#[tokio::test]
async fn what_is_not_there_has_no_proof() {
    let world = World::start().await;
    assert_refused(world.checkpoint(0).await, Code::NotFound, "CHECKPOINT_NOT_FOUND");
    world.enter_some(3).await;
    world.signed(3).await;
    assert_refused(world.checkpoint(99).await, Code::NotFound, "CHECKPOINT_NOT_FOUND");
    assert_refused(
        world.proof(Uuid::now_v7()).await,
        Code::NotFound,
        "ENTRY_NOT_FOUND",
    );
    let consistency = async |from_size, to_size| {
        let request = GetConsistencyProofRequest { from_size, to_size };
        world.anonymous().get_consistency_proof(request).await
    };
    assert!(consistency(3, 0).await.unwrap().into_inner().path.is_empty());
    assert_refused(consistency(99, 3).await, Code::NotFound, "CHECKPOINT_NOT_FOUND");
    assert_refused(consistency(3, 4).await, Code::NotFound, "CHECKPOINT_NOT_FOUND");
    world.enter(&event(3)).await;
    world.signed(4).await;
    let backwards = assert_refused(consistency(4, 3).await, Code::InvalidArgument, "INVALID_FIELDS");
    assert_eq!(violations(&backwards), ["from_size"]);
}

#[tokio::test]
async fn requests_that_break_the_contract_are_refused_by_field() {
    let world = World::start().await;
    let mut log = world.anonymous();
    let refused = |status| violations(&assert_refused(status, Code::InvalidArgument, "INVALID_FIELDS"));
    let request = GetProofRequest {
        entry_id: "x".into(),
        format: 9,
        checkpoint_size: -1,
    };
    assert_eq!(
        refused(log.get_proof(request).await.map(drop)),
        ["checkpoint_size", "entry_id", "format"]
    );
    let request = GetCheckpointRequest { size: -1 };
    assert_eq!(refused(log.get_checkpoint(request).await.map(drop)), ["size"]);
    let request = VerifyProofRequest {
        file: String::new(),
        block_hash: String::new(),
    };
    assert_eq!(refused(log.verify_proof(request).await.map(drop)), ["file"]);
    let request = ListEntriesRequest {
        page_size: 1_001,
        page_token: "-".repeat(21),
    };
    assert_eq!(
        refused(log.list_entries(request).await.map(drop)),
        ["page_size", "page_token"]
    );
    let request = ListEntriesRequest {
        page_size: 0,
        page_token: "-1".into(),
    };
    assert_eq!(refused(log.list_entries(request).await.map(drop)), ["page_token"]);
}

#[tokio::test]
async fn a_log_without_a_key_can_check_nothing() {
    let world = World::with(&[("log_key", "")]).await;
    let mut log = world.anonymous();
    let key = log.get_verifier_key(GetVerifierKeyRequest {}).await;
    assert_refused(key, Code::Unavailable, "LOG_NOT_SIGNED");
    let request = VerifyProofRequest {
        file: "{}".into(),
        block_hash: String::new(),
    };
    assert_refused(
        log.verify_proof(request).await,
        Code::Unavailable,
        "LOG_NOT_SIGNED",
    );
}
