//! Rules that hold a review until a person looks at it. They hide nothing for good,
//! so they may be wrong now and then.

use std::sync::LazyLock;

use regex::Regex;
use strum::{EnumString, IntoStaticStr};
use unicode_normalization::UnicodeNormalization as _;
use uuid::Uuid;

/// Why a review is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, IntoStaticStr, EnumString)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Rule {
    Duplicate,
    AuthorBurst,
    ProductBurst,
    BannedWord,
    Link,
    PhoneNumber,
}

/// Letters and digits a text needs to be told from others by.
const SHORTEST_KEY: usize = 10;
/// Letters from which on a word is looked for within others, too. Shorter ones begin
/// a word: `다시발송` is no insult.
const SHORTEST_INNER: usize = 3;

/// Insults, and what leads buyers away.
const WORDS: [&str; 18] = [
    "씨발",
    "시발",
    "씨팔",
    "개새끼",
    "새끼야",
    "병신",
    "지랄",
    "좆",
    "꺼져",
    "미친놈",
    "미친년",
    "쌍놈",
    "오픈채팅",
    "카톡아이디",
    "카카오톡아이디",
    "텔레그램",
    "직거래문의",
    "fuck",
];

static LINK: LazyLock<Regex> = LazyLock::new(|| {
    let link = r"https?://|\bwww\.|\b[a-z0-9][a-z0-9-]+\.(?:com|net|org|kr|co|io|me|ly|gl|shop|store|site|xyz|link)\b";
    Regex::new(link).expect("the pattern is a constant")
});
static PHONE: LazyLock<Regex> = LazyLock::new(|| {
    let phone = r"(?:\+?82[-. )]*)?\b0?1[016789][-. )]*\d{3,4}[-. ]*\d{4}\b|\b0(?:2|[3-7]\d)[-. )]+\d{3,4}[-. ]+\d{4}\b|\b1[568]\d\d-\d{4}\b";
    Regex::new(phone).expect("the pattern is a constant")
});

/// The words looked for.
#[derive(Debug, Clone)]
pub struct Words(Vec<String>);

impl Words {
    /// The usual ones and `more`, parted by commas.
    pub fn with(more: &str) -> Self {
        let all = WORDS.into_iter().chain(more.split(','));
        Self(all.map(plain).filter(|word| !word.is_empty()).collect())
    }

    fn found_in(&self, text: &str) -> bool {
        let words: Vec<String> = text.split_whitespace().map(plain).collect();
        let whole = words.concat();
        self.0.iter().any(|banned| {
            words.iter().any(|word| word.starts_with(banned))
                || banned.chars().count() >= SHORTEST_INNER && whole.contains(banned)
        })
    }
}

/// The rules a text breaks by itself.
pub fn broken_by(text: &str, words: &Words) -> Vec<Rule> {
    let lower = text.nfkc().collect::<String>().to_lowercase();
    let broken = [
        (Rule::BannedWord, words.found_in(&lower)),
        (Rule::Link, LINK.is_match(&lower)),
        (Rule::PhoneNumber, PHONE.is_match(&lower)),
    ];
    broken
        .into_iter()
        .filter(|(_, is)| *is)
        .map(|(rule, _)| rule)
        .collect()
}

/// What a text says, whatever its spaces, signs and capitals; `None` for one so short
/// that two may agree by chance.
pub fn text_key(text: &str) -> Option<Uuid> {
    let plain = plain(text);
    (plain.chars().count() >= SHORTEST_KEY).then(|| Uuid::new_v5(&Uuid::NAMESPACE_OID, plain.as_bytes()))
}

fn plain(text: &str) -> String {
    let letters = text.nfkc().filter(|character| character.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(text: &str) -> Vec<Rule> {
        broken_by(text, &Words::with("먹튀 조심, 체험단"))
    }

    #[test]
    fn insults_links_and_numbers_are_found_however_they_are_written() {
        for (text, rules) in [
            ("씨발 이게 뭐야", vec![Rule::BannedWord]),
            ("이런 개.새.끼 같은 포장", vec![Rule::BannedWord]),
            ("이게 개 새 끼 냐", vec![Rule::BannedWord]),
            ("ＦＵＣＫ this potato", vec![Rule::BannedWord]),
            ("체험단으로 받아서 썼습니다", vec![Rule::BannedWord]),
            ("먹튀조심하세요", vec![Rule::BannedWord]),
            ("더 싼 곳은 HTTPS://shop.example/1", vec![Rule::Link]),
            ("potato-king.co.kr 에서 사세요", vec![Rule::Link]),
            ("bit.ly/3x 를 보세요", vec![Rule::Link]),
            ("010-1234-5678 로 주세요", vec![Rule::PhoneNumber]),
            ("０１０ １２３４ ５６７８", vec![Rule::PhoneNumber]),
            ("연락은 01012345678", vec![Rule::PhoneNumber]),
            ("+82 10.1234.5678", vec![Rule::PhoneNumber]),
            ("02-123-4567 문의", vec![Rule::PhoneNumber]),
            ("1588-1234", vec![Rule::PhoneNumber]),
            ("www.a.b 010-1234-5678", vec![Rule::Link, Rule::PhoneNumber]),
        ] {
            assert_eq!(broken(text), rules, "{text}");
        }
    }

    #[test]
    fn what_buyers_say_of_food_breaks_none() {
        for text in [
            "다시발송 해 주셔서 감사합니다",
            "5kg 주문했는데 5.2kg 왔어요. 11월 20일 도착",
            "2026-11-20 도착, 3박스 12000원",
            "맛있어요!!! 재구매 3번째.좋아요",
            "10개 중 1개만 상했네요. 100점 만점에 95점",
            "당도 12.5brix 최고",
        ] {
            assert_eq!(broken(text), [], "{text}");
        }
    }

    #[test]
    fn texts_that_say_the_same_have_one_key() {
        let key = text_key("정말 신선하고 맛있어요! 또 살게요");
        assert!(key.is_some());
        assert_eq!(key, text_key("정말신선하고 맛있어요...또 살게요~~"));
        assert_ne!(key, text_key("정말 신선하고 맛있어요! 안 살게요"));
        assert_eq!(text_key("좋아요 좋아요!!!"), None);
    }
}
