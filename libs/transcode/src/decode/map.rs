//! Maps, printed in order of their keys so that equal maps give equal text.

use super::{Decoder, Done, Trouble, index::Occurrence};
use crate::{
    program::{Field, Kind},
    text,
    wire::{self, Wire},
};

/// A map key. All keys of one map are of one variant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Key<'w> {
    Bool(bool),
    Signed(i64),
    Unsigned(u64),
    Text(&'w str),
}

/// One entry of a map.
struct Entry<'w> {
    key: Key<'w>,
    /// The last value given, as it stands on the wire.
    value: Option<&'w [u8]>,
    /// The whole entry, if it gives its value in pieces.
    pieces: Option<&'w [u8]>,
}

impl<'c> Decoder<'c, '_> {
    /// Prints the entries at the cursor; tells whether there are none.
    pub(super) fn map_run(&mut self, field: &'c Field, key: Kind, wire: &mut Wire<'_>) -> Done<bool> {
        let mut entries = vec![entry(field, key, wire.bytes()?)?];
        while !wire.is_empty() {
            let mut ahead = *wire;
            if ahead.tag()? != (field.number, wire::BYTES) {
                break;
            }
            entries.push(entry(field, key, ahead.bytes()?)?);
            *wire = ahead;
        }
        self.entries(field, entries)
    }

    /// Prints all occurrences as a map.
    pub(super) fn map_of(&mut self, field: &'c Field, key: Kind, found: &[Occurrence<'_>]) -> Done<bool> {
        let entries: Result<Vec<_>, Trouble> = found
            .iter()
            .map(|one| entry(field, key, Wire::new(one.payload).bytes()?))
            .collect();
        self.entries(field, entries?)
    }

    fn entries(&mut self, field: &'c Field, mut entries: Vec<Entry<'_>>) -> Done<bool> {
        if self.printing.depth == 0 {
            return Err("nested too deep".into());
        }
        self.printing.depth -= 1;
        entries.sort_by_key(|entry| entry.key);
        self.out.push(b'{');
        let start = self.out.len();
        let mut rest = entries.iter().peekable();
        while let Some(entry) = rest.next() {
            // Of entries with the same key the last one counts.
            if rest.peek().is_some_and(|next| next.key == entry.key) {
                continue;
            }
            if self.out.len() > start {
                self.out.push(b',');
            }
            self.map_key(entry.key);
            self.out.push(b':');
            self.map_value(field.kind, entry)?;
        }
        self.out.push(b'}');
        self.printing.depth += 1;
        Ok(entries.is_empty())
    }

    fn map_key(&mut self, key: Key<'_>) {
        if let Key::Text(key) = key {
            return text::quote(self.out, key.as_bytes());
        }
        self.out.push(b'"');
        match key {
            Key::Signed(key) => text::signed(self.out, key),
            Key::Unsigned(key) => text::unsigned(self.out, key),
            Key::Bool(true) => self.out.extend_from_slice(b"true"),
            _ => self.out.extend_from_slice(b"false"),
        }
        self.out.push(b'"');
    }

    fn map_value(&mut self, kind: Kind, entry: &Entry<'_>) -> Done {
        match (kind, entry.value, entry.pieces) {
            (Kind::Message(id), _, Some(whole)) => {
                let mut joined = Vec::new();
                let mut wire = Wire::new(whole);
                while !wire.is_empty() {
                    match wire.tag()? {
                        (2, wire::BYTES) => joined.extend_from_slice(wire.bytes()?),
                        (number, wire_type) => wire.skip(number, wire_type)?,
                    }
                }
                self.nested(id, &joined)
            }
            (kind, Some(value), _) => self.one(kind, &mut Wire::new(value)).map(drop),
            (Kind::Message(id), None, _) => self.nested(id, &[]),
            (kind, None, _) => {
                self.default_scalar(kind);
                Ok(())
            }
        }
    }
}

fn entry<'w>(field: &Field, key_kind: Kind, bytes: &'w [u8]) -> Done<Entry<'w>> {
    let mut found = Entry {
        key: empty(key_kind),
        value: None,
        pieces: None,
    };
    let mut wire = Wire::new(bytes);
    while !wire.is_empty() {
        match wire.tag()? {
            (1, wire_type) if wire_type == key_kind.wire_type() => found.key = key(key_kind, &mut wire)?,
            (2, wire_type) if wire_type == field.kind.wire_type() => {
                if found.value.is_some() {
                    found.pieces = Some(bytes);
                }
                found.value = Some(wire.payload(2, wire_type)?);
            }
            (number, wire_type) => wire.skip(number, wire_type)?,
        }
    }
    Ok(found)
}

fn empty(kind: Kind) -> Key<'static> {
    match kind {
        Kind::String => Key::Text(""),
        Kind::Bool => Key::Bool(false),
        Kind::Uint32 | Kind::Uint64 | Kind::Fixed32 | Kind::Fixed64 => Key::Unsigned(0),
        _ => Key::Signed(0),
    }
}

fn key<'w>(kind: Kind, wire: &mut Wire<'w>) -> wire::Read<Key<'w>> {
    Ok(match kind {
        Kind::String => Key::Text(std::str::from_utf8(wire.bytes()?).map_err(|_| "a map key is not UTF-8")?),
        Kind::Bool => Key::Bool(wire.varint()? != 0),
        Kind::Uint32 => Key::Unsigned(u64::from(wire.varint()? as u32)),
        Kind::Uint64 => Key::Unsigned(wire.varint()?),
        Kind::Fixed32 => Key::Unsigned(u64::from(wire.fixed32()?)),
        Kind::Fixed64 => Key::Unsigned(wire.fixed64()?),
        Kind::Sfixed32 => Key::Signed(i64::from(wire.fixed32()? as i32)),
        Kind::Sfixed64 => Key::Signed(wire.fixed64()? as i64),
        Kind::Sint32 => Key::Signed(i64::from(wire::unzigzag(wire.varint()?) as i32)),
        Kind::Sint64 => Key::Signed(wire::unzigzag(wire.varint()?)),
        Kind::Int64 => Key::Signed(wire.varint()? as i64),
        _ => Key::Signed(i64::from(wire.varint()? as i32)),
    })
}
