//! Messages that are a bare value in JSON.

use super::{Decoder, Done, Trouble, index, object::takes};
use crate::{
    mask,
    moment::{self, Moment},
    program::{Card, Kind, Message},
    text,
    wire::{self, Read, Wire},
};

impl<'c> Decoder<'c, '_> {
    pub(super) fn timestamp(&mut self, bytes: &[u8]) -> Done {
        Ok(moment::print_timestamp(moment(bytes)?, self.out)?)
    }

    pub(super) fn duration(&mut self, bytes: &[u8]) -> Done {
        Ok(moment::print_duration(moment(bytes)?, self.out)?)
    }

    pub(super) fn field_mask(&mut self, bytes: &[u8]) -> Done {
        let mut wire = Wire::new(bytes);
        let mut camel = Vec::new();
        let mut comma = false;
        while !wire.is_empty() {
            match wire.tag()? {
                (1, wire::BYTES) => {
                    let path = std::str::from_utf8(wire.bytes()?).map_err(|_| "a string is not UTF-8")?;
                    if std::mem::replace(&mut comma, true) {
                        camel.push(b',');
                    }
                    mask::to_camel(path, &mut camel)?;
                }
                (number, wire_type) => wire.skip(number, wire_type)?,
            }
        }
        text::quote(self.out, &camel);
        Ok(())
    }

    pub(super) fn wrapper(&mut self, message: &'c Message, bytes: &[u8]) -> Done {
        let Some(field) = message.fields.first() else {
            return Err("a wrapper has no field".into());
        };
        let mut last = None;
        let mut wire = Wire::new(bytes);
        while !wire.is_empty() {
            let (number, wire_type) = wire.tag()?;
            let payload = wire.payload(number, wire_type)?;
            if number == field.number && takes(field, wire_type) {
                last = Some(payload);
            }
        }
        match last {
            Some(payload) => self.one(field.kind, &mut Wire::new(payload)).map(drop),
            None => {
                self.default_scalar(field.kind);
                Ok(())
            }
        }
    }

    pub(super) fn structure(&mut self, message: &'c Message, bytes: &[u8]) -> Done {
        let found = index::index(message, bytes)?;
        match message.fields.first().map(|field| (field, field.card)) {
            Some((field, Card::Map { key })) => self.map_of(field, key, &found).map(drop),
            _ => Err("a struct has no map".into()),
        }
    }

    pub(super) fn list_value(&mut self, message: &'c Message, bytes: &[u8]) -> Done {
        let Some(field) = message.fields.first() else {
            return Err("a list has no values".into());
        };
        let found = index::index(message, bytes)?;
        self.list_of(field, &found).map(drop)
    }

    /// Prints a `Value`: its one field. Nothing set is null.
    pub(super) fn value(&mut self, message: &'c Message, bytes: &[u8]) -> Done {
        let mut wire = Wire::new(bytes);
        let mut found = None;
        while !wire.is_empty() {
            let (number, wire_type) = wire.tag()?;
            let payload = wire.payload(number, wire_type)?;
            let field = message
                .numbered(number)
                .map(|at| &message.fields[usize::from(at)]);
            if let Some(field) = field.filter(|field| takes(field, wire_type)) {
                if found.is_some() && !self.indexed {
                    return Err(Trouble::Disorder);
                }
                found = Some((field, payload));
            }
        }
        let Some((field, payload)) = found else {
            self.out.extend_from_slice(b"null");
            return Ok(());
        };
        match field.kind {
            Kind::Message(id) if self.indexed => {
                let found = index::index(message, bytes)?;
                let bytes = index::joined(&found)?;
                self.nested(id, &bytes)
            }
            Kind::Double => {
                let number = f64::from_bits(Wire::new(payload).fixed64()?);
                if !number.is_finite() {
                    return Err("a Value holds a number that JSON cannot say".into());
                }
                text::double(self.out, number);
                Ok(())
            }
            kind => self.one(kind, &mut Wire::new(payload)).map(drop),
        }
    }
}

/// Seconds (field 1) and nanoseconds (field 2).
fn moment(bytes: &[u8]) -> Read<Moment> {
    let mut found = Moment::default();
    let mut wire = Wire::new(bytes);
    while !wire.is_empty() {
        match wire.tag()? {
            (1, wire::VARINT) => found.seconds = wire.varint()? as i64,
            (2, wire::VARINT) => found.nanos = wire.varint()? as i32,
            (number, wire_type) => wire.skip(number, wire_type)?,
        }
    }
    Ok(found)
}

/// Content type (field 1) and data (field 2) of a `google.api.HttpBody`.
pub(super) fn http_body<'w>(mut wire: Wire<'w>) -> Read<(&'w str, &'w [u8])> {
    let (mut content_type, mut data) = ("", &[][..]);
    while !wire.is_empty() {
        match wire.tag()? {
            (1, wire::BYTES) => {
                content_type = std::str::from_utf8(wire.bytes()?).map_err(|_| "a string is not UTF-8")?;
            }
            (2, wire::BYTES) => data = wire.bytes()?,
            (number, wire_type) => wire.skip(number, wire_type)?,
        }
    }
    Ok((content_type, data))
}
