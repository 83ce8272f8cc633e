//! Whatever is typed is answered.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use xlcfi_search::{Index, Query};

use crate::catalogue::{TODAY, demo, demo_index, empty_index, put};

fn answers(index: &Index, text: &str) {
    let answer = index.search(&Query::new(text, TODAY)).unwrap();
    assert!(answer.hits.len() as u64 <= answer.total);
    for hit in answer.hits {
        let plain = hit.highlighted_name.replace("<em>", "").replace("</em>", "");
        assert!(
            !plain.contains('<') && !plain.contains('>'),
            "{}",
            hit.highlighted_name
        );
    }
    index.suggest(text, 8).unwrap();
    index.explain(text).unwrap();
}

#[test]
fn operators_and_broken_text_are_text() {
    let (index, _) = demo_index();
    for text in [
        "name:감자 AND -price:[* TO 100]",
        "\"감자",
        "감자\"",
        "(((",
        "감자*",
        "*",
        "?",
        "/.*/",
        "[가-힣]+",
        "a{1,100}",
        "\\",
        "감자~2",
        "+감자 -감자",
        "NOT",
        "OR OR",
        "'; drop table products; --",
        "<script>alert(1)</script>",
        "%00",
        "\0감자\0",
        "ㅏㅏㅏ",
        "ㄱㅏㄱㅏ",
        "감자",
        "ﾡﾢ",
        "🥔🥔",
        "𠀀𠀁",
        "\u{202e}감자",
        "\u{feff}",
        "     ",
        "０１２３ｋｇ",
        "Ａ",
        "1++",
        "-",
        "10kg 10kg 10kg",
        "감",
        "ㄱ",
        "ㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋ",
    ] {
        answers(&index, text);
    }
}

#[test]
fn long_texts_cost_no_more_than_a_bound() {
    let (index, _) = demo_index();
    for piece in [
        "감자 ",
        "가",
        "a",
        "ㄱ",
        "10kg ",
        "감쟈 ",
        "🥔",
        "국내산 냉동 ",
        "(((",
    ] {
        let text = piece.repeat(10_000 / piece.len());
        let began = Instant::now();
        answers(&index, &text);
        assert!(
            began.elapsed() < Duration::from_secs(5),
            "{piece} took {:?}",
            began.elapsed()
        );
    }
}

#[test]
fn any_unicode_is_answered() {
    let (index, _) = demo_index();
    proptest!(ProptestConfig { cases: 300, ..ProptestConfig::default() }, |(
        text in prop_oneof!["\\PC{0,60}", "[가-힣ㄱ-ㅣ ]{0,30}", "[a-zA-Z가-힣ㄱ-ㅎ0-9 .+%-]{0,40}", "(?s).{0,40}"],
    )| {
        answers(&index, &text);
    });
}

#[test]
fn any_product_can_be_put_in_and_found_by_its_name() {
    let index = empty_index();
    let food = demo().remove(0);
    let versions = std::sync::atomic::AtomicU64::new(2);
    proptest!(ProptestConfig { cases: 60, ..ProptestConfig::default() }, |(
        name in "(?s).{0,80}",
        english in "\\PC{0,80}",
        description in prop_oneof!["(?s).{0,200}", "[가-힣 ]{2000,3000}"],
        unit in "\\PC{0,20}",
        origin in "\\PC{0,300}",
        categories in proptest::collection::vec("\\PC{0,20}", 0..4),
        price in any::<i64>(),
        rating in any::<f32>(),
    )| {
        let version = versions.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let mut food = food.clone();
        food.version = version;
        (food.name, food.name_en, food.description, food.unit, food.origin) =
            (name.clone(), english, description, unit, origin);
        food.category_names = categories;
        (food.price, food.rating, food.ratings) = (price, rating, 3);
        put(&index, &[food], version);
        prop_assert_eq!(index.len(), 1);
        answers(&index, &name);
    });
}
