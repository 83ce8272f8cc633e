//! What this service asks of others, and what their failures mean here.

use std::collections::HashMap;

use futures::future::join_all;
use tonic::{Code, Status};
use uuid::Uuid;
use xlcfi_contracts::member::v1::ResolveAddressRequest;
use xlcfi_contracts::member::v1::member_service_client::MemberServiceClient;
use xlcfi_contracts::product::v1::price_service_client::PriceServiceClient;
use xlcfi_contracts::product::v1::{PricedLine, QuoteLine, QuotePricesRequest};
use xlcfi_errors::{Fault, metadata_of, reason_of};
use xlcfi_identity::{Member, User, on_behalf_of};
use xlcfi_service::{Peer, StartError};
use xlcfi_types::Id;

use crate::convert;
use crate::error::Error;
use crate::order::{Address, Line};
use crate::wanted::Wanted;

/// Product and member, as order asks them.
#[derive(Clone)]
pub(crate) struct Peers {
    prices: PriceServiceClient<Peer>,
    member: MemberServiceClient<Peer>,
}

impl Peers {
    pub(crate) fn new(peers: &xlcfi_service::Peers) -> Result<Self, StartError> {
        Ok(Self {
            prices: PriceServiceClient::new(peers.channel("product")?),
            member: MemberServiceClient::new(peers.channel("member")?),
        })
    }

    /// Prices lines for a buyer by the one ladder, in their order.
    pub(crate) async fn quote(&self, buyer: &User, wanted: &[Wanted]) -> Result<Vec<Line>, Error> {
        let priced = self.ask_prices(buyer, wanted).await?;
        let priced: Vec<Line> = priced
            .into_iter()
            .map(convert::priced_line)
            .collect::<Result<_, _>>()
            .map_err(Fault::bug)?;
        let met = |(wanted, line): (&Wanted, &Line)| wanted.is_met_by(line);
        if wanted.len() != priced.len() || !wanted.iter().zip(&priced).all(met) {
            return Err(Fault::bug("product priced other lines than it was asked").into());
        }
        Ok(priced)
    }

    /// Prices lines one by one where they cannot be priced together: what is
    /// wrong with one does not hide the others.
    pub(crate) async fn quote_each(
        &self,
        buyer: &User,
        wanted: &[Wanted],
    ) -> Result<HashMap<Uuid, Result<Line, Error>>, Error> {
        match self.quote(buyer, wanted).await {
            Ok(priced) => Ok(priced
                .into_iter()
                .map(|line| (line.product_id, Ok(line)))
                .collect()),
            Err(error @ (Error::ProductUnavailable | Error::Fault(_))) => Err(error),
            Err(_) => {
                let ask = |one: Wanted| async move {
                    let priced = self.quote(buyer, &[one]).await;
                    (
                        one.product_id,
                        priced.and_then(|mut lines| lines.pop().ok_or(Error::ProductUnavailable)),
                    )
                };
                Ok(join_all(wanted.iter().copied().map(ask))
                    .await
                    .into_iter()
                    .collect())
            }
        }
    }

    async fn ask_prices(&self, buyer: &User, wanted: &[Wanted]) -> Result<Vec<PricedLine>, Error> {
        let line = |wanted: &Wanted| QuoteLine {
            product_id: wanted.product_id.to_string(),
            quantity: wanted.quantity,
            minimum_remaining_days: wanted.life.minimum_remaining_days(),
            near_expiry: wanted.life.is_near_expiry(),
        };
        let request = QuotePricesRequest {
            lines: wanted.iter().map(line).collect(),
        };
        let answer = self
            .prices
            .clone()
            .quote_prices(on_behalf_of(request, buyer))
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
        Some("NOT_NEAR_EXPIRY") => Error::NotNearExpiry(id),
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
