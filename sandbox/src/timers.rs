//! What time does by itself, in both doubles.

use time::OffsetDateTime;

use crate::app::Core;
use crate::{stripe, toss};

/// Lets everything happen that was due by `now`.
pub(crate) fn take_effect(core: &mut Core, now: OffsetDateTime, base_url: &str) {
    toss::expire_sessions(core, now, base_url);
    stripe::settle(core, now, base_url);
}

/// When something happens next.
pub(crate) fn next(core: &Core) -> Option<OffsetDateTime> {
    let settles = core.state.stripe.next_due().map(|(at, _)| at);
    let soonest = [core.state.toss.next_expiry(), settles];
    soonest.into_iter().flatten().min()
}
