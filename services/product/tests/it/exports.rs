use futures::TryStreamExt as _;
use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::product::v1::attribute::Value;
use xlcfi_contracts::product::v1::{
    Allergen, ArchiveProductRequest, Attribute, ExportProductsRequest, NearExpiryStep, Variant,
};
use xlcfi_testkit::{assert_refused, seller, user};

use crate::fixture::{Shop, ladder};
use crate::import_desk::{Desk, csv};

#[tokio::test]
async fn what_is_exported_changes_nothing_when_it_is_imported() {
    let shop = Shop::open().await;
    shop.define_organic().await;
    let desk = Desk::of(&shop);
    let awkward = [
        "=SUM(A1:A9)",
        "+82-10-1234-5678",
        "-18 ℃ \"이하\"",
        "@감자, 양파",
        "'=1+1",
        "'작은따옴표'",
        "첫 줄\r\n둘째 줄\n\n셋째 \"줄\"",
        "a;b=c\\;d\\",
        "＝전각",
        "🥔\u{200b}ᄀ\u{301}",
        "1-2",
        "0012",
    ];
    for (at, text) in awkward.into_iter().enumerate() {
        let mut request = shop.potatoes();
        request.sku = format!("sku-{at:02}");
        request.name = text.into();
        request.name_en = text.into();
        request.description = format!("{text}{text}");
        request.unit = text.into();
        request.origin = text.into();
        request.variant = Some(Variant {
            size: text.into(),
            pack: text.into(),
            grade: String::new(),
        });
        request.report_number = text.into();
        request.licence_number = text.into();
        request.attributes = vec![
            Attribute {
                key: "organic".into(),
                value: Some(Value::Flag(at % 2 == 0)),
            },
            Attribute {
                key: "field".into(),
                value: Some(Value::Text(format!(" {text} "))),
            },
        ];
        request.allergens = vec![Allergen::PineNut.into(), Allergen::Egg.into()];
        request.image_ids = (0..at % 3).map(|_| Uuid::now_v7().to_string()).collect();
        request.prices = Some(ladder(&[(4, 1_000), (20, 900)][..1 + at % 2], 4, 2, 200));
        let steps = [(4, 20), (1, 50)].map(|(days, percent_off)| NearExpiryStep { days, percent_off });
        request.near_expiry = steps[..at % 3].to_vec();
        let draft = shop.create(request).await;
        if at % 2 == 0 {
            shop.publish(&draft.product_id).await;
        }
    }
    let before = desk.products().await;
    let file = desk.export(false).await;
    assert!(
        file.starts_with("\u{feff}sku,category,name,"),
        "a spreadsheet sees that it is UTF-8"
    );
    for cell in file.split(['\n', ',']) {
        let begins_formula = cell.trim_start_matches('"').starts_with(['=', '+', '@', '＝']);
        assert!(!begins_formula, "{cell}");
    }
    let import = desk.import(file.clone()).await;
    assert_eq!(
        (import.unchanged, import.rows),
        (12, 12),
        "{:?}",
        desk.problems(&import).await
    );
    assert_eq!(desk.products().await, before);

    // Where nothing was, the same file makes the same products.
    let elsewhere = Desk::by(&shop, &seller());
    let import = elsewhere.import(file.clone()).await;
    assert_eq!(
        (import.created, import.rows),
        (12, 12),
        "{:?}",
        elsewhere.problems(&import).await
    );
    assert_eq!(elsewhere.export(false).await, file);
}

#[tokio::test]
async fn a_large_catalogue_comes_in_pieces_of_whole_rows_by_sku() {
    let shop = Shop::open().await;
    let desk = Desk::of(&shop);
    let description = "포슬포슬한 감자. ".repeat(50);
    let skus: Vec<String> = (0..450).map(|row| format!("sku-{row:03}")).collect();
    let rows: Vec<_> = skus
        .iter()
        .rev()
        .map(|sku| [("sku", sku.as_str()), ("description", description.as_str())])
        .collect();
    let rows: Vec<&[_]> = rows.iter().map(<[_; 2]>::as_slice).collect();
    assert_eq!(desk.import(csv(&rows)).await.created, 450);
    let request = ExportProductsRequest::default();
    let pieces = desk.client().export_products(request).await.unwrap().into_inner();
    let pieces: Vec<String> = pieces.map_ok(|piece| piece.csv).try_collect().await.unwrap();
    assert!(pieces.len() > 3, "{}", pieces.len());
    let header = pieces[0].lines().next().unwrap();
    let mut found = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        let whole = if at == 0 {
            piece.clone()
        } else {
            format!("{header}\r\n{piece}")
        };
        let records = csv::Reader::from_reader(whole.as_bytes()).into_records();
        for record in records {
            found.push(record.unwrap()[0].to_owned());
        }
        assert!(piece.ends_with("\r\n") && piece.len() < 128 << 10);
    }
    assert_eq!(found, skus);
}

#[tokio::test]
async fn a_seller_gets_their_own_products_and_the_archived_when_asked() {
    let shop = Shop::open().await;
    let desk = Desk::of(&shop);
    let header = desk.export(true).await;
    assert_eq!(header.lines().count(), 1, "also of nothing");
    let archived = shop.create(shop.potatoes()).await;
    let request = ArchiveProductRequest {
        product_id: archived.product_id,
    };
    shop.own().archive_product(request).await.unwrap();
    let draft = shop.create(shop.potatoes()).await;
    let own = desk.export(false).await;
    assert!(own.contains(&draft.sku) && !own.contains(&archived.sku));
    let all = desk.export(true).await;
    assert!(all.contains(&draft.sku) && all.contains(&archived.sku));
    let import = desk.import(all).await;
    assert_eq!(
        (import.unchanged, import.failed),
        (1, 1),
        "what is archived stays so"
    );
    assert_eq!(Desk::by(&shop, &seller()).export(true).await, header);
    let by_buyer = Desk::by(&shop, &user()).client();
    let refused = by_buyer
        .clone()
        .export_products(ExportProductsRequest::default())
        .await;
    assert_refused(refused.map(drop), Code::PermissionDenied, "ROLE_MISSING");
}
