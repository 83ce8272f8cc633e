//! Walks over what became what, a step at a time: each step is one statement for all
//! lots it starts from, and no lot is visited twice.

use std::collections::HashMap;

use sqlx::PgPool;
use uuid::Uuid;
use xlcfi_types::Id;

use crate::error::Error;
use crate::event::Edge;
use crate::lot::TracedLot;
use crate::store::trace::edges;
use crate::story::{Direction, Found};

/// Most lots a walk comes to, and links it follows.
pub const MOST_LOTS: usize = 20_000;
const MOST_LINKS: i64 = 50_000;

/// The lots within so many steps of some, these first, then by distance and id.
pub async fn walk(
    pool: &PgPool,
    from: &[Id<TracedLot>],
    direction: Direction,
    depth: i32,
) -> Result<Vec<Found>, Error> {
    let mut places: HashMap<Id<TracedLot>, usize> = HashMap::new();
    let mut found: Vec<Found> = Vec::new();
    for lot_id in from {
        places.entry(*lot_id).or_insert_with(|| {
            found.push(Found {
                lot_id: *lot_id,
                depth: 0,
                links: Vec::new(),
            });
            found.len() - 1
        });
    }
    let (mut begin, mut left) = (0, MOST_LINKS);
    for step in 1..=depth {
        let ids: Vec<Uuid> = found[begin..].iter().map(|one| one.lot_id.uuid()).collect();
        if ids.is_empty() {
            break;
        }
        let mut links = match direction {
            Direction::Forward => edges::forward(pool, &ids, left).await?,
            Direction::Backward => edges::backward(pool, &ids, left).await?,
        };
        left -= i64::try_from(links.len()).unwrap_or(left);
        begin = found.len();
        let ends = |link: &Edge| match direction {
            Direction::Forward => link.child_id,
            Direction::Backward => link.parent_id,
        };
        links.sort_unstable_by_key(|link| (ends(link), link.parent_id, link.child_id, link.event_id));
        for link in links {
            let lot_id = ends(&link);
            let place = *places.entry(lot_id).or_insert_with(|| {
                found.push(Found {
                    lot_id,
                    depth: step,
                    links: Vec::new(),
                });
                found.len() - 1
            });
            if place >= begin {
                found[place].links.push(link);
            }
        }
        if left <= 0 || found.len() > MOST_LOTS {
            return Err(Error::TraceTooLarge);
        }
    }
    Ok(found)
}
