use std::path::Path;

use xlcfi_korean::{Kind, Mode, Tag};

use crate::{ANALYZER, line};

/// Names of the demo catalogue, as they must be taken apart.
const EXPECTED: &[(&str, &str)] = &[
    ("감자 수미 10kg", "감자 수미 10kg"),
    ("감자 두백 20kg", "감자 두백 20kg"),
    ("꿀고구마 베니하루카 10kg", "[꿀고구마] 꿀 고구마 베니하루카 10kg"),
    ("총각무 알타리 4단", "[총각무] 총각 무 알타리 4단"),
    ("세척당근 10kg", "[세척당근] 세척 당근 10kg"),
    ("깐도라지 채 1kg", "[깐도라지] 깐 도라지 채 1kg"),
    ("알배기배추 8kg", "[알배기배추] 알배기 배추 8kg"),
    ("시금치 포항초 4kg", "시금치 포항초 4kg"),
    ("모둠 쌈채소 2kg", "모둠 [쌈채소] 쌈 채소 2kg"),
    ("삶은 고사리 2kg", "삶은 고사리 2kg"),
    ("펀치볼 시래기 1kg", "펀치볼 시래기 1kg"),
    ("건곤드레 500g", "[건곤드레] 건 곤드레 500g"),
    ("백다다기오이 50개", "[백다다기오이] 백 다다기 오이 50개"),
    ("대추방울토마토 3kg", "[대추방울토마토] 대추 방울 토마토 3kg"),
    ("초당옥수수 20개", "[초당옥수수] 초당 옥수수 20개"),
    ("의성 한지형 통마늘 1접", "의성 한지형 [통마늘] 통 마늘 1접"),
    ("신고배 7.5kg", "[신고배] 신고 배 7.5kg"),
    ("샤인머스캣 2kg", "[샤인머스캣] 샤인 머스캣 2kg"),
    ("딸기 설향 2kg", "딸기 설향 2kg"),
    ("성주참외 10kg", "[성주참외] 성주 참외 10kg"),
    ("보은 건대추 1kg", "보은 [건대추] 건 대추 1kg"),
    ("네이블 오렌지 72과", "네이블 오렌지 72개"),
    ("새송이버섯 2kg", "[새송이버섯] 새송이 버섯 2kg"),
    ("신동진쌀 20kg", "[신동진쌀] 신동진 쌀 20kg"),
    ("철원 오대쌀 10kg", "철원 [오대쌀] 오대 쌀 10kg"),
    ("볶지 않은 메밀가루 1kg", "볶 않 [메밀가루] 메밀 가루 1kg"),
    ("쥐눈이콩 서목태 2kg", "[쥐눈이콩] 쥐눈이 콩 서목태 2kg"),
    ("한우 등심 1++ 1kg", "한우 등심 1++ 1kg"),
    (
        "미국산 척아이롤 초이스 10kg",
        "[미국산] 미국 [척아이롤] 척 아이롤 초이스 10kg",
    ),
    ("LA갈비 초이스 5kg", "la 갈비 초이스 5kg"),
    ("국내산 삼겹살 5kg", "[국내산] 국내 [삼겹살] 삼겹 살 5kg"),
    (
        "앞다리살 불고기용 5kg",
        "[앞다리살] 앞다리 살 [불고기용] 불고기 5kg",
    ),
    ("생닭 10호 10수", "[생닭] 생 닭 10호 10마리"),
    ("닭볶음탕용 절단육 1kg", "[닭볶음탕용] 닭볶음탕 절단육 1kg"),
    ("동물복지 특란 20구", "[동물복지] 동물 복지 특란 20구"),
    ("영광 굴비 20미", "영광 굴비 20마리"),
    ("완도 활전복 1kg 10미", "완도 [활전복] 활 전복 1kg 10마리"),
    ("눈다랑어 뱃살 사쿠 1kg", "눈다랑어 뱃살 사쿠 1kg"),
    ("서해 암꽃게 3kg", "서해 [암꽃게] 암 꽃게 3kg"),
    ("흰다리새우 2kg 60미", "[흰다리새우] 흰다리 새우 2kg 60마리"),
    ("재래김 마른김 100장", "[재래김] 재래 김 [마른김] 마른 김 100장"),
    ("국물용 대멸치 1.5kg", "[국물용] 국물 [대멸치] 대 멸치 1.5kg"),
    ("두절 건새우 1kg", "두절 [건새우] 건 새우 1kg"),
    ("유당분해 우유 1L", "유당분해 우유 1l"),
    (
        "체다슬라이스치즈 100매",
        "[체다슬라이스치즈] 체다 슬라이스 치즈 100장",
    ),
    ("여수 돌산갓김치 3kg", "여수 [돌산갓김치] 돌산 갓 김치 3kg"),
    ("순창 찹쌀고추장 1kg", "순창 [찹쌀고추장] 찹쌀 고추장 1kg"),
    (
        "매운 소고기맛 라면 40봉",
        "[매운] 맵 [소고기] 소 고기 맛 라면 40봉",
    ),
    ("쌀떡볶이떡 2kg", "[쌀떡볶이떡] 쌀 떡볶이 떡 2kg"),
    ("엑스트라버진 올리브유 1L", "엑스트라버진 [올리브유] 올리브 유 1l"),
    ("캔커피 밀크 175ml 30캔", "[캔커피] 캔 커피 밀크 175ml 30캔"),
    ("안동식 식혜 1.5L 12병", "안동식 식혜 1.5l 12병"),
];

