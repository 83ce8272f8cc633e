//! The tax office (국세청), asked for the status of businesses by their numbers.

use std::collections::HashMap;
use std::time::Duration;

use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::json;

use crate::business::Standing;
use crate::config::Config;
use crate::registration::RegistrationNumber;

/// Most numbers of one call.
pub const MOST: usize = 100;
/// Longest it may take; somebody may wait for it.
const PATIENCE: Duration = Duration::from_secs(3);
/// What it says of a number it does not know, beside an empty status.
const NOT_REGISTERED: &str = "등록되지 않은";

/// Why the tax office did not tell. No text of it holds the key.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    #[error("the tax office does not answer: {0}")]
    Away(String),
    #[error("the tax office refuses: {0}")]
    Refused(String),
    #[error("the tax office answers what cannot be read: {0}")]
    Unreadable(String),
}

/// The tax office.
#[derive(Debug, Clone)]
pub struct Nts {
    client: reqwest::Client,
    /// Holds the key, so it is never shown.
    url: reqwest::Url,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    status_code: String,
    #[serde(default)]
    data: Vec<Said>,
}

#[derive(Deserialize)]
struct Said {
    b_no: String,
    #[serde(default)]
    b_stt_cd: String,
    #[serde(default)]
    tax_type: String,
}

impl Nts {
    /// The tax office the settings name; none when they name none.
    ///
    /// # Errors
    /// The URL is not one, or the client cannot be set up.
    pub fn of(config: &Config) -> Result<Option<Self>, String> {
        if config.nts_url.is_empty() {
            return Ok(None);
        }
        let (base, key) = (
            config.nts_url.trim_end_matches('/'),
            config.nts_key.expose_secret(),
        );
        let mut url = reqwest::Url::parse(&format!("{base}/nts-businessman/v1/status"))
            .map_err(|error| error.to_string())?;
        // Keys are given out in two forms; one that is encoded already must not be so twice.
        match key.contains('%') {
            true => url.set_query(Some(&format!("serviceKey={key}"))),
            false => drop(url.query_pairs_mut().append_pair("serviceKey", key)),
        }
        xlcfi_service::choose_tls();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .no_proxy()
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Some(Self { client, url }))
    }

    /// What it says of up to 100 numbers. One it says nothing of is [`Standing::Unknown`].
    ///
    /// # Errors
    /// It does not answer, refuses, or answers what cannot be read.
    pub async fn ask(
        &self,
        numbers: &[RegistrationNumber],
    ) -> Result<HashMap<RegistrationNumber, Standing>, Trouble> {
        let asked: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        let request = self
            .client
            .post(self.url.clone())
            .header("accept", "application/json")
            .json(&json!({ "b_no": asked }));
        let away = |error: reqwest::Error| Trouble::Away(error.without_url().to_string());
        let response = request.send().await.map_err(away)?;
        let status = response.status();
        let body = response.text().await.map_err(away)?;
        let said = read(status.as_u16(), &body)?;
        let standing = |number: &RegistrationNumber| {
            let standing = said.get(&number.to_string()).copied();
            (*number, standing.unwrap_or(Standing::Unknown))
        };
        Ok(numbers.iter().map(standing).collect())
    }
}

/// What an answer says, by number.
fn read(status: u16, body: &str) -> Result<HashMap<String, Standing>, Trouble> {
    // The gateway before it answers in XML whatever was asked for, with 200 too.
    if body.trim_start().starts_with('<') {
        let code = body
            .split_once("<returnReasonCode>")
            .and_then(|(_, rest)| rest.split_once('<'))
            .map_or("none", |(code, _)| code);
        return Err(Trouble::Refused(format!("HTTP {status}, gateway code {code}")));
    }
    if status >= 500 {
        return Err(Trouble::Away(format!("HTTP {status}")));
    }
    if status != 200 {
        return Err(Trouble::Refused(format!("HTTP {status}")));
    }
    let answer: Answer =
        serde_json::from_str(body).map_err(|error| Trouble::Unreadable(error.to_string()))?;
    if answer.status_code != "OK" {
        return Err(Trouble::Refused(answer.status_code));
    }
    let standing = |said: Said| {
        let standing = match said.b_stt_cd.as_str() {
            "01" => Standing::Active,
            "02" => Standing::Suspended,
            "03" => Standing::Closed,
            "" if said.tax_type.contains(NOT_REGISTERED) => Standing::Unregistered,
            _ => Standing::Unknown,
        };
        (said.b_no, standing)
    };
    Ok(answer.data.into_iter().map(standing).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_what_each_number_is() {
        let body = r#"{"request_cnt":4,"match_cnt":3,"status_code":"OK","data":[
            {"b_no":"1248100998","b_stt":"계속사업자","b_stt_cd":"01","tax_type":"부가가치세 일반과세자"},
            {"b_no":"1208147521","b_stt":"휴업자","b_stt_cd":"02","tax_type":"부가가치세 일반과세자"},
            {"b_no":"2208162517","b_stt":"폐업자","b_stt_cd":"03","tax_type":"부가가치세 일반과세자"},
            {"b_no":"1239000018","b_stt":"","b_stt_cd":"","tax_type":"국세청에 등록되지 않은 사업자등록번호입니다."},
            {"b_no":"9","b_stt_cd":"","tax_type":""}]}"#;
        let said = read(200, body).expect("an answer");
        for (number, standing) in [
            ("1248100998", Standing::Active),
            ("1208147521", Standing::Suspended),
            ("2208162517", Standing::Closed),
            ("1239000018", Standing::Unregistered),
            ("9", Standing::Unknown),
        ] {
            assert_eq!(said.get(number), Some(&standing), "{number}");
        }
    }

    #[test]
    fn what_is_no_answer_says_nothing_of_a_business() {
        let gateway = "<OpenAPI_ServiceResponse><cmmMsgHeader><returnReasonCode>22</returnReasonCode>";
        assert!(matches!(read(200, gateway), Err(Trouble::Refused(why)) if why.contains("22")));
        assert!(matches!(read(401, r#"{"code":-4}"#), Err(Trouble::Refused(_))));
        assert!(matches!(read(500, "{}"), Err(Trouble::Away(_))));
        assert!(matches!(read(200, "{\"data\":["), Err(Trouble::Unreadable(_))));
        assert!(matches!(read(200, "{}"), Err(Trouble::Refused(_))));
    }

    #[test]
    fn a_key_that_is_encoded_already_is_not_encoded_twice() {
        let asked = |key: &str| {
            let config = Config {
                nts_url: "http://127.0.0.1:1/api/".into(),
                nts_key: key.into(),
            };
            Nts::of(&config)
                .expect("a client")
                .expect("it is set up")
                .url
                .to_string()
        };
        let url = "http://127.0.0.1:1/api/nts-businessman/v1/status?serviceKey=a%2Bb%3D%3D";
        assert_eq!(
            (asked("a+b=="), asked("a%2Bb%3D%3D")),
            (url.to_owned(), url.to_owned())
        );
    }
}
