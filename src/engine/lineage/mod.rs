//! Which columns of a query's result hold customers' ids, whatever their names.
//!
//! Ids come from sources and are followed through a plan. A plain column, an alias, a cast, a minimum or a join keeps
//! an id. Other functions make a value that may still identify the customer. Counts, comparisons and figures do not. If
//! a column cannot be followed, it is unknown; its values are then compared with the known ids.

use std::collections::BTreeMap;

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, TableReference};
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan};

use super::session::Time;

#[cfg(test)]
mod tests;

/// What a column holds of customers' ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ids {
    /// Only NULL.
    Nothing,
    /// Other values.
    Other,
    /// Not known.
    Unknown,
    /// Unchanged ids.
    Whole,
    /// Unchanged ids in some rows, other values in others.
    Mixed,
    /// Values made from ids.
    Made,
}

impl Ids {
    /// A column with rows of both kinds.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (a, b) if a == b => a,
            (Self::Nothing, x) | (x, Self::Nothing) => x,
            (Self::Made, _) | (_, Self::Made) => Self::Made,
            (Self::Whole | Self::Mixed, _) | (_, Self::Whole | Self::Mixed) => Self::Mixed,
            _ => Self::Unknown,
        }
    }

    /// The result of a function with arguments of both kinds.
    fn with(self, other: Self) -> Self {
        let of_ids = |ids| matches!(ids, Self::Whole | Self::Mixed | Self::Made);
        match (self, other) {
            (a, b) if of_ids(a) || of_ids(b) => Self::Made,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            _ => Self::Other,
        }
    }
}

/// The contents of the columns of the tables that queries may read.
pub type Known = BTreeMap<(Time, String), BTreeMap<String, Ids>>;

/// The column that holds customers' ids in every table that has it.
pub const CUSTOMER_ID: &str = "customer_id";

/// Functions that return a value of their argument unchanged.
const PASSING: [&str; 14] = [
    "arrow_cast",
    "any_value",
    "coalesce",
    "first_value",
    "ifnull",
    "lag",
    "last_value",
    "lead",
    "max",
    "min",
    "mode",
    "nth_value",
    "nullif",
    "nvl",
];

/// The contents of a plan's result columns, by name.
pub fn of(plan: &LogicalPlan, known: &Known, time: Time) -> BTreeMap<String, Ids> {
    named(plan, &Lineage { known, time, whole: CUSTOMER_ID })
}

/// The contents of a source's columns, by the plan that maps its files' columns to them. Values made from the one file
/// column behind `customer_id` are ids too.
pub fn of_source(mapped: &LogicalPlan) -> BTreeMap<String, Ids> {
    let behind = behind_ids(mapped);
    // If there are several columns, each of them may be anything.
    let whole = match behind.as_slice() {
        [one] => one,
        _ => CUSTOMER_ID,
    };
    named(mapped, &Lineage { known: &Known::new(), time: Time::Current, whole })
}

fn named(plan: &LogicalPlan, lineage: &Lineage<'_>) -> BTreeMap<String, Ids> {
    let ids = lineage.plan(plan, None);
    plan.schema().fields().iter().map(|field| field.name().clone()).zip(ids).collect()
}

/// The contents of a table's columns if only their names are known.
pub fn by_name<'a>(names: impl Iterator<Item = &'a str>) -> BTreeMap<String, Ids> {
    names.map(|name| (name.to_owned(), named_as(name, CUSTOMER_ID))).collect()
}

fn named_as(name: &str, whole: &str) -> Ids {
    if name == whole { Ids::Whole } else { Ids::Unknown }
}

