use std::time::Duration;

use tonic::Status;
use xlcfi_contracts::auth::v1::AcceptedText;
use xlcfi_contracts::member::v1::consent_service_client::ConsentServiceClient;
use xlcfi_contracts::member::v1::{
    Consent, ConsentChanged, ConsentKind, ListConsentHistoryRequest, ListConsentsRequest, SetConsentRequest,
};
use xlcfi_errors::{Code, metadata_of};
use xlcfi_identity::User;
use xlcfi_testkit::{Calling, assert_refused, eventually, user};

use crate::world::{NOW, World, account};

const VERSION: &str = "2026-11";

fn client(world: &World, member: &User) -> ConsentServiceClient<Calling> {
    ConsentServiceClient::new(world.harness.as_user(member))
}

async fn set(world: &World, member: &User, kind: ConsentKind, granted: bool) -> Result<Consent, Status> {
    let request = SetConsentRequest {
        kind: kind.into(),
        version: VERSION.into(),
        granted,
    };
    let answer = client(world, member).set_consent(request).await?;
    Ok(answer.into_inner().consent.unwrap())
}

#[tokio::test]
async fn what_a_member_says_is_kept_line_by_line_and_the_last_one_holds() {
    let world = World::start().await;
    let (member, other) = (world.member().await, world.member().await);
    let mut said = Vec::new();
    for granted in [true, false, true] {
        let first = set(&world, &member, ConsentKind::MarketingSms, granted)
            .await
            .unwrap();
        let again = set(&world, &member, ConsentKind::MarketingSms, granted)
            .await
            .unwrap();
        assert_eq!(first, again);
        said.insert(0, first);
        world.harness.advance(Duration::from_secs(60));
    }
    let listed = client(&world, &member)
        .list_consents(ListConsentsRequest {})
        .await;
    let listed = listed.unwrap().into_inner();
    assert_eq!(listed.consents, said[..1]);
    let required: Vec<_> = listed.texts.iter().filter(|text| text.required).collect();
    assert_eq!((listed.texts.len(), required.len()), (5, 2));

    let mut history = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListConsentHistoryRequest {
            page_size: 2,
            page_token,
        };
        let page = client(&world, &member).list_consent_history(request).await;
        let page = page.unwrap().into_inner();
        history.extend(page.consents);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(history, said);
    let others = client(&world, &other).list_consents(ListConsentsRequest {}).await;
    assert_eq!(others.unwrap().into_inner().consents, []);
    let told = world.harness.published::<ConsentChanged>().await;
    assert_eq!(
        told.iter().map(|told| told.granted).collect::<Vec<_>>(),
        [true, false, true]
    );
}

#[tokio::test]
async fn what_is_required_is_not_taken_back_and_an_old_text_is_not_agreed_to() {
    let world = World::start().await;
    let member = world.member().await;
    set(&world, &member, ConsentKind::Terms, true).await.unwrap();
    for kind in [ConsentKind::Terms, ConsentKind::Privacy] {
        let refused = set(&world, &member, kind, false).await;
        assert_refused(refused, Code::FailedPrecondition, "CONSENT_REQUIRED");
    }
    let old = SetConsentRequest {
        kind: ConsentKind::Terms.into(),
        version: "2020-01".into(),
        granted: true,
    };
    let refused = client(&world, &member).set_consent(old).await;
    let status = assert_refused(refused, Code::FailedPrecondition, "CONSENT_OUTDATED");
    assert_eq!(metadata_of(&status, "version").as_deref(), Some(VERSION));
    let refused = set(&world, &member, ConsentKind::Unspecified, true).await;
    assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
    let refused = set(&world, &user(), ConsentKind::Terms, true).await;
    assert_refused(refused, Code::NotFound, "MEMBER_NOT_FOUND");
    let malformed = ListConsentHistoryRequest {
        page_token: "apple".into(),
        ..Default::default()
    };
    let refused = client(&world, &member).list_consent_history(malformed).await;
    assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
}

#[tokio::test]
async fn the_history_of_consents_cannot_be_changed() {
    let world = World::start().await;
    let member = world.member().await;
    set(&world, &member, ConsentKind::Terms, true).await.unwrap();
    for statement in [
        "update consent set granted = false",
        "delete from consent",
        "truncate consent",
    ] {
        let changed = sqlx::query(statement).execute(world.harness.pool()).await;
        assert!(changed.is_err(), "{statement}");
    }
}

#[tokio::test]
async fn what_was_agreed_to_at_the_sign_up_is_kept_if_the_text_was_in_force() {
    let world = World::start().await;
    let member = user();
    let text = |kind: ConsentKind, version: &str| AcceptedText {
        kind: kind.into(),
        version: version.into(),
    };
    let mut created = account(&member);
    created.accepted_texts = vec![
        text(ConsentKind::Terms, VERSION),
        text(ConsentKind::Terms, VERSION),
        text(ConsentKind::Privacy, "2020-01"),
        text(ConsentKind::MarketingEmail, VERSION),
        text(ConsentKind::Unspecified, VERSION),
    ];
    for version in [1, 1] {
        world
            .harness
            .deliver("auth", member.id.uuid(), version, &created)
            .await;
    }
    world.applied(member.id.uuid(), 1).await;
    let listed = eventually(async || {
        let listed = client(&world, &member)
            .list_consents(ListConsentsRequest {})
            .await;
        listed.ok().map(|listed| listed.into_inner().consents)
    });
    let listed: Vec<_> = listed
        .await
        .into_iter()
        .map(|consent| (consent.kind(), consent.granted, consent.create_time))
        .collect();
    let agreed = |kind| (kind, true, Some(NOW));
    assert_eq!(
        listed,
        [agreed(ConsentKind::MarketingEmail), agreed(ConsentKind::Terms)]
    );
    assert_eq!(world.harness.published::<ConsentChanged>().await.len(), 2);
    // What is kept is what it would be if it had been said later.
    let again = set(&world, &member, ConsentKind::Terms, true).await.unwrap();
    assert_eq!(again.create_time, Some(NOW));
}
