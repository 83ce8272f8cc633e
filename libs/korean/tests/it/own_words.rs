use std::path::Path;

use xlcfi_korean::{Mode, own_words};

use crate::{line, texts};

fn all() -> Vec<own_words::OwnWord> {
    own_words::read_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("words"))
        .expect("the words are readable")
}

#[test]
fn every_own_word_is_one_word_where_it_stands_alone() {
    let broken: Vec<String> = all()
        .iter()
        .filter(|word| word.surface.chars().count() > 1)
        .filter(|word| texts(&word.surface, Mode::Whole) != [word.surface.as_str()])
        .map(|word| format!("{} {:?}", word.surface, texts(&word.surface, Mode::Whole)))
        .collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn every_own_word_stays_one_before_a_particle_and_after_a_word() {
    let broken: Vec<String> = all()
        .iter()
        .filter(|word| word.surface.chars().count() > 2)
        .filter(|word| texts(&format!("국산 {}에서 10kg", word.surface), Mode::Whole)[1] != word.surface)
        .map(|word| word.surface.clone())
        .collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn the_own_words_are_many_and_of_every_kind() {
    assert!(all().len() > 3_500, "{}", all().len());
    assert_eq!(
        line("세종시 하림 신동진쌀 항정살"),
        "[세종시] 세종 시 하림 [신동진쌀] 신동진 쌀 [항정살] 항정 살"
    );
}
