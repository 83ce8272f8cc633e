use xlcfi_korean::{Kind, Mode, Tag, Tags, Token};

use crate::{ANALYZER, line, texts};

fn spans(text: &str, mode: Mode) -> Vec<(String, &str, u32, u32)> {
    let mut out = Vec::new();
    ANALYZER.analyze(text, mode, |token: Token<'_>| {
        out.push((
            token.text.to_owned(),
            &text[token.start..token.end],
            token.position,
            token.position_length,
        ));
    });
    out
}

#[test]
fn sentences_lose_their_particles_and_endings() {
    for (text, expected) in [
        ("감자를 먹었다", "감자 먹"),
        ("아버지가방에들어가신다", "아버지 방 들어가"),
        ("가지가 많다", "가지 많"),
        ("배가 고프다", "배 고프"),
        ("파도가 친다", "파도 [친다] 치"),
        ("무는 무겁다", "무 무겁"),
        ("게를 쪄서 먹는다", "게 [쪄서] 찌 먹"),
        (
            "이 제품은 대두, 밀, 우유를 함유하고 있습니다",
            "제품 대두 밀 우유 함유 있",
        ),
        ("무궁화 꽃이 피었습니다", "[무궁화] 무궁 화 꽃 피"),
    ] {
        assert_eq!(line(text), expected, "{text}");
    }
}

#[test]
fn a_compound_stays_falls_apart_or_does_both() {
    assert_eq!(texts("동원참치캔", Mode::Whole), ["동원", "참치캔"]);
    assert_eq!(texts("동원참치캔", Mode::Parts), ["동원", "참치", "캔"]);
    assert_eq!(
        spans("동원참치캔", Mode::Mixed),
        [
            ("동원".to_owned(), "동원", 0, 1),
            ("참치캔".to_owned(), "참치캔", 1, 2),
            ("참치".to_owned(), "참치", 1, 1),
            ("캔".to_owned(), "캔", 2, 1),
        ]
    );
}

#[test]
fn an_inflected_word_gives_its_stem_over_the_whole_of_it() {
    assert_eq!(
        spans("매운 라면", Mode::Mixed),
        [
            ("매운".to_owned(), "매운", 0, 2),
            ("맵".to_owned(), "매운", 0, 1),
            ("라면".to_owned(), "라면", 2, 1),
        ]
    );
}

#[test]
fn words_left_out_leave_a_hole_and_punctuation_does_not() {
    let positions = |text: &str| -> Vec<u32> { spans(text, Mode::Whole).iter().map(|span| span.2).collect() };
    assert_eq!(positions("감자를 고구마"), [0, 2]);
    assert_eq!(positions("감자, 고구마 (양파)"), [0, 1, 2]);
}

#[test]
fn widths_case_hanja_and_numbers_are_normalised_and_keep_their_bytes() {
    assert_eq!(
        spans("國産 ＢＥＥＦ 1,000 ㎏ Potatoes", Mode::Whole),
        [
            ("국산".to_owned(), "國産", 0, 1),
            ("beef".to_owned(), "ＢＥＥＦ", 1, 1),
            ("1000kg".to_owned(), "1,000 ㎏", 2, 1),
            ("potato".to_owned(), "Potatoes", 3, 1),
        ]
    );
    assert_eq!(
        texts("1,234 3.50 십 열", Mode::Whole),
        ["1234", "3.5", "십", "열"]
    );
    assert_eq!(
        texts("豚고기 LA갈비 B6", Mode::Whole),
        ["豚", "고기", "la", "갈비", "b6"]
    );
}

#[test]
fn quantities_are_one_token_however_they_are_written() {
    for text in [
        "감자 10kg",
        "감자10킬로",
        "감자 10 kg",
        "감자 10,000g",
        "감자 10㎏",
    ] {
        assert_eq!(texts(text, Mode::Mixed), ["감자", "10kg"], "{text}");
    }
    assert_eq!(
        texts("한우 1++ 등심 2박스", Mode::Mixed),
        ["한우", "1++", "등심", "2상자"]
    );
    assert_eq!(texts("3단호박 4단", Mode::Whole), ["3", "단호박", "4단"]);
    assert_eq!(texts("500g봉 10kg을", Mode::Whole), ["500g", "봉", "10kg"]);
}

#[test]
fn jamo_foreign_and_unknown_words_say_what_they_are() {
    let mut kinds = Vec::new();
    ANALYZER.analyze("ㄱㅈ potato 쀍쀍 10 4단 감자", Mode::Mixed, |token| {
        kinds.push((token.kind, token.tag))
    });
    assert_eq!(
        kinds,
        [
            (Kind::Jamo, Tag::Unknown),
            (Kind::Foreign, Tag::Sl),
            (Kind::Unknown, Tag::Unknown),
            (Kind::Number, Tag::Sn),
            (Kind::Quantity, Tag::Nnbc),
            (Kind::Word, Tag::Nng),
        ]
    );
}

#[test]
fn stop_tags_are_a_choice() {
    let all = ANALYZER.clone().with_stop_tags(Tags::EMPTY);
    let mut words = Vec::new();
    all.analyze("감자를 먹었다.", Mode::Whole, |token| {
        words.push(token.text.to_owned())
    });
    assert_eq!(words, ["감자", "를", "먹", "었", "다"]);
}

#[test]
fn foods_of_one_syllable_do_not_break_other_words() {
    for (text, expected) in [
        (
            "전에 먹은 것보다 살이 통통하고 알이 꽉 찼어요",
            "전 먹 것 살 통통 알 [찼] 차",
        ),
        ("회사에서 다 같이 먹었는데 감탄했어요", "회사 먹 감탄"),
        (
            "게다가 포장도 잘 되어 있고 무엇보다 신선합니다",
            "포장 되 있 무엇 신선",
        ),
        (
            "참 맛있고 왕복 배송비가 아깝지 않네요",
            "맛있 왕복 배송 비 아깝 않",
        ),
        ("씨가 많고 당도가 낮아요 청결하지 않아요", "씨 많 당도 낮 청결 않"),
    ] {
        assert_eq!(line(text), expected, "{text}");
    }
}

#[test]
fn ingredients_and_reviews_are_words_too() {
    assert_eq!(
        line("정제수, 물엿(옥수수전분), 대두유, 정제소금, 향미증진제"),
        "정제수 물엿 [옥수수전분] 옥수수 전분 대두유 [정제소금] 정제 소금 [향미증진제] 향미 증진제"
    );
    assert_eq!(
        line("배송이 빠르고 신선해서 재구매 의사 있어요"),
        "배송 빠르 신선 [재구매] 재 구매 의사 있"
    );
}
