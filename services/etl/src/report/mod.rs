//! Questions in SQL about exported events: read-only, of listed tables, with a limit to
//! time, memory and the size of the answer.

mod answer;
mod asked;
mod guard;
mod in_time;
mod table;
mod tables;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use datafusion::common::DataFusionError;
use datafusion::config::Dialect;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::GreedyMemoryPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use datafusion::prelude::SessionConfig;
use datafusion::sql::parser::Statement;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tokio_util::task::AbortOnDropHandle;
use xlcfi_errors::Fault;

pub use answer::{Column, Report, Value};
pub use tables::{Table, find, list};

use crate::error::Error;
use crate::report::in_time::Waiting;
use crate::report::table::Events;

/// Rows worked on at a time: few, as bodies of events are long.
const BATCH: usize = 1_024;
/// A stack for the deepest SQL that fits into a request.
const STACK: usize = 32 << 20;

/// What a report may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub time: Duration,
    pub bytes: usize,
    pub at_once: usize,
}

/// Works reports out, on a thread of its own: whoever asks much waits long, and nobody else.
#[derive(Debug)]
pub struct Engine {
    limits: Limits,
    places: Arc<Semaphore>,
    thread: Thread,
}

/// A runtime that may be dropped wherever its owner is.
#[derive(Debug)]
struct Thread(Option<Runtime>);

impl Drop for Thread {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// A question that can be read, and the tables it asks.
struct Question {
    state: SessionState,
    statement: Statement,
    tables: Vec<String>,
    /// It only wants to see how it would be answered.
    explains: bool,
}

impl Engine {
    /// # Errors
    /// The system gives no thread.
    pub fn new(limits: Limits) -> std::io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("etl-report")
            .thread_stack_size(STACK)
            .enable_all()
            .build()?;
        Ok(Self {
            limits,
            places: Arc::new(Semaphore::new(limits.at_once)),
            thread: Thread(Some(runtime)),
        })
    }

    /// Answers a question from the tables that `find` finds by their names.
    ///
    /// # Errors
    /// The SQL is wrong or does something else than read; too much work; the store is away.
    pub async fn answer<F, T>(&self, sql: String, most_rows: usize, find: F) -> Result<Report, Error>
    where
        F: FnOnce(Vec<String>) -> T + Send + 'static,
        T: Future<Output = Result<Vec<Events>, Error>> + Send,
    {
        let place = self.places.clone().try_acquire_owned();
        let place = place.map_err(|_| Error::ReportsBusy)?;
        let (bytes, waiting) = (self.limits.bytes, Waiting::default());
        let gone = waiting.gone();
        let Some(runtime) = &self.thread.0 else {
            return Err(Fault::bug("the reports' thread has ended").into());
        };
        let work = AbortOnDropHandle::new(runtime.spawn(async move {
            // Given back when the work has ended, not when nobody waits for it any more.
            let _place = place;
            let question = Question::read(&sql, bytes)?;
            let tables = find(question.tables.clone()).await?;
            question.answer(tables, most_rows, gone).await
        }));
        match tokio::time::timeout(self.limits.time, work).await {
            Ok(done) => done.map_err(|error| Fault::bug(error.to_string()))?,
            Err(_) => Err(Error::ReportTooSlow(self.limits.time)),
        }
    }
}

impl Question {
    fn read(sql: &str, bytes: usize) -> Result<Self, Error> {
        asked::check_length(sql).map_err(Error::ReportRefused)?;
        let state = session(bytes).map_err(told)?;
        let statement = state.sql_to_statement(sql, &Dialect::PostgreSQL).map_err(told)?;
        let explains = asked::check_statement(&statement).map_err(Error::ReportRefused)?;
        let named = state.resolve_table_references(&statement).map_err(told)?;
        let mut tables: Vec<String> = named.iter().map(ToString::to_string).collect();
        tables.sort_unstable();
        tables.dedup();
        Ok(Self {
            state,
            statement,
            tables,
            explains,
        })
    }

    async fn answer(
        mut self,
        tables: Vec<Events>,
        most_rows: usize,
        gone: Arc<AtomicBool>,
    ) -> Result<Report, Error> {
        let counts = tables.iter().map(Events::counts).collect();
        let schema = self.state.schema_for_ref("public").map_err(told)?;
        for table in tables {
            let name = table.name().to_owned();
            schema.register_table(name, Arc::new(table)).map_err(told)?;
        }
        // `now()` is when it began.
        self.state.mark_start_execution();
        let plan = self.state.statement_to_plan(self.statement).await.map_err(told)?;
        guard::check(&plan).map_err(Error::ReportRefused)?;
        let plan = match self.explains {
            true => self.state.create_physical_plan(&plan).await,
            false => bounded(&self.state, plan, most_rows, gone).await,
        };
        let rows = execute_stream(plan.map_err(told)?, self.state.task_ctx()).map_err(told)?;
        answer::collect(rows, most_rows, counts).await.map_err(told)
    }
}

/// How a question is answered, with an end to its rows and to its time.
async fn bounded(
    state: &SessionState,
    plan: LogicalPlan,
    most_rows: usize,
    gone: Arc<AtomicBool>,
) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
    // One more tells that there are more.
    let plan = LogicalPlanBuilder::from(plan)
        .limit(0, Some(most_rows + 1))?
        .build()?;
    let plan = in_time::bound(state.optimize(&plan)?, gone)?;
    state.query_planner().create_physical_plan(&plan, state).await
}

