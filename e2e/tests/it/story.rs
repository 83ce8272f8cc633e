//! The trade story, in each protocol.

use std::process::Command;

use xlcfi_e2e::{Story, Teller, Verifier};

use crate::mesh::{calm, edge_url, mesh, program, root, sandbox_url};

struct Silent;

impl Teller for Silent {
    fn chapter(&self, _: &str) {}
    fn step(&self, _: &str, _: &str) {}
}

#[tokio::test]
async fn the_trade_story_ends_well_over_rest_grpc_and_grpc_web() {
    let _calm = calm().await;
    let (edge, sandbox) = (mesh().edge(), mesh().sandbox());
    let story = Story::begin(&edge, &sandbox, &Silent).await.unwrap();
    story.buy_with_widget().await.unwrap();
    story.pay_at_stripe_and_be_refunded_in_part().await.unwrap();
    story.be_declined().await.unwrap();
    story.cancel_and_be_refunded().await.unwrap();
    story.review_what_arrived().await.unwrap();
}

#[tokio::test]
async fn the_way_of_a_lot_is_proven_and_a_forged_proof_refused() {
    let _calm = calm().await;
    let (edge, sandbox) = (mesh().edge(), mesh().sandbox());
    let story = Story::begin(&edge, &sandbox, &Silent).await.unwrap();
    let verifier = Verifier {
        program: program("xlcfi-verify"),
        folder: mesh().data.join("proofs"),
    };
    story.prove_where_it_comes_from(&verifier).await.unwrap();
}

#[tokio::test]
async fn a_browsers_client_buys_over_grpc_web_and_connect() {
    let _calm = calm().await;
    mesh();
    let folder = root().join("e2e/web");
    assert!(
        folder.join("gen").exists(),
        "the client is not generated; run `make test`"
    );
    for protocol in ["grpc-web", "connect-json", "connect-proto"] {
        let told = Command::new("node")
            .arg("story.mjs")
            .args([edge_url(), sandbox_url()])
            .arg(protocol)
            .current_dir(&folder)
            .output();
        let told = told.unwrap();
        assert!(
            told.status.success(),
            "{protocol}: {}{}",
            String::from_utf8_lossy(&told.stdout),
            String::from_utf8_lossy(&told.stderr)
        );
    }
}
