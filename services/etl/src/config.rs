use std::net::IpAddr;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer};
use time::Duration;
use xlcfi_service::StartError;

use crate::exporter;
use crate::report::Limits;

/// The service's own settings. A source without a URL is not asked.
#[derive(Debug, Clone, Deserialize)]
pub struct Config {
    /// URL of the store of raw answers, `file://` and a folder or `s3://`, a bucket and a folder.
    #[serde(default = "here")]
    pub store_url: String,
    /// The food safety authority (식품의약품안전처).
    #[serde(default)]
    pub mfds_url: String,
    /// Its key.
    #[serde(default)]
    pub mfds_key: SecretString,
    /// Most calls of each of its services a day.
    #[serde(default = "five_hundred")]
    pub mfds_daily_calls: u32,
    /// The portal with certificates of HACCP.
    #[serde(default)]
    pub haccp_url: String,
    /// Its key, encoded for a URL or not.
    #[serde(default)]
    pub haccp_key: SecretString,
    /// Most calls of it a day.
    #[serde(default = "thousand")]
    pub haccp_daily_calls: u32,
    /// The food price service (KAMIS).
    #[serde(default)]
    pub kamis_url: String,
    /// Its key.
    #[serde(default)]
    pub kamis_key: SecretString,
    /// Id that belongs to the key.
    #[serde(default, deserialize_with = "text")]
    pub kamis_id: String,
    /// Most calls of it a day.
    #[serde(default = "ten_thousand")]
    pub kamis_daily_calls: u32,
    /// Codes of its categories, with commas.
    #[serde(default = "categories", deserialize_with = "text")]
    pub kamis_categories: String,
    /// Codes of its regions, with commas; `-` is the whole country.
    #[serde(default = "whole_country", deserialize_with = "text")]
    pub kamis_regions: String,
    /// How many days the first run goes back.
    #[serde(default = "thirty")]
    pub kamis_days: u16,
    /// The tax office's (국세청) status of businesses.
    #[serde(default)]
    pub nts_url: String,
    /// Its key, encoded for a URL or not.
    #[serde(default)]
    pub nts_key: SecretString,
    /// Registration numbers of the businesses to be asked about, with commas.
    #[serde(default, deserialize_with = "text")]
    pub nts_numbers: String,
    /// Most calls of it a day.
    #[serde(default = "hundred")]
    pub nts_daily_calls: u32,
    /// Most rows of a call, where the source lets us choose.
    #[serde(default = "thousand")]
    pub page_rows: u32,
    /// Seconds a call may last.
    #[serde(default = "twenty")]
    pub call_seconds: u64,
    /// Milliseconds before a failed call is made again; doubles each time.
    #[serde(default = "second")]
    pub retry_milliseconds: u64,
    /// Milliseconds between looks for something due.
    #[serde(default = "second")]
    pub look_milliseconds: u64,
    /// Seconds between exports of events; zero means never.
    #[serde(default = "five_minutes")]
    pub export_seconds: u64,
    /// Services whose events reports may ask for, with commas.
    #[serde(default = "reported")]
    pub report_services: String,
    /// Seconds a report may take.
    #[serde(default = "twenty")]
    pub report_seconds: u64,
    /// Megabytes a report may hold at a time.
    #[serde(default = "megabytes")]
    pub report_megabytes: usize,
    /// Reports worked on or waiting at a time.
    #[serde(default = "two")]
    pub reports_at_once: usize,
}

impl Config {
    /// Refuses settings that make no sense, or would show a key to the network.
    pub(crate) fn check(&self) -> Result<(), StartError> {
        for (name, url, keys) in [
            ("MFDS", &self.mfds_url, [self.mfds_key.expose_secret(), "-"]),
            ("HACCP", &self.haccp_url, [self.haccp_key.expose_secret(), "-"]),
            (
                "KAMIS",
                &self.kamis_url,
                [self.kamis_key.expose_secret(), &self.kamis_id],
            ),
            ("NTS", &self.nts_url, [self.nts_key.expose_secret(), "-"]),
        ] {
            check_source(name, url, keys)?;
        }
        if !(20..=1_000).contains(&self.page_rows) {
            return Err(bad("ETL_PAGE_ROWS", "it is not between 20 and 1000"));
        }
        for number in list(&self.nts_numbers) {
            if number.len() != 10 || !number.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(bad(
                    "ETL_NTS_NUMBERS",
                    "registration numbers have 10 digits and nothing else",
                ));
            }
        }
        for service in list(&self.report_services) {
            if !exporter::SERVICES.contains(&service.as_str()) {
                return Err(bad(
                    "ETL_REPORT_SERVICES",
                    &format!("{service} is no service with events"),
                ));
            }
        }
        if !(1..=55).contains(&self.report_seconds) {
            return Err(bad("ETL_REPORT_SECONDS", "it is not between 1 and 55"));
        }
        Ok(())
    }

    /// What a report may take.
    pub(crate) fn report_limits(&self) -> Limits {
        Limits {
            time: std::time::Duration::from_secs(self.report_seconds),
            bytes: self.report_megabytes.saturating_mul(1 << 20),
            at_once: self.reports_at_once.max(1),
        }
    }

    /// Codes of regions; empty is the whole country.
    pub(crate) fn regions(&self) -> Vec<String> {
        let code = |text: String| if text == "-" { String::new() } else { text };
        list(&self.kamis_regions).into_iter().map(code).collect()
    }

    /// How far the first run of prices goes back.
    pub(crate) fn first_days(&self) -> Duration {
        Duration::days(self.kamis_days.into())
    }
}

