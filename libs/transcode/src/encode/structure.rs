//! `google.protobuf.Struct`, `Value` and `ListValue`: any JSON at all.

use super::{Done, Encoder, list::Keys, printable};
use crate::{number::Number, wire};

const LIST_VALUES: u8 = 1 << 3 | wire::BYTES;
const STRUCT_FIELDS: u8 = 1 << 3 | wire::BYTES;
const ENTRY_KEY: u8 = 1 << 3 | wire::BYTES;
const ENTRY_VALUE: u8 = 2 << 3 | wire::BYTES;
const VALUE_NULL: u8 = 1 << 3 | wire::VARINT;
const VALUE_NUMBER: u8 = 2 << 3 | wire::FIXED64;
const VALUE_STRING: u8 = 3 << 3 | wire::BYTES;
const VALUE_BOOL: u8 = 4 << 3 | wire::VARINT;
const VALUE_STRUCT: u8 = 5 << 3 | wire::BYTES;
const VALUE_LIST: u8 = 6 << 3 | wire::BYTES;

impl Encoder<'_, '_, '_> {
    /// Writes the content of a `Value`.
    pub(super) fn value(&mut self) -> Done {
        match self.reader.peek() {
            b'{' => {
                self.out.push(VALUE_STRUCT);
                self.framed(Self::structure)
            }
            b'[' => {
                self.out.push(VALUE_LIST);
                self.framed(Self::list_value)
            }
            b'"' => {
                self.out.push(VALUE_STRING);
                self.scalar(crate::program::Kind::String).map(drop)
            }
            b'-' | b'0'..=b'9' => {
                let number = self.reader.number().map_err(|broken| self.broken(broken))?;
                let number = Number::double(number).map_err(|reason| self.wrong(reason))?;
                self.out.push(VALUE_NUMBER);
                self.out.extend_from_slice(&number.to_le_bytes());
                Ok(())
            }
            _ => {
                let plain: [u8; 2] = if self.reader.eat_bytes(b"null") {
                    [VALUE_NULL, 0]
                } else if self.reader.eat_bytes(b"true") {
                    [VALUE_BOOL, 1]
                } else if self.reader.eat_bytes(b"false") {
                    [VALUE_BOOL, 0]
                } else {
                    return Err(self.broken("expected a value"));
                };
                self.out.extend_from_slice(&plain);
                Ok(())
            }
        }
    }

    /// Writes the content of a `Struct`.
    pub(super) fn structure(&mut self) -> Done {
        if !self.open_object()? {
            return Ok(());
        }
        let mut keys = Keys::default();
        loop {
            let key = self.key()?;
            self.member(|| printable(&key), |this| this.structure_entry(&key, &mut keys))?;
            if !self.more(b'}')? {
                return Ok(());
            }
        }
    }

    fn structure_entry(&mut self, key: &[u8], keys: &mut Keys) -> Done {
        self.out.push(STRUCT_FIELDS);
        let start = self.enter()?;
        self.out.push(ENTRY_KEY);
        wire::put_varint(self.out, key.len() as u64);
        let from = self.out.len();
        self.out.extend_from_slice(key);
        self.out.push(ENTRY_VALUE);
        self.framed(Self::value)?;
        let from = from + self.leave(start);
        if keys.insert(self.out, from..from + key.len()) {
            return Ok(());
        }
        Err(self.wrong("given twice"))
    }

    /// Writes the content of a `ListValue`.
    pub(super) fn list_value(&mut self) -> Done {
        if !self.open_list()? {
            return Ok(());
        }
        self.elements(|this| {
            this.out.push(LIST_VALUES);
            this.framed(Self::value)
        })
    }
}
