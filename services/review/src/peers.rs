//! What this service asks of others.

use tonic::Status;
use uuid::Uuid;
use xlcfi_contracts::product::v1::lot_service_client::LotServiceClient;
use xlcfi_contracts::product::v1::{self, GetOrderLotsRequest};
use xlcfi_service::{Peer, StartError};

use crate::convert;
use crate::lots::OrderLot;

/// Product, as review asks it.
#[derive(Debug, Clone)]
pub struct Peers {
    lots: LotServiceClient<Peer>,
}

impl Peers {
    pub fn new(peers: &xlcfi_service::Peers) -> Result<Self, StartError> {
        Ok(Self {
            lots: LotServiceClient::new(peers.channel("product")?),
        })
    }

    /// The lots that the goods of orders came from, at most 100 orders.
    pub async fn order_lots(&self, orders: &[Uuid]) -> Result<Vec<OrderLot>, Status> {
        let request = GetOrderLotsRequest {
            order_ids: orders.iter().map(Uuid::to_string).collect(),
        };
        let answer = self.lots.clone().get_order_lots(request).await?.into_inner();
        let lot = |lot: &v1::OrderLot| convert::order_lot(lot);
        let lots: Option<Vec<OrderLot>> = answer.lots.iter().map(lot).collect();
        lots.ok_or_else(|| Status::internal("product told of a lot without a usable id"))
    }
}
