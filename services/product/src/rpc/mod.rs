//! The gRPC services: who calls, what is asked, a flow or a read, the answer.

mod catalogue;
mod imports;
mod lots;
mod prices;
mod recalls;
mod search;

use tonic::{Response, Status};
use xlcfi_identity::{Caller, Member};
use xlcfi_types::Id;
use xlcfi_types::calendar::seoul_date;

use crate::error::Error;
use crate::product::Product;
use crate::{Ctx, store};

pub use catalogue::Products;
pub use imports::Imports;
pub use lots::Lots;
pub use prices::Prices;
pub use recalls::Recalls;
pub use search::Search;

type Answer<T> = Result<Response<T>, Status>;

/// Who looks at products, as far as it is known.
fn viewer(caller: &Caller) -> Option<Id<Member>> {
    caller.user().ok().map(|user| user.id)
}

/// Who sells.
fn seller(caller: &Caller) -> Result<Id<Member>, Status> {
    Ok(caller.user()?.id)
}

/// A product as this caller may see it.
async fn visible(ctx: &Ctx, id: Id<Product>, viewer: Option<Id<Member>>) -> Result<Product, Error> {
    let today = seoul_date(ctx.clock.now());
    let product = store::products::get(ctx.database.pool(), id, today).await?;
    if product.is_visible_to(viewer) {
        Ok(product)
    } else {
        Err(Error::ProductNotFound(id.uuid()))
    }
}
