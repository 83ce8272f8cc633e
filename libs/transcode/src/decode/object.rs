//! Messages as objects of their fields.

use super::{Decoder, Done, Trouble, index};
use crate::{
    program::{Card, Field, Kind, Message, Shape},
    seen::Seen,
    wire::{self, Wire},
};

impl<'c> Decoder<'c, '_> {
    /// Prints a message.
    pub(super) fn message(&mut self, id: u32, bytes: &[u8]) -> Done {
        let message = &self.program.messages[id as usize];
        match message.shape {
            Shape::Plain | Shape::Empty | Shape::HttpBody => {
                self.out.push(b'{');
                self.fields(message, bytes, &mut true)?;
                self.out.push(b'}');
                Ok(())
            }
            Shape::Timestamp => self.timestamp(bytes),
            Shape::Duration => self.duration(bytes),
            Shape::FieldMask => self.field_mask(bytes),
            Shape::Wrapper => self.wrapper(message, bytes),
            Shape::Struct => self.structure(message, bytes),
            Shape::Value => self.value(message, bytes),
            Shape::ListValue => self.list_value(message, bytes),
            Shape::Any => self.any(bytes),
        }
    }

    /// Prints a message inside another one.
    #[inline]
    pub(super) fn nested(&mut self, id: u32, bytes: &[u8]) -> Done {
        if self.printing.depth == 0 {
            return Err("nested too deep".into());
        }
        self.printing.depth -= 1;
        let done = self.message(id, bytes);
        self.printing.depth += 1;
        done
    }

    /// Prints the members of an object; `first` tells whether none stands before them.
    pub(super) fn fields(&mut self, message: &'c Message, bytes: &[u8], first: &mut bool) -> Done {
        let mut seen = Seen::default();
        if self.indexed {
            let found = index::index(message, bytes)?;
            for group in found.chunk_by(|one, next| one.at == next.at) {
                let field = &message.fields[usize::from(group[0].at)];
                seen.insert(field.slot);
                self.group(field, group, first)
                    .map_err(|trouble| trouble.within(&field.name))?;
            }
        } else {
            self.stream(message, Wire::new(bytes), first, &mut seen)?;
        }
        if self.printing.defaults {
            for field in message
                .fields
                .iter()
                .filter(|field| !field.presence && !seen.contains(field.slot))
            {
                self.key(field, first);
                *first = false;
                self.default(field)?;
            }
        }
        Ok(())
    }

    fn stream(
        &mut self,
        message: &'c Message,
        mut wire: Wire<'_>,
        first: &mut bool,
        seen: &mut Seen,
    ) -> Done {
        while !wire.is_empty() {
            let (number, wire_type) = wire.tag()?;
            let field = message
                .numbered(number)
                .map(|at| &message.fields[usize::from(at)]);
            let Some(field) = field.filter(|field| takes(field, wire_type)) else {
                wire.skip(number, wire_type)?;
                continue;
            };
            if !seen.insert(field.slot) {
                return Err(Trouble::Disorder);
            }
            self.run_of(field, wire_type, &mut wire, first)
                .map_err(|trouble| trouble.within(&field.name))?;
        }
        Ok(())
    }

    /// Prints a field whose tag was just read, with its further elements right behind it.
    #[inline]
    fn run_of(&mut self, field: &'c Field, wire_type: u8, wire: &mut Wire<'_>, first: &mut bool) -> Done {
        let before = self.out.len();
        self.key(field, first);
        let empty = match field.card {
            Card::One => self.one(field.kind, wire)? && !field.presence,
            Card::List { .. } => self.list_run(field, wire_type, wire)?,
            Card::Map { key } => self.map_run(field, key, wire)?,
        };
        self.keep(before, empty, first);
        Ok(())
    }

    /// Prints a field from all its occurrences.
    fn group(&mut self, field: &'c Field, found: &[index::Occurrence<'_>], first: &mut bool) -> Done {
        let before = self.out.len();
        self.key(field, first);
        let empty = self.value_of(field, found)?;
        self.keep(before, empty, first);
        Ok(())
    }

    /// Prints the value of a field; tells whether it is one that need not be printed.
    fn value_of(&mut self, field: &'c Field, found: &[index::Occurrence<'_>]) -> Done<bool> {
        match (field.card, field.kind) {
            (Card::One, Kind::Message(id)) => {
                let bytes = index::joined(found)?;
                self.nested(id, &bytes).map(|()| false)
            }
            (Card::One, kind) => {
                let last = found.last().map_or(&[][..], |last| last.payload);
                Ok(self.one(kind, &mut Wire::new(last))? && !field.presence)
            }
            (Card::List { .. }, _) => self.list_of(field, found),
            (Card::Map { key }, _) => self.map_of(field, key, found),
        }
    }

    /// Prints the value of one field of a message, of an absent one its default.
    pub(super) fn lone_field(&mut self, id: u32, at: u16, bytes: &[u8]) -> Done {
        let message = &self.program.messages[id as usize];
        let field = &message.fields[usize::from(at)];
        let mut found = index::index(message, bytes)?;
        found.retain(|occurrence| occurrence.at == at);
        if found.is_empty() {
            return self.default(field);
        }
        self.value_of(field, &found)
            .map(drop)
            .map_err(|trouble| trouble.within(&field.name))
    }

    /// Prints a single value; tells whether it is the default of its kind.
    #[inline]
    pub(super) fn one(&mut self, kind: Kind, wire: &mut Wire<'_>) -> Done<bool> {
        match kind {
            Kind::Message(id) => self.nested(id, wire.bytes()?).map(|()| false),
            kind => Ok(self.scalar(kind, wire)?),
        }
    }

    #[inline]
    fn key(&mut self, field: &Field, first: &bool) {
        self.out.extend_from_slice(&field.key[usize::from(*first)..]);
    }

    /// Takes a field back that was printed from `before` on, if it is empty and such fields are not wanted.
    #[inline]
    fn keep(&mut self, before: usize, empty: bool, first: &mut bool) {
        if empty && !self.printing.defaults {
            self.out.truncate(before);
        } else {
            *first = false;
        }
    }

    /// Prints what a field has that is not there.
    fn default(&mut self, field: &Field) -> Done {
        match (field.card, field.kind) {
            (Card::List { .. }, _) => self.out.extend_from_slice(b"[]"),
            (Card::Map { .. }, _) => self.out.extend_from_slice(b"{}"),
            (Card::One, Kind::Message(id)) => match self.program.messages[id as usize].shape {
                Shape::Plain | Shape::Empty | Shape::HttpBody => self.nested(id, &[])?,
                _ => self.out.extend_from_slice(b"null"),
            },
            (Card::One, kind) => self.default_scalar(kind),
        }
        Ok(())
    }
}

/// Whether a field may come with that wire type; with another one it counts as unknown.
#[inline]
pub(super) fn takes(field: &Field, wire_type: u8) -> bool {
    match field.card {
        Card::One => wire_type == field.kind.wire_type(),
        Card::List { .. } => wire_type == field.kind.wire_type() || wire_type == wire::BYTES,
        Card::Map { .. } => wire_type == wire::BYTES,
    }
}
