//! REST, a raw body as a stream of requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use bytes::{Buf as _, Bytes};
use futures::{StreamExt as _, stream};
use http::Request;
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use prost::Message as _;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::Status;
use tonic::body::Body;
use tonic::service::Routes;
use xlcfi_contracts::google::api::HttpBody;
use xlcfi_contracts::image::v1::{
    GetRenditionResponse, Image, ImagePurpose, UploadImageRequest, UploadImageResponse,
};
use xlcfi_testkit::user;

use crate::fake::{Fake, Reply};
use crate::rig::Rig;

const UPLOAD: &str = "/xlcfi.image.v1.ImageService/UploadImage";
const KEY: &str = "01890000-0000-7000-8000-00000000000a";
const PATH: &str = "/api/v1/images?purpose=IMAGE_PURPOSE_REVIEW";
const MEBIBYTE: usize = 1 << 20;

/// An edge before an image service that takes everything.
async fn edge() -> (Rig, Fake) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let image = Fake::serve(listener, None, |seen| match seen.path.as_str() {
        UPLOAD => Reply::message(&UploadImageResponse {
            image: Some(Image {
                image_id: "one".into(),
                ..Image::default()
            }),
            ..UploadImageResponse::default()
        }),
        _ => Reply::message(&GetRenditionResponse {
            content: Some(HttpBody {
                content_type: "image/webp".into(),
                data: b"picture".to_vec(),
                extensions: Vec::new(),
            }),
        }),
    });
    (before(&image.url).await, image)
}

async fn before(url: &str) -> Rig {
    let url = url.to_owned();
    Rig::with(|settings| {
        settings.peers.insert("image".into(), url);
    })
    .await
}

/// So many bytes, no two stretches of which are alike.
fn bytes(length: usize) -> Bytes {
    let words = (0..length.div_ceil(8) as u64).map(|word| word.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut bytes: Vec<u8> = words.flat_map(u64::to_le_bytes).collect();
    bytes.truncate(length);
    bytes.into()
}

fn requests(mut body: Bytes) -> Vec<UploadImageRequest> {
    let mut requests = Vec::new();
    while body.has_remaining() {
        assert_eq!(body.get_u8(), 0, "not compressed");
        let length = body.get_u32() as usize;
        requests.push(UploadImageRequest::decode(body.split_to(length)).expect("a request"));
    }
    requests
}

/// A body whose length is not said, in pieces of this size.
fn chunked(whole: Bytes, piece: usize) -> Body {
    let pieces: Vec<_> = whole
        .chunks(piece)
        .map(|piece| Ok::<_, Status>(Frame::data(Bytes::copy_from_slice(piece))))
        .collect();
    Body::new(StreamBody::new(stream::iter(pieces)))
}

#[tokio::test]
async fn a_raw_body_larger_than_a_message_arrives_whole_in_pieces() {
    let (rig, image) = edge().await;
    let (bearer, file) = (rig.bearer(&user()), bytes(9 * MEBIBYTE + 7));
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "image/jpeg"),
        ("idempotency-key", KEY),
    ];
    let one = rig.client.send("POST", PATH, &headers, file.clone()).await;
    assert_eq!(
        (one.status.as_u16(), &one.json()["image"]["imageId"]),
        (200, &"one".into())
    );
    let two = rig
        .client
        .send_two("POST", PATH, &headers, chunked(file.clone(), 333_333))
        .await;
    assert_eq!(two.status, 200);

    for seen in image.seen(UPLOAD) {
        let requests = requests(seen.body);
        assert!(requests.len() > 9);
        let expected = UploadImageRequest {
            content: Some(HttpBody {
                content_type: "image/jpeg".into(),
                ..requests[0].content.clone().unwrap_or_default()
            }),
            purpose: ImagePurpose::Review.into(),
            request_id: KEY.into(),
        };
        assert_eq!(requests[0], expected);
        let mut whole = Vec::new();
        for (at, request) in requests.into_iter().enumerate() {
            let content = request.content.expect("every piece has some of it");
            assert!(content.data.len() <= 256 << 10);
            assert!(at == 0 || (request.purpose == 0 && request.request_id.is_empty()));
            whole.extend_from_slice(&content.data);
        }
        assert_eq!(whole, file);
    }
}

#[tokio::test]
async fn an_empty_body_is_one_request_without_content() {
    let (rig, image) = edge().await;
    let bearer = rig.bearer(&user());
    let answer = rig
        .client
        .send("POST", PATH, &[("authorization", &bearer)], "")
        .await;
    assert_eq!(answer.status, 200);
    let requests = requests(image.seen(UPLOAD)[0].body.clone());
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].purpose(), ImagePurpose::Review);
}

