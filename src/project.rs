//! A project's files: what `init` writes, what `eject` copies out, which of them take the place of shipped ones, and the look
//! and words of its reports.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use crate::engine::Plan;
use crate::engine::plan::{audit_checks_schema, audit_rows_schema};
use crate::files;
use crate::pipeline::yaml::{self, Node, NodeKind};
use crate::pipeline::{self, Locale, Pipeline, Step, StepKind, declared};
use crate::problem::{self, Failure, Place, Problem, SourceText, closest, counted};
use crate::report;
use crate::report::section::is_code;
use crate::report::section::judge::{Known, judge};
use crate::report::section::read;
use crate::report::section::spec::Spec;
use crate::shipped::{self, Shadow, earlier};

mod unsaid;

const IGNORED: &str =
    "# What runs leave, and data, do not belong in version control.\n/site/\n/private/\n/drafts/\n/data/\n";

/// The pipeline of a new project, and of the demo.
pub const DEMO: &str = "pipelines/demo.yaml";

/// Writes a working project: a pipeline. What else it needs ships inside the program.
///
/// # Errors
/// Where a file of the project is there already (nothing is written then), or cannot be written.
pub fn init(dir: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files: Vec<(&str, &str)> = shipped::text(DEMO).map(|text| (DEMO, text)).into_iter().collect();
    // A file with the path of a shipped one would replace it without being asked to.
    if let Some(first) = shipped::below("").keys().find(|path| dir.join(path).exists()) {
        let what = format!("{} is there already", dir.join(first).display());
        let help = "name an empty folder; nothing was written";
        return Err(Failure::configuration(Problem::new(what).help(help)));
    }
    // A project's own `.gitignore` stays as it is.
    if !dir.join(".gitignore").exists() {
        files.push((".gitignore", IGNORED));
    }
    for (path, text) in &files {
        write(&dir.join(path), text.as_bytes())?;
    }
    Ok(files.into_iter().map(|(path, _)| PathBuf::from(path)).collect())
}

/// Copies a shipped file into a project, or all files of a shipped folder, to be edited there.
///
/// # Errors
/// Where nothing of that path ships, where a file is there already (nothing is written then), or cannot be written.
pub fn eject(dir: &Path, path: &str) -> Result<Vec<PathBuf>, Failure> {
    let path = shipped::slashed(Path::new(path));
    let mut paths: Vec<String> = shipped::below(&path).into_keys().collect();
    if shipped::text(&path).is_some() {
        paths = vec![path.clone()];
    }
    if paths.is_empty() || path.is_empty() {
        let known = shipped::below("");
        let help = closest(&path, known.keys().map(String::as_str))
            .map_or("name a file such as sql/churn.sql, or a folder such as reports".to_owned(), |near| {
                format!("did you mean `{near}`?")
            });
        return Err(Failure::configuration(
            Problem::new(format!("no file {path} ships with the program")).help(help),
        ));
    }
    if let Some(taken) = paths.iter().find(|path| dir.join(path).exists()) {
        let what = format!("{} is there already", dir.join(taken).display());
        return Err(Failure::configuration(
            Problem::new(what).help("move it away first; nothing was written"),
        ));
    }
    for path in &paths {
        if let Some(text) = shipped::copy(path) {
            write(&dir.join(path), text.as_bytes())?;
        }
    }
    Ok(paths.into_iter().map(PathBuf::from).collect())
}

/// The project's files that a pipeline uses in place of shipped ones, each with its relation to the shipped one.
pub fn shadows(pipeline: &Pipeline) -> Vec<(String, Shadow)> {
    let queries = pipeline.steps.iter().filter_map(|step| match &step.kind {
        StepKind::Sql(path) => Some(shipped::slashed(Path::new(&path.value))),
        _ => None,
    });
    let modules = pipeline.modules.iter().map(|module| pipeline::module::path(&module.name.value));
    let reports = shipped::below("reports").into_keys();
    let mut paths: Vec<String> = queries.chain(modules).chain(reports).collect();
    paths.sort();
    paths.dedup();
    let shadow = |path: String| {
        let own = files::text(&pipeline.path(&path)).ok()?;
        shipped::shadow(&path, &own).map(|shadow| (path, shadow))
    };
    paths.into_iter().filter_map(shadow).collect()
}