fn names() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../mesh/catalogue/products.csv");
    let mut reader = csv::Reader::from_path(path).expect("the catalogue is there");
    reader
        .records()
        .map(|row| row.expect("a row of the catalogue")[2].to_owned())
        .collect()
}

#[test]
fn names_are_taken_apart_as_expected() {
    let names = names();
    for (name, expected) in EXPECTED {
        assert!(
            names.iter().any(|known| known == name),
            "{name} is not in the catalogue"
        );
        assert_eq!(line(name), *expected, "{name}");
    }
    assert!(EXPECTED.len() >= 40);
}

/// Words of names are nouns: a name that falls into verbs, numerals or pronouns was not understood.
#[test]
fn no_name_falls_into_words_that_are_none_of_food() {
    const VERBS: [&str; 5] = ["볶", "않", "떠먹", "매운", "맵"];
    let mut foolish = Vec::new();
    for name in names() {
        ANALYZER.analyze(&name, Mode::Mixed, |token| {
            let odd = matches!(
                token.tag,
                Tag::Vv
                    | Tag::Va
                    | Tag::Vx
                    | Tag::Vcp
                    | Tag::Vcn
                    | Tag::Nr
                    | Tag::Np
                    | Tag::Nnb
                    | Tag::Xpn
                    | Tag::Xr
            );
            if (odd && !VERBS.contains(&token.text)) || matches!(token.kind, Kind::Unknown | Kind::Jamo) {
                foolish.push(format!("{name}: {} {}", token.text, token.tag.name()));
            }
        });
    }
    assert!(foolish.is_empty(), "{foolish:#?}");
}

/// What the index leaves out of a name is a suffix or an ending, nothing that says what it is.
#[test]
fn nothing_of_a_name_is_lost_but_suffixes() {
    let mut lost = Vec::new();
    for name in names() {
        let mut covered = vec![false; name.len()];
        ANALYZER.analyze(&name, Mode::Mixed, |token| {
            covered[token.start..token.end].fill(true)
        });
        let left: String = name
            .char_indices()
            .filter(|&(at, _)| !covered[at])
            .map(|(_, c)| c)
            .collect();
        let left = left.split_whitespace().collect::<String>();
        if !matches!(left.as_str(), "" | "용" | "지은" | "는") {
            lost.push(format!("{name}: {left}"));
        }
    }
    assert!(lost.is_empty(), "{lost:#?}");
}

#[test]
fn quantities_of_names_are_one_token_each() {
    for name in names() {
        let mut numbers = Vec::new();
        ANALYZER.analyze(&name, Mode::Mixed, |token| {
            if token.kind == Kind::Number {
                numbers.push(token.text.to_owned());
            }
        });
        assert!(
            numbers.iter().all(|number| number == "1++"),
            "{name}: {numbers:?}"
        );
    }
}
