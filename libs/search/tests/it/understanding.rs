//! Each way a query may be meant.

use xlcfi_search::{Answer, Index, Query};

use crate::catalogue::{TODAY, demo_index};

fn ask(index: &Index, text: &str) -> Answer {
    index.search(&Query::new(text, TODAY)).unwrap()
}

fn first(index: &Index, text: &str) -> String {
    let answer = ask(index, text);
    answer
        .hits
        .first()
        .map(|hit| String::from_utf8(hit.payload.clone()).unwrap())
        .unwrap_or_default()
}

#[test]
fn a_food_is_found_however_it_is_typed() {
    let (index, _) = demo_index();
    let carrot = "PRD-VEG-CARROT-10KG";
    for text in [
        "당근",
        "당근을",
        "세척 당근",
        "세척당근",
        "ㅅㅊㄷㄱ 10kg",
        "당ㄱ",
        "당그",
        "carrot",
        "carrots",
        "CARROT",
        "ekdrms",
        "당긍",
        "ㅊㅁㄱ개ㅅ",
        "당근 10킬로",
        "당근 10 kg",
        "당근 10000g",
        "washed carrots",
    ] {
        assert_eq!(first(&index, text), carrot, "{text}");
    }
}

#[test]
fn initials_find_words_of_the_name_from_any_of_them_on() {
    let (index, _) = demo_index();
    for (text, sku) in [
        ("ㅅㅊㄷㄱ", "PRD-VEG-CARROT-10KG"),
        ("ㅂㄹㅋㄹ", "PRD-LEF-BROCCOLI-8KG"),
    ] {
        assert_eq!(first(&index, text), sku, "{text}");
    }
    let found = ask(&index, "ㄱㄷㅇ");
    assert!(
        found
            .hits
            .iter()
            .any(|hit| hit.payload == b"SEA-FSH-MACKEREL-NO-20KG")
    );
}

#[test]
fn a_slip_is_corrected_and_told() {
    let (index, _) = demo_index();
    for (text, meant) in [
        ("감쟈", "감자"),
        ("rkawk", "감자"),
        ("고듬어", "고등어"),
        ("브로컬리", "브로콜리"),
        ("ㅔㅐㅅㅁ새", "potato"),
    ] {
        let answer = ask(&index, text);
        assert_eq!(answer.corrected_query.as_deref(), Some(meant), "{text}");
        assert!(answer.total > 0, "{text}");
    }
    assert_eq!(ask(&index, "감자").corrected_query, None);
    assert_eq!(
        ask(&index, "rkawk 10kg").corrected_query.as_deref(),
        Some("감자 10kg")
    );
}

#[test]
fn all_words_must_match_unless_too_little_does() {
    let (index, _) = demo_index();
    let both = ask(&index, "냉동 망고");
    assert_eq!(first(&index, "냉동 망고"), "PRD-FRT-MANGO-FROZEN-1KG");
    assert!(both.total < ask(&index, "냉동").total);
    // Nothing is sold by so many kilograms: the food is found all the same.
    assert_eq!(first(&index, "당근 777kg"), "PRD-VEG-CARROT-10KG");
    assert_eq!(
        ask(&index, "두리안 10kg").total,
        0,
        "a pack alone is nothing one looks for"
    );
}

#[test]
fn what_a_category_is_called_means_that_category() {
    let (index, foods) = demo_index();
    for (text, kind) in [
        ("쇠고기", "쇠고기 Beef"),
        ("소고기", "쇠고기 Beef"),
        ("beef", "쇠고기 Beef"),
        ("돈육", "돼지고기 Pork"),
        ("쌀", "쌀 Rice"),
    ] {
        let answer = ask(&index, text);
        let kinds: Vec<&String> = answer
            .hits
            .iter()
            .filter_map(|hit| foods.iter().find(|food| food.id == hit.id)?.category_names.last())
            .collect();
        let inside = kinds.iter().take_while(|name| **name == kind).count();
        let all = foods
            .iter()
            .filter(|food| food.category_names.last().is_some_and(|name| name == kind));
        assert_eq!(inside, all.count(), "{text}: {kinds:?}");
    }
}

#[test]
fn words_torn_or_joined_are_found() {
    let (index, _) = demo_index();
    for (text, sku) in [
        ("양 배 추", "PRD-LEF-CABBAGE-GREEN-8KG"),
        ("냉동망고", "PRD-FRT-MANGO-FROZEN-1KG"),
        ("제주당근", "PRD-VEG-CARROT-10KG"),
    ] {
        assert_eq!(first(&index, text), sku, "{text}");
    }
}

#[test]
fn what_a_text_was_understood_as_can_be_read() {
    let (index, _) = demo_index();
    let explained = index.explain("당근 10kg").unwrap();
    assert!(
        explained.contains("당근") && explained.contains("light"),
        "{explained}"
    );
}
