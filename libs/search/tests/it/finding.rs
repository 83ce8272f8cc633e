use xlcfi_search::{Change, Query};

use crate::catalogue::{TODAY, demo_index, put};

fn skus(index: &xlcfi_search::Index, text: &str) -> Vec<String> {
    let answer = index.search(&Query::new(text, TODAY)).unwrap();
    answer
        .hits
        .into_iter()
        .map(|hit| String::from_utf8(hit.payload).unwrap())
        .collect()
}

#[test]
fn what_was_put_is_found_and_what_was_removed_is_not() {
    let (index, foods) = demo_index();
    assert_eq!(skus(&index, "당근"), ["PRD-VEG-CARROT-10KG"]);
    let carrot = foods
        .iter()
        .find(|food| food.payload == b"PRD-VEG-CARROT-10KG")
        .unwrap();

    let mut renamed = carrot.clone();
    renamed.name = "보라 콜라비 10kg".to_owned();
    renamed.version = 3;
    put(&index, &[renamed], 2);
    assert_eq!(skus(&index, "보라 콜라비"), ["PRD-VEG-CARROT-10KG"]);

    let mut older = carrot.clone();
    older.version = 2;
    put(&index, &[older], 3);
    assert_eq!(
        skus(&index, "보라 콜라비"),
        ["PRD-VEG-CARROT-10KG"],
        "an older version changes nothing"
    );

    index
        .apply(
            &[Change::Remove {
                id: carrot.id,
                version: 4,
            }],
            4,
        )
        .unwrap();
    index.commit().unwrap();
    put(&index, std::slice::from_ref(carrot), 5);
    assert_eq!(index.len(), foods.len() as u64 - 1, "what was removed stays so");
    assert_eq!(index.position(), 5);
}
