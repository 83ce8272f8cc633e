use uuid::Uuid;
use xlcfi_saga::{Answer, Reversal, SagaError, answer, any};
use xlcfi_testkit::eventually;

use crate::toy::{Job, Meal, PATIENT, Toy};
use crate::world::World;

fn reversal(reason: &str) -> Reversal {
    Reversal {
        reason: reason.into(),
        message: String::new(),
    }
}

#[tokio::test]
async fn a_run_that_nobody_refuses_completes() {
    let (world, _running) = World::busy().await;
    let id = world.begin(Toy::<PATIENT>, Meal::default()).await;
    world.reaches(id, "completed").await;
    assert_eq!(world.acts(id).await, ["lay", "pay", "serve"]);
    assert_eq!(
        world.notes(id).await,
        ["completed: lay done, pay done, serve done"]
    );
    let timeline = [
        "started",
        "sent lay",
        "done lay",
        "sent pay",
        "done pay",
        "sent serve",
        "done serve",
        "completed",
    ];
    assert_eq!(world.timeline(id).await, timeline);
}

#[tokio::test]
async fn a_step_that_does_not_apply_is_left_out_both_ways() {
    let (world, _running) = World::busy().await;
    let free = Meal::saying("free", "yes");
    let id = world.begin(Toy::<PATIENT>, free.clone()).await;
    world.reaches(id, "completed").await;
    assert_eq!(world.acts(id).await, ["lay", "serve"]);

    let mut meal = free;
    meal.say.insert("serve".into(), "refuse".into());
    let id = world.begin(Toy::<PATIENT>, meal).await;
    world.reaches(id, "compensated").await;
    assert_eq!(world.acts(id).await, ["lay", "-lay"]);
}

#[tokio::test]
async fn what_a_step_found_out_decides_which_of_the_next_apply() {
    let (world, _running) = World::busy().await;
    let id = world.begin(Toy::<PATIENT>, Meal::saying("lay", "gift")).await;
    world.reaches(id, "completed").await;
    assert_eq!(world.acts(id).await, ["lay", "serve"]);
    assert_eq!(world.notes(id).await, ["completed: lay gift, serve done"]);
}

#[tokio::test]
async fn a_refusal_undoes_in_reverse_what_was_done() {
    let (world, _running) = World::busy().await;
    let undone = [
        ("lay", vec![]),
        ("pay", vec!["lay", "-lay"]),
        ("serve", vec!["lay", "pay", "-pay", "-lay"]),
    ];
    for (step, acts) in undone {
        let id = world.begin(Toy::<PATIENT>, Meal::saying(step, "refuse")).await;
        world.reaches(id, "compensated").await;
        assert_eq!(world.acts(id).await, acts, "{step} refused");
        assert_eq!(
            world.notes(id).await,
            ["compensating: NO_WAY", "compensated: NO_WAY"]
        );
    }
}

