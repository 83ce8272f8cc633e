//! Payment methods the PG keeps for members.

use time::OffsetDateTime;
use uuid::{Uuid, uuid};
use xlcfi_identity::Member;
use xlcfi_types::Id;

use crate::pg::Provider;

/// Most methods a member has at one time.
pub const MOST_METHODS: i64 = 10;

/// Makes customer keys of member ids.
const CUSTOMERS: Uuid = uuid!("0b8f4c1e-2a57-5d43-9c61-7e0f3d9a6b24");

/// A stored method, without its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Method {
    pub payment_method_id: Id<Method>,
    /// The PG that keeps it.
    pub provider: Provider,
    /// What the member sees.
    pub label: String,
    pub create_time: OffsetDateTime,
}

/// What the PG knows a member by: the same for ever, and no one's account id.
pub fn customer_key(member_id: Id<Member>) -> String {
    Uuid::new_v5(&CUSTOMERS, member_id.uuid().as_bytes()).to_string()
}

/// `신한 ****-123*` of an issuer's code and a masked card number.
pub fn label(issuer_code: &str, masked_number: &str) -> String {
    let issuer = ISSUERS
        .iter()
        .find(|(code, _)| *code == issuer_code)
        .map_or("카드", |(_, name)| name);
    let length = masked_number.chars().count();
    let last: String = masked_number.chars().skip(length.saturating_sub(4)).collect();
    format!("{issuer} ****-{last}")
}

/// Issuers by the PG's codes.
const ISSUERS: [(&str, &str); 22] = [
    ("3K", "기업비씨"),
    ("46", "광주"),
    ("71", "롯데"),
    ("30", "산업"),
    ("31", "BC"),
    ("51", "삼성"),
    ("38", "새마을"),
    ("41", "신한"),
    ("62", "신협"),
    ("36", "씨티"),
    ("33", "우리BC"),
    ("W1", "우리"),
    ("37", "우체국"),
    ("39", "저축"),
    ("35", "전북"),
    ("42", "제주"),
    ("15", "카카오뱅크"),
    ("3A", "케이뱅크"),
    ("24", "토스뱅크"),
    ("21", "하나"),
    ("61", "현대"),
    ("11", "국민"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_has_one_customer_key_and_shares_it_with_nobody() {
        let (one, other) = (Id::new(), Id::new());
        assert_eq!(customer_key(one), customer_key(one));
        assert_ne!(customer_key(one), customer_key(other));
        assert_ne!(customer_key(one), one.to_string());
    }

    #[test]
    fn a_label_names_the_issuer_and_shows_four_characters_at_most() {
        assert_eq!(label("41", "43301234****1234"), "신한 ****-1234");
        assert_eq!(label("61", "43301234****123*"), "현대 ****-123*");
        assert_eq!(label("??", "12"), "카드 ****-12");
        assert_eq!(label("", ""), "카드 ****-");
    }
}