/// The file columns that a source's customer ids are made from, by the plan that maps them.
fn behind_ids(mapped: &LogicalPlan) -> Vec<String> {
    let mut names = vec![CUSTOMER_ID.to_owned()];
    let mut plan = mapped;
    while let LogicalPlan::Projection(projection) = plan {
        let named = projection.schema.fields().iter().zip(&projection.expr);
        let of = named.filter(|(field, _)| names.contains(field.name()));
        names = of.flat_map(|(_, expr)| expr.column_refs()).map(|column| column.name.clone()).collect();
        plan = &projection.input;
    }
    names
}

/// The columns that names in an expression refer to, and those around a subquery.
struct Scope<'a> {
    inputs: Vec<(&'a DFSchema, Vec<Ids>)>,
    outer: Option<&'a Scope<'a>>,
}

impl Scope<'_> {
    fn column(&self, column: &Column) -> Option<Ids> {
        self.inputs.iter().find_map(|(schema, ids)| {
            let at = schema.maybe_index_of_column(column)?;
            ids.get(at).copied()
        })
    }

    fn field(&self, qualifier: Option<&TableReference>, name: &str) -> Option<Ids> {
        self.inputs.iter().find_map(|(schema, ids)| {
            let at = schema.index_of_column_by_name(qualifier, name)?;
            ids.get(at).copied()
        })
    }

    fn kind(&self, expr: &Expr) -> Option<DataType> {
        self.inputs.iter().find_map(|(schema, _)| expr.get_type(*schema).ok())
    }

    /// A value made from any of the columns.
    fn anything(&self) -> Ids {
        self.inputs.iter().flat_map(|(_, ids)| ids).fold(Ids::Unknown, |all, ids| all.with(*ids))
    }
}

struct Lineage<'a> {
    known: &'a Known,
    time: Time,
    /// The column that holds ids in an unknown table.
    whole: &'a str,
}

