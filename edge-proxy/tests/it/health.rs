//! What the edge says of itself and of the mesh.

use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{ServerReflectionRequest, ServerReflectionResponse};

use crate::rig::Rig;

async fn channel(rig: &Rig) -> Channel {
    Endpoint::from_shared(rig.url.clone())
        .expect("a URL")
        .connect()
        .await
        .expect("a connection")
}

async fn reflect(channel: &Channel, ask: MessageRequest) -> MessageResponse {
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(ask),
    };
    let mut client = ServerReflectionClient::new(channel.clone());
    let mut answers = client
        .server_reflection_info(tokio_stream::iter([request]))
        .await
        .expect("reflection")
        .into_inner();
    let ServerReflectionResponse { message_response, .. } =
        answers.message().await.expect("an answer").expect("one");
    message_response.expect("a message")
}

#[tokio::test]
async fn reflection_shows_every_public_service_and_no_internal_method() {
    let rig = Rig::start().await;
    let channel = channel(&rig).await;
    let MessageResponse::ListServicesResponse(list) =
        reflect(&channel, MessageRequest::ListServices(String::new())).await
    else {
        panic!("a list is asked for")
    };
    let names: Vec<String> = list.service.into_iter().map(|service| service.name).collect();
    for service in [
        "xlcfi.auth.v1.AuthService",
        "xlcfi.member.v1.MemberService",
        "xlcfi.product.v1.ProductService",
        "xlcfi.order.v1.OrderService",
        "xlcfi.payment.v1.PaymentService",
        "xlcfi.review.v1.ReviewService",
        "xlcfi.saga.v1.SagaService",
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
    ] {
        assert!(names.iter().any(|name| name == service), "{service} in {names:?}");
    }
    let symbol = MessageRequest::FileContainingSymbol("xlcfi.product.v1.ProductService".into());
    let MessageResponse::FileDescriptorResponse(files) = reflect(&channel, symbol).await else {
        panic!("a file is asked for")
    };
    let bytes = files.file_descriptor_proto.concat();
    let has = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    // The request type may be shown; the method may not, and options are kept.
    assert!(has("\x0a\x0aGetProduct") && has("/api/v1/products") && !has("\x0a\x10BatchGetProducts"));
    for hidden in [
        "xlcfi.product.v1.ProductService.BatchGetProducts",
        "xlcfi.member.v1.MemberService.ResolveAddress",
    ] {
        let answer = reflect_refused(&channel, hidden).await;
        assert_eq!(answer, Code::NotFound, "{hidden}");
    }
}

async fn reflect_refused(channel: &Channel, symbol: &str) -> Code {
    let ask = MessageRequest::FileContainingSymbol(symbol.into());
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(ask),
    };
    let mut client = ServerReflectionClient::new(channel.clone());
    let answer = client.server_reflection_info(tokio_stream::iter([request])).await;
    match answer {
        Err(status) => status.code(),
        Ok(stream) => match stream.into_inner().message().await {
            Err(status) => status.code(),
            Ok(Some(ServerReflectionResponse {
                message_response: Some(MessageResponse::ErrorResponse(error)),
                ..
            })) => Code::from_i32(error.error_code),
            Ok(_) => Code::Ok,
        },
    }
}

#[tokio::test]
async fn the_older_reflection_answers_too() {
    let rig = Rig::start().await;
    use tonic_reflection::pb::v1alpha::server_reflection_client::ServerReflectionClient;
    use tonic_reflection::pb::v1alpha::server_reflection_request::MessageRequest;
    let ask = tonic_reflection::pb::v1alpha::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut client = ServerReflectionClient::new(channel(&rig).await);
    let mut answers = client
        .server_reflection_info(tokio_stream::iter([ask]))
        .await
        .expect("reflection")
        .into_inner();
    assert!(answers.message().await.expect("an answer").is_some());
}

#[tokio::test]
async fn health_is_told_of_the_edge_and_of_each_service_behind() {
    let rig = Rig::start().await;
    let mut health = HealthClient::new(channel(&rig).await);
    let mut check = async |service: &str| {
        let answer = health
            .check(Request::new(HealthCheckRequest {
                service: service.into(),
            }))
            .await;
        answer
            .map(|answer| answer.into_inner().status)
            .map_err(|status| status.code())
    };
    assert_eq!(check("").await, Ok(1));
    // Nothing listens where the payment service should be.
    assert_eq!(check("payment").await, Ok(2));
    assert_eq!(check("xlcfi.payment.v1.PaymentService").await, Ok(2));
    assert_eq!(check("apple").await, Err(Code::NotFound));

    let watch = health
        .watch(HealthCheckRequest {
            service: String::new(),
        })
        .await
        .expect("a stream");
    let mut watch = watch.into_inner();
    assert_eq!(watch.message().await.expect("an answer").expect("one").status, 1);
    rig.stop.cancel();
    assert_eq!(watch.message().await.expect("an answer").expect("one").status, 2);
}

#[tokio::test]
async fn pages_are_plain_http() {
    let rig = Rig::start().await;
    assert_eq!(rig.client.get("/healthz", &[]).await.text(), "ok\n");
    assert_eq!(rig.client.get("/readyz", &[]).await.status, 200);
    assert_eq!(rig.client.send("HEAD", "/healthz", &[], "").await.status, 200);
    assert_eq!(rig.client.get("/metrics", &[]).await.status, 200);
    assert_eq!(rig.client.send("POST", "/healthz", &[], "").await.status, 404);
}
