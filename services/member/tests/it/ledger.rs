use futures::future::join_all;
use xlcfi_contracts::member::v1::PointsChanged;
use xlcfi_contracts::saga::v1::Direction;
use xlcfi_testkit::eventually;

use crate::world::{Placed, World, is_done};

#[tokio::test]
async fn the_ledger_takes_no_change_and_no_removal() {
    let world = World::start().await;
    let member = world.member_with_points(100).await;
    for statement in [
        "update point_entry set points = 1000000",
        "delete from point_entry",
        "truncate point_entry",
        "update point_entry set points = 0 where false",
    ] {
        let error = sqlx::query(statement)
            .execute(world.harness.pool())
            .await
            .unwrap_err();
        let constraint = error.as_database_error().and_then(|error| error.constraint());
        assert_eq!(constraint, Some("point_entry_append_only"), "{statement}");
    }
    assert_eq!(world.sums(&member).await, (100, 100, 0, 0));
}

#[tokio::test]
async fn points_wanted_by_many_orders_at_once_are_never_held_twice() {
    let world = World::start().await;
    let member = world.member_with_points(1_000).await;
    // Sums to 2,400: some get theirs, some do not, and which is a matter of chance.
    let wanted: Vec<i64> = (1..=24).map(|order| 40 + 5 * order % 60 + order).collect();
    let asked = wanted.iter().map(|points| {
        let order = Placed::new(&member, 0, *points);
        let world = &world;
        async move { is_done(&world.hold(&order, *points).await) }
    });
    let done = join_all(asked).await;

    let held: i64 = wanted
        .iter()
        .zip(&done)
        .filter(|(_, done)| **done)
        .map(|(points, _)| points)
        .sum();
    let available = 1_000 - held;
    assert!(available >= 0, "{held} of 1,000 points are held");
    assert_eq!(world.balance(&member).await, (available, held));
    for (points, _) in wanted.iter().zip(&done).filter(|(_, done)| !**done) {
        assert!(
            *points > available,
            "{points} were refused while {available} are available"
        );
    }
    assert_eq!(world.sums(&member).await, (1_000, 1_000, held, held));
}

/// A small generator, so that each run does the same.
fn shuffled<T>(mut items: Vec<T>, seed: &mut u64) -> Vec<T> {
    for at in (1..items.len()).rev() {
        *seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let chosen = usize::try_from(*seed >> 33).unwrap() % (at + 1);
        items.swap(at, chosen);
    }
    items
}

/// How an order ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Confirmed,
    FailedBefore,
    Cancelled,
}

#[tokio::test]
async fn whatever_happens_to_many_orders_at_once_the_balance_is_the_sum_of_the_ledger() {
    const ORDERS: usize = 18;
    let world = World::start().await;
    let member = world.member_with_points(10_000).await;
    let mut seed = 20_261_122;
    let orders: Vec<(Placed, End)> = (1..=ORDERS)
        .map(|place| {
            let points = 10 * i64::try_from(place).unwrap();
            let end = [End::Confirmed, End::FailedBefore, End::Cancelled][place % 3];
            (Placed::new(&member, points * 1_000, points), end)
        })
        .collect();
    let held = join_all(
        orders
            .iter()
            .map(|(order, _)| world.hold(order, order.points_used)),
    )
    .await;
    assert!(held.iter().all(is_done));

    // Commands and events in any mixture, each twice; events of an order in their order.
    let mut acts = Vec::new();
    for at in 0..orders.len() {
        acts.extend([(at, "released"), (at, "released"), (at, "told"), (at, "told")]);
    }
    for (at, act) in shuffled(acts, &mut seed) {
        let (order, end) = &orders[at];
        match (act, end) {
            ("released", End::FailedBefore | End::Cancelled) => {
                let (step, undo) = ("hold-points", Direction::Undo);
                let command =
                    world
                        .harness
                        .command_of("order", order.id, step, undo, &order.release_command());
                world.harness.send_command(order.id, &command).await;
            }
            ("told", End::FailedBefore) => {
                world
                    .harness
                    .deliver("order", order.id, 1, &order.cancelled(false))
                    .await;
            }
            ("told", end) => {
                world
                    .harness
                    .deliver("order", order.id, 1, &order.confirmed())
                    .await;
                if *end == End::Cancelled {
                    world
                        .harness
                        .deliver("order", order.id, 2, &order.cancelled(true))
                        .await;
                }
            }
            _ => {}
        }
    }

    for (order, end) in &orders {
        world
            .applied(order.id, if *end == End::Cancelled { 2 } else { 1 })
            .await;
        // One reply to the hold, two to the releases.
        let replies = if *end == End::Confirmed { 1 } else { 3 };
        eventually(async || (world.harness.replies(order.id).await.len() == replies).then_some(())).await;
    }
    let gained: i64 = orders
        .iter()
        .filter(|(_, end)| *end == End::Confirmed)
        .map(|(order, _)| order.payable / 100 - order.points_used)
        .sum();
    let expected = 10_000 + gained;
    assert_eq!(world.sums(&member).await, (expected, expected, 0, 0));
    assert_eq!(world.harness.parked().await, []);
    let told = world.harness.published::<PointsChanged>().await;
    assert_eq!(told.iter().map(|change| change.points).sum::<i64>(), expected);
    assert_eq!(told.last().unwrap().balance, expected);
}
