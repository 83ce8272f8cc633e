//! Who reads a lot's story, and of which lots it is told.

use std::collections::HashMap;

use time::OffsetDateTime;
use xlcfi_types::Id;

use crate::event::Edge;
use crate::lot::{MemberId, TracedLot};

/// Who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    Anyone,
    /// Sees the orders of lots of their own, and orders of their own.
    Member(MemberId),
    /// Sees everything.
    Staff,
}

/// A lot, and until when what happened to it belongs to the story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub lot_id: Id<TracedLot>,
    /// `None` of the lot the story is of.
    pub until: Option<OffsetDateTime>,
}

/// A lot a walk came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub lot_id: Id<TracedLot>,
    pub depth: i32,
    /// The links by which it was come to first, from one step nearer.
    pub links: Vec<Edge>,
}

/// Which way a walk goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To what a lot became.
    Forward,
    /// To what it came from.
    Backward,
}

impl Reader {
    pub fn is_staff(self) -> bool {
        self == Self::Staff
    }

    pub fn member(self) -> Option<MemberId> {
        match self {
            Self::Member(id) => Some(id),
            Self::Anyone | Self::Staff => None,
        }
    }
}

/// Of a walk back, until when each lot's events tell of what came into the first: what
/// went elsewhere later is another story.
pub fn spans(found: &[Found]) -> Vec<Span> {
    let mut until: HashMap<Id<TracedLot>, Option<OffsetDateTime>> = HashMap::new();
    let mut out = Vec::new();
    for one in found {
        let latest = one.links.iter().map(|link| {
            let child = until.get(&link.child_id).copied().flatten();
            child.map_or(link.event_time, |child| child.min(link.event_time))
        });
        let span = Span {
            lot_id: one.lot_id,
            until: latest.max(),
        };
        until.insert(one.lot_id, span.until);
        out.push(span);
    }
    out
}
