use std::collections::BTreeSet;

use xlcfi_contracts::product::v1::Allergen;

use super::{Kind, extract};

type Classes = BTreeSet<Allergen>;
/// Ingredient, country and percent.
type Told<'a> = (&'a str, &'a str, Option<f64>);

struct Case {
    held_out: bool,
    contains: Classes,
    may_contain: Classes,
    text: &'static str,
}

fn classes(names: &str) -> Classes {
    let names = names.split(',').filter(|name| !matches!(*name, "" | "-"));
    let class = |name: &str| format!("ALLERGEN_{}", name.to_uppercase());
    names
        .map(|name| Allergen::from_str_name(&class(name)).unwrap())
        .collect()
}

fn cases() -> Vec<Case> {
    let lines = include_str!("../../data/ingredients.tsv").lines();
    let lines = lines.filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            let [part, contains, may_contain, text] = columns[..] else {
                panic!("{line}")
            };
            Case {
                held_out: part == "held",
                contains: classes(contains),
                may_contain: classes(may_contain),
                text,
            }
        })
        .collect()
}

/// Right, wrongly found and missed, of what texts say they contain or may contain.
#[derive(Debug, Default)]
struct Score {
    right: usize,
    wrong: usize,
    missed: usize,
}

impl Score {
    fn add(&mut self, found: &Classes, expected: &Classes) {
        self.right += found.intersection(expected).count();
        self.wrong += found.difference(expected).count();
        self.missed += expected.difference(found).count();
    }

    fn precision(&self) -> f64 {
        self.right as f64 / (self.right + self.wrong) as f64
    }

    fn recall(&self) -> f64 {
        self.right as f64 / (self.right + self.missed) as f64
    }
}

#[test]
fn the_texts_the_table_was_made_with_are_all_read_right() {
    let cases = cases();
    assert!(cases.len() >= 150);
    for case in cases.iter().filter(|case| !case.held_out) {
        let found = extract(case.text);
        assert_eq!(found.classes(Kind::Contains), case.contains, "{}", case.text);
        assert_eq!(found.classes(Kind::MayContain), case.may_contain, "{}", case.text);
    }
}

#[test]
fn texts_the_table_was_not_made_with_are_read_nearly_as_well() {
    let (mut contains, mut may_contain) = (Score::default(), Score::default());
    let mut texts = 0;
    for case in cases().iter().filter(|case| case.held_out) {
        let found = extract(case.text);
        let said = (found.classes(Kind::Contains), found.classes(Kind::MayContain));
        if (&said.0, &said.1) != (&case.contains, &case.may_contain) {
            println!("{}: {:?}, {:?}", case.text, said.0, said.1);
        }
        contains.add(&said.0, &case.contains);
        may_contain.add(&said.1, &case.may_contain);
        texts += 1;
    }
    for (name, score) in [("contains", &contains), ("may contain", &may_contain)] {
        let (precision, recall) = (score.precision(), score.recall());
        println!("{texts} texts, {name}: precision {precision:.3}, recall {recall:.3}");
    }
    assert!(texts >= 50);
    assert!(
        contains.precision() >= 0.95 && contains.recall() >= 0.95,
        "{contains:?}"
    );
    assert!(
        may_contain.precision() >= 0.9 && may_contain.recall() >= 0.9,
        "{may_contain:?}"
    );
}

#[test]
fn a_mention_says_where_it_stands_in_the_text() {
    let found = extract("설탕, 소맥분(미국산), 우유향");
    let words: Vec<_> = found
        .mentions
        .iter()
        .map(|one| (&found.text[one.span.clone()], one.kind))
        .collect();
    assert_eq!(
        words,
        [
            ("소맥분".strip_suffix('분').unwrap(), Kind::Contains),
            ("우유", Kind::Flavour)
        ]
    );
}

#[test]
fn jamo_typed_apart_are_read_as_syllables() {
    let apart = "우유".chars().flat_map(|letter| {
        use unicode_normalization::UnicodeNormalization as _;
        letter.nfd().collect::<Vec<_>>()
    });
    let found = extract(&apart.collect::<String>());
    assert_eq!(found.text, "우유");
    assert_eq!(found.classes(Kind::Contains), classes("milk"));
}

#[test]
fn origins_are_read_with_what_they_are_of_and_how_much() {
    let cases: [(&str, &[Told<'_>]); 16] = [
        ("밀(미국산, 호주산)", &[("밀", "US", None), ("밀", "AU", None)]),
        ("쌀(국내산 100%)", &[("쌀", "KR", Some(100.0))]),
        ("쌀 국내산 100%", &[("쌀", "KR", Some(100.0))]),
        ("100% 국내산", &[("", "KR", Some(100.0))]),
        ("참깨(외국산)", &[("참깨", "", None)]),
        (
            "밀(외국산(미국, 호주, 캐나다 등))",
            &[
                ("밀", "", None),
                ("밀", "US", None),
                ("밀", "AU", None),
                ("밀", "CA", None),
            ],
        ),
        (
            "밀가루 30%(밀(미국산 60%, 호주산 40%)), 설탕",
            &[("밀", "US", Some(60.0)), ("밀", "AU", Some(40.0))],
        ),
        ("돼지고기 85.5%(국산)", &[("돼지고기", "KR", None)]),
        (
            "감자: 국산, 소금: 중국산",
            &[("감자", "KR", None), ("소금", "CN", None)],
        ),
        ("오징어(원양산)", &[("오징어", "", None)]),
        ("전복(완도산)", &[("전복", "KR", None)]),
        ("고등어(노르웨이)", &[("고등어", "NO", None)]),
        ("원산지: 칠레", &[("", "CL", None)]),
        ("국산 콩 50%", &[("콩", "KR", None)]),
        ("구연산, 유산균, 이산화황, 탄산수, 수산물, 인산", &[]),
        (
            "미국산업협회 인증, 중국요리용, 인도네시아산 커피",
            &[("커피", "ID", None)],
        ),
    ];
    for (text, expected) in cases {
        let found = extract(text);
        let found: Vec<_> = found
            .origins
            .iter()
            .map(|origin| (&*origin.ingredient, origin.country, origin.percent))
            .collect();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn nothing_breaks_it() {
    for text in [
        "(",
        ")))",
        "밀(((",
        "산",
        "국산",
        "%",
        "0%",
        "우유0%",
        "\u{1100}",
        "게게게게",
        "밀밀밀",
        "함유",
        "같은 시설",
    ] {
        extract(text);
    }
    for part in [
        "밀가루(미국산), ",
        "밀,",
        "같은 시설 우유. ",
        "(((국산 100%",
        "없음 ",
    ] {
        let long: String = part.chars().cycle().take(10_000).collect();
        extract(&long);
    }
}
