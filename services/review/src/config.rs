use serde::Deserialize;
use time::Duration;

/// The service's own settings.
#[derive(Debug, Clone, Deserialize)]
pub struct Config {
    /// Days in which authors may change a review.
    #[serde(default = "thirty")]
    pub edit_days: i64,
    /// More reviews of one author within an hour are held.
    #[serde(default = "ten")]
    pub author_burst: i64,
    /// More reviews of one product within an hour are held.
    #[serde(default = "hundred")]
    pub product_burst: i64,
    /// Words that hold a review, parted by commas, beside the usual ones.
    #[serde(default)]
    pub banned_words: String,
    /// Ratings a lot, and the product's others, need before they are compared.
    #[serde(default = "five")]
    pub lot_ratings: i64,
}

impl Config {
    /// How long authors may change a review.
    pub fn edit_time(&self) -> Duration {
        Duration::days(self.edit_days)
    }
}

fn five() -> i64 {
    5
}

fn ten() -> i64 {
    10
}

fn thirty() -> i64 {
    30
}

fn hundred() -> i64 {
    100
}
