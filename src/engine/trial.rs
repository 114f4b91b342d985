//! Tries out a [`Plan`]: every expression and query is planned once against tables without rows. All their errors are
//! then known before anything runs.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::empty::EmptyTable;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{LogicalPlan, ident};
use datafusion::prelude::SessionContext;

use crate::model;
use crate::pipeline::check::step::{Other, StepCheck};
use crate::pipeline::{Source, Spanned, Step, TRANSACTIONS};
use crate::problem::{Place, Problem, SourceText, suggestion};
use crate::tables::sql_types;

use super::comparison;
use super::exact::whole_division;
use super::explained::{explain, plain};
use super::failing;
use super::gather;
use super::incremental::{Incremental, merges, order_by};
use super::lineage;
use super::others;
use super::plan::{ModelInput, Node, Plan, PlannedSource, Work, audit_checks_schema, audit_rows_schema};
use super::planner::Planner;
use super::quarantine::AFTER_AS_OF;
use super::reworded::{place, within};
use super::session::{Sessions, Time};
use super::sql::{Query, fickle_in, fickleness};
use super::step_checks::PlannedCheck;
use super::suspicious::suspicious;
use super::used::{self, Part, Whole};

impl Planner {
    /// Plans everything once against empty tables.
    pub(super) async fn try_out(&mut self, plan: &Plan) {
        let sessions = match Sessions::to_plan() {
            Ok(sessions) => sessions,
            Err(error) => return self.data.push(Problem::new(plain(&error))),
        };
        let mut broken: BTreeSet<(Time, String)> = BTreeSet::new();
        // A step that could not be drafted is reported already; steps that read it have no error of their own.
        for (index, step) in plan.pipeline.steps.iter().enumerate() {
            for time in Time::ALL {
                let drafted = plan.nodes.iter().any(|node| node.step == index && node.time == time);
                if !drafted || self.broken.contains(&index) {
                    broken.extend(step.outputs().into_iter().map(|name| (time, name)));
                }
            }
        }
        for planned in &plan.sources {
            let Some(source) = plan.source(planned) else { continue };
            if let Err(problems) = self.try_source(plan, &sessions, planned, source) {
                self.configuration.extend(problems);
                broken.extend(Time::ALL.map(|time| (time, source.name.value.clone())));
            }
        }
        let audit_rows = audit_rows_schema(self.amount_scale);
        for (name, schema) in [("audit_rows", audit_rows), ("audit_checks", audit_checks_schema())] {
            for time in Time::ALL {
                let _ = sessions.register(time, name, Arc::new(EmptyTable::new(Arc::clone(&schema))));
            }
        }
        for node in &plan.nodes {
            let Some(step) = plan.step(node) else { continue };
            let own = step.outputs().into_iter().any(|name| broken.contains(&(node.time, name)));
            let tables = if own || node.inputs.iter().any(|input| broken.contains(input)) {
                None
            } else {
                self.try_node(plan, &sessions, node, step).await
            };
            match tables {
                Some(tables) => {
                    for (name, schema) in tables {
                        if node.time == Time::Current {
                            self.yields.insert(name.clone(), Arc::clone(&schema));
                        }
                        // Those of a query are known from its plan.
                        self.ids.entry((node.time, name.clone())).or_insert_with(|| {
                            lineage::by_name(schema.fields().iter().map(|field| field.name().as_str()))
                        });
                        let _ = sessions.register(node.time, &name, Arc::new(EmptyTable::new(schema)));
                    }
                }
                None => broken.extend(step.outputs().into_iter().map(|name| (node.time, name))),
            }
        }
        self.try_checks(plan, &sessions, &broken).await;
    }

