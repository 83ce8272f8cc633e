//! What is put into the index.

use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// A product on sale, as the index knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Food {
    /// Id.
    pub id: Uuid,
    /// Counts changes of the product: of two, the higher is the truth.
    pub version: u64,
    /// Name shown.
    pub name: String,
    /// English name; may be empty.
    pub name_en: String,
    /// A few sentences; may be empty.
    pub description: String,
    /// How it is sold, for example `10kg 상자`.
    pub unit: String,
    /// Ids of its category and of those above it, the top first.
    pub category: Vec<Uuid>,
    /// Names of these categories in their order; one in several languages has them
    /// joined by a blank.
    pub category_names: Vec<String>,
    /// 원산지, the widest place first: `국내산 강원 평창`.
    pub origin: String,
    /// Number of the storage class, 0 to 15.
    pub storage: u8,
    /// Numbers of the allergens it contains, 0 to 31.
    pub allergens: Vec<u8>,
    /// Who sells it.
    pub seller: Uuid,
    /// Won for one sales unit in the smallest order.
    pub price: i64,
    /// Whether the smallest order is available now.
    pub in_stock: bool,
    /// 소비기한 of the lot that leaves first; none when the goods have no date.
    pub use_by: Option<Date>,
    /// Mean of its ratings, 1 to 5; anything when there are none.
    pub rating: f32,
    /// How many ratings it has.
    pub ratings: u32,
    /// Sales units sold.
    pub sales: u64,
    /// When it was listed.
    pub created: OffsetDateTime,
    /// Given back with the hit, unread.
    pub payload: Vec<u8>,
}

/// What happened to a product.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// It is on sale, and so.
    Put(Box<Food>),
    /// It is not on sale any more.
    Remove {
        /// Id.
        id: Uuid,
        /// Its version without being on sale.
        version: u64,
    },
}

impl Change {
    /// Of which product.
    pub fn id(&self) -> Uuid {
        match self {
            Self::Put(food) => food.id,
            Self::Remove { id, .. } => *id,
        }
    }

    /// Which version of it this is.
    pub fn version(&self) -> u64 {
        match self {
            Self::Put(food) => food.version,
            Self::Remove { version, .. } => *version,
        }
    }
}

/// What ratings are drawn to while there are few of them, and how many ratings that weighs.
const PRIOR_RATING: f64 = 4.0;
const PRIOR_WEIGHT: f64 = 8.0;

/// Parts of the greatest boost, in thousandths of the relevance: together 300.
const STOCK_BOOST: f64 = 120.0;
const RATING_BOOST: f64 = 80.0;
const SALES_BOOST: f64 = 100.0;

/// Sales units from which on more of them change nothing.
const MANY_SALES: f64 = 100_000.0;

impl Food {
    /// Bayesian mean of the ratings in thousandths of a star: few ratings leave it near
    /// 4.0, as if eight more of that had been given.
    pub fn rating_millis(&self) -> u16 {
        let ratings = f64::from(self.ratings);
        let mean = if self.rating.is_finite() {
            f64::from(self.rating).clamp(0.0, 5.0)
        } else {
            PRIOR_RATING
        };
        let mean = if self.ratings == 0 { PRIOR_RATING } else { mean };
        (1000.0 * (PRIOR_WEIGHT * PRIOR_RATING + ratings * mean) / (PRIOR_WEIGHT + ratings)).round() as u16
    }

    /// What relevance is raised by, in thousandths, at most 300: for being in stock, for
    /// good ratings, for sales (their logarithm).
    pub fn boost_millis(&self) -> u16 {
        let stock = if self.in_stock { STOCK_BOOST } else { 0.0 };
        let rating = ((f64::from(self.rating_millis()) - 3000.0) / 2000.0).clamp(0.0, 1.0) * RATING_BOOST;
        let sales = ((self.sales as f64).ln_1p() / MANY_SALES.ln_1p()).min(1.0) * SALES_BOOST;
        (stock + rating + sales) as u16
    }
}