/// The files of a project that replace shipped ones and differ from them: somebody changed them, or they come from
/// another version.
pub fn changed(dir: &Path) -> Vec<PathBuf> {
    // `demo` sets the language of the pipeline that it writes.
    let plain = |text: &str| text.replacen("locale: zh-CN ", "locale: en ", 1);
    let differs = |path: &str| match files::text(&dir.join(path)) {
        Ok(own) => shipped::shadow(path, &plain(&own)).is_some(),
        Err(_) => dir.join(path).exists(),
    };
    shipped::below("").into_keys().filter(|path| differs(path)).map(PathBuf::from).collect()
}

/// Whether a folder has no more of a project than what [`init`] writes: nobody has put work into its pipelines yet.
pub fn is_untouched(dir: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(dir.join("pipelines")) else { return false };
    let alone = entries.flatten().all(|entry| entry.file_name() == "demo.yaml");
    alone && dir.join(DEMO).is_file() && !changed(dir).iter().any(|path| path == Path::new(DEMO))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder).and_then(|()| std::fs::write(path, bytes)).map_err(|error| {
        let problem = Problem::new(format!("{} cannot be written: {error}", path.display()));
        Failure::run(problem.help("check the folder's permissions and free space"))
    })
}

/// Templates and words of a project's reports.
#[derive(Debug, Clone)]
pub struct Theme {
    /// As the renderer takes them.
    pub report: report::Theme,
    /// The words of every language, by its tag. A section must have its words in each.
    words: Vec<(&'static str, BTreeMap<String, String>)>,
    /// The language of the report.
    locale: Locale,
    /// What is wrong with section files and with sections that stand in the pipeline.
    problems: Vec<Problem>,
}

impl Theme {
    /// The theme of a pipeline: each file of the project's `reports/`, and the program's own for those that it lacks.
    ///
    /// # Errors
    /// Where a file cannot be read, has a name that nothing looks for, or the words are not a map of texts.
    pub fn load(pipeline: &Pipeline) -> Result<Self, Failure> {
        let folder = pipeline.path("reports");
        let mut files = embedded();
        if folder.is_dir() {
            let mut own = read(&folder)?;
            let is_short = |path: &str| Path::new(path).extension().is_some_and(|ending| ending == "yml");
            let ours = |path: &&String| ["sections/", "words/"].iter().any(|folder| path.starts_with(folder));
            if let Some(path) = own.keys().filter(ours).find(|path| is_short(path)) {
                let problem = Problem::new(format!("reports/{path} is a file that no page is made of"));
                let help = format!("rename it to reports/{}.yaml", path.trim_end_matches(".yml"));
                return Err(Failure::configuration(problem.help(help)));
            }
            own.retain(|path, _| !is_short(path));
            let tables = sections_of(pipeline, &own);
            // A folder of that name may also hold something else altogether.
            let known =
                |name: &String| files.contains_key(name) || tables.contains(name) || is_words_of_module(name);
            if own.keys().any(known) {
                if let Some(problem) = unused(&tables, &own, &files) {
                    return Err(Failure::configuration(problem));
                }
                files.extend(own);
            }
        }
        let mut theme = Self::of(&files, pipeline.locale)?;
        theme.report.declared.clone_from(&pipeline.declared);
        theme.sections(pipeline, &files);
        Ok(theme)
    }

    /// Reads the sections that are data, as far as the pipeline has them.
    fn sections(&mut self, pipeline: &Pipeline, files: &BTreeMap<String, String>) {
        let Some(wanted) = &pipeline.report else { return };
        let named = |path: &str| wanted.sections.iter().any(|section| path == section_file(&section.value));
        let listed = files.iter().filter(|(path, _)| named(path));
        let listed = listed.map(|(path, text)| (path.clone(), text.clone())).collect();
        let (mut sections, mut problems) = read::files(&listed, &embedded());
        for (name, node) in &wanted.inline {
            let (spec, found) = read::one(name, pipeline.file(), node, false);
            problems.extend(found);
            sections.extend(spec.map(|spec| (name.clone(), spec)));
        }
        self.report.sections = sections;
        self.problems = problems;
    }

    /// Tells a pipeline which tables its page shows.
    pub fn tell(&self, pipeline: &mut Pipeline) {
        let Some(report) = &mut pipeline.report else { return };
        let named = self.report.sections.values().flat_map(Spec::tables);
        let own = &self.report.sections;
        let plain = report.sections.iter().map(|section| &section.value);
        let plain = plain.filter(|name| !own.contains_key(*name) && !is_code(name));
        let shows = named.map(|named| &named.table.value).chain(plain).cloned().collect();
        report.shows = shows;
    }

