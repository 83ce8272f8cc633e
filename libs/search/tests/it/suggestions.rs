use crate::catalogue::{demo_index, put};

#[test]
fn what_is_being_typed_is_completed() {
    let (index, _) = demo_index();
    let texts = |typed: &str| -> Vec<String> {
        index
            .suggest(typed, 8)
            .unwrap()
            .into_iter()
            .map(|suggestion| suggestion.text)
            .collect()
    };
    for (typed, expected) in [
        ("감ㅈ", "감자"),
        ("고드", "고등어"),
        ("고등", "고등어"),
        ("ㄷㄱ", "당근"),
        ("brocc", "broccoli"),
        ("ekdr", "당근"),
        ("감쟈", "감자"),
        ("냉동 망", "냉동 망고"),
    ] {
        assert!(
            texts(typed).contains(&expected.to_owned()),
            "{typed}: {:?}",
            texts(typed)
        );
    }
    assert!(texts("").is_empty());
    assert!(index.suggest("감", 3).unwrap().len() <= 3);
}

#[test]
fn suggestions_tell_what_they_add_and_what_they_find() {
    let (index, _) = demo_index();
    let suggestion = index
        .suggest("당ㄱ", 8)
        .unwrap()
        .into_iter()
        .find(|other| other.text == "당근")
        .unwrap();
    assert_eq!(suggestion.highlighted, "당<em>근</em>");
    assert!(!suggestion.correction && suggestion.products > 0);
    assert!(index.suggest("ekdrms", 1).unwrap()[0].correction);
}

#[test]
fn new_products_are_suggested_after_their_commit() {
    let (index, foods) = demo_index();
    let mut new = foods[0].clone();
    new.version = 2;
    new.name = "콜라비 5kg".to_owned();
    assert!(
        index
            .suggest("콜라", 8)
            .unwrap()
            .iter()
            .all(|suggestion| suggestion.text != "콜라비")
    );
    put(&index, &[new], 2);
    assert!(
        index
            .suggest("콜라", 8)
            .unwrap()
            .iter()
            .any(|suggestion| suggestion.text == "콜라비")
    );
}
