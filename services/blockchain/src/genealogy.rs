//! What may become of lots: nothing goes out that did not come in, and nothing comes
//! from what it became.

use std::collections::HashSet;

use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_types::Id;

use crate::event::{Edge, Effect, EventLot, Role};
use crate::lot::{TracedLot, Unit};

/// How much of a lot, as somebody tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub lot_id: Id<TracedLot>,
    pub quantity: i64,
    pub unit: Unit,
}

/// Why it cannot have happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Impossible {
    /// The lot began later.
    BeforeLot(Id<TracedLot>),
    /// The lot is counted in this unit.
    Unit(Id<TracedLot>, Unit),
    /// There is no more than so much of the lot.
    Exceeded(Id<TracedLot>, i64),
    /// More comes out than went in; so much went in.
    Grown(i64),
    /// The lot would come from what it became.
    Cycle(Id<TracedLot>),
    /// Product counts the lot.
    Kept(Id<TracedLot>),
}

/// So much of the lot is seen at this time; nothing is taken.
pub fn observe(lot: &TracedLot, part: Part, time: OffsetDateTime) -> Result<EventLot, Impossible> {
    fits(lot, part, time)?;
    if part.quantity > lot.entered {
        return Err(Impossible::Exceeded(lot.lot_id, lot.entered));
    }
    Ok(EventLot::of(lot, Role::Object, Some(part.quantity)))
}

/// So much of the lot is gone from this time on.
pub fn take(lot: &TracedLot, part: Part, role: Role, time: OffsetDateTime) -> Result<EventLot, Impossible> {
    if lot.product_id.is_some() {
        return Err(Impossible::Kept(lot.lot_id));
    }
    fits(lot, part, time)?;
    if part.quantity > lot.left() {
        return Err(Impossible::Exceeded(lot.lot_id, lot.left()));
    }
    let taken = Effect::taken(part.quantity);
    Ok(EventLot::of(lot, role, Some(part.quantity)).with(taken))
}

/// So much came into a lot that is there: of one that product counts it is said where
/// that much of it came from.
pub fn give(lot: &TracedLot, part: Part, time: OffsetDateTime) -> Result<EventLot, Impossible> {
    let effect = if lot.product_id.is_some() {
        // Its goods were made before they were received.
        same_unit(lot, part)?;
        let unexplained = lot.entered - lot.explained;
        if part.quantity > unexplained {
            return Err(Impossible::Exceeded(lot.lot_id, unexplained));
        }
        Effect {
            explained: part.quantity,
            ..Effect::default()
        }
    } else {
        fits(lot, part, time)?;
        Effect {
            entered: part.quantity,
            explained: part.quantity,
            ..Effect::default()
        }
    };
    Ok(EventLot::of(lot, Role::Output, Some(part.quantity)).with(effect))
}

/// So much more of the lot comes to be at this time, from nothing we know.
pub fn grow(lot: &TracedLot, part: Part, time: OffsetDateTime) -> Result<EventLot, Impossible> {
    if lot.product_id.is_some() {
        return Err(Impossible::Kept(lot.lot_id));
    }
    fits(lot, part, time)?;
    let entered = Effect::entered(part.quantity);
    Ok(EventLot::of(lot, Role::Object, Some(part.quantity)).with(entered))
}

/// The lot begins with what it has.
pub fn begin(lot: &TracedLot, role: Role) -> EventLot {
    EventLot::of(lot, role, Some(lot.entered)).with(Effect {
        entered: lot.entered,
        taken: 0,
        explained: lot.explained,
    })
}

/// Whether what came out can have come of what went in. What is counted in one unit
/// only does not grow: water is an input, too.
pub fn yields(inputs: &[EventLot], outputs: &[EventLot]) -> Result<(), Impossible> {
    let Some(unit) = inputs.first().map(|lot| lot.unit) else {
        return Ok(());
    };
    let weighed = unit != Unit::Piece;
    if !weighed || inputs.iter().chain(outputs).any(|lot| lot.unit != unit) {
        return Ok(());
    }
    let sum = |lots: &[EventLot]| lots.iter().filter_map(|lot| lot.quantity).sum::<i64>();
    if sum(outputs) > sum(inputs) {
        return Err(Impossible::Grown(sum(inputs)));
    }
    Ok(())
}

/// Whether an output is an input, or something inputs came from.
pub fn acyclic(
    inputs: &[EventLot],
    ancestors: &HashSet<Id<TracedLot>>,
    outputs: &[EventLot],
) -> Result<(), Impossible> {
    let before = |id: &Id<TracedLot>| ancestors.contains(id) || inputs.iter().any(|lot| lot.lot_id == *id);
    match outputs.iter().map(|lot| lot.lot_id).find(before) {
        Some(lot_id) => Err(Impossible::Cycle(lot_id)),
        None => Ok(()),
    }
}

/// Each input with each output: which of them went where nobody can tell.
pub fn edges(event_id: Uuid, inputs: &[EventLot], outputs: &[EventLot], time: OffsetDateTime) -> Vec<Edge> {
    let edge = |input: &EventLot, output: &EventLot| Edge {
        parent_id: input.lot_id,
        child_id: output.lot_id,
        event_id,
        parent_quantity: input.quantity.unwrap_or_default(),
        child_quantity: output.quantity.unwrap_or_default(),
        event_time: time,
    };
    let pairs = inputs
        .iter()
        .flat_map(|input| outputs.iter().map(move |output| (input, output)));
    pairs.map(|(input, output)| edge(input, output)).collect()
}

fn fits(lot: &TracedLot, part: Part, time: OffsetDateTime) -> Result<(), Impossible> {
    same_unit(lot, part)?;
    if time < lot.begin_time {
        return Err(Impossible::BeforeLot(lot.lot_id));
    }
    Ok(())
}

fn same_unit(lot: &TracedLot, part: Part) -> Result<(), Impossible> {
    if part.unit == lot.unit {
        Ok(())
    } else {
        Err(Impossible::Unit(lot.lot_id, lot.unit))
    }
}

#[cfg(test)]
mod tests;