#[tokio::test]
async fn a_completed_run_can_be_turned_back_once() {
    let (world, _running) = World::busy().await;
    let engine = world.engine(Toy::<PATIENT>);
    let id = world.begin(Toy::<PATIENT>, Meal::default()).await;
    world.reaches(id, "completed").await;
    for reason in ["NOT_HUNGRY", "STILL_NOT_HUNGRY"] {
        let mut tx = world.harness.base.database.begin().await.unwrap();
        engine
            .compensate(&mut tx, id, reversal(reason), "somebody")
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
    world.reaches(id, "compensated").await;
    assert_eq!(world.acts(id).await, ["lay", "pay", "serve", "-pay", "-lay"]);
    assert_eq!(
        world.notes(id).await[1..],
        ["compensating: NOT_HUNGRY", "compensated: NOT_HUNGRY"]
    );

    let mut tx = world.harness.base.database.begin().await.unwrap();
    let unknown = engine
        .compensate(&mut tx, Uuid::now_v7(), reversal("X"), "")
        .await;
    assert!(matches!(unknown, Err(SagaError::NotFound)));
}

#[tokio::test]
async fn turning_back_is_part_of_the_callers_transaction() {
    let (world, _running) = World::busy().await;
    let id = world.begin(Toy::<PATIENT>, Meal::default()).await;
    world.reaches(id, "completed").await;
    let mut tx = world.harness.base.database.begin().await.unwrap();
    world
        .engine(Toy::<PATIENT>)
        .compensate(&mut tx, id, reversal("NEVER"), "")
        .await
        .unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(world.phase(id).await, "completed");
    assert_eq!(
        world.notes(id).await,
        ["completed: lay done, pay done, serve done"]
    );
}

#[tokio::test]
async fn a_run_turned_back_under_way_undoes_the_step_nobody_answered() {
    let (world, _running) = World::busy().await;
    let id = world.begin(Toy::<PATIENT>, Meal::saying("pay", "later")).await;
    let paying = world.command_of(id, "pay").await;
    let mut tx = world.harness.base.database.begin().await.unwrap();
    world
        .engine(Toy::<PATIENT>)
        .compensate(&mut tx, id, reversal("TOO_SLOW"), "")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    world.reaches(id, "compensated").await;
    assert_eq!(world.acts(id).await, ["lay", "pay", "-pay", "-lay"]);

    // The answer comes after all, and changes nothing.
    let mut tx = world.harness.base.database.begin().await.unwrap();
    let late = Answer::Done(any(&Job::default()));
    answer(&mut tx, &paying, late).await.unwrap();
    tx.commit().await.unwrap();
    let next = world.begin(Toy::<PATIENT>, Meal::default()).await;
    world.reaches(next, "completed").await;
    assert_eq!(world.phase(id).await, "compensated");
}

#[tokio::test]
async fn an_answer_may_come_later() {
    let (world, _running) = World::busy().await;
    let id = world.begin(Toy::<PATIENT>, Meal::saying("pay", "later")).await;
    let command = world.command_of(id, "pay").await;
    assert_eq!(world.phase(id).await, "running");
    let mut tx = world.harness.base.database.begin().await.unwrap();
    let said = Job {
        say: "at last".into(),
    };
    answer(&mut tx, &command, Answer::Done(any(&said))).await.unwrap();
    tx.commit().await.unwrap();
    world.reaches(id, "completed").await;
    assert_eq!(
        world.notes(id).await,
        ["completed: lay done, pay at last, serve done"]
    );
}

#[tokio::test]
async fn a_command_without_an_answer_is_sent_again_and_acted_on_once() {
    let world = World::new().await;
    let _orchestrator = world.orchestrator(Toy::<100>);
    let id = world.begin(Toy::<100>, Meal::default()).await;
    eventually(async || (world.attempts(id).await >= 3).then_some(())).await;
    let timeline = world.timeline(id).await;
    assert_eq!(
        timeline[..4],
        ["started", "sent lay", "timed-out lay", "sent lay"]
    );

    let _participants = (world.participant("kitchen"), world.participant("till"));
    world.reaches(id, "completed").await;
    assert_eq!(world.acts(id).await, ["lay", "pay", "serve"]);
    assert_eq!(world.notes(id).await.len(), 1);
}

#[tokio::test]
async fn a_run_is_owned_by_no_process() {
    let (world, running) = World::busy().await;
    let second = world.orchestrator(Toy::<200>);
    let mut runs = Vec::new();
    for _ in 0..10 {
        runs.push(world.begin(Toy::<200>, Meal::default()).await);
    }
    // One of the two dies with whatever it had in hand.
    let [first, kitchen, till] = running;
    drop(first);
    for _ in 0..5 {
        runs.push(world.begin(Toy::<200>, Meal::saying("serve", "refuse")).await);
    }
    for (place, id) in runs.iter().enumerate() {
        let phase = if place < 10 { "completed" } else { "compensated" };
        world.reaches(*id, phase).await;
        let acts = match phase {
            "completed" => vec!["lay", "pay", "serve"],
            _ => vec!["lay", "pay", "-pay", "-lay"],
        };
        assert_eq!(world.acts(*id).await, acts);
    }
    drop((second, kitchen, till));
}

#[tokio::test]
async fn a_run_that_cannot_be_read_is_parked_and_holds_up_no_other() {
    let world = World::new().await;
    let broken = world.begin(Toy::<100>, Meal::default()).await;
    let sound = world.begin(Toy::<100>, Meal::default()).await;
    world
        .execute(
            r#"update saga.saga set state = '{"say": 1}', next_time = now() - interval '1 hour' where saga_id = $1"#,
            broken,
        )
        .await;
    let _orchestrator = world.orchestrator(Toy::<100>);
    world.reaches(broken, "parked").await;
    eventually(async || (world.attempts(sound).await >= 2).then_some(())).await;
}
