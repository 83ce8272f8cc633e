use std::time::Duration;

use uuid::Uuid;
use xlcfi_contracts::convert::timestamp;
use xlcfi_contracts::recommendation::v1::{
    Algorithm, Experiment, GetExperimentRequest, GetExperimentResponse, ListExperimentsRequest,
    StartExperimentRequest, StopExperimentRequest, Strategy,
};
use xlcfi_errors::Code;
use xlcfi_events::Stream;
use xlcfi_identity::User;
use xlcfi_testkit::{assert_refused, eventually, user};

use crate::facts::{confirmed, order};
use crate::world::{World, catalogue, member, product_id};

fn wanted(name: &str) -> StartExperimentRequest {
    StartExperimentRequest {
        name: name.into(),
        control: Strategy::Model.into(),
        treatment: Strategy::Popular.into(),
        treatment_percent: 50,
        request_id: String::new(),
    }
}

async fn start(world: &World, staff: &User, request: StartExperimentRequest) -> Experiment {
    let started = world.experiments(staff).start_experiment(request).await.unwrap();
    started.into_inner().experiment.unwrap()
}

async fn results(world: &World, experiment_id: &str) -> GetExperimentResponse {
    let request = GetExperimentRequest {
        experiment_id: experiment_id.into(),
    };
    world
        .experiments(&catalogue())
        .get_experiment(request)
        .await
        .unwrap()
        .into_inner()
}

async fn buys(world: &World, buyer: &User, number: u64) {
    let order = order(buyer, &[number]);
    let event = confirmed(&order, timestamp(world.harness.now()));
    let (key, id) = (order.order_id.parse().unwrap(), Uuid::now_v7());
    for _ in 0..2 {
        world.harness.redeliver("order", id, key, 1, &event).await;
    }
    world
        .harness
        .taken_in(Stream::events("order"), "recommendation")
        .await;
}

#[tokio::test]
async fn members_get_what_their_bucket_says_and_their_orders_count() {
    let world = World::shop(&[]).await;
    let model = world.train(Algorithm::Ease).await;
    let experiment = start(&world, &catalogue(), wanted("model-or-popular")).await;
    let id = experiment.experiment_id;
    world
        .own_when(&member(0), |answer| {
            answer.experiment_id == id && !answer.recommendations.is_empty()
        })
        .await;
    let (mut control, mut treated) = (Vec::new(), Vec::new());
    for number in 0..20 {
        let buyer = member(number);
        let answer = world.own(&buyer).await;
        let again = world.own(&buyer).await;
        assert_eq!(
            (&answer.experiment_id, answer.strategy()),
            (&id, again.strategy())
        );
        if answer.strategy() == Strategy::Model {
            assert_eq!(answer.model_id, model.model_id);
            control.push((buyer, answer));
        } else {
            assert_eq!(answer.algorithm(), Algorithm::Popular);
            treated.push((buyer, answer));
        }
    }
    assert!(control.len() > 3 && treated.len() > 3);
    // One buys what was shown, one something else, one too late.
    let (buyer, answer) = &control[0];
    let shown =
        (0..30).find(|number| product_id(*number).to_string() == answer.recommendations[0].product_id);
    buys(&world, buyer, shown.unwrap()).await;
    let (buyer, _) = &control[1];
    buys(&world, buyer, 99).await;
    world.harness.advance(Duration::from_secs(8 * 86_400));
    buys(&world, &treated[0].0, 1).await;
    let expected = (2, 2, 1);
    let counted = eventually(async || {
        let results = results(&world, &id).await;
        let [control, _] = results.outcomes.as_slice() else {
            return None;
        };
        ((control.buyers, control.orders, control.lines_shown) == expected).then_some(results)
    })
    .await;
    assert_eq!(counted.outcomes[0].strategy(), Strategy::Model);
    assert_eq!(counted.outcomes[0].members, control.len() as i64);
    assert!((counted.outcomes[0].conversion - 2.0 / control.len() as f64).abs() < 1e-9);
    assert_eq!(
        (counted.outcomes[1].members, counted.outcomes[1].orders),
        (treated.len() as i64, 0)
    );
    assert!(counted.p_value > 0.0 && counted.p_value <= 1.0);

    let request = StopExperimentRequest { experiment_id: id };
    let mut experiments = world.experiments(&catalogue());
    let stopped = experiments
        .stop_experiment(request.clone())
        .await
        .unwrap()
        .into_inner()
        .experiment
        .unwrap();
    let again = experiments
        .stop_experiment(request)
        .await
        .unwrap()
        .into_inner()
        .experiment
        .unwrap();
    assert!(stopped.end_time.is_some() && stopped == again);
    let after = world
        .own_when(&treated[0].0, |answer| answer.experiment_id.is_empty())
        .await;
    assert_eq!(after.strategy(), Strategy::Model);
}

#[tokio::test]
async fn one_experiment_runs_at_a_time_and_names_are_used_once() {
    let world = World::start().await;
    let staff = catalogue();
    let request = StartExperimentRequest {
        request_id: Uuid::now_v7().to_string(),
        ..wanted("first")
    };
    let first = start(&world, &staff, request.clone()).await;
    assert_eq!(start(&world, &staff, request).await, first);
    let mut experiments = world.experiments(&staff);
    let refused = experiments.start_experiment(wanted("second")).await;
    assert_refused(refused, Code::FailedPrecondition, "EXPERIMENT_RUNNING");
    let stop = StopExperimentRequest {
        experiment_id: first.experiment_id,
    };
    experiments.stop_experiment(stop).await.unwrap();
    let refused = experiments.start_experiment(wanted("first")).await;
    assert_refused(refused, Code::AlreadyExists, "EXPERIMENT_NAME_TAKEN");
    world.harness.advance(Duration::from_secs(1));
    start(&world, &staff, wanted("second")).await;
    let page = |page_token: String| ListExperimentsRequest {
        page_size: 1,
        page_token,
    };
    let newest = experiments
        .list_experiments(page(String::new()))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(newest.experiments[0].name, "second");
    let oldest = experiments
        .list_experiments(page(newest.next_page_token))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (
            oldest.experiments[0].name.as_str(),
            oldest.next_page_token.as_str()
        ),
        ("first", "")
    );
}

#[tokio::test]
async fn experiments_are_for_who_looks_after_them() {
    let world = World::start().await;
    let mut stranger = world.experiments(&user());
    let refused = stranger.start_experiment(wanted("mine")).await;
    assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");
    let refused = stranger.list_experiments(ListExperimentsRequest::default()).await;
    assert_refused(refused, Code::PermissionDenied, "ROLE_MISSING");
    let unknown = Uuid::now_v7().to_string();
    let mut staff = world.experiments(&catalogue());
    let refused = staff
        .get_experiment(GetExperimentRequest {
            experiment_id: unknown.clone(),
        })
        .await;
    assert_refused(refused, Code::NotFound, "EXPERIMENT_NOT_FOUND");
    let refused = staff
        .stop_experiment(StopExperimentRequest {
            experiment_id: unknown,
        })
        .await;
    assert_refused(refused, Code::NotFound, "EXPERIMENT_NOT_FOUND");
    let same = StartExperimentRequest {
        treatment: Strategy::Model.into(),
        ..wanted("same")
    };
    let none = StartExperimentRequest {
        treatment_percent: 0,
        ..wanted("none")
    };
    let named = wanted("Not a name");
    for request in [same, none, named] {
        let refused = staff.start_experiment(request).await;
        assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
    }
}