    /// The plan, or all that is wrong with it and with the sections of its page.
    ///
    /// # Errors
    /// As [`Plan::new`]; and sections that its tables cannot fill, or that lack words in either language.
    pub fn judge(&self, plan: Result<Plan, Failure>) -> Result<Plan, Failure> {
        let mut problems = self.problems.clone();
        let plan = match plan {
            Ok(plan) => plan,
            Err(failure) => {
                // What is wrong with data comes to light where the pipeline is sound.
                if failure.kind == problem::FailureKind::Configuration {
                    problems.extend(failure.problems);
                } else if problems.is_empty() {
                    return Err(failure);
                }
                return Err(Failure { kind: problem::FailureKind::Configuration, problems });
            }
        };
        self.fits(&plan)?;
        let mut plan = plan;
        plan.warnings.extend(self.without_files(&plan.pipeline));
        plan.warnings.extend(self.unsaid(&plan));
        Ok(plan)
    }

    /// Sections that have an answer in the words but no file that asks for it: the page shows the table of their name as it
    /// is.
    fn without_files(&self, pipeline: &Pipeline) -> Vec<Problem> {
        let plain = pipeline.report.iter().flat_map(|report| &report.sections);
        let plain = plain.filter(|section| {
            let name = &section.value;
            let has_answer =
                self.words.iter().any(|(_, words)| words.contains_key(&format!("{name}.answer")));
            has_answer && !self.report.sections.contains_key(name) && !is_code(name)
        });
        plain
            .map(|section| {
                let name = &section.value;
                let file = format!("reports/{}", section_file(name));
                let what = format!(
                    "the words have `{name}.answer`, and there is no {file} that asks for it: the page shows the table `{name}` \
                     as it is"
                );
                let help = format!("add {file}, or take the text out of the words");
                Problem::warning(what).at(pipeline.place(&section.at)).help(help)
            })
            .collect()
    }

    /// Whether a plan's tables can fill the sections of the page.
    ///
    /// # Errors
    /// All that is wrong with them.
    pub fn fits(&self, plan: &Plan) -> Result<(), Failure> {
        let mut problems = self.problems.clone();
        let queries =
            plan.yields.keys().filter_map(|table| Some((table.clone(), Arc::clone(plan.query_of(table)?))));
        let mut tables = plan.yields.clone();
        tables.insert("audit_rows".to_owned(), audit_rows_schema(plan.amount_scale));
        tables.insert("audit_checks".to_owned(), audit_checks_schema());
        let known = Known {
            tables,
            queries: queries.collect(),
            words: self.words.iter().map(|(tag, words)| (*tag, words)).collect(),
            declared: self.report.declared.clone(),
            language: self.locale.tag(),
        };
        problems.extend(self.report.sections.values().flat_map(|spec| {
            let found = judge(spec, &known);
            together(found, &plan.pipeline)
        }));
        if problems.is_empty() {
            return Ok(());
        }
        problems.sort_by_key(|problem| {
            problem.place.as_ref().map(|place| (place.source.name.clone(), place.span.start))
        });
        Err(Failure { kind: problem::FailureKind::Configuration, problems })
    }

    /// The program's own theme.
    ///
    /// # Errors
    /// None; the files are part of the program.
    pub fn own(locale: Locale) -> Result<Self, Failure> {
        Self::of(&embedded(), locale)
    }

