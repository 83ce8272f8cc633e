//! Staff looks at people.

use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::admin::v1::{ListPeopleRequest, OpenPersonRequest, Person};
use xlcfi_contracts::types::v1::Role;
use xlcfi_testkit::assert_refused;

use crate::world::{World, staff};

fn asking(account_id: Uuid) -> OpenPersonRequest {
    OpenPersonRequest {
        account_id: account_id.to_string(),
        reason: "문의 응대".into(),
    }
}

fn name(person: &Person) -> (&str, i64, bool) {
    let member = person.member.as_ref().unwrap();
    (&member.display_name, member.points, member.is_fallback)
}

#[tokio::test]
async fn a_file_is_opened_and_the_log_says_by_whom_and_why() {
    let world = World::open().await;
    let (support, account) = (staff(Role::Support), Uuid::now_v7());
    let opened = world.people(&support).open_person(asking(account)).await;
    let person = opened.unwrap().into_inner().person.unwrap();
    assert_eq!(person.account.as_ref().unwrap().account_id, account.to_string());
    assert_eq!(name(&person), ("김바다", 1_200, false));
    let log = world.log(&account.to_string()).await;
    assert_eq!(log.len(), 1);
    assert_eq!(
        (
            log[0].action.as_str(),
            log[0].actor.as_str(),
            log[0].reason.as_str()
        ),
        ("person.opened", support.id.to_string().as_str(), "문의 응대")
    );
}

#[tokio::test]
async fn people_are_shown_without_names_and_points_while_member_is_away() {
    let world = World::open().await;
    world.book.lock().unwrap().member_is_away = true;
    let opened = world
        .people(&staff(Role::Security))
        .open_person(asking(Uuid::now_v7()))
        .await;
    let person = opened.unwrap().into_inner().person.unwrap();
    assert_eq!(name(&person), ("Unknown", 0, true));
}

#[tokio::test]
async fn people_are_found_by_address_page_by_page() {
    let world = World::open().await;
    let request = ListPeopleRequest {
        email_prefix: "kim".into(),
        page_size: 3,
        page_token: "two".into(),
        ..ListPeopleRequest::default()
    };
    let mut people = world.people(&staff(Role::Support));
    let page = people.list_people(request.clone()).await.unwrap().into_inner();
    assert_eq!(page.next_page_token, "after two");
    let emails: Vec<&str> = page
        .people
        .iter()
        .map(|person| person.account.as_ref().unwrap().email.as_str())
        .collect();
    assert_eq!(
        emails,
        ["kim0@example.com", "kim1@example.com", "kim2@example.com"]
    );
    assert!(page.people.iter().all(|person| name(person).0 == "김바다"));
    world.book.lock().unwrap().refuse = Some((Code::InvalidArgument, "INVALID_FIELDS"));
    assert_refused(
        people.list_people(request.clone()).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
    world.book.lock().unwrap().silent = 3;
    assert_refused(
        people.list_people(request).await,
        Code::Unavailable,
        "OWNER_UNAVAILABLE",
    );
}

#[tokio::test]
async fn nobody_is_found_where_nobody_is_and_nothing_is_written() {
    let world = World::open().await;
    let account = Uuid::nil();
    let opened = world
        .people(&staff(Role::Admin))
        .open_person(asking(account))
        .await;
    assert_refused(opened, Code::NotFound, "PERSON_NOT_FOUND");
    assert!(world.log(&account.to_string()).await.is_empty());
    for role in [Role::Finance, Role::Catalogue, Role::Seller] {
        let opened = world
            .people(&staff(role))
            .open_person(asking(Uuid::now_v7()))
            .await;
        assert_refused(opened, Code::PermissionDenied, "ROLE_MISSING");
    }
}
