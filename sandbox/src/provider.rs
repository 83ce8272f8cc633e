//! The providers doubled here.

use serde::{Deserialize, Serialize};

/// Whose API, event or money it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Provider {
    #[default]
    Toss,
    Stripe,
}
