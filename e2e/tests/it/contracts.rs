//! What the contracts promise, compared with what the mesh does.

use reqwest::Method;

use crate::mesh::{calm, mesh};

#[tokio::test]
async fn internal_methods_cannot_be_reached_from_outside() {
    let _calm = calm().await;
    let edge = mesh().edge();
    for method in [
        "xlcfi.product.v1.ProductService/BatchGetProducts",
        "xlcfi.product.v1.LotService/GetOrderLots",
        "xlcfi.member.v1.MemberService/ResolveAddress",
        "xlcfi.member.v1.MemberService/GetMemberSummaries",
        "xlcfi.order.v1.OrderService/StopOrder",
        "xlcfi.product.v1.ProductService/TakeDownProduct",
        "xlcfi.product.v1.RecallService/ScanRecall",
    ] {
        let path = format!("/{method}").parse().unwrap();
        let mut client = tonic::client::Grpc::new(edge.grpc());
        client.ready().await.unwrap();
        let codec = tonic_prost::ProstCodec::<(), ()>::default();
        let refused = client
            .unary(tonic::Request::new(()), path, codec)
            .await
            .unwrap_err();
        assert_eq!(
            refused.code(),
            tonic::Code::Unimplemented,
            "{method}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn the_edge_answers_unknown_paths_and_methods_with_a_status() {
    let _calm = calm().await;
    let edge = mesh().edge();
    let (status, answer) = edge
        .rest_answer(Method::GET, "/api/v1/nothing", "", None)
        .await
        .unwrap();
    assert_eq!((status, answer["code"].as_i64()), (404, Some(5)), "{answer}");
    let (status, _) = edge
        .rest_answer(Method::DELETE, "/api/v1/products/categories", "", None)
        .await
        .unwrap();
    assert_eq!(status, 405);
}

#[tokio::test]
async fn a_forged_token_is_refused_and_no_token_too() {
    let _calm = calm().await;
    let edge = mesh().edge();
    for token in ["", "nonsense", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0."] {
        let (status, answer) = edge
            .rest_answer(Method::GET, "/api/v1/orders", token, None)
            .await
            .unwrap();
        assert_eq!(
            (status, answer["code"].as_i64()),
            (401, Some(16)),
            "{token}: {answer}"
        );
    }
}
