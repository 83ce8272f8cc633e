//! What events tell the index.

use prost::Message as _;

use xlcfi_contracts::product::v1::{
    LotChanged, LotMoved, LotReceived, LotSplit, LotsHeld, LotsReleased, Product, ProductArchived,
    ProductPopularityChanged, ProductPublished, ProductRated, ProductRating, ProductRestocked,
    ProductSoldOut, ProductUpdated, ProductUseByChanged,
};
use xlcfi_events::Message;

/// What an event tells of a product.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact {
    /// It is on sale, and so.
    Shown(Box<Product>),
    /// It is not on sale any more.
    Gone,
    /// The minimum order is available, or not.
    InStock(bool),
    /// ISO 8601 date of what leaves first; `""` for none.
    UseBy(String),
    /// How often it was ordered lately.
    Popularity(i32),
    /// What buyers say; `None` when nobody does any more.
    Rated(Option<ProductRating>),
    /// Nothing that can be found.
    Other,
}

/// What a message tells; `None` when it is about no product.
///
/// # Errors
/// It is not what it says it is.
pub fn read(message: &Message) -> Result<Option<Fact>, prost::DecodeError> {
    let shown = |product: Option<Product>| Fact::Shown(Box::new(product.unwrap_or_default()));
    if let Some(told) = message.read::<ProductPublished>()? {
        return Ok(Some(shown(told.product)));
    }
    if let Some(told) = message.read::<ProductUpdated>()? {
        return Ok(Some(shown(told.product)));
    }
    if let Some(told) = message.read::<ProductUseByChanged>()? {
        return Ok(Some(Fact::UseBy(told.earliest_use_by_date)));
    }
    if let Some(told) = message.read::<ProductPopularityChanged>()? {
        return Ok(Some(Fact::Popularity(told.popularity)));
    }
    if let Some(told) = message.read::<ProductRated>()? {
        return Ok(Some(Fact::Rated(told.rating)));
    }
    let is = |name: &str| message.type_name == name;
    use prost::Name;
    Ok(if is(&ProductArchived::full_name()) {
        Some(Fact::Gone)
    } else if is(&ProductSoldOut::full_name()) {
        Some(Fact::InStock(false))
    } else if is(&ProductRestocked::full_name()) {
        Some(Fact::InStock(true))
    } else if [
        LotReceived::full_name(),
        LotSplit::full_name(),
        LotMoved::full_name(),
        LotChanged::full_name(),
        LotsHeld::full_name(),
        LotsReleased::full_name(),
    ]
    .contains(&message.type_name)
    {
        Some(Fact::Other)
    } else {
        None
    })
}

/// A product of the read model: the version of its events, and what they told.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    pub version: u64,
    /// `None` when it is not on sale.
    pub product: Option<Box<Product>>,
}

impl Known {
    /// What the index gave back.
    pub fn of(version: u64, payload: &[u8]) -> Result<Self, prost::DecodeError> {
        Ok(Self {
            version,
            product: Some(Box::new(Product::decode(payload)?)),
        })
    }
}

/// What became of a product.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// It is so now.
    Now(Known),
    /// It was known already.
    Old,
    /// Events are missing between: the command side must be asked.
    Torn,
}

/// A product after an event with this version. What is on sale is told whole, so
/// that only smaller facts need what was before.
pub fn step(known: Option<&Known>, version: u64, fact: Fact) -> Step {
    let before = known.map_or(0, |known| known.version);
    if version <= before {
        return Step::Old;
    }
    match fact {
        Fact::Shown(product) => Step::Now(Known {
            version,
            product: Some(product),
        }),
        Fact::Gone => Step::Now(Known {
            version,
            product: None,
        }),
        Fact::InStock(_) | Fact::UseBy(_) | Fact::Popularity(_) | Fact::Rated(_) | Fact::Other => {
            let Some(mut product) = known.and_then(|known| known.product.clone()) else {
                // Not on sale, so not to be found.
                return Step::Old;
            };
            if version != before + 1 {
                return Step::Torn;
            }
            match fact {
                Fact::InStock(in_stock) => product.in_stock = in_stock,
                Fact::UseBy(date) => product.earliest_use_by_date = date,
                Fact::Popularity(popularity) => product.popularity = popularity,
                Fact::Rated(rating) => product.rating = rating,
                _ => {}
            }
            Step::Now(Known {
                version,
                product: Some(product),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(version: u64) -> Known {
        let product = Box::new(Product {
            in_stock: true,
            ..Product::default()
        });
        Known {
            version,
            product: Some(product),
        }
    }

    #[test]
    fn small_facts_build_on_the_version_before() {
        let before = known(3);
        let Step::Now(after) = step(Some(&before), 4, Fact::InStock(false)) else {
            panic!("it follows")
        };
        assert_eq!(
            (after.version, after.product.map(|product| product.in_stock)),
            (4, Some(false))
        );
        let dated = step(Some(&before), 4, Fact::UseBy("2026-12-01".into()));
        let Step::Now(Known {
            product: Some(product),
            ..
        }) = dated
        else {
            panic!("it follows")
        };
        assert_eq!(product.earliest_use_by_date, "2026-12-01");
        let rating = ProductRating {
            ratings: 3,
            mean: 4.5,
            wilson: 3.1,
        };
        let rated = step(Some(&before), 4, Fact::Rated(Some(rating)));
        let Step::Now(Known {
            product: Some(product),
            ..
        }) = rated
        else {
            panic!("it follows")
        };
        assert_eq!(product.rating, Some(rating));
        assert_eq!(step(Some(&before), 5, Fact::Other), Step::Torn);
        assert_eq!(step(Some(&before), 3, Fact::Other), Step::Old);
        assert_eq!(step(None, 1, Fact::InStock(true)), Step::Old);
    }

    #[test]
    fn what_is_told_whole_needs_nothing_before() {
        let product = Box::new(Product::default());
        let shown = step(Some(&known(3)), 9, Fact::Shown(product.clone()));
        assert!(matches!(
            shown,
            Step::Now(Known {
                version: 9,
                product: Some(_)
            })
        ));
        assert!(matches!(
            step(None, 2, Fact::Shown(product.clone())),
            Step::Now(_)
        ));
        assert_eq!(step(Some(&known(3)), 2, Fact::Shown(product)), Step::Old);
        let gone = Known {
            version: 7,
            product: None,
        };
        assert_eq!(step(Some(&known(3)), 7, Fact::Gone), Step::Now(gone.clone()));
        assert_eq!(step(Some(&gone), 8, Fact::InStock(true)), Step::Old);
    }
}
