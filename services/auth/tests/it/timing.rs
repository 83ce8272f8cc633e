use std::time::{Duration, Instant};

use tonic::Code;
use xlcfi_contracts::auth::v1::mfa_service_client::MfaServiceClient;
use xlcfi_contracts::auth::v1::{ConfirmMfaRequest, EnrolMfaRequest};
use xlcfi_testkit::assert_refused;

use crate::authenticator::Authenticator;
use crate::world::{Auth, MINUTE, PASSWORD};

/// Tries of each kind.
const TRIES: usize = 24;

async fn time_of_refusal(auth: &Auth, email: &str) -> Duration {
    let begun = Instant::now();
    let refused = auth.try_log_in(email, "wrong password").await;
    let took = begun.elapsed();
    assert_refused(refused, Code::Unauthenticated, "WRONG_CREDENTIALS");
    took
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// Kinds take turns, so that what else the machine does is shared by all.
#[tokio::test]
async fn an_unknown_address_a_wrong_password_and_an_account_with_a_code_take_as_long() {
    let auth = Auth::start().await;
    auth.try_sign_up("kim@example.com", "").await.unwrap();
    let lee = auth.newcomer("lee@example.com").await;
    let mut mfa = MfaServiceClient::new(auth.harness.as_user(&lee.user));
    let request = EnrolMfaRequest {
        password: PASSWORD.into(),
    };
    let enrolled = mfa.enrol_mfa(request).await.unwrap().into_inner();
    let code = Authenticator::new(&enrolled.otpauth_uri).code(auth.harness.now());
    mfa.confirm_mfa(ConfirmMfaRequest { code }).await.unwrap();

    let kinds = ["nobody@example.com", "kim@example.com", "lee@example.com"];
    let mut times = [const { Vec::new() }; 3];
    let runs = auth.ctx.hashing.runs();
    for _ in 0..TRIES {
        for (kind, email) in kinds.iter().enumerate() {
            times[kind].push(time_of_refusal(&auth, email).await);
        }
        // No ten of them in a quarter of an hour.
        auth.advance_secs(2 * MINUTE);
    }
    let hashed = usize::try_from(auth.ctx.hashing.runs() - runs).unwrap();
    assert_eq!(hashed, 3 * TRIES, "each costs one run of the hash");
    let medians = times.each_mut().map(|times| median(times));
    let (least, most) = (medians.iter().min().unwrap(), medians.iter().max().unwrap());
    println!("unknown, wrong, with a code: {medians:?}");
    assert!(
        most.as_secs_f64() < least.as_secs_f64() * 1.5,
        "one kind can be told by its time: {medians:?}"
    );
}
