use std::collections::{HashMap, HashSet};

use sqlx::{Connection as _, PgConnection};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use xlcfi_errors::{Explain as _, Fault};
use xlcfi_identity::Member;
use xlcfi_types::Id;
use xlcfi_types::calendar::seoul_date;

use crate::Ctx;
use crate::category::Tree;
use crate::error::Error;
use crate::flows::{catalogue, pictures};
use crate::import::{self, Column, Counts, File, Flaw, Import, Row, Step};
use crate::product::{Product, State};
use crate::store::{categories, imports, products};

/// Rows worked on in one transaction. Orders for products they change wait for it.
const BATCH: i64 = 50;
/// How far behind an import is put that waits for image.
const PASSED: Duration = Duration::seconds(1);
/// How long the rows of an import that is done are kept, and how long it is.
const ROWS_KEPT: Duration = Duration::days(3);
const IMPORT_KEPT: Duration = Duration::days(30);

/// Takes a file in; a repeated request finds the import it started.
pub async fn start(
    ctx: &Ctx,
    seller_id: Id<Member>,
    file: File,
    dry_run: bool,
    request_id: Option<Uuid>,
) -> Result<Import, Error> {
    let import = Import {
        import_id: Id::new(),
        seller_id,
        dry_run,
        columns: file.columns,
        rows: count(file.rows.len()),
        counts: Counts::default(),
        last_line: 0,
        create_time: ctx.clock.now(),
        finish_time: None,
    };
    let mut tx = ctx.database.begin().await?;
    while !imports::insert(&mut tx, &import, request_id).await? {
        match imports::find_hindering(&mut *tx, seller_id, request_id).await? {
            Some((id, true)) => return get(ctx, seller_id, id).await,
            Some((id, false)) => return Err(Error::ImportRunning(id)),
            // It was done between the two statements.
            None => {}
        }
    }
    imports::insert_rows(&mut tx, import.import_id, &file.rows).await?;
    tx.commit().await?;
    ctx.importer.notify_one();
    Ok(import)
}

/// An import of the seller.
pub async fn get(ctx: &Ctx, seller_id: Id<Member>, id: Id<Import>) -> Result<Import, Error> {
    let found = imports::find(ctx.database.pool(), id, seller_id).await?;
    found.ok_or(Error::ImportNotFound)
}

/// What was found out about the pictures of an import's next rows.
#[derive(Debug, Default)]
pub struct Looked {
    /// The import and its last line before them.
    at: Option<(Id<Import>, i32)>,
    usable: HashSet<Uuid>,
}

/// Works on the next rows of the import that has waited longest: what they do and
/// that they are done is one transaction. Where they name pictures it only looks at
/// these first. False when none waits.
pub async fn advance(ctx: &Ctx, looked: &mut Looked) -> Result<bool, Error> {
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    let Some(mut import) = imports::lock_next(&mut tx).await? else {
        return Ok(false);
    };
    let rows = imports::rows(&mut tx, &import, BATCH).await?;
    let at = Some((import.import_id, import.last_line));
    if looked.at != at && rows.iter().any(|row| !row.images(&import.columns).is_empty()) {
        tx.rollback().await?;
        *looked = Looked {
            usable: look(ctx, &import, &rows).await?,
            at,
        };
        return Ok(true);
    }
    let batch = Batch {
        import: &import,
        pictures: &looked.usable,
        tree: categories::tree(&mut *tx).await?,
        now,
    };
    // What a dry run does is undone as one, so that its rows see each other's doing.
    let mut effects = tx.begin().await?;
    let done = match batch.work(&mut effects, &rows, Care::Together).await {
        Ok(done) => done,
        Err(Error::Fault(fault @ Fault::Unavailable(_))) => return Err(fault.into()),
        Err(_) => {
            effects.rollback().await?;
            effects = tx.begin().await?;
            batch.work(&mut effects, &rows, Care::Each).await?
        }
    };
    if import.dry_run {
        effects.rollback().await?;
    } else {
        effects.commit().await?;
    }
    let Done {
        counts,
        problems,
        seen,
    } = done;
    if !problems.is_empty() {
        imports::insert_problems(&mut tx, import.import_id, &problems).await?;
    }
    import.counts = counts;
    import.last_line = rows.last().map_or(import.last_line, |row| row.line);
    import.finish_time = (counts.done() == import.rows).then_some(now);
    imports::set_progress(&mut tx, &import, now).await?;
    tx.commit().await?;
    if !import.dry_run {
        for id in seen {
            ctx.shelf.renew_product(id).await;
        }
    }
    Ok(true)
}

/// The pictures of rows that may be shown. While image is away, it is the turn of others.
async fn look(ctx: &Ctx, import: &Import, rows: &[Row]) -> Result<HashSet<Uuid>, Error> {
    let usable = pictures::usable_in(ctx, import, rows).await;
    if let Err(Error::ImageUnavailable) = &usable {
        let turn = ctx.clock.now() + PASSED;
        imports::pass(ctx.database.pool(), import.import_id, turn).await?;
    }
    usable
}

/// Deletes what is old of imports that are done.
pub async fn forget(ctx: &Ctx) -> Result<(), Error> {
    let now = ctx.clock.now();
    let mut tx = ctx.database.begin().await?;
    imports::delete_old(&mut tx, now - ROWS_KEPT, now - IMPORT_KEPT).await?;
    tx.commit().await?;
    Ok(())
}

/// How the rows of a batch are taken in.
#[derive(Clone, Copy)]
enum Care {
    /// All or none: two statements less for each.
    Together,
    /// Each by itself, so that those that cannot be hinder no other.
    Each,
}

