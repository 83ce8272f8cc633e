//! What the label says is in a product.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use xlcfi_contracts::product::v1::Allergen;

/// An ingredient text, and the allergens ai found that it says are in the food.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ingredients {
    pub text: String,
    /// `None` until ai looked.
    pub named: Option<Vec<Named>>,
}

/// A place in the text that says an allergen is in the food, in characters of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Number of the class in the contract.
    pub allergen: i32,
    pub start: i32,
    pub end: i32,
    pub words: String,
}

/// What a listing must declare and does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hidden(pub Vec<Named>);

impl Ingredients {
    /// A text nobody looked at yet.
    pub fn new(text: &str) -> Self {
        let text = text.trim().to_owned();
        let named = text.is_empty().then(Vec::new);
        Self { text, named }
    }

    /// # Errors
    /// It names classes that are not declared.
    pub fn check(&self, declared: &BTreeSet<Allergen>) -> Result<(), Hidden> {
        let is_hidden = |named: &&Named| !declared.iter().any(|class| *class as i32 == named.allergen);
        let named = self.named.iter().flatten();
        let hidden: Vec<Named> = named.filter(is_hidden).cloned().collect();
        if hidden.is_empty() {
            Ok(())
        } else {
            Err(Hidden(hidden))
        }
    }
}

impl Hidden {
    /// Names of the classes, each once: `MILK,WHEAT`.
    pub fn classes(&self) -> String {
        let classes: BTreeSet<&str> = self.0.iter().map(Named::class).collect();
        classes.into_iter().collect::<Vec<_>>().join(",")
    }

    /// Where they stand: `WHEAT 0-3 밀가루`.
    pub fn places(&self) -> String {
        let place =
            |named: &Named| format!("{} {}-{} {}", named.class(), named.start, named.end, named.words);
        self.0.iter().map(place).collect::<Vec<_>>().join("; ")
    }
}

impl Named {
    fn class(&self) -> &'static str {
        let class = Allergen::try_from(self.allergen).unwrap_or_default();
        class.as_str_name().trim_start_matches("ALLERGEN_")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_must_be_declared() {
        let named = |allergen: Allergen, start| Named {
            allergen: allergen.into(),
            start,
            end: start + 2,
            words: "우유".into(),
        };
        let ingredients = Ingredients {
            text: "우유, 유청, 두부".into(),
            named: Some(vec![named(Allergen::Milk, 0), named(Allergen::Soybean, 8)]),
        };
        let hidden = ingredients.check(&BTreeSet::from([Allergen::Milk])).unwrap_err();
        assert_eq!(hidden.classes(), "SOYBEAN");
        assert_eq!(hidden.places(), "SOYBEAN 8-10 우유");
        assert_eq!(
            ingredients.check(&BTreeSet::from([Allergen::Milk, Allergen::Soybean])),
            Ok(())
        );
        assert_eq!(
            Ingredients::new("우유").check(&BTreeSet::new()),
            Ok(()),
            "nobody looked yet"
        );
    }
}
