use std::collections::BTreeSet;

use proptest::prelude::*;
use strum::VariantArray as _;
use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_contracts::product::v1::{Allergen, StorageClass, TaxClass};
use xlcfi_contracts::types::v1::Unit;
use xlcfi_types::Money;

use super::*;
use crate::attribute::{Attributes, Definition, Kind, Value};
use crate::category::Category;
use crate::import::{File, header, line};
use crate::ingredients::Ingredients;
use crate::ladder::{Ladder, Rung};
use crate::near_expiry::{Rule, Step as Near};
use crate::product::{Codes, Variant};

const CATEGORY: Uuid = Uuid::from_u128(7);

fn tree() -> Tree {
    let definition = |key: &str, required, kind| Definition {
        key: key.into(),
        name_ko: "속성".into(),
        name_en: "Attribute".into(),
        required,
        unit: String::new(),
        kind,
    };
    let number = Kind::Number {
        minimum: Some(0.0),
        maximum: None,
    };
    Tree::new(vec![Category {
        category_id: CATEGORY.into(),
        slug: "vegetable".into(),
        parent_id: None,
        name_ko: "채소".into(),
        name_en: "Vegetables".into(),
        sort: 1,
        attributes: vec![
            definition("brix", true, number),
            definition("organic", false, Kind::Flag),
            definition("field", false, Kind::Text),
        ],
    }])
}

fn product() -> Product {
    let rung = |(from_quantity, won)| Rung {
        from_quantity,
        unit_price: Money::won(won),
    };
    let prices = Ladder::new([(2, 24_500), (10, 23_400)].map(rung).into(), 2, 2, 100);
    let steps = [(4, 20), (1, 50)].map(|(days, percent_off)| Near { days, percent_off });
    let details = Details {
        category_id: CATEGORY.into(),
        name: "감자".into(),
        name_en: "Potatoes".into(),
        description: "포슬포슬한\n감자".into(),
        variant: Variant::default(),
        unit: "10kg 상자".into(),
        content: (10_000, Unit::Gram),
        origin: "국내산".into(),
        storage: StorageClass::Room,
        allergens: BTreeSet::from([Allergen::PineNut, Allergen::Egg]),
        tax: TaxClass::Exempt,
        prices: prices.expect("it is right"),
        attributes: Attributes::from([
            ("brix".into(), Value::Number(0.1 + 0.2)),
            ("organic".into(), Value::Flag(true)),
        ]),
        ingredients: Ingredients::new(""),
        images: vec![Uuid::from_u128(1), Uuid::from_u128(2)],
        codes: Codes::default(),
        promised_days: 3,
        near_expiry: Rule::new(steps.into()).expect("it is right"),
    };
    Product {
        product_id: Id::new(),
        seller_id: Id::new(),
        family_id: Uuid::nil(),
        sku: "p-1".into(),
        details,
        specials: Vec::new(),
        state: State::Draft,
        stock: Vec::new(),
        popularity: 0,
        rating: None,
        version: 1,
        create_time: OffsetDateTime::UNIX_EPOCH,
        update_time: OffsetDateTime::UNIX_EPOCH,
    }
}

/// The product's own row, with some cells changed.
fn row(product: &Product, cells: &[(Column, &str)]) -> (Row, Vec<Column>) {
    let mut texts = texts(product, &tree());
    for (column, text) in cells {
        texts.insert(*column, (*text).to_owned());
    }
    let file = format!("{}{}", header(), line(texts.into_values()));
    let mut file = File::read(&file).expect("we wrote it");
    (file.rows.remove(0), file.columns)
}

fn flaws(product: Option<&Product>, cells: &[(Column, &str)]) -> Vec<&'static str> {
    let (row, columns) = row(&self::product(), cells);
    let flaws = step(&row, &columns, product, &tree()).expect_err("it is wrong");
    let name = |flaw: Flaw| flaw.column.map_or("", |column| column.into_str());
    flaws.into_iter().map(name).collect()
}

#[test]
fn everything_wrong_is_told_at_once_and_nothing_that_only_follows() {
    let wrong = [
        (Column::Sku, "감자"),
        (Column::Category, "fish"),
        (Column::Name, " "),
        (Column::ContentAmount, "1,000"),
        (Column::ContentUnit, "kg"),
        (Column::Storage, "UNSPECIFIED"),
        (Column::Allergens, "EGG;GLUTEN;SAND"),
        (Column::Tax, ""),
        (Column::Minimum, "-2"),
        (Column::Gtin, "8.80123E+12"),
        (Column::NearExpiry, "4:20;5:10"),
        (Column::Images, "cover"),
        (Column::Publish, "maybe"),
    ];
    let found = flaws(None, &wrong);
    assert_eq!(
        found,
        [
            "sku",
            "category",
            "name",
            "content_amount",
            "content_unit",
            "storage",
            "allergens",
            "allergens",
            "tax",
            "minimum",
            "gtin",
            "near_expiry",
            "near_expiry",
            "images",
            "publish"
        ]
    );
    assert_eq!(
        flaws(None, &[(Column::Prices, "1:24500;10:24500")]),
        ["prices", "prices"]
    );
    assert_eq!(flaws(None, &[(Column::Maximum, "101")]), ["maximum"]);
    assert_eq!(flaws(None, &[(Column::Prices, "2x100")]), ["prices"]);
    assert_eq!(flaws(None, &[(Column::Gtin, "8801234567890")]), ["gtin"]);
}

