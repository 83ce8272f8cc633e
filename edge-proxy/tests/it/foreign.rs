//! Other people's services, by a file.

use std::path::PathBuf;

use bytes::Bytes;
use futures::StreamExt as _;
use http_body::Frame;
use http_body_util::StreamBody;
use prost::Message as _;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{
    DescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet, MethodDescriptorProto,
    ServiceDescriptorProto,
};
use tokio::net::TcpListener;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use xlcfi_edge_proxy::{EdgeSettings, start};
use xlcfi_identity::Seed;
use xlcfi_service::StartError;

use crate::client::Client;
use crate::fake::{Fake, Reply, framed};

/// `shop.v1.ShopService` with a unary `Say` and a `Chat` that streams both ways.
fn descriptors() -> Vec<u8> {
    let text = FieldDescriptorProto {
        name: Some("text".into()),
        json_name: Some("text".into()),
        number: Some(1),
        label: Some(Label::Optional.into()),
        r#type: Some(Type::String.into()),
        ..Default::default()
    };
    let method = |name: &str, streaming: bool| MethodDescriptorProto {
        name: Some(name.into()),
        input_type: Some(".shop.v1.Word".into()),
        output_type: Some(".shop.v1.Word".into()),
        client_streaming: Some(streaming),
        server_streaming: Some(streaming),
        ..Default::default()
    };
    let file = FileDescriptorProto {
        name: Some("shop.proto".into()),
        package: Some("shop.v1".into()),
        syntax: Some("proto3".into()),
        message_type: vec![DescriptorProto {
            name: Some("Word".into()),
            field: vec![text],
            ..Default::default()
        }],
        service: vec![ServiceDescriptorProto {
            name: Some("ShopService".into()),
            method: vec![method("Say", false), method("Chat", true)],
            ..Default::default()
        }],
        ..Default::default()
    };
    FileDescriptorSet { file: vec![file] }.encode_to_vec()
}

fn write(name: &str, services: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("routes-{name}"));
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("shop.binpb"), descriptors()).expect("a file");
    let file = folder.join("routes.json");
    std::fs::write(
        &file,
        format!(r#"{{"descriptors": "shop.binpb", "services": {services}}}"#),
    )
    .expect("a file");
    file
}

async fn edge(routes: PathBuf, stop: CancellationToken) -> Result<Client, StartError> {
    let mut settings = EdgeSettings::new(Seed::generate());
    settings.routes = Some(routes);
    let edge = start(settings, stop).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let client = Client::new(&format!("http://{}", listener.local_addr().expect("an address")));
    tokio::spawn(edge.serve(listener));
    Ok(client)
}

#[tokio::test]
async fn services_of_a_file_are_served_and_stream_both_ways() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let shop = Fake::serve(listener, None, |seen| Reply::Message(seen.message.to_vec()));
    let stop = CancellationToken::new();
    let _stop = stop.clone().drop_guard();
    let client = edge(
        write("good", &format!(r#"{{"shop.v1.ShopService": "{}"}}"#, shop.url)),
        stop,
    )
    .await;
    let client = client.expect("an edge");

    let said = client
        .grpc(
            "/shop.v1.ShopService/Say",
            &[("authorization", "Basic x")],
            b"\x0a\x02hi",
        )
        .await;
    assert_eq!((said.grpc_status(), &said.body), ("0", &framed(b"\x0a\x02hi")));
    assert_eq!(
        shop.seen("/shop.v1.ShopService/Say")[0].headers["authorization"],
        "Basic x"
    );
    assert_eq!(client.get("/readyz", &[]).await.status, 200);
    assert_eq!(
        client
            .grpc(crate::rig::GET_ORDER, &[], b"")
            .await
            .grpc_reason()
            .as_deref(),
        Some("METHOD_UNKNOWN")
    );

    let (send, words) = tokio::sync::mpsc::channel::<Bytes>(1);
    let body = Body::new(StreamBody::new(
        ReceiverStream::new(words).map(|word| Ok::<_, tonic::Status>(Frame::data(word))),
    ));
    let headers = [("content-type", "application/grpc"), ("te", "trailers")];
    let chat = async {
        for word in ["a", "b", "c"] {
            send.send(framed(word.as_bytes()))
                .await
                .expect("somebody listens");
        }
        drop(send);
    };
    let (chat, ()) = tokio::join!(
        client.send_two("POST", "/shop.v1.ShopService/Chat", &headers, body),
        chat
    );
    assert_eq!(chat.grpc_status(), "0");
    assert_eq!(chat.body, [framed(b"a"), framed(b"b"), framed(b"c")].concat());
}

#[tokio::test]
async fn a_file_that_makes_no_sense_is_told() {
    for (name, services) in [
        ("unknown", r#"{"shop.v1.Other": "http://127.0.0.1:9"}"#),
        ("broken", "["),
    ] {
        let refused = edge(write(name, services), CancellationToken::new()).await;
        assert!(
            matches!(refused, Err(StartError::BadSetting(setting, _)) if setting == "EDGE_ROUTES"),
            "{name}"
        );
    }
}
