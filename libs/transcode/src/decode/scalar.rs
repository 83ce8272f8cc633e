//! Numbers, strings, bytes, enums.

use super::Decoder;
use crate::{
    program::Kind,
    text,
    wire::{Read, Wire, unzigzag},
};

impl Decoder<'_, '_> {
    /// Prints the scalar at the cursor; tells whether it is the default of its kind.
    #[inline]
    pub(super) fn scalar(&mut self, kind: Kind, wire: &mut Wire<'_>) -> Read<bool> {
        match kind {
            Kind::String => {
                let bytes = wire.bytes()?;
                text::quote_checked(self.out, bytes)?;
                Ok(bytes.is_empty())
            }
            Kind::Int32 => Ok(self.signed(i64::from(wire.varint()? as i32))),
            Kind::Int64 => Ok(self.quoted(wire.varint()? as i64)),
            Kind::Uint32 => Ok(self.unsigned(u64::from(wire.varint()? as u32))),
            Kind::Uint64 => Ok(self.quoted_unsigned(wire.varint()?)),
            Kind::Bool => {
                let value = wire.varint()? != 0;
                self.out.extend_from_slice(if value { b"true" } else { b"false" });
                Ok(!value)
            }
            Kind::Enum(id) => {
                let number = wire.varint()? as i32;
                match self.program.enums[id as usize].text(number) {
                    Some(text) => self.out.extend_from_slice(text),
                    None => text::signed(self.out, i64::from(number)),
                }
                Ok(number == 0)
            }
            Kind::Bytes => {
                let bytes = wire.bytes()?;
                text::base64(self.out, bytes);
                Ok(bytes.is_empty())
            }
            Kind::Null => {
                let value = wire.varint()?;
                self.out.extend_from_slice(b"null");
                Ok(value as i32 == 0)
            }
            kind => self.rare_scalar(kind, wire),
        }
    }

    fn rare_scalar(&mut self, kind: Kind, wire: &mut Wire<'_>) -> Read<bool> {
        Ok(match kind {
            Kind::Sint32 => self.signed(i64::from(unzigzag(u64::from(wire.varint()? as u32)) as i32)),
            Kind::Sint64 => self.quoted(unzigzag(wire.varint()?)),
            Kind::Fixed32 => self.unsigned(u64::from(wire.fixed32()?)),
            Kind::Sfixed32 => self.signed(i64::from(wire.fixed32()? as i32)),
            Kind::Fixed64 => self.quoted_unsigned(wire.fixed64()?),
            Kind::Sfixed64 => self.quoted(wire.fixed64()? as i64),
            Kind::Float => {
                let bits = wire.fixed32()?;
                text::float(self.out, f32::from_bits(bits));
                bits == 0
            }
            Kind::Double => {
                let bits = wire.fixed64()?;
                text::double(self.out, f64::from_bits(bits));
                bits == 0
            }
            _ => return Err("a message stands where a scalar should"),
        })
    }

    /// Prints the default of a kind.
    pub(super) fn default_scalar(&mut self, kind: Kind) {
        let text: &[u8] = match kind {
            Kind::String | Kind::Bytes => b"\"\"",
            Kind::Int64 | Kind::Uint64 | Kind::Sint64 | Kind::Fixed64 | Kind::Sfixed64 => b"\"0\"",
            Kind::Bool => b"false",
            Kind::Null | Kind::Message(_) => b"null",
            Kind::Enum(id) => {
                let declared = &self.program.enums[id as usize];
                match declared.text(declared.default) {
                    Some(text) => text,
                    None => b"0",
                }
            }
            _ => b"0",
        };
        self.out.extend_from_slice(text);
    }

    #[inline]
    fn signed(&mut self, value: i64) -> bool {
        text::signed(self.out, value);
        value == 0
    }

    #[inline]
    fn unsigned(&mut self, value: u64) -> bool {
        text::unsigned(self.out, value);
        value == 0
    }

    #[inline]
    fn quoted(&mut self, value: i64) -> bool {
        self.out.push(b'"');
        text::signed(self.out, value);
        self.out.push(b'"');
        value == 0
    }

    #[inline]
    fn quoted_unsigned(&mut self, value: u64) -> bool {
        self.out.push(b'"');
        text::unsigned(self.out, value);
        self.out.push(b'"');
        value == 0
    }
}
