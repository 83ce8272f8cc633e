//! What anybody and the staff read of anchors.

use serde_json::json;
use tonic::Code;
use xlcfi_blockchain::{Anchoring, SERVICE, start_with};
use xlcfi_contracts::blockchain::v1::anchor_service_client::AnchorServiceClient;
use xlcfi_contracts::blockchain::v1::{
    AnchorState, ChainTroubleKind, GetAnchorRequest, GetChainStatusRequest, ListAnchorsRequest,
    ListChainsRequest,
};
use xlcfi_testkit::{Harness, assert_refused, eventually, seller};

use super::node::{ACCOUNT, Anvil, KEY};
use super::world::{CHAIN, World, anchoring};

fn covering(index: i64) -> GetAnchorRequest {
    GetAnchorRequest {
        index,
        ..Default::default()
    }
}

#[tokio::test]
async fn the_first_anchor_that_stays_covers_an_entry() {
    let Some(world) = World::start().await else { return };
    for size in [10, 2_000, 4_000] {
        world.checkpoint(size).await;
        world.until(size, AnchorState::Submitted).await;
        if size < 4_000 {
            world.finalize(size).await;
        }
    }
    for (index, size, state) in [
        (0, 10, AnchorState::Finalized),
        (9, 10, AnchorState::Finalized),
        (10, 2_000, AnchorState::Finalized),
        (2_000, 4_000, AnchorState::Submitted),
    ] {
        let found = world
            .anchors()
            .get_anchor(covering(index))
            .await
            .unwrap()
            .into_inner();
        let anchor = found.anchor.unwrap();
        assert_eq!((anchor.size, anchor.state()), (size, state), "{index}");
        assert_eq!(found.evidence.is_empty(), state != AnchorState::Finalized);
    }
    let beyond = world.anchors().get_anchor(covering(4_000)).await;
    assert_refused(beyond, Code::NotFound, "NOT_ANCHORED_YET");
    let elsewhere = GetAnchorRequest {
        chain: "moon".into(),
        ..covering(0)
    };
    assert_refused(
        world.anchors().get_anchor(elsewhere).await,
        Code::NotFound,
        "NOT_ANCHORED_YET",
    );
    let negative = world.anchors().get_anchor(covering(-1)).await;
    assert_refused(negative, Code::InvalidArgument, "INVALID_FIELDS");

    let mut pages = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListAnchorsRequest {
            chain: CHAIN.into(),
            page_size: 2,
            page_token,
        };
        let page = world.anchors().list_anchors(request).await.unwrap().into_inner();
        pages.push(page.anchors.iter().map(|anchor| anchor.size).collect::<Vec<_>>());
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(pages, [vec![4_000, 2_000], vec![10]]);

    let chains = world
        .anchors()
        .list_chains(ListChainsRequest {})
        .await
        .unwrap()
        .into_inner()
        .chains;
    assert_eq!((chains[0].anchored_size, chains[0].log_size), (2_000, 4_000));
    assert_eq!(format!("0x{}", hex::encode(&chains[0].account)), ACCOUNT);
}

#[tokio::test]
async fn only_the_staff_sees_how_a_chain_does() {
    let Some(world) = World::start().await else { return };
    let request = || GetChainStatusRequest { name: CHAIN.into() };
    let status = world.status().await;
    assert!(status.trouble.is_none() && status.balance_gwei > 0 && status.fee_ceiling == 100_000_000_000);
    let mut seller = AnchorServiceClient::new(world.harness.as_user(&seller()));
    assert_refused(
        seller.get_chain_status(request()).await,
        Code::PermissionDenied,
        "ROLE_MISSING",
    );
    assert_refused(
        world.anchors().get_chain_status(request()).await,
        Code::Unauthenticated,
        "TOKEN_MISSING",
    );
    let unknown = GetChainStatusRequest { name: "moon".into() };
    assert_refused(
        world.staff().get_chain_status(unknown).await,
        Code::NotFound,
        "CHAIN_NOT_FOUND",
    );
}

#[tokio::test]
async fn without_a_chain_nothing_is_anchored_yet_and_everything_else_works() {
    let harness = Harness::start(SERVICE, |base| start_with(base, Anchoring::default())).await;
    let mut anchors = AnchorServiceClient::new(harness.anonymous());
    assert_refused(
        anchors.get_anchor(covering(0)).await,
        Code::NotFound,
        "NOT_ANCHORED_YET",
    );
    let chains = anchors
        .list_chains(ListChainsRequest {})
        .await
        .unwrap()
        .into_inner()
        .chains;
    assert_eq!(chains.len(), 0);
}

#[tokio::test]
async fn a_node_that_was_never_there_is_told_without_its_url() {
    let settings = anchoring("http://127.0.0.1:1/v3/secret-of-the-node");
    let harness = Harness::start(SERVICE, |base| start_with(base, settings)).await;
    let mut staff = AnchorServiceClient::new(harness.as_user(&xlcfi_testkit::admin()));
    let trouble = eventually(async || {
        let request = GetChainStatusRequest { name: CHAIN.into() };
        let status = staff
            .get_chain_status(request)
            .await
            .unwrap()
            .into_inner()
            .status
            .unwrap();
        status.trouble
    })
    .await;
    assert_eq!(trouble.kind(), ChainTroubleKind::NodeAway);
    assert!(!trouble.message.contains("secret"), "{}", trouble.message);
    let mut anchors = AnchorServiceClient::new(harness.anonymous());
    assert_refused(
        anchors.get_anchor(covering(0)).await,
        Code::NotFound,
        "NOT_ANCHORED_YET",
    );
}

#[tokio::test]
async fn settings_are_texts_and_a_chain_that_began_anew_gets_all_again() {
    // A block for each transaction, and it stays at once: as the launcher's chain.
    let Some(anvil) = Anvil::start_with(&[]).await else {
        return;
    };
    let finality = json!({"depth": {"safe": 0, "finalized": 0}});
    let chain = json!([{"name": CHAIN, "chain_id": 31_337, "rpc_url": anvil.url(), "deploy": true, "finality": finality}]);
    let texts = [
        ("chains", chain.to_string()),
        ("anchor_key", KEY.to_owned()),
        ("anchor_look_seconds", "0.02".to_owned()),
    ];
    let texts = texts.map(|(name, text)| (name.to_owned(), text));
    let adjust = |settings: &mut xlcfi_service::Settings| settings.defaults.extend(texts);
    let harness = Harness::start_adjusted(SERVICE, &[], adjust, xlcfi_blockchain::start).await;
    let checkpoint = async |size: i64| {
        sqlx::query("insert into checkpoint (size, root, note, create_time) values ($1, $2, '', $3)")
            .bind(size)
            .bind([7_u8; 32].as_slice())
            .bind(harness.now())
            .execute(harness.pool())
            .await
            .unwrap();
    };
    let anchored = async |size: i64| {
        let mut anchors = AnchorServiceClient::new(harness.anonymous());
        eventually(async || {
            let found = anchors.get_anchor(covering(size - 1)).await.ok()?.into_inner();
            let anchor = found.anchor?;
            (anchor.size == size && anchor.state() == AnchorState::Finalized).then_some(())
        })
        .await;
    };
    checkpoint(5).await;
    anchored(5).await;
    // The chain is gone, and with it what was anchored.
    anvil.rpc("anvil_reset", json!([])).await;
    checkpoint(2_000).await;
    anchored(2_000).await;
    let mut anchors = AnchorServiceClient::new(harness.anonymous());
    let listed = anchors.list_anchors(ListAnchorsRequest::default()).await.unwrap();
    assert_eq!(listed.into_inner().anchors.len(), 1);
}
