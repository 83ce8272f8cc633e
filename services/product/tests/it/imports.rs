use futures::TryStreamExt as _;
use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::product::v1::attribute::Value;
use xlcfi_contracts::product::v1::{
    ArchiveProductRequest, Attribute, GetImportRequest, Import, ImportState, NearExpiryStep,
    ProductPublished, ProductState, ProductUpdated, StartImportRequest, UpdateProductRequest, Variant,
    WatchImportRequest,
};
use xlcfi_testkit::{assert_refused, eventually, seller, user};

use crate::fixture::Shop;
use crate::import_desk::{Desk, Hold, csv, get};

fn counts(import: &Import) -> (i32, i32, i32, i32) {
    (import.created, import.updated, import.unchanged, import.failed)
}

#[tokio::test]
async fn rows_become_the_products_that_calls_would_make() {
    let shop = Shop::open().await;
    shop.define_organic().await;
    let desk = Desk::of(&shop);
    let mut asked = shop.potatoes();
    asked.sku = "by-call".into();
    asked.attributes = vec![Attribute {
        key: "organic".into(),
        value: Some(Value::Flag(true)),
    }];
    asked.variant = Some(Variant {
        size: "대".into(),
        pack: "상자".into(),
        grade: "특".into(),
    });
    asked.image_ids = vec![Uuid::now_v7().to_string(), Uuid::now_v7().to_string()];
    asked.gtin = "8801234567893".into();
    asked.report_number = "19990123456".into();
    asked.licence_number = "2001-0000001".into();
    asked.promised_days = 7;
    asked.near_expiry = [(4, 20), (1, 50)]
        .map(|(days, percent_off)| NearExpiryStep { days, percent_off })
        .into();
    let by_call = shop.create(asked.clone()).await;
    let images = asked.image_ids.join(";");
    let cells = [
        ("sku", "by-file"),
        ("name_en", "Potatoes"),
        ("description", "포슬포슬한 감자"),
        ("size", "대"),
        ("pack", "상자"),
        ("grade", "특"),
        ("allergens", "WHEAT"),
        ("gtin", "8801234567893"),
        ("report_number", "19990123456"),
        ("licence_number", "2001-0000001"),
        ("promised_days", "7"),
        ("near_expiry", "4:20;1:50"),
        ("images", images.as_str()),
        ("attributes", "organic=yes"),
    ];
    let import = desk
        .import(csv(&[&cells, &[("sku", "shown"), ("publish", "yes")]]))
        .await;
    assert_eq!((import.rows, import.done, counts(&import)), (2, 2, (2, 0, 0, 0)));
    assert!(import.finish_time.is_some());
    let by_file = desk.product("by-file").await;
    let mut details = UpdateProductRequest::from(by_file.clone());
    details.product_id.clone_from(&by_call.product_id);
    assert_eq!(details, UpdateProductRequest::from(by_call.clone()));
    assert_eq!((by_file.state(), by_file.version), (ProductState::Draft, 1));
    let shown = desk.product("shown").await;
    assert_eq!(shown.state(), ProductState::Published);
    let told = shop.harness.published::<ProductPublished>().await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].product, Some(shown));
}

#[tokio::test]
async fn a_row_with_a_known_sku_changes_its_product_and_only_when_it_differs() {
    let shop = Shop::open().await;
    let desk = Desk::of(&shop);
    let rows: [&[_]; 3] = [
        &[("sku", "a"), ("description", "포슬포슬"), ("publish", "yes")],
        &[("sku", "b")],
        &[("sku", "c")],
    ];
    desk.import(csv(&rows)).await;
    let before = desk.product("c").await;
    // Names are said anew, and `description` is not.
    let required = csv(&[
        &[("sku", "a"), ("name", "햇감자")],
        &[("sku", "b"), ("name", "햇감자")],
        &[("sku", "c")],
        &[("sku", "d")],
    ]);
    let import = desk.import(desk.only_required(&required)).await;
    assert_eq!(counts(&import), (1, 2, 1, 0));
    let (a, c) = (desk.product("a").await, desk.product("c").await);
    assert_eq!(
        (a.name.as_str(), a.description.as_str(), a.version, a.state()),
        ("햇감자", "포슬포슬", 3, ProductState::Published)
    );
    assert_eq!(c, before, "what does not differ is not touched");
    let told = shop.harness.published::<ProductUpdated>().await;
    assert_eq!(told.len(), 1, "nobody is told of a draft");
    assert_eq!(told[0].product, Some(a));

    let import = desk
        .import(csv(&[&[("sku", "b"), ("name", "햇감자"), ("publish", "yes")]]))
        .await;
    assert_eq!(counts(&import), (0, 1, 0, 0));
    let b = desk.product("b").await;
    assert_eq!((b.state(), b.version), (ProductState::Published, 3));
}

