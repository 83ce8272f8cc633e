//! Comparing the index with the command side.

use std::collections::HashMap;

use uuid::Uuid;
use xlcfi_search::{BUCKETS, Digest, Index, bucket};

/// Products the index has otherwise than it should, with the version it should
/// have; `None` for those it should not have.
pub type Suspects = HashMap<Uuid, Option<u64>>;

/// Compares an index with the versions of everything on sale. Buckets that agree
/// are not looked into.
pub fn suspects(index: &Index, expected: &HashMap<Uuid, u64>) -> Suspects {
    let mut digests = vec![Digest::default(); BUCKETS];
    for (&id, &version) in expected {
        digests[bucket(id)].add(id, version);
    }
    let mut suspects = Suspects::new();
    for (at, digest) in index.digests().into_iter().enumerate() {
        if digest == digests[at] {
            continue;
        }
        let found: HashMap<Uuid, u64> = index.versions(at).into_iter().collect();
        let wrong = found
            .iter()
            .filter(|(id, version)| expected.get(id) != Some(version));
        suspects.extend(wrong.map(|(id, _)| (*id, expected.get(id).copied())));
        let lacking = expected
            .iter()
            .filter(|(id, _)| bucket(**id) == at && !found.contains_key(id));
        suspects.extend(lacking.map(|(id, version)| (*id, Some(*version))));
    }
    suspects
}

/// Those that were suspect before, still are, and have not come to the version they
/// should have had then: their events have had all the time between.
pub fn confirmed(before: &Suspects, now: &Suspects, version: impl Fn(Uuid) -> Option<u64>) -> Vec<Uuid> {
    let overdue = |(id, expected): (&Uuid, &Option<u64>)| {
        let late = match expected {
            Some(expected) => version(*id).is_none_or(|version| version < *expected),
            None => now.get(id) == Some(&None),
        };
        (late && now.contains_key(id)).then_some(*id)
    };
    let mut confirmed: Vec<Uuid> = before.iter().filter_map(overdue).collect();
    confirmed.sort_unstable();
    confirmed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_waits_for_its_events_is_no_drift() {
        let [late, moving, gone, mended] = [1, 2, 3, 4].map(Uuid::from_u128);
        let before = Suspects::from([
            (late, Some(4)),
            (moving, Some(4)),
            (gone, None),
            (mended, Some(4)),
        ]);
        let now = Suspects::from([(late, Some(4)), (moving, Some(9)), (gone, None)]);
        let version = |id| Some(if id == late { 3 } else { 5 });
        assert_eq!(confirmed(&before, &now, version), [late, gone]);
        assert_eq!(
            confirmed(&before, &now, |_| None),
            [late, moving, gone],
            "lacking"
        );
        assert!(confirmed(&Suspects::new(), &now, |_| None).is_empty());
    }
}
