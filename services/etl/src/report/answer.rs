//! Rows of a report, as its answer has them.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use datafusion::arrow::array::{Array, AsArray as _, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, FieldRef, Float64Type, Int64Type};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::Result;
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt as _;

use super::table::Counts;

/// Most bytes of texts in an answer: with all around them it fits in a message.
const MOST_BYTES: usize = 2 << 20;
/// Numbers beyond are not exact where JSON is read.
const EXACT: i64 = 1 << 53;

/// What a report found.
#[derive(Debug, Default, PartialEq)]
pub struct Report {
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Value>>,
    /// Whether there are more rows than these.
    pub truncated: bool,
    pub files_read: i64,
    /// Files the store has no more.
    pub files_gone: i64,
    pub events_read: i64,
}

/// A column of a report.
#[derive(Debug, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    /// As SQL's reader calls its type.
    pub kind: String,
}

impl From<&FieldRef> for Column {
    fn from(field: &FieldRef) -> Self {
        Self {
            name: field.name().clone(),
            kind: field.data_type().to_string(),
        }
    }
}

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
}

/// The rows of a report until there are enough.
pub async fn collect(
    mut rows: SendableRecordBatchStream,
    most_rows: usize,
    counts: Vec<Arc<Counts>>,
) -> Result<Report> {
    let schema = rows.schema();
    let mut report = Report {
        columns: schema.fields().iter().map(Column::from).collect(),
        ..Report::default()
    };
    let mut bytes = 0;
    while let Some(batch) = rows.next().await.transpose()?
        && !report.truncated
    {
        for row in cells(&batch)? {
            bytes += row.iter().map(size).sum::<usize>();
            if report.rows.len() == most_rows || bytes > MOST_BYTES {
                report.truncated = true;
                break;
            }
            report.rows.push(row);
        }
    }
    let sum = |count: fn(&Counts) -> i64| counts.iter().map(|counts| count(counts)).sum();
    report.files_read = sum(|counts| counts.files.load(Ordering::Relaxed));
    report.files_gone = sum(|counts| counts.gone.load(Ordering::Relaxed));
    report.events_read = sum(|counts| counts.events.load(Ordering::Relaxed));
    Ok(report)
}

fn size(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.len() + 8,
        Value::Null | Value::Bool(_) | Value::Number(_) => 16,
    }
}

fn cells(batch: &RecordBatch) -> Result<Vec<Vec<Value>>> {
    let mut rows = vec![Vec::with_capacity(batch.num_columns()); batch.num_rows()];
    for column in batch.columns() {
        for (row, value) in rows.iter_mut().zip(values(column)?) {
            row.push(value);
        }
    }
    Ok(rows)
}

fn values(column: &dyn Array) -> Result<Vec<Value>> {
    let kind = column.data_type();
    if *kind == DataType::Null {
        return Ok(vec![Value::Null; column.len()]);
    }
    if *kind == DataType::Boolean {
        let cells = column.as_boolean().iter();
        return Ok(cells.map(|cell| cell.map_or(Value::Null, Value::Bool)).collect());
    }
    if kind.is_integer() && *kind != DataType::UInt64 {
        let column = cast(column, &DataType::Int64)?;
        let cells = column.as_primitive::<Int64Type>().iter();
        return Ok(cells.map(|cell| cell.map_or(Value::Null, whole)).collect());
    }
    if kind.is_floating() {
        let column = cast(column, &DataType::Float64)?;
        let cells = column.as_primitive::<Float64Type>().iter();
        return Ok(cells.map(|cell| cell.map_or(Value::Null, float)).collect());
    }
    texts(column)
}

fn texts(column: &dyn Array) -> Result<Vec<Value>> {
    let options = FormatOptions::default();
    let written = ArrayFormatter::try_new(column, &options)?;
    let cell = |row| match column.is_null(row) {
        true => Ok(Value::Null),
        false => Ok(Value::Text(written.value(row).try_to_string()?)),
    };
    (0..column.len()).map(cell).collect()
}

fn whole(number: i64) -> Value {
    match (-EXACT..=EXACT).contains(&number) {
        true => Value::Number(number as f64),
        false => Value::Text(number.to_string()),
    }
}

/// JSON knows no infinity and nothing that is no number.
fn float(number: f64) -> Value {
    match number.is_finite() {
        true => Value::Number(number),
        false => Value::Text(number.to_string()),
    }
}
