use uuid::Uuid;
use xlcfi_identity::Member;
use xlcfi_types::Id;

pub type MemberId = Id<Member>;

/// What a member had to do with a product so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Interaction {
    pub views: i32,
    pub carts: i32,
    pub orders: i32,
    pub rating: Option<i16>,
}

/// Looking at something says this much, putting it into the cart that much, beside buying.
const VIEW: f32 = 0.2;
const CART: f32 = 0.5;
/// Ratings up to here say that it is not wanted again.
const BAD: i16 = 2;

impl Interaction {
    /// How much it says about what the member wants, up to 1; none when it says the
    /// contrary.
    pub fn value(self) -> Option<f32> {
        if self.rating.is_some_and(|rating| rating <= BAD) {
            return None;
        }
        if self.orders > 0 || self.rating.is_some() {
            return Some(1.0);
        }
        let looked = 1.0 - (1.0 - VIEW).powi(self.views.clamp(0, 5));
        let value = if self.carts > 0 { looked.max(CART) } else { looked };
        (value > 0.0).then_some(value)
    }

    pub fn bought(self) -> bool {
        self.orders > 0 && self.value().is_some()
    }
}

/// A product a member had to do with.
#[derive(Debug, Clone, Copy)]
pub struct Past {
    pub product: Uuid,
    pub interaction: Interaction,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(views: i32, carts: i32, orders: i32, rating: Option<i16>) -> Option<f32> {
        Interaction {
            views,
            carts,
            orders,
            rating,
        }
        .value()
    }

    #[test]
    fn buying_says_more_than_the_cart_and_that_more_than_a_look() {
        let [look, cart, bought] = [value(1, 0, 0, None), value(1, 1, 0, None), value(1, 1, 1, None)];
        assert!(look < cart && cart < bought);
        assert_eq!(bought, Some(1.0));
        assert!(value(100, 0, 0, None) < bought);
        assert_eq!(value(0, 0, 0, None), None);
    }

    #[test]
    fn what_was_rated_badly_is_not_wanted() {
        assert_eq!(value(3, 1, 2, Some(2)), None);
        assert_eq!(value(0, 0, 0, Some(5)), Some(1.0));
    }
}