#[tokio::test]
async fn buyers_see_at_once_what_a_file_changed() {
    let shop = Shop::open().await;
    let desk = Desk::of(&shop);
    desk.import(csv(&[&[("sku", "a"), ("publish", "yes")]])).await;
    let id = desk.product("a").await.product_id;
    let seen = desk.seen_by_buyers(&id).await;
    assert_eq!(seen.name, "감자 10kg");
    desk.import(csv(&[&[("sku", "a"), ("name", "햇감자")]])).await;
    assert_eq!(desk.seen_by_buyers(&id).await.name, "햇감자");
}

#[tokio::test]
async fn a_bad_row_is_reported_with_all_its_problems_and_hinders_no_other() {
    let shop = Shop::open().await;
    shop.define_organic().await;
    let desk = Desk::of(&shop);
    let archived = shop.create(shop.potatoes()).await;
    let request = ArchiveProductRequest {
        product_id: archived.product_id.clone(),
    };
    shop.own().archive_product(request).await.unwrap();
    let rows: [&[_]; 6] = [
        &[("sku", "good")],
        &[
            ("sku", "bad"),
            ("category", "fish"),
            ("name", ""),
            ("prices", "1:900;10:1000"),
            ("attributes", "organic=perhaps"),
        ],
        &[("sku", "good"), ("tax", "NONE")],
        &[("sku", archived.sku.as_str())],
        &[("sku", "shown"), ("publish", "yes")],
        &[("sku", "last")],
    ];
    let mut text = csv(&rows);
    text.push_str("short,row\r\n");
    let import = desk.import(text).await;
    assert_eq!(counts(&import), (3, 0, 0, 4));
    let problems = desk.problems(&import).await;
    let found: Vec<_> = problems
        .iter()
        .map(|problem| (problem.line, problem.sku.as_str(), problem.column.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (3, "bad", "category"),
            (3, "bad", "name"),
            (3, "bad", "prices"),
            (4, "good", "sku"),
            (4, "good", "tax"),
            (5, archived.sku.as_str(), "sku"),
            (8, "short", ""),
        ]
    );
    assert!(problems.iter().all(|problem| !problem.message.is_empty()));
    assert_eq!(desk.skus().await, ["good", "last", "shown"].map(String::from));
}

#[tokio::test]
async fn what_only_the_database_knows_is_a_problem_of_its_row_alone() {
    let shop = Shop::open().await;
    let desk = Desk::of(&shop);
    let large = desk.variants("large", "small").await;
    let rows: [&[_]; 3] = [
        &[("sku", "before"), ("publish", "yes")],
        &[("sku", "small"), ("size", "large")],
        &[("sku", "after"), ("publish", "yes")],
    ];
    let import = desk.import(csv(&rows)).await;
    assert_eq!(counts(&import), (2, 0, 0, 1));
    let problems = desk.problems(&import).await;
    assert_eq!(
        (problems.len(), problems[0].line, problems[0].column.as_str()),
        (1, 3, "")
    );
    assert_eq!(desk.product("small").await.variant.unwrap().size, "small");
    assert_eq!(desk.product("large").await, large);
    assert_eq!(shop.harness.published::<ProductPublished>().await.len(), 2);
}

#[tokio::test]
async fn a_row_that_meets_a_fault_of_ours_is_reported_and_hinders_no_other() {
    let shop = Shop::open().await;
    let desk = Desk::of(&shop);
    sqlx::raw_sql(
        "create function refuse() returns trigger language plpgsql as $$ begin raise exception 'a fault'; end $$;
         create trigger refuse before insert on product for each row when (new.sku = 'odd') execute function refuse()",
    )
    .execute(shop.harness.pool())
    .await
    .unwrap();
    let rows: [&[_]; 3] = [
        &[("sku", "before"), ("publish", "yes")],
        &[("sku", "odd")],
        &[("sku", "after")],
    ];
    let import = desk.import(csv(&rows)).await;
    assert_eq!(counts(&import), (2, 0, 0, 1));
    let problems = desk.problems(&import).await;
    assert_eq!((problems[0].line, problems[0].sku.as_str()), (3, "odd"));
    assert!(
        !problems[0].message.contains("exception"),
        "the cause is for the log"
    );
    assert_eq!(shop.harness.published::<ProductPublished>().await.len(), 1);
}

#[tokio::test]
async fn a_product_on_sale_says_what_its_category_requires() {
    let shop = Shop::open().await;
    let desk = Desk::of(&shop);
    desk.import(csv(&[&[("sku", "sold"), ("publish", "yes")]])).await;
    shop.require_brix().await;
    let rows: [&[_]; 4] = [
        &[("sku", "sold")],
        &[("sku", "draft")],
        &[("sku", "without"), ("publish", "yes")],
        &[("sku", "with"), ("publish", "yes"), ("attributes", "brix=12.5")],
    ];
    let import = desk.import(csv(&rows)).await;
    assert_eq!(counts(&import), (2, 0, 1, 1));
    assert_eq!(desk.problems(&import).await[0].sku, "without");
    let import = desk.import(csv(&[&[("sku", "sold"), ("name", "햇감자")]])).await;
    assert_eq!(
        counts(&import),
        (0, 0, 0, 1),
        "what is changed on sale says it, too"
    );
}

