//! Live views of orders: the row is the truth, events say when to look.

use futures::Stream;
use xlcfi_events::Changes;
use xlcfi_types::Id;

use crate::Ctx;
use crate::error::Error;
use crate::order::Order;
use crate::store;

/// An order as it is, when newer than `after`, and after each change, until it
/// has ended. `changes` began before `order` was read, so none is missed.
pub(crate) fn watch(
    ctx: Ctx,
    order: Order,
    changes: Changes,
    after: i64,
) -> impl Stream<Item = Result<Order, Error>> + Send {
    let first = Watch {
        id: order.id,
        seen: after,
        next: Some(order),
        changes,
        ended: false,
        ctx,
    };
    futures::stream::unfold(first, |mut watch| async move {
        let order = watch.next_order().await?;
        Some((order, watch))
    })
}

struct Watch {
    id: Id<Order>,
    seen: i64,
    next: Option<Order>,
    changes: Changes,
    ended: bool,
    ctx: Ctx,
}

impl Watch {
    async fn next_order(&mut self) -> Option<Result<Order, Error>> {
        loop {
            if self.ended {
                return None;
            }
            let order = match self.next.take() {
                Some(order) => order,
                None => match store::orders::get(self.ctx.database.pool(), self.id).await {
                    Ok(order) => order?,
                    Err(error) => {
                        self.ended = true;
                        return Some(Err(error.into()));
                    }
                },
            };
            self.ended = order.state.is_final();
            if order.version > self.seen {
                self.seen = order.version;
                return Some(Ok(order));
            }
            if self.ended || !self.changes.next().await {
                return None;
            }
        }
    }
}
