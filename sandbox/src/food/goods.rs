//! Goods nobody makes, of which the doubles tell. All of it follows from a number.

/// One kind of goods, as its maker reported it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Goods {
    pub name: String,
    pub kind: &'static str,
    pub maker: String,
    pub address: String,
    pub licence_number: String,
    pub report_number: String,
    pub barcode: String,
    pub ingredients: &'static str,
    pub allergens: &'static str,
}

/// Kind, what it is made of, and the allergens in it.
const KINDS: [(&str, &str, &str); 8] = [
    (
        "배추김치",
        "배추, 고춧가루, 마늘, 새우젓(새우), 정제소금",
        "새우 함유",
    ),
    ("어묵", "연육, 소맥분, 대두유, 난백분", "밀, 대두, 알류 함유"),
    ("두부", "대두, 정제수, 염화마그네슘", "대두 함유"),
    (
        "만두",
        "소맥분, 돼지고기, 부추, 간장(대두, 밀)",
        "밀, 돼지고기, 대두 함유",
    ),
    ("요구르트", "원유, 유산균, 과당", "우유 함유"),
    ("떡국떡", "멥쌀, 정제소금", ""),
    ("고추장", "고춧가루, 찹쌀, 메주가루(대두), 물엿", "대두 함유"),
    (
        "소시지",
        "돼지고기, 닭고기, 아질산나트륨, 탈지분유",
        "돼지고기, 닭고기, 우유 함유",
    ),
];
const PREFIXES: [&str; 9] = [
    "들녘",
    "햇살",
    "바른",
    "새벽",
    "우리",
    "옹기",
    "푸른",
    "한마루",
    "늘찬",
];
const MAKERS: [&str; 7] = [
    "가온식품",
    "누리푸드",
    "다솜농업회사법인",
    "마루수산",
    "보람유업",
    "세움축산",
    "해올식품",
];
const PLACES: [&str; 6] = [
    "충청북도 음성군",
    "전라남도 나주시",
    "경기도 이천시",
    "경상북도 안동시",
    "강원특별자치도 횡성군",
    "제주특별자치도 제주시",
];

/// The goods of a number; another number may give the same maker.
pub(super) fn goods(number: u64) -> Goods {
    let (kind, ingredients, allergens) = pick(&KINDS, number, 1);
    let maker_number = draw(number, 2) % 40;
    let maker = pick(&MAKERS, maker_number, 3);
    let licence_number = format!("2019{:07}", 100_000 + maker_number * 37);
    Goods {
        name: format!("{} {kind}", pick(&PREFIXES, number, 4)),
        kind,
        maker: format!("{maker} {}공장", maker_number + 1),
        address: pick(&PLACES, maker_number, 5).to_owned(),
        report_number: format!("{licence_number}{:03}", number % 1_000),
        licence_number,
        barcode: barcode(880_900_000_000 + number),
        ingredients,
        allergens,
    }
}

/// Twelve digits and their check digit.
fn barcode(digits: u64) -> String {
    let text = digits.to_string();
    let weighted = text.chars().rev().enumerate().map(|(place, digit)| {
        let digit = u64::from(digit.to_digit(10).unwrap_or_default());
        if place % 2 == 0 { 3 * digit } else { digit }
    });
    format!("{text}{}", (10 - weighted.sum::<u64>() % 10) % 10)
}

/// One of `choices`, by a number and what it is drawn for.
pub(super) fn pick<T: Copy>(choices: &[T], number: u64, purpose: u64) -> T {
    let at = draw(number, purpose) % choices.len() as u64;
    choices[usize::try_from(at).unwrap_or_default()]
}

/// A number that depends on nothing but its arguments (splitmix64).
pub(super) fn draw(number: u64, purpose: u64) -> u64 {
    let mix = |value: u64| {
        let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    };
    mix(mix(purpose) ^ number)
}

/// Between 0 and 1, likewise.
pub(super) fn part(number: u64, purpose: u64) -> f64 {
    (draw(number, purpose) >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goods_follow_from_their_number() {
        assert_eq!(goods(7), goods(7));
        assert_ne!(goods(7).barcode, goods(8).barcode);
        assert_eq!(barcode(880_123_456_789), "8801234567893");
        for number in 0..2_000 {
            assert!((0.0..1.0).contains(&part(number, 9)));
        }
    }
}
