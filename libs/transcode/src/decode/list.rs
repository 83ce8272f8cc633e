//! Repeated fields, packed or not.

use super::{Decoder, Done, index::Occurrence, object::takes};
use crate::{
    program::{Field, Kind},
    wire::{self, Wire},
};

impl<'c> Decoder<'c, '_> {
    /// Prints the elements at the cursor as a list; tells whether there are none.
    pub(super) fn list_run(
        &mut self,
        field: &'c Field,
        mut wire_type: u8,
        wire: &mut Wire<'_>,
    ) -> Done<bool> {
        self.out.push(b'[');
        let start = self.out.len();
        loop {
            self.elements(field.kind, wire_type, wire, start)?;
            if wire.is_empty() {
                break;
            }
            let mut ahead = *wire;
            let (number, next_type) = ahead.tag()?;
            if number != field.number || !takes(field, next_type) {
                break;
            }
            (*wire, wire_type) = (ahead, next_type);
        }
        self.end_list(start)
    }

    /// Prints all occurrences as a list; tells whether it is empty.
    pub(super) fn list_of(&mut self, field: &'c Field, found: &[Occurrence<'_>]) -> Done<bool> {
        self.out.push(b'[');
        let start = self.out.len();
        for occurrence in found {
            self.elements(
                field.kind,
                occurrence.wire_type,
                &mut Wire::new(occurrence.payload),
                start,
            )?;
        }
        self.end_list(start)
    }

    fn end_list(&mut self, start: usize) -> Done<bool> {
        let empty = self.out.len() == start;
        self.out.push(b']');
        Ok(empty)
    }

    /// Prints one element, or a packed run of them, into a list that began at `start`.
    fn elements(&mut self, kind: Kind, wire_type: u8, wire: &mut Wire<'_>, start: usize) -> Done {
        if wire_type == kind.wire_type() {
            return self.element(kind, wire, start);
        }
        debug_assert_eq!(wire_type, wire::BYTES);
        let mut packed = Wire::new(wire.bytes()?);
        while !packed.is_empty() {
            self.element(kind, &mut packed, start)?;
        }
        Ok(())
    }

    #[inline]
    fn element(&mut self, kind: Kind, wire: &mut Wire<'_>, start: usize) -> Done {
        if self.out.len() > start {
            self.out.push(b',');
        }
        self.one(kind, wire).map(drop)
    }
}
