//! The gRPC services.

mod credit;
mod payments;
mod reconciliations;
mod refunds;
mod webhooks;

use tonic::{Response, Status};
use xlcfi_contracts::types::v1::Role;
use xlcfi_identity::{Member, User};
use xlcfi_types::Id;

pub use credit::Credit;
pub use payments::Payments;
pub use reconciliations::Reconciliations;
pub use refunds::Refunds;
pub use webhooks::Webhooks;

type Reply<T> = Result<Response<T>, Status>;

/// Whose payments a user may see; `None` means everybody's.
fn seen_by(user: &User) -> Option<Id<Member>> {
    let staff = [Role::Admin, Role::Finance, Role::Support];
    let all = staff.iter().any(|role| user.has_role(*role));
    (!all).then_some(user.id)
}