#[test]
fn attributes_are_of_the_kind_their_category_defines() {
    let cell = "brix=sweet;organic=perhaps;colour=red;field=;organic=yes;organic=no;field";
    let found = flaws(None, &[(Column::Attributes, cell)]);
    assert_eq!(found, ["attributes"; 6]);
    assert_eq!(
        flaws(
            None,
            &[(Column::Attributes, "organic=no"), (Column::Publish, "yes")]
        ),
        ["attributes"],
        "a product on sale says what is required"
    );
}

#[test]
fn a_row_makes_a_product_changes_it_or_does_nothing() {
    let (draft, mut published) = (product(), product());
    published.state = State::Published;
    let of = |product: Option<&Product>, cells: &[(Column, &str)]| {
        let (row, columns) = row(&self::product(), cells);
        step(&row, &columns, product, &tree()).expect("it is right")
    };
    let made = of(None, &[(Column::Publish, "yes")]);
    assert!(
        matches!(&made, Step::Create { draft, publish: true } if draft.details == self::product().details),
        "{made:?}"
    );
    for product in [&draft, &published] {
        assert!(matches!(of(Some(product), &[]), Step::Nothing));
        let reordered = of(Some(product), &[(Column::Allergens, "pine_nut; egg;egg")]);
        assert!(matches!(reordered, Step::Nothing), "{reordered:?}");
        let renamed = of(Some(product), &[(Column::Name, "햇감자")]);
        assert!(
            matches!(&renamed, Step::Change { details: Some(details), publish: false, .. } if details.name == "햇감자"),
            "{renamed:?}"
        );
    }
    let shown = of(Some(&draft), &[(Column::Publish, "YES")]);
    assert!(
        matches!(
            shown,
            Step::Change {
                details: None,
                publish: true,
                ..
            }
        ),
        "{shown:?}"
    );
    assert!(matches!(
        of(Some(&published), &[(Column::Publish, "yes")]),
        Step::Nothing
    ));
    assert!(matches!(
        of(Some(&published), &[(Column::Publish, "no")]),
        Step::Nothing
    ));
}

#[test]
fn an_archived_product_stays_as_it_is_and_a_sku_stands_once() {
    let mut archived = product();
    archived.state = State::Archived;
    assert_eq!(flaws(Some(&archived), &[]), ["sku"]);
    assert_eq!(flaws(Some(&archived), &[(Column::Tax, "NONE")]), ["sku", "tax"]);
    let (mut row, columns) = row(&product(), &[]);
    row.repeats = Some(2);
    assert!(step(&row, &columns, None, &tree()).is_err());
}

#[test]
fn columns_a_file_does_not_have_stay() {
    let product = product();
    let required: BTreeSet<Column> = Column::VARIANTS
        .iter()
        .copied()
        .filter(|column| column.is_required())
        .collect();
    let (mut row, mut columns) = row(&product, &[(Column::Name, "햇감자")]);
    let mut keep = columns
        .iter()
        .map(|column| required.contains(column))
        .collect::<Vec<_>>()
        .into_iter();
    row.cells.retain(|_| keep.next().expect("a column for each"));
    columns.retain(|column| required.contains(column));
    let Ok(Step::Change {
        details: Some(details),
        ..
    }) = step(&row, &columns, Some(&product), &tree())
    else {
        panic!("it is right");
    };
    let mut wanted = product.details.clone();
    wanted.name = "햇감자".into();
    assert_eq!(*details, wanted);
}

#[test]
fn what_a_category_no_longer_defines_hinders_no_row_that_leaves_it() {
    let mut product = product();
    product
        .details
        .attributes
        .insert("colour".into(), Value::Text("빨강".into()));
    let (row, columns) = row(&product, &[]);
    assert!(matches!(
        step(&row, &columns, Some(&product), &tree()),
        Ok(Step::Nothing)
    ));
}

fn fit(text: String, most: usize) -> String {
    let text: String = text.chars().take(most).collect();
    text.trim().to_owned()
}

fn text(most: usize) -> impl Strategy<Value = String> {
    let text = prop_oneof![any::<String>(), r#"[=+\-@'";,\\\t\r\n aㄱ]{0,12}"#];
    text.prop_map(move |text| fit(text.replace(['\0', char::REPLACEMENT_CHARACTER], ""), most))
}

proptest! {
    #[test]
    fn any_product_comes_back_from_its_row(
        (name, description, unit, field) in (text(100), text(2_000), text(40), text(500)),
        (size, report_number) in (text(40), text(40)),
    ) {
        let mut product = product();
        let details = &mut product.details;
        details.name = fit(format!("감자{name}"), 100);
        details.unit = fit(format!("{unit}상자"), 40);
        details.description = description;
        details.variant.size = size;
        details.codes.report_number = report_number;
        details.attributes.insert("field".into(), Value::Text(format!("밭{field}").chars().take(500).collect()));
        let (row, columns) = row(&product, &[]);
        prop_assert!(matches!(step(&row, &columns, Some(&product), &tree()), Ok(Step::Nothing)));
        match step(&row, &columns, None, &tree()) {
            Ok(Step::Create { draft, .. }) => prop_assert_eq!(draft.details, product.details),
            other => prop_assert!(false, "{:?}", other),
        }
    }
}
