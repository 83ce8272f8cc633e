//! Passwords so common that whoever guesses begins with them.

/// In order, in lower case; from Django (BSD-3-Clause), see `third_party`.
static COMMON: &str = include_str!("../../../third_party/passwords/common.txt");

/// Longest tail of digits and signs that makes a common password no better.
const TAIL: usize = 4;

/// Whether a password is one of the most common ones, or such a one with a
/// short tail of digits and signs.
pub fn is_common(password: &str) -> bool {
    let plain = password.to_lowercase();
    let bare = plain.trim_end_matches(|c: char| !c.is_alphabetic());
    let tail = plain.chars().count() - bare.chars().count();
    listed(&plain) || (tail <= TAIL && listed(bare))
}

/// Looks for a line by halving: the list is never taken apart.
fn listed(wanted: &str) -> bool {
    let (mut low, mut high) = (0, COMMON.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let start = COMMON.as_bytes()[..middle]
            .iter()
            .rposition(|byte| *byte == b'\n');
        let start = start.map_or(0, |at| at + 1);
        let length = COMMON.as_bytes()[start..].iter().position(|byte| *byte == b'\n');
        let end = length.map_or(COMMON.len(), |length| start + length);
        match COMMON.as_bytes()[start..end].cmp(wanted.as_bytes()) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => low = end + 1,
            std::cmp::Ordering::Greater => high = start,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_password_of_the_list_is_found_and_nothing_between() {
        let lines: Vec<_> = COMMON.lines().collect();
        assert!(lines.len() > 19_000 && lines.is_sorted());
        for line in lines {
            assert!(listed(line), "{line}");
            let near = format!("{line}~한글");
            assert!(!listed(&near), "{near}");
        }
        assert!(!listed(""));
    }

    #[test]
    fn capitals_and_a_short_tail_do_not_help() {
        for common in [
            "password123",
            "Password123",
            "1234567890",
            "QwertyUiop",
            "password2026",
            "Starwars!!",
        ] {
            assert!(is_common(common), "{common}");
        }
        for fine in [
            "correct horse",
            "battery staple",
            "xlcfi-demo-1234",
            "password19870412",
            "바다바다바다바다바다",
        ] {
            assert!(!is_common(fine), "{fine}");
        }
    }
}