/// A text, which the environment gives as a number when it looks like one.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Text {
        Text(String),
        Number(u64),
    }
    Ok(match Text::deserialize(deserializer)? {
        Text::Text(text) => text,
        Text::Number(number) => number.to_string(),
    })
}

/// The parts between commas.
pub(crate) fn list(text: &str) -> Vec<String> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}

fn bad(name: &str, why: &str) -> StartError {
    StartError::BadSetting(name.to_owned(), why.to_owned())
}

fn check_source(name: &str, url: &str, keys: [&str; 2]) -> Result<(), StartError> {
    if url.is_empty() {
        return Ok(());
    }
    let setting = format!("ETL_{name}_URL");
    let Ok(url) = reqwest::Url::parse(url) else {
        return Err(bad(&setting, "it is not a URL"));
    };
    let host = url.host_str().unwrap_or_default();
    let near = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    // Some of the authorities offer nothing but http; what an onlooker would gain is their quota.
    if !["http", "https"].contains(&url.scheme()) {
        return Err(bad(&setting, "it begins with neither http:// nor https://"));
    }
    if url.scheme() == "http" && !near {
        tracing::warn!(
            source = name,
            "its key travels unencrypted; use https:// where it is offered"
        );
    }
    match keys.contains(&"") {
        true => Err(bad(
            &format!("ETL_{name}_KEY"),
            "a key or id is empty and the URL is set",
        )),
        false => Ok(()),
    }
}

fn here() -> String {
    let folder = std::env::current_dir().unwrap_or_default().join(".data/etl");
    reqwest::Url::from_directory_path(folder).map_or_else(|()| String::new(), String::from)
}

fn categories() -> String {
    "100,200,300,400,500,600".into()
}

fn whole_country() -> String {
    "-".into()
}

/// All but those that tell of accounts and of what staff does.
fn reported() -> String {
    "ai,blockchain,etl,image,market,member,order,payment,product,recommendation,review".into()
}

fn megabytes() -> usize {
    256
}

fn two() -> usize {
    2
}

fn twenty() -> u64 {
    20
}

fn thirty() -> u16 {
    30
}

fn hundred() -> u32 {
    100
}

fn five_hundred() -> u32 {
    500
}

fn thousand() -> u32 {
    1_000
}

fn ten_thousand() -> u32 {
    10_000
}

fn five_minutes() -> u64 {
    300
}

fn second() -> u64 {
    1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(settings: serde_json::Value) -> Result<(), String> {
        let config: Config = serde_json::from_value(settings).expect("settings");
        config.check().map_err(|error| error.to_string())
    }

    #[test]
    fn settings_that_make_no_sense_are_refused_by_name() {
        for (settings, name) in [
            (
                serde_json::json!({"mfds_url": "mfds", "mfds_key": "k"}),
                "ETL_MFDS_URL",
            ),
            (
                serde_json::json!({"haccp_url": "ftp://a", "haccp_key": "k"}),
                "ETL_HACCP_URL",
            ),
            (
                serde_json::json!({"kamis_url": "https://a", "kamis_key": "k"}),
                "ETL_KAMIS_KEY",
            ),
            (serde_json::json!({"nts_url": "https://a"}), "ETL_NTS_KEY"),
            (
                serde_json::json!({"nts_numbers": "124-81-00998"}),
                "ETL_NTS_NUMBERS",
            ),
            (serde_json::json!({"page_rows": 5000}), "ETL_PAGE_ROWS"),
            (
                serde_json::json!({"report_services": "order, soup"}),
                "ETL_REPORT_SERVICES",
            ),
            (serde_json::json!({"report_seconds": 0}), "ETL_REPORT_SECONDS"),
        ] {
            let error = check(settings).expect_err("it makes no sense");
            assert!(error.starts_with(name), "{error}");
        }
        assert_eq!(check(serde_json::json!({})), Ok(()));
        let numbers =
            serde_json::json!({"kamis_regions": 1101, "kamis_id": 3434, "nts_numbers": 1_248_100_998});
        assert_eq!(check(numbers), Ok(()));
    }

    #[test]
    fn keys_are_not_shown() {
        let settings = serde_json::json!({"mfds_url": "https://a", "mfds_key": "very-secret"});
        let config: Config = serde_json::from_value(settings).expect("settings");
        assert!(!format!("{config:?}").contains("very-secret"));
    }
}
