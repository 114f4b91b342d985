//! From the YAML tree to a [`Pipeline`]: all problems that the file alone can have, at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::tz::TimeZone;

use crate::files;
use crate::model;
use crate::problem::{Place, Problem, SourceText, closest, suggestion, thousands};
use crate::shipped;

use super::check::step::StepCheck;
use super::check::{STEP_TESTS, TESTS};
use super::declared;
use super::download::{DownloadFormat, MOST_ROWS};
use super::fill::fill;
use super::module;
use super::module::switch::Switched;
use super::reader::{Fields, Reader};
use super::siblings;
use super::texts::Texts;
use super::variants;
use super::yaml::{self, Node, NodeKind};
use super::{
    Amounts, AsOf, Check, CheckSeverity, Column, CustomerIds, Dates, Locale, MissingColumns, ModelKind,
    Module, Orders, Param, Period, Pipeline, Report, Returns, Role, Rule, Source, Spanned, Step, StepKind,
    TRANSACTIONS, Value, WantedColumn, When, currency,
};

/// The sections a report can have, in their usual order.
pub const SECTIONS: [&str; 11] = [
    "headline",
    "findings",
    "concentration",
    "segments",
    "migration",
    "value",
    "churn",
    "warning",
    "cohorts",
    "customers",
    "method",
];

const KEYS: [&str; 16] = [
    "name", "as_of", "period", "timezone", "currency", "locale", "returns", "memory", "cache", "params",
    "secrets", "sources", "modules", "steps", "report", "variants",
];

/// Reads a pipeline file.
///
/// # Errors
/// Everything that is wrong with it, in the order of the file; or that it cannot be read.
pub fn load(path: &Path) -> Result<Pipeline, Vec<Problem>> {
    load_with(path, &[])
}

