//! `steps`: queries, models, and tables that gather the rows of others; and their checks.

use crate::model;
use crate::problem::suggestion;

use crate::pipeline::check::step::StepCheck;
use crate::pipeline::check::{STEP_TESTS, TESTS};
use crate::pipeline::reader::{Fields, Reader};
use crate::pipeline::yaml::Node;
use crate::pipeline::{ModelKind, Role, Spanned, Step, StepKind};

impl Reader {
    pub(in crate::pipeline) fn step(&mut self, name: &Spanned<String>, node: &Node) -> Option<Step> {
        let fields = self.fields(
            node,
            &name.value,
            &[
                "sql",
                "model",
                "from",
                "judged_by",
                "parameters",
                "season",
                "with",
                "keep",
                "by_day",
                "incremental",
                "into",
                "gather",
                "table",
                "checks",
            ],
        )?;
        if let Some(gathered) = fields.get("gather") {
            return Some(self.gathering(name, &fields, gathered));
        }
        let kind = match (fields.get("sql"), fields.get("model")) {
            (Some(sql), None) => self.text(sql, "sql").map(StepKind::Sql),
            (None, Some(model)) => self.model(model, &fields, name),
            (sql, _) => {
                let both = if sql.is_some() { "both `sql` and `model`" } else { "neither `sql` nor `model`" };
                let help =
                    "a step names exactly one: `sql: sql/name.sql`, or `model: bg_nbd` with `from: table`";
                self.problem(&name.at, format!("the step `{}` names {both}", name.value), Some(help.into()));
                None
            }
        };
        if let Some(StepKind::Sql(_)) = kind {
            for key in Role::ALL.map(Role::key).into_iter().filter(|key| fields.get(key).is_some()) {
                let help = format!("a query names its tables itself; `{key}` belongs to `model`");
                self.problem(&fields.key(key), format!("`{key}` has no use beside `sql`"), Some(help));
            }
        }
        let with = fields.get("with").map(|node| self.params(node, "with")).unwrap_or_default();
        let keep = fields.get("keep").and_then(|node| self.boolean(node, "keep")).unwrap_or(true);
        let by_day = fields.get("by_day").and_then(|node| self.text(node, "by_day"));
        let incremental =
            fields.get("incremental").and_then(|node| self.boolean(node, "incremental")).unwrap_or(false);
        if let Some(StepKind::Model { .. }) = &kind {
            let no_use = [
                (
                    "incremental",
                    incremental,
                    "a model is fitted on a whole table; `incremental` belongs to `sql`",
                ),
                (
                    "by_day",
                    by_day.is_some(),
                    "what a model says changes with every day; `by_day` belongs to `sql`",
                ),
                ("keep", !keep, "a model's tables are always kept; `keep: false` belongs to `sql`"),
            ];
            for (key, _, help) in no_use.into_iter().filter(|(_, set, _)| *set) {
                self.problem(
                    &fields.key(key),
                    format!("`{key}` has no use beside `model`"),
                    Some(help.into()),
                );
            }
        }
        let into = fields.get("into").and_then(|node| self.text(node, "into"));
        let table = fields.get("table").and_then(|node| self.table_of_step(name, node, kind.as_ref()));
        let checks = self.step_checks(&fields);
        Some(Step { name: name.clone(), kind: kind?, with, keep, by_day, into, incremental, table, checks })
    }

    fn step_check(&mut self, node: &Node) -> Option<StepCheck> {
        let of_steps = STEP_TESTS.iter().map(|kind| kind.key);
        let known: Vec<&str> = TESTS.iter().map(|kind| kind.key).chain(of_steps).collect();
        let (fields, severity, test) = self.named_test(node, &known)?;
        let (value, at) = (fields.get(test)?, fields.key(test));
        Some(StepCheck { at, severity, test: self.step_test(test, value)? })
    }

    fn step_checks(&mut self, fields: &Fields<'_>) -> Vec<StepCheck> {
        let Some(node) = fields.get("checks") else { return Vec::new() };
        self.items(node, "checks").iter().filter_map(|item| self.step_check(item)).collect()
    }

