use serde::Deserialize;
use xlcfi_service::StartError;

use crate::model::ease;

/// The service's own settings.
#[derive(Debug, Clone, Deserialize)]
pub struct Config {
    /// Hours between trainings that nobody asked for; 0 means none.
    #[serde(default = "a_day")]
    pub train_hours: u32,
    /// Seconds between looks at what changed: products, the model, experiments.
    #[serde(default = "some_seconds")]
    pub refresh_seconds: u64,
    /// Seconds between counts of who bought what.
    #[serde(default = "a_minute")]
    pub popular_seconds: u64,
    /// Products up to which EASE is trained; beyond it is ALS.
    #[serde(default = "ease_products")]
    pub ease_products: usize,
    /// MiB of memory a training may take for EASE; what needs more is trained by ALS.
    #[serde(default = "memory")]
    pub memory_mib: u64,
    /// Interactions a training looks at, the newest ones.
    #[serde(default = "interactions")]
    pub interactions: i64,
    /// Threads of a training.
    #[serde(default = "one")]
    pub threads: usize,
}

impl Config {
    /// Refuses settings that make no sense.
    pub fn check(&self) -> Result<(), StartError> {
        let least = |name: &str, value: u64, least: u64| {
            if value < least {
                let why = format!("it must be at least {least}");
                return Err(StartError::BadSetting(format!("RECOMMENDATION_{name}"), why));
            }
            Ok(())
        };
        least("REFRESH_SECONDS", self.refresh_seconds, 1)?;
        least("MEMORY_MIB", self.memory_mib, 64)?;
        least("INTERACTIONS", self.interactions.try_into().unwrap_or(0), 1)?;
        least("THREADS", self.threads as u64, 1)
    }

    /// Whether EASE can be trained for so many products.
    pub fn ease_fits(&self, products: usize) -> bool {
        products <= self.ease_products && ease::memory(products) <= self.memory_mib << 20
    }
}

fn a_day() -> u32 {
    24
}

fn some_seconds() -> u64 {
    5
}

fn a_minute() -> u64 {
    60
}

fn ease_products() -> usize {
    20_000
}

fn memory() -> u64 {
    3_200
}

fn interactions() -> i64 {
    5_000_000
}

fn one() -> usize {
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        Config {
            train_hours: a_day(),
            refresh_seconds: some_seconds(),
            popular_seconds: a_minute(),
            ease_products: ease_products(),
            memory_mib: memory(),
            interactions: interactions(),
            threads: one(),
        }
    }

    #[test]
    fn ease_is_trained_while_it_fits() {
        assert!(config().check().is_ok());
        assert!(config().ease_fits(20_000));
        assert!(!config().ease_fits(20_001));
        let small = Config {
            memory_mib: 64,
            ..config()
        };
        assert!(small.ease_fits(2_000));
        assert!(!small.ease_fits(3_000));
    }

    #[test]
    fn settings_that_make_no_sense_are_refused_by_name() {
        for (config, name) in [
            (
                Config {
                    refresh_seconds: 0,
                    ..config()
                },
                "RECOMMENDATION_REFRESH_SECONDS",
            ),
            (
                Config {
                    memory_mib: 1,
                    ..config()
                },
                "RECOMMENDATION_MEMORY_MIB",
            ),
            (
                Config {
                    interactions: -1,
                    ..config()
                },
                "RECOMMENDATION_INTERACTIONS",
            ),
            (
                Config {
                    threads: 0,
                    ..config()
                },
                "RECOMMENDATION_THREADS",
            ),
        ] {
            let error = config.check().expect_err("it makes no sense").to_string();
            assert!(error.starts_with(name), "{error}");
        }
    }
}
