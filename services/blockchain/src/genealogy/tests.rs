use std::collections::{HashMap, HashSet};

use proptest::prelude::*;
use time::macros::datetime;

use super::*;
use crate::lot::tests::grams;

const NOON: OffsetDateTime = datetime!(2026-11-22 03:00 UTC);
const EARLIER: OffsetDateTime = datetime!(2026-11-22 02:59 UTC);

fn part(lot: &TracedLot, quantity: i64) -> Part {
    Part {
        lot_id: lot.lot_id,
        quantity,
        unit: lot.unit,
    }
}

#[test]
fn what_did_not_come_in_does_not_go_out() {
    let mut lot = grams(10, NOON);
    lot.taken = 4;
    let id = lot.lot_id;
    assert!(take(&lot, part(&lot, 6), Role::Input, NOON).is_ok());
    assert_eq!(
        take(&lot, part(&lot, 7), Role::Input, NOON),
        Err(Impossible::Exceeded(id, 6))
    );
    // What was there once can be said to have been seen.
    assert!(observe(&lot, part(&lot, 10), NOON).is_ok());
    assert_eq!(
        observe(&lot, part(&lot, 11), NOON),
        Err(Impossible::Exceeded(id, 10))
    );
}

#[test]
fn nothing_happens_to_a_lot_before_it_began_or_in_another_unit() {
    let lot = grams(10, NOON);
    let id = lot.lot_id;
    for outcome in [
        take(&lot, part(&lot, 1), Role::Input, EARLIER),
        observe(&lot, part(&lot, 1), EARLIER),
        give(&lot, part(&lot, 1), EARLIER),
    ] {
        assert_eq!(outcome, Err(Impossible::BeforeLot(id)));
    }
    let pieces = Part {
        unit: Unit::Piece,
        ..part(&lot, 1)
    };
    for outcome in [
        take(&lot, pieces, Role::Input, NOON),
        observe(&lot, pieces, NOON),
        give(&lot, pieces, NOON),
    ] {
        assert_eq!(outcome, Err(Impossible::Unit(id, Unit::Gram)));
    }
}

#[test]
fn what_product_counts_is_taken_there_only_and_explained_once() {
    let mut lot = grams(10, NOON);
    lot.product_id = Some(Uuid::now_v7());
    let id = lot.lot_id;
    assert_eq!(
        take(&lot, part(&lot, 1), Role::Input, NOON),
        Err(Impossible::Kept(id))
    );
    lot.explained = 7;
    let given = give(&lot, part(&lot, 3), EARLIER).expect("so much is unexplained");
    assert_eq!((given.effect.entered, given.effect.explained), (0, 3));
    assert_eq!(give(&lot, part(&lot, 4), NOON), Err(Impossible::Exceeded(id, 3)));
}

#[test]
fn grams_do_not_grow_but_pieces_may_be_cut() {
    let (flesh, bone) = (grams(10, NOON), grams(10, NOON));
    let went = [begin(&flesh, Role::Input)];
    assert_eq!(yields(&went, &[begin(&bone, Role::Output)]), Ok(()));
    let both = [begin(&bone, Role::Output), begin(&flesh, Role::Output)];
    assert_eq!(yields(&went, &both), Err(Impossible::Grown(10)));
    let mut packs = grams(40, NOON);
    packs.unit = Unit::Piece;
    assert_eq!(yields(&went, &[begin(&packs, Role::Output)]), Ok(()));
    assert_eq!(
        yields(
            &[begin(&packs, Role::Input)],
            &[begin(&packs, Role::Output), begin(&flesh, Role::Output)]
        ),
        Ok(())
    );
}

/// Lots and links as the tables have them.
#[derive(Default)]
struct World {
    lots: Vec<TracedLot>,
    edges: Vec<Edge>,
}

#[derive(Debug, Clone)]
struct Attempt {
    inputs: Vec<(usize, i64)>,
    outputs: Vec<(usize, i64)>,
    new: Option<i64>,
    minute: i64,
}

fn attempt() -> impl Strategy<Value = Attempt> {
    let parts = |most: usize| prop::collection::vec((0usize..8, 1i64..60), 0..=most);
    (parts(3), parts(2), prop::option::of(1i64..80), 0i64..20).prop_map(|(inputs, outputs, new, minute)| {
        Attempt {
            inputs,
            outputs,
            new,
            minute,
        }
    })
}

impl World {
    fn ancestors(&self, of: &[EventLot]) -> HashSet<Id<TracedLot>> {
        let mut found = HashSet::new();
        let mut next: Vec<Id<TracedLot>> = of.iter().map(|lot| lot.lot_id).collect();
        while let Some(id) = next.pop() {
            for edge in self.edges.iter().filter(|edge| edge.child_id == id) {
                if found.insert(edge.parent_id) {
                    next.push(edge.parent_id);
                }
            }
        }
        found
    }

    /// Does it, or says why it cannot have been.
    fn attempt(&mut self, attempt: &Attempt) -> Result<(), Impossible> {
        let time = NOON + time::Duration::minutes(attempt.minute);
        let mut inputs = Vec::new();
        let mut outputs = Vec::new();
        let (mut once, mut after) = (HashSet::new(), HashMap::new());
        for &(at, quantity) in &attempt.inputs {
            let lot = &self.lots[at % self.lots.len()];
            if once.insert(lot.lot_id) {
                inputs.push(take(lot, part(lot, quantity), Role::Input, time)?);
            }
        }
        let mut once = HashSet::new();
        for &(at, quantity) in &attempt.outputs {
            let lot = &self.lots[at % self.lots.len()];
            if once.insert(lot.lot_id) {
                outputs.push(give(lot, part(lot, quantity), time)?);
            }
        }
        let new = attempt.new.map(|quantity| grams(quantity, time));
        outputs.extend(new.iter().map(|lot| begin(lot, Role::Output)));
        yields(&inputs, &outputs)?;
        acyclic(&inputs, &self.ancestors(&inputs), &outputs)?;
        for lot in inputs.iter().chain(&outputs) {
            after.insert((lot.lot_id, lot.role as u8), lot.effect);
        }
        self.edges.extend(edges(Uuid::now_v7(), &inputs, &outputs, time));
        for lot in &mut self.lots {
            for ((id, _), effect) in &after {
                if *id == lot.lot_id {
                    lot.entered += effect.entered;
                    lot.taken += effect.taken;
                }
            }
        }
        self.lots.extend(new);
        Ok(())
    }

    fn check(&self) {
        for lot in &self.lots {
            assert!(lot.taken <= lot.entered, "{lot:?}");
            let mut events = HashSet::new();
            let out = self.edges.iter().filter(|edge| edge.parent_id == lot.lot_id);
            let out: i64 = out
                .filter(|edge| events.insert(edge.event_id))
                .map(|edge| edge.parent_quantity)
                .sum();
            assert!(out <= lot.entered, "{out} of {lot:?}");
            let itself = [EventLot::of(lot, Role::Input, None)];
            assert!(!self.ancestors(&itself).contains(&lot.lot_id), "a cycle");
        }
    }
}

proptest! {
    #[test]
    fn whatever_is_tried_there_is_never_a_cycle_and_never_more_out_than_in(
        attempts in prop::collection::vec(attempt(), 1..40),
    ) {
        let mut world = World::default();
        world.lots.extend((0..4).map(|_| grams(100, NOON)));
        for attempt in attempts {
            let _ = world.attempt(&attempt);
            world.check();
        }
    }
}
