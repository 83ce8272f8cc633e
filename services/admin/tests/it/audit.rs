use futures::TryStreamExt as _;
use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::admin::v1::{
    AuditEntry, AuditFormat, ExportAuditRequest, ListAuditEntriesRequest, Operation, RunOperationRequest,
    VerifyAuditRequest, VerifyAuditResponse,
};
use xlcfi_contracts::types::v1::Role;
use xlcfi_identity::User;
use xlcfi_testkit::{admin, assert_refused, user, violations};

use crate::world::{World, staff};

/// Ten rows, of five acts.
async fn written(world: &World, by: &User) -> Vec<String> {
    let mut orders = Vec::new();
    for _ in 0..5 {
        let order = Uuid::now_v7().to_string();
        let request = RunOperationRequest {
            operation: Operation::CancelOrder.into(),
            subject_id: order.clone(),
            reason: "시험".into(),
            ..Default::default()
        };
        world.operations(by).run_operation(request).await.unwrap();
        orders.push(order);
    }
    orders
}

async fn verify(world: &World) -> VerifyAuditResponse {
    let mut audit = world.audit(&staff(Role::Security));
    audit
        .verify_audit(VerifyAuditRequest::default())
        .await
        .unwrap()
        .into_inner()
}

/// Does as somebody who owns the database and minds no trigger.
async fn tamper(world: &World, script: &'static str) {
    sqlx::raw_sql("alter table audit_entry disable trigger all; alter table audit_head disable trigger all")
        .execute(world.harness.pool())
        .await
        .unwrap();
    sqlx::raw_sql(script).execute(world.harness.pool()).await.unwrap();
}

#[tokio::test]
async fn rows_are_found_by_who_what_and_when() {
    let world = World::open().await;
    let (one, other) = (staff(Role::Support), admin());
    let orders = written(&world, &one).await;
    let between = world.harness.now() + time::Duration::minutes(1);
    world.harness.advance(std::time::Duration::from_secs(120));
    written(&world, &other).await;
    let mut audit = world.audit(&staff(Role::Security));
    let mut count = async |request: ListAuditEntriesRequest| {
        let request = ListAuditEntriesRequest {
            page_size: 100,
            ..request
        };
        audit
            .list_audit_entries(request)
            .await
            .unwrap()
            .into_inner()
            .entries
            .len()
    };
    let all = ListAuditEntriesRequest::default;
    let time = Some(prost_types::Timestamp {
        seconds: between.unix_timestamp(),
        nanos: 0,
    });
    assert_eq!(count(all()).await, 20);
    assert_eq!(
        count(ListAuditEntriesRequest {
            actor: one.id.to_string(),
            ..all()
        })
        .await,
        10
    );
    assert_eq!(
        count(ListAuditEntriesRequest {
            subject_id: orders[0].clone(),
            ..all()
        })
        .await,
        2
    );
    assert_eq!(
        count(ListAuditEntriesRequest {
            action: "order.cancel.d".into(),
            ..all()
        })
        .await,
        10
    );
    assert_eq!(
        count(ListAuditEntriesRequest {
            action: "order%".into(),
            ..all()
        })
        .await,
        0
    );
    assert_eq!(
        count(ListAuditEntriesRequest {
            from_time: time,
            ..all()
        })
        .await,
        10
    );
    assert_eq!(
        count(ListAuditEntriesRequest {
            to_time: time,
            ..all()
        })
        .await,
        10
    );
}

#[tokio::test]
async fn pages_of_the_log_leave_nothing_out() {
    let world = World::open().await;
    written(&world, &admin()).await;
    let (mut found, mut token) = (Vec::new(), String::new());
    loop {
        let request = ListAuditEntriesRequest {
            page_size: 3,
            page_token: token,
            ..Default::default()
        };
        let page = world
            .audit(&admin())
            .list_audit_entries(request)
            .await
            .unwrap()
            .into_inner();
        found.extend(page.entries.into_iter().map(|entry: AuditEntry| entry.sequence));
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(found, (1..=10).rev().collect::<Vec<i64>>());
}

#[tokio::test]
async fn the_log_is_exported_as_csv_and_as_lines() {
    let world = World::open().await;
    let orders = written(&world, &admin()).await;
    let export = async |format: AuditFormat| {
        let request = ExportAuditRequest {
            format: format.into(),
            ..Default::default()
        };
        let stream = world
            .audit(&admin())
            .export_audit(request)
            .await
            .unwrap()
            .into_inner();
        let pieces: Vec<_> = stream.try_collect().await.unwrap();
        let bytes = pieces
            .into_iter()
            .flat_map(|piece| piece.file.unwrap().data)
            .collect();
        String::from_utf8(bytes).unwrap()
    };
    let csv = export(AuditFormat::Csv).await;
    assert!(csv.starts_with("\u{feff}sequence,time,actor"), "{csv}");
    assert_eq!(csv.lines().count(), 11);
    assert!(orders.iter().all(|order| csv.contains(order)));
    let lines = export(AuditFormat::Ndjson).await;
    let rows: Vec<serde_json::Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows.len(), 10);
    assert_eq!(rows[9]["previous_hash"], rows[8]["hash"]);
}

