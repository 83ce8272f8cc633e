//! Lets a report end when nobody waits for it any more. DataFusion yields where rows come in, but
//! not where they multiply: between two rows that come in, a join may work for hours. So each
//! join and each unfolded list asks, for every batch it makes, whether there is time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DataFusionError, Result, ScalarValue, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, Filter, Join, LogicalPlan, ScalarUDF, Volatility, create_udf,
};

/// Whether somebody waits: until this is dropped.
#[derive(Debug, Default)]
pub struct Waiting(Arc<AtomicBool>);

impl Waiting {
    pub fn gone(&self) -> Arc<AtomicBool> {
        self.0.clone()
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The plan, which fails soon after who waited is gone.
///
/// # Errors
/// The plan makes no sense.
pub fn bound(plan: LogicalPlan, gone: Arc<AtomicBool>) -> Result<LogicalPlan, DataFusionError> {
    let in_time = in_time(gone).call(Vec::new());
    let bounded = plan.transform_up_with_subqueries(|node| match node {
        LogicalPlan::Join(join) => {
            // Rows the filter takes away are work, too.
            let filter = join.filter.map(|filter| filter.and(in_time.clone()));
            asking(LogicalPlan::Join(Join { filter, ..join }), &in_time)
        }
        LogicalPlan::Unnest(_) => asking(node, &in_time),
        _ => Ok(Transformed::no(node)),
    })?;
    Ok(bounded.data)
}

fn asking(node: LogicalPlan, in_time: &Expr) -> Result<Transformed<LogicalPlan>> {
    let asking = Filter::try_new(in_time.clone(), Arc::new(node))?;
    Ok(Transformed::yes(LogicalPlan::Filter(asking)))
}

/// True, or an error.
fn in_time(gone: Arc<AtomicBool>) -> ScalarUDF {
    let ask = move |_: &[ColumnarValue]| match gone.load(Ordering::Relaxed) {
        true => exec_err!("nobody waits for this report any more"),
        false => Ok(ColumnarValue::Scalar(ScalarValue::Boolean(Some(true)))),
    };
    // Volatile, or it would be asked once.
    create_udf(
        "in_time",
        Vec::new(),
        DataType::Boolean,
        Volatility::Volatile,
        Arc::new(ask),
    )
}
