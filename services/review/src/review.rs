//! A review and what may become of it.

use strum::{EnumString, IntoStaticStr};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use xlcfi_identity::Member;
use xlcfi_types::Id;

use crate::purchase::{Order, Product};
use crate::rating::Stars;

pub type MemberId = Id<Member>;

/// What a buyer says about goods that arrived.
#[derive(Debug, Clone, PartialEq)]
pub struct Review {
    pub review_id: Id<Review>,
    pub order_id: Id<Order>,
    pub product_id: Id<Product>,
    pub product_name: String,
    pub seller_id: MemberId,
    pub author_id: MemberId,
    /// Masked; `None` when nobody told it yet, `""` when the author withdrew.
    pub author_name: Option<String>,
    pub said: Said,
    pub state: State,
    pub helpful: i64,
    /// Since the last decision.
    pub reports: i64,
    pub reply: Option<Reply>,
    pub appeal: Option<Appeal>,
    /// Why it is hidden.
    pub decision_reason: String,
    pub lot_ids: Vec<Uuid>,
    /// Since when it waits for a person.
    pub queue_time: Option<OffsetDateTime>,
    pub version: i64,
    pub create_time: OffsetDateTime,
    pub update_time: OffsetDateTime,
}

/// What its author wrote, replaced as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub stars: Stars,
    pub text: String,
    pub image_ids: Vec<Uuid>,
}

/// Where a review stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumString)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum State {
    Held,
    Published,
    Hidden,
}

/// What the seller answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub text: String,
    pub create_time: OffsetDateTime,
    pub update_time: OffsetDateTime,
}

/// The author's appeal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appeal {
    pub state: AppealState,
    pub text: String,
    pub create_time: OffsetDateTime,
}

/// Where an appeal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumString)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum AppealState {
    Open,
    Rejected,
    Granted,
}

/// What is wrong with a review, as a member says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, EnumString)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum ReportKind {
    Spam,
    Abuse,
    False,
    PersonalData,
    Other,
}

/// A member's report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub kind: ReportKind,
    pub text: String,
    pub create_time: OffsetDateTime,
}

/// Why something cannot be done to a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forbidden {
    Changed,
    EditTimeOver,
    Hidden,
    NotHidden,
    Appealed,
    AppealNotOpen,
}

impl Review {
    /// The stars that count for the product.
    pub fn counted(&self) -> Option<Stars> {
        (self.state == State::Published).then_some(self.said.stars)
    }

    /// Until when its author may change it.
    pub fn edit_end(&self, edit: Duration) -> OffsetDateTime {
        self.create_time + edit
    }

    /// Says something else from now on.
    pub fn say(
        &mut self,
        said: Said,
        version: i64,
        edit: Duration,
        now: OffsetDateTime,
    ) -> Result<(), Forbidden> {
        self.check_version(version)?;
        if self.state == State::Hidden {
            return Err(Forbidden::Hidden);
        }
        if now >= self.edit_end(edit) {
            return Err(Forbidden::EditTimeOver);
        }
        self.said = said;
        self.touch(now);
        Ok(())
    }

    /// Waits for a person from now on.
    pub fn hold(&mut self, now: OffsetDateTime) {
        self.state = State::Held;
        self.queue_time.get_or_insert(now);
    }

    /// A person decides; what was hidden takes an appeal.
    pub fn decide(
        &mut self,
        publish: bool,
        reason: &str,
        version: i64,
        now: OffsetDateTime,
    ) -> Result<(), Forbidden> {
        self.check_version(version)?;
        if self.state == State::Hidden {
            return Err(Forbidden::Hidden);
        }
        self.settle(publish, reason, now);
        Ok(())
    }

    /// The author disagrees, once.
    pub fn appeal(&mut self, text: String, now: OffsetDateTime) -> Result<(), Forbidden> {
        if self.appeal.is_some() {
            return Err(Forbidden::Appealed);
        }
        if self.state != State::Hidden {
            return Err(Forbidden::NotHidden);
        }
        self.appeal = Some(Appeal {
            state: AppealState::Open,
            text,
            create_time: now,
        });
        self.queue_time = Some(now);
        self.touch(now);
        Ok(())
    }

