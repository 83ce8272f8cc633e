use xlcfi_contracts::auth::v1::account_security_service_client::AccountSecurityServiceClient;
use xlcfi_contracts::auth::v1::mfa_service_client::MfaServiceClient;
use xlcfi_contracts::auth::v1::{
    ConfirmMfaRequest, EnrolMfaRequest, LockAccountRequest, LogInRequest, ResetMfaRequest,
};
use xlcfi_contracts::member::v1::{NotificationKind, NotifyCommand};
use xlcfi_testkit::eventually;

use crate::authenticator::Authenticator;
use crate::recovery::mails;
use crate::world::{Auth, DAY, PASSWORD, SignedIn};

/// Titles of what an account was told, oldest first.
async fn told(auth: &Auth, kim: &SignedIn) -> Vec<String> {
    let told = auth.harness.published::<NotifyCommand>().await;
    let own = told
        .into_iter()
        .filter(|told| told.member_id == kim.account.account_id);
    own.map(|told| {
        assert_eq!(told.kind(), NotificationKind::Account);
        told.title
    })
    .collect()
}

async fn log_in_from(auth: &Auth, device_name: &str) {
    let request = LogInRequest {
        email: "kim@example.com".into(),
        password: PASSWORD.into(),
        device_name: device_name.into(),
    };
    auth.anyone().log_in(request).await.unwrap();
}

#[tokio::test]
async fn an_owner_is_told_in_the_inbox_and_by_mail_what_may_be_somebody_elses_doing() {
    let auth = Auth::start().await;
    let first = auth.admin().await.account.account_id;
    let kim = auth.newcomer("kim@example.com").await;
    assert!(
        told(&auth, &kim).await.is_empty(),
        "the first device is nothing new"
    );
    log_in_from(&auth, "가게 PC").await;
    log_in_from(&auth, "가게 PC").await;

    let mut mfa = MfaServiceClient::new(auth.harness.as_user(&kim.user));
    let request = EnrolMfaRequest {
        password: PASSWORD.into(),
    };
    let enrolled = mfa.enrol_mfa(request).await.unwrap().into_inner();
    let code = Authenticator::new(&enrolled.otpauth_uri).code(auth.harness.now());
    mfa.confirm_mfa(ConfirmMfaRequest { code }).await.unwrap();
    let mut staff = AccountSecurityServiceClient::new(auth.harness.as_service("admin"));
    let request = ResetMfaRequest {
        account_id: kim.account.account_id.clone(),
        acting_account_id: first.clone(),
        approving_account_id: String::new(),
    };
    for _ in 0..2 {
        staff.reset_mfa(request.clone()).await.unwrap();
    }

    let kim = auth.log_in("kim@example.com").await;
    auth.refresh(&kim.tokens.refresh_token).await.unwrap();
    auth.advance_secs(10);
    auth.refresh(&kim.tokens.refresh_token).await.unwrap_err();
    let kim = auth.log_in("kim@example.com").await;
    auth.change_password(&kim.user, PASSWORD, "battery staple")
        .await
        .unwrap();
    for _ in 0..10 {
        auth.try_log_in("kim@example.com", "wrong password")
            .await
            .unwrap_err();
    }
    let request = LockAccountRequest {
        account_id: kim.account.account_id.clone(),
        reason: "도용 신고".into(),
        acting_account_id: first,
        approving_account_id: String::new(),
    };
    for _ in 0..2 {
        staff.lock_account(request.clone()).await.unwrap();
    }

    let titles = [
        "새 기기에서 로그인했습니다",
        "2단계 인증이 해제되었습니다",
        "로그인이 도용되었을 수 있어 로그아웃했습니다",
        "비밀번호가 바뀌었습니다",
        "로그인이 잠시 잠겼습니다",
        "계정이 잠겼습니다",
    ];
    assert_eq!(told(&auth, &kim).await, titles);
    let texts = auth.harness.published::<NotifyCommand>().await;
    assert!(texts.iter().all(|told| !told.text.contains("도용 신고")));
    // Beside them the mail of the sign-up.
    let sent = eventually(async || {
        let sent = mails("kim@example.com");
        (sent.len() == titles.len() + 1).then_some(sent)
    });
    let sent = sent.await;
    assert!(
        sent.iter()
            .any(|mail| mail.contains("가게 PC에서 로그인했습니다"))
    );
}

#[tokio::test]
async fn a_device_nobody_used_for_180_days_is_new_again_but_not_the_last_one() {
    let auth = Auth::start().await;
    let kim = auth.newcomer("kim@example.com").await;
    let mut pair = kim.tokens.clone();
    log_in_from(&auth, "가게 PC").await;
    // The first one is used all the time.
    for _ in 0..18 {
        auth.advance_secs(10 * DAY);
        pair = auth.refresh(&pair.refresh_token).await.unwrap();
    }
    auth.ctx.sweep().await.unwrap();
    log_in_from(&auth, "가게 PC").await;
    assert_eq!(told(&auth, &kim).await.len(), 1, "180 days are not over");
    for _ in 0..18 {
        auth.advance_secs(10 * DAY);
        pair = auth.refresh(&pair.refresh_token).await.unwrap();
    }
    auth.advance_secs(1);
    auth.ctx.sweep().await.unwrap();
    log_in_from(&auth, "").await;
    assert_eq!(told(&auth, &kim).await.len(), 1, "it was seen at each refresh");
    log_in_from(&auth, "가게 PC").await;
    assert_eq!(told(&auth, &kim).await.len(), 2);

    auth.advance_secs(400 * DAY);
    auth.ctx.sweep().await.unwrap();
    let known =
        "select count(*) from known_device join account using (account_id) where email = 'kim@example.com'";
    assert_eq!(auth.count(known).await, 1);
    log_in_from(&auth, "남의 PC").await;
    assert_eq!(told(&auth, &kim).await.len(), 3, "it is not taken for the first");
}
