use uuid::Uuid;
use xlcfi_contracts::blockchain::v1::page_service_client::PageServiceClient;
use xlcfi_contracts::blockchain::v1::{FindLinkedLotsRequest, GetLotQrRequest, GetVerifyPageRequest};
use xlcfi_testkit::assert_refused;

use super::World;

#[tokio::test]
async fn the_page_is_for_everybody_and_has_nothing_from_elsewhere_in_it() {
    let world = World::start().await;
    let mut pages = PageServiceClient::new(world.harness.anonymous());
    for lot_id in ["", "0199a8e0-0000-7000-8000-000000000001"] {
        let request = GetVerifyPageRequest {
            lot_id: lot_id.into(),
            ..Default::default()
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
    let wrong = GetVerifyPageRequest {
        lot_id: "x".into(),
        ..Default::default()
    };
    assert_refused(
        pages.get_verify_page(wrong).await,
        tonic::Code::InvalidArgument,
        "INVALID_FIELDS",
    );
}

async fn known(world: &World, gtin: &str, lot_number: &str) -> String {
    let lot_id = Uuid::now_v7();
    sqlx::query(
        "insert into traced_lot (lot_id, seller_id, name, lot_number, gtin, trace_number, origin, unit, entered,
            taken, explained, begin_time, create_time)
         values ($1, $1, '감자', $2, $3, '', '', 'GRAM', 1, 0, 0, now(), now())",
    )
    .bind(lot_id)
    .bind(lot_number)
    .bind(gtin)
    .execute(world.harness.pool())
    .await
    .unwrap();
    lot_id.to_string()
}

#[tokio::test]
async fn the_code_of_a_lot_leads_to_its_digital_link_or_its_own_page() {
    let world = World::with(&[("public_url", "https://xlcfi.com")]).await;
    let mut pages = PageServiceClient::new(world.harness.anonymous());
    let with = known(&world, "8801234567893", "20261122-1").await;
    let without = known(&world, "", "20261122-1").await;
    let own = format!("https://xlcfi.com/api/v1/blockchain/lots/{without}");
    let link = "https://xlcfi.com/01/08801234567893/10/20261122-1";
    for (lot_id, link) in [(&with, link), (&without, &own)] {
        let request = GetLotQrRequest {
            lot_id: lot_id.clone(),
        };
        let image = pages.get_lot_qr(request).await.unwrap().into_inner();
        let image = image.image.unwrap();
        assert_eq!(image.content_type, "image/svg+xml");
        let svg = String::from_utf8(image.data).unwrap();
        assert!(svg.contains(&format!("<title>{link}</title>")), "{svg}");
    }
    let unknown = GetLotQrRequest {
        lot_id: Uuid::now_v7().to_string(),
    };
    assert_refused(
        pages.get_lot_qr(unknown).await,
        tonic::Code::NotFound,
        "LOT_NOT_FOUND",
    );
    let mut find = async |gtin: &str, lot_number: &str| {
        let request = FindLinkedLotsRequest {
            gtin: gtin.into(),
            lot_number: lot_number.into(),
        };
        let found = pages.find_linked_lots(request).await;
        found.map(|found| found.into_inner().lot_ids)
    };
    assert_eq!(
        find("08801234567893", "20261122-1").await.unwrap(),
        std::slice::from_ref(&with)
    );
    assert_eq!(find("8801234567893", "20261122-1").await.unwrap(), [with]);
    assert_eq!(find("8801234567893", "other").await.unwrap(), [] as [String; 0]);
    assert_refused(
        find("x", "20261122-1").await,
        tonic::Code::InvalidArgument,
        "INVALID_FIELDS",
    );
}
