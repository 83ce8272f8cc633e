//! Lists and maps.

use std::{collections::HashSet, ops::Range};

use super::{Done, Encoder, printable, text};
use crate::{
    program::{Field, Kind},
    wire,
};

impl Encoder<'_, '_, '_> {
    /// Writes a repeated field.
    pub(super) fn list(&mut self, field: &Field, packed: bool) -> Done {
        if !self.open_list()? {
            return Ok(());
        }
        if !packed {
            return self.elements(|this| {
                field.tag.put(this.out);
                this.element(field.kind)
            });
        }
        field.tag.put(self.out);
        let start = wire::open(self.out);
        self.elements(|this| this.element(field.kind))?;
        wire::close(self.out, start);
        Ok(())
    }

    /// Reads the elements of an opened list that is not empty.
    pub(super) fn elements(&mut self, mut read: impl FnMut(&mut Self) -> Done) -> Done {
        let mut index = 0usize;
        loop {
            self.member(|| index.to_string(), &mut read)?;
            index += 1;
            if !self.more(b']')? {
                return Ok(());
            }
        }
    }

    /// Writes the payload of one element of a list or one value of a map.
    #[inline]
    fn element(&mut self, kind: Kind) -> Done {
        if self.reader.peek() == b'n' && !self.null_is_value(kind) {
            return Err(self.expected("null is no value here"));
        }
        match kind {
            Kind::Message(id) => self.framed(|this| this.message(id)),
            kind => self.scalar(kind).map(drop),
        }
    }

    /// Writes a map field.
    pub(super) fn map(&mut self, field: &Field, key_kind: Kind) -> Done {
        if !self.open_object()? {
            return Ok(());
        }
        let mut keys = Keys::default();
        loop {
            let key = self.key()?;
            self.member(
                || printable(&key),
                |this| this.entry(field, key_kind, &key, &mut keys),
            )?;
            if !self.more(b'}')? {
                return Ok(());
            }
        }
    }

    fn entry(&mut self, field: &Field, key_kind: Kind, key: &[u8], keys: &mut Keys) -> Done {
        field.tag.put(self.out);
        let start = self.enter()?;
        self.out.push(1 << 3 | key_kind.wire_type());
        let from = self.out.len();
        text::scalar(self.program, key_kind, key, self.out)
            .map_err(|reason| self.wrong(format!("as a key: {reason}")))?;
        let to = self.out.len();
        self.out.push(2 << 3 | field.kind.wire_type());
        self.element(field.kind)?;
        let moved = self.leave(start);
        if keys.insert(self.out, from + moved..to + moved) {
            return Ok(());
        }
        Err(self.wrong("given twice"))
    }
}

/// The keys of one map, as they stand encoded in the output.
#[derive(Default)]
pub(super) struct Keys {
    few: Vec<Range<usize>>,
    many: HashSet<Box<[u8]>>,
}

impl Keys {
    /// From here on a hash set is quicker than looking at all of them.
    const FEW: usize = 12;

    /// Adds a key; `false` if it is there already.
    pub fn insert(&mut self, out: &[u8], key: Range<usize>) -> bool {
        if !self.many.is_empty() {
            return self.many.insert(out[key].into());
        }
        if self
            .few
            .iter()
            .any(|known| out[known.clone()] == out[key.clone()])
        {
            return false;
        }
        self.few.push(key);
        if self.few.len() > Self::FEW {
            self.many = self.few.drain(..).map(|known| out[known].into()).collect();
        }
        true
    }
}
