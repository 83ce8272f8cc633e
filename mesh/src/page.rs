//! The page a newcomer reads.

use std::time::Duration;

use crate::catalogue::{BUYER_EMAIL, SELLER_EMAIL};
use crate::sandbox;
use crate::services::{ADMIN_EMAIL, DEMO_PASSWORD};

/// Prints where everything is and a first command for each protocol.
pub(crate) fn print(took: Duration) {
    let sandbox = sandbox::PORT;
    println!(
        r#"
XLCfi is ready after {seconds:.1} s.

  REST, gRPC, gRPC-web   http://localhost:8080
  API, to read and try   http://localhost:8080/docs      (OpenAPI: /openapi.json)
  payment sandbox        http://localhost:{sandbox}
  metrics                http://localhost:8080/metrics

  accounts, password {DEMO_PASSWORD}
    {BUYER_EMAIL}   buys
    {SELLER_EMAIL}  sells the demo catalogue
    {ADMIN_EMAIL}   runs the platform

Try it from another terminal:

  REST      curl 'http://localhost:8080/api/v1/products?query=감자'
  gRPC      grpcurl -plaintext localhost:8080 list
            .tools/bin/buf curl --protocol grpc --http2-prior-knowledge --data '{{"query":"감자"}}' \
              http://localhost:8080/xlcfi.product.v1.ProductService/ListProducts
  gRPC-web  .tools/bin/buf curl --protocol grpcweb --data '{{"query":"감자"}}' \
              http://localhost:8080/xlcfi.product.v1.ProductService/ListProducts
  a story   make demo

Ctrl-C stops all of it; what was done stays."#,
        seconds = took.as_secs_f64(),
    );
}