impl Lineage<'_> {
    /// The contents of a table, if it is known and has these columns.
    fn table(&self, name: &TableReference, schema: &DFSchema, whole: bool) -> Option<Vec<Ids>> {
        let time = name.schema().and_then(Time::of_schema).unwrap_or(self.time);
        let known = self.known.get(&(time, name.table().to_owned()))?;
        let fields = schema.fields();
        if whole
            && (known.len() != fields.len() || !fields.iter().all(|field| known.contains_key(field.name())))
        {
            return None;
        }
        Some(fields.iter().map(|field| known.get(field.name()).copied().unwrap_or(Ids::Unknown)).collect())
    }

    fn plan(&self, plan: &LogicalPlan, outer: Option<&Scope<'_>>) -> Vec<Ids> {
        let schema = plan.schema();
        match plan {
            LogicalPlan::TableScan(scan) => {
                self.table(&scan.table_name, schema, false).unwrap_or_else(|| {
                    schema.fields().iter().map(|field| named_as(field.name(), self.whole)).collect()
                })
            }
            // A source is a view of its files, which the engine has inserted here.
            LogicalPlan::SubqueryAlias(alias) => {
                self.table(&alias.alias, schema, true).unwrap_or_else(|| self.plan(&alias.input, outer))
            }
            LogicalPlan::EmptyRelation(_) => vec![Ids::Nothing; schema.fields().len()],
            LogicalPlan::Projection(node) => self.expressions(plan, node.expr.iter(), outer),
            LogicalPlan::Values(values) => {
                let scope = Scope { inputs: Vec::new(), outer };
                let mut ids = vec![Ids::Nothing; schema.fields().len()];
                for row in &values.values {
                    for (ids, expr) in ids.iter_mut().zip(row) {
                        *ids = ids.or(self.expr(expr, &scope));
                    }
                }
                ids
            }
            LogicalPlan::Aggregate(node) => {
                let scope = self.scope(plan, outer);
                let groups = node.group_expr.iter().flat_map(|expr| match expr {
                    Expr::GroupingSet(set) => set.distinct_expr(),
                    expr => vec![expr],
                });
                let mut ids: Vec<Ids> = groups.map(|expr| self.expr(expr, &scope)).collect();
                // The column that names a row's grouping set.
                let beside = schema.fields().len().saturating_sub(ids.len() + node.aggr_expr.len());
                ids.extend(std::iter::repeat_n(Ids::Other, beside));
                ids.extend(node.aggr_expr.iter().map(|expr| self.expr(expr, &scope)));
                ids
            }
            LogicalPlan::Window(node) => {
                let scope = self.scope(plan, outer);
                let mut ids = self.plan(&node.input, outer);
                ids.extend(node.window_expr.iter().map(|expr| self.expr(expr, &scope)));
                ids
            }
            LogicalPlan::Union(node) => {
                let mut inputs = node.inputs.iter().map(|input| self.plan(input, outer));
                let first = inputs.next().unwrap_or_default();
                inputs.fold(first, |all, next| together(&all, &next))
            }
            LogicalPlan::RecursiveQuery(node) => self.recursive(node, outer),
            LogicalPlan::Unnest(node) => {
                let ids = self.plan(&node.input, outer);
                node.dependency_indices
                    .iter()
                    .map(|at| ids.get(*at).copied().unwrap_or(Ids::Unknown))
                    .collect()
            }
            _ => {
                let inputs = plan.inputs();
                if let [input] = inputs.as_slice()
                    && input.schema().fields().len() == schema.fields().len()
                {
                    return self.plan(input, outer);
                }
                let scope = self.scope(plan, outer);
                let field = |(qualifier, field): (Option<&TableReference>, &arrow::datatypes::FieldRef)| {
                    scope.field(qualifier, field.name()).unwrap_or_else(|| scope.anything())
                };
                schema.iter().map(field).collect()
            }
        }
    }

    /// The working table of a recursive query: the result of its first term, and what the second makes from it.
    fn recursive(
        &self,
        node: &datafusion::logical_expr::RecursiveQuery,
        outer: Option<&Scope<'_>>,
    ) -> Vec<Ids> {
        let mut ids = self.plan(&node.static_term, outer);
        // Each round can only add to a column's contents, at most four times.
        for _ in 0..4 * ids.len().max(1) {
            let names = node.static_term.schema().fields().iter().map(|field| field.name().clone());
            let mut known = self.known.clone();
            known.insert((self.time, node.name.clone()), names.zip(ids.iter().copied()).collect());
            let again = Lineage { known: &known, ..*self }.plan(&node.recursive_term, outer);
            let all = together(&ids, &again);
            if all == ids {
                break;
            }
            ids = all;
        }
        ids
    }

    fn scope<'s>(&self, plan: &'s LogicalPlan, outer: Option<&'s Scope<'s>>) -> Scope<'s> {
        let inputs = plan.inputs().into_iter();
        Scope {
            inputs: inputs.map(|input| (input.schema().as_ref(), self.plan(input, outer))).collect(),
            outer,
        }
    }

    fn expressions<'e>(
        &self,
        plan: &LogicalPlan,
        exprs: impl Iterator<Item = &'e Expr>,
        outer: Option<&Scope<'_>>,
    ) -> Vec<Ids> {
        let scope = self.scope(plan, outer);
        exprs.map(|expr| self.expr(expr, &scope)).collect()
    }

    fn expr(&self, expr: &Expr, scope: &Scope<'_>) -> Ids {
        match expr {
            Expr::Column(column) => scope.column(column).unwrap_or(Ids::Unknown),
            Expr::OuterReferenceColumn(_, column) => {
                let mut around = std::iter::successors(scope.outer, |scope| scope.outer);
                around.find_map(|scope| scope.column(column)).unwrap_or(Ids::Unknown)
            }
            Expr::Alias(alias) => self.expr(&alias.expr, scope),
            Expr::Cast(cast) => self.expr(&cast.expr, scope),
            Expr::TryCast(cast) => self.expr(&cast.expr, scope),
            Expr::Literal(value, _) if value.is_null() => Ids::Nothing,
            Expr::Literal(..) | Expr::Placeholder(_) => Ids::Other,
            Expr::ScalarSubquery(subquery) => {
                let ids = self.plan(&subquery.subquery, Some(scope));
                ids.first().copied().unwrap_or(Ids::Unknown)
            }
            Expr::Case(case) => {
                let then = case.when_then_expr.iter().map(|(_, then)| then);
                let all = then.chain(&case.else_expr).map(|then| self.expr(then, scope));
                all.reduce(Ids::or).unwrap_or(Ids::Nothing)
            }
            Expr::ScalarFunction(function) => {
                self.function(expr, function.func.name(), &function.args, false, scope)
            }
            Expr::AggregateFunction(function) => {
                self.function(expr, function.func.name(), &function.params.args, true, scope)
            }
            Expr::WindowFunction(function) => {
                self.function(expr, function.fun.name(), &function.params.args, true, scope)
            }
            other => {
                let mut children = Vec::new();
                let _ = other.apply_children(|child| {
                    children.push(child.clone());
                    Ok(TreeNodeRecursion::Continue)
                });
                self.made(other, &children, false, scope)
            }
        }
    }

    fn function(&self, expr: &Expr, name: &str, args: &[Expr], sums_up: bool, scope: &Scope<'_>) -> Ids {
        if !PASSING.contains(&name) {
            return self.made(expr, args, sums_up, scope);
        }
        // `nullif` only compares its second argument, and most other second arguments are numbers.
        let passed = match name {
            "coalesce" | "nvl" | "ifnull" => args.len(),
            _ => 1,
        };
        args.iter().take(passed).map(|arg| self.expr(arg, scope)).reduce(Ids::or).unwrap_or(Ids::Unknown)
    }

    /// The result of a function or an operator. A text can be made from anything, a number only from numbers. A sum
    /// over many rows, a yes or no, a date or a share does not identify a customer.
    fn made(&self, expr: &Expr, args: &[Expr], sums_up: bool, scope: &Scope<'_>) -> Ids {
        let holds = scope.kind(expr).map_or(Holds::Text, |kind| holds(&kind));
        let from = |arg: &&Expr| match holds {
            Holds::Text => true,
            Holds::Numbers => !sums_up && scope.kind(arg).is_none_or(|kind| holds_of(&kind)),
            Holds::Neither => false,
        };
        args.iter().filter(from).map(|arg| self.expr(arg, scope)).fold(Ids::Other, Ids::with)
    }
}

