use tonic::{Request, Response};
use xlcfi_contracts::payment::v1::webhook_service_server::WebhookService;
use xlcfi_contracts::payment::v1::{ReceiveWebhookRequest, ReceiveWebhookResponse};
use xlcfi_identity::admit;

use super::Reply;
use crate::Ctx;
use crate::error::Error;
use crate::flows;

/// What PGs tell by themselves.
#[derive(Debug, Clone)]
pub struct Webhooks(pub Ctx);

#[tonic::async_trait]
impl WebhookService for Webhooks {
    async fn receive_webhook(
        &self,
        request: Request<ReceiveWebhookRequest>,
    ) -> Reply<ReceiveWebhookResponse> {
        let signature = request.metadata().get("stripe-signature");
        let signature = signature
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let (_, request) = admit(request)?;
        let provider = request.provider.parse().map_err(|_| Error::ProviderNotFound)?;
        let body = request.body.unwrap_or_default().data;
        flows::webhooks::receive(&self.0, provider, &signature, &body).await?;
        Ok(Response::new(ReceiveWebhookResponse {}))
    }
}
