//! Value added tax inside a won amount: a tenth of the price before tax, rounded to the nearest won.

/// How a balance splits. The three parts always add up to the balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Split {
    pub supplied: i64,
    pub vat: i64,
    pub tax_free: i64,
}

/// Splits `balance`, of which `tax_free` carries no tax; needs 0 <= tax_free <= balance.
pub(crate) fn split(balance: i64, tax_free: i64) -> Split {
    let taxable = balance - tax_free;
    // taxable / 11 to the nearest; eleven is odd, so no half ever occurs.
    let vat = (taxable + 5) / 11;
    Split {
        supplied: taxable - vat,
        vat,
        tax_free,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_amounts_split_as_the_real_service_splits_them() {
        for (balance, supplied, vat) in [
            (1_000, 909, 91),
            (4_900, 4_455, 445),
            (9_026, 8_205, 821),
            (10_000, 9_091, 909),
            (15_000, 13_636, 1_364),
            (30_000, 27_273, 2_727),
            (37_400, 34_000, 3_400),
            (0, 0, 0),
        ] {
            assert_eq!(
                split(balance, 0),
                Split {
                    supplied,
                    vat,
                    tax_free: 0
                },
                "{balance}"
            );
        }
    }

    #[test]
    fn the_tax_free_part_carries_no_tax() {
        assert_eq!(
            split(10_000, 4_000),
            Split {
                supplied: 5_455,
                vat: 545,
                tax_free: 4_000
            }
        );
        assert_eq!(
            split(7_000, 7_000),
            Split {
                supplied: 0,
                vat: 0,
                tax_free: 7_000
            }
        );
    }

    #[test]
    fn the_parts_add_up() {
        for balance in 0..2_000 {
            for tax_free in [0, balance / 3, balance] {
                let parts = split(balance, tax_free);
                assert_eq!(parts.supplied + parts.vat + parts.tax_free, balance);
                assert!(parts.vat >= 0 && parts.supplied >= 0);
            }
        }
    }
}
