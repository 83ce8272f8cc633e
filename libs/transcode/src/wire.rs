//! Reading and writing the protobuf wire format.

/// Wire types of the protobuf encoding.
pub(crate) const VARINT: u8 = 0;
pub(crate) const FIXED64: u8 = 1;
pub(crate) const BYTES: u8 = 2;
pub(crate) const GROUP_START: u8 = 3;
pub(crate) const GROUP_END: u8 = 4;
pub(crate) const FIXED32: u8 = 5;

/// Groups nested deeper than this are taken for an attack, not for data.
const GROUP_DEPTH: u32 = 100;

/// The outcome of reading; the error says what was wrong with the bytes.
pub(crate) type Read<T> = Result<T, &'static str>;

/// A cursor over encoded fields.
#[derive(Clone, Copy)]
pub(crate) struct Wire<'w> {
    rest: &'w [u8],
}

impl<'w> Wire<'w> {
    pub fn new(bytes: &'w [u8]) -> Self {
        Self { rest: bytes }
    }

    #[inline]
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    #[inline]
    pub fn varint(&mut self) -> Read<u64> {
        match self.rest {
            [byte, rest @ ..] if *byte < 0x80 => {
                self.rest = rest;
                Ok(u64::from(*byte))
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Read<u64> {
        let mut value = 0u64;
        for (index, byte) in self.rest.iter().enumerate() {
            if index == 9 && *byte > 1 {
                return Err("a varint is longer than 64 bits");
            }
            value |= u64::from(byte & 0x7f) << (7 * index);
            if *byte < 0x80 {
                self.rest = &self.rest[index + 1..];
                return Ok(value);
            }
        }
        Err("the message ends inside a varint")
    }

    /// The next field's number and wire type.
    #[inline]
    pub fn tag(&mut self) -> Read<(u32, u8)> {
        let key = self.varint()?;
        let number = u32::try_from(key >> 3).unwrap_or(0);
        if number == 0 || number > 0x1fff_ffff {
            return Err("a field number is out of range");
        }
        Ok((number, (key & 7) as u8))
    }

    #[inline]
    fn take(&mut self, count: usize) -> Read<&'w [u8]> {
        let (taken, rest) = self
            .rest
            .split_at_checked(count)
            .ok_or("the message ends inside a field")?;
        self.rest = rest;
        Ok(taken)
    }

    /// A length-delimited payload.
    #[inline]
    pub fn bytes(&mut self) -> Read<&'w [u8]> {
        let length = self.varint()?;
        self.take(usize::try_from(length).unwrap_or(usize::MAX))
    }

    #[inline]
    pub fn fixed32(&mut self) -> Read<u32> {
        let taken = self.take(4)?;
        Ok(u32::from_le_bytes([taken[0], taken[1], taken[2], taken[3]]))
    }

    #[inline]
    pub fn fixed64(&mut self) -> Read<u64> {
        let mut eight = [0; 8];
        eight.copy_from_slice(self.take(8)?);
        Ok(u64::from_le_bytes(eight))
    }

    /// Passes over the payload of a field whose tag was just read.
    pub fn skip(&mut self, number: u32, wire_type: u8) -> Read<()> {
        self.skip_at(number, wire_type, 0)
    }

    fn skip_at(&mut self, number: u32, wire_type: u8, depth: u32) -> Read<()> {
        match wire_type {
            VARINT => self.varint().map(drop),
            FIXED64 => self.take(8).map(drop),
            BYTES => self.bytes().map(drop),
            FIXED32 => self.take(4).map(drop),
            GROUP_START if depth < GROUP_DEPTH => loop {
                let (inner, inner_type) = self.tag()?;
                if inner_type == GROUP_END {
                    return if inner == number {
                        Ok(())
                    } else {
                        Err("a group ends with another's number")
                    };
                }
                self.skip_at(inner, inner_type, depth + 1)?;
            },
            GROUP_START => Err("groups are nested too deep"),
            GROUP_END => Err("a group ends that never began"),
            _ => Err("a wire type is unknown"),
        }
    }

    /// The payload of a field whose tag was just read, as it stands on the wire (a length prefix included).
    pub fn payload(&mut self, number: u32, wire_type: u8) -> Read<&'w [u8]> {
        let before = self.rest;
        self.skip(number, wire_type)?;
        Ok(&before[..before.len() - self.rest.len()])
    }
}

/// Appends a varint.
#[inline]
pub(crate) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Begins a length-delimited payload: one byte is kept for its length. Give the result to [`close`].
#[inline]
pub(crate) fn open(out: &mut Vec<u8>) -> usize {
    out.push(0);
    out.len()
}

/// Ends the payload begun at `start`. One that outgrew the byte kept for its length is shifted; the result is by how far.
#[inline]
pub(crate) fn close(out: &mut Vec<u8>, start: usize) -> usize {
    let length = out.len() - start;
    if length < 0x80 {
        out[start - 1] = length as u8;
        return 0;
    }
    shift(out, start, length)
}

fn shift(out: &mut Vec<u8>, start: usize, length: usize) -> usize {
    let mut prefix = [0u8; 10];
    let mut used = 0;
    let mut left = length;
    while left >= 0x80 {
        prefix[used] = left as u8 | 0x80;
        used += 1;
        left >>= 7;
    }
    prefix[used] = left as u8;
    out.resize(out.len() + used, 0);
    out.copy_within(start..start + length, start + used);
    out[start - 1..start + used].copy_from_slice(&prefix[..=used]);
    used
}

/// Maps a signed number to the zigzag encoding of `sint32` and `sint64`.
#[inline]
pub(crate) fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

/// Undoes [`zigzag`].
#[inline]
pub(crate) fn unzigzag(value: u64) -> i64 {
    ((value >> 1) as i64) ^ -((value & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_shifted_when_its_length_needs_more_bytes() {
        for length in [0, 1, 127, 128, 16_383, 16_384, 70_000] {
            let mut out = b"before".to_vec();
            let start = open(&mut out);
            let body: Vec<u8> = (0..length).map(|index| index as u8).collect();
            out.extend_from_slice(&body);
            close(&mut out, start);
            let mut wire = Wire::new(&out[6..]);
            assert_eq!(wire.bytes(), Ok(&body[..]));
            assert!(wire.is_empty());
        }
    }

    #[test]
    fn varints_and_zigzags_survive_a_round_trip() {
        for value in [0, 1, -1, 127, 128, i64::MAX, i64::MIN, i64::from(i32::MIN)] {
            let mut out = Vec::new();
            put_varint(&mut out, zigzag(value));
            assert_eq!(Wire::new(&out).varint().map(unzigzag), Ok(value));
        }
        assert!(Wire::new(&[0x80; 10]).varint().is_err());
        assert!(
            Wire::new(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2])
                .varint()
                .is_err()
        );
    }

    #[test]
    fn groups_are_passed_over_whole() {
        let mut wire = Wire::new(&[0x0b, 0x10, 1, 0x1b, 0x1c, 0x0c, 0x08, 7]);
        assert_eq!(wire.tag(), Ok((1, GROUP_START)));
        assert_eq!(wire.skip(1, GROUP_START), Ok(()));
        assert_eq!(wire.rest, [0x08, 7]);
    }
}
