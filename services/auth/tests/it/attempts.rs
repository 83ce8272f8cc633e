use std::time::Duration;

use tokio::task::JoinSet;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use xlcfi_contracts::auth::v1::auth_service_client::AuthServiceClient;
use xlcfi_contracts::auth::v1::{AccountLocked, ChangePasswordRequest, LogInRequest};
use xlcfi_testkit::assert_refused;

use crate::world::{Auth, MINUTE, PASSWORD};

fn wait_of(status: &Status) -> Option<Duration> {
    status.get_details_retry_info()?.retry_delay
}

#[tokio::test]
async fn ten_wrong_passwords_make_an_address_wait_known_or_not() {
    let auth = Auth::start().await;
    auth.try_sign_up("kim@example.com", "").await.unwrap();
    for email in ["kim@example.com", "nobody@example.com"] {
        for _ in 0..10 {
            let refused = auth.try_log_in(email, "wrong password").await;
            assert_refused(refused, Code::Unauthenticated, "WRONG_CREDENTIALS");
            auth.advance_secs(6);
        }
        let runs = auth.ctx.hashing.runs();
        let refused = auth.try_log_in(email, PASSWORD).await;
        let status = assert_refused(refused, Code::ResourceExhausted, "TOO_MANY_ATTEMPTS");
        // Locked by the tenth, six seconds ago.
        assert_eq!(wait_of(&status), Some(Duration::from_secs(15 * MINUTE - 6)));
        assert_eq!(auth.ctx.hashing.runs(), runs, "nothing was hashed");
    }
}

#[tokio::test]
async fn the_wait_ends_when_it_said_and_others_never_waited() {
    let auth = Auth::start().await;
    auth.try_sign_up("kim@example.com", "").await.unwrap();
    for _ in 0..10 {
        auth.try_log_in("kim@example.com", "wrong password")
            .await
            .unwrap_err();
    }
    auth.newcomer("lee@example.com").await;
    auth.advance_secs(15 * MINUTE - 1);
    let refused = auth.try_log_in("kim@example.com", PASSWORD).await;
    let status = assert_refused(refused, Code::ResourceExhausted, "TOO_MANY_ATTEMPTS");
    assert_eq!(wait_of(&status), Some(Duration::from_secs(1)));
    auth.advance_secs(1);
    auth.log_in("kim@example.com").await;
}

/// How many of so many guesses at once were looked at, and how many held back.
async fn guess_at_once(auth: &Auth, times: usize) -> (usize, usize) {
    let mut calls = JoinSet::new();
    for _ in 0..times {
        let mut client = AuthServiceClient::new(auth.harness.anonymous());
        calls.spawn(async move {
            let request = LogInRequest {
                email: "kim@example.com".into(),
                password: "wrong password".into(),
                device_name: String::new(),
            };
            xlcfi_errors::reason_of(&client.log_in(request).await.unwrap_err()).unwrap()
        });
    }
    let reasons = calls.join_all().await;
    let with = |wanted: &str| reasons.iter().filter(|reason| *reason == wanted).count();
    (with("WRONG_CREDENTIALS"), with("TOO_MANY_ATTEMPTS"))
}

#[tokio::test]
async fn guesses_sent_at_once_get_no_further_than_guesses_one_by_one() {
    let auth = Auth::start().await;
    auth.try_sign_up("kim@example.com", "").await.unwrap();
    let before = auth.ctx.hashing.runs();
    assert_eq!(guess_at_once(&auth, 40).await, (10, 30));
    assert_eq!(auth.ctx.hashing.runs() - before, 10);
}

#[tokio::test]
async fn the_last_guess_is_one_even_when_two_see_room_for_it() {
    let auth = Auth::start().await;
    auth.try_sign_up("kim@example.com", "").await.unwrap();
    assert_eq!(guess_at_once(&auth, 9).await, (9, 0));
    // As many come this far together as there are turns to hash.
    let together = std::thread::available_parallelism().unwrap().get().min(2);
    let hold = "lock table attempt in share row exclusive mode";
    let guesses = guess_at_once(&auth, 8);
    let (tried, held) = auth
        .make_meet(hold, i64::try_from(together).unwrap(), guesses)
        .await;
    assert_eq!((tried, held), (1, 7));
}

#[tokio::test]
async fn wrong_passwords_at_a_change_count_too() {
    let auth = Auth::start().await;
    let kim = auth.newcomer("kim@example.com").await;
    let change = |current: &str| ChangePasswordRequest {
        current_password: current.into(),
        new_password: "battery staple".into(),
    };
    for _ in 0..5 {
        auth.try_log_in("kim@example.com", "wrong password")
            .await
            .unwrap_err();
        let refused = auth.of(&kim.user).change_password(change("wrong password")).await;
        assert_refused(refused, Code::FailedPrecondition, "WRONG_PASSWORD");
    }
    let refused = auth.of(&kim.user).change_password(change(PASSWORD)).await;
    let status = assert_refused(refused, Code::ResourceExhausted, "TOO_MANY_ATTEMPTS");
    assert_eq!(wait_of(&status), Some(Duration::from_secs(15 * MINUTE)));
    let refused = auth.try_log_in("kim@example.com", PASSWORD).await;
    assert_refused(refused, Code::ResourceExhausted, "TOO_MANY_ATTEMPTS");
}

#[tokio::test]
async fn a_lock_grows_when_it_happens_again_and_is_told_of() {
    let auth = Auth::start().await;
    let kim = auth.try_sign_up("kim@example.com", "").await.unwrap();
    for minutes in [15, 30, 60] {
        for _ in 0..10 {
            let refused = auth.try_log_in("kim@example.com", "wrong password").await;
            assert_refused(refused, Code::Unauthenticated, "WRONG_CREDENTIALS");
        }
        let refused = auth.try_log_in("kim@example.com", PASSWORD).await;
        let status = assert_refused(refused, Code::ResourceExhausted, "TOO_MANY_ATTEMPTS");
        assert_eq!(wait_of(&status), Some(Duration::from_secs(minutes * MINUTE)));
        auth.advance_secs(minutes * MINUTE);
    }
    let told = auth.harness.published::<AccountLocked>().await;
    assert_eq!(told.len(), 3);
    assert!(told.iter().all(|event| event.account_id == kim.account_id));
    auth.log_in("kim@example.com").await;
}
