//! Where in a product's texts a term stands.
//!
//! All texts share one field: one list of documents per term. The place is written as
//! the term's frequency, so that one list tells both that a document matches and how
//! much that means.

/// The best place a term has in a document; a higher one means more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Place {
    /// In the description only.
    Description = 1,
    /// In the sales unit.
    Unit = 2,
    /// In the name of a category above the product's own.
    Branch = 3,
    /// In the origin.
    Origin = 4,
    /// In the name of its own category.
    Category = 5,
    /// In the English name.
    English = 6,
    /// In the name, at the beginning or in the middle of a longer word.
    NamePart = 7,
    /// In the name, at the end of a longer word: what a compound is.
    NameHead = 9,
    /// In the name, a word of its own.
    NameWord = 11,
    /// In the name, its first word.
    NameFirst = 13,
}

/// One more than the highest frequency: a name's place and its category's together count
/// one more than the name's alone.
pub(crate) const PLACES: usize = 15;

/// The frequency of a term with these places.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Places {
    best: u8,
    category: bool,
}

impl Places {
    /// Adds a place.
    pub fn add(&mut self, place: Place) {
        self.best = self.best.max(place as u8);
        self.category |= place == Place::Category;
    }

    /// What is written.
    pub fn frequency(self) -> u8 {
        self.best + u8::from(self.category && self.best >= Place::NamePart as u8)
    }
}

/// How much a place is worth, in thousandths of the best, by frequency.
pub(crate) const WORTH: [u32; PLACES] = [
    0, 100, 220, 240, 380, 520, 640, 440, 700, 680, 950, 860, 980, 880, 1000,
];

/// The same of a word that is what a category is called: it means what is in that category, and less where it only
/// stands in the name of something else.
pub(crate) const KIND_WORTH: [u32; PLACES] = [
    0, 100, 220, 240, 380, 520, 300, 160, 700, 250, 950, 310, 980, 320, 1000,
];

/// How much of the name a term there covers, in halves of a word, by frequency.
pub(crate) const COVERS: [u32; PLACES] = [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2];

#[cfg(test)]
mod tests {
    use super::{PLACES, Place, Places};

    #[test]
    fn the_best_place_counts_and_the_category_adds_to_the_name() {
        let mut places = Places::default();
        places.add(Place::Category);
        assert_eq!(places.frequency(), Place::Category as u8);
        places.add(Place::Description);
        assert_eq!(places.frequency(), Place::Category as u8);
        places.add(Place::NameFirst);
        assert_eq!(usize::from(places.frequency()), PLACES - 1);
    }
}
