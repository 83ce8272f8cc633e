//! A service's events as a table: its Parquet files in the object store, one after the other.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bytes::Bytes;
use datafusion::arrow::array::{ArrayRef, BooleanArray, RecordBatch, TimestampMicrosecondArray, UInt64Array};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::{Column, DataFusionError, Result, ScalarValue, ToDFSchema as _};
use datafusion::execution::memory_pool::MemoryConsumer;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;
use time::OffsetDateTime;

use crate::events_file;
use crate::store::exports::Export;

/// How much was read.
#[derive(Debug, Default)]
pub struct Counts {
    pub files: AtomicI64,
    /// Files the store has no more.
    pub gone: AtomicI64,
    pub events: AtomicI64,
}

/// The table of a service's events.
#[derive(Debug)]
pub struct Events {
    name: String,
    schema: SchemaRef,
    files: Vec<Export>,
    store: Arc<dyn ObjectStore>,
    counts: Arc<Counts>,
}

impl Events {
    pub fn new(name: String, files: Vec<Export>, store: Arc<dyn ObjectStore>) -> Self {
        Self {
            name,
            schema: Arc::new(events_file::schema()),
            files,
            store,
            counts: Arc::default(),
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn counts(&self) -> Arc<Counts> {
        self.counts.clone()
    }

    /// The files that may hold what is asked for.
    fn wanted(&self, session: &dyn Session, filters: &[Expr]) -> Result<Vec<Export>> {
        let Some(all) = conjunction(filters.iter().cloned()) else {
            return Ok(self.files.clone());
        };
        let schema = self.schema.clone().to_dfschema()?;
        let asked = session.create_physical_expr(all, &schema)?;
        let predicate = PruningPredicateBuilder::new()
            .with_file_schema(self.schema.clone())
            .try_build(asked)?;
        let kept = predicate.prune(&Times(&self.files))?;
        let wanted = self.files.iter().zip(kept).filter(|(_, kept)| *kept);
        Ok(wanted.map(|(file, _)| file.clone()).collect())
    }
}

#[tonic::async_trait]
impl TableProvider for Events {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let columns = projection
            .cloned()
            .unwrap_or_else(|| (0..self.schema.fields().len()).collect());
        let schema = Arc::new(self.schema.project(&columns)?);
        let reading = Reading {
            schema: schema.clone(),
            columns,
            files: self.wanted(session, filters)?,
            store: self.store.clone(),
            counts: self.counts.clone(),
        };
        // Filters are applied again above: a limit counts rows before them.
        let limit = limit.filter(|_| filters.is_empty());
        let plan = StreamingTableExec::try_new(schema, vec![Arc::new(reading)], None, [], false, limit)?;
        Ok(Arc::new(plan))
    }
}

/// When the events of files were told, for who leaves out files that hold nothing he wants.
struct Times<'a>(&'a [Export]);

impl Times<'_> {
    fn of(&self, column: &Column, time: fn(&Export) -> Option<OffsetDateTime>) -> Option<ArrayRef> {
        (column.name == "time").then(|| {
            let times = self
                .0
                .iter()
                .map(|file| time(file).map(events_file::micros))
                .collect::<TimestampMicrosecondArray>();
            Arc::new(times.with_timezone("UTC")) as ArrayRef
        })
    }
}

impl PruningStatistics for Times<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.of(column, |file| file.first_time)
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.of(column, |file| file.last_time)
    }

    fn num_containers(&self) -> usize {
        self.0.len()
    }

    fn null_counts(&self, _: &Column) -> Option<ArrayRef> {
        None
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        let counts = self.0.iter().map(|file| u64::try_from(file.event_count).ok());
        Some(Arc::new(counts.collect::<UInt64Array>()))
    }

    fn contained(&self, _: &Column, _: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}

/// Files on their way to a report.
#[derive(Debug, Clone)]
struct Reading {
    schema: SchemaRef,
    columns: Vec<usize>,
    files: Vec<Export>,
    store: Arc<dyn ObjectStore>,
    counts: Arc<Counts>,
}

impl PartitionStream for Reading {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (reading, files) = (self.clone(), self.files.clone());
        let rows = stream::iter(files)
            .then(move |file| reading.clone().open(file, context.clone()))
            .try_flatten();
        Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), rows))
    }
}

impl Reading {
    async fn open(
        self,
        file: Export,
        context: Arc<TaskContext>,
    ) -> Result<impl Stream<Item = Result<RecordBatch>>> {
        let held = MemoryConsumer::new("a file of events").register(context.memory_pool());
        held.try_grow(usize::try_from(file.byte_count).unwrap_or(usize::MAX))?;
        let rows = match self.bytes(&file).await? {
            Some(bytes) => {
                self.counts.files.fetch_add(1, Ordering::Relaxed);
                Some(rows(bytes, self.columns, context.session_config().batch_size()).map_err(away)?)
            }
            None => {
                self.counts.gone.fetch_add(1, Ordering::Relaxed);
                None
            }
        };
        let counts = self.counts;
        Ok(stream::iter(rows.into_iter().flatten()).map(move |rows| {
            // The file's bytes are counted until its last row.
            let _held = &held;
            let rows = rows.map_err(away)?;
            let count = i64::try_from(rows.num_rows()).unwrap_or(i64::MAX);
            counts.events.fetch_add(count, Ordering::Relaxed);
            Ok(rows)
        }))
    }

    /// None when the store's rules have removed the file.
    async fn bytes(&self, file: &Export) -> Result<Option<Bytes>> {
        let path = Path::from(file.path.as_str());
        match self.store.get(&path).await {
            Ok(found) => Ok(Some(found.bytes().await.map_err(away)?)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(away(error)),
        }
    }
}

fn rows(bytes: Bytes, columns: Vec<usize>, size: usize) -> Result<ParquetRecordBatchReader, ParquetError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes)?;
    let mask = ProjectionMask::roots(builder.parquet_schema(), columns);
    builder.with_projection(mask).with_batch_size(size).build()
}

fn away(error: impl std::error::Error + Send + Sync + 'static) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}
