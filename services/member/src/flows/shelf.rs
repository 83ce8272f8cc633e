use uuid::Uuid;

use crate::Ctx;
use crate::error::Error;
use crate::member::MemberId;
use crate::shelf::{MOST_VIEWED, MOST_WISHES, Shelved};
use crate::store::{members, shelf};

/// Puts a product on the wish list, unless it is there.
pub async fn add_wish(ctx: &Ctx, member_id: MemberId, product_id: Uuid) -> Result<Shelved, Error> {
    let mut tx = ctx.database.begin().await?;
    if !members::lock(&mut tx, member_id).await? {
        return Err(Error::MemberNotFound);
    }
    if let Some(time) = shelf::wish(&mut tx, member_id, product_id).await? {
        return Ok(Shelved { product_id, time });
    }
    if shelf::count_wishes(&mut tx, member_id).await? >= MOST_WISHES {
        return Err(Error::WishListFull);
    }
    let wish = Shelved {
        product_id,
        time: ctx.clock.now(),
    };
    shelf::insert_wish(&mut tx, member_id, &wish).await?;
    tx.commit().await?;
    Ok(wish)
}

/// Notes that a product was looked at.
pub async fn add_viewed(ctx: &Ctx, member_id: MemberId, product_id: Uuid) -> Result<(), Error> {
    let mut tx = ctx.database.begin().await?;
    if !members::lock(&mut tx, member_id).await? {
        return Err(Error::MemberNotFound);
    }
    let viewed = Shelved {
        product_id,
        time: ctx.clock.now(),
    };
    shelf::add_viewed(&mut tx, member_id, &viewed, MOST_VIEWED).await?;
    tx.commit().await?;
    Ok(())
}
