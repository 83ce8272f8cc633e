use tonic::{Code, Status};
use xlcfi_contracts::auth::v1::mfa_service_client::MfaServiceClient;
use xlcfi_contracts::auth::v1::{
    AnswerMfaChallengeRequest, AnswerMfaChallengeResponse, BackupCodeUsed, ConfirmMfaRequest,
    DisableMfaRequest, EnrolMfaRequest, GetMfaStatusRequest, GetMfaStatusResponse, MfaDisabled, MfaEnabled,
    RegenerateBackupCodesRequest,
};
use xlcfi_contracts::types::v1::Role;
use xlcfi_identity::User;
use xlcfi_testkit::{Calling, assert_refused, user};

use crate::authenticator::Authenticator;
use crate::world::{ADMIN, Auth, MINUTE, PASSWORD, SignedIn, config};

fn client(auth: &Auth, user: &User) -> MfaServiceClient<Calling> {
    MfaServiceClient::new(auth.harness.as_user(user))
}

async fn enrol(auth: &Auth, user: &User, password: &str) -> Result<Authenticator, Status> {
    let request = EnrolMfaRequest {
        password: password.into(),
    };
    let answer = client(auth, user).enrol_mfa(request).await?.into_inner();
    assert!(answer.otpauth_uri.contains(&answer.secret));
    Ok(Authenticator::new(&answer.otpauth_uri))
}

async fn confirm(auth: &Auth, user: &User, code: &str) -> Result<Vec<String>, Status> {
    let request = ConfirmMfaRequest { code: code.into() };
    let answer = client(auth, user).confirm_mfa(request).await?;
    Ok(answer.into_inner().backup_codes)
}

async fn disable(auth: &Auth, user: &User, password: &str, code: &str) -> Result<(), Status> {
    let request = DisableMfaRequest {
        password: password.into(),
        code: code.into(),
    };
    client(auth, user).disable_mfa(request).await.map(|_| ())
}

async fn status(auth: &Auth, user: &User) -> GetMfaStatusResponse {
    let answer = client(auth, user).get_mfa_status(GetMfaStatusRequest {}).await;
    answer.unwrap().into_inner()
}

/// The token of a challenge, for who knows the password.
async fn challenged(auth: &Auth, email: &str) -> String {
    let answer = auth.try_log_in(email, PASSWORD).await.unwrap();
    assert_eq!((&answer.tokens, &answer.account), (&None, &None));
    answer.challenge.unwrap().mfa_token
}

async fn answer(auth: &Auth, mfa_token: &str, code: &str) -> Result<AnswerMfaChallengeResponse, Status> {
    let request = AnswerMfaChallengeRequest {
        mfa_token: mfa_token.into(),
        code: code.into(),
    };
    Ok(auth.anyone().answer_mfa_challenge(request).await?.into_inner())
}

/// Somebody with a second factor, an authenticator and backup codes.
async fn enrolled(auth: &Auth, email: &str) -> (SignedIn, Authenticator, Vec<String>) {
    let kim = auth.newcomer(email).await;
    let authenticator = enrol(auth, &kim.user, PASSWORD).await.unwrap();
    let code = authenticator.code(auth.harness.now());
    let codes = confirm(auth, &kim.user, &code).await.unwrap();
    (kim, authenticator, codes)
}

#[tokio::test]
async fn a_log_in_takes_a_code_once_there_is_a_second_factor() {
    let auth = Auth::start().await;
    let (kim, authenticator, codes) = enrolled(&auth, "kim@example.com").await;
    assert_eq!(codes.len(), 10);
    assert_eq!(auth.harness.published::<MfaEnabled>().await.len(), 1);
    auth.advance_secs(30);

    let token = challenged(&auth, "kim@example.com").await;
    let code = authenticator.code(auth.harness.now());
    let signed_in = answer(&auth, &token, &code).await.unwrap();
    let account = signed_in.account.unwrap();
    assert!(account.mfa_enabled);
    assert_eq!(account.account_id, kim.account.account_id);
    auth.refresh(&signed_in.tokens.unwrap().refresh_token)
        .await
        .unwrap();

    let again = answer(&auth, &token, &code).await;
    assert_refused(again, Code::Unauthenticated, "MFA_TOKEN_INVALID");
}

#[tokio::test]
async fn a_time_step_is_used_up_by_its_first_code() {
    let auth = Auth::start().await;
    let (_, authenticator, _) = enrolled(&auth, "kim@example.com").await;
    let used = authenticator.code(auth.harness.now());
    let token = challenged(&auth, "kim@example.com").await;
    let refused = answer(&auth, &token, &used).await;
    assert_refused(refused, Code::FailedPrecondition, "MFA_CODE_INVALID");

    auth.advance_secs(30);
    let code = authenticator.code(auth.harness.now());
    answer(&auth, &token, &code).await.unwrap();
    let other = challenged(&auth, "kim@example.com").await;
    let refused = answer(&auth, &other, &code).await;
    assert_refused(refused, Code::FailedPrecondition, "MFA_CODE_INVALID");
}

