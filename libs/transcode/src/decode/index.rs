//! Where the fields of a message stand, for messages whose fields come back.

use std::borrow::Cow;

use super::object::takes;
use crate::{
    program::Message,
    wire::{Read, Wire},
};

/// One appearance of a known field.
pub(super) struct Occurrence<'w> {
    /// Position of the field in the message.
    pub at: u16,
    pub wire_type: u8,
    /// As it stands on the wire, a length prefix included.
    pub payload: &'w [u8],
}

/// Finds all known fields, sorted by field, each field's occurrences as they came. Of a oneof only the last member is
/// left, with what came of it since the last other member.
pub(super) fn index<'w>(message: &Message, bytes: &'w [u8]) -> Read<Vec<Occurrence<'w>>> {
    let mut found = Vec::new();
    let mut wire = Wire::new(bytes);
    while !wire.is_empty() {
        let (number, wire_type) = wire.tag()?;
        let payload = wire.payload(number, wire_type)?;
        let at = message
            .numbered(number)
            .filter(|at| takes(&message.fields[usize::from(*at)], wire_type));
        if let Some(at) = at {
            found.push(Occurrence {
                at,
                wire_type,
                payload,
            });
        }
    }
    let mut chosen = vec![Choice::Open; message.oneofs.len()];
    found.reverse();
    found.retain(|occurrence| {
        let Some(oneof) = message.fields[usize::from(occurrence.at)].oneof else {
            return true;
        };
        let choice = &mut chosen[usize::from(oneof)];
        *choice = match *choice {
            Choice::Open => Choice::Of(occurrence.at),
            Choice::Of(at) if at == occurrence.at => *choice,
            _ => Choice::Over,
        };
        *choice != Choice::Over
    });
    found.reverse();
    found.sort_by_key(|occurrence| occurrence.at);
    Ok(found)
}

/// What is known of a oneof, read from the end.
#[derive(Clone, Copy, PartialEq)]
enum Choice {
    Open,
    Of(u16),
    Over,
}

/// The content of an embedded message: pieces of one message merge by standing one after the other.
pub(super) fn joined<'w>(found: &[Occurrence<'w>]) -> Read<Cow<'w, [u8]>> {
    match found {
        [] => Ok(Cow::Borrowed(&[])),
        [only] => Wire::new(only.payload).bytes().map(Cow::Borrowed),
        pieces => {
            let mut whole = Vec::new();
            for piece in pieces {
                whole.extend_from_slice(Wire::new(piece.payload).bytes()?);
            }
            Ok(Cow::Owned(whole))
        }
    }
}
