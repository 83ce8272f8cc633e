//! An authenticator, as people have one.

use time::OffsetDateTime;
use totp_rs::Totp;

pub struct Authenticator(Totp);

impl Authenticator {
    /// One that read the QR code of this URI.
    pub fn new(uri: &str) -> Self {
        Self(Totp::from_url(uri).unwrap())
    }

    /// What it shows.
    pub fn code(&self, now: OffsetDateTime) -> String {
        let now = now.unix_timestamp().unsigned_abs();
        self.0.generate(now).to_string()
    }
}
