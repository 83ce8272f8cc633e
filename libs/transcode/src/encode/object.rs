//! Objects: messages by their fields.

use super::{Done, Encoder, printable};
use crate::{
    program::{Card, Field, Kind, Message, Shape},
    seen::Seen,
};

impl<'c> Encoder<'c, '_, '_> {
    /// Writes the content of a message from the JSON value that comes next.
    pub(super) fn message(&mut self, id: u32) -> Done {
        self.shaped(&self.program.messages[id as usize])
    }

    /// The same, of a message looked up already.
    pub(super) fn shaped(&mut self, message: &'c Message) -> Done {
        match message.shape {
            Shape::Plain | Shape::Empty | Shape::HttpBody => self.object(message, false),
            Shape::Timestamp => self.timestamp(),
            Shape::Duration => self.duration(),
            Shape::FieldMask => self.field_mask(),
            Shape::Wrapper => self.wrapper(message),
            Shape::Struct => self.structure(),
            Shape::Value => self.value(),
            Shape::ListValue => self.list_value(),
            Shape::Any => self.any(),
        }
    }

    /// Writes the fields of an object. Inside `Any` it also has an `@type`, read by the caller.
    pub(super) fn object(&mut self, message: &'c Message, in_any: bool) -> Done {
        if !self.open_object()? {
            return Ok(());
        }
        let mut seen = Seen::default();
        let mut next = 0;
        loop {
            // Clients tend to send fields in the order of the schema.
            if let Some(field) = message.fields.get(next)
                && self.reader.eat_bytes(&field.key[1..])
            {
                let at = next as u16;
                next += 1;
                let name = || field.json_name.to_string();
                self.member(name, |this| this.fresh_field(message, field, at, &mut seen))?;
            } else {
                next = self
                    .keyed(message, in_any, &mut seen)?
                    .map_or(next, |at| usize::from(at) + 1);
            }
            if !self.more(b'}')? {
                return Ok(());
            }
        }
    }

    /// Writes a field looked up by its key; gives its position.
    fn keyed(&mut self, message: &'c Message, in_any: bool, seen: &mut Seen) -> Done<Option<u16>> {
        let key = self.key()?;
        if let Some(at) = message.names.get(&key) {
            let field = &message.fields[usize::from(at)];
            self.member(
                || printable(&key),
                |this| this.fresh_field(message, field, at, seen),
            )?;
            return Ok(Some(at));
        }
        let typed = in_any && *key == *b"@type";
        let passed = if typed {
            seen.insert(message.fields.len() as u16)
        } else {
            self.ignore_unknown
        };
        if passed {
            self.reader
                .skip(self.depth)
                .map_err(|broken| self.broken(broken))?;
        } else {
            let wrong = if typed { "given twice" } else { "unknown field" };
            self.member(|| printable(&key), |this| Err(this.wrong(wrong)))?;
        }
        Ok(None)
    }

    /// Writes a field, unless the object gave it or another one of its oneof before.
    #[inline]
    fn fresh_field(&mut self, message: &Message, field: &Field, at: u16, seen: &mut Seen) -> Done {
        if !seen.insert(at) {
            return Err(self.wrong("given twice"));
        }
        let Some(oneof) = field.oneof else {
            return self.field(field);
        };
        let before = self.out.len();
        let null = self.reader.peek() == b'n' && !self.takes_null(field);
        self.field(field)?;
        // A null member leaves its oneof open to the others; at `before` nothing was written then.
        let chosen = !null && self.out.len() > before;
        // The slots from the number of fields on belong to the oneofs, shifted by one for `@type`.
        if chosen && !seen.insert(field.slot + 1) {
            let name = &message.oneofs[usize::from(oneof)];
            return Err(self.wrong(format!("another field of oneof {name} is given too")));
        }
        Ok(())
    }

    /// Whether null is a value of the field, not its absence.
    fn takes_null(&self, field: &Field) -> bool {
        field.card == Card::One && self.null_is_value(field.kind)
    }

    pub(super) fn null_is_value(&self, kind: Kind) -> bool {
        match kind {
            Kind::Null => true,
            Kind::Message(id) => self.program.messages[id as usize].shape == Shape::Value,
            _ => false,
        }
    }

    /// Writes a field, tag included, from the JSON value that comes next.
    #[inline]
    pub(super) fn field(&mut self, field: &Field) -> Done {
        if self.reader.peek() == b'n' && !self.takes_null(field) && self.reader.eat_bytes(b"null") {
            return Ok(());
        }
        match field.card {
            Card::One => self.single(field),
            Card::List { packed } => self.list(field, packed),
            Card::Map { key } => self.map(field, key),
        }
    }

    #[inline]
    fn single(&mut self, field: &Field) -> Done {
        let before = self.out.len();
        field.tag.put(self.out);
        if let Kind::Message(id) = field.kind {
            return self.framed(|this| this.message(id));
        }
        let zero = self.scalar(field.kind)?;
        if zero && !field.presence {
            self.out.truncate(before);
        }
        Ok(())
    }
}