#[tokio::test]
async fn a_raw_body_above_the_limit_of_its_method_is_refused_announced_or_not() {
    let (rig, _) = edge().await;
    let (bearer, file) = (rig.bearer(&user()), bytes(21 * MEBIBYTE));
    let headers = [("authorization", bearer.as_str()), ("content-type", "image/png")];
    let announced = rig.client.send("POST", PATH, &headers, file.clone()).await;
    let counted = rig
        .client
        .send_two("POST", PATH, &headers, chunked(file, MEBIBYTE))
        .await;
    for answer in [announced, counted] {
        assert_eq!(
            (answer.status.as_u16(), answer.reason().as_str()),
            (413, "REQUEST_TOO_LARGE")
        );
        assert!(answer.text().contains("20971520"));
    }
}

#[tokio::test]
async fn what_path_and_query_break_is_told_before_the_service_is_asked() {
    let (rig, image) = edge().await;
    let bearer = rig.bearer(&user());
    let auth = [("authorization", bearer.as_str())];
    for (path, headers, status, reason) in [
        (
            "/api/v1/images?purpose=NONSENSE",
            &auth[..],
            400,
            "REQUEST_MALFORMED",
        ),
        ("/api/v1/images?unknown=1", &auth, 400, "REQUEST_MALFORMED"),
        (PATH, &[], 401, "TOKEN_MISSING"),
        (
            PATH,
            &[auth[0], ("content-encoding", "gzip")],
            415,
            "CONTENT_TYPE_UNSUPPORTED",
        ),
    ] {
        let answer = rig.client.send("POST", path, headers, "picture").await;
        assert_eq!(
            (answer.status.as_u16(), answer.reason().as_str()),
            (status, reason),
            "{path}"
        );
    }
    assert!(image.seen(UPLOAD).is_empty());
}

#[tokio::test]
async fn a_body_that_falls_silent_is_given_up() {
    let (rig, _) = edge().await;
    let bearer = rig.bearer(&user());
    for begun in [0, 100] {
        let begun = stream::iter((0..begun).map(|_| Ok::<_, Status>(Frame::data(bytes(1_000)))));
        let body = Body::new(StreamBody::new(begun.chain(stream::pending())));
        let answer = rig
            .client
            .send_two("POST", PATH, &[("authorization", &bearer)], body)
            .await;
        assert_eq!(
            (answer.status.as_u16(), answer.reason().as_str()),
            (408, "REQUEST_TOO_SLOW")
        );
    }
}

/// A service that answers once the first bytes are there, or never.
async fn hasty(answers: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let answer = Router::new().fallback(async move |request: Request<axum::body::Body>| {
        let mut body = request.into_body();
        let _ = body.frame().await;
        if !answers {
            std::future::pending::<()>().await;
        }
        Status::invalid_argument("no picture").into_http::<axum::body::Body>()
    });
    let server = tonic::transport::Server::builder()
        .add_routes(Routes::from(answer))
        .serve_with_incoming(TcpListenerStream::new(listener));
    tokio::spawn(server);
    url
}

#[tokio::test]
async fn a_service_that_refuses_the_first_bytes_is_heard_though_the_client_still_sends() {
    let rig = before(&hasty(true).await).await;
    let bearer = rig.bearer(&user());
    let auth = [("authorization", bearer.as_str())];
    for _ in 0..5 {
        let one = rig.client.send("POST", PATH, &auth, bytes(7 * MEBIBYTE)).await;
        let two = rig
            .client
            .send_two("POST", PATH, &auth, chunked(bytes(7 * MEBIBYTE), MEBIBYTE))
            .await;
        assert_eq!((one.status.as_u16(), two.status.as_u16()), (400, 400));
    }
}

#[tokio::test]
async fn a_service_that_does_not_read_holds_the_client_back() {
    let rig = before(&hasty(false).await).await;
    let (bearer, sent) = (rig.bearer(&user()), Arc::new(AtomicUsize::new(0)));
    let counted = sent.clone();
    let pieces = stream::iter(0..19 * 16).map(move |_| {
        counted.fetch_add(MEBIBYTE / 16, Ordering::SeqCst);
        Ok::<_, Status>(Frame::data(bytes(MEBIBYTE / 16)))
    });
    let body = Body::new(StreamBody::new(pieces));
    let auth = [("authorization", bearer.as_str())];
    let sending = rig.client.send_two("POST", PATH, &auth, body);
    let stalled = tokio::time::timeout(Duration::from_secs(2), sending).await;
    assert!(stalled.is_err(), "nobody answers");
    let sent = sent.load(Ordering::SeqCst);
    assert!(
        sent < 8 * MEBIBYTE,
        "{sent} of {} bytes were taken",
        19 * MEBIBYTE
    );
}

#[tokio::test]
async fn what_never_changes_may_be_kept_for_a_year_and_is_asked_for_by_its_tag() {
    let (rig, _) = edge().await;
    let path = format!("/api/v1/images/{}/public/card.webp", "0a".repeat(32));
    let answer = rig.client.get(&path, &[]).await;
    assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, "picture"));
    assert_eq!(answer.header("content-type"), Some("image/webp"));
    let kept = Some("public, max-age=31536000, immutable");
    assert_eq!(answer.header("cache-control"), kept);
    let tag = answer.header("etag").expect("a tag");
    let again = rig.client.get(&path, &[("if-none-match", tag)]).await;
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
    assert_eq!(again.header("cache-control"), kept);
}