#[tokio::test]
async fn a_file_that_is_none_is_refused_at_once() {
    let shop = Shop::open().await;
    let desk = Desk::of(&shop);
    let good = csv(&[&[("sku", "a")]]);
    for text in [
        "\u{feff}".to_owned(),
        good.lines().next().unwrap().to_owned(),
        good.replace("origin", "country"),
        good.replace("name_en", "name"),
        good.replacen(",tax", "", 1),
        good.replace("감자", "\u{fffd}"),
        format!("{good}\"b"),
        csv(&vec![&[("sku", "a")][..]; 10_001]),
    ] {
        let refused = desk.start(text, false).await;
        assert_refused(refused, Code::InvalidArgument, "CSV_INVALID");
    }
    for text in [String::new(), format!("{good}\0"), "감".repeat(1_166_667)] {
        let refused = desk.start(text, false).await;
        assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
    }
    let request = StartImportRequest {
        csv: good.clone(),
        ..StartImportRequest::default()
    };
    let by_buyer = Desk::by(&shop, &user()).client().start_import(request).await;
    assert_refused(by_buyer, Code::PermissionDenied, "ROLE_MISSING");
    assert!(desk.skus().await.is_empty());
    // Nearly as long as a file may be.
    let long = csv(&[
        &[("sku", "a")],
        &[("sku", "b"), ("name", &"감".repeat(1_166_000))],
    ]);
    let import = desk.import(long).await;
    assert_eq!((import.created, import.failed), (1, 1));
}

#[tokio::test]
async fn a_seller_has_one_import_running_and_another_seller_their_own() {
    let shop = Shop::open().await;
    let desk = Desk::of(&shop);
    let hold = Hold::categories(&shop).await;
    let running = desk.start(csv(&[&[("sku", "a")]]), false).await.unwrap();
    assert_eq!((running.state(), running.done), (ImportState::Running, 0));
    let refused = desk.start(csv(&[&[("sku", "b")]]), false).await;
    let status = assert_refused(refused, Code::FailedPrecondition, "IMPORT_RUNNING");
    let id = xlcfi_errors::metadata_of(&status, "import_id");
    assert_eq!(id, Some(running.import_id.clone()));
    let (other, rival) = (seller(), csv(&[&[("sku", "a"), ("publish", "yes")]]));
    let other = Desk::by(&shop, &other);
    let theirs = other.start(rival, false).await.unwrap();
    hold.release().await;
    assert_eq!(counts(&desk.done(&running).await), (1, 0, 0, 0));
    assert_eq!(counts(&other.done(&theirs).await), (1, 0, 0, 0));
    desk.import(csv(&[&[("sku", "b")]])).await;
}

#[tokio::test]
async fn an_import_exists_for_its_seller_only() {
    let shop = Shop::open().await;
    let import = Desk::of(&shop).import(csv(&[&[("sku", "a")]])).await;
    let other = Desk::by(&shop, &seller());
    for id in [import.import_id, Uuid::now_v7().to_string()] {
        let import_id = id.clone();
        let watch = other
            .client()
            .watch_import(WatchImportRequest { import_id })
            .await;
        assert_refused(watch.map(drop), Code::NotFound, "IMPORT_NOT_FOUND");
        let listed = other.problem_page(&id, "").await;
        assert_refused(listed, Code::NotFound, "IMPORT_NOT_FOUND");
        let found = other.client().get_import(get(&id)).await;
        assert_refused(found, Code::NotFound, "IMPORT_NOT_FOUND");
    }
    let none = other.client().get_import(get("x")).await;
    assert_refused(none, Code::InvalidArgument, "INVALID_FIELDS");
}

