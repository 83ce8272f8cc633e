use std::time::Duration;

use xlcfi_contracts::member::v1::PointsRootRecorded;
use xlcfi_types::calendar::seoul_date;

use crate::world::{Placed, World};

async fn recorded(world: &World) -> Vec<PointsRootRecorded> {
    world.harness.published().await
}

async fn verify(world: &World, known: Option<&str>) -> Result<String, String> {
    let found = xlcfi_member::verify_points(&world.harness.base, known).await;
    found.map_err(|error| error.to_string())
}

async fn tamper(world: &World, sql: &'static str) {
    let mut tx = world.harness.pool().begin().await.unwrap();
    for sql in [
        "alter table point_entry disable trigger point_entry_append_only",
        sql,
        "alter table point_entry enable trigger point_entry_append_only",
    ] {
        sqlx::query(sql).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn each_day_is_closed_once_with_the_root_of_its_postings() {
    let world = World::start().await;
    let today = seoul_date(world.harness.now());
    world.night().await;
    assert_eq!(recorded(&world).await.len(), 1, "the night before was empty");
    let member = world.member_with_points(300).await;
    world.member_with_points(100).await;
    world.days(3).await;
    let told = recorded(&world).await;
    let dates: Vec<_> = told
        .iter()
        .map(|told| (told.date.clone(), told.postings))
        .collect();
    let day = |days: i64| (today + time::Duration::days(days)).to_string();
    assert_eq!(dates, [(day(0), 0), (day(1), 2), (day(2), 0), (day(3), 0)]);
    assert_eq!(told[0].root, xlcfi_tlog::empty_root().0);
    assert_ne!(told[1].root, told[0].root);
    assert!(told.iter().all(|told| told.root.len() == 32));
    world.confirm(&Placed::new(&member, 10_000, 0)).await;
    world.harness.advance(Duration::from_secs(3_600));
    assert_eq!(recorded(&world).await.len(), 4, "today is not over");

    let said = verify(&world, None).await.unwrap();
    assert!(said.contains("2 postings of 4 closed days"), "{said}");
    let kept = format!("{}:{}", told[1].date, hex::encode(&told[1].root));
    verify(&world, Some(&kept)).await.unwrap();
}

#[tokio::test]
async fn a_day_that_was_rewritten_is_found() {
    let world = World::start().await;
    world.night().await;
    world.member_with_points(300).await;
    let member = world.member_with_points(100).await;
    world.night().await;
    let told = recorded(&world).await.pop().unwrap();
    let kept = format!("{}:{}", told.date, hex::encode(&told.root));
    verify(&world, Some(&kept)).await.unwrap();
    for not in ["2026-11-22", "2026-11-22:9f"] {
        assert!(verify(&world, Some(not)).await.unwrap_err().contains(not));
    }
    let before = format!("2020-01-01:{}", hex::encode(&told.root));
    assert!(
        verify(&world, Some(&before))
            .await
            .unwrap_err()
            .contains("2020-01-01")
    );

    for (change, undo) in [
        (
            "update point_entry set points = points + 1",
            "update point_entry set points = points - 1",
        ),
        (
            "update point_entry set kind = 'returned'",
            "update point_entry set kind = 'earned'",
        ),
        (
            "update point_entry set create_time = create_time - interval '1 day'",
            "update point_entry set create_time = create_time + interval '1 day'",
        ),
    ] {
        tamper(&world, change).await;
        let found = verify(&world, None).await.unwrap_err();
        assert!(found.contains("broken at"), "{found}");
        tamper(&world, undo).await;
        verify(&world, None).await.unwrap();
    }

    // Who writes the record anew, too, is found by what was kept elsewhere.
    tamper(&world, "delete from point_entry where points = 300").await;
    verify(&world, None).await.unwrap_err();
    sqlx::query("delete from point_root where postings > 0")
        .execute(world.harness.pool())
        .await
        .unwrap();
    let found = verify(&world, Some(&kept)).await.unwrap_err();
    assert!(found.contains(&told.date), "{found}");
    world.night().await;
    verify(&world, None).await.unwrap();
    let found = verify(&world, Some(&kept)).await.unwrap_err();
    assert!(found.contains(&told.date), "{found}");
    drop(member);
}