    fn try_source(
        &mut self,
        plan: &Plan,
        sessions: &Sessions,
        planned: &PlannedSource,
        source: &Source,
    ) -> Result<(), Vec<Problem>> {
        let mapper = plan.mapper(sessions, source);
        let mapped = mapper.read_nothing(&planned.files, &planned.schema)?;
        mapper.within(&mapped)?;
        let marked = mapper.judge(&mapped, Vec::new())?;
        self.missing_columns(plan, planned, source, &mapper, &mapped);
        let named = |name| mapper.unknown_column(name, &mapped.columns);
        for check in &source.checks {
            let Some(column) = check.test.columns().into_iter().next().filter(|_| check.test.is_of_days())
            else {
                continue;
            };
            let schema = marked.schema().as_arrow();
            let found = schema.field_with_name(&column.value).ok().map(Field::data_type);
            if let Some(found) = found.filter(|found| !found.is_temporal()) {
                let what = {
                    let found = sql_types(&found.to_string());
                    format!("`{}` is {found}, not a date or timestamp", column.value)
                };
                let help = "freshness is the age of the newest date in a column";
                self.configuration.push(Problem::new(what).at(plan.pipeline.place(&column.at)).help(help));
            }
        }
        let listed = source.customer_ids.iter().flatten();
        let problems: Vec<Problem> = source
            .checks
            .iter()
            .flat_map(|check| check.test.columns())
            .chain(listed)
            .filter_map(named)
            .collect();
        let reserved = source.quarantine.iter().find(|rule| rule.name.value == AFTER_AS_OF).map(|rule| {
            let what = format!("`{AFTER_AS_OF}` is the mark of rows dated after the as-of date");
            Problem::new(what).at(plan.pipeline.place(&rule.name.at)).help("choose another name for the rule")
        });
        let table = marked.schema().as_arrow();
        let type_of = |name: &str| {
            let listed = mapped.columns.iter().any(|column| column == name);
            table.field_with_name(name).ok().filter(|_| listed).map(|field| field.data_type().clone())
        };
        let unfit = source
            .checks
            .iter()
            .flat_map(|check| comparison::unfit(&plan.pipeline, check.test.as_ref(), type_of));
        let problems: Vec<Problem> = problems.into_iter().chain(reserved).chain(unfit).collect();
        if !problems.is_empty() {
            return Err(problems);
        }
        let ids = mapper.ids(&mapped);
        for time in Time::ALL {
            self.ids.insert((time, source.name.value.clone()), ids.clone());
        }
        self.warnings.extend(mapped.warnings.iter().cloned());
        if let Ok(DataType::Decimal128(_, scale)) =
            marked.schema().as_arrow().field_with_name("amount").map(Field::data_type)
            && source.name.value == TRANSACTIONS
        {
            self.amount_scale = *scale;
        }
        let columns = mapped.columns.iter().map(ident).collect::<Vec<_>>();
        marked
            .select(columns)
            .and_then(|rows| plan.register_source(sessions, source, &rows))
            .map_err(|error| vec![Problem::new(plain(&error)).at(plan.pipeline.place(&source.name.at))])
    }

    /// The tables that a node will yield, by name, or none if it cannot be planned.
    async fn try_node(
        &mut self,
        plan: &Plan,
        sessions: &Sessions,
        node: &Node,
        step: &Step,
    ) -> Option<Vec<(String, SchemaRef)>> {
        let name = step.name.value.clone();
        match &node.work {
            Work::Query(query) | Work::Merged(query) => {
                match query.plan(sessions.at(node.time), &node.parameters).await {
                    Ok(planned) => {
                        let schema: SchemaRef = Arc::new(planned.schema().as_arrow().clone());
                        if let Some(function) = fickle_in(&planned) {
                            self.once(fickleness(&function).at(query.place_of_word(&function)));
                            return None;
                        }
                        self.warn_of_cents(node, query, &planned);
                        if node.time == Time::Current {
                            for problem in suspicious(query, &node.parameters) {
                                if !self.warnings.contains(&problem) {
                                    self.warnings.push(problem);
                                }
                            }
                        }
                        let optimised = match to_the_end(sessions.at(node.time), query, &planned).await {
                            Ok(optimised) => optimised,
                            Err(problem) => {
                                self.once(problem);
                                return None;
                            }
                        };
                        self.note_columns(node.time, &optimised);
                        self.note_named(node.time, &planned, &query.words());
                        if !self.try_columns(plan, step, &schema, &query.source) {
                            return None;
                        }
                        self.try_declaration(plan, node, step, query, &schema);
                        let context = sessions.at(node.time);
                        let unfit = gather::unfit(context, &plan.pipeline, step, &schema).await;
                        if !unfit.is_empty() {
                            for problem in unfit {
                                self.once(problem);
                            }
                            return None;
                        }
                        let ids = lineage::of(&planned, &self.ids, node.time);
                        self.ids.insert((node.time, name.clone()), ids);
                        if name == TRANSACTIONS && schema.field_with_name("amount").is_ok() {
                            // Its rows are valued, even if nothing reads them.
                            let read = self.columns.entry((node.time, name.clone())).or_default();
                            read.insert("amount".to_owned());
                        }
                        self.note_whole(plan, sessions, node, step, query, &optimised).await;
                        if matches!(node.work, Work::Merged(_)) {
                            self.try_merging(plan, sessions, node, step, query, &schema).await?;
                        }
                        Some(vec![(name, schema)])
                    }
                    Err(problems) => {
                        for problem in problems {
                            self.once(problem);
                        }
                        None
                    }
                }
            }
            Work::Model(model, tables) => {
                let mut good = true;
                for ModelInput { role, time, table } in tables {
                    let provider = sessions.at(*time).table_provider(table.as_str()).await.ok()?;
                    let schema = provider.schema();
                    match model::check(model.as_ref(), *role, &schema, table) {
                        Ok(()) => {
                            let read = model::columns_of(model.as_ref(), *role, &schema);
                            self.columns.entry((*time, table.clone())).or_default().extend(read);
                        }
                        Err(problem) => {
                            let place = plan.pipeline.place(&step.name.at);
                            if node.time == Time::Current {
                                self.configuration.push(problem.at(place));
                            }
                            good = false;
                        }
                    }
                }
                good.then(|| model.schemas(&name))
            }
            Work::Cut(day) => {
                self.columns.entry((Time::Current, name.clone())).or_default().insert(day.clone());
                let provider: Arc<dyn TableProvider> =
                    sessions.at(Time::Current).table_provider(name.as_str()).await.ok()?;
                if let Some(ids) = self.ids.get(&(Time::Current, name.clone())).cloned() {
                    self.ids.insert((node.time, name.clone()), ids);
                }
                Some(vec![(name, provider.schema())])
            }
        }
    }