/// Rows of both kinds, column by column.
fn together(a: &[Ids], b: &[Ids]) -> Vec<Ids> {
    a.iter().zip(b).map(|(a, b)| a.or(*b)).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    Text,
    Numbers,
    Neither,
}

fn holds_of(kind: &DataType) -> bool {
    holds(kind) == Holds::Numbers
}

/// Whether values of a type are text or contain text, or are numbers.
fn holds(kind: &DataType) -> Holds {
    match kind {
        DataType::Utf8
        | DataType::LargeUtf8
        | DataType::Utf8View
        | DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_)
        | DataType::Union(..) => Holds::Text,
        DataType::Dictionary(_, value) => holds(value),
        DataType::List(field)
        | DataType::LargeList(field)
        | DataType::ListView(field)
        | DataType::LargeListView(field)
        | DataType::FixedSizeList(field, _)
        | DataType::Map(field, _) => holds(field.data_type()),
        DataType::Struct(fields) => {
            let inner: Vec<Holds> = fields.iter().map(|field| holds(field.data_type())).collect();
            let has = |wanted: Holds| inner.contains(&wanted);
            if has(Holds::Text) {
                Holds::Text
            } else if has(Holds::Numbers) {
                Holds::Numbers
            } else {
                Holds::Neither
            }
        }
        kind if kind.is_numeric() => Holds::Numbers,
        _ => Holds::Neither,
    }
}
