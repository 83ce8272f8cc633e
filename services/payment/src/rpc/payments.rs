use std::time::Duration;

use tonic::{Request, Response};
use xlcfi_contracts::payment::v1::payment_service_server::PaymentService;
use xlcfi_contracts::payment::v1::{
    AddPaymentMethodRequest, AddPaymentMethodResponse, ConfirmPaymentRequest, ConfirmPaymentResponse,
    CreateCheckoutRequest, CreateCheckoutResponse, GetCustomerKeyRequest, GetCustomerKeyResponse,
    GetPaymentOfOrderRequest, GetPaymentOfOrderResponse, GetPaymentRequest, GetPaymentResponse,
    ListPaymentMethodsRequest, ListPaymentMethodsResponse, ListPaymentsRequest, ListPaymentsResponse,
    RecheckPaymentRequest, RecheckPaymentResponse, RemovePaymentMethodRequest, RemovePaymentMethodResponse,
};
use xlcfi_identity::admit;

use super::{Reply, seen_by};
use crate::Ctx;
use crate::convert::{
    checkout_message, confirmation, id, method_message, page, payment_message, provider, request_id,
};
use crate::error::Error;
use crate::flows;
use crate::method::customer_key;
use crate::pg::Provider;
use crate::store::{methods, payments};

/// Payments and stored methods.
#[derive(Debug, Clone)]
pub struct Payments(pub Ctx);

/// Tells how much of the call's time went to the PG, as browsers show it.
fn tell_time<T>(response: &mut Response<T>, asking: Duration) {
    let text = format!("pg;dur={:.3}", asking.as_secs_f64() * 1_000.0);
    if let Ok(value) = text.parse() {
        response.metadata_mut().insert("server-timing", value);
    }
}

#[tonic::async_trait]
impl PaymentService for Payments {
    async fn create_checkout(
        &self,
        request: Request<CreateCheckoutRequest>,
    ) -> Reply<CreateCheckoutResponse> {
        let (caller, request) = admit(request)?;
        let user = caller.user()?;
        let order_id = id("order_id", &request.order_id)?;
        let provider = provider(request.provider())?;
        let checkout = flows::checkout::open(&self.0, user.id, order_id, provider).await?;
        Ok(Response::new(checkout_message(checkout)))
    }

    async fn confirm_payment(
        &self,
        request: Request<ConfirmPaymentRequest>,
    ) -> Reply<ConfirmPaymentResponse> {
        let (caller, request) = admit(request)?;
        let user = caller.user()?;
        let (payment, asking) = flows::confirm::confirm(&self.0, user.id, confirmation(request)?).await?;
        let mut response = Response::new(ConfirmPaymentResponse {
            payment: Some(payment_message(&payment)),
        });
        tell_time(&mut response, asking);
        Ok(response)
    }

    async fn get_payment(&self, request: Request<GetPaymentRequest>) -> Reply<GetPaymentResponse> {
        let (caller, request) = admit(request)?;
        let user = caller.user()?;
        let payment_id = id("payment_id", &request.payment_id)?;
        let found = payments::get(self.0.database.pool(), seen_by(user), payment_id).await;
        let payment = found.map_err(Error::from)?.ok_or(Error::PaymentNotFound)?;
        Ok(Response::new(GetPaymentResponse {
            payment: Some(payment_message(&payment)),
        }))
    }

    async fn get_payment_of_order(
        &self,
        request: Request<GetPaymentOfOrderRequest>,
    ) -> Reply<GetPaymentOfOrderResponse> {
        let (caller, request) = admit(request)?;
        let user = caller.user()?;
        let order_id = id("order_id", &request.order_id)?;
        let found = payments::get_of_order(self.0.database.pool(), seen_by(user), order_id).await;
        let payment = found.map_err(Error::from)?.ok_or(Error::PaymentNotFound)?;
        Ok(Response::new(GetPaymentOfOrderResponse {
            payment: Some(payment_message(&payment)),
        }))
    }

    async fn recheck_payment(
        &self,
        request: Request<RecheckPaymentRequest>,
    ) -> Reply<RecheckPaymentResponse> {
        let (_, request) = admit(request)?;
        let payment_id = id("payment_id", &request.payment_id)?;
        let payment = flows::told::recheck(&self.0, payment_id).await?;
        Ok(Response::new(RecheckPaymentResponse {
            payment: Some(payment_message(&payment)),
        }))
    }

    async fn list_payments(&self, request: Request<ListPaymentsRequest>) -> Reply<ListPaymentsResponse> {
        let (caller, request) = admit(request)?;
        let user = caller.user()?;
        let page = page(request.page_size, &request.page_token)?;
        let mut found = payments::list(self.0.database.pool(), user.id, &page)
            .await
            .map_err(Error::from)?;
        let next_page_token = page.finish(&mut found, |payment| {
            (payment.create_time, payment.payment_id.uuid())
        });
        let payments = found.iter().map(payment_message).collect();
        Ok(Response::new(ListPaymentsResponse {
            payments,
            next_page_token,
        }))
    }

    async fn add_payment_method(
        &self,
        request: Request<AddPaymentMethodRequest>,
    ) -> Reply<AddPaymentMethodResponse> {
        let (caller, request) = admit(request)?;
        let user = caller.user()?;
        let provider = provider(request.provider())?.unwrap_or(Provider::Toss);
        let request_id = request_id(&request.request_id)?;
        let method = flows::methods::add(&self.0, user.id, provider, &request.auth_key, request_id).await?;
        Ok(Response::new(AddPaymentMethodResponse {
            payment_method: Some(method_message(&method)),
        }))
    }

    async fn get_customer_key(
        &self,
        request: Request<GetCustomerKeyRequest>,
    ) -> Reply<GetCustomerKeyResponse> {
        let (caller, _) = admit(request)?;
        let user = caller.user()?;
        Ok(Response::new(GetCustomerKeyResponse {
            customer_key: customer_key(user.id),
        }))
    }

    async fn list_payment_methods(
        &self,
        request: Request<ListPaymentMethodsRequest>,
    ) -> Reply<ListPaymentMethodsResponse> {
        let (caller, request) = admit(request)?;
        let user = caller.user()?;
        let page = page(request.page_size, &request.page_token)?;
        let mut found = methods::list(self.0.database.pool(), user.id, &page)
            .await
            .map_err(Error::from)?;
        let next_page_token = page.finish(&mut found, |method| {
            (method.create_time, method.payment_method_id.uuid())
        });
        let payment_methods = found.iter().map(method_message).collect();
        Ok(Response::new(ListPaymentMethodsResponse {
            payment_methods,
            next_page_token,
        }))
    }

    async fn remove_payment_method(
        &self,
        request: Request<RemovePaymentMethodRequest>,
    ) -> Reply<RemovePaymentMethodResponse> {
        let (caller, request) = admit(request)?;
        let user = caller.user()?;
        let method = id("payment_method_id", &request.payment_method_id)?;
        flows::methods::remove(&self.0, user.id, method).await?;
        Ok(Response::new(RemovePaymentMethodResponse {}))
    }
}
