//! A member and the business it registered.

use time::OffsetDateTime;
use xlcfi_types::Id;

use crate::business::Standing;
use crate::grade::Grade;
use crate::registration::RegistrationNumber;

/// Whose; the id of the account.
pub type MemberId = Id<xlcfi_identity::Member>;

/// A person or business that trades.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub member_id: MemberId,
    pub display_name: String,
    pub email: String,
    /// Empty when not given.
    pub phone: String,
    pub business: Option<Business>,
    pub create_time: OffsetDateTime,
    pub update_time: OffsetDateTime,
    pub grade: Grade,
    /// When it withdrew and what was personal was erased.
    pub withdraw_time: Option<OffsetDateTime>,
}

/// What others show of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    pub member_id: MemberId,
    pub display_name: String,
    pub grade: Grade,
    /// Points that can be spent now.
    pub points: i64,
}

/// What a member says about its business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusinessDetails {
    pub number: RegistrationNumber,
    pub name: String,
    pub representative: String,
}

/// A registered business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Business {
    pub details: BusinessDetails,
    pub register_time: OffsetDateTime,
    pub standing: Standing,
    /// When the tax office said so.
    pub standing_time: Option<OffsetDateTime>,
}

/// The fields of a profile to change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfileChange {
    pub display_name: Option<String>,
    pub phone: Option<String>,
}

impl Member {
    /// The member with a profile change applied, or `None` when it changes nothing.
    pub fn changed(&self, change: ProfileChange, now: OffsetDateTime) -> Option<Self> {
        let mut changed = self.clone();
        if let Some(display_name) = change.display_name {
            changed.display_name = display_name;
        }
        if let Some(phone) = change.phone {
            changed.phone = phone;
        }
        (changed != *self).then_some(Self {
            update_time: now,
            ..changed
        })
    }

    /// The member with a business registered or corrected, or `None` when it is
    /// registered just so. A corrected name keeps the time of the number and what the
    /// tax office says of it.
    pub fn registered(&self, details: &BusinessDetails, now: OffsetDateTime) -> Option<Self> {
        let before = self.business.as_ref();
        if before.is_some_and(|before| before.details == *details) {
            return None;
        }
        let same_number = before.filter(|before| before.details.number == details.number);
        let business = Business {
            details: details.clone(),
            register_time: same_number.map_or(now, |before| before.register_time),
            standing: same_number.map_or(Standing::Unknown, |before| before.standing),
            standing_time: same_number.and_then(|before| before.standing_time),
        };
        Some(Self {
            business: Some(business),
            update_time: now,
            ..self.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;

    fn member() -> Member {
        Member {
            member_id: Id::new(),
            display_name: "김상점".into(),
            email: "kim@example.com".into(),
            phone: String::new(),
            business: None,
            create_time: OffsetDateTime::UNIX_EPOCH,
            update_time: OffsetDateTime::UNIX_EPOCH,
            grade: Grade::Welcome,
            withdraw_time: None,
        }
    }

    fn details(number: &str, name: &str) -> BusinessDetails {
        BusinessDetails {
            number: number.parse().expect("a real number"),
            name: name.into(),
            representative: "김대표".into(),
        }
    }

    #[test]
    fn only_given_fields_change_and_no_change_is_none() {
        let (member, now) = (member(), OffsetDateTime::UNIX_EPOCH + Duration::DAY);
        let phone = ProfileChange {
            phone: Some("02-123-4567".into()),
            ..Default::default()
        };
        let changed = member.changed(phone.clone(), now).expect("a change");
        assert_eq!(
            (changed.phone.as_str(), changed.update_time),
            ("02-123-4567", now)
        );
        assert_eq!(changed.display_name, member.display_name);
        assert_eq!(changed.changed(phone, now), None);
        assert_eq!(member.changed(ProfileChange::default(), now), None);
    }

    #[test]
    fn a_corrected_name_keeps_the_register_time_and_a_new_number_does_not() {
        let (first, second) = (
            OffsetDateTime::UNIX_EPOCH + Duration::DAY,
            OffsetDateTime::UNIX_EPOCH + 2 * Duration::DAY,
        );
        let registered = member()
            .registered(&details("124-81-00998", "가게"), first)
            .expect("a change");
        assert_eq!(
            registered.registered(&details("124-81-00998", "가게"), second),
            None
        );
        for (number, name, time) in [
            ("124-81-00998", "새가게", first),
            ("120-81-47521", "가게", second),
        ] {
            let again = registered
                .registered(&details(number, name), second)
                .expect("a change");
            assert_eq!(
                again.business.expect("registered").register_time,
                time,
                "{number} {name}"
            );
        }
    }
}
