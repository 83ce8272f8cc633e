use tonic::{Request, Response, Status};
use uuid::Uuid;
use xlcfi_contracts::etl::v1::etl_service_server::EtlService;
use xlcfi_contracts::etl::v1::{self as pb};
use xlcfi_errors::fields;
use xlcfi_identity::{Caller, admit};

use super::Answer;
use crate::Ctx;
use crate::convert;
use crate::error::Error;
use crate::flows::{jobs as job_flows, quarantine as quarantine_flows, runs as run_flows};
use crate::job::Job;
use crate::run::Asked;
use crate::store::{exports, jobs, notices, prices, quarantine, records, runs};

/// Raw answers shown of a run.
const MOST_RAW: i64 = 20;

/// `xlcfi.etl.v1.EtlService`.
#[derive(Debug)]
pub struct Etl(pub Ctx);

impl Etl {
    async fn jobs(&self, only: Option<&Job>) -> Result<Vec<pb::Job>, Error> {
        let pool = self.0.database.pool();
        let (known, counts, now) = (
            jobs::list(pool).await?,
            jobs::counts(pool).await?,
            self.0.clock.now(),
        );
        let show = |row: &jobs::Row| {
            let job = Job::named(&row.name).filter(|job| only.is_none_or(|only| only == *job))?;
            let (_, kept, bad) = counts.iter().find(|(name, ..)| *name == row.name)?;
            Some(convert::job(job, row, &self.0.config, (*kept, *bad), now))
        };
        Ok(known.iter().filter_map(show).collect())
    }

    async fn job(&self, job: &Job) -> Result<Option<pb::Job>, Error> {
        Ok(self.jobs(Some(job)).await?.pop())
    }
}

fn asked(caller: &Caller, request_id: &str) -> Result<Asked, Status> {
    let request_id: Uuid = fields::uuid("request_id", request_id)?;
    Ok(Asked {
        by: caller.user()?.id.uuid(),
        request_id,
    })
}

#[tonic::async_trait]
impl EtlService for Etl {
    async fn list_jobs(&self, request: Request<pb::ListJobsRequest>) -> Answer<pb::ListJobsResponse> {
        admit(request)?;
        let jobs = self.jobs(None).await?;
        Ok(Response::new(pb::ListJobsResponse { jobs }))
    }

    async fn pause_job(&self, request: Request<pb::PauseJobRequest>) -> Answer<pb::PauseJobResponse> {
        let (_, request) = admit(request)?;
        let paused = job_flows::pause(&self.0, &request.job, &request.reason).await?;
        let job = self.job(paused).await?;
        Ok(Response::new(pb::PauseJobResponse { job }))
    }

    async fn resume_job(&self, request: Request<pb::ResumeJobRequest>) -> Answer<pb::ResumeJobResponse> {
        let (_, request) = admit(request)?;
        let resumed = job_flows::resume(&self.0, &request.job).await?;
        let job = self.job(resumed).await?;
        Ok(Response::new(pb::ResumeJobResponse { job }))
    }

    async fn start_run(&self, request: Request<pb::StartRunRequest>) -> Answer<pb::StartRunResponse> {
        let (caller, request) = admit(request)?;
        let asked = asked(&caller, &request.request_id)?;
        let run = run_flows::start(&self.0, &request.job, asked).await?;
        let run = Some(convert::run(&run));
        Ok(Response::new(pb::StartRunResponse { run }))
    }

    async fn start_backfill(
        &self,
        request: Request<pb::StartBackfillRequest>,
    ) -> Answer<pb::StartBackfillResponse> {
        let (caller, request) = admit(request)?;
        let asked = asked(&caller, &request.request_id)?;
        let from = fields::date("from_date", &request.from_date)?;
        let to = fields::date("to_date", &request.to_date)?;
        let run = run_flows::backfill(&self.0, &request.job, (from, to), asked).await?;
        let run = Some(convert::run(&run));
        Ok(Response::new(pb::StartBackfillResponse { run }))
    }

    async fn cancel_run(&self, request: Request<pb::CancelRunRequest>) -> Answer<pb::CancelRunResponse> {
        let (_, request) = admit(request)?;
        let run = run_flows::cancel(&self.0, convert::run_id(&request.run_id)?).await?;
        let run = Some(convert::run(&run));
        Ok(Response::new(pb::CancelRunResponse { run }))
    }

    async fn get_run(&self, request: Request<pb::GetRunRequest>) -> Answer<pb::GetRunResponse> {
        let (_, request) = admit(request)?;
        let (id, pool) = (convert::run_id(&request.run_id)?, self.0.database.pool());
        let run = runs::get(pool, id)
            .await
            .map_err(Error::from)?
            .ok_or(Error::RunNotFound)?;
        let raw = runs::list_raw(pool, id, MOST_RAW).await.map_err(Error::from)?;
        Ok(Response::new(pb::GetRunResponse {
            run: Some(convert::run(&run)),
            raw_answers: raw.into_iter().map(convert::raw_answer).collect(),
        }))
    }