#[tokio::test]
async fn of_many_who_answer_with_one_code_at_once_one_signs_in() {
    let auth = Auth::start().await;
    let (_, authenticator, _) = enrolled(&auth, "kim@example.com").await;
    auth.advance_secs(30);
    let code = authenticator.code(auth.harness.now());
    let mut tokens = Vec::new();
    for _ in 0..4 {
        tokens.push(challenged(&auth, "kim@example.com").await);
    }
    let answers = tokens.iter().map(|token| answer(&auth, token, &code));
    let answers = futures::future::join_all(answers).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    for refused in answers.into_iter().filter(Result::is_err) {
        assert_refused(refused, Code::FailedPrecondition, "MFA_CODE_INVALID");
    }
}

#[tokio::test]
async fn a_backup_code_works_once_and_is_told_of() {
    let auth = Auth::start().await;
    let (kim, _, codes) = enrolled(&auth, "kim@example.com").await;
    let token = challenged(&auth, "kim@example.com").await;
    answer(&auth, &token, &codes[3].to_uppercase().replace('-', " "))
        .await
        .unwrap();
    let token = challenged(&auth, "kim@example.com").await;
    let refused = answer(&auth, &token, &codes[3]).await;
    assert_refused(refused, Code::FailedPrecondition, "MFA_CODE_INVALID");
    let told = auth.harness.published::<BackupCodeUsed>().await;
    assert_eq!((told.len(), told[0].left), (1, 9));
    assert_eq!(status(&auth, &kim.user).await.backup_codes_left, 9);
}

#[tokio::test]
async fn backup_codes_are_kept_as_hashes_and_replaced_with_a_code() {
    let auth = Auth::start().await;
    let (kim, authenticator, codes) = enrolled(&auth, "kim@example.com").await;
    auth.advance_secs(30);
    let regenerate = async |password: &str, code: String| {
        let request = RegenerateBackupCodesRequest {
            password: password.into(),
            code,
        };
        client(&auth, &kim.user).regenerate_backup_codes(request).await
    };
    let code = authenticator.code(auth.harness.now());
    let refused = regenerate("wrong password", code.clone()).await;
    assert_refused(refused, Code::FailedPrecondition, "WRONG_PASSWORD");
    let refused = regenerate(PASSWORD, "000000".into()).await;
    assert_refused(refused, Code::FailedPrecondition, "MFA_CODE_INVALID");
    let renewed = regenerate(PASSWORD, code)
        .await
        .unwrap()
        .into_inner()
        .backup_codes;
    assert!(renewed.iter().all(|code| !codes.contains(code)));

    let token = challenged(&auth, "kim@example.com").await;
    let refused = answer(&auth, &token, &codes[0]).await;
    assert_refused(refused, Code::FailedPrecondition, "MFA_CODE_INVALID");
    answer(&auth, &token, &renewed[0]).await.unwrap();

    let lee = auth.newcomer("lee@example.com").await;
    let request = RegenerateBackupCodesRequest {
        password: PASSWORD.into(),
        code: "000000".into(),
    };
    let refused = client(&auth, &lee.user).regenerate_backup_codes(request).await;
    assert_refused(refused, Code::FailedPrecondition, "MFA_NOT_ENROLLED");
}

#[tokio::test]
async fn five_wrong_codes_end_a_challenge_and_ten_lock_the_account() {
    let auth = Auth::start().await;
    let (_, authenticator, _) = enrolled(&auth, "kim@example.com").await;
    auth.advance_secs(30);
    for _ in 0..2 {
        let token = challenged(&auth, "kim@example.com").await;
        for _ in 0..5 {
            let refused = answer(&auth, &token, "000000").await;
            assert_refused(refused, Code::FailedPrecondition, "MFA_CODE_INVALID");
        }
        let refused = answer(&auth, &token, "000000").await;
        assert_refused(refused, Code::Unauthenticated, "MFA_TOKEN_INVALID");
    }
    let refused = auth.try_log_in("kim@example.com", PASSWORD).await;
    assert_refused(refused, Code::ResourceExhausted, "TOO_MANY_ATTEMPTS");
    auth.advance_secs(15 * MINUTE);
    let token = challenged(&auth, "kim@example.com").await;
    let code = authenticator.code(auth.harness.now());
    answer(&auth, &token, &code).await.unwrap();
}

