//! Who reads what of a lot's story.

use uuid::Uuid;
use xlcfi_contracts::blockchain::v1::{BizStep, GetLotStoryRequest, TraceEvent};
use xlcfi_errors::Code;
use xlcfi_testkit::{admin, assert_refused, seller, user};

use super::world::{World, becoming, grams_of, pieces};

#[tokio::test]
async fn anybody_reads_a_story_and_only_who_has_part_in_it_reads_of_orders() {
    let world = World::start().await;
    let harvest = world.harvest(100_000).await;
    let lot = world.received(10).await;
    let request = becoming(&[(&harvest, 50_000)], &[pieces(&lot, 10)], Vec::new());
    world.record(request).await.unwrap();
    // What became of the rest of the harvest later is another story.
    let mut later = becoming(&[(&harvest, 50_000)], &[], vec![grams_of(50_000)]);
    later.event_time = super::world::at(0);
    world.record(later).await.unwrap();
    let (buyer, other) = (user(), user());
    let order_id = world.sell(&buyer, &[(&lot, 2)]).await;
    world.sell(&other, &[(&lot, 3)]).await;

    use BizStep::{Commissioning, Packing, Receiving, RetailSelling};
    let public = [Commissioning, Packing, Receiving];
    let request = GetLotStoryRequest {
        lot_id: lot.lot_id.clone(),
        ..Default::default()
    };
    let answer = world.anyone().get_lot_story(request).await.unwrap().into_inner();
    let steps: Vec<BizStep> = answer.events.iter().map(TraceEvent::biz_step).collect();
    assert_eq!(steps, public);
    let seen = answer.lot.unwrap();
    assert_eq!(
        (seen.name.as_str(), seen.entered, seen.taken),
        ("감자 10kg", 0, 0)
    );
    assert_eq!(world.steps(&user(), &lot.lot_id).await, public);
    assert_eq!(world.steps(&seller(), &lot.lot_id).await, public);

    let (_, events) = world.story(&buyer, &lot.lot_id).await.unwrap();
    let own: Vec<&TraceEvent> = events.iter().filter(|event| !event.order_id.is_empty()).collect();
    assert_eq!((own.len(), own[0].biz_step()), (1, RetailSelling));
    assert_eq!(own[0].order_id, order_id.to_string());
    for reader in [world.seller.clone(), admin()] {
        let steps = world.steps(&reader, &lot.lot_id).await;
        assert_eq!(steps[..3], public);
        assert_eq!(steps[3..], [RetailSelling, RetailSelling]);
    }
    let nowhere = world.story(&buyer, &Uuid::now_v7().to_string()).await;
    assert_refused(nowhere, Code::NotFound, "LOT_NOT_FOUND");
}

#[tokio::test]
async fn a_buyer_of_a_part_reads_nothing_of_who_bought_the_rest() {
    let world = World::start().await;
    let lot = world.received(10).await;
    let part = world.split(&lot, 4, 2).await;
    world.sell(&user(), &[(&lot, 2)]).await;
    let buyer = user();
    world.sell(&buyer, &[(&part, 1)]).await;
    use BizStep::{Receiving, Repackaging, RetailSelling};
    assert_eq!(
        world.steps(&buyer, &part.lot_id).await,
        [Receiving, Repackaging, RetailSelling]
    );
    assert_eq!(world.steps(&user(), &part.lot_id).await, [Receiving, Repackaging]);
}

#[tokio::test]
async fn a_long_story_comes_in_pages() {
    let world = World::start().await;
    let lot = world.harvest(100).await;
    for minutes in [-50, -40, -30, -20] {
        world.become_of(&[(&lot, 10)], 10, minutes).await;
    }
    let (_, all) = world.story(&world.seller, &lot).await.unwrap();
    assert_eq!(all.len(), 5);
    let (mut paged, mut token) = (Vec::new(), String::new());
    loop {
        let request = GetLotStoryRequest {
            lot_id: lot.clone(),
            page_size: 2,
            page_token: token,
        };
        let answer = world.anyone().get_lot_story(request).await.unwrap().into_inner();
        paged.extend(answer.events);
        token = answer.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(paged, all);
    let request = GetLotStoryRequest {
        lot_id: lot,
        page_token: "nonsense".into(),
        ..Default::default()
    };
    assert_refused(
        world.anyone().get_lot_story(request).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
}
