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

#[test]
fn of_changes_that_come_together_the_newest_counts() {
    let (index, foods) = demo_index();
    let named = |version: u64, name: &str| {
        let mut food = foods[0].clone();
        (food.version, food.name) = (version, name.to_owned());
        Change::Put(Box::new(food))
    };
    let removed = Change::Remove {
        id: foods[1].id,
        version: 5,
    };
    let again = Change::Put(Box::new(foods[1].clone()));
    let changes = [
        named(3, "콜라비"),
        named(2, "순무"),
        named(4, "라디치오"),
        removed,
        again,
    ];
    assert_eq!(index.apply(&changes, 2).unwrap(), 3);
    index.commit().unwrap();
    assert_eq!(index.len(), foods.len() as u64 - 1);
    assert_eq!(
        skus(&index, "라디치오"),
        [String::from_utf8(foods[0].payload.clone()).unwrap()]
    );
    assert!(skus(&index, "콜라비").is_empty() && skus(&index, "순무").is_empty());
}

#[test]
fn what_is_known_to_be_wrong_is_mended_whatever_its_version() {
    let (index, foods) = demo_index();
    let mut food = foods[0].clone();
    (food.version, food.name) = (1, "콜라비".to_owned());
    index.mend(&[Change::Put(Box::new(food.clone()))]).unwrap();
    assert_eq!(skus(&index, "콜라비").len(), 1);
    assert_eq!(index.get(food.id).unwrap(), Some((1, food.payload.clone())));
    index
        .mend(&[Change::Remove {
            id: food.id,
            version: 1,
        }])
        .unwrap();
    assert_eq!(index.get(food.id).unwrap(), None);
}
