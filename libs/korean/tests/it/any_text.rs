use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use xlcfi_korean::{Mode, Tags, bigrams, fold, jamo, keyboard, units};

use crate::ANALYZER;

/// Text that meets every rule: plain words, jamo of all kinds, widths, marks, digits, every plane.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        any::<String>(),
        "[가-힣]{1,6}",
        "[ㄱ-ㅎㅏ-ㅣ]{1,4}",
        "[\u{1100}-\u{11ff}]{1,4}",
        "[0-9.,+]{1,8}",
        "[0-9]{1,4} ?(kg|킬로|개|단|마리|L|㎏)",
        "[a-zA-Zé]{1,8}",
        "[一-龥]{1,3}",
        "[ \t\n\u{200b}\u{301}\u{feff}]{1,3}",
        "[\u{1f300}-\u{1faff}]{1,3}",
        "[ﾡ-ￜＡ-Ｚ０-９]{1,4}",
        "(감자|소고기를|배추가|꿀고구마|베니하루카|삶은)",
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn check(text: &str) -> Result<(), proptest::test_runner::TestCaseError> {
    for mode in [Mode::Whole, Mode::Parts, Mode::Mixed] {
        let mut before = (0, 0);
        let mut failure = None;
        ANALYZER
            .clone()
            .with_stop_tags(Tags::EMPTY)
            .analyze(text, mode, |token| {
                let sound = token.start < token.end
                    && text.get(token.start..token.end).is_some()
                    && !token.text.is_empty()
                    && token.position_length >= 1
                    && before <= (token.start, token.position);
                if !sound {
                    failure = Some(format!("{token:?} after {before:?}"));
                }
                before = (token.start, token.position);
            });
        prop_assert_eq!(failure, None);
    }
    let mut start = 0;
    let mut sound = true;
    bigrams(text, |token| {
        sound &= start <= token.start && text.get(token.start..token.end).is_some();
        start = token.start;
    });
    prop_assert!(sound);
    Ok(())
}

proptest! {
    #[test]
    fn tokens_of_any_text_lie_between_its_characters_in_order(text in text()) {
        check(&text)?;
    }

    #[test]
    fn folding_twice_changes_nothing(text in text()) {
        let once = fold(&text);
        prop_assert_eq!(fold(&once), once);
    }

    #[test]
    fn a_token_is_found_again_by_its_own_text(text in "[가-힣 ]{0,20}") {
        let mut wrong = None;
        ANALYZER.analyze(&text, Mode::Whole, |token| {
            if fold(&text[token.start..token.end]) != token.text {
                wrong = Some(token.text.to_owned());
            }
        });
        prop_assert_eq!(wrong, None);
    }

    #[test]
    fn no_text_upsets_the_functions_of_the_search_box(text in text()) {
        let decomposed = jamo::decompose(&text);
        prop_assert_eq!(jamo::decompose(&jamo::compose(&decomposed)), decomposed);
        jamo::initials(&text);
        jamo::is_initials(&text);
        keyboard::to_hangul(&text);
        keyboard::to_latin(&text);
        units::parse(&text);
        for (bytes, quantity) in units::find(&text) {
            prop_assert!(text.get(bytes).is_some());
            prop_assert_eq!(units::parse(&quantity.to_string()), Some(quantity));
        }
    }
}

#[test]
fn ten_kilobytes_of_anything_are_analyzed() {
    let long = |piece: &str| piece.repeat(10_240 / piece.len());
    for piece in [
        "가",
        "뷁",
        "이",
        "ㄱ",
        "\u{1100}",
        "a",
        "1",
        "1,",
        "1.",
        "!",
        "🥔",
        "\u{301}",
        "一",
        "ア",
        "\0",
        "가\u{301}",
        "10kg",
        "이 ",
        "ﷺ",
        "한",
    ] {
        check(&long(piece)).unwrap();
    }
}

#[test]
fn a_callback_may_analyze_too() {
    let mut inner = 0;
    ANALYZER.analyze("감자 양파", Mode::Mixed, |token| {
        ANALYZER.analyze(token.text, Mode::Mixed, |_| inner += 1);
    });
    assert_eq!(inner, 2);
}

#[test]
fn threads_share_one_analyzer() {
    let counts: Vec<usize> = std::thread::scope(|scope| {
        let work = || {
            let mut tokens = 0;
            ANALYZER.analyze("국산 돼지고기를 10킬로", Mode::Mixed, |_| tokens += 1);
            tokens
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(counts, [5; 4]);
}