/// A session in which nothing is known yet but functions, and nothing is written to disk.
fn session(bytes: usize) -> Result<SessionState, DataFusionError> {
    let disk = DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled);
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(GreedyMemoryPool::new(bytes)))
        .with_disk_manager_builder(disk)
        .build_arc()?;
    let mut config = SessionConfig::new()
        .with_target_partitions(1)
        .with_batch_size(BATCH)
        .with_information_schema(false);
    config.options_mut().execution.enable_recursive_ctes = false;
    let mut state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_default_features()
        .with_table_functions(Default::default())
        .build();
    datafusion_functions_json::register_all(&mut state)?;
    Ok(state)
}

/// Whose fault it is: the question's, the store's or ours.
fn told(error: DataFusionError) -> Error {
    match error.find_root() {
        DataFusionError::ResourcesExhausted(_) => Error::ReportTooLarge,
        DataFusionError::External(_) | DataFusionError::IoError(_) => {
            Fault::unavailable(error.strip_backtrace()).into()
        }
        DataFusionError::Internal(_) | DataFusionError::ExecutionJoin(_) => {
            Fault::bug(error.strip_backtrace()).into()
        }
        DataFusionError::SQL(error, _) => Error::ReportRefused(error.to_string()),
        root => Error::ReportRefused(root.message().into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use object_store::memory::InMemory;
    use object_store::path::Path;
    use object_store::{ObjectStoreExt as _, PutPayload};
    use prost::{Message as _, Name as _};
    use time::OffsetDateTime;
    use uuid::Uuid;
    use xlcfi_contracts::order::v1::{Order, OrderConfirmed, OrderLine};
    use xlcfi_events::{Followed, Message};

    use super::*;
    use crate::events_file;
    use crate::store::exports::Export;

    const FILES: i64 = 100;
    const EVENTS: i64 = 10_000;

    fn confirmed(position: u64) -> Followed {
        let line = |name: &str| OrderLine {
            product_id: Uuid::now_v7().to_string(),
            seller_id: Uuid::now_v7().to_string(),
            name: name.into(),
            quantity: 2,
            ..Default::default()
        };
        let order = Order {
            order_id: Uuid::now_v7().to_string(),
            lines: vec![line("감자 10kg"), line("배추 3포기"), line("고등어")],
            ..Default::default()
        };
        let body = OrderConfirmed {
            order: Some(order),
            time: None,
        };
        let message = Message {
            id: Uuid::now_v7(),
            subject: "evt.order.OrderConfirmed.1".into(),
            type_name: OrderConfirmed::full_name(),
            key: Uuid::now_v7(),
            version: 1,
            body: body.encode_to_vec().into(),
            traceparent: None,
        };
        Followed { position, message }
    }

    /// `cargo test --release -p xlcfi-etl --lib -- --ignored --nocapture million`
    #[tokio::test]
    #[ignore = "takes long; prints how fast reports are"]
    async fn a_million_events_are_counted_and_read() {
        let events: Vec<Followed> = (0..EVENTS.unsigned_abs()).map(confirmed).collect();
        let file = events_file::write(&events).expect("a file");
        let (store, mut files) = (Arc::new(InMemory::new()), Vec::new());
        for number in 0..FILES {
            let path = Path::from(format!("{number}.parquet"));
            let put = store.put(&path, PutPayload::from(file.clone())).await;
            put.expect("it is put");
            files.push(Export {
                export_id: Uuid::now_v7(),
                service: "order".into(),
                path: path.to_string(),
                event_count: EVENTS,
                byte_count: i64::try_from(file.len()).expect("a size"),
                first_position: number * EVENTS,
                last_position: number * EVENTS + EVENTS - 1,
                create_time: OffsetDateTime::now_utc(),
                first_time: None,
                last_time: None,
            });
        }
        let limits = Limits {
            time: Duration::from_secs(600),
            bytes: 256 << 20,
            at_once: 1,
        };
        let engine = Engine::new(limits).expect("a thread");
        println!("{} files of {} bytes", FILES, file.len());
        for (sql, wanted) in [
            ("select type, count(*) from order_events group by type", Value::Number(1_000_000.0)),
            (
                "select count(distinct event_id), count(*) from order_events",
                Value::Number(1_000_000.0),
            ),
            (
                "with line as (select unnest(json_get_array(body, 'order', 'lines')) as line from order_events)
                 select line ->> 'name', sum((line ->> 'quantity')::bigint) from line group by 1",
                Value::Number(2_000_000.0),
            ),
        ] {
            let (files, store) = (files.clone(), store.clone());
            let find = async move |_| Ok(vec![Events::new("order_events".into(), files, store)]);
            let begun = Instant::now();
            let report = engine.answer(sql.to_owned(), 10, find).await.expect("an answer");
            println!("{:.2} s: {sql}", begun.elapsed().as_secs_f64());
            assert_eq!(report.events_read, FILES * EVENTS);
            assert_eq!(report.rows.first().and_then(|row| row.last()), Some(&wanted));
        }
    }
}
