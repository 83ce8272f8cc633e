//! Ids as Stripe forms them: a prefix that tells the kind, then letters and digits. Those that grant something are random all over.

use rand::RngExt;
use rand::distr::Alphanumeric;

fn random(length: usize) -> String {
    rand::rng()
        .sample_iter(Alphanumeric)
        .take(length)
        .map(char::from)
        .collect()
}

pub(super) fn id(prefix: &str) -> String {
    format!("{prefix}_{}", random(24))
}

/// What lets the buyer, who has no key, act on the object.
pub(super) fn client_secret(id: &str) -> String {
    format!("{id}_secret_{}", random(25))
}
