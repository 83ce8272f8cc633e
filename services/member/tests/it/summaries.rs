use std::collections::HashMap;

use xlcfi_contracts::member::v1::member_service_client::MemberServiceClient;
use xlcfi_contracts::member::v1::{GetMemberSummariesRequest, MemberGrade, MemberSummary};
use xlcfi_errors::Code;
use xlcfi_identity::{Seed, Signer};
use xlcfi_service::{Members, Peers, fallback_summary};
use xlcfi_testkit::{assert_refused, user};

use crate::world::World;

/// Members as the service `order` asks for them at `url`.
fn members(world: &World, url: &str) -> Members {
    let signer = Signer::new("order", &Seed::from_bytes([7; 32])).with_clock(world.harness.clock.clone());
    let urls = HashMap::from([("member".to_owned(), url.to_owned())]);
    Members::new(&Peers::new(signer, urls)).unwrap()
}

#[tokio::test]
async fn other_services_get_what_they_show_of_members() {
    let world = World::start().await;
    let member = world.member_with_points(1_000).await;
    let stranger = user();
    let shown = MemberSummary {
        member_id: member.id.to_string(),
        display_name: "김상점".into(),
        grade: MemberGrade::Welcome.into(),
        points: 1_000,
        is_fallback: false,
    };
    let summaries = members(&world, world.harness.url())
        .summaries([member.id, stranger.id])
        .await;
    let expected = HashMap::from([(member.id, shown), (stranger.id, fallback_summary(stranger.id))]);
    assert_eq!(summaries, expected);

    let request = GetMemberSummariesRequest {
        member_ids: vec![member.id.to_string()],
    };
    let mut public = MemberServiceClient::new(world.harness.as_user(&member));
    let refused = public.get_member_summaries(request.clone()).await;
    assert_refused(refused, Code::PermissionDenied, "CALLER_NOT_ALLOWED");
    let mut order = MemberServiceClient::new(world.harness.as_service("order"));
    let refused = order
        .get_member_summaries(GetMemberSummariesRequest::default())
        .await;
    assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
}

#[tokio::test]
async fn while_member_is_down_its_callers_show_unknown_without_points_and_say_so() {
    let world = World::start().await;
    let member = world.member_with_points(1_000).await;
    // Nobody listens there.
    let members = members(&world, "http://127.0.0.1:1");
    let shown = members.summary(member.id).await;
    let expected = MemberSummary {
        member_id: member.id.to_string(),
        display_name: "Unknown".into(),
        grade: MemberGrade::Unspecified.into(),
        points: 0,
        is_fallback: true,
    };
    assert_eq!(shown, expected);
}