#[tokio::test]
async fn a_repeated_request_finds_the_import_it_started() {
    let shop = Shop::open().await;
    let desk = Desk::of(&shop);
    let request = StartImportRequest {
        csv: csv(&[&[("sku", "a")]]),
        dry_run: false,
        request_id: Uuid::now_v7().to_string(),
    };
    let (mut one, mut two) = (desk.client(), desk.client());
    let (one, two) = tokio::join!(
        one.start_import(request.clone()),
        two.start_import(request.clone())
    );
    let one = one.unwrap().into_inner().import.unwrap();
    assert_eq!(two.unwrap().into_inner().import.unwrap().import_id, one.import_id);
    let done = desk.done(&one).await;
    let again = desk
        .client()
        .start_import(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(again.import, Some(done));
    let hold = Hold::categories(&shop).await;
    desk.start(csv(&[&[("sku", "b")]]), false).await.unwrap();
    let again = desk
        .client()
        .start_import(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        again.import.unwrap().import_id,
        one.import_id,
        "also while another runs"
    );
    let theirs = Desk::by(&shop, &seller()).client().start_import(request).await;
    assert_ne!(
        theirs.unwrap().into_inner().import.unwrap().import_id,
        one.import_id
    );
    hold.release().await;
}

#[tokio::test]
async fn a_dry_run_finds_everything_and_changes_nothing() {
    let shop = Shop::open().await;
    let desk = Desk::of(&shop);
    desk.import(csv(&[&[("sku", "a"), ("publish", "yes")], &[("sku", "b")]]))
        .await;
    let (a, b) = (desk.product("a").await, desk.product("b").await);
    desk.variants("large", "small").await;
    let before = desk.skus().await;
    let rows: [&[_]; 6] = [
        &[("sku", "a"), ("name", "햇감자")],
        &[("sku", "b")],
        &[("sku", "new"), ("publish", "yes")],
        &[("sku", "bad"), ("tax", "")],
        &[("sku", "large"), ("size", "")],
        &[("sku", "small"), ("size", "large")],
    ];
    let import = desk.start(csv(&rows), true).await.unwrap();
    let import = desk.done(&import).await;
    assert!(import.dry_run);
    assert_eq!(counts(&import), (1, 3, 1, 1));
    assert_eq!(desk.problems(&import).await.len(), 1);
    assert_eq!((desk.product("a").await, desk.product("b").await), (a, b));
    assert_eq!(desk.skus().await, before);
    assert!(shop.harness.published::<ProductUpdated>().await.is_empty());
    assert_eq!(shop.harness.published::<ProductPublished>().await.len(), 1);
    assert_eq!(counts(&desk.import(csv(&rows)).await), (1, 3, 1, 1), "as it said");
}

#[tokio::test]
async fn progress_is_watched_until_the_import_is_done() {
    let shop = Shop::open().await;
    let desk = Desk::of(&shop);
    let hold = Hold::categories(&shop).await;
    let skus: Vec<String> = (0..230).map(|row| format!("sku-{row}")).collect();
    let rows: Vec<_> = skus.iter().map(|sku| [("sku", sku.as_str())]).collect();
    let rows: Vec<&[_]> = rows.iter().map(<[_; 1]>::as_slice).collect();
    let started = desk.start(csv(&rows), false).await.unwrap();
    let request = WatchImportRequest {
        import_id: started.import_id.clone(),
    };
    let mut stream = desk
        .client()
        .watch_import(request.clone())
        .await
        .unwrap()
        .into_inner();
    let first = stream.try_next().await.unwrap().unwrap().import.unwrap();
    assert_eq!(first, started);
    hold.release().await;
    let rest: Vec<Import> = stream
        .map_ok(|seen| seen.import.unwrap())
        .try_collect()
        .await
        .unwrap();
    assert!(rest.is_sorted_by(|one, next| one.done < next.done), "{rest:?}");
    let last = rest.last().unwrap();
    assert_eq!(
        (last.state(), last.done, last.created),
        (ImportState::Done, 230, 230)
    );
    let again = desk.client().watch_import(request).await.unwrap().into_inner();
    let again: Vec<Import> = again
        .map_ok(|seen| seen.import.unwrap())
        .try_collect()
        .await
        .unwrap();
    assert_eq!(
        again.as_slice(),
        std::slice::from_ref(last),
        "who comes late sees how it ended"
    );
}

#[tokio::test]
async fn rows_go_after_days_and_the_report_after_a_month() {
    let shop = Shop::open().await;
    let desk = Desk::of(&shop);
    let import = desk
        .import(csv(&[&[("sku", "a")], &[("sku", "b"), ("tax", "")]]))
        .await;
    let rows = async || -> i64 {
        let count = sqlx::query_scalar("select count(*) from import_row");
        count.fetch_one(shop.harness.pool()).await.unwrap()
    };
    assert_eq!(rows().await, 2);
    shop.harness.advance(std::time::Duration::from_secs(4 * 86_400));
    eventually(async || (rows().await == 0).then_some(())).await;
    assert_eq!(desk.problems(&import).await.len(), 1);
    shop.harness.advance(std::time::Duration::from_secs(27 * 86_400));
    let gone = async || {
        let request = GetImportRequest {
            import_id: import.import_id.clone(),
        };
        desk.client().get_import(request).await.err()
    };
    let gone = eventually(gone).await;
    assert_refused(Err::<(), _>(gone), Code::NotFound, "IMPORT_NOT_FOUND");
    assert_eq!(desk.product("a").await.sku, "a");
}