#[tokio::test]
async fn the_database_itself_refuses_to_change_the_log() {
    let world = World::open().await;
    written(&world, &admin()).await;
    for script in [
        "update audit_entry set reason = 'x' where sequence = 1",
        "delete from audit_entry where sequence = 1",
        "truncate audit_entry",
        "delete from audit_head",
        "truncate audit_head",
    ] {
        let refused = sqlx::raw_sql(script).execute(world.harness.pool()).await;
        assert!(
            refused.unwrap_err().to_string().contains("append-only"),
            "{script}"
        );
    }
    assert!(verify(&world).await.sound);
}

#[tokio::test]
async fn whatever_a_superuser_does_to_a_row_is_found_at_that_row() {
    for (script, first_bad) in [
        // Changed, also with its own hash mended by another row's.
        ("update audit_entry set reason = 'x' where sequence = 4", 4),
        ("update audit_entry set actor = 'nobody' where sequence = 10", 10),
        ("update audit_entry set time = time + interval '1 microsecond' where sequence = 2", 2),
        ("update audit_entry set hash = (select hash from audit_entry where sequence = 5) where sequence = 4", 4),
        ("update audit_entry set hash = '\\x00' where sequence = 3", 3),
        // Removed, in the middle, with those behind it moved up, and at the end.
        ("delete from audit_entry where sequence = 6", 6),
        ("delete from audit_entry where sequence = 6; update audit_entry set sequence = 6 where sequence = 7;
          update audit_entry set sequence = 7 where sequence = 8; update audit_entry set sequence = 8 where sequence = 9;
          update audit_entry set sequence = 9 where sequence = 10", 6),
        ("delete from audit_entry where sequence >= 9", 9),
        ("delete from audit_entry", 1),
        // Put in.
        ("insert into audit_entry select 0, actor, action, subject_kind, subject_id, before, after, reason, time,
            previous_hash, hash from audit_entry where sequence = 1", 1),
        ("insert into audit_entry select 11, actor, action, subject_kind, subject_id, before, after, reason, time,
            hash, hash from audit_entry where sequence = 10", 11),
        // Swapped.
        ("update audit_entry set sequence = -1 where sequence = 3; update audit_entry set sequence = 3 where sequence = 7;
          update audit_entry set sequence = 7 where sequence = -1", 3),
        // The head is put back to hide that rows were cut off: found by the hash before it only.
        ("update audit_head set hash = (select hash from audit_entry where sequence = 9)", 10),
    ] {
        let world = World::open().await;
        written(&world, &admin()).await;
        assert!(verify(&world).await.sound);
        tamper(&world, script).await;
        let found = verify(&world).await;
        assert_eq!((found.sound, found.first_bad_sequence), (false, first_bad), "{script}: {found:?}");
        let said = xlcfi_admin::verify_audit(&world.harness.base, None).await.unwrap_err().to_string();
        assert!(said.contains(&format!("row {first_bad}")), "{said}");
    }
}

#[tokio::test]
async fn a_cut_off_log_with_its_head_moved_is_found_by_a_hash_kept_elsewhere() {
    let world = World::open().await;
    written(&world, &admin()).await;
    let kept = verify(&world).await.head.unwrap();
    tamper(
        &world,
        "delete from audit_entry where sequence > 8;
         update audit_head set sequence = 8, hash = (select hash from audit_entry where sequence = 8)",
    )
    .await;
    assert!(verify(&world).await.sound, "by itself it looks well");
    let mut audit = world.audit(&staff(Role::Security));
    let known = VerifyAuditRequest {
        known_sequence: kept.sequence,
        known_hash: kept.hash,
    };
    let found = audit.verify_audit(known.clone()).await.unwrap().into_inner();
    assert_eq!((found.sound, found.first_bad_sequence), (false, 9));
    let head = format!("{}:{}", known.known_sequence, known.known_hash);
    for (given, word) in [(head.as_str(), "row 9"), ("10", "no head"), ("10:ff", "no head")] {
        let said = xlcfi_admin::verify_audit(&world.harness.base, Some(given))
            .await
            .unwrap_err();
        assert!(said.to_string().contains(word), "{said}");
    }
    let half = VerifyAuditRequest {
        known_hash: String::new(),
        ..known
    };
    let status = assert_refused(
        audit.verify_audit(half).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
    assert_eq!(violations(&status), ["known_hash"]);
}

#[tokio::test]
async fn acts_at_the_same_time_make_one_chain() {
    let world = World::open().await;
    let acts = (0..8).map(|_| written(&world, world_admin()));
    futures::future::join_all(acts).await;
    let found = verify(&world).await;
    assert!(found.sound && found.checked == 80, "{found:?}");
    let said = xlcfi_admin::verify_audit(&world.harness.base, None)
        .await
        .unwrap();
    assert!(said.contains("80 rows"), "{said}");
}

fn world_admin() -> &'static User {
    static ADMIN: std::sync::LazyLock<User> = std::sync::LazyLock::new(admin);
    &ADMIN
}

#[tokio::test]
async fn only_security_and_admins_read_the_log() {
    let world = World::open().await;
    for other in [
        user(),
        staff(Role::Support),
        staff(Role::Finance),
        staff(Role::Catalogue),
    ] {
        let refused = world
            .audit(&other)
            .list_audit_entries(ListAuditEntriesRequest::default())
            .await;
        assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");
        let refused = world
            .audit(&other)
            .verify_audit(VerifyAuditRequest::default())
            .await;
        assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");
        let refused = world
            .audit(&other)
            .export_audit(ExportAuditRequest::default())
            .await;
        assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");
    }
}