    /// A step that holds the rows of all tables that go into it.
    fn gathering(&mut self, name: &Spanned<String>, fields: &Fields<'_>, node: &Node) -> Step {
        for key in ["sql", "model", "from", "with", "by_day", "incremental", "into"] {
            if fields.get(key).is_some() {
                let help = "its rows are those of the steps with `into: ` and its name";
                self.problem(
                    &fields.key(key),
                    format!("`{key}` has no use beside `gather`"),
                    Some(help.into()),
                );
            }
        }
        let mut columns = Vec::new();
        for (key, value) in self.entries(node, "gather", "`column: SQL type`") {
            let column = self.identifier(&key.name, &key.at, "column");
            columns.extend(column.zip(self.text(value, &key.name)));
        }
        let checks = self.step_checks(fields);
        let keep = fields.get("keep").and_then(|node| self.boolean(node, "keep")).unwrap_or(true);
        let kind = StepKind::Gather { columns, tables: Vec::new() };
        Step {
            name: name.clone(),
            kind,
            with: Vec::new(),
            keep,
            by_day: None,
            into: None,
            incremental: false,
            table: None,
            checks,
        }
    }

    /// Tells each gathering step which tables go into it.
    pub(super) fn gather(&mut self, steps: &mut [Step]) {
        let sent: Vec<(Spanned<String>, String)> =
            steps.iter().filter_map(|step| Some((step.into.clone()?, step.name.value.clone()))).collect();
        let gathers = |step: &Step| matches!(step.kind, StepKind::Gather { .. });
        let known: Vec<String> =
            steps.iter().filter(|step| gathers(step)).map(|step| step.name.value.clone()).collect();
        for (into, _) in sent.iter().filter(|(into, _)| !known.contains(&into.value)) {
            let help = suggestion(&into.value, known.iter().map(String::as_str)).or_else(|| {
                let help = "the module `base` gathers all_figures, all_points and all_findings: switch it on";
                Some(help.to_owned())
            });
            self.problem(&into.at, format!("there is no step `{}` that gathers tables", into.value), help);
        }
        for step in steps {
            if let StepKind::Gather { tables, .. } = &mut step.kind {
                let of = sent.iter().filter(|(into, _)| into.value == step.name.value);
                tables.extend(of.map(|(_, table)| table.clone()));
            }
        }
    }

    fn model(&mut self, node: &Node, fields: &Fields<'_>, name: &Spanned<String>) -> Option<StepKind> {
        let words: Vec<(&str, &ModelKind)> = model::all().iter().map(|model| (model.key, model)).collect();
        let at = node.at.clone();
        let model = self.word(node, "model", &words).map(|value| Spanned { value, at });
        let model = model?;
        let roles = model.value.needs;
        let mut tables = Vec::new();
        for role in Role::ALL {
            let key = role.key();
            match fields.get(key) {
                Some(node) if model.value.reads(role) => {
                    tables.push((role, self.text(node, key)?));
                }
                Some(_) => {
                    let what = format!("`{key}` has no use beside `model: {}`", model.value.key);
                    let reading = model::all().iter().filter(|model| model.reads(role));
                    let reading: Vec<&str> = reading.map(|model| model.key).collect();
                    let help = format!("models that read such a table: {}", reading.join(", "));
                    self.problem(&fields.key(key), what, Some(help));
                }
                None if roles.contains(&role) => {
                    let help = match role {
                        Role::From => "add `from: customer_summary`, a table with one row a customer",
                        Role::JudgedBy => "add `judged_by: contest`, the table of a step `model: contest`",
                        Role::Season => "add `season: monthly`, a table with one row a month",
                        Role::Parameters => {
                            "add `parameters: clv_fit`, a table with the columns of `<step>_fit`"
                        }
                    };
                    let what = format!("the model step `{}` has no `{key}`", name.value);
                    self.problem(&name.at, what, Some(help.into()));
                }
                None => {}
            }
        }
        let complete = roles.iter().all(|needed| tables.iter().any(|(role, _)| role == needed));
        complete.then_some(StepKind::Model { model, tables })
    }
}