    /// Warns about whole numbers divided by a hundred or similar, as with cents: the remainder is dropped.
    fn warn_of_cents(&mut self, node: &Node, query: &Query, plan: &LogicalPlan) {
        if node.time != Time::Current {
            return;
        }
        let mut found: Option<(String, String)> = None;
        let _ = plan.apply_with_subqueries(|plan| {
            let schema = merge_schema(&plan.inputs());
            let _ = plan.apply_expressions(|expr| {
                let division = whole_division(expr, &schema);
                found = found
                    .take()
                    .or(division.filter(|(_, by)| matches!(by.as_str(), "100" | "1000" | "10000")));
                Ok(TreeNodeRecursion::Continue)
            });
            Ok(TreeNodeRecursion::Continue)
        });
        let Some((_, by)) = found else { return };
        let text = &query.source.text;
        let written = [format!("/ {by}"), format!("/{by}")];
        let at = written.iter().find_map(|sign| Some((text.find(sign.as_str())?, sign.len())));
        let (start, length) = at.unwrap_or_default();
        let what =
            format!("whole numbers are divided by {by}, which drops what is left over: 1050 / 100 is 10");
        let problem = Problem::warning(what).at(Place::new(&query.source, start..start + length));
        let problem = problem.help(format!("write `/ {by}.00`, which keeps the decimals"));
        if !self.warnings.contains(&problem) {
            self.warnings.push(problem);
        }
    }

    /// Notes which columns of a step's table must add up to what was used; they are kept even if nothing reads them.
    async fn note_whole(
        &mut self,
        plan: &Plan,
        sessions: &Sessions,
        node: &Node,
        step: &Step,
        query: &Query,
        optimised: &LogicalPlan,
    ) {
        let (Time::Current, [(Time::Current, table)]) = (node.time, node.inputs.as_slice()) else { return };
        let of_source = plan.pipeline.sources.iter().any(|source| source.name.value == *table);
        let found = async {
            let provider = sessions.at(Time::Current).table_provider(table.as_str()).await.ok()?;
            let known = if of_source || table == TRANSACTIONS {
                let schema = provider.schema();
                let amount = schema.field_with_name("amount").ok().map(Field::data_type);
                let exact = table == TRANSACTIONS && matches!(amount, Some(DataType::Decimal128(..)));
                let money = exact.then(|| "amount".to_owned());
                Whole { of: table.clone(), part: Part::All, money, rows: None, one_a_row: true }
            } else {
                self.whole.get(table).cloned()?
            };
            if !of_source {
                return used::whole(optimised, &|_| Some(known.clone()));
            }
            // Tables of sources are views, and a plan shows only what is below them. So the query is planned once more, on
            // a table without rows that replaces the one that it reads.
            let alone = sessions.alone(1).ok()?;
            alone.register_table(table.as_str(), Arc::new(EmptyTable::new(provider.schema()))).ok()?;
            let planned = query.plan(&alone, &node.parameters).await.ok()?;
            let optimised = alone.state().optimize(&planned).ok()?;
            used::whole(&optimised, &|_| Some(known.clone()))
        };
        let Some(whole) = found.await else { return };
        let name = step.name.value.clone();
        let columns = self.columns.entry((Time::Current, name.clone())).or_default();
        columns.extend(whole.money.iter().chain(&whole.rows).cloned());
        self.whole.insert(name, whole);
    }