    fn of(files: &BTreeMap<String, String>, locale: Locale) -> Result<Self, Failure> {
        let mut words = Vec::new();
        for locale in [Locale::En, Locale::ZhCn] {
            words.push((locale.tag(), words_of(files, locale)?));
        }
        let own = words.iter().find(|(tag, _)| *tag == locale.tag()).map(|(_, words)| words.clone());
        let templates = files.iter().filter(|(path, _)| !is_yaml(path));
        let templates = templates.map(|(path, text)| (path.clone(), text.clone())).collect();
        let report = report::Theme { templates, words: own.unwrap_or_default(), ..report::Theme::default() };
        Ok(Self { report, words, locale, problems: Vec::new() })
    }
}

/// The problems of a section, those of a file of words that is not there as one.
fn together(problems: Vec<Problem>, pipeline: &Pipeline) -> Vec<Problem> {
    const FEW: usize = 3;
    let file_of = |problem: &Problem| {
        let path = problem.help.as_deref()?.strip_prefix("add it to ")?;
        (!path.contains(' ') && !pipeline.path(path).exists()).then(|| path.to_owned())
    };
    let mut kept: Vec<Problem> = Vec::new();
    let mut missing: BTreeMap<String, Vec<Problem>> = BTreeMap::new();
    for problem in problems {
        match file_of(&problem) {
            Some(file) => missing.entry(file).or_default().push(problem),
            None => kept.push(problem),
        }
    }
    for (file, mut of_file) in missing {
        if of_file.len() <= FEW {
            kept.append(&mut of_file);
            continue;
        }
        let count = counted(of_file.len() as u64, "text");
        let place = of_file.into_iter().find_map(|problem| problem.place);
        let problem = Problem::new(format!("there is no {file}, and this section lacks {count}"));
        kept.push(
            Problem { place, ..problem }
                .help(format!("write {file} with the keys of the other language's file")),
        );
    }
    kept
}

/// The words of a language by their keys: those of one file of all, and of one file a module. `files` are the project's report
/// files by their paths below `reports/`; words that they lack are the program's own.
///
/// # Errors
/// No file of all, or a file that is no map of texts.
pub fn words_of(
    files: &BTreeMap<String, String>,
    locale: Locale,
) -> Result<BTreeMap<String, String>, Failure> {
    let name = format!("words/{}.yaml", locale.tag());
    if !files.contains_key(&name) {
        let problem = Problem::new(format!("reports/{name} is missing"));
        return Err(Failure::configuration(
            problem.help(format!("`regulars eject reports/{name}` writes it anew")),
        ));
    }
    // Words that a project lacks, because it is older than the program, are the program's own.
    let of_modules = format!("words/{}/", locale.tag());
    let shipped = embedded();
    let mut words = own_words(locale).clone();
    let of_language = |path: &String| *path == name || path.starts_with(&of_modules);
    let own = files.iter().filter(|(path, text)| shipped.get(*path) != Some(*text));
    for (name, text) in own.filter(|(path, _)| of_language(path)) {
        let source = Arc::new(SourceText { name: format!("reports/{name}"), text: text.clone() });
        let tree = yaml::parse_part(&source)
            .map_err(|problems| Failure { kind: problem::FailureKind::Configuration, problems })?;
        flatten("", &tree, &source, &mut words).map_err(Failure::configuration)?;
    }
    Ok(words)
}

/// The words of the program's own files in a language. They are read once.
fn own_words(locale: Locale) -> &'static BTreeMap<String, String> {
    static READ: LazyLock<BTreeMap<&'static str, BTreeMap<String, String>>> = LazyLock::new(|| {
        let files = embedded();
        let of = |locale: Locale| {
            let tag = locale.tag();
            let (name, folder) = (format!("words/{tag}.yaml"), format!("words/{tag}/"));
            let mut words = declared::headings(tag);
            for (path, text) in files.iter().filter(|(path, _)| **path == name || path.starts_with(&folder)) {
                let source = Arc::new(SourceText { name: format!("reports/{path}"), text: text.clone() });
                // A test reads them all; they are part of the program.
                if let Ok(tree) = yaml::parse_part(&source) {
                    let _ = flatten("", &tree, &source, &mut words);
                }
            }
            (tag, words)
        };
        [of(Locale::En), of(Locale::ZhCn)].into()
    });
    static NONE: BTreeMap<String, String> = BTreeMap::new();
    READ.get(locale.tag()).unwrap_or(&NONE)
}

/// Whether a file holds keys: words, or a section.
fn is_yaml(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "yaml")
}

/// The file of a section that is data.
fn section_file(name: &str) -> String {
    format!("sections/{name}.yaml")
}

/// The templates that sections of a pipeline's own tables may have, and those of sections that are data; and the files of
/// these.
fn sections_of(pipeline: &Pipeline, own: &BTreeMap<String, String>) -> Vec<String> {
    let tables = pipeline.steps.iter().flat_map(Step::outputs);
    let named = pipeline.report.iter().flat_map(|report| &report.sections).map(|name| name.value.clone());
    let templates = tables.chain(named).map(|name| format!("sections/{name}.html"));
    // Another pipeline of the project may have it.
    let files = own.keys().filter(|path| path.starts_with("sections/") && is_yaml(path));
    let shipped = embedded();
    let shipped =
        shipped.keys().filter_map(|path| path.strip_suffix(".yaml")).map(|path| format!("{path}.html"));
    templates.chain(files.cloned()).chain(shipped).collect()
}

