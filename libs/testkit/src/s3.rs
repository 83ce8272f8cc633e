use std::path::Path;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use tokio::net::TcpListener;

/// Serves a folder as S3; gives the URL of the bucket `bucket` in it, which is made, with
/// all that a client needs in its query.
///
/// # Panics
/// The folder cannot be served, or no port is free.
pub async fn s3(folder: &Path) -> String {
    std::fs::create_dir_all(folder.join("bucket")).unwrap();
    let mut builder = S3ServiceBuilder::new(FileSystem::new(folder).unwrap());
    builder.set_auth(SimpleAuth::from_single("one", "two"));
    let service: S3Service = builder.build();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = service.clone();
            tokio::spawn(async move {
                let builder = Builder::new(TokioExecutor::new());
                let _ = builder.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    bucket_at(&endpoint)
}

/// URL of the bucket `bucket` of an S3 server that may be away.
pub fn bucket_at(endpoint: &str) -> String {
    format!(
        "s3://bucket/kept?aws_endpoint={endpoint}&aws_allow_http=true&aws_region=any\
         &aws_access_key_id=one&aws_secret_access_key=two"
    )
}
