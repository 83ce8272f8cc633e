use tonic::Code;
use uuid::Uuid;
use xlcfi_contracts::auth::v1::{ListSessionsRequest, LogOutRequest, RevokeSessionRequest, Session};
use xlcfi_identity::User;
use xlcfi_testkit::{assert_refused, user};

use crate::world::{Auth, DAY};

async fn list(auth: &Auth, user: &User) -> Vec<Session> {
    let response = auth
        .of(user)
        .list_sessions(ListSessionsRequest::default())
        .await
        .unwrap();
    response.into_inner().sessions
}

fn ids(sessions: &[Session]) -> Vec<Uuid> {
    sessions
        .iter()
        .map(|session| session.session_id.parse().unwrap())
        .collect()
}

#[tokio::test]
async fn open_sessions_are_listed_newest_first_and_only_to_their_owner() {
    let auth = Auth::start().await;
    let phone = auth.newcomer("kim@example.com").await;
    auth.newcomer("lee@example.com").await;
    auth.advance_secs(60);
    let laptop = auth.log_in("kim@example.com").await;
    auth.advance_secs(60);
    auth.refresh(&phone.tokens.refresh_token).await.unwrap();

    let sessions = list(&auth, &phone.user).await;
    assert_eq!(ids(&sessions), [laptop.user.session_id, phone.user.session_id]);
    assert_eq!(
        sessions.iter().map(|session| session.current).collect::<Vec<_>>(),
        [false, true]
    );
    let times = |session: &Session| {
        let seconds = |time: Option<prost_types::Timestamp>| time.unwrap().seconds;
        let created = seconds(session.create_time);
        (
            seconds(session.refresh_time) - created,
            seconds(session.expire_time) - created,
        )
    };
    let day = i64::try_from(DAY).unwrap();
    assert_eq!(times(&sessions[0]), (0, 14 * day));
    assert_eq!(times(&sessions[1]), (120, 14 * day + 120));
}

#[tokio::test]
async fn pages_of_sessions_hold_each_once() {
    let auth = Auth::start().await;
    let kim = auth.newcomer("kim@example.com").await;
    for _ in 0..4 {
        auth.log_in("kim@example.com").await;
    }
    let mut client = auth.of(&kim.user);
    let (mut seen, mut page_token, mut sizes) = (Vec::new(), String::new(), Vec::new());
    loop {
        let request = ListSessionsRequest {
            page_size: 2,
            page_token,
        };
        let page = client.list_sessions(request).await.unwrap().into_inner();
        sizes.push(page.sessions.len());
        seen.extend(ids(&page.sessions));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(sizes, [2, 2, 1]);
    assert_eq!(seen, ids(&list(&auth, &kim.user).await));

    let bad = ListSessionsRequest {
        page_size: 0,
        page_token: "apple".into(),
    };
    assert_refused(
        client.list_sessions(bad).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
    let bad = ListSessionsRequest {
        page_size: 101,
        page_token: String::new(),
    };
    assert_refused(
        client.list_sessions(bad).await,
        Code::InvalidArgument,
        "INVALID_FIELDS",
    );
}

#[tokio::test]
async fn a_session_that_ran_out_is_not_listed() {
    let auth = Auth::start().await;
    let old = auth.newcomer("kim@example.com").await;
    auth.advance_secs(14 * DAY);
    let new = auth.log_in("kim@example.com").await;
    assert_eq!(ids(&list(&auth, &old.user).await), [new.user.session_id]);
}

#[tokio::test]
async fn a_log_out_ends_the_session_it_was_made_with() {
    let auth = Auth::start().await;
    let phone = auth.newcomer("kim@example.com").await;
    let laptop = auth.log_in("kim@example.com").await;
    for _ in 0..2 {
        auth.of(&phone.user).log_out(LogOutRequest {}).await.unwrap();
    }
    let refused = auth.refresh(&phone.tokens.refresh_token).await;
    assert_refused(refused, Code::Unauthenticated, "REFRESH_TOKEN_INVALID");
    assert_eq!(ids(&list(&auth, &laptop.user).await), [laptop.user.session_id]);
    auth.refresh(&laptop.tokens.refresh_token).await.unwrap();
    // A session nobody remembers is as good as ended.
    auth.of(&user()).log_out(LogOutRequest {}).await.unwrap();
}

#[tokio::test]
async fn a_revoked_session_cannot_be_refreshed() {
    let auth = Auth::start().await;
    let phone = auth.newcomer("kim@example.com").await;
    let laptop = auth.log_in("kim@example.com").await;
    let revoke = RevokeSessionRequest {
        session_id: phone.user.session_id.to_string(),
    };
    for _ in 0..2 {
        auth.of(&laptop.user)
            .revoke_session(revoke.clone())
            .await
            .unwrap();
    }
    let refused = auth.refresh(&phone.tokens.refresh_token).await;
    assert_refused(refused, Code::Unauthenticated, "REFRESH_TOKEN_INVALID");
    assert_eq!(ids(&list(&auth, &laptop.user).await), [laptop.user.session_id]);
}

#[tokio::test]
async fn somebody_elses_session_is_as_unknown_as_one_that_never_was() {
    let auth = Auth::start().await;
    let kim = auth.newcomer("kim@example.com").await;
    let lee = auth.newcomer("lee@example.com").await;
    for session_id in [kim.user.session_id, Uuid::now_v7()] {
        let revoke = RevokeSessionRequest {
            session_id: session_id.to_string(),
        };
        let refused = auth.of(&lee.user).revoke_session(revoke).await;
        assert_refused(refused, Code::NotFound, "SESSION_NOT_FOUND");
    }
    auth.refresh(&kim.tokens.refresh_token).await.unwrap();
    let malformed = RevokeSessionRequest {
        session_id: "apple".into(),
    };
    let refused = auth.of(&lee.user).revoke_session(malformed).await;
    assert_refused(refused, Code::InvalidArgument, "INVALID_FIELDS");
}

#[tokio::test]
async fn nobody_has_no_sessions() {
    let auth = Auth::start().await;
    let mut anyone = auth.anyone();
    let refused = anyone.list_sessions(ListSessionsRequest::default()).await;
    assert_refused(refused, Code::Unauthenticated, "TOKEN_MISSING");
    let refused = anyone.log_out(LogOutRequest {}).await;
    assert_refused(refused, Code::Unauthenticated, "TOKEN_MISSING");
    let revoke = RevokeSessionRequest {
        session_id: Uuid::now_v7().to_string(),
    };
    assert_refused(
        anyone.revoke_session(revoke).await,
        Code::Unauthenticated,
        "TOKEN_MISSING",
    );
}
