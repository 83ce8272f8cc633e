//! Words that tell a product's reviews from others.

use std::collections::BTreeMap;

/// Words a summary has at most.
const MOST: usize = 10;
/// Reviews of the product that must have a word.
const FEWEST: i64 = 2;
/// How many reviews the prior counts as.
const PRIOR: f64 = 20.0;
/// Characters of a sentence that is shown.
const SENTENCE: usize = 120;

/// Particles at the end of a noun, the longest first.
const PARTICLES: [&str; 26] = [
    "에서는",
    "이라서",
    "에서",
    "으로",
    "이랑",
    "까지",
    "부터",
    "처럼",
    "보다",
    "이나",
    "에는",
    "이라",
    "마다",
    "은",
    "는",
    "이",
    "가",
    "을",
    "를",
    "도",
    "만",
    "에",
    "의",
    "로",
    "와",
    "과",
];
/// Ends of words that are no nouns.
const ENDINGS: [&str; 35] = [
    "요", "다", "네", "죠", "고", "서", "면", "게", "지만", "는데", "은데", "인데", "한데", "어", "아", "여",
    "음", "함", "임", "까", "니", "며", "던", "지", "해", "듯", "는", "한", "된", "할", "히", "용", "하나",
    "진짜", "너무",
];
/// Words that tell nothing.
const COMMON: [&str; 30] = [
    "정말", "아주", "완전", "매우", "조금", "그냥", "많이", "항상", "바로", "역시", "이번", "다음", "제품",
    "상품", "구매", "주문", "후기", "저희", "우리", "여기", "거기", "이거", "그거", "하나", "진짜", "너무",
    "제가", "같이", "다시", "다른",
];

/// Nouns of a text as far as can be told without a dictionary, each once, with the
/// sentence it stands in first.
pub fn words(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for sentence in text.split(['.', '!', '?', '~', '\n']) {
        let shown: String = sentence.trim().chars().take(SENTENCE).collect();
        for word in sentence.split(|letter: char| !('가'..='힣').contains(&letter)) {
            if let Some(noun) = noun(word) {
                found.entry(noun.to_owned()).or_insert_with(|| shown.clone());
            }
        }
    }
    found
}

fn noun(word: &str) -> Option<&str> {
    let long = |word: &str| word.chars().count() >= 2;
    let stripped = PARTICLES
        .iter()
        .filter_map(|particle| word.strip_suffix(particle))
        .find(|rest| long(rest));
    let noun = stripped.unwrap_or(word);
    let is_predicate = stripped.is_none() && ENDINGS.iter().any(|ending| word.ends_with(ending));
    (long(noun) && noun.chars().count() <= 8 && !is_predicate && !COMMON.contains(&noun)).then_some(noun)
}

/// In how many reviews a word stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    pub word: String,
    /// Of the product.
    pub own: i64,
    /// Of all products, this one too.
    pub all: i64,
    pub sentence: String,
}

/// A word that tells a product from others.
#[derive(Debug, Clone, PartialEq)]
pub struct Keyword {
    pub word: String,
    pub reviews: i64,
    /// Log-odds in standard errors.
    pub score: f64,
    pub sentence: String,
}

/// The words a product's reviews have more often than others, the most telling first:
/// log-odds with all reviews as the prior (Monroe, Colaresi and Quinn, *Fightin' words*,
/// Political Analysis 16, 2008).
pub fn telling(counted: Vec<Counted>, own_reviews: i64, all_reviews: i64) -> Vec<Keyword> {
    let (own_total, rest_total) = (own_reviews as f64, (all_reviews - own_reviews).max(0) as f64);
    let mut keywords: Vec<Keyword> = counted
        .into_iter()
        .filter(|counted| counted.own >= FEWEST)
        .map(|counted| {
            let prior = PRIOR * counted.all as f64 / all_reviews.max(1) as f64;
            let odds = |with: f64, total: f64| {
                let with = with + prior;
                (with / (total + PRIOR - with).max(0.5)).ln()
            };
            let (own, rest) = (counted.own as f64, (counted.all - counted.own).max(0) as f64);
            let spread = (1.0 / (own + prior) + 1.0 / (rest + prior)).sqrt();
            Keyword {
                score: (odds(own, own_total) - odds(rest, rest_total)) / spread,
                word: counted.word,
                reviews: counted.own,
                sentence: counted.sentence,
            }
        })
        .collect();
    keywords.sort_by(|one, other| {
        other
            .score
            .total_cmp(&one.score)
            .then_with(|| one.word.cmp(&other.word))
    });
    keywords.truncate(MOST);
    keywords
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nouns_lose_their_particles_and_predicates_are_left_out() {
        let words = words("감자가 포슬포슬하고 맛있어요! 배송도 빨라요. 껍질은 얇네요");
        let words: Vec<&str> = words.keys().map(String::as_str).collect();
        assert_eq!(words, ["감자", "껍질", "배송"]);
    }

    #[test]
    fn a_word_only_this_product_has_tells_more_than_one_all_have() {
        let counted = |word: &str, own, all| Counted {
            word: word.into(),
            own,
            all,
            sentence: String::new(),
        };
        let counts = vec![
            counted("배송", 5, 500),
            counted("껍질", 5, 6),
            counted("어쩌다", 1, 1),
        ];
        let keywords = telling(counts, 10, 1000);
        let words: Vec<&str> = keywords.iter().map(|keyword| &*keyword.word).collect();
        assert_eq!(words, ["껍질", "배송"]);
        assert!(keywords[0].score > 2.0);
        assert!(telling(Vec::new(), 0, 0).is_empty());
    }
}