/// A file of a project's `reports/` that no page uses: with a misspelt name, its changes would be missing silently.
fn unused(
    tables: &[String],
    own: &BTreeMap<String, String>,
    known: &BTreeMap<String, String>,
) -> Option<Problem> {
    let named = |name: &str| own.iter().any(|(other, text)| other != name && text.contains(name));
    let used = |name: &String| {
        known.contains_key(name) || tables.contains(name) || is_words_of_module(name) || named(name)
    };
    let name = own.keys().find(|name| !used(name))?;
    let what = format!("reports/{name} is a file that no page is made of");
    if earlier::was_copied(&format!("reports/{name}")) {
        let what = format!("{what} any more: an earlier version of the program wrote it");
        return Some(Problem::new(what).help(earlier::UPGRADE));
    }
    let meant = closest(name, known.keys().chain(tables).map(String::as_str));
    let language = name.strip_prefix("words/").and_then(|rest| rest.split('/').next());
    let language = language.filter(|tag| name.matches('/').count() > 1 && !["en", "zh-CN"].contains(tag));
    let help = match meant {
        _ if language.is_some() => {
            "the folders of words are reports/words/en/ and reports/words/zh-CN/".to_owned()
        }
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "include it in a template, or move it away".to_owned(),
    };
    Some(Problem::new(what).help(help))
}

/// Whether a file holds the words of a module: `words/en/gifts.yaml`.
fn is_words_of_module(name: &str) -> bool {
    let mut parts = name.split('/');
    let words = parts.next() == Some("words")
        && parts.next().is_some_and(|tag| Locale::ALL.iter().any(|of| of.tag() == tag));
    words && is_yaml(name) && parts.count() == 1
}

/// The shipped files below `reports/`, by their path there.
fn embedded() -> BTreeMap<String, String> {
    let inner =
        |(path, text): (String, &str)| Some((path.strip_prefix("reports/")?.to_owned(), text.to_owned()));
    shipped::below("reports").into_iter().filter_map(inner).collect()
}

fn read(folder: &Path) -> Result<BTreeMap<String, String>, Failure> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    // Links may lead back.
    let mut seen = HashSet::new();
    let failed = |path: &Path, error: &std::io::Error| {
        let what = format!("{} cannot be read: {}", path.display(), files::reason(error));
        Failure::configuration(Problem::new(what).help_if(files::remedy(error)))
    };
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).map_err(|error| failed(&next, &error))? {
            let path = entry.map_err(|error| failed(&next, &error))?.path();
            if path.is_dir() {
                if seen.insert(path.canonicalize().map_err(|error| failed(&path, &error))?) {
                    folders.push(path);
                }
                continue;
            }
            let wanted = path
                .extension()
                .is_some_and(|e| ["html", "css", "js", "yaml", "yml"].iter().any(|known| e == *known));
            if wanted {
                let text = files::text(&path).map_err(|error| failed(&path, &error))?;
                files.insert(shipped::slashed(path.strip_prefix(folder).unwrap_or(&path)), text);
            }
        }
    }
    Ok(files)
}

/// Nested maps to dotted keys.
fn flatten(
    prefix: &str,
    node: &Node,
    source: &Arc<SourceText>,
    words: &mut BTreeMap<String, String>,
) -> Result<(), Problem> {
    match &node.kind {
        NodeKind::Map(entries) => {
            for (key, value) in entries {
                let name =
                    if prefix.is_empty() { key.name.clone() } else { format!("{prefix}.{}", key.name) };
                flatten(&name, value, source, words)?;
            }
            Ok(())
        }
        NodeKind::Text(text) if text.matches('{').count() != text.matches('}').count() => {
            let what = format!(
                "a brace of the words `{prefix}` has no other: `{{` begins a value's name, and `}}` ends it"
            );
            let problem = Problem::new(what).at(Place::new(source, node.at.clone()));
            Err(problem.help("write `}` behind the name, as in `{revenue}`"))
        }
        NodeKind::Text(text) => {
            words.insert(prefix.to_owned(), text.clone());
            Ok(())
        }
        other => {
            let what = format!("the words `{prefix}` must be text, not {}", other.name());
            Err(Problem::new(what).at(Place::new(source, node.at.clone())).help("put them in quotes"))
        }
    }
}
