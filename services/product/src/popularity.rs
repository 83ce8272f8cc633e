use time::Duration;

/// What counts as lately.
pub const LATELY: Duration = Duration::days(30);

/// How popular a product is that was ordered so often lately: 0 for never, then one
/// more each time the orders double. It tells what sells without telling how much,
/// and changes seldom.
pub fn popularity(orders: i64) -> i16 {
    let bits = i64::BITS - orders.max(0).leading_zeros();
    i16::try_from(bits).unwrap_or(i16::MAX)
}

#[cfg(test)]
mod tests {
    use super::popularity;

    #[test]
    fn it_grows_by_one_when_orders_double() {
        for (orders, expected) in [
            (-1, 0),
            (0, 0),
            (1, 1),
            (2, 2),
            (3, 2),
            (4, 3),
            (1_023, 10),
            (1_024, 11),
        ] {
            assert_eq!(popularity(orders), expected, "{orders}");
        }
        assert_eq!(popularity(i64::MAX), 63);
    }
}
