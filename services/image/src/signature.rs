//! URLs that hold for a time: whoever has one may look, nobody can make one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::ExposeSecret as _;
use sha2::Sha256;
use time::{Duration, OffsetDateTime};

use crate::config::Config;
use crate::error::Error;
use crate::picture::{ImageId, Picture};

/// Makes the URLs of renditions, and checks them.
#[derive(Clone)]
pub struct Urls {
    mac: Hmac<Sha256>,
    lifetime: Duration,
    before: String,
}

impl std::fmt::Debug for Urls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Urls(..)")
    }
}

impl Urls {
    pub fn new(config: &Config) -> Self {
        Self {
            mac: Hmac::new_from_slice(config.url_secret.expose_secret().as_bytes())
                .expect("HMAC takes keys of any length"),
            lifetime: Duration::seconds(config.url_seconds.into()),
            before: format!("{}/api/v1/images", config.public_url.trim_end_matches('/')),
        }
    }

    /// The URL of each rendition in their order, and until when they hold.
    pub fn of(&self, picture: &Picture, now: OffsetDateTime) -> (Vec<String>, Option<OffsetDateTime>) {
        let names = picture.content.renditions.iter().map(|rendition| &rendition.name);
        if picture.purpose.is_public() {
            let hash = picture.content.hash;
            let urls = names.map(|name| format!("{}/{hash}/public/{name}", self.before));
            return (urls.collect(), None);
        }
        let until = now.truncate_to_second() + self.lifetime;
        let (id, expires) = (picture.image_id, until.unix_timestamp());
        let urls = names.map(|name| {
            let signature = URL_SAFE_NO_PAD.encode(self.sign(id, name, expires).finalize().into_bytes());
            format!(
                "{}/{id}/renditions/{name}?expires={expires}&signature={signature}",
                self.before
            )
        });
        (urls.collect(), Some(until))
    }

    fn sign(&self, id: ImageId, name: &str, expires: i64) -> Hmac<Sha256> {
        let mut mac = self.mac.clone();
        mac.update(format!("{id}\n{name}\n{expires}").as_bytes());
        mac
    }

    /// Lets in who has a URL of ours that still holds. How long it takes tells nothing
    /// of the right signature.
    pub fn check(
        &self,
        id: ImageId,
        name: &str,
        expires: i64,
        signature: &str,
        now: OffsetDateTime,
    ) -> Result<(), Error> {
        let given = URL_SAFE_NO_PAD
            .decode(signature)
            .map_err(|_| Error::SignatureInvalid)?;
        let signed = self.sign(id, name, expires).verify_slice(&given);
        signed.map_err(|_| Error::SignatureInvalid)?;
        if expires <= now.unix_timestamp() {
            return Err(Error::SignatureExpired);
        }
        Ok(())
    }
}