    async fn list_runs(&self, request: Request<pb::ListRunsRequest>) -> Answer<pb::ListRunsResponse> {
        let (_, request) = admit(request)?;
        let page = convert::page(request.page_size, &request.page_token)?;
        let mut found = runs::list(self.0.database.pool(), &request.job, &page)
            .await
            .map_err(Error::from)?;
        let next_page_token = page.finish(&mut found, |run| (run.create_time, run.run_id.uuid()));
        let runs = found.iter().map(convert::run).collect();
        Ok(Response::new(pb::ListRunsResponse {
            runs,
            next_page_token,
        }))
    }

    async fn list_quarantine(
        &self,
        request: Request<pb::ListQuarantineRequest>,
    ) -> Answer<pb::ListQuarantineResponse> {
        let (_, request) = admit(request)?;
        let page = convert::page(request.page_size, &request.page_token)?;
        let wanted = (request.job.as_str(), request.with_released);
        let mut found = quarantine::list(self.0.database.pool(), wanted, &page)
            .await
            .map_err(Error::from)?;
        let next_page_token = page.finish(&mut found, |entry| (entry.create_time, entry.entry_id));
        let entries = found.into_iter().map(convert::entry).collect();
        Ok(Response::new(pb::ListQuarantineResponse {
            entries,
            next_page_token,
        }))
    }

    async fn retry_quarantine(
        &self,
        request: Request<pb::RetryQuarantineRequest>,
    ) -> Answer<pb::RetryQuarantineResponse> {
        let (_, request) = admit(request)?;
        let id = fields::uuid("entry_id", &request.entry_id)?;
        let entry = quarantine_flows::retry(&self.0, id, request.mended_fields).await?;
        let entry = Some(convert::entry(entry));
        Ok(Response::new(pb::RetryQuarantineResponse { entry }))
    }

    async fn list_recall_notices(
        &self,
        request: Request<pb::ListRecallNoticesRequest>,
    ) -> Answer<pb::ListRecallNoticesResponse> {
        let (_, request) = admit(request)?;
        let page = convert::page(request.page_size, &request.page_token)?;
        let mut found = notices::list(self.0.database.pool(), &page)
            .await
            .map_err(Error::from)?;
        let next_page_token = page.finish(&mut found, |stored| (stored.update_time, stored.notice_id));
        let notices = found.into_iter().map(convert::stored_notice).collect();
        Ok(Response::new(pb::ListRecallNoticesResponse {
            notices,
            next_page_token,
        }))
    }

    async fn get_recall_notice(
        &self,
        request: Request<pb::GetRecallNoticeRequest>,
    ) -> Answer<pb::GetRecallNoticeResponse> {
        let (_, request) = admit(request)?;
        let id = fields::uuid("notice_id", &request.notice_id)?;
        let found = notices::get(self.0.database.pool(), id)
            .await
            .map_err(Error::from)?;
        let notice = Some(convert::stored_notice(found.ok_or(Error::NoticeNotFound)?));
        Ok(Response::new(pb::GetRecallNoticeResponse { notice }))
    }

    async fn list_prices(&self, request: Request<pb::ListPricesRequest>) -> Answer<pb::ListPricesResponse> {
        let (_, request) = admit(request)?;
        let page = convert::page(request.page_size, &request.page_token)?;
        let level = convert::level(request.level());
        let wanted = (request.item_code.as_str(), request.region.as_str(), level);
        let mut found = prices::list(self.0.database.pool(), wanted, &page)
            .await
            .map_err(Error::from)?;
        let next_page_token = page.finish(&mut found, convert::price_place);
        let prices = found.iter().map(|(_, price)| convert::price(price)).collect();
        Ok(Response::new(pb::ListPricesResponse {
            prices,
            next_page_token,
        }))
    }

    async fn list_exports(
        &self,
        request: Request<pb::ListExportsRequest>,
    ) -> Answer<pb::ListExportsResponse> {
        let (_, request) = admit(request)?;
        let page = convert::page(request.page_size, &request.page_token)?;
        let mut found = exports::list(self.0.database.pool(), &request.service, &page)
            .await
            .map_err(Error::from)?;
        let next_page_token = page.finish(&mut found, |export| (export.create_time, export.export_id));
        let exports = found.into_iter().map(convert::export).collect();
        Ok(Response::new(pb::ListExportsResponse {
            exports,
            next_page_token,
        }))
    }

    async fn list_records(
        &self,
        request: Request<pb::ListRecordsRequest>,
    ) -> Answer<pb::ListRecordsResponse> {
        let (_, request) = admit(request)?;
        let page = convert::page(request.page_size, &request.page_token)?;
        let job = Job::named(&request.job).ok_or(Error::JobNotFound)?;
        let mut found = records::list(self.0.database.pool(), job.name, &page)
            .await
            .map_err(Error::from)?;
        let next_page_token = page.finish(&mut found, |record| (record.update_time, record.record_id));
        let records = found.into_iter().map(convert::record).collect();
        Ok(Response::new(pb::ListRecordsResponse {
            records,
            next_page_token,
        }))
    }
}
