//! Numbers, strings, bytes, enums.

use std::borrow::Cow;

use super::{Done, Encoder, text};
use crate::{number::Number, program::Kind, wire};

impl<'j> Encoder<'_, 'j, '_> {
    /// Writes the payload of a scalar; tells whether it is the default of its kind.
    #[inline]
    pub(super) fn scalar(&mut self, kind: Kind) -> Done<bool> {
        match kind {
            Kind::String => self.text(),
            Kind::Bool => self.boolean(),
            Kind::Int32 => {
                let value = self.number(|number| number.signed32())?;
                wire::put_varint(self.out, i64::from(value) as u64);
                Ok(value == 0)
            }
            Kind::Int64 => {
                let value = self.number(|number| number.signed())?;
                wire::put_varint(self.out, value as u64);
                Ok(value == 0)
            }
            Kind::Uint32 => {
                let value = self.number(|number| number.unsigned32())?;
                wire::put_varint(self.out, u64::from(value));
                Ok(value == 0)
            }
            Kind::Uint64 => {
                let value = self.number(|number| number.unsigned())?;
                wire::put_varint(self.out, value);
                Ok(value == 0)
            }
            Kind::Enum(id) => self.enumeration(id),
            Kind::Bytes => self.binary(),
            Kind::Null => self.null(),
            Kind::Message(_) => Err(self.wrong("expected an object")),
            kind => self.other_number(kind),
        }
    }

    fn other_number(&mut self, kind: Kind) -> Done<bool> {
        match kind {
            Kind::Sint32 => {
                let value = self.number(|number| number.signed32())?;
                wire::put_varint(self.out, wire::zigzag(i64::from(value)));
                Ok(value == 0)
            }
            Kind::Sint64 => {
                let value = self.number(|number| number.signed())?;
                wire::put_varint(self.out, wire::zigzag(value));
                Ok(value == 0)
            }
            Kind::Fixed32 => self
                .number(|number| number.unsigned32())
                .map(|value| self.put(value.to_le_bytes())),
            Kind::Sfixed32 => self
                .number(|number| number.signed32())
                .map(|value| self.put(value.to_le_bytes())),
            Kind::Fixed64 => self
                .number(|number| number.unsigned())
                .map(|value| self.put(value.to_le_bytes())),
            Kind::Sfixed64 => self
                .number(|number| number.signed())
                .map(|value| self.put(value.to_le_bytes())),
            Kind::Float => self
                .floating(text::float, |number| number.float())
                .map(|value| self.put(value.to_le_bytes())),
            _ => self
                .floating(text::double, |number| number.double())
                .map(|value| self.put(value.to_le_bytes())),
        }
    }

    #[inline]
    fn put<const N: usize>(&mut self, bytes: [u8; N]) -> bool {
        self.out.extend_from_slice(&bytes);
        bytes == [0; N]
    }

    /// Takes a number, bare or in a string.
    #[inline]
    fn number<T>(&mut self, read: impl FnOnce(Number<'_>) -> Result<T, &'static str>) -> Done<T> {
        let value = match self.reader.peek() {
            b'"' => Number::parse(&self.string("expected a number")?).and_then(read),
            b'-' | b'0'..=b'9' => {
                let number = self.reader.number().map_err(|broken| self.broken(broken))?;
                read(number)
            }
            _ => return Err(self.expected("expected a number")),
        };
        value.map_err(|reason| self.wrong(reason))
    }

    /// Takes a number that may also be one of the quoted names of what JSON numbers cannot say.
    fn floating<T>(
        &mut self,
        named: impl FnOnce(&[u8]) -> Result<T, &'static str>,
        bare: impl FnOnce(Number<'_>) -> Result<T, &'static str>,
    ) -> Done<T> {
        if self.reader.peek() == b'"' {
            let text = self.string("expected a number")?;
            return named(&text).map_err(|reason| self.wrong(reason));
        }
        self.number(bare)
    }

    /// Takes a string.
    #[inline]
    pub(super) fn string(&mut self, what: &'static str) -> Done<Cow<'j, [u8]>> {
        if self.reader.peek() != b'"' {
            return Err(self.expected(what));
        }
        let raw = self.reader.string().map_err(|broken| self.broken(broken))?;
        raw.unescaped().map_err(|broken| self.broken(broken))
    }

    #[inline]
    fn text(&mut self) -> Done<bool> {
        if self.reader.peek() != b'"' {
            return Err(self.expected("expected a string"));
        }
        let raw = self.reader.string().map_err(|broken| self.broken(broken))?;
        if raw.escaped {
            let start = wire::open(self.out);
            raw.unescape_into(self.out)
                .map_err(|broken| self.broken(broken))?;
            wire::close(self.out, start);
        } else {
            wire::put_varint(self.out, raw.bytes.len() as u64);
            self.out.extend_from_slice(raw.bytes);
        }
        Ok(raw.bytes.is_empty())
    }

    fn boolean(&mut self) -> Done<bool> {
        let value = self.reader.eat_bytes(b"true");
        if !value && !self.reader.eat_bytes(b"false") {
            return Err(self.expected("expected true or false"));
        }
        self.out.push(u8::from(value));
        Ok(!value)
    }

    fn binary(&mut self) -> Done<bool> {
        let text = self.string("expected a base64 string")?;
        text::binary(&text, self.out).map_err(|reason| self.wrong(reason))
    }

    fn enumeration(&mut self, id: u32) -> Done<bool> {
        let declared = &self.program.enums[id as usize];
        let number = match self.reader.peek() {
            b'"' => {
                let name = self.string("expected a value name")?;
                match declared.number(&name) {
                    Some(number) => number,
                    None => return Err(self.wrong(text::no_value(declared, &name))),
                }
            }
            b'-' | b'0'..=b'9' => self.number(|number| number.signed32())?,
            _ => return Err(self.expected("expected a value name")),
        };
        wire::put_varint(self.out, i64::from(number) as u64);
        Ok(number == 0)
    }

    fn null(&mut self) -> Done<bool> {
        if !self.reader.eat_bytes(b"null") {
            let known = match self.reader.peek() {
                b'"' => *self.string("expected null")? == *b"NULL_VALUE",
                b'0' => self.number(|number| number.signed32())? == 0,
                _ => false,
            };
            if !known {
                return Err(self.expected("expected null"));
            }
        }
        self.out.push(0);
        Ok(true)
    }
}
