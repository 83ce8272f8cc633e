//! Each stated number, by a clock that is moved.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use futures::future::join_all;
use tokio::time::{Instant, advance, sleep};
use tower::{ServiceExt as _, service_fn};

use super::*;

const TIME_LIMIT: Duration = Duration::from_secs(10);

/// A PG that answers as told, and the times it was asked.
#[derive(Clone, Default)]
struct Pg {
    answers: Arc<Mutex<VecDeque<Result<(), Trouble>>>>,
    always: Option<Trouble>,
    takes: Duration,
    asked: Arc<Mutex<Vec<Instant>>>,
}

impl Pg {
    fn failing(trouble: Trouble) -> Self {
        Self {
            always: Some(trouble),
            ..Self::default()
        }
    }

    fn taking(takes: Duration) -> Self {
        Self {
            takes,
            ..Self::default()
        }
    }

    fn will(&self, answers: impl IntoIterator<Item = Result<(), Trouble>>) {
        self.answers.lock().expect("no panic").extend(answers);
    }

    fn guarded(&self, limits: Limits) -> Guarded<(), ()> {
        let pg = self.clone();
        let inner = service_fn(move |(): ()| {
            let pg = pg.clone();
            async move {
                pg.asked.lock().expect("no panic").push(Instant::now());
                sleep(pg.takes).await;
                let told = pg.answers.lock().expect("no panic").pop_front();
                told.unwrap_or(pg.always.map_or(Ok(()), Err))
            }
        });
        guard("test", &limits, TIME_LIMIT, inner).expect("limits that make sense")
    }

    fn asked(&self) -> usize {
        self.asked.lock().expect("no panic").len()
    }
}

/// The stated numbers, without retries: each call is one try.
fn once() -> Limits {
    Limits {
        tries: 1,
        ..Limits::default()
    }
}

fn down() -> Trouble {
    Trouble::ServerError {
        status: 500,
        code: String::new(),
        kept: false,
    }
}

async fn ask(pg: &Guarded<(), ()>) -> Result<(), Trouble> {
    pg.service.clone().oneshot(()).await
}

