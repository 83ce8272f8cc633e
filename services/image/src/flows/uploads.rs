use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use xlcfi_errors::{Fault, OnConstraint as _};
use xlcfi_events::append;
use xlcfi_types::Id;

use crate::Ctx;
use crate::convert::{self, NewPicture};
use crate::error::Error;
use crate::intake::Taken;
use crate::picture::{Content, ImageId, OwnerId, Picture, Rendition};
use crate::store::images::Whose;
use crate::store::{contents, images, leftovers};

/// Images nothing shows that a member may have.
const MOST_UNCLAIMED: i64 = 500;
/// Renditions that are not wanted after so long never will be.
const MAKING: Duration = Duration::hours(1);
/// How many look-alikes are told.
const MOST_ALIKE: i64 = 10;
/// Tries to keep an image whose content is removed at the same time.
const TRIES: usize = 3;

/// An image, and what looks like it.
#[derive(Debug)]
pub struct Uploaded {
    pub picture: Picture,
    /// The owner's own, from before.
    pub similar: Vec<ImageId>,
    /// Those of others, from before.
    pub resembled: Vec<ImageId>,
}

/// Makes an image of a file. A file that was there before, whosever, is not worked on again.
pub async fn upload(ctx: &Ctx, owner_id: OwnerId, new: NewPicture, file: Taken) -> Result<Uploaded, Error> {
    if let Some(before) = find_before(ctx, owner_id, new).await? {
        return Ok(before);
    }
    if images::count_unclaimed(ctx.database.pool(), owner_id).await? >= MOST_UNCLAIMED {
        return Err(Error::TooManyImages(MOST_UNCLAIMED));
    }
    for _ in 0..TRIES {
        let content = match contents::get(ctx.database.pool(), file.hash).await? {
            Some(content) => content,
            None => make(ctx, new, &file).await?,
        };
        if content.blocked {
            return Err(Error::ImageWasBlocked);
        }
        content.quality.check(new.purpose)?;
        match keep(ctx, owner_id, new, content).await? {
            Kept::There(uploaded) => return Ok(*uploaded),
            Kept::RequestedBefore => {
                let before = find_before(ctx, owner_id, new).await?;
                return before.ok_or(Error::ImageNotFound);
            }
            Kept::ContentGone => {}
        }
    }
    Err(Fault::unavailable("the content was removed again and again").into())
}

async fn find_before(ctx: &Ctx, owner_id: OwnerId, new: NewPicture) -> Result<Option<Uploaded>, Error> {
    let Some(request_id) = new.request_id else {
        return Ok(None);
    };
    let db = ctx.database.pool();
    let Some(id) = images::find_by_request(db, owner_id, request_id).await? else {
        return Ok(None);
    };
    let picture = images::get(db, Some(owner_id), id)
        .await?
        .ok_or(Error::ImageNotFound)?;
    let mut conn = db.acquire().await?;
    Ok(Some(compare(&mut conn, picture).await?))
}

/// Makes the renditions and puts them into the store. Until the content is kept they
/// are left over.
async fn make(ctx: &Ctx, new: NewPicture, file: &Taken) -> Result<Content, Error> {
    let byte_count = i64::try_from(file.bytes.len()).unwrap_or(i64::MAX);
    let made = ctx.workshop.make(file.bytes.clone(), new.purpose).await?;
    let place = Uuid::now_v7();
    leftovers::insert(ctx.database.pool(), &[place], ctx.clock.now() + MAKING).await?;
    let renditions = made.renditions.iter().map(|rendition| Rendition {
        name: rendition.name.clone(),
        width: rendition.width,
        height: rendition.height,
        byte_count: i64::try_from(rendition.bytes.len()).unwrap_or(i64::MAX),
    });
    let content = Content {
        hash: file.hash,
        place,
        format: made.format,
        width: made.width,
        height: made.height,
        byte_count,
        quality: made.quality,
        phash: made.phash,
        regions: made.regions,
        renditions: renditions.collect(),
        blocked: false,
    };
    ctx.blobs.put(place, made.renditions).await?;
    Ok(content)
}

enum Kept {
    There(Box<Uploaded>),
    RequestedBefore,
    ContentGone,
}

async fn keep(ctx: &Ctx, owner_id: OwnerId, new: NewPicture, content: Content) -> Result<Kept, Error> {
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    let content = match settle(&mut tx, content, now).await? {
        Some(content) if content.blocked => return Err(Error::ImageWasBlocked),
        Some(content) => content,
        None => return Ok(Kept::ContentGone),
    };
    let picture = Picture {
        image_id: Id::new(),
        owner_id,
        purpose: new.purpose,
        claimed: false,
        create_time: now,
        content,
    };
    let inserted = images::insert(&mut tx, &picture, new.request_id).await;
    match inserted.on_constraint("image_request_id_key", || Clash::Request) {
        Ok(()) => {}
        Err(Clash::Request) => return Ok(Kept::RequestedBefore),
        Err(Clash::Other(error)) => {
            let gone = Err(error).on_constraint("image_content_hash_fkey", || Clash::Content);
            return match gone {
                Ok(()) | Err(Clash::Content | Clash::Request) => Ok(Kept::ContentGone),
                Err(Clash::Other(error)) => Err(error.into()),
            };
        }
        Err(Clash::Content) => return Ok(Kept::ContentGone),
    }
    let uploaded = compare(&mut tx, picture).await?;
    let told = convert::image_uploaded(&uploaded.picture, &uploaded.resembled);
    append(&mut tx, uploaded.picture.image_id.uuid(), &told).await?;
    tx.commit().await?;
    Ok(Kept::There(Box::new(uploaded)))
}

/// What a broken constraint means.
enum Clash {
    Request,
    Content,
    Other(sqlx::Error),
}

impl From<sqlx::Error> for Clash {
    fn from(error: sqlx::Error) -> Self {
        Self::Other(error)
    }
}

/// The content as it is kept. When somebody kept it meanwhile, theirs counts, and what was
/// made here stays left over.
async fn settle(
    conn: &mut PgConnection,
    content: Content,
    now: OffsetDateTime,
) -> Result<Option<Content>, Error> {
    // What is in the table already is never left over.
    if leftovers::delete(&mut *conn, content.place).await? {
        if contents::insert(conn, &content, now).await? {
            return Ok(Some(content));
        }
        leftovers::insert(&mut *conn, &[content.place], now).await?;
    }
    Ok(contents::get(conn, content.hash).await?)
}

async fn compare(conn: &mut PgConnection, picture: Picture) -> Result<Uploaded, Error> {
    let ids = |found: Vec<images::Alike>| found.into_iter().map(|alike| alike.image_id).collect();
    let similar = images::find_alike(&mut *conn, &picture, Whose::Owners, true, MOST_ALIKE).await?;
    let resembled = images::find_alike(conn, &picture, Whose::Others, true, MOST_ALIKE).await?;
    Ok(Uploaded {
        picture,
        similar: ids(similar),
        resembled: ids(resembled),
    })
}
