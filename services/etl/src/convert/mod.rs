//! Between the contracts and the domain.

mod report;

use time::OffsetDateTime;
use uuid::Uuid;
use xlcfi_contracts::convert::{timestamp, won};
use xlcfi_contracts::etl::v1 as pb;
use xlcfi_errors::{Invalid, fields};
use xlcfi_types::calendar::seoul_date;

use crate::config::Config;
use crate::job::Job;
use crate::price::{Level, Price};
use crate::recall::Notice;
use crate::run::{Run, RunId, RunKind, RunState};
use crate::store::quarantine::Entry;
use crate::store::{exports, jobs, notices, records, runs};

pub use report::{report, report_table};
pub use xlcfi_errors::fields::page;

pub fn run_id(text: &str) -> Result<RunId, Invalid> {
    fields::id("run_id", text)
}

pub fn level(level: pb::PriceLevel) -> Option<Level> {
    match level {
        pb::PriceLevel::Unspecified => None,
        pb::PriceLevel::Retail => Some(Level::Retail),
        pb::PriceLevel::Wholesale => Some(Level::Wholesale),
    }
}

/// A job as the settings and the database know it; `counts` are rows kept and rows in quarantine.
pub fn job(
    job: &Job,
    known: &jobs::Row,
    config: &Config,
    (kept, bad): (i64, i64),
    now: OffsetDateTime,
) -> pb::Job {
    let state = match (job.is_set_up(config), known.paused) {
        (false, _) => pb::JobState::NotSetUp,
        (true, true) => pb::JobState::Paused,
        (true, false) => pb::JobState::Active,
    };
    let calls_today = if known.calls_day == seoul_date(now) {
        known.calls_today
    } else {
        0
    };
    pb::Job {
        name: job.name.to_owned(),
        source: job.source.to_owned(),
        source_service: job.service.to_owned(),
        state: state.into(),
        pause_reason: known.pause_reason.clone(),
        every_seconds: job.every.whole_seconds(),
        next_run_time: (state == pb::JobState::Active).then(|| timestamp(known.next_time)),
        daily_calls: i32::try_from(job.daily_calls(config)).unwrap_or(i32::MAX),
        calls_today,
        open_run_id: known.open_run_id.map(|id| id.to_string()).unwrap_or_default(),
        last_done_time: known.last_done_time.map(timestamp),
        row_count: kept,
        quarantined_count: bad,
    }
}

pub fn run(run: &Run) -> pb::Run {
    let kind = match run.kind {
        RunKind::Scheduled => pb::RunKind::Scheduled,
        RunKind::Manual => pb::RunKind::Manual,
        RunKind::Backfill => pb::RunKind::Backfill,
    };
    let state = match run.state {
        RunState::Running => pb::RunState::Running,
        RunState::Waiting => pb::RunState::Waiting,
        RunState::Done => pb::RunState::Done,
        RunState::Failed => pb::RunState::Failed,
        RunState::Cancelled => pb::RunState::Cancelled,
    };
    let text = |date: Option<time::Date>| date.map(|date| date.to_string()).unwrap_or_default();
    pb::Run {
        run_id: run.run_id.to_string(),
        job: run.job.clone(),
        kind: kind.into(),
        state: state.into(),
        problem: run.problem.clone(),
        pages_done: run.pages_done,
        pages_total: run.pages_total,
        calls: run.calls,
        rows_read: run.rows_read,
        rows_new: run.rows_new,
        rows_changed: run.rows_changed,
        rows_quarantined: run.rows_quarantined,
        from_date: text(run.from_date),
        to_date: text(run.to_date),
        create_time: Some(timestamp(run.create_time)),
        progress_time: run.progress_time.map(timestamp),
        resume_time: run.resume_time.map(timestamp),
        end_time: run.end_time.map(timestamp),
    }
}

pub fn raw_answer(raw: runs::Raw) -> pb::RawAnswer {
    pb::RawAnswer {
        page: raw.page,
        path: raw.path,
        byte_count: raw.byte_count,
        sha256: raw.sha256.iter().map(|byte| format!("{byte:02x}")).collect(),
        time: Some(timestamp(raw.create_time)),
    }
}

pub fn entry(entry: Entry) -> pb::QuarantineEntry {
    pb::QuarantineEntry {
        entry_id: entry.entry_id.to_string(),
        job: entry.job,
        run_id: entry.run_id.to_string(),
        reason: entry.reason,
        detail: entry.detail,
        fields: entry.fields.0.into_iter().collect(),
        times_met: entry.times_met,
        released: entry.release_time.is_some(),
        create_time: Some(timestamp(entry.create_time)),
        last_time: Some(timestamp(entry.last_time)),
    }
}

pub fn record(record: records::Record) -> pb::Record {
    pb::Record {
        key: record.key,
        fields: record.fields.0.into_iter().collect(),
        create_time: Some(timestamp(record.create_time)),
        update_time: Some(timestamp(record.update_time)),
    }
}

pub fn export(export: exports::Export) -> pb::Export {
    pb::Export {
        service: export.service,
        path: export.path,
        event_count: export.event_count,
        byte_count: export.byte_count,
        first_position: export.first_position,
        last_position: export.last_position,
        create_time: Some(timestamp(export.create_time)),
    }
}

pub fn stored_notice(stored: notices::Stored) -> pb::StoredRecallNotice {
    pb::StoredRecallNotice {
        notice_id: stored.notice_id.to_string(),
        notice: Some(recall_notice(&stored.notice, stored.update_time)),
        create_time: Some(timestamp(stored.create_time)),
        update_time: Some(timestamp(stored.update_time)),
    }
}

pub fn recall_notice(notice: &Notice, now: OffsetDateTime) -> pb::RecallNoticePublished {
    let text = |date: Option<time::Date>| date.map(|date| date.to_string()).unwrap_or_default();
    pb::RecallNoticePublished {
        source: notice.source.clone(),
        notice_number: notice.number.clone(),
        product_name: notice.product_name.clone(),
        business_name: notice.business_name.clone(),
        reason: notice.reason.clone(),
        grade: notice.grade.clone(),
        gtin: notice.gtin.clone(),
        report_number: notice.report_number.clone(),
        licence_number: notice.licence_number.clone(),
        made_date: text(notice.made_date),
        use_by_date: text(notice.use_by_date),
        dates_text: notice.dates_text.clone(),
        time: Some(timestamp(now)),
    }
}

pub fn prices_surveyed(prices: &[&Price], now: OffsetDateTime) -> pb::PricesSurveyed {
    pb::PricesSurveyed {
        source: prices
            .first()
            .map(|price| price.source.clone())
            .unwrap_or_default(),
        prices: prices.iter().map(|told| price(told)).collect(),
        time: Some(timestamp(now)),
    }
}

pub fn price(price: &Price) -> pb::SurveyedPrice {
    let level = match price.level {
        Level::Retail => pb::PriceLevel::Retail,
        Level::Wholesale => pb::PriceLevel::Wholesale,
    };
    pb::SurveyedPrice {
        item_code: price.item_code.clone(),
        item_name: price.item_name.clone(),
        kind_code: price.kind_code.clone(),
        kind_name: price.kind_name.clone(),
        grade: price.grade.clone(),
        unit: price.unit.clone(),
        region: price.region.clone(),
        level: level.into(),
        date: price.date.to_string(),
        price: Some(won(price.won)),
    }
}

/// Where the next page of prices begins: they are in order of their days.
pub fn price_place((id, price): &(Uuid, Price)) -> (OffsetDateTime, Uuid) {
    (price.date.midnight().assume_utc(), *id)
}
