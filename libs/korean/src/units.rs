//! Numbers with units, as goods are packed and sold: `10kg`, `10킬로`, `10,000 g` are one quantity.

use std::cmp::Reverse;
use std::fmt;
use std::ops::Range;
use std::sync::LazyLock;

use crate::text::{Class, Text, class};

/// What a quantity is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// Mass; the amount is in grams.
    Gram,
    /// Volume; the amount is in millilitres.
    Millilitre,
    /// Length; the amount is in millimetres.
    Millimetre,
    /// Anything counted by a word of its own, which is its canonical name (`개`, `상자`, `근`).
    Count(&'static str),
}

/// An amount of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity {
    /// Thousandths of the unit: `1.5kg` is 1,500 g, which are 1,500,000.
    pub thousandths: u64,
    /// The unit.
    pub unit: Unit,
}

/// A number as written: `1,000` or `3.5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Number {
    thousandths: u64,
    /// Characters it takes.
    pub len: usize,
}

/// What may follow a Korean unit without a space: anything else makes it the beginning of another word
/// (`3단호박`, `5월`).
const AFTER: &str = "입 들이 짜리 씩 이상 이하 이내 미만 내외 정도 당 용 을 를 이 가 은 는 에 의 와 과 도 로 만 상자 박스 팩 봉 묶음 세트 포장 대용량";

impl Quantity {
    /// Grams, where it is a mass.
    pub fn grams(&self) -> Option<f64> {
        (self.unit == Unit::Gram).then(|| self.thousandths as f64 / 1000.0)
    }

    /// Millilitres, where it is a volume.
    pub fn millilitres(&self) -> Option<f64> {
        (self.unit == Unit::Millilitre).then(|| self.thousandths as f64 / 1000.0)
    }

    /// Appends the canonical form, which is the token of an index: `10kg`, `500g`, `1.8l`, `30cm`, `4단`.
    pub fn write(&self, out: &mut String) {
        let (per, name) = match self.unit {
            Unit::Gram if self.thousandths >= 1_000_000 => (1_000_000, "kg"),
            Unit::Gram if self.thousandths >= 1_000 => (1_000, "g"),
            Unit::Gram => (1, "mg"),
            Unit::Millilitre if self.thousandths >= 1_000_000 => (1_000_000, "l"),
            Unit::Millilitre => (1_000, "ml"),
            Unit::Millimetre if self.thousandths >= 10_000 => (10_000, "cm"),
            Unit::Millimetre => (1_000, "mm"),
            Unit::Count(name) => (1_000, name),
        };
        push_decimal(self.thousandths, per, out);
        out.push_str(name);
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.write(&mut text);
        f.write_str(&text)
    }
}

impl Number {
    /// Reads a number at the beginning of `chars`: digits, commas before three of them, a decimal point.
    pub fn read(chars: &[char]) -> Option<Self> {
        let digit = |at: usize| chars.get(at).and_then(|c| c.to_digit(10)).map(u64::from);
        let mut len = 0;
        let mut whole: u64 = 0;
        let mut grouped = 0;
        loop {
            if let Some(value) = digit(len) {
                whole = whole.checked_mul(10)?.checked_add(value)?;
                len += 1;
                grouped += 1;
            } else if chars.get(len) == Some(&',')
                && (1..=3).contains(&grouped)
                && (1..=3).all(|ahead| digit(len + ahead).is_some())
                && digit(len + 4).is_none()
            {
                len += 1;
                grouped = 0;
            } else {
                break;
            }
        }
        if len == 0 || whole > 1_000_000_000_000 {
            return None;
        }
        let mut thousandths = whole * 1000;
        if chars.get(len) == Some(&'.') && digit(len + 1).is_some() {
            let mut worth = 100;
            let mut at = len + 1;
            while let Some(value) = digit(at) {
                if worth == 0 && value != 0 {
                    return None;
                }
                thousandths += value * worth;
                worth /= 10;
                at += 1;
            }
            len = at;
        }
        Some(Self { thousandths, len })
    }

    /// Appends the number without separators: `1000`, `3.5`.
    pub fn write(&self, out: &mut String) {
        push_decimal(self.thousandths, 1000, out);
    }