#[tokio::test]
async fn a_challenge_ends_with_its_time_and_with_its_password() {
    let auth = Auth::start().await;
    let (kim, authenticator, _) = enrolled(&auth, "kim@example.com").await;
    let token = challenged(&auth, "kim@example.com").await;
    auth.advance_secs(5 * MINUTE);
    let code = authenticator.code(auth.harness.now());
    let refused = answer(&auth, &token, &code).await;
    assert_refused(refused, Code::Unauthenticated, "MFA_TOKEN_INVALID");

    let token = challenged(&auth, "kim@example.com").await;
    auth.change_password(&kim.user, PASSWORD, "battery staple")
        .await
        .unwrap();
    let refused = answer(&auth, &token, &code).await;
    assert_refused(refused, Code::Unauthenticated, "MFA_TOKEN_INVALID");
    let refused = answer(&auth, "nobody's", &code).await;
    assert_refused(refused, Code::Unauthenticated, "MFA_TOKEN_INVALID");
}

#[tokio::test]
async fn an_enrolment_counts_once_its_code_was_seen() {
    let auth = Auth::start().await;
    let kim = auth.newcomer("kim@example.com").await;
    let refused = enrol(&auth, &kim.user, "wrong password").await.map(|_| ());
    assert_refused(refused, Code::FailedPrecondition, "WRONG_PASSWORD");
    let refused = confirm(&auth, &kim.user, "000000").await;
    assert_refused(refused, Code::FailedPrecondition, "MFA_NOT_ENROLLED");

    let first = enrol(&auth, &kim.user, PASSWORD).await.unwrap();
    let second = enrol(&auth, &kim.user, PASSWORD).await.unwrap();
    auth.log_in("kim@example.com").await;
    let refused = confirm(&auth, &kim.user, &first.code(auth.harness.now())).await;
    assert_refused(refused, Code::FailedPrecondition, "MFA_CODE_INVALID");
    let code = second.code(auth.harness.now());
    confirm(&auth, &kim.user, &code).await.unwrap();

    let refused = confirm(&auth, &kim.user, &code).await;
    assert_refused(refused, Code::FailedPrecondition, "MFA_ALREADY_ENABLED");
    let refused = enrol(&auth, &kim.user, PASSWORD).await.map(|_| ());
    assert_refused(refused, Code::FailedPrecondition, "MFA_ALREADY_ENABLED");
    let refused = enrol(&auth, &user(), PASSWORD).await.map(|_| ());
    assert_refused(refused, Code::Unauthenticated, "TOKEN_INVALID");
}

#[tokio::test]
async fn a_second_factor_is_disabled_with_password_and_code() {
    let auth = Auth::start().await;
    let (kim, authenticator, _) = enrolled(&auth, "kim@example.com").await;
    auth.advance_secs(30);
    let code = authenticator.code(auth.harness.now());
    let refused = disable(&auth, &kim.user, "wrong password", &code).await;
    assert_refused(refused, Code::FailedPrecondition, "WRONG_PASSWORD");
    let refused = disable(&auth, &kim.user, PASSWORD, "000000").await;
    assert_refused(refused, Code::FailedPrecondition, "MFA_CODE_INVALID");
    disable(&auth, &kim.user, PASSWORD, &code).await.unwrap();
    auth.log_in("kim@example.com").await;
    let told = auth.harness.published::<MfaDisabled>().await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].disabled_by, kim.account.account_id);
    let refused = disable(&auth, &kim.user, PASSWORD, &code).await;
    assert_refused(refused, Code::FailedPrecondition, "MFA_NOT_ENROLLED");
    let found = status(&auth, &kim.user).await;
    assert_eq!(
        (found.enabled, found.required, found.backup_codes_left),
        (false, false, 0)
    );
}

#[tokio::test]
async fn staff_get_their_roles_only_with_a_code() {
    let mut config = config();
    config.staff_mfa = None;
    let auth = Auth::start_with(config).await;
    let login = auth.try_log_in(ADMIN, PASSWORD).await.unwrap();
    assert!(login.mfa_enrolment_required);
    let tokens = login.tokens.unwrap();
    let verifier = auth.verifier().await;
    let admin = verifier.verify(&tokens.access_token).unwrap();
    assert_eq!(admin.roles, [Role::Buyer]);

    let authenticator = enrol(&auth, &admin, PASSWORD).await.unwrap();
    let code = authenticator.code(auth.harness.now());
    confirm(&auth, &admin, &code).await.unwrap();
    let pair = auth.refresh(&tokens.refresh_token).await.unwrap();
    let admin = verifier.verify(&pair.access_token).unwrap();
    assert_eq!(admin.roles, [Role::Buyer, Role::Admin]);
    assert!(status(&auth, &admin).await.required);

    auth.advance_secs(30);
    let code = authenticator.code(auth.harness.now());
    let refused = disable(&auth, &admin, PASSWORD, &code).await;
    assert_refused(refused, Code::FailedPrecondition, "MFA_REQUIRED");
    let token = challenged(&auth, ADMIN).await;
    let signed_in = answer(&auth, &token, &code).await.unwrap();
    let roles = verifier.verify(&signed_in.tokens.unwrap().access_token);
    assert_eq!(roles.unwrap().roles, [Role::Buyer, Role::Admin]);
}
