//! Field mask paths between `snake_case` and `lowerCamel`.

/// Appends a camel-case path in snake case. A path already in snake case is kept if `snake_too`, else refused.
pub(crate) fn to_snake(path: &str, snake_too: bool, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let snake = path.contains('_');
    if snake && !snake_too {
        return Err("field paths are written in lowerCamel");
    }
    for byte in path.bytes() {
        if byte.is_ascii_uppercase() && !snake {
            out.push(b'_');
            out.push(byte.to_ascii_lowercase());
        } else {
            out.push(byte);
        }
    }
    Ok(())
}

/// Appends a snake-case path in camel case, if it can be turned back.
pub(crate) fn to_camel(path: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    const LOST: &str = "a field mask path cannot be written in lowerCamel";
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'_' => match bytes.next() {
                Some(letter @ b'a'..=b'z') => out.push(letter.to_ascii_uppercase()),
                _ => return Err(LOST),
            },
            b'A'..=b'Z' => return Err(LOST),
            _ => out.push(byte),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_turn_both_ways_or_not_at_all() {
        for (snake, camel) in [
            ("a", "a"),
            ("display_name", "displayName"),
            ("a.b_c.d", "a.bC.d"),
            ("x_y_z", "xYZ"),
        ] {
            let mut out = Vec::new();
            assert_eq!(to_camel(snake, &mut out), Ok(()));
            assert_eq!(out, camel.as_bytes());
            out.clear();
            assert_eq!(to_snake(camel, false, &mut out), Ok(()));
            assert_eq!(out, snake.as_bytes());
        }
        for lost in ["a_", "a__b", "a_3", "aB", "_."] {
            assert!(to_camel(lost, &mut Vec::new()).is_err(), "{lost}");
        }
        assert!(to_snake("a_b", false, &mut Vec::new()).is_err());
        let mut kept = Vec::new();
        assert_eq!(to_snake("a_b", true, &mut kept), Ok(()));
        assert_eq!(kept, b"a_b");
    }
}
