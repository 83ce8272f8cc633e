use std::time::Duration;

use prost_types::value::Kind;
use prost_types::{ListValue, Value as Told};
use xlcfi_contracts::etl::v1 as pb;

use crate::report::{Column, Report, Table, Value};

pub fn report_table(table: Table) -> pb::ReportTable {
    pb::ReportTable {
        name: table.name,
        columns: table.columns.into_iter().map(column).collect(),
        event_count: table.event_count,
        file_count: table.file_count,
        byte_count: table.byte_count,
    }
}

pub fn report(report: Report, elapsed: Duration) -> pb::RunReportResponse {
    pb::RunReportResponse {
        columns: report.columns.into_iter().map(column).collect(),
        rows: report.rows.into_iter().map(row).collect(),
        truncated: report.truncated,
        events_read: report.events_read,
        files_read: report.files_read,
        files_gone: report.files_gone,
        elapsed: prost_types::Duration::try_from(elapsed).ok(),
    }
}

fn column(column: Column) -> pb::ReportColumn {
    pb::ReportColumn {
        name: column.name,
        r#type: column.kind,
    }
}

fn row(cells: Vec<Value>) -> ListValue {
    let cell = |cell| Told {
        kind: Some(match cell {
            Value::Null => Kind::NullValue(0),
            Value::Bool(is) => Kind::BoolValue(is),
            Value::Number(number) => Kind::NumberValue(number),
            Value::Text(text) => Kind::StringValue(text),
        }),
    };
    ListValue {
        values: cells.into_iter().map(cell).collect(),
    }
}
