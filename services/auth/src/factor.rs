//! The second factor: codes of an authenticator, and codes for when it is lost.

use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use totp_rs::{Builder, Totp};
use xlcfi_errors::Fault;

/// Who the codes are for, as authenticators show it.
const ISSUER: &str = "XLCfi";

/// Bytes of a secret; RFC 4226 recommends 160 bits.
const SECRET_LENGTH: usize = 20;

/// Seconds of one code.
const STEP: u64 = 30;

/// Backup codes of an account.
pub const BACKUP_CODES: usize = 10;

/// How long the second half of a log-in may take.
pub const CHALLENGE_LIFE: std::time::Duration = std::time::Duration::from_secs(5 * 60);

/// Wrong codes after which a challenge ends.
pub const MOST_WRONG_CODES: i32 = 5;

/// Characters of backup codes; none is taken for another.
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// What an account shows codes of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Factor {
    pub salt: [u8; 32],
    pub confirmed: bool,
    /// The newest time step a code was taken of.
    pub last_step: i64,
}

/// What somebody presents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    /// Six digits of the authenticator.
    Timed(String),
    /// The hash of a backup code.
    Backup([u8; 32]),
}

impl Code {
    /// Reads a code, however its writer grouped it.
    pub fn read(text: &str) -> Self {
        let plain: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
        match plain.len() == 6 && plain.bytes().all(|byte| byte.is_ascii_digit()) {
            true => Self::Timed(plain),
            false => Self::Backup(Sha256::digest(plain.to_lowercase()).into()),
        }
    }
}

/// A backup code for its owner: 80 bits in groups of four.
pub fn backup_code() -> String {
    let random: [u8; 16] = rand::random();
    let letter = |byte: &u8| char::from(LETTERS[usize::from(byte % 32)]);
    let groups = random.chunks(4).map(|group| group.iter().map(letter).collect());
    groups.collect::<Vec<String>>().join("-")
}

/// The codes of a secret, for the account with this name.
pub fn totp(seed: &[u8; 32], account_name: &str) -> Result<Totp, Fault> {
    // Their URI has no room for it, and an address with one is rare.
    let name = account_name.replace(':', "_");
    Builder::new()
        .with_secret(seed[..SECRET_LENGTH].to_vec())
        .with_skew(1)
        .with_step_duration(STEP)
        .with_issuer(Some(ISSUER))
        .with_account_name(name)
        .build()
        .map_err(Fault::bug)
}

/// The time step this code is of, if it is right and not used up.
pub fn step_of(totp: &Totp, code: &str, last_step: i64, now: OffsetDateTime) -> Option<i64> {
    let now = u64::try_from(now.unix_timestamp()).ok()?;
    let step = i64::try_from(totp.check(code, now)?).ok()?;
    (step > last_step).then_some(step)
}

#[cfg(test)]
mod tests {
    use time::Duration;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-22 00:00 UTC);

    /// The secret and times of RFC 6238, appendix B; its codes have two digits more.
    #[test]
    fn codes_are_those_of_the_standard() {
        let seed = *b"12345678901234567890............";
        let totp = totp(&seed, "kim@example.com").unwrap();
        let table = [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (20_000_000_000, "353130"),
        ];
        for (at, code) in table {
            let now = OffsetDateTime::from_unix_timestamp(at).unwrap();
            assert_eq!(step_of(&totp, code, -1, now), Some(at / 30));
        }
    }

    #[test]
    fn a_code_is_good_for_its_step_and_those_beside_it_once() {
        let totp = totp(&[7; 32], "kim@example.com").unwrap();
        let step = NOW.unix_timestamp() / 30;
        let code = totp.generate(NOW.unix_timestamp().unsigned_abs()).to_string();
        let at = |seconds| NOW + Duration::seconds(seconds);
        let table = [
            (0, -1, Some(step)),
            (-30, -1, Some(step)),
            (59, -1, Some(step)),
            (60, -1, None),
            (-31, -1, None),
            (0, step - 1, Some(step)),
            (0, step, None),
            (0, step + 1, None),
        ];
        for (seconds, last_step, expected) in table {
            let found = step_of(&totp, &code, last_step, at(seconds));
            assert_eq!(found, expected, "{seconds} s later, after {last_step}");
        }
    }

    #[test]
    fn a_code_is_read_however_it_is_grouped() {
        assert_eq!(Code::read("123 456"), Code::Timed("123456".into()));
        let code = backup_code();
        assert_eq!(code.len(), 19);
        let (loud, plain) = (code.to_uppercase(), code.replace('-', " "));
        assert_eq!(Code::read(&loud), Code::read(&code));
        assert_eq!(Code::read(&plain), Code::read(&code));
        assert_ne!(Code::read(&backup_code()), Code::read(&code));
    }

    #[test]
    fn the_uri_names_who_asks_and_for_whom() {
        let uri = totp(&[7; 32], "kim@example.com").unwrap().to_url().unwrap();
        assert!(
            uri.starts_with("otpauth://totp/XLCfi:kim%40example.com?secret="),
            "{uri}"
        );
    }
}
