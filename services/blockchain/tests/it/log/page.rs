use xlcfi_contracts::blockchain::v1::GetVerifyPageRequest;
use xlcfi_contracts::blockchain::v1::page_service_client::PageServiceClient;
use xlcfi_testkit::assert_refused;

use super::World;

#[tokio::test]
async fn the_page_is_for_everybody_and_has_nothing_from_elsewhere_in_it() {
    let world = World::start().await;
    let mut pages = PageServiceClient::new(world.harness.anonymous());
    for lot_id in ["", "0199a8e0-0000-7000-8000-000000000001"] {
        let request = GetVerifyPageRequest {
            lot_id: lot_id.into(),
        };
        let page = pages.get_verify_page(request).await.unwrap().into_inner();
        let page = page.page.unwrap();
        assert_eq!(page.content_type, "text/html; charset=utf-8");
        let text = String::from_utf8(page.data).unwrap();
        assert!(text.contains("lang=\"ko\"") && text.contains("증명 파일 확인하기"));
        assert!(text.contains("default-src 'none'"));
        for elsewhere in ["http://", "https://", "src=\"//", "innerHTML"] {
            assert!(!text.contains(elsewhere), "{elsewhere}");
        }
    }
    let wrong = GetVerifyPageRequest { lot_id: "x".into() };
    assert_refused(
        pages.get_verify_page(wrong).await,
        tonic::Code::InvalidArgument,
        "INVALID_FIELDS",
    );
}
