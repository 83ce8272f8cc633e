use std::fmt;

use serde::{Deserialize, Deserializer};
use xlcfi_contracts::auth::v1::SignUpRequest;
use xlcfi_errors::Invalid;
use xlcfi_service::StartError;

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
            request_id: String::new(),
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
