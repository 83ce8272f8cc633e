use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use xlcfi_service::StartError;

/// The service's own settings.
#[derive(Debug, Clone, Deserialize)]
pub struct Config {
    /// URL of the store of renditions, `file://` and a folder or `s3://`, a bucket and a
    /// folder.
    #[serde(default = "here")]
    pub store_url: String,
    /// What URLs are signed with.
    pub url_secret: SecretString,
    /// How long a signed URL holds, in seconds.
    #[serde(default = "an_hour")]
    pub url_seconds: u32,
    /// Set before the paths of renditions, such as the address of a CDN.
    #[serde(default)]
    pub public_url: String,
    /// Pictures worked on at a time; as many as processors when not set.
    #[serde(default)]
    pub workers: Option<usize>,
    /// MiB of memory for decoding, all pictures together.
    #[serde(default = "memory")]
    pub memory_mib: u32,
    /// Uploads taken in at a time.
    #[serde(default = "uploads")]
    pub uploads: usize,
    /// Days after which an image that nothing shows is removed.
    #[serde(default = "a_week")]
    pub unused_days: u32,
    /// Seconds between sweeps for what is to be removed.
    #[serde(default = "a_minute")]
    pub sweep_seconds: u64,
}

/// Least memory for decoding: what the largest picture takes.
const LEAST_MEMORY_MIB: u32 = 640;

impl Config {
    /// Refuses settings that make no sense.
    pub fn check(&self) -> Result<(), StartError> {
        let bad = |name: &str, why: String| Err(StartError::BadSetting(name.to_owned(), why));
        if self.url_secret.expose_secret().len() < 32 {
            return bad("IMAGE_URL_SECRET", "it has less than 32 characters".into());
        }
        if self.url_seconds == 0 {
            return bad("IMAGE_URL_SECONDS", "it must be above zero".into());
        }
        if self.memory_mib < LEAST_MEMORY_MIB {
            return bad(
                "IMAGE_MEMORY_MIB",
                format!("the largest picture takes {LEAST_MEMORY_MIB}"),
            );
        }
        if self.uploads == 0 {
            return bad("IMAGE_UPLOADS", "it must be above zero".into());
        }
        if self.unused_days == 0 {
            return bad("IMAGE_UNUSED_DAYS", "it must be above zero".into());
        }
        Ok(())
    }
}

fn here() -> String {
    let folder = std::env::current_dir().unwrap_or_default().join(".data/images");
    url::Url::from_directory_path(folder).map_or_else(|()| String::new(), String::from)
}

fn an_hour() -> u32 {
    3_600
}

fn memory() -> u32 {
    768
}

fn uploads() -> usize {
    12
}

fn a_minute() -> u64 {
    60
}

fn a_week() -> u32 {
    7
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(change: impl FnOnce(&mut Config)) -> Config {
        let mut config = Config {
            store_url: here(),
            url_secret: "s".repeat(32).into(),
            url_seconds: an_hour(),
            public_url: String::new(),
            workers: None,
            memory_mib: memory(),
            uploads: uploads(),
            unused_days: a_week(),
            sweep_seconds: a_minute(),
        };
        change(&mut config);
        config
    }

    #[test]
    fn settings_that_make_no_sense_are_refused_by_name() {
        assert!(config(|_| {}).check().is_ok());
        for (config, name) in [
            (
                config(|config| config.url_secret = "short".into()),
                "IMAGE_URL_SECRET",
            ),
            (config(|config| config.url_seconds = 0), "IMAGE_URL_SECONDS"),
            (config(|config| config.memory_mib = 100), "IMAGE_MEMORY_MIB"),
            (config(|config| config.uploads = 0), "IMAGE_UPLOADS"),
            (config(|config| config.unused_days = 0), "IMAGE_UNUSED_DAYS"),
        ] {
            let error = config.check().expect_err("it makes no sense").to_string();
            assert!(error.starts_with(name), "{error}");
        }
    }

    #[test]
    fn the_secret_is_not_shown() {
        assert!(!format!("{:?}", config(|_| {})).contains("ssss"));
    }
}
