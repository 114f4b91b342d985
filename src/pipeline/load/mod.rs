//! From the YAML tree to a [`Pipeline`]: all problems that the file alone can have, at once.

pub(super) mod report;
pub(super) mod source;
mod step;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::tz::TimeZone;

use report::{OfModules, own_sections};

use crate::files;
use crate::near;
use crate::problem::{Place, Problem, SourceText, closest, suggestion};
use crate::tables::Declaration;

use crate::pipeline::date_meant;
use crate::pipeline::declared;
use crate::pipeline::fill::fill;
use crate::pipeline::module::switch::Switched;
use crate::pipeline::reader::{Fields, Reader};
use crate::pipeline::siblings;
use crate::pipeline::texts::Texts;
use crate::pipeline::variants;
use crate::pipeline::yaml::{self, Node, NodeKind};
use crate::pipeline::{
    AsOf, CheckSeverity, Dates, Locale, Module, Param, Period, Pipeline, Report, Returns, Source, Spanned,
    Step, StepKind, Value, WantedColumn, currency,
};

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
    let mut tree = yaml::parse(&source)?;
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
    let mut once: Vec<Problem> = Vec::new();
    reader.problems.retain(|problem| {
        !once.contains(problem) && {
            once.push(problem.clone());
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
    let what = format!("the pipeline {} cannot be read: {}", path.display(), files::reason(error));
    let written = path.display().to_string();
    let near = || near::file(Path::new("."), &written, "yaml", Vec::new());
    let help = if path.is_dir() {
        let inner = near::file(path, "pipeline", "yaml", Vec::new());
        let near = inner.map_or_else(|| PathBuf::from("pipelines/demo.yaml"), |name| path.join(name));
        format!("name the YAML file itself, such as {}", near.display())
    } else if let Some(help) = files::remedy(error) {
        help
    } else {
        match near().filter(|_| error.kind() == std::io::ErrorKind::NotFound) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => {
                "check the path; `regulars init` writes a project with a pipeline to start from".to_owned()
            }
        }
    };
    Problem::new(what).help(help)
}

const LOCALES: [(&str, Locale); 2] = [("en", Locale::En), ("zh-CN", Locale::ZhCn)];
const RETURNS: [(&str, Returns); 2] = [("net", Returns::Net), ("gross", Returns::Gross)];
const SEVERITIES: [(&str, CheckSeverity); 2] =
    [("warn", CheckSeverity::Warn), ("error", CheckSeverity::Error)];

/// The zone of the IANA database that was meant by a name that is none: one with nearly its letters, or its city.
fn zone_meant(written: &str) -> Option<String> {
    let names: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
    let city =
        |name: &&String| name.rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(written));
    let found = names.iter().find(city).map(String::as_str);
    // An abbreviation is near to many.
    let near = || closest(written, names.iter().map(String::as_str)).filter(|_| written.len() > 4);
    found.or_else(near).map(str::to_owned)
}

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
        self.without_steps(&tables, &steps);
        let own = own_sections(path);
        let off = switched.iter().filter(|module| module.left_out.is_some()).map(|module| &module.definition);
        let left_out =
            off.flat_map(|of| of.sections.iter().chain(&of.closing)).map(|name| name.value.clone());
        let of_modules = OfModules {
            sections,
            closing,
            left_out: left_out.collect(),
            root: root.clone(),
            switched: modules.is_some(),
        };
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

    /// Tables that modules of the project declare and no step makes: their names are misspelt.
    fn without_steps(&mut self, tables: &[(String, Declaration)], steps: &[Step]) {
        let made: Vec<String> = steps.iter().flat_map(Step::outputs).collect();
        for (name, declared) in tables.iter().filter(|(name, _)| !made.contains(name)) {
            let Some(at) = &declared.at else { continue };
            let what = format!("no step makes the table `{name}` that is declared here");
            self.problem(at, what, suggestion(name, made.iter().map(String::as_str)));
        }
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
            let mended: String =
                name.value.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
            let mended = mended.trim_matches('_');
            let help = if mended.is_empty() || name.value.contains('/') {
                "it becomes a folder's name: use letters, digits, `_` and `-`".to_owned()
            } else {
                format!("it becomes a folder's name: use letters, digits, `_` and `-`, as in `{mended}`")
            };
            self.problem(&name.at, format!("`{}` cannot be a pipeline's name", name.value), Some(help));
            return None;
        }
        Some(name)
    }

    fn as_of(&mut self, node: &Node) -> Option<AsOf> {
        let text = match node.kind {
            // `20240331` is a date to whoever wrote it.
            NodeKind::Integer(number) => Spanned { value: number.to_string(), at: node.at.clone() },
            _ => self.text(node, "as_of")?,
        };
        match (text.value.as_str(), Value::from_text(&text.value)) {
            ("yesterday", _) => Some(AsOf::Yesterday),
            ("today", _) => Some(AsOf::Today),
            (_, Value::Date(day)) => Some(AsOf::On(day)),
            _ => {
                let help = match (date_meant(&text.value), closest(&text.value, ["yesterday", "today"])) {
                    (Some(day), _) => format!("write {day}"),
                    (None, Some(word)) => format!("did you mean `{word}`?"),
                    _ => "write `yesterday`, `today` or a date such as 2024-01-31".to_owned(),
                };
                self.problem(&text.at, format!("`{}` is not an as-of date", text.value), Some(help));
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
                let usual = "use a name of the IANA database, such as Asia/Shanghai, Europe/London or UTC";
                let help = zone_meant(&text.value).map_or(usual.to_owned(), |zone| {
                    format!("did you mean `{zone}`? It is a name of the IANA database")
                });
                self.problem(&text.at, format!("`{}` is not a time zone", text.value), Some(help));
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
        if let NodeKind::Integer(_) | NodeKind::Bool(_) = node.kind {
            let help =
                format!("write a whole number of MiB or GiB, at least 64MiB, such as `{what}: {example}`");
            let found = format!("`{what}` must be an amount, not {}", node.kind.name());
            self.problem(&node.at, found, Some(help));
            return None;
        }
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
                let help = "write a parameter for each of its values".to_owned();
                self.problem(
                    &node.at,
                    format!("`{what}` must be one value or a list, not a map"),
                    Some(help),
                );
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
            let help = if values.is_empty() {
                "write a value or several, such as `[1, 2]`; an empty list has no type"
            } else if mixed {
                "put all of them in quotes, or none"
            } else {
                "a list has values, and no lists"
            };
            let what = format!("`{what}` must be a list of values of one kind");
            self.problem(&node.at, what, Some(help.to_owned()));
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
