use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Deserializer};
use xlcfi_contracts::auth::v1::SignUpRequest;
use xlcfi_errors::Invalid;
use xlcfi_service::StartError;

use crate::mail::{Folder, Letters, Mailer, Post, Smtp, usual_sender};

/// Age at which a signing key is replaced, in days.
const USUAL_KEY_DAYS: u32 = 30;

/// Where the pages are that take the tokens of mails.
const USUAL_SITE: &str = "https://xlcfi.com";

/// Fewest characters of the key secret.
const SECRET_LENGTH: usize = 32;

/// The service's own settings.
#[derive(Clone, Default, Deserialize)]
pub struct Config {
    /// Required. What the seeds of the signing keys are derived from; 32
    /// characters at least.
    #[serde(default)]
    pub key_secret: Option<Text>,
    /// Who is an admin from the start; the account is made when there is none.
    #[serde(default)]
    pub admin_email: Option<Text>,
    /// Password of that account when it is made.
    #[serde(default)]
    pub admin_password: Option<Text>,
    /// Whether ADMIN and the staff roles need a second factor; they do unless
    /// this says no.
    pub staff_mfa: Option<bool>,
    /// Mail server; this or the folder is required.
    pub smtp_url: Option<Text>,
    /// Folder mails are written to, for development.
    pub mail_folder: Option<Text>,
    /// Who mails are from, as `XLCfi <no-reply@xlcfi.com>`.
    pub mail_from: Option<Text>,
    /// Front end whose pages take the tokens of mails.
    pub site_url: Option<Text>,
    /// Days after which a new signing key is made by itself; 0 means never.
    pub key_days: Option<u32>,
}

/// A text nobody else should read.
#[derive(Clone, PartialEq, Eq)]
pub struct Text(String);

impl Text {
    /// This text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Reads text only. The environment takes digits for a number and would drop
/// the zeros before them; a refusal says how to write them instead.
impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Read {
            Text(String),
            Other(serde::de::IgnoredAny),
        }
        match Read::deserialize(deserializer)? {
            Read::Text(text) => Ok(Self(text)),
            Read::Other(_) => Err(serde::de::Error::custom(
                "looks like a number, a truth or a list; to have it as text, set it in double quotes, \"..\", quotes included",
            )),
        }
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Text")
    }
}

/// An admin by configuration.
pub(crate) struct Admin {
    pub email: String,
    pub password: String,
}

impl Config {
    /// What the signing keys are derived from.
    ///
    /// # Errors
    /// It is missing, or too short to be secret.
    pub(crate) fn key_secret(&self) -> Result<&str, StartError> {
        match self.key_secret.as_ref().map(Text::as_str) {
            None => Err(StartError::MissingSetting("AUTH_KEY_SECRET".into())),
            Some(secret) if secret.chars().count() >= SECRET_LENGTH => Ok(secret),
            Some(_) => Err(StartError::BadSetting(
                "AUTH_KEY_SECRET".into(),
                format!("must have at least {SECRET_LENGTH} characters; `openssl rand -hex 32` makes one"),
            )),
        }
    }

    /// The configured admin.
    ///
    /// # Errors
    /// Address or password are missing or would not do at a sign-up; their
    /// values are not shown.
    pub(crate) fn admin(&self) -> Result<Option<Admin>, StartError> {
        let (email, password) = match (&self.admin_email, &self.admin_password) {
            (None, _) => return Ok(None),
            (Some(_), None) => return Err(StartError::MissingSetting("AUTH_ADMIN_PASSWORD".into())),
            (Some(email), Some(password)) => (email.as_str(), password.as_str()),
        };
        let account = SignUpRequest {
            email: email.to_owned(),
            password: password.to_owned(),
            display_name: "Admin".into(),
            ..SignUpRequest::default()
        };
        Invalid::check(&account).map_err(|invalid| {
            StartError::BadSetting(
                "AUTH_ADMIN_EMAIL, AUTH_ADMIN_PASSWORD".into(),
                invalid.to_string(),
            )
        })?;
        Ok(Some(Admin {
            email: account.email,
            password: account.password,
        }))
    }
}

