use prost::Name;
use prost_types::Any;
use sqlx::PgConnection;
use time::OffsetDateTime;
use xlcfi_contracts::convert::time;
use xlcfi_contracts::product::v1::{
    Allocation, CommitStockCommand, CommitStockResult, ReleaseStockCommand, ReleaseStockResult,
    ReserveStockCommand, ReserveStockResult,
};
use xlcfi_contracts::told;
use xlcfi_errors::Fault;
use xlcfi_events::Failure;
use xlcfi_saga::{Answer, Command, Participant, Refusal, any};
use xlcfi_types::Id;

use crate::Ctx;
use crate::flows::orders;
use crate::life::Window;
use crate::reservation::{self, Order, Refused, Want, Wanted};

/// Takes part in the sagas of orders.
#[derive(Debug, Clone)]
pub struct Commands(pub Ctx);

impl Participant for Commands {
    async fn act(&self, conn: &mut PgConnection, _: &Command, body: &Any) -> Result<Answer, Failure> {
        let now = self.0.clock.now();
        if let Some(command) = read::<ReserveStockCommand>(body)? {
            return reserve(conn, &command, now).await;
        }
        if let Some(command) = read::<CommitStockCommand>(body)? {
            let committed = orders::commit(conn, order_id(&command.order_id)?, now).await;
            return answer(committed.map_err(failure)?.map(|()| any(&CommitStockResult {})));
        }
        if let Some(command) = read::<ReleaseStockCommand>(body)? {
            orders::release(conn, order_id(&command.order_id)?, now)
                .await
                .map_err(failure)?;
            return Ok(Answer::Done(any(&ReleaseStockResult {})));
        }
        Err(Failure::poison(format!(
            "a command of the unknown type {}",
            body.type_url
        )))
    }
}

async fn reserve(
    conn: &mut PgConnection,
    command: &ReserveStockCommand,
    now: OffsetDateTime,
) -> Result<Answer, Failure> {
    let order_id = order_id(&command.order_id)?;
    let expire_time = command.expire_time.and_then(time);
    let expire_time = expire_time.ok_or_else(|| Failure::poison("a reservation without end"))?;
    let reserved = orders::reserve(conn, order_id, &wanted(command)?, expire_time, now).await;
    answer(reserved.map_err(failure)?.map(|allocations| {
        any(&ReserveStockResult {
            allocations: allocations.into_iter().map(allocation_message).collect(),
        })
    }))
}

fn wanted(command: &ReserveStockCommand) -> Result<Wanted, Failure> {
    let mut wanted = Wanted::new();
    for line in &command.lines {
        let product_id = told::id("product_id", &line.product_id).map_err(Failure::poison)?;
        let window = Window {
            minimum: line.minimum_remaining_days,
            maximum: line.maximum_remaining_days,
        };
        let want = wanted.entry(product_id).or_insert(Want { quantity: 0, window });
        if want.window != window {
            return Err(Failure::poison("two lines of one product with other days left"));
        }
        want.quantity = Some(line.quantity)
            .filter(|quantity| *quantity > 0)
            .and_then(|quantity| want.quantity.checked_add(quantity))
            .ok_or_else(|| Failure::poison("a line without a usable quantity"))?;
    }
    if wanted.is_empty() {
        Err(Failure::poison("an order without lines"))
    } else {
        Ok(wanted)
    }
}

fn allocation_message(allocation: reservation::Allocation) -> Allocation {
    Allocation {
        product_id: allocation.product_id.to_string(),
        lot_id: allocation.lot_id.to_string(),
        quantity: allocation.quantity,
    }
}

fn answer(outcome: Result<Any, Refused>) -> Result<Answer, Failure> {
    Ok(match outcome {
        Ok(result) => Answer::Done(result),
        Err(refused) => Answer::Refused(refusal(refused)),
    })
}

fn refusal(refused: Refused) -> Refusal {
    let (reason, message, product_id) = match refused {
        Refused::OutOfStock { product_id, name } => (
            "OUT_OF_STOCK",
            format!("'{name}' 상품의 재고가 부족합니다."),
            Some(product_id),
        ),
        Refused::NotSold { product_id } => (
            "PRODUCT_NOT_SOLD",
            "더 이상 판매하지 않는 상품이 있습니다.".to_owned(),
            Some(product_id),
        ),
        Refused::NothingReserved => ("OUT_OF_STOCK", "주문에 예약된 재고가 없습니다.".to_owned(), None),
    };
    let metadata = product_id.map(|id| ("product_id".to_owned(), id.to_string()));
    Refusal {
        reason: reason.to_owned(),
        message,
        metadata: metadata.into_iter().collect(),
    }
}

fn order_id(text: &str) -> Result<Id<Order>, Failure> {
    told::id("order_id", text).map_err(Failure::poison)
}

/// The command, when it is an `M`.
fn read<M: prost::Message + Name + Default>(body: &Any) -> Result<Option<M>, Failure> {
    if body.type_url != M::type_url() {
        return Ok(None);
    }
    Ok(Some(M::decode(body.value.as_slice())?))
}

/// A store that is away may come back; a corrupt row does not mend itself.
fn failure(fault: Fault) -> Failure {
    match fault {
        Fault::Unavailable(cause) => Failure::Retry(cause),
        Fault::Bug(cause) => Failure::Poison(cause),
    }
}
