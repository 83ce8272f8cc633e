use time::OffsetDateTime;
use xlcfi_identity::Member;
use xlcfi_types::Id;

/// Where a seller keeps goods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warehouse {
    pub warehouse_id: Id<Warehouse>,
    pub seller_id: Id<Member>,
    /// Unique for the seller.
    pub name: String,
    pub address: String,
    pub create_time: OffsetDateTime,
}
