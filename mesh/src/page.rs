//! The page a newcomer reads.

use std::time::Duration;

use crate::catalogue::{BUYER_EMAIL, SELLER_EMAIL};
use crate::services::{ADMIN_EMAIL, DEMO_PASSWORD, mail_folder};
use crate::{Place, sandbox};

/// Prints where everything is and a first command for each protocol.
pub(crate) fn print(place: &Place, took: Duration) {
    let edge = format!("http://localhost:{}", place.port(8080));
    println!(
        r#"
XLCfi is ready after {seconds:.1} s.

  REST, gRPC, gRPC-web, Connect   {edge}
  API, to read and try            {edge}/docs      (OpenAPI: /openapi.json)
  payment sandbox                 {sandbox}
  metrics                         {edge}/metrics
  mails                           {mails}/*.eml
  proofs, to check in a browser   {edge}/api/v1/blockchain/verify

  accounts, password {DEMO_PASSWORD}
    {BUYER_EMAIL}   buys
    {SELLER_EMAIL}  sells the demo catalogue
    {ADMIN_EMAIL}   runs the platform, here without a second factor (AUTH_STAFF_MFA)

Try it from another terminal:

  REST      curl '{edge}/api/v1/products/search?query=감자'
  gRPC      grpcurl -plaintext localhost:{port} list
            .tools/bin/buf curl --protocol grpc --http2-prior-knowledge --data '{{"query":"감자"}}' \
              {edge}/xlcfi.product.v1.SearchService/SearchProducts
  gRPC-web  .tools/bin/buf curl --protocol grpcweb --data '{{"query":"감자"}}' \
              {edge}/xlcfi.product.v1.SearchService/SearchProducts
  Connect   curl -H 'content-type: application/json' -d '{{"query":"감자"}}' \
              {edge}/xlcfi.product.v1.SearchService/SearchProducts
  stories   make demo, make provenance-demo

Ctrl-C stops all of it; what was done stays."#,
        port = place.port(8080),
        sandbox = sandbox::url(place),
        mails = mail_folder(place),
        seconds = took.as_secs_f64(),
    );
}
