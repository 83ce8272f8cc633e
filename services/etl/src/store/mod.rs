//! All SQL of the service. What it keeps belongs to nobody, so no owner is asked for.

pub mod exports;
pub mod jobs;
pub mod notices;
pub mod prices;
pub mod quarantine;
pub mod records;
pub mod runs;

use uuid::Uuid;

/// What taking rows in came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Taken {
    pub new: Vec<Uuid>,
    pub changed: Vec<Uuid>,
}

impl Taken {
    fn of(rows: impl IntoIterator<Item = (Uuid, bool)>) -> Self {
        let (new, changed): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(_, is_new)| *is_new);
        let ids = |rows: Vec<(Uuid, bool)>| rows.into_iter().map(|(id, _)| id).collect();
        Self {
            new: ids(new),
            changed: ids(changed),
        }
    }

    /// Whether it is new or changed.
    pub fn has(&self, id: Uuid) -> bool {
        self.new.contains(&id) || self.changed.contains(&id)
    }
}
