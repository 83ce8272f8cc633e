use std::net::IpAddr;

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use xlcfi_service::StartError;

/// The service's own settings.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Config {
    /// Where the tax office (국세청) tells the status of businesses; it is not asked when
    /// this is empty.
    #[serde(default)]
    pub nts_url: String,
    /// The key it knows us by.
    #[serde(default)]
    pub nts_key: SecretString,
}

impl Config {
    /// Refuses settings that make no sense, or would show the key to the network.
    pub(crate) fn check(&self) -> Result<(), StartError> {
        let bad = |name: &str, why: &str| Err(StartError::BadSetting(name.to_owned(), why.to_owned()));
        if self.nts_url.is_empty() {
            return Ok(());
        }
        let Ok(url) = reqwest::Url::parse(&self.nts_url) else {
            return bad("MEMBER_NTS_URL", "it is not a URL");
        };
        let host = url.host_str().unwrap_or_default();
        let near = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        match url.scheme() {
            "https" => {}
            "http" if near => {}
            "http" => return bad("MEMBER_NTS_URL", "the key goes to https:// only"),
            _ => return bad("MEMBER_NTS_URL", "it begins with neither http:// nor https://"),
        }
        if self.nts_key.expose_secret().is_empty() {
            return bad("MEMBER_NTS_KEY", "it is empty and MEMBER_NTS_URL is set");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_make_no_sense_are_refused_by_name() {
        let check = |url: &str, key: &str| {
            let config = Config {
                nts_url: url.into(),
                nts_key: SecretString::from(key),
            };
            config.check().map_err(|error| error.to_string())
        };
        for (url, key, name) in [
            ("nts", "k", "MEMBER_NTS_URL"),
            ("ftp://nts", "k", "MEMBER_NTS_URL"),
            ("http://api.odcloud.kr", "k", "MEMBER_NTS_URL"),
            ("https://api.odcloud.kr", "", "MEMBER_NTS_KEY"),
        ] {
            let error = check(url, key).expect_err("it makes no sense");
            assert!(error.starts_with(name), "{error}");
        }
        for (url, key) in [
            ("", ""),
            ("https://api.odcloud.kr/api", "k"),
            ("http://127.0.0.1:8090", "k"),
        ] {
            assert_eq!(check(url, key), Ok(()), "{url}");
        }
    }
}