impl Config {
    /// Age at which a signing key is replaced by itself.
    pub(crate) fn key_life(&self) -> Option<Duration> {
        let days = self.key_days.unwrap_or(USUAL_KEY_DAYS);
        (days > 0).then(|| Duration::from_secs(u64::from(days) * 24 * 60 * 60))
    }

    /// Who sends mails, and where they go.
    ///
    /// # Errors
    /// Nothing says where, or a value makes no sense; values are not shown, as
    /// an address of a server may have a password inside.
    pub(crate) fn post(&self) -> Result<Post, StartError> {
        let bad = |name: &str, why: String| StartError::BadSetting(name.to_owned(), why);
        let mailer: Arc<dyn Mailer> = match (&self.smtp_url, &self.mail_folder) {
            (Some(url), _) => {
                let smtp = Smtp::new(url.as_str());
                Arc::new(smtp.map_err(|_| bad("AUTH_SMTP_URL", "is no smtp:// or smtps:// address".into()))?)
            }
            (None, Some(path)) => {
                let folder = Folder::new(path.as_str());
                Arc::new(folder.map_err(|error| bad("AUTH_MAIL_FOLDER", error.to_string()))?)
            }
            (None, None) => {
                return Err(StartError::MissingSetting(
                    "AUTH_SMTP_URL or AUTH_MAIL_FOLDER".into(),
                ));
            }
        };
        let from = self.mail_from.as_ref().map(|from| from.as_str().parse());
        let from = from.transpose();
        let from = from.map_err(|_| bad("AUTH_MAIL_FROM", "is no address".into()))?;
        let site = self.site_url.as_ref().map_or(USUAL_SITE, Text::as_str);
        let site = site.parse();
        let site = site.map_err(|_| bad("AUTH_SITE_URL", "is no address".into()))?;
        let from = from.unwrap_or_else(usual_sender);
        Ok(Post::new(mailer, Letters { from, site }))
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Config")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(secret: Option<&str>, email: Option<&str>, password: Option<&str>) -> Config {
        Config {
            key_secret: secret.map(Text::new),
            admin_email: email.map(Text::new),
            admin_password: password.map(Text::new),
            ..Config::default()
        }
    }

    fn refusal(config: &Config) -> Option<String> {
        let refused = config.key_secret().err().or(config.admin().err());
        refused.map(|error| error.to_string())
    }

    #[test]
    fn what_is_missing_or_bad_is_named_and_not_shown() {
        let (long, email) = (
            Some("00112233445566778899001122334455"),
            Some("admin@example.com"),
        );
        let table = [
            (config(None, None, None), "AUTH_KEY_SECRET"),
            (config(Some("hunter2"), None, None), "AUTH_KEY_SECRET"),
            (config(long, email, None), "AUTH_ADMIN_PASSWORD"),
            (config(long, email, Some("hunter2")), "password"),
            (config(long, Some("hunter2"), Some("0123456789")), "email"),
        ];
        for (config, named) in table {
            let refusal = refusal(&config).expect(named);
            assert!(
                refusal.contains(named) && !refusal.contains("hunter2"),
                "{refusal}"
            );
        }
        assert_eq!(refusal(&config(long, None, None)), None);
        assert_eq!(refusal(&config(long, email, Some("0123456789"))), None);
    }

    #[test]
    fn a_number_is_not_taken_for_a_text() {
        let read = |json: &str| serde_json::from_str::<Config>(json).map_err(|error| error.to_string());
        let given = read(r#"{"admin_password": "0123456789"}"#).map(|config| config.admin_password);
        assert_eq!(given, Ok(Some(Text::new("0123456789"))));
        let refused = read(r#"{"admin_password": 1234567890}"#).expect_err("it is a number");
        assert!(
            refused.contains("double quotes") && !refused.contains("1234567890"),
            "{refused}"
        );
    }
}