/// Reads a pipeline file. In the keys at its top, parameters of the command line replace its own.
///
/// # Errors
/// As [`load`].
pub fn load_with(path: &Path, given: &[(String, String)]) -> Result<Pipeline, Vec<Problem>> {
    let text = files::text(path).map_err(|error| vec![unreadable(path, &error)])?;
    let source = Arc::new(SourceText { name: path.display().to_string(), text });
    let mut tree = yaml::parse(&source).map_err(|problem| vec![problem])?;
    let mut reader = Reader::new(Texts::new(Arc::clone(&source)));
    let variants = variants::taken(&mut reader, &mut tree);
    fill(&mut reader, &mut tree, given, None);
    let mut pipeline = reader.pipeline(&tree, path);
    for (variant, mut tree) in variants {
        fill(&mut reader, &mut tree, given, variant.each.as_ref().map(|_| variants::EACH));
        let of = reader.pipeline(&tree, path);
        if let (Some(pipeline), Some(of)) = (&mut pipeline, of) {
            pipeline.variants.extend(reader.variant(of, variant));
        }
    }
    if let Some(pipeline) = &mut pipeline {
        // A title of one variant is a use of a parameter that all of them have.
        for variant in &mut pipeline.variants {
            variant.filled.clone_from(&reader.filled);
        }
        pipeline.filled.clone_from(&reader.filled);
        pipeline.settle_parts();
    }
    // What is wrong with all of them is told once.
    let mut told: Vec<Problem> = Vec::new();
    reader.problems.retain(|problem| {
        !told.contains(problem) && {
            told.push(problem.clone());
            true
        }
    });
    // Those of the pipeline's own file first, then those of its modules.
    reader.problems.sort_by_key(|problem| {
        problem
            .place
            .as_ref()
            .map(|place| (place.source.name != source.name, place.source.name.clone(), place.span.start))
    });
    match pipeline {
        Some(pipeline) if reader.problems.is_empty() => match siblings::same_name(&pipeline, path) {
            Some(problem) => Err(vec![problem]),
            None => Ok(pipeline),
        },
        _ => Err(reader.problems),
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Problem {
    let what = format!("the pipeline {} cannot be read: {error}", path.display());
    let help = if path.is_dir() {
        "name the YAML file itself, such as pipelines/demo.yaml"
    } else {
        "check the path; `regulars init` writes a project with a pipeline to start from"
    };
    Problem::new(what).help(help)
}

/// What `columns` holds.
pub(super) const COLUMNS: &str = "`column: SQL expression`";

impl Reader {
    fn pipeline(&mut self, tree: &Node, path: &Path) -> Option<Pipeline> {
        let fields = self.fields(tree, "pipeline", &KEYS)?;
        let name = self.pipeline_name(&fields);
        let as_of = fields.get("as_of").and_then(|node| self.as_of(node)).unwrap_or(AsOf::Yesterday);
        let timezone = fields.get("timezone").and_then(|node| self.timezone(node)).unwrap_or(TimeZone::UTC);
        let period = self.one_of(&fields, "period", &Period::WORDS).unwrap_or(Period::Month);
        let locale = self.one_of(&fields, "locale", &LOCALES).unwrap_or(Locale::En);
        let returns = self.one_of(&fields, "returns", &RETURNS).unwrap_or(Returns::Net);
        let currency = fields.get("currency").and_then(|node| self.currency(node)).unwrap_or("USD".into());
        let memory = fields.get("memory").and_then(|node| self.bytes(node, "memory", "2GiB"));
        let cache = fields.get("cache").and_then(|node| self.cache(node));
        let params = fields.get("params").map(|node| self.params(node, "params")).unwrap_or_default();
        let mut sources = self.section(&fields, "sources", "`name: { path: ... }`", Self::source);
        self.joined(&sources);
        if let Some(node) = fields.get("secrets") {
            self.names(node, "secrets");
        }
        let root = Pipeline::root_of(path);
        let modules = fields.get("modules");
        let Switched { modules: switched, settings, mut steps, sections, closing, tables } =
            modules.map(|node| self.modules(node, &root, &sources)).unwrap_or_default();
        self.want(&switched, &mut sources);
        self.no_twins(&params, &settings, &switched);
        if modules.is_none() || fields.get("steps").is_some() {
            steps.extend(self.section(&fields, "steps", "`name: { sql: sql/name.sql }`", Self::step));
        }
        self.gather(&mut steps);
        let own = own_sections(path);
        let off = switched.iter().filter(|module| module.left_out.is_some()).map(|module| &module.definition);
        let left_out =
            off.flat_map(|of| of.sections.iter().chain(&of.closing)).map(|name| name.value.clone());
        let of_modules = OfModules { sections, closing, left_out: left_out.collect(), root: root.clone() };
        self.known_sections(&of_modules, &steps, &own);
        let report = match fields.get("report") {
            Some(node) => self.report(node, &steps, &own, &of_modules),
            None if modules.is_some() => Some(Report { sections: of_modules.usual(), ..Report::default() }),
            None => None,
        };
        self.one_namespace(&sources, &steps);
        Some(Pipeline {
            declared: declared::of_steps(&steps, &tables),
            texts: self.texts.clone(),
            root,
            name: name?,
            as_of,
            as_of_at: fields.get("as_of").map(|node| node.at.clone()),
            period,
            timezone,
            currency,
            locale,
            returns,
            memory,
            cache,
            params,
            modules: switched,
            settings,
            sources,
            steps,
            report,
            variants: Vec::new(),
            variant: None,
            filled: BTreeSet::new(),
            parts_customers: false,
        })
    }

    /// Tells each source what modules want of it.
    fn want(&mut self, modules: &[Module], sources: &mut [Source]) {
        let on = modules.iter().filter(|module| module.left_out.is_none());
        // The day of each source's rows, with the module that named it first.
        let mut days: BTreeMap<String, (String, String)> = BTreeMap::new();
        for (module, needed) in
            on.flat_map(|module| module.definition.sources.iter().map(move |of| (module, of)))
        {
            let Some(source) = sources.iter_mut().find(|source| source.name.value == needed.name) else {
                continue;
            };
            if let Some(day) = &needed.by_day {
                let module = &module.name;
                let known = days.get(&needed.name);
                match (&source.by_day, known) {
                    (None, _) => {
                        source.by_day = Some(Spanned { value: day.clone(), at: source.path.at.clone() });
                        days.insert(needed.name.clone(), (day.clone(), module.value.clone()));
                    }
                    // The pipeline's own word holds for all modules.
                    (Some(_), Some((first, by))) if first != day => {
                        let what = format!(
                            "the day of a row of the source `{}` is `{first}` for the module `{by}`, and `{day}` for `{}`",
                            needed.name, module.value
                        );
                        let help = format!(
                            "say which of them the report goes by: `by_day: {first}` under the source `{}`",
                            needed.name
                        );
                        self.problem(&module.at, what, Some(help));
                    }
                    (Some(_), _) => {}
                }
            }
            for column in &needed.columns {
                let module_name = &module.name.value;
                let known = source.wanted.iter_mut().find(|known| known.name == column.name);
                let Some(known) = known else {
                    let (name, kind) = (column.name.clone(), column.kind);
                    let optional = column.optional;
                    let module = module_name.clone();
                    source.wanted.push(WantedColumn { module, name, kind, optional });
                    continue;
                };
                known.optional = known.optional && column.optional;
                match (known.kind, column.kind) {
                    (None, kind) => known.kind = kind,
                    (Some(own), Some(other)) if own != other => {
                        let what = format!(
                            "`{}` of the source `{}` is {} for the module `{}`, and {} for `{module_name}`",
                            column.name,
                            needed.name,
                            own.key(),
                            known.module,
                            other.key()
                        );
                        let help = "give it one kind in both modules' files";
                        self.problem(&module.name.at, what, Some(help.into()));
                    }
                    _ => {}
                }
            }
        }
    }

    pub(super) fn one_of<T: Copy>(
        &mut self,
        fields: &Fields<'_>,
        key: &str,
        words: &[(&str, T)],
    ) -> Option<T> {
        fields.get(key).and_then(|node| self.word(node, key, words))
    }

    fn pipeline_name(&mut self, fields: &Fields<'_>) -> Option<Spanned<String>> {
        let Some(node) = fields.get("name") else {
            self.problem(
                &(0..0),
                "the pipeline has no `name`",
                Some("add `name: my_report` at the top".into()),
            );
            return None;
        };
        let name = self.text(node, "name")?;
        let good = name.value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        if !good || name.value.starts_with('-') {
            let help = "it becomes a folder's name: use letters, digits, `_` and `-`";
            self.problem(
                &name.at,
                format!("`{}` cannot be a pipeline's name", name.value),
                Some(help.into()),
            );
            return None;
        }
        Some(name)
    }

    fn as_of(&mut self, node: &Node) -> Option<AsOf> {
        let text = self.text(node, "as_of")?;
        match (text.value.as_str(), Value::from_text(&text.value)) {
            ("yesterday", _) => Some(AsOf::Yesterday),
            ("today", _) => Some(AsOf::Today),
            (_, Value::Date(day)) => Some(AsOf::On(day)),
            _ => {
                let help = "write `yesterday`, `today` or a date such as 2024-01-31";
                self.problem(&text.at, format!("`{}` is not an as-of date", text.value), Some(help.into()));
                None
            }
        }
    }

    fn timezone(&mut self, node: &Node) -> Option<TimeZone> {
        let text = self.text(node, "timezone")?;
        // An abbreviation stands for one offset all year round, or for several zones.
        let whole = ["UTC", "GMT"].iter().any(|name| name.eq_ignore_ascii_case(&text.value));
        match TimeZone::get(&text.value) {
            Ok(zone) if whole || text.value.len() > 3 => Some(zone),
            _ => {
                let help = "use a name of the IANA database, such as Asia/Shanghai, Europe/London or UTC";
                self.problem(&text.at, format!("`{}` is not a time zone", text.value), Some(help.into()));
                None
            }
        }
    }

    fn currency(&mut self, node: &Node) -> Option<String> {
        let text = self.text(node, "currency")?;
        if currency::CODES.contains(&text.value.as_str()) {
            return Some(text.value);
        }
        let help = match currency::meant(&text.value) {
            Some(code) => format!("did you mean `{code}`? It is an ISO 4217 code"),
            None => "use its ISO 4217 code, such as CNY, EUR or USD".to_owned(),
        };
        self.problem(&text.at, format!("`{}` is not a currency", text.value), Some(help));
        None
    }

    /// An amount of memory or disk.
    fn bytes(&mut self, node: &Node, what: &str, example: &str) -> Option<u64> {
        let text = self.text(node, what)?;
        let (digits, unit) = text.value.split_at(text.value.find(|c: char| !c.is_ascii_digit()).unwrap_or(0));
        let factor = match unit.trim() {
            "MiB" => Some(1u64 << 20),
            "GiB" => Some(1u64 << 30),
            _ => None,
        };
        let bytes = digits.parse::<u64>().ok().zip(factor).and_then(|(n, factor)| n.checked_mul(factor));
        if bytes.is_none_or(|bytes| bytes < 64 << 20) {
            let help =
                format!("write a whole number of MiB or GiB, at least 64MiB, such as `{what}: {example}`");
            self.problem(&text.at, format!("`{}` is not an amount of {what}", text.value), Some(help));
            return None;
        }
        bytes
    }

    /// 0 for `off`.
    fn cache(&mut self, node: &Node) -> Option<u64> {
        match &node.kind {
            NodeKind::Text(text) if text == "off" => Some(0),
            NodeKind::Bool(false) => Some(0),
            _ => self.bytes(node, "cache", "5GiB"),
        }
    }

    /// A value for `params`, `with` or a setting.
    pub(super) fn value(&mut self, node: &Node, what: &str) -> Option<Value> {
        match &node.kind {
            NodeKind::Bool(value) => Some(Value::Bool(*value)),
            NodeKind::Integer(value) => Some(Value::Integer(*value)),
            NodeKind::Number(written) => match Value::from_number(written) {
                Ok(number) => Some(number),
                Err(wanted) => {
                    self.problem(&node.at, format!("`{what}` must be {wanted}"), None);
                    None
                }
            },
            NodeKind::Text(text) => Some(Value::from_text(text)),
            NodeKind::List(items) => self.values(items, what, node),
            NodeKind::Null => {
                let help = "give it a value: its kind is the kind that queries and `--param` see";
                self.problem(&node.at, format!("`{what}` is blank"), Some(help.into()));
                None
            }
            NodeKind::Map(_) => {
                self.problem(&node.at, format!("`{what}` must be one value or a list, not a map"), None);
                None
            }
        }
    }

    fn values(&mut self, items: &[Node], what: &str, node: &Node) -> Option<Value> {
        let mut values: Vec<Value> = items.iter().filter_map(|item| self.value(item, what)).collect();
        let whole = |value: &Value| matches!(value, Value::Integer(_));
        let numeric = |value: &Value| matches!(value, Value::Integer(_) | Value::Decimal(_));
        if values.iter().all(numeric) && !values.iter().all(whole) {
            values = values.into_iter().map(|value| Value::Decimal(value.to_string())).collect();
        }
        let mixed =
            values.windows(2).any(|pair| pair.first().map(Value::kind) != pair.last().map(Value::kind));
        if values.is_empty() || mixed || values.iter().any(|value| matches!(value, Value::List(_))) {
            let what = format!("`{what}` must be a list of values of one kind");
            self.problem(&node.at, what, None);
            return None;
        }
        Some(Value::List(values))
    }

    fn params(&mut self, node: &Node, what: &str) -> Vec<Param> {
        let mut params = Vec::new();
        for (key, value) in self.entries(node, what, "`name: value`") {
            let name = self.identifier(&key.name, &key.at, "parameter");
            if let Some((name, meaning, remedy)) = own_parameters().find(|(name, ..)| *name == key.name) {
                let what = format!("`{name}` is a name of the program's own: {meaning}");
                self.problem(&key.at, what, Some(remedy.to_owned()));
                continue;
            }
            let value = self.value(value, &key.name);
            if let (Some(name), Some(value)) = (name, value) {
                params.push(Param { name, value });
            }
        }
        params
    }

    fn section<T>(
        &mut self,
        fields: &Fields<'_>,
        key: &str,
        each: &str,
        read: fn(&mut Self, &Spanned<String>, &Node) -> Option<T>,
    ) -> Vec<T> {
        let Some(node) = fields.get(key) else {
            let help = format!("add `{key}:` with {each} below it");
            self.problem(&fields.at, format!("the pipeline has no `{key}`"), Some(help));
            return Vec::new();
        };
        let mut read_all = Vec::new();
        for (name, value) in self.entries(node, key, each) {
            if let Some(name) = self.identifier(&name.name, &name.at, "table") {
                read_all.extend(read(self, &name, value));
            }
        }
        read_all
    }

    fn source(&mut self, name: &Spanned<String>, node: &Node) -> Option<Source> {
        let keys = [
            "path",
            "delimiter",
            "encoding",
            "quote",
            "missing_columns",
            "join",
            "columns",
            "customer_ids",
            "shared",
            "quarantine",
            "checks",
            "orders",
            "amounts",
            "by_day",
        ];
        let fields = self.fields(node, &name.value, &keys)?;
        let csv = self.csv(&fields);
        let path = match fields.get("path") {
            Some(node) => self.text(node, "path"),
            None => {
                let help = "add `path:` with a file, a folder or a glob";
                self.problem(
                    &name.at,
                    format!("the source `{}` has no `path`", name.value),
                    Some(help.into()),
                );
                None
            }
        };
        let joins = fields.get("join").map(|node| self.joins(name, node)).unwrap_or_default();
        let columns =
            fields.get("columns").map(|node| self.mapping(node, "columns", COLUMNS)).unwrap_or_default();
        let customer_ids = fields.get("customer_ids").map(|node| match &node.kind {
            // None beside `customer_id`.
            NodeKind::List(items) if items.is_empty() => Vec::new(),
            _ => self.names(node, "customer_ids"),
        });
        let shared = fields.get("shared").and_then(|node| {
            let shared = self.boolean(node, "shared")?;
            shared.then(|| node.at.clone())
        });
        let mut quarantine = Vec::new();
        if let Some(node) = fields.get("quarantine") {
            for (key, value) in self.entries(node, "quarantine", "`rule: SQL condition`") {
                let rule = self.identifier(&key.name, &key.at, "rule");
                if let (Some(name), Some(when)) = (rule, self.when(value, &key.name)) {
                    quarantine.push(Rule { name, when });
                }
            }
        }
        let checks = match fields.get("checks") {
            Some(node) => self.items(node, "checks").iter().filter_map(|item| self.check(item)).collect(),
            None => Vec::new(),
        };
        let missing_columns =
            fields.get("missing_columns").map(|node| self.missing_columns(node)).unwrap_or_default();
        let orders = self.one_of(&fields, "orders", &ORDERS).unwrap_or(Orders::ById);
        let amounts = self.one_of(&fields, "amounts", &AMOUNTS).unwrap_or(Amounts::Mapped);
        self.stand_ins(&fields, name, &columns, orders, amounts);
        let by_day = fields.get("by_day").and_then(|node| self.text(node, "by_day"));
        if let Some(by_day) = by_day.as_ref().filter(|_| name.value == TRANSACTIONS) {
            let help = "the day of a transaction is that of `occurred_at`";
            self.problem(&by_day.at, "`by_day` has no use here", Some(help.into()));
        }
        let (name, path) = (name.clone(), path?);
        Some(Source {
            name,
            path,
            csv,
            missing_columns,
            joins,
            columns,
            customer_ids,
            shared,
            quarantine,
            checks,
            orders,
            amounts,
            by_day,
            wanted: Vec::new(),
            only: Vec::new(),
        })
    }

    /// Columns, each with its expression.
    pub(super) fn mapping(&mut self, node: &Node, key: &str, form: &str) -> Vec<Column> {
        let mut columns = Vec::new();
        for (column, value) in self.entries(node, key, form) {
            let name = self.identifier(&column.name, &column.at, "column");
            if let (Some(name), Some(sql)) = (name, self.text(value, &column.name)) {
                columns.push(Column { name, sql });
            }
        }
        columns
    }

    fn missing_columns(&mut self, node: &Node) -> MissingColumns {
        const HELP: &str = "write `as_null`, `error`, or a list of the files' columns, such as `[discount]`";
        match &node.kind {
            NodeKind::Text(text) if text == "error" => MissingColumns::Error,
            NodeKind::Text(text) if text == "as_null" => MissingColumns::AsNull(None),
            NodeKind::List(_) => MissingColumns::AsNull(Some(self.names(node, "missing_columns"))),
            NodeKind::Text(text) => {
                let what = format!("`{text}` is not a value of `missing_columns`");
                self.problem(&node.at, what, Some(HELP.into()));
                MissingColumns::Error
            }
            other => {
                let found = if matches!(other, NodeKind::Null) { "blank" } else { other.name() };
                let what = format!("`missing_columns` is {found}");
                self.problem(&node.at, what, Some(HELP.into()));
                MissingColumns::Error
            }
        }
    }

    /// What stands in for a column must not be mapped too.
    fn stand_ins(
        &mut self,
        fields: &Fields<'_>,
        name: &Spanned<String>,
        columns: &[Column],
        orders: Orders,
        amounts: Amounts,
    ) {
        if name.value != TRANSACTIONS {
            for key in ["orders", "amounts"].into_iter().filter(|key| fields.get(key).is_some()) {
                let help = format!("`{key}` belongs to the source `{TRANSACTIONS}`");
                self.problem(&fields.key(key), format!("`{key}` has no use here"), Some(help));
            }
            return;
        }
        let made = [
            ("orders", "transaction_id", orders != Orders::ById),
            ("amounts", "amount", amounts != Amounts::Mapped),
        ];
        for (key, column, _) in made.into_iter().filter(|(.., made)| *made) {
            if let Some(mapped) = columns.iter().find(|mapped| mapped.name.value == column) {
                let what = format!("`{column}` is mapped, and `{key}` makes it");
                self.problem(&mapped.name.at, what, Some(format!("remove this line, or `{key}`")));
            }
        }
    }

    fn when(&mut self, node: &Node, rule: &str) -> Option<When> {
        if matches!(node.kind, NodeKind::Map(_)) {
            let fields = self.fields(node, rule, &["repeated"])?;
            let Some(repeated) = fields.get("repeated") else {
                let help = format!("write `{rule}: <SQL condition>`, or `{rule}: {{ repeated: [columns] }}`");
                self.problem(&fields.at, format!("the rule `{rule}` has no condition"), Some(help));
                return None;
            };
            let columns = self.names(repeated, "repeated");
            return (!columns.is_empty()).then_some(When::Repeated(columns));
        }
        self.text(node, rule).map(When::Sql)
    }

    fn check(&mut self, node: &Node) -> Option<Check> {
        let known = TESTS.map(|kind| kind.key);
        let (fields, severity, test) = self.named_test(node, &known)?;
        let (value, at) = (fields.get(test)?, fields.key(test));
        Some(Check { at, severity, test: self.test(test, value)? })
    }

    fn step_check(&mut self, node: &Node) -> Option<StepCheck> {
        let of_steps = STEP_TESTS.iter().map(|kind| kind.key);
        let known: Vec<&str> = TESTS.iter().map(|kind| kind.key).chain(of_steps).collect();
        let (fields, severity, test) = self.named_test(node, &known)?;
        let (value, at) = (fields.get(test)?, fields.key(test));
        Some(StepCheck { at, severity, test: self.step_test(test, value)? })
    }

    /// The one test that a check names, and its severity.
    fn named_test<'n, 't>(
        &mut self,
        node: &'n Node,
        tests: &[&'t str],
    ) -> Option<(Fields<'n>, CheckSeverity, &'t str)> {
        let known: Vec<&str> = tests.iter().copied().chain(["severity"]).collect();
        let fields = self.fields(node, "checks", &known)?;
        let severity = self.one_of(&fields, "severity", &SEVERITIES).unwrap_or(CheckSeverity::Error);
        let named: Vec<&str> = tests.iter().copied().filter(|test| fields.get(test).is_some()).collect();
        let &[test] = named.as_slice() else {
            let help = format!("each check names exactly one of {}", tests.join(", "));
            self.problem(&node.at, format!("this check names {} tests", named.len()), Some(help));
            return None;
        };
        Some((fields, severity, test))
    }

    pub(super) fn step(&mut self, name: &Spanned<String>, node: &Node) -> Option<Step> {
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
    fn gather(&mut self, steps: &mut [Step]) {
        let sent: Vec<(Spanned<String>, String)> =
            steps.iter().filter_map(|step| Some((step.into.clone()?, step.name.value.clone()))).collect();
        let gathers = |step: &Step| matches!(step.kind, StepKind::Gather { .. });
        let known: Vec<String> =
            steps.iter().filter(|step| gathers(step)).map(|step| step.name.value.clone()).collect();
        for (into, _) in sent.iter().filter(|(into, _)| !known.contains(&into.value)) {
            let help = suggestion(&into.value, known.iter().map(String::as_str));
            self.problem(&into.at, format!("there is no step `{}` that gathers tables", into.value), help);
        }
        for step in steps {
            if let StepKind::Gather { tables, .. } = &mut step.kind {
                let of = sent.iter().filter(|(into, _)| into.value == step.name.value);
                tables.extend(of.map(|(_, table)| table.clone()));
            }
        }
    }

    /// A parameter and a setting of one name would be two values for it.
    fn no_twins(&mut self, params: &[Param], settings: &[Param], modules: &[Module]) {
        for param in params {
            let name = &param.name;
            if !settings.iter().any(|setting| setting.name.value == name.value) {
                continue;
            }
            let has = |module: &&Module| {
                module.definition.settings.iter().any(|setting| setting.name == name.value)
            };
            let of = modules.iter().find(has).map_or("", |module| module.name.value.as_str());
            let what = format!("`{}` is a setting of the module `{of}`", name.value);
            self.problem(
                &name.at,
                what,
                Some(format!("set it there: `modules: {{ {of}: {{ {}: ... }} }}`", name.value)),
            );
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

    fn report(
        &mut self,
        node: &Node,
        steps: &[Step],
        own: &[String],
        of_modules: &OfModules,
    ) -> Option<Report> {
        let known = ["firm", "title", "sections", "customer_ids", "formats", "download_rows", "least_group"];
        let fields = self.fields(node, "report", &known)?;
        let firm = fields.get("firm").and_then(|node| self.per_language(node, "firm"));
        let title = fields.get("title").and_then(|node| self.text(node, "title")).map(|title| title.value);
        let mut inline = BTreeMap::new();
        let sections = match fields.get("sections") {
            Some(node) => self.sections(node, steps, own, of_modules, &mut inline),
            None => of_modules.usual(),
        };
        let ids = [("masked", CustomerIds::Masked), ("shown", CustomerIds::Shown)];
        let customer_ids = self.one_of(&fields, "customer_ids", &ids).unwrap_or(CustomerIds::Masked);
        let usual = Report::default();
        let formats = fields.get("formats").map_or(usual.formats, |node| self.formats(node));
        let rows = fields.get("download_rows").and_then(|node| self.download_rows(node));
        let download_rows = rows.unwrap_or(usual.download_rows);
        let least_group = fields.get("least_group").and_then(|node| self.least_group(node));
        let shows = BTreeSet::new();
        Some(Report {
            firm,
            title,
            sections,
            inline,
            shows,
            customer_ids,
            least_group,
            formats,
            download_rows,
        })
    }

    /// The formats of downloads; none where the list is empty.
    fn formats(&mut self, node: &Node) -> Vec<DownloadFormat> {
        // No downloads: that is a choice here, and not a list that somebody forgot.
        if let NodeKind::List(items) = &node.kind
            && items.is_empty()
        {
            return Vec::new();
        }
        let known = DownloadFormat::ALL.map(|format| (format.key(), format));
        let mut formats = Vec::new();
        for item in self.items(node, "formats") {
            let Some(format) = self.word(item, "formats", &known) else { continue };
            if formats.contains(&format) {
                let what = format!("the format `{}` is listed twice", format.key());
                self.problem(&item.at, what, Some("remove one of them".into()));
                continue;
            }
            formats.push(format);
        }
        formats
    }

    /// The fewest customers of a group whose figures are shown.
    fn least_group(&mut self, node: &Node) -> Option<u64> {
        let customers = self.integer(node, "least_group")?;
        let found = u64::try_from(customers).ok().filter(|customers| *customers > 1);
        if found.is_none() {
            let what = format!("`least_group` must be 2 or more, not {customers}");
            let help =
                "the fewest customers of a group whose figures are shown, such as 5; without it all are";
            self.problem(&node.at, what, Some(help.into()));
        }
        found
    }

    /// The most rows of a download.
    fn download_rows(&mut self, node: &Node) -> Option<u64> {
        let rows = self.integer(node, "download_rows")?;
        let found = u64::try_from(rows).ok().filter(|rows| (1..=MOST_ROWS).contains(rows));
        if found.is_none() {
            let what = format!("`download_rows` must be from 1 to {}, not {rows}", thousands(MOST_ROWS));
            let help = "a sheet has no more rows; larger tables are in private/, as Parquet";
            self.problem(&node.at, what, Some(help.into()));
        }
        found
    }

    /// The sections' names: one that ships, one of a file in `reports/sections/`, a step's table (shown as it is), or
    /// one that stands here. The content of the latter is read with the section files.
    fn sections(
        &mut self,
        node: &Node,
        steps: &[Step],
        own: &[String],
        of_modules: &OfModules,
        inline: &mut BTreeMap<String, Node>,
    ) -> Vec<Spanned<String>> {
        let tables: Vec<String> = steps.iter().flat_map(Step::outputs).collect();
        let all = (!of_modules.sections.is_empty()).then_some(MODULES);
        let of_modules_named =
            of_modules.sections.iter().chain(&of_modules.closing).map(|name| name.value.as_str());
        let known = SECTIONS.into_iter().chain(all).chain(own.iter().chain(&tables).map(String::as_str));
        let known = known.chain(of_modules_named);
        let mut words: Vec<(&str, &str)> = Vec::new();
        for name in known {
            if !words.contains(&(name, name)) {
                words.push((name, name));
            }
        }
        let mut sections: Vec<Spanned<String>> = Vec::new();
        let mut closing = false;
        for item in self.items(node, "sections") {
            if let NodeKind::Map(_) = item.kind {
                let taken = |name: &str| sections.iter().any(|section| section.value == name);
                if let Some(name) = self.inline_name(item, &taken) {
                    sections.push(Spanned { value: name.clone(), at: item.at.clone() });
                    inline.insert(name, item.clone());
                }
                continue;
            }
            if let NodeKind::Text(name) = &item.kind
                && !words.iter().any(|(word, _)| word == name)
            {
                // That its module is left out is told already.
                if of_modules.left_out.contains(name) {
                    continue;
                }
                if let Some(module) = of_modules.shipped_with(name) {
                    let what = format!(
                        "the section `{name}` is one of the module `{module}`, which is not switched on"
                    );
                    self.problem(&item.at, what, Some(format!("add `{module}:` under `modules`")));
                    continue;
                }
            }
            let Some(name) = self.word(item, "sections", &words) else { continue };
            if name == MODULES && all.is_some() {
                let listed = |name: &String| sections.iter().any(|section| section.value == *name);
                let named = of_modules.sections.iter().filter(|name| !listed(&name.value));
                let named: Vec<_> = named.cloned().collect();
                sections.extend(named);
                closing = true;
                continue;
            }
            if sections.iter().any(|section| section.value == name) {
                self.problem(&item.at, format!("the section `{name}` is listed twice"), None);
                continue;
            }
            sections.push(Spanned { value: name.to_owned(), at: item.at.clone() });
        }
        if closing {
            let listed = |name: &String| sections.iter().any(|section| section.value == *name);
            let named = of_modules.closing.iter().filter(|name| !listed(&name.value));
            let named: Vec<_> = named.cloned().collect();
            sections.extend(named);
        }
        sections
    }

    /// Complains of sections that modules name and nobody has.
    fn known_sections(&mut self, of_modules: &OfModules, steps: &[Step], own: &[String]) {
        let tables: Vec<String> = steps.iter().flat_map(Step::outputs).collect();
        for section in of_modules.sections.iter().chain(&of_modules.closing) {
            let name = section.value.as_str();
            let file = format!("reports/sections/{name}.yaml");
            let listed = own.iter().chain(&tables).any(|known| known == name);
            if listed || SECTIONS.contains(&name) || shipped::text(&file).is_some() {
                continue;
            }
            let known = SECTIONS.into_iter().chain(own.iter().chain(&tables).map(String::as_str));
            let help = match closest(name, known) {
                Some(known) => format!("did you mean `{known}`?"),
                None => format!("add {file}, or name a table of the module's steps"),
            };
            self.problem(&section.at, format!("there is no section `{name}`"), Some(help));
        }
    }

    /// The name of a section that stands in the pipeline: its own, or that of its table, with a number where that is taken.
    fn inline_name(&mut self, item: &Node, taken: &dyn Fn(&str) -> bool) -> Option<String> {
        let NodeKind::Map(entries) = &item.kind else { return None };
        let value = |key: &str| entries.iter().find(|(known, _)| known.name == key).map(|(_, node)| node);
        if let Some(node) = value("name") {
            let name = self.text(node, "name")?;
            let name = self.identifier(&name.value, &name.at, "section")?;
            if taken(&name.value) {
                self.problem(&name.at, format!("the section `{}` is listed twice", name.value), None);
                return None;
            }
            return Some(name.value);
        }
        // A section without a table is checked where sections are read.
        let table = match value("table") {
            Some(node) => self.text(node, "table")?.value,
            None => "section".to_owned(),
        };
        let numbered = (2..).map(|number| format!("{table}_{number}"));
        std::iter::once(table.clone()).chain(numbered).find(|name| !taken(name))
    }

    /// A table name means one thing: sources and steps share one namespace.
    fn one_namespace(&mut self, sources: &[Source], steps: &[Step]) {
        for source in sources {
            if let Some(step) = steps.iter().find(|step| step.outputs().contains(&source.name.value)) {
                let what = format!("`{}` is both a source and a step", source.name.value);
                let place = Place { label: "also the name of a source".into(), ..self.place(&step.name) };
                let help = "rename one of them: a table's name means one thing";
                self.problems.push(Problem::new(what).at(place).help(help));
            }
        }
        for (index, step) in steps.iter().enumerate() {
            let earlier = steps.iter().take(index);
            for other in earlier {
                let Some(table) = step.outputs().into_iter().find(|table| other.outputs().contains(table))
                else {
                    continue;
                };
                let of_module = self.texts.place(&other.name.at).source;
                if step.name.value == other.name.value && of_module != self.place(&step.name).source {
                    let what = format!("`{}` is a step of a module too", step.name.value);
                    let help = match &other.kind {
                        StepKind::Sql(path) => format!(
                            "choose another name; to change the module's own, copy its query by `regulars eject {}`",
                            path.value
                        ),
                        _ => "choose another name".to_owned(),
                    };
                    self.problems.push(Problem::new(what).at(self.place(&step.name)).help(help));
                    continue;
                }
                let what = format!(
                    "`{}` and `{}` both yield the table `{table}`",
                    other.name.value, step.name.value
                );
                let help = "rename one of them: a model step `m` yields `m` and `m_fit`";
                self.problems.push(Problem::new(what).at(self.place(&step.name)).help(help));
            }
        }
        for reserved in ["audit_rows", "audit_checks"] {
            let names = sources.iter().map(|s| &s.name).chain(steps.iter().map(|s| &s.name));
            if let Some(name) = names.into_iter().find(|name| name.value == reserved) {
                let what = format!("`{reserved}` is a table that every run makes");
                self.problems.push(Problem::new(what).at(self.place(name)).help("choose another name"));
            }
        }
    }

    fn place(&self, name: &Spanned<String>) -> Place {
        self.texts.place(&name.at)
    }
}

/// The word in `sections` that stands for those of all modules.
const MODULES: &str = "modules";

/// The sections that modules bring.
struct OfModules {
    /// In order.
    sections: Vec<Spanned<String>>,
    /// At the end of the page.
    closing: Vec<Spanned<String>>,
    /// Those of modules that are left out.
    left_out: Vec<String>,
    /// The project's folder.
    root: PathBuf,
}

impl OfModules {
    /// The module that has a section.
    fn shipped_with(&self, section: &str) -> Option<String> {
        let has = |name: &String| {
            let definition = module::read(&self.root, name).ok();
            let sections = definition.iter().flat_map(|of| of.sections.iter().chain(&of.closing));
            sections.into_iter().any(|of| of.value == section)
        };
        module::names(&self.root).into_iter().find(has)
    }

    /// The sections of a report that lists none: those of the modules, or all.
    fn usual(&self) -> Vec<Spanned<String>> {
        let named = |name: &str| Spanned { value: name.to_owned(), at: 0..0 };
        if self.sections.is_empty() && self.closing.is_empty() {
            return SECTIONS.into_iter().map(named).collect();
        }
        self.sections.iter().chain(&self.closing).cloned().collect()
    }
}

/// The sections that are files of the project that a pipeline belongs to.
fn own_sections(file: &Path) -> Vec<String> {
    let folder = Pipeline::root_of(file).join("reports/sections");
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.flatten().map(|entry| entry.path());
    let files = paths.filter(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    let mut names: Vec<String> =
        files.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
    names.sort();
    names
}

const LOCALES: [(&str, Locale); 2] = [("en", Locale::En), ("zh-CN", Locale::ZhCn)];
/// The parameters of every query, each with what it is, and where it is set. None of the pipeline's own can have such a
/// name.
fn own_parameters() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let returns =
        ("returns", "the policy for returns", "set it at the top of the file, or by `--param returns=gross`");
    let dates = Dates::parameter_names().map(|(name, what)| match name {
        "as_of" => (name, what, "set it at the top of the file, or by `--as-of`"),
        _ => (name, what, "choose another name"),
    });
    dates.chain([returns])
}
const ORDERS: [(&str, Orders); 3] = [
    ("by_id", Orders::ById),
    ("one_per_customer_day", Orders::CustomerDay),
    ("one_per_customer_time", Orders::CustomerTime),
];
const AMOUNTS: [(&str, Amounts); 2] = [("mapped", Amounts::Mapped), ("none", Amounts::None)];
const RETURNS: [(&str, Returns); 2] = [("net", Returns::Net), ("gross", Returns::Gross)];
const SEVERITIES: [(&str, CheckSeverity); 2] =
    [("warn", CheckSeverity::Warn), ("error", CheckSeverity::Error)];
