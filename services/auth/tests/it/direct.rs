use tokio::net::TcpListener;
use tonic::Request;
use tonic::transport::{Channel, Endpoint};
use xlcfi_contracts::auth::v1::auth_service_client::AuthServiceClient;
use xlcfi_contracts::auth::v1::{ListSessionsRequest, LogInRequest, LogInResponse};
use xlcfi_identity::UserTokens;

use crate::world::{Auth, PASSWORD};

/// The service with a gate that also takes developers, who call themselves so.
async fn straight(auth: &Auth, user_agent: &'static str) -> AuthServiceClient<Channel> {
    let mut base = auth.harness.base.clone();
    let verifier = UserTokens::new(base.user_keys.clone()).with_clock(base.clock.clone());
    base.gate = base.gate.direct(verifier);
    let server = xlcfi_auth::serve(base, auth.ctx.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { server.serve(listener).await.unwrap() });
    let channel = Endpoint::from_shared(url)
        .unwrap()
        .user_agent(user_agent)
        .unwrap();
    AuthServiceClient::new(channel.connect_lazy())
}

#[tokio::test]
async fn a_developer_signs_in_straight_and_goes_on_with_the_access_token() {
    let auth = Auth::start().await;
    auth.try_sign_up("kim@example.com", "").await.unwrap();
    let mut client = straight(&auth, "Safari on a phone").await;
    let request = LogInRequest {
        email: "kim@example.com".into(),
        password: PASSWORD.into(),
        device_name: String::new(),
    };
    let LogInResponse { tokens, .. } = client.log_in(request).await.unwrap().into_inner();
    let bearer = format!("Bearer {}", tokens.unwrap().access_token);

    let mut request = Request::new(ListSessionsRequest::default());
    request
        .metadata_mut()
        .insert("authorization", bearer.parse().unwrap());
    let sessions = client.list_sessions(request).await.unwrap().into_inner().sessions;
    assert_eq!(sessions.len(), 1);
    assert_eq!(
        (sessions[0].user_agent.as_str(), sessions[0].current),
        ("Safari on a phone", true)
    );
}