    /// The quantity this number makes with the unit that follows at `chars[self.len..]`, and its length.
    pub fn quantity(&self, chars: &[char]) -> Option<(Quantity, usize)> {
        let space = usize::from(chars.get(self.len) == Some(&' '));
        let rest = chars.get(self.len + space..)?;
        let (unit, worth, taken) = unit(rest)?;
        let product = self.thousandths.checked_mul(worth)?;
        if product % 1000 != 0 {
            return None;
        }
        let thousandths = product / 1000;
        Some((Quantity { thousandths, unit }, self.len + space + taken))
    }
}

/// All spellings of `words/units.tsv`, ordered by their first character and the longest first: what is written,
/// the unit, and how many thousandths of it one is.
static SPELLINGS: LazyLock<Vec<(Vec<char>, Unit, u64)>> = LazyLock::new(|| {
    let mut all = Vec::new();
    for line in include_str!("../words/units.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
    {
        let mut fields = line.split('\t');
        let (Some(name), Some(Ok(worth))) = (fields.next(), fields.next().map(str::parse)) else {
            continue;
        };
        let unit = match name {
            "g" => Unit::Gram,
            "ml" => Unit::Millilitre,
            "mm" => Unit::Millimetre,
            name => Unit::Count(name),
        };
        all.extend(fields.map(|spelling| (spelling.chars().collect::<Vec<_>>(), unit, worth)));
    }
    all.sort_by_key(|(spelling, ..)| (spelling[0], Reverse(spelling.len())));
    all
});

/// The longest unit at the beginning of `rest`, what one of it is worth, and its length.
fn unit(rest: &[char]) -> Option<(Unit, u64, usize)> {
    let first = *rest.first()?;
    let from = SPELLINGS.partition_point(|(spelling, ..)| spelling[0] < first);
    SPELLINGS[from..]
        .iter()
        .take_while(|(spelling, ..)| spelling[0] == first)
        .find(|(spelling, ..)| rest.starts_with(spelling) && ends_well(&rest[spelling.len()..], first))
        .map(|(spelling, unit, worth)| (*unit, *worth, spelling.len()))
}

fn begins(chars: &[char], with: &str) -> bool {
    let mut at = chars.iter();
    with.chars().all(|c| at.next() == Some(&c))
}

/// Whether a unit that begins with `first` may end before `rest`.
fn ends_well(rest: &[char], first: char) -> bool {
    let Some(&next) = rest.first() else { return true };
    match (class(first), class(next)) {
        (Class::Letter, class) => !matches!(class, Class::Letter | Class::Digit),
        (Class::Hangul, Class::Hangul) => AFTER.split(' ').any(|after| {
            begins(rest, after)
                && rest
                    .get(after.chars().count())
                    .is_none_or(|&c| class(c) != Class::Hangul)
        }),
        (Class::Hangul, Class::Jamo) => false,
        _ => true,
    }
}

fn push_decimal(value: u64, per: u64, out: &mut String) {
    use std::fmt::Write;

    let written = write!(out, "{}", value / per);
    debug_assert!(written.is_ok(), "a String takes all that is written");
    let mut rest = value % per;
    if rest > 0 {
        out.push('.');
        let mut place = per / 10;
        while rest > 0 && place > 0 {
            out.push(char::from(b'0' + (rest / place) as u8));
            rest %= place;
            place /= 10;
        }
    }
}

/// The quantity that `text` as a whole is: `10킬로`, `1,000 g`.
pub fn parse(text: &str) -> Option<Quantity> {
    let mut folded = Text::default();
    folded.set(text.trim(), 0);
    let number = Number::read(&folded.chars)?;
    let (quantity, len) = number.quantity(&folded.chars)?;
    (len == folded.chars.len()).then_some(quantity)
}

/// The quantities in `text`, with the bytes they stand at.
pub fn find(text: &str) -> Vec<(Range<usize>, Quantity)> {
    let mut folded = Text::default();
    folded.set(text, 0);
    let mut found = Vec::new();
    let mut at = 0;
    while at < folded.chars.len() {
        if folded.classes[at] != Class::Digit {
            at += 1;
            continue;
        }
        let number = Number::read(&folded.chars[at..]);
        match number.and_then(|number| number.quantity(&folded.chars[at..])) {
            Some((quantity, len)) => {
                let bytes = folded.starts[at] as usize..folded.ends[at + len - 1] as usize;
                found.push((bytes, quantity));
                at += len;
            }
            None => at += number.map_or_else(|| digits(&folded.classes[at..]), |number| number.len),
        }
    }
    found
}

/// How many digits stand at the beginning.
pub(crate) fn digits(classes: &[Class]) -> usize {
    classes.iter().take_while(|&&class| class == Class::Digit).count()
}

#[cfg(test)]
mod tests {
    use super::{SPELLINGS, Unit, find, parse};

    fn canonical(text: &str) -> Option<String> {
        parse(text).map(|quantity| quantity.to_string())
    }

    #[test]
    fn every_unit_is_read_and_no_spelling_stands_twice() {
        let lines = include_str!("../words/units.tsv")
            .lines()
            .filter(|line| !line.starts_with('#'));
        let written: usize = lines.map(|line| line.split('\t').count() - 2).sum();
        assert_eq!(SPELLINGS.len(), written);
        for pair in SPELLINGS.windows(2) {
            assert_ne!(pair[0].0, pair[1].0);
        }
    }

    #[test]
    fn spellings_of_one_quantity_are_one() {
        let same: [(&str, &[&str]); 8] = [
            (
                "10kg",
                &[
                    "10kg",
                    "10 kg",
                    "10Kg",
                    "10킬로",
                    "10키로",
                    "10킬로그램",
                    "10 킬로",
                    "10000g",
                    "10,000 그램",
                    "10㎏",
                    "１０ｋｇ",
                ],
            ),
            ("500g", &["500g", "500그램", "0.5kg", "500 G"]),
            ("1.8l", &["1.8L", "1.8리터", "1800ml", "1,800 mL", "1800㎖"]),
            ("30개", &["30개", "30입", "30개입", "30과", "30 ea", "30EA"]),
            ("4단", &["4단", "4 단"]),
            ("2상자", &["2박스", "2상자", "2box", "2 BOX"]),
            ("20마리", &["20마리", "20미", "20수"]),
            ("3.5kg", &["3.5kg", "3500g", "3.500kg"]),
        ];
        for (expected, spellings) in same {
            for spelling in spellings {
                assert_eq!(canonical(spelling).as_deref(), Some(expected), "{spelling}");
            }
        }
    }

    #[test]
    fn old_measures_are_kept_as_they_are_named() {
        for text in [
            "1근", "2관", "1말", "3되", "2두름", "1쾌", "5손", "30구", "1판", "100속", "1접", "1톳",
        ] {
            assert_eq!(canonical(text).as_deref(), Some(text));
        }
    }

    #[test]
    fn what_only_begins_like_a_unit_is_none() {
        for text in [
            "3단호박",
            "5월",
            "10개월",
            "kg",
            "10",
            "2kgs1",
            "1.2.3kg",
            "3포기김치",
            "10ㅋ",
            "2구역",
        ] {
            assert_eq!(canonical(text), None, "{text}");
        }
    }

    #[test]
    fn quantities_are_found_where_they_stand() {
        let text = "감자 10㎏ 2박스, 우유 1.8L들이 3단호박";
        let found: Vec<(&str, String)> = find(text)
            .into_iter()
            .map(|(at, quantity)| (&text[at], quantity.to_string()))
            .collect();
        assert_eq!(
            found,
            [
                ("10㎏", "10kg".into()),
                ("2박스", "2상자".into()),
                ("1.8L", "1.8l".into())
            ]
        );
    }

    #[test]
    fn amounts_are_known_in_their_base_unit() {
        assert_eq!(
            parse("10킬로").and_then(|quantity| quantity.grams()),
            Some(10_000.0)
        );
        assert_eq!(
            parse("1.5L").and_then(|quantity| quantity.millilitres()),
            Some(1_500.0)
        );
        assert_eq!(
            parse("3개").map(|quantity| (quantity.unit, quantity.thousandths)),
            Some((Unit::Count("개"), 3000))
        );
        assert_eq!(parse("0.0001mg"), None);
        assert_eq!(parse("99999999999999999999kg"), None);
    }
}
