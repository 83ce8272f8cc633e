use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::future::join_all;
use xlcfi_contracts::blockchain::v1::{
    GetConsistencyProofRequest, GetProofRequest, GetVerifierKeyRequest, VerifyProofRequest,
};
use xlcfi_proof::{Bundle, Checkpoint, Hash};
use xlcfi_service::StartError;
use xlcfi_testkit::{Harness, eventually};
use xlcfi_tlog::{Frontier, leaf_hash, verify_consistency};

use super::{World, event, seed};

async fn sizes(world: &World) -> Vec<i64> {
    sqlx::query_scalar("select size from checkpoint order by size")
        .fetch_all(world.harness.pool())
        .await
        .unwrap()
}

/// Each checkpoint is proven to begin with the one before.
async fn consistent(world: &World) -> usize {
    let sizes = sizes(world).await;
    for pair in sizes.windows(2) {
        let request = GetConsistencyProofRequest {
            from_size: pair[0],
            to_size: pair[1],
        };
        let answer = world.anonymous().get_consistency_proof(request).await.unwrap();
        let answer = answer.into_inner();
        let (from, to) = (answer.from.unwrap(), answer.to.unwrap());
        let path: Vec<Hash> = answer
            .path
            .iter()
            .map(|hash| Hash::of_bytes(hash).unwrap())
            .collect();
        let root = |bytes: &[u8]| Hash::of_bytes(bytes).unwrap();
        verify_consistency(
            pair[0].unsigned_abs(),
            root(&from.root),
            pair[1].unsigned_abs(),
            root(&to.root),
            &path,
        )
        .unwrap();
    }
    sizes.len()
}

#[tokio::test]
async fn entries_get_places_without_gaps_and_whoever_reads_them_gets_the_signed_root() {
    let world = World::start().await;
    let ids = world.enter_some(23).await;
    let signed = world.signed(23).await;
    let entries = world.entries().await;
    let mut tree = Frontier::default();
    for (at, entry) in entries.iter().enumerate() {
        assert_eq!(entry.index, at as i64);
        assert_eq!(
            entry.entry_id,
            ids[at].to_string(),
            "the first entered is the first"
        );
        tree.push(leaf_hash(&entry.commitment), |_, _| {});
    }
    assert_eq!((entries.len(), signed.size), (23, 23));
    assert_eq!(signed.root, tree.root().0);
    let text = world.trust().await.key.open(&signed.note).unwrap().to_owned();
    let checkpoint: Checkpoint = text.parse().unwrap();
    assert_eq!(
        (checkpoint.origin.as_str(), checkpoint.size),
        ("xlcfi.com/log", 23)
    );
    assert_eq!(checkpoint.root, tree.root());
}