async fn ask_times(pg: &Guarded<(), ()>, times: usize) {
    for _ in 0..times {
        let _ = ask(pg).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_call_is_tried_three_times_after_one_and_two_seconds() {
    let pg = Pg::failing(down());
    let begun = Instant::now();
    assert_eq!(ask(&pg.guarded(Limits::default())).await, Err(down()));
    let asked = pg.asked.lock().expect("no panic").clone();
    let after: Vec<u64> = asked.iter().map(|at| (*at - begun).as_secs()).collect();
    assert_eq!(after, [0, 1, 3]);
}

#[tokio::test(start_paused = true)]
async fn only_what_may_pass_is_tried_again() {
    let busy = Trouble::Busy {
        status: 409,
        code: String::new(),
    };
    let refused = Trouble::NotUs {
        status: 401,
        code: String::new(),
    };
    for (trouble, tries) in [
        (down(), 3),
        (Trouble::NoConnection(String::new()), 3),
        (Trouble::Broken(String::new()), 3),
        (Trouble::Malformed(String::new()), 3),
        (busy, 3),
        (refused, 1),
    ] {
        let pg = Pg::failing(trouble.clone());
        assert_eq!(ask(&pg.guarded(Limits::default())).await, Err(trouble.clone()));
        assert_eq!(pg.asked(), tries, "{trouble}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_try_is_given_up_after_the_time_limit() {
    let pg = Pg::taking(Duration::from_secs(11));
    let begun = Instant::now();
    assert_eq!(ask(&pg.guarded(once())).await, Err(Trouble::TimedOut));
    assert_eq!(begun.elapsed(), TIME_LIMIT);
    let limits = Limits::default();
    let begun = Instant::now();
    assert_eq!(ask(&pg.guarded(limits)).await, Err(Trouble::TimedOut));
    assert_eq!(begun.elapsed(), Duration::from_secs(10 + 1 + 10 + 2 + 10));
    assert_eq!(limits.longest_call(TIME_LIMIT), Duration::from_secs(33 + 3));
}

#[tokio::test(start_paused = true)]
async fn ten_calls_go_at_once_and_the_eleventh_waits_a_second_at_most() {
    let pg = Pg::taking(Duration::from_secs(5));
    let guarded = pg.guarded(once());
    let begun = Instant::now();
    let results = join_all((0..11).map(|_| async { (ask(&guarded).await, begun.elapsed().as_secs()) })).await;
    assert_eq!(pg.asked(), 10);
    let (full, answered): (Vec<_>, Vec<_>) = results.into_iter().partition(|(result, _)| result.is_err());
    assert_eq!(full, [(Err(Trouble::Full), 1)]);
    assert!(answered.iter().all(|(_, after)| *after == 5));

    let pg = Pg::taking(Duration::from_millis(900));
    let guarded = pg.guarded(once());
    let results = join_all((0..20).map(|_| ask(&guarded))).await;
    assert!(
        results.iter().all(Result::is_ok),
        "the second ten wait 900 ms and go"
    );
}

#[tokio::test(start_paused = true)]
async fn the_breaker_opens_when_half_of_the_calls_fail_and_not_before() {
    let pg = Pg::default();
    let guarded = pg.guarded(once());
    pg.will((0..100).map(|call| if call < 51 { Ok(()) } else { Err(down()) }));
    ask_times(&guarded, 100).await;
    assert_eq!(ask(&guarded).await, Ok(()), "49 of 100 failed");

    let pg = Pg::default();
    let guarded = pg.guarded(once());
    pg.will((0..100).map(|call| if call < 50 { Ok(()) } else { Err(down()) }));
    ask_times(&guarded, 100).await;
    assert_eq!(ask(&guarded).await, Err(Trouble::Open), "50 of 100 failed");
    assert_eq!(pg.asked(), 100);
}

#[tokio::test(start_paused = true)]
async fn fewer_than_ten_calls_say_nothing() {
    let pg = Pg::failing(down());
    let guarded = pg.guarded(once());
    ask_times(&guarded, 9).await;
    assert_eq!(ask(&guarded).await, Err(down()));
    assert_eq!(ask(&guarded).await, Err(Trouble::Open));
    assert_eq!(pg.asked(), 10);
}

#[tokio::test(start_paused = true)]
async fn the_window_holds_the_latest_hundred_calls() {
    let pg = Pg::default();
    let guarded = pg.guarded(once());
    ask_times(&guarded, 10_000).await;
    pg.will((0..50).map(|_| Err(down())));
    ask_times(&guarded, 50).await;
    assert_eq!(
        ask(&guarded).await,
        Err(Trouble::Open),
        "old good calls weigh nothing"
    );
}

#[tokio::test(start_paused = true)]
async fn only_failures_of_the_pg_count() {
    for trouble in [
        Trouble::Busy {
            status: 409,
            code: String::new(),
        },
        Trouble::NotUs {
            status: 401,
            code: String::new(),
        },
    ] {
        let pg = Pg::failing(trouble.clone());
        let guarded = pg.guarded(once());
        ask_times(&guarded, 100).await;
        assert_eq!(ask(&guarded).await, Err(trouble));
    }
    let pg = Pg::taking(Duration::from_secs(5));
    let guarded = pg.guarded(once());
    let results = join_all((0..200).map(|_| ask(&guarded))).await;
    assert_eq!(
        results
            .iter()
            .filter(|result| **result == Err(Trouble::Full))
            .count(),
        190
    );
    assert_eq!(
        ask(&guarded).await,
        Ok(()),
        "calls without a place do not open it"
    );
}

/// A breaker that has just opened.
async fn opened() -> (Pg, Guarded<(), ()>) {
    let pg = Pg::default();
    let guarded = pg.guarded(once());
    pg.will((0..10).map(|_| Err(down())));
    ask_times(&guarded, 10).await;
    (pg, guarded)
}

#[tokio::test(start_paused = true)]
async fn it_stays_open_for_thirty_seconds() {
    let (pg, guarded) = opened().await;
    advance(Duration::from_millis(29_999)).await;
    assert_eq!(ask(&guarded).await, Err(Trouble::Open));
    assert_eq!(pg.asked(), 10);
    advance(Duration::from_millis(1)).await;
    assert_eq!(ask(&guarded).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn half_open_it_lets_ten_calls_through_and_judges_them() {
    let (mut pg, _) = opened().await;
    pg.takes = Duration::from_millis(100);
    let limits = Limits {
        concurrent: 100,
        ..once()
    };
    let guarded = pg.guarded(limits);
    pg.will((0..10).map(|_| Err(down())));
    ask_times(&guarded, 10).await;
    advance(Duration::from_secs(30)).await;

    let before = pg.asked();
    pg.will([Err(down()), Err(down()), Err(down()), Err(down()), Err(down())]);
    let results = join_all((0..15).map(|_| ask(&guarded))).await;
    assert_eq!(pg.asked() - before, 10);
    assert_eq!(
        results
            .iter()
            .filter(|result| **result == Err(Trouble::Open))
            .count(),
        5
    );
    assert_eq!(
        ask(&guarded).await,
        Err(Trouble::Open),
        "5 of 10 failed: open again"
    );

    advance(Duration::from_secs(30)).await;
    pg.will([Err(down()), Err(down()), Err(down()), Err(down())]);
    ask_times(&guarded, 10).await;
    let before = pg.asked();
    ask_times(&guarded, 20).await;
    assert_eq!(pg.asked() - before, 20, "4 of 10 failed: closed");
}

#[tokio::test(start_paused = true)]
async fn a_trial_call_given_up_makes_room_for_another() {
    let (mut pg, _) = opened().await;
    pg.takes = Duration::from_secs(1);
    let guarded = pg.guarded(once());
    pg.will((0..10).map(|_| Err(down())));
    ask_times(&guarded, 10).await;
    advance(Duration::from_secs(30)).await;
    for _ in 0..30 {
        let given_up = tokio::time::timeout(Duration::from_millis(1), ask(&guarded)).await;
        assert!(given_up.is_err());
    }
    ask_times(&guarded, 10).await;
    assert_eq!(ask(&guarded).await, Ok(()));
}

#[test]
fn waits_for_the_pending_double_from_a_second_to_half_a_minute() {
    let limits = Limits::default();
    let waits: Vec<u64> = [0, 1, 2, 3, 5, 6, 1_000]
        .map(|failures| limits.pending_wait(failures).as_secs())
        .into();
    assert_eq!(waits, [1, 1, 2, 4, 16, 30, 30]);
}