/// What became of a row.
enum Outcome {
    Created,
    Updated,
    Unchanged,
}

/// What became of a row, and its product when buyers see it.
type Taken = (Outcome, Option<Id<Product>>);

/// What became of rows.
struct Done {
    counts: Counts,
    problems: Vec<import::Problem>,
    /// Products that buyers see and that are not what they were.
    seen: Vec<Id<Product>>,
}

struct Batch<'a> {
    import: &'a Import,
    /// Those that may be shown of what its rows name.
    pictures: &'a HashSet<Uuid>,
    tree: Tree,
    now: OffsetDateTime,
}

impl Batch<'_> {
    async fn work(&self, conn: &mut PgConnection, rows: &[Row], care: Care) -> Result<Done, Error> {
        let own = self.own(conn, rows).await?;
        let mut done = Done {
            counts: self.import.counts,
            problems: Vec::new(),
            seen: Vec::new(),
        };
        for row in rows {
            let sku = row.sku(&self.import.columns);
            let outcome = match self.step(row, &own) {
                Ok(Step::Nothing) => Ok((Outcome::Unchanged, None)),
                Ok(step) => match care {
                    Care::Together => Ok(self.take(conn, step).await?),
                    Care::Each => self.take_alone(conn, step).await?,
                },
                Err(flaws) => Err(flaws),
            };
            let counts = &mut done.counts;
            match outcome {
                Ok((outcome, seen)) => {
                    match outcome {
                        Outcome::Created => counts.created += 1,
                        Outcome::Updated => counts.updated += 1,
                        Outcome::Unchanged => counts.unchanged += 1,
                    }
                    done.seen.extend(seen);
                }
                Err(flaws) => {
                    counts.failed += 1;
                    done.problems.extend(import::problems(row.line, sku, flaws));
                }
            }
        }
        Ok(done)
    }

    /// The seller's products that rows are about, by SKU; those that rows change are
    /// locked.
    async fn own(&self, conn: &mut PgConnection, rows: &[Row]) -> Result<HashMap<String, Product>, Error> {
        let (seller_id, today) = (self.import.seller_id, seoul_date(self.now));
        let sku = |row: &Row| row.sku(&self.import.columns).to_owned();
        let skus: Vec<String> = rows.iter().map(sku).collect();
        let mut own = products::find_by_skus(conn, seller_id, &skus, today).await?;
        let changed = |row: &&Row| matches!(self.step(row, &own), Ok(Step::Change { .. }));
        let skus: Vec<String> = rows.iter().filter(changed).map(sku).collect();
        if !skus.is_empty() {
            let ids: Vec<Id<Product>> = skus.iter().map(|sku| own[sku].product_id).collect();
            products::lock_all(conn, &ids).await?;
            own.extend(products::find_by_skus(conn, seller_id, &skus, today).await?);
        }
        Ok(own)
    }

    fn step(&self, row: &Row, own: &HashMap<String, Product>) -> Result<Step, Vec<Flaw>> {
        let columns = &self.import.columns;
        let product = own.get(row.sku(columns));
        let step = import::step(row, columns, product, &self.tree)?;
        let shown = product.map_or(&[][..], |product| &product.details.images);
        let may_be = |id: &&Uuid| shown.contains(id) || self.pictures.contains(id);
        match step.images().iter().find(|id| !may_be(id)) {
            Some(id) => {
                let why = format!("{id} is not a picture the seller uploaded for products, or it is blocked");
                Err(vec![Flaw::of(Column::Images, why)])
            }
            None => Ok(step),
        }
    }

    /// Takes a step whole, or not at all when the row is why it cannot be taken.
    async fn take_alone(
        &self,
        conn: &mut PgConnection,
        step: Step,
    ) -> Result<Result<Taken, Vec<Flaw>>, Error> {
        let mut effect = conn.begin().await?;
        let taken = self.take(&mut effect, step).await;
        let flaw = match taken {
            Ok(outcome) => {
                effect.commit().await?;
                return Ok(Ok(outcome));
            }
            Err(Error::Fault(fault @ Fault::Unavailable(_))) => return Err(fault.into()),
            Err(Error::Fault(fault)) => {
                // Tells it in the log, too.
                fault.explain();
                "could not be taken in by a fault of ours, which is in the log; the others were".to_owned()
            }
            Err(error) => format!("{error}; mend the row and import it again"),
        };
        effect.rollback().await?;
        Ok(Err(vec![Flaw::of_row(flaw)]))
    }

    async fn take(&self, conn: &mut PgConnection, step: Step) -> Result<Taken, Error> {
        let (seller_id, now) = (self.import.seller_id, self.now);
        match step {
            Step::Create { draft, publish } => {
                let id = catalogue::add(conn, seller_id, &draft, None, now).await?;
                if publish {
                    catalogue::show(conn, id, State::Draft, now).await?;
                }
                Ok((Outcome::Created, publish.then_some(id)))
            }
            Step::Change {
                product_id,
                state,
                details,
                publish,
            } => {
                if let Some(details) = details {
                    catalogue::replace(conn, product_id, state, &details, now).await?;
                }
                if publish {
                    catalogue::show(conn, product_id, state, now).await?;
                }
                let seen = publish || state == State::Published;
                Ok((Outcome::Updated, seen.then_some(product_id)))
            }
            Step::Nothing => Ok((Outcome::Unchanged, None)),
        }
    }
}

fn count(items: usize) -> i32 {
    i32::try_from(items).unwrap_or(i32::MAX)
}