#[tokio::test]
async fn the_same_entry_again_is_entered_once() {
    let world = World::start().await;
    let id = world.enter(&event(1)).await;
    let body = xlcfi_proof::canonical(&event(2)).unwrap();
    let mut tx = world.harness.base.database.begin().await.unwrap();
    let kind = xlcfi_blockchain::Kind::TraceEvent;
    xlcfi_blockchain::append(&mut tx, id, kind, &body, world.harness.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    world.signed(1).await;
    assert_eq!(world.entries().await.len(), 1);
}

#[tokio::test]
async fn what_is_not_canonical_is_not_entered() {
    let world = World::start().await;
    let mut tx = world.harness.base.database.begin().await.unwrap();
    let (id, kind) = (uuid::Uuid::now_v7(), xlcfi_blockchain::Kind::TraceEvent);
    let entered = xlcfi_blockchain::append(&mut tx, id, kind, b"{\"a\": 1}", world.harness.now()).await;
    assert!(entered.is_err());
}

#[tokio::test]
async fn checkpoints_are_signed_by_time_and_by_count() {
    let world = World::with(&[("log_checkpoint_entries", "5")]).await;
    world.enter(&event(0)).await;
    eventually(async || (sizes(&world).await == [1]).then_some(())).await;
    world.enter_some(3).await;
    eventually(async || (world.size().await == 4).then_some(())).await;
    assert_eq!(sizes(&world).await, [1], "neither five entries nor ten seconds");
    world.harness.advance(std::time::Duration::from_secs(10));
    eventually(async || (sizes(&world).await == [1, 4]).then_some(())).await;
    world.enter_some(5).await;
    eventually(async || (sizes(&world).await == [1, 4, 9]).then_some(())).await;
    assert_eq!(consistent(&world).await, 3);
}

#[tokio::test]
async fn three_processes_at_once_leave_no_gap_and_contradict_nothing() {
    let small = [("log_batch", "7"), ("log_checkpoint_entries", "10")];
    let world = World::with(&small).await;
    let (second, third) = (world.another(&small).await, world.another(&small).await);
    let writers = [&world, &second, &third, &world].map(|world| world.enter_some(100));
    join_all(writers).await;
    let signed = world.signed(400).await;
    assert_eq!(signed.size, 400);
    let checked = second.check().await;
    assert!(checked.sound, "{checked:?}");
    assert_eq!(checked.checked, 400);
    assert!(consistent(&third).await > 10);
}

#[tokio::test]
async fn a_process_that_ends_in_the_midst_leaves_nothing_half_done() {
    let small = [("log_batch", "3"), ("log_checkpoint_entries", "4")];
    let mut world = World::with(&small).await;
    let ids = world.enter_some(200).await;
    for _ in 0..4 {
        let before = world.size().await;
        eventually(async || (world.size().await > before || before == 200).then_some(())).await;
        let next = world.another(&small).await;
        drop(std::mem::replace(&mut world, next));
    }
    let signed = world.signed(200).await;
    assert_eq!(signed.size, 200);
    let entered: Vec<String> = world
        .entries()
        .await
        .into_iter()
        .map(|entry| entry.entry_id)
        .collect();
    assert_eq!(entered, ids.iter().map(ToString::to_string).collect::<Vec<_>>());
    assert!(world.check().await.sound);
    assert!(consistent(&world).await > 2);
}

#[tokio::test]
async fn nothing_is_signed_that_contradicts_an_earlier_checkpoint() {
    let world = World::start().await;
    world.enter_some(5).await;
    world.signed(5).await;
    world
        .tamper(
            "update log_entry set commitment = sha256('x') where leaf_index = 4;
             update log_tree set frontier = overlay(frontier placing sha256('y') from 33)",
        )
        .await;
    let undone = async || -> i64 {
        sqlx::query_scalar("select xact_rollback from pg_stat_database where datname = current_database()")
            .fetch_one(world.harness.pool())
            .await
            .unwrap()
    };
    let before = undone().await;
    world.enter(&event(6)).await;
    world.harness.advance(std::time::Duration::from_secs(10));
    eventually(async || (undone().await >= before + 3).then_some(())).await;
    assert_eq!(world.checkpoint(0).await.unwrap().size, 5);
    assert_eq!(world.size().await, 5, "it tries and undoes the whole turn");
    assert!(!world.check().await.sound);
}

#[tokio::test]
async fn without_a_key_the_log_grows_unsigned() {
    let world = World::with(&[("log_key", "")]).await;
    world.enter_some(3).await;
    eventually(async || (world.size().await == 3).then_some(())).await;
    assert_eq!(sizes(&world).await, [] as [i64; 0]);
    // A key that comes later signs what was there.
    let world = world.another(&[]).await;
    assert_eq!(world.signed(3).await.size, 3);
}

#[tokio::test]
async fn a_key_that_is_none_is_refused_by_name_and_not_shown() {
    let start = async |settings: &[(&str, &str)]| {
        let base = std::sync::Mutex::new(None);
        let settings: Vec<_> = settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Harness::start_adjusted(
            xlcfi_blockchain::SERVICE,
            &[],
            |all| all.defaults = settings.into_iter().collect(),
            async |started| {
                *base.lock().unwrap() = xlcfi_blockchain::start(started.clone()).await.err();
                Ok(xlcfi_service::Server::new(started))
            },
        )
        .await;
        base.into_inner().unwrap().unwrap()
    };
    let refused = |error: &StartError| error.to_string();
    let said = refused(&start(&[("log_key", "not-a-key")]).await);
    assert!(
        said.starts_with("BLOCKCHAIN_LOG_KEY") && !said.contains("not-a-key"),
        "{said}"
    );
    let said = refused(&start(&[("log_key", &seed()), ("log_origin", "a name")]).await);
    assert!(said.starts_with("BLOCKCHAIN_LOG_ORIGIN"), "{said}");
    let said = refused(&start(&[("log_earlier_keys", "no key")]).await);
    assert!(said.starts_with("BLOCKCHAIN_LOG_EARLIER_KEYS"), "{said}");
    let said = refused(&start(&[("log_key_file", "/nowhere/key")]).await);
    assert!(said.starts_with("BLOCKCHAIN_LOG_KEY_FILE"), "{said}");
}

#[tokio::test]
async fn what_an_earlier_key_signed_is_still_proven() {
    let mut world = World::start().await;
    let before = world.enter(&event(0)).await;
    world.signed(1).await;
    let earlier = world.trust().await.key.to_string();
    let next = URL_SAFE_NO_PAD.encode([8; 32]);
    let changed = [("log_key", next.as_str()), ("log_earlier_keys", earlier.as_str())];
    let after = world.another(&changed).await;
    // Otherwise it might sign the next one, too.
    drop(std::mem::replace(&mut world, after));
    let key = world.anonymous().get_verifier_key(GetVerifierKeyRequest {}).await;
    assert_eq!(key.unwrap().into_inner().earlier_verifier_keys, [earlier]);

    let old = world.proof(before).await.unwrap();
    let after = world.enter(&event(1)).await;
    world.signed(2).await;
    for (file, key_is_todays) in [(old, false), (world.proof(after).await.unwrap(), true)] {
        let checked = Bundle::read(&file).unwrap().check(&world.trust().await);
        assert_eq!(checked.is_ok(), key_is_todays);
        let request = VerifyProofRequest {
            file: String::from_utf8(file).unwrap(),
            ..VerifyProofRequest::default()
        };
        let verdict = world.anonymous().verify_proof(request).await.unwrap();
        assert!(verdict.into_inner().verdict.unwrap().accepted);
    }
    let checked = world.check().await;
    assert!(checked.sound && checked.checkpoints == 2, "{checked:?}");

    let world = world.another(&[("log_key", &next)]).await;
    let asked = GetProofRequest {
        entry_id: before.to_string(),
        checkpoint_size: 1,
        ..GetProofRequest::default()
    };
    let unknown = world.anonymous().get_proof(asked).await.unwrap_err();
    assert_eq!(unknown.code(), tonic::Code::Internal);
}

#[tokio::test]
async fn the_key_may_come_from_a_file() {
    let file = std::env::temp_dir().join(format!("xlcfi-log-key-{}", uuid::Uuid::now_v7()));
    std::fs::write(&file, format!("{}\n", seed())).unwrap();
    let path = file.display().to_string();
    let world = World::with(&[("log_key", ""), ("log_key_file", &path)]).await;
    std::fs::remove_file(&file).unwrap();
    assert_eq!(world.trust().await.key.name(), "xlcfi.com/log");
}