    /// Plans the checks of steps, if their tables and those that they compare with could be planned.
    async fn try_checks(&mut self, plan: &Plan, sessions: &Sessions, broken: &BTreeSet<(Time, String)>) {
        for PlannedCheck { table, query, parameters, check, .. } in &plan.step_checks {
            let is_broken = |name: &String| broken.contains(&(Time::Current, name.clone()));
            let place = plan.pipeline.place(check.place());
            let reads = query.tables().unwrap_or_default();
            let reads: Vec<String> = reads.iter().map(|table| table.table().to_owned()).collect();
            if is_broken(table) || reads.iter().any(is_broken) {
                continue;
            }
            let context = sessions.at(Time::Current);
            if let Some(schema) = self.yields.get(table).cloned() {
                let type_of =
                    |name: &str| schema.field_with_name(name).ok().map(|field| field.data_type().clone());
                if let Some(test) = check.test.of_rows() {
                    let unknown = test.columns().into_iter().find(|column| type_of(&column.value).is_none());
                    if let Some(column) = unknown {
                        let what = format!("`{}` is not a column of `{table}`", column.value);
                        let known = schema.fields().iter().map(|field| field.name().as_str());
                        let help = suggestion(&column.value, known);
                        self.once(Problem::new(what).at(plan.pipeline.place(&column.at)).help_if(help));
                        continue;
                    }
                    let unfit = comparison::unfit(&plan.pipeline, test, type_of);
                    if !unfit.is_empty() {
                        self.configuration.extend(unfit);
                        continue;
                    }
                }
            }
            if let Some(problem) = self.other_table(plan, sessions, table, check).await {
                self.once(problem);
                continue;
            }
            match query.plan(context, parameters).await {
                Ok(planned) => {
                    if let Some(function) = fickle_in(&planned) {
                        self.once(fickleness(&function).at(place));
                        continue;
                    }
                    match to_the_end(context, query, &planned).await {
                        Ok(optimised) => {
                            self.note_columns(Time::Current, &optimised);
                            self.note_named(Time::Current, &planned, &query.words());
                        }
                        Err(problem) => {
                            let is_expression = check.test.expression().is_some();
                            let what = if is_expression {
                                "the expression is no condition, or its types do not go together".to_owned()
                            } else {
                                problem.what
                            };
                            let help = "write a condition that is true for every row, as in `amount >= 0`";
                            let problem = Problem::new(what).at(place);
                            self.once(problem.help_if(is_expression.then(|| help.to_owned())));
                        }
                    }
                }
                Err(problems) => {
                    for problem in problems {
                        self.once(Problem { place: Some(place.clone()), ..problem });
                    }
                }
            }
        }
    }

    /// Errors in the other tables and columns that a step's check names.
    async fn other_table(
        &self,
        plan: &Plan,
        sessions: &Sessions,
        table: &str,
        check: &StepCheck,
    ) -> Option<Problem> {
        let Other { to, field, column: own, sums } = check.test.other()?;
        let at = |name: &Spanned<String>| plan.pipeline.place(&name.at);
        let context = sessions.at(Time::Current);
        let Ok(other) = context.table_provider(to.value.as_str()).await else {
            let sources = plan.pipeline.sources.iter().map(|source| source.name.value.as_str());
            let known = sources.chain(self.yields.keys().map(String::as_str));
            let help = suggestion(&to.value, known);
            return Some(Problem::new(format!("there is no table `{}`", to.value)).at(at(to)).help_if(help));
        };
        let first = self.yields.get(table)?;
        for (name, of, schema) in [(own, table, first), (field, to.value.as_str(), &other.schema())] {
            let Some(name) = name else { continue };
            let Ok(found) = schema.field_with_name(&name.value) else {
                let what = format!("`{}` is not a column of `{of}`", name.value);
                let help = suggestion(&name.value, schema.fields().iter().map(|field| field.name().as_str()));
                return Some(Problem::new(what).at(at(name)).help_if(help));
            };
            if sums && !found.data_type().is_numeric() {
                let kind = sql_types(&found.data_type().to_string());
                let what = format!("`{}` of `{of}` is {kind}, which does not add up", name.value);
                let help = "reconcile columns of numbers; leave both columns out to compare numbers of rows";
                return Some(Problem::new(what).at(at(name)).help(help));
            }
        }
        None
    }

