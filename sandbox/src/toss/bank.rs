//! Banks by their two-digit code and the name a request may use instead.

const BANKS: [(&str, &str); 24] = [
    ("02", "산업"),
    ("03", "기업"),
    ("06", "국민"),
    ("07", "수협"),
    ("11", "농협"),
    ("12", "단위농협"),
    ("20", "우리"),
    ("23", "SC제일"),
    ("27", "씨티"),
    ("31", "대구"),
    ("32", "부산"),
    ("34", "광주"),
    ("35", "제주"),
    ("37", "전북"),
    ("39", "경남"),
    ("45", "새마을"),
    ("48", "신협"),
    ("50", "저축"),
    ("71", "우체국"),
    ("81", "하나"),
    ("88", "신한"),
    ("89", "케이"),
    ("90", "카카오"),
    ("92", "토스"),
];

/// The code of a bank given by code or name.
pub(crate) fn code(bank: &str) -> Option<&'static str> {
    BANKS
        .iter()
        .find(|(code, name)| bank == *code || bank == *name)
        .map(|(code, _)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bank_is_known_by_code_and_name() {
        assert_eq!(code("20"), Some("20"));
        assert_eq!(code("우리"), Some("20"));
        assert_eq!(code("99"), None);
    }
}
