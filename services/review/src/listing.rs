//! Which reviews of a list are asked for, and in which order.

use uuid::Uuid;

use crate::review::Review;

/// What a list is sorted by; the newest first among equals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Newest,
    Helpful,
    Rating,
}

impl Order {
    /// What marks tokens of this order.
    fn letter(self) -> char {
        match self {
            Self::Newest => 'n',
            Self::Helpful => 'h',
            Self::Rating => 'r',
        }
    }

    fn rank(self, review: &Review) -> i64 {
        match self {
            Self::Newest => 0,
            Self::Helpful => review.helpful,
            Self::Rating => review.said.stars.rating.into(),
        }
    }
}

/// A page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listing {
    pub order: Order,
    pub stars: Option<i16>,
    pub with_images: bool,
    size: i64,
    after: Option<(i64, Uuid)>,
}

/// The text is no token of a list in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenInvalid;

impl Listing {
    /// # Errors
    /// The token is not one of this order.
    pub fn new(
        order: Order,
        stars: Option<i16>,
        with_images: bool,
        page_size: i32,
        page_token: &str,
    ) -> Result<Self, TokenInvalid> {
        let size = if page_size <= 0 { 20 } else { page_size.min(100) };
        let after = match page_token {
            "" => None,
            token => Some(read(order, token).ok_or(TokenInvalid)?),
        };
        Ok(Self {
            order,
            stars,
            with_images,
            size: size.into(),
            after,
        })
    }

    /// One more than the page.
    pub fn fetch_limit(&self) -> i64 {
        self.size + 1
    }

    /// The rank and id that what follows is below.
    pub fn start(&self) -> (i64, Uuid) {
        self.after.unwrap_or((i64::MAX, Uuid::max()))
    }

    /// Cuts the extra review off, and gives the token of the next page; `""` for none.
    pub fn finish(&self, reviews: &mut Vec<Review>) -> String {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        if reviews.len() <= size {
            return String::new();
        }
        reviews.truncate(size);
        let last = reviews.last();
        last.map_or_else(String::new, |last| {
            let (letter, rank) = (self.order.letter(), self.order.rank(last));
            format!("{letter}{rank:x}-{}", last.review_id.uuid().simple())
        })
    }
}

fn read(order: Order, token: &str) -> Option<(i64, Uuid)> {
    let (rank, id) = token.strip_prefix(order.letter())?.split_once('-')?;
    Some((i64::from_str_radix(rank, 16).ok()?, Uuid::try_parse(id).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_leads_on_only_in_its_own_order() {
        let id = Uuid::now_v7();
        let token = format!("h1f-{}", id.simple());
        let listing = |order| Listing::new(order, None, false, 0, &token).map(|listing| listing.start());
        assert_eq!(listing(Order::Helpful), Ok((31, id)));
        assert_eq!(listing(Order::Newest), Err(TokenInvalid));
        for text in ["h", "h1f", "h-", "hx-1", "1f-0", "감자"] {
            assert_eq!(
                Listing::new(Order::Helpful, None, false, 0, text),
                Err(TokenInvalid),
                "{text}"
            );
        }
    }
}