    /// Notes which columns of tables a plan reads.
    fn note_columns(&mut self, time: Time, plan: &LogicalPlan) {
        if let LogicalPlan::TableScan(scan) = plan {
            let time = scan.table_name.schema().and_then(Time::of_schema).unwrap_or(time);
            let read = scan.projected_schema.fields().iter().map(|field| field.name().clone());
            self.columns.entry((time, scan.table_name.table().to_owned())).or_default().extend(read);
        }
        // Subqueries are plans within expressions.
        let _ = plan.apply_subqueries(|inner| {
            self.note_columns(time, inner);
            Ok(TreeNodeRecursion::Continue)
        });
        for input in plan.inputs() {
            self.note_columns(time, input);
        }
    }

    /// Notes which columns of tables a query names. A parameter may remove the condition that names a column; but the
    /// query cannot be planned again without the column.
    fn note_named(&mut self, time: Time, plan: &LogicalPlan, words: &BTreeSet<String>) {
        let _ = plan.apply_with_subqueries(|node| {
            if let LogicalPlan::TableScan(scan) = node {
                let time = scan.table_name.schema().and_then(Time::of_schema).unwrap_or(time);
                let read = self.columns.entry((time, scan.table_name.table().to_owned())).or_default();
                read.extend(named(&scan.source.schema(), words));
            }
            Ok(TreeNodeRecursion::Continue)
        });
    }

    /// A column that a query reads of a source and in which a row may name another customer than its own.
    fn reads_of_others(&self, plan: &Plan, source: &str, reads: &BTreeSet<String>) -> Option<String> {
        let source = plan.planned(source).and_then(|planned| plan.source(planned))?;
        others::columns_of_others(&self.ids, source).intersection(reads).next().cloned()
    }

    /// An incremental step's query must have results over parts of its source that can be merged.
    async fn try_merging(
        &mut self,
        plan: &Plan,
        sessions: &Sessions,
        node: &Node,
        step: &Step,
        query: &Query,
        schema: &SchemaRef,
    ) -> Option<()> {
        let refuse = |reason: String| {
            let what = format!("the step `{}` cannot be `incremental`: {reason}", step.name.value);
            let help = "drop `incremental`, and the query is asked of all rows in every run";
            Problem::new(what).at(Place::new(&query.source, 0..0)).help(help)
        };
        let sources = plan.sources.iter().filter_map(|planned| plan.source(planned));
        let mut reads = node.inputs.iter().map(|(_, name)| name);
        let (Some(source), None) = (reads.next(), reads.next()) else {
            self.configuration.push(refuse("it does not read exactly one table".into()));
            return None;
        };
        if !sources.into_iter().any(|known| known.name.value == *source) {
            self.configuration.push(refuse(format!("`{source}` is not a source")));
            return None;
        }
        let alone = sessions.alone(1).ok()?;
        let table = sessions.at(Time::Current).table_provider(source.as_str()).await.ok()?;
        alone.register_table(source.as_str(), Arc::new(EmptyTable::new(table.schema()))).ok()?;
        let planned = query.plan(&alone, &node.parameters).await.ok()?;
        match merges(&planned) {
            Ok(merge) => {
                let optimised = alone.state().optimize(&planned).ok()?;
                let mut reads = columns_read(&optimised);
                // What a parameter makes needless is named all the same: the query is planned again over these columns.
                let words = query.words();
                reads.extend(named(&table.schema(), &words));
                if reads.is_empty() {
                    // Rows that are only counted still need one column.
                    reads.extend(table.schema().fields().first().map(|field| field.name().clone()));
                }
                if plan.pipeline.parts_customers
                    && let Some(column) = self.reads_of_others(plan, source, &reads)
                {
                    let reason = format!(
                        "it reads `{column}` of `{source}`, where reports of some customers lack the ids of others"
                    );
                    self.configuration.push(refuse(reason));
                    return None;
                }
                let step = Incremental {
                    name: step.name.value.clone(),
                    query: query.clone(),
                    parameters: node.parameters.clone(),
                    schema: Arc::clone(schema),
                    merge,
                    order_by: order_by(&planned),
                    reads,
                };
                self.incremental.push((source.clone(), step));
                Some(())
            }
            Err(reason) => {
                self.configuration.push(refuse(reason));
                None
            }
        }
    }

