//! Writers of a member's addresses hold the member's lock, so that counting,
//! choosing the default and noticing a repeated request need no more care.

use xlcfi_types::Id;

use crate::Ctx;
use crate::address::{Address, AddressDetails, MOST_ADDRESSES, NewAddress};
use crate::error::Error;
use crate::member::MemberId;
use crate::store::{addresses, members};

pub async fn add(ctx: &Ctx, member_id: MemberId, new: NewAddress) -> Result<Address, Error> {
    let mut tx = ctx.database.begin().await?;
    if !members::lock(&mut tx, member_id).await? {
        return Err(Error::MemberNotFound);
    }
    if let Some(request_id) = new.request_id
        && let Some(address_id) = addresses::find_by_request(&mut tx, member_id, request_id).await?
    {
        let before = addresses::get(&mut *tx, member_id, address_id).await?;
        return before.ok_or(Error::AddressNotFound);
    }
    let count = addresses::count(&mut tx, member_id).await?;
    if count >= MOST_ADDRESSES {
        return Err(Error::TooManyAddresses);
    }
    let address = Address {
        address_id: Id::new(),
        details: new.details,
        is_default: new.make_default || count == 0,
        create_time: ctx.clock.now(),
    };
    if address.is_default {
        addresses::clear_default(&mut tx, member_id).await?;
    }
    addresses::insert(&mut tx, member_id, &address, new.request_id).await?;
    tx.commit().await?;
    Ok(address)
}

/// Replaces an address. The default stays the default, whatever `make_default`
/// says: one address must be.
pub async fn update(
    ctx: &Ctx,
    member_id: MemberId,
    address_id: Id<Address>,
    details: AddressDetails,
    make_default: bool,
) -> Result<Address, Error> {
    let mut tx = ctx.database.begin().await?;
    members::lock(&mut tx, member_id).await?;
    let before = addresses::get(&mut *tx, member_id, address_id).await?;
    let before = before.ok_or(Error::AddressNotFound)?;
    addresses::set_details(&mut tx, member_id, address_id, &details).await?;
    if make_default && !before.is_default {
        addresses::clear_default(&mut tx, member_id).await?;
        addresses::set_default(&mut tx, member_id, address_id).await?;
    }
    tx.commit().await?;
    Ok(Address {
        details,
        is_default: before.is_default || make_default,
        ..before
    })
}

pub async fn remove(ctx: &Ctx, member_id: MemberId, address_id: Id<Address>) -> Result<(), Error> {
    let mut tx = ctx.database.begin().await?;
    members::lock(&mut tx, member_id).await?;
    let before = addresses::get(&mut *tx, member_id, address_id).await?;
    let before = before.ok_or(Error::AddressNotFound)?;
    addresses::remove(&mut tx, member_id, address_id, ctx.clock.now()).await?;
    if before.is_default {
        addresses::promote_newest(&mut tx, member_id).await?;
    }
    tx.commit().await?;
    Ok(())
}
