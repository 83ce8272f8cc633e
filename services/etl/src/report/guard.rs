//! What SQL of a report may do. It reads, and nothing in it makes a text longer or repeats
//! itself: so what it needs grows with what it reads, which is counted.

use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::common::{DataFusionError, plan_datafusion_err};
use datafusion::logical_expr::expr::WindowFunctionDefinition;
use datafusion::logical_expr::{Expr, GroupingSet, LogicalPlan, Operator};

const SCALARS: &[&str] = &[
    "abs",
    "btrim",
    "ceil",
    "character_length",
    "coalesce",
    "contains",
    "current_date",
    "date_bin",
    "date_part",
    "date_trunc",
    "ends_with",
    "exp",
    "floor",
    "get_field",
    "greatest",
    "json_as_text",
    "json_contains",
    "json_get",
    "json_get_array",
    "json_get_bool",
    "json_get_float",
    "json_get_int",
    "json_get_json",
    "json_get_str",
    "json_length",
    "json_object_keys",
    "json_union_to_text",
    "least",
    "left",
    "ln",
    "log",
    "log10",
    "log2",
    "lower",
    "ltrim",
    "make_date",
    "now",
    "nullif",
    "nvl",
    "octet_length",
    "power",
    "reverse",
    "right",
    "round",
    "rtrim",
    "signum",
    "split_part",
    "sqrt",
    "starts_with",
    "strpos",
    "substr",
    "to_char",
    "to_date",
    "to_local_time",
    "to_timestamp",
    "to_unixtime",
    "trunc",
    "upper",
];
const AGGREGATES: &[&str] = &[
    "approx_distinct",
    "approx_percentile_cont",
    "avg",
    "bool_and",
    "bool_or",
    "corr",
    "count",
    "first_value",
    "grouping",
    "last_value",
    "max",
    "median",
    "min",
    "stddev",
    "stddev_pop",
    "sum",
    "var",
    "var_pop",
];
/// Over windows: what takes no longer the wider its window is.
const MOVING: &[&str] = &["avg", "count", "max", "min", "sum"];
const WINDOWS: &[&str] = &[
    "cume_dist",
    "dense_rank",
    "first_value",
    "lag",
    "last_value",
    "lead",
    "nth_value",
    "ntile",
    "percent_rank",
    "rank",
    "row_number",
];

/// # Errors
/// What it must not do.
pub fn check(plan: &LogicalPlan) -> Result<(), String> {
    let checked = plan.apply_with_subqueries(|node| {
        check_node(node).map_err(|why| plan_datafusion_err!("{why}"))?;
        node.apply_expressions(|expression| {
            expression.apply(|part| {
                check_part(part).map_err(|why| plan_datafusion_err!("{why}"))?;
                Ok(TreeNodeRecursion::Continue)
            })
        })
    });
    checked.map(drop).map_err(|error| match error.find_root() {
        DataFusionError::Plan(why) => why.clone(),
        _ => error.strip_backtrace(),
    })
}

fn check_node(node: &LogicalPlan) -> Result<(), String> {
    match node {
        LogicalPlan::Projection(_)
        | LogicalPlan::Filter(_)
        | LogicalPlan::Window(_)
        | LogicalPlan::Aggregate(_)
        | LogicalPlan::Sort(_)
        | LogicalPlan::Join(_)
        | LogicalPlan::Repartition(_)
        | LogicalPlan::Union(_)
        | LogicalPlan::TableScan(_)
        | LogicalPlan::EmptyRelation(_)
        | LogicalPlan::Subquery(_)
        | LogicalPlan::SubqueryAlias(_)
        | LogicalPlan::Limit(_)
        | LogicalPlan::Values(_)
        | LogicalPlan::Explain(_)
        | LogicalPlan::Distinct(_)
        | LogicalPlan::Unnest(_) => Ok(()),
        LogicalPlan::Statement(_)
        | LogicalPlan::Analyze(_)
        | LogicalPlan::DescribeTable(_)
        | LogicalPlan::Extension(_)
        | LogicalPlan::Dml(_)
        | LogicalPlan::Ddl(_)
        | LogicalPlan::Copy(_)
        | LogicalPlan::RecursiveQuery(_) => Err("a report only reads".to_owned()),
    }
}

fn check_part(part: &Expr) -> Result<(), String> {
    let (name, known) = match part {
        Expr::ScalarFunction(call) => (call.func.name(), SCALARS),
        Expr::AggregateFunction(call) => (call.func.name(), AGGREGATES),
        Expr::WindowFunction(call) => match &call.fun {
            WindowFunctionDefinition::AggregateUDF(_) if call.params.distinct => {
                return Err("a window does not count what is distinct".to_owned());
            }
            WindowFunctionDefinition::AggregateUDF(function) => (function.name(), MOVING),
            WindowFunctionDefinition::WindowUDF(function) => (function.name(), WINDOWS),
        },
        Expr::BinaryExpr(pair) if pair.op == Operator::StringConcat => {
            return Err("a report joins no texts: ask for them in columns of their own".to_owned());
        }
        Expr::GroupingSet(GroupingSet::Cube(_)) => {
            return Err("CUBE asks for too much; name the GROUPING SETS that are wanted".to_owned());
        }
        Expr::HigherOrderFunction(_) | Expr::Lambda(_) | Expr::ScalarVariable(..) | Expr::Placeholder(_) => {
            return Err("a report has no variables and no functions of its own".to_owned());
        }
        _ => return Ok(()),
    };
    match known.contains(&name) {
        true => Ok(()),
        false => Err(format!(
            "{name} is no function of reports; these are: {}",
            known.join(", ")
        )),
    }
}
