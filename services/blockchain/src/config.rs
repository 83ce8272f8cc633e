use serde::Deserialize;

/// The service's own settings.
#[derive(Debug, Clone, Deserialize)]
pub struct Config {
    /// Minutes a lot may be too warm or too cold before its seller is told.
    #[serde(default = "thirty")]
    pub excursion_minutes: u32,
}

fn thirty() -> u32 {
    30
}