    /// A person decides about the appeal.
    pub fn decide_appeal(
        &mut self,
        publish: bool,
        reason: &str,
        version: i64,
        now: OffsetDateTime,
    ) -> Result<(), Forbidden> {
        self.check_version(version)?;
        let open = self
            .appeal
            .as_mut()
            .filter(|appeal| appeal.state == AppealState::Open);
        open.ok_or(Forbidden::AppealNotOpen)?.state = if publish {
            AppealState::Granted
        } else {
            AppealState::Rejected
        };
        self.settle(publish, reason, now);
        Ok(())
    }

    fn settle(&mut self, publish: bool, reason: &str, now: OffsetDateTime) {
        (self.state, self.decision_reason) = if publish {
            (State::Published, String::new())
        } else {
            (State::Hidden, reason.to_owned())
        };
        self.reports = 0;
        self.queue_time = None;
        self.touch(now);
    }

    fn check_version(&self, version: i64) -> Result<(), Forbidden> {
        if self.version == version {
            Ok(())
        } else {
            Err(Forbidden::Changed)
        }
    }

    fn touch(&mut self, now: OffsetDateTime) {
        self.version += 1;
        self.update_time = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::DAY;
    const START: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn review(state: State) -> Review {
        Review {
            review_id: Id::new(),
            order_id: Id::new(),
            product_id: Id::new(),
            product_name: "감자".into(),
            seller_id: Id::new(),
            author_id: Id::new(),
            author_name: None,
            said: said("좋아요"),
            state,
            helpful: 0,
            reports: 2,
            reply: None,
            appeal: None,
            decision_reason: String::new(),
            lot_ids: Vec::new(),
            queue_time: None,
            version: 1,
            create_time: START,
            update_time: START,
        }
    }

    fn said(text: &str) -> Said {
        let stars = Stars {
            rating: 4,
            sides: [0; 4],
        };
        Said {
            stars,
            text: text.into(),
            image_ids: Vec::new(),
        }
    }

    #[test]
    fn its_author_changes_it_while_there_is_time_and_nobody_was_faster() {
        let mut review = review(State::Published);
        assert_eq!(
            review.say(said("별로"), 2, 30 * DAY, START),
            Err(Forbidden::Changed)
        );
        let late = START + 30 * DAY;
        assert_eq!(
            review.say(said("별로"), 1, 30 * DAY, late),
            Err(Forbidden::EditTimeOver)
        );
        let soon = late - Duration::SECOND;
        assert_eq!(review.say(said("별로"), 1, 30 * DAY, soon), Ok(()));
        assert_eq!((review.version, review.update_time), (2, soon));
        review.state = State::Hidden;
        assert_eq!(
            review.say(said("좋다"), 2, 30 * DAY, soon),
            Err(Forbidden::Hidden)
        );
    }

    #[test]
    fn a_hidden_review_is_appealed_once_and_decided_once() {
        let mut review = review(State::Held);
        assert_eq!(review.appeal("왜요".into(), START), Err(Forbidden::NotHidden));
        assert_eq!(review.decide(false, "광고", 1, START), Ok(()));
        assert_eq!((review.state, review.reports), (State::Hidden, 0));
        assert_eq!(review.decide(true, "아님", 2, START), Err(Forbidden::Hidden));
        assert_eq!(
            review.decide_appeal(true, "아님", 2, START),
            Err(Forbidden::AppealNotOpen)
        );
        assert_eq!(review.appeal("왜요".into(), START), Ok(()));
        assert_eq!(review.queue_time, Some(START));
        assert_eq!(review.appeal("왜요".into(), START), Err(Forbidden::Appealed));
        assert_eq!(
            review.decide_appeal(true, "아님", 2, START),
            Err(Forbidden::Changed)
        );
        assert_eq!(review.decide_appeal(false, "그래도", 3, START), Ok(()));
        assert_eq!((review.state, review.queue_time), (State::Hidden, None));
        assert_eq!(
            review.decide_appeal(true, "아님", 4, START),
            Err(Forbidden::AppealNotOpen)
        );
        assert_eq!(review.appeal("다시".into(), START), Err(Forbidden::Appealed));
    }

    #[test]
    fn only_what_is_published_counts() {
        assert!(review(State::Published).counted().is_some());
        assert_eq!(review(State::Held).counted(), None);
        assert_eq!(review(State::Hidden).counted(), None);
    }
}
