/// Why something is offered, in Korean.
pub fn together(name: &str) -> String {
    format!("'{name}'{} 함께 구매한 상품", with(name))
}

pub fn of_kind(category: Option<&str>) -> String {
    let kind = category.filter(|name| !name.is_empty());
    kind.map_or_else(
        || "같은 종류의 인기 상품".into(),
        |name| format!("{name} 인기 상품"),
    )
}

pub const LIKE_MEMBERS: &str = "비슷한 고객이 구매한 상품";
pub const POPULAR: &str = "많은 고객이 찾는 상품";

/// 과 after a final consonant, else 와; both where nobody can tell.
fn with(name: &str) -> &'static str {
    const FIRST: u32 = 0xac00;
    const LAST: u32 = 0xd7a3;
    /// Endings of a syllable, the first of which is none.
    const ENDINGS: u32 = 28;
    match name.chars().next_back().map(u32::from) {
        Some(letter @ FIRST..=LAST) if (letter - FIRST).is_multiple_of(ENDINGS) => "와",
        Some(FIRST..=LAST) => "과",
        _ => "와(과)",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_particle_fits_the_name() {
        assert_eq!(together("평창 감자"), "'평창 감자'와 함께 구매한 상품");
        assert_eq!(together("당근"), "'당근'과 함께 구매한 상품");
        assert_eq!(together("쌀 10kg"), "'쌀 10kg'와(과) 함께 구매한 상품");
    }

    #[test]
    fn a_kind_without_a_name_is_told_without() {
        assert_eq!(of_kind(Some("뿌리채소")), "뿌리채소 인기 상품");
        assert_eq!(of_kind(None), "같은 종류의 인기 상품");
    }
}
