//! What this service asks of others, and what their failures mean here.

use std::collections::HashMap;

use futures::future::join_all;
use tonic::{Code, Status};
use uuid::Uuid;
use xlcfi_contracts::member::v1::ResolveAddressRequest;
use xlcfi_contracts::member::v1::member_service_client::MemberServiceClient;
use xlcfi_contracts::product::v1::product_service_client::ProductServiceClient;
use xlcfi_contracts::product::v1::{PricedLine, QuoteLine, QuotePricesRequest};
use xlcfi_errors::{Fault, metadata_of, reason_of};
use xlcfi_identity::Member;
use xlcfi_service::{Peer, StartError};
use xlcfi_types::Id;

use crate::convert;
use crate::error::Error;
use crate::order::{Address, Line};

/// Product and member, as order asks them.
#[derive(Clone)]
pub(crate) struct Peers {
    product: ProductServiceClient<Peer>,
    member: MemberServiceClient<Peer>,
}

impl Peers {
    pub(crate) fn new(peers: &xlcfi_service::Peers) -> Result<Self, StartError> {
        Ok(Self {
            product: ProductServiceClient::new(peers.channel("product")?),
            member: MemberServiceClient::new(peers.channel("member")?),
        })
    }

    /// Prices lines by the one ladder, in their order.
    pub(crate) async fn quote(&self, lines: &[(Uuid, i64)]) -> Result<Vec<Line>, Error> {
        let priced = self.ask_prices(lines).await?;
        let priced: Vec<Line> = priced
            .into_iter()
            .map(convert::priced_line)
            .collect::<Result<_, _>>()
            .map_err(Fault::bug)?;
        let answered = priced.iter().map(|line| (line.product_id, line.quantity));
        if !answered.eq(lines.iter().copied()) {
            return Err(Fault::bug("product priced other lines than it was asked").into());
        }
        Ok(priced)
    }

    /// Prices lines one by one where they cannot be priced together: what is
    /// wrong with one does not hide the others.
    pub(crate) async fn quote_each(
        &self,
        lines: &[(Uuid, i64)],
    ) -> Result<HashMap<Uuid, Result<Line, Error>>, Error> {
        match self.quote(lines).await {
            Ok(priced) => Ok(priced
                .into_iter()
                .map(|line| (line.product_id, Ok(line)))
                .collect()),
            Err(error @ (Error::ProductUnavailable | Error::Fault(_))) => Err(error),
            Err(_) => {
                let ask = |line: (Uuid, i64)| async move {
                    let priced = self.quote(&[line]).await;
                    (
                        line.0,
                        priced.and_then(|mut lines| lines.pop().ok_or(Error::ProductUnavailable)),
                    )
                };
                Ok(join_all(lines.iter().copied().map(ask))
                    .await
                    .into_iter()
                    .collect())
            }
        }
    }

    async fn ask_prices(&self, lines: &[(Uuid, i64)]) -> Result<Vec<PricedLine>, Error> {
        let line = |(product_id, quantity): &(Uuid, i64)| QuoteLine {
            product_id: product_id.to_string(),
            quantity: *quantity,
        };
        let request = QuotePricesRequest {
            lines: lines.iter().map(line).collect(),
        };
        let answer = self
            .product
            .clone()
            .quote_prices(request)
            .await
            .map_err(product_error)?;
        Ok(answer.into_inner().lines)
    }

    /// The address an order goes to; `None` asks for the default one.
    pub(crate) async fn address(
        &self,
        member_id: Id<Member>,
        address_id: Option<Uuid>,
    ) -> Result<Address, Error> {
        let request = ResolveAddressRequest {
            member_id: member_id.to_string(),
            address_id: address_id.map(|id| id.to_string()).unwrap_or_default(),
        };
        let answer = self
            .member
            .clone()
            .resolve_address(request)
            .await
            .map_err(member_error)?;
        let address = answer
            .into_inner()
            .address
            .ok_or_else(|| Fault::bug("member answered without an address"))?;
        Ok(convert::address(address))
    }
}

fn product_error(status: Status) -> Error {
    let id = metadata_of(&status, "product_id").unwrap_or_default();
    match reason_of(&status).as_deref() {
        Some("PRODUCT_NOT_FOUND") => Error::ProductNotFound(id),
        Some("PRODUCT_NOT_SOLD") => Error::ProductNotSold(id),
        Some("QUANTITY_NOT_ALLOWED") => Error::QuantityNotAllowed(id),
        _ => away(status, Error::ProductUnavailable),
    }
}

fn member_error(status: Status) -> Error {
    match reason_of(&status).as_deref() {
        Some("ADDRESS_NOT_FOUND" | "MEMBER_NOT_FOUND") => Error::AddressNotFound,
        _ => away(status, Error::MemberUnavailable),
    }
}

/// A peer that does not answer, or one that answers what it should not.
fn away(status: Status, unavailable: Error) -> Error {
    let transport = status.code() == Code::Unknown || status.code() == Code::Internal;
    if xlcfi_errors::is_transient(&status) || transport {
        tracing::debug!(code = ?status.code(), message = status.message(), "a peer does not answer");
        return unavailable;
    }
    Error::Fault(Fault::bug(status))
}
