//! What the index gives back of a product: its name, to be highlighted, and its payload.

/// Name and payload in one value.
pub(crate) fn write(name: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(4 + name.len() + payload.len());
    bytes.extend((name.len() as u32).to_le_bytes());
    bytes.extend(name.as_bytes());
    bytes.extend(payload);
    bytes
}

/// Takes them apart again.
pub(crate) fn read(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (len, rest) = bytes.split_first_chunk::<4>()?;
    let (name, payload) = rest.split_at_checked(u32::from_le_bytes(*len) as usize)?;
    Some((std::str::from_utf8(name).ok()?, payload))
}

#[cfg(test)]
mod tests {
    use super::{read, write};

    #[test]
    fn name_and_payload_come_back() {
        assert_eq!(read(&write("감자", b"xy")), Some(("감자", b"xy".as_slice())));
        assert_eq!(read(&write("", b"")), Some(("", b"".as_slice())));
        assert_eq!(read(&[9, 0, 0, 0, 1]), None);
    }
}