    /// A table's columns must have different names, and `by_day` must be one of them.
    fn try_columns(
        &mut self,
        plan: &Plan,
        step: &Step,
        schema: &SchemaRef,
        source: &Arc<SourceText>,
    ) -> bool {
        let before = self.configuration.len();
        let mut twice: Vec<String> = Vec::new();
        for (index, field) in schema.fields().iter().enumerate() {
            let name = format!("`{}`", field.name());
            let earlier = schema.fields().iter().take(index).any(|other| other.name() == field.name());
            if earlier && !twice.contains(&name) {
                twice.push(name);
            }
        }
        if !twice.is_empty() {
            let (names, help) = (twice.join(", "), "give each column a name of its own with `as`");
            let (what, help) = if twice.len() == 1 {
                (format!("{} yields two columns named {names}", source.name), help.to_owned())
            } else {
                let what = format!("{} yields two columns of each of these names: {names}", source.name);
                (what, format!("{help}; in place of `*`, list the columns that you need"))
            };
            let at = Place::new(source, place("", &source.text));
            self.configuration.push(Problem::new(what).at(at).help(help));
        }
        if let Some(day) = &step.by_day {
            let found = schema.field_with_name(&day.value).ok().map(Field::data_type);
            if found != Some(&DataType::Date32) {
                let what = match found {
                    Some(other) => {
                        format!(
                            "`by_day: {}` names a column of type {}, not DATE",
                            day.value,
                            sql_types(&other.to_string())
                        )
                    }
                    None => format!("`by_day: {}` is not a column of `{}`", day.value, step.name.value),
                };
                let dates = schema.fields().iter().filter(|field| *field.data_type() == DataType::Date32);
                let help = suggestion(&day.value, dates.map(|field| field.name().as_str()));
                self.configuration.push(Problem::new(what).at(plan.pipeline.place(&day.at)).help_if(help));
            }
        }
        before == self.configuration.len()
    }
}

/// A query's optimised plan. It is planned to its end, as in a run: types are unified only after planning, and some of what the
/// engine cannot do is said only where it chooses its operators.
async fn to_the_end(
    context: &SessionContext,
    query: &Query,
    planned: &LogicalPlan,
) -> Result<LogicalPlan, Problem> {
    let state = context.state();
    let explained = |error: DataFusionError| explain(&error, &query.source, 0);
    let analysed = state.analyzer().execute_and_check(planned.clone(), state.config_options(), |_, _| {});
    let analysed = analysed.map_err(explained)?;
    if let Some(problem) = failing::literal(query, &analysed) {
        return Err(problem);
    }
    // Only what the engine says of a query within another is blamed on it.
    let unanswered = |error: DataFusionError| {
        let of_inner = is_of_inner(&plain(&error));
        match within(&query.source.text).filter(|_| of_inner) {
            Some(said) => said.problem(&query.source, 0),
            None => explained(error),
        }
    };
    let optimised = state.optimizer().optimize(analysed, &state, |_, _| {}).map_err(unanswered)?;
    state.query_planner().create_physical_plan(&optimised, &state).await.map_err(unanswered)?;
    Ok(optimised)
}

/// Whether an error of the engine is about a query within another.
fn is_of_inner(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    ["subquery", "correlated", "outer", "lateral", "exists", "schema contains"]
        .iter()
        .any(|word| message.contains(word))
}

/// The columns of a table that are among the words of a query.
fn named(schema: &SchemaRef, words: &BTreeSet<String>) -> Vec<String> {
    let names = schema.fields().iter().map(|field| field.name());
    names.filter(|name| words.contains(*name)).cloned().collect()
}

/// The columns that an optimised plan reads of its tables.
fn columns_read(plan: &LogicalPlan) -> BTreeSet<String> {
    match plan {
        LogicalPlan::TableScan(scan) => {
            scan.projected_schema.fields().iter().map(|field| field.name().clone()).collect()
        }
        plan => plan.inputs().into_iter().flat_map(columns_read).collect(),
    }
}
