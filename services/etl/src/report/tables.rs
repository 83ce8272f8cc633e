//! The tables reports may read.

use std::collections::BTreeMap;

use super::answer::Column;
use super::table::Events;
use crate::Ctx;
use crate::config::list as parts;
use crate::error::Error;
use crate::events_file;
use crate::store::exports;

/// What a table is called: whose events, and this.
const SUFFIX: &str = "_events";

/// A table, and how much is in it.
#[derive(Debug)]
pub struct Table {
    pub name: String,
    pub columns: Vec<Column>,
    pub event_count: i64,
    pub file_count: i64,
    pub byte_count: i64,
}

/// All of them, by name.
pub async fn list(ctx: &Ctx) -> Result<Vec<Table>, Error> {
    let mut services = parts(&ctx.config.report_services);
    services.sort_unstable();
    let files = exports::all_of(ctx.database.pool(), &services).await?;
    let schema = events_file::schema();
    let table = |service: &String| {
        let files = files.iter().filter(|file| file.service == *service);
        Table {
            name: format!("{service}{SUFFIX}"),
            columns: schema.fields().iter().map(Column::from).collect(),
            event_count: files.clone().map(|file| file.event_count).sum(),
            byte_count: files.clone().map(|file| file.byte_count).sum(),
            file_count: i64::try_from(files.count()).unwrap_or(i64::MAX),
        }
    };
    Ok(services.iter().map(table).collect())
}

/// Those of these names.
///
/// # Errors
/// One is not there, or not for reports.
pub async fn find(ctx: &Ctx, names: Vec<String>) -> Result<Vec<Events>, Error> {
    let allowed: BTreeMap<String, String> = parts(&ctx.config.report_services)
        .into_iter()
        .map(|service| (format!("{service}{SUFFIX}"), service))
        .collect();
    let service = |name: &String| {
        let all = || allowed.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        let found = allowed.get(name).cloned();
        found.ok_or_else(|| Error::ReportTableNotFound(name.clone(), all()))
    };
    let services: Vec<String> = names.iter().map(service).collect::<Result<_, _>>()?;
    let files = exports::all_of(ctx.database.pool(), &services).await?;
    let table = |(name, service): (String, String)| {
        let files = files.iter().filter(|file| file.service == service).cloned();
        Events::new(name, files.collect(), ctx.archive.store())
    };
    Ok(names.into_iter().zip(services).map(table).collect())
}
