//! `report`: what its page shows, in which order, and its downloads.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::problem::{closest, thousands};
use crate::shipped;

use crate::pipeline::download::{DownloadFormat, MOST_ROWS};
use crate::pipeline::module;
use crate::pipeline::reader::Reader;
use crate::pipeline::yaml::{Node, NodeKind};
use crate::pipeline::{CustomerIds, Pipeline, Report, Spanned, Step};

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

impl Reader {
    pub(super) fn report(
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
        // What is wrong with the modules is told at their place.
        let all = (of_modules.switched || !of_modules.sections.is_empty()).then_some(MODULES);
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
    pub(super) fn known_sections(&mut self, of_modules: &OfModules, steps: &[Step], own: &[String]) {
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
}

/// The word in `sections` that stands for those of all modules.
const MODULES: &str = "modules";

/// The sections that modules bring.
pub(super) struct OfModules {
    /// In order.
    pub(super) sections: Vec<Spanned<String>>,
    /// At the end of the page.
    pub(super) closing: Vec<Spanned<String>>,
    /// Whether the pipeline has `modules`.
    pub(super) switched: bool,
    /// Those of modules that are left out.
    pub(super) left_out: Vec<String>,
    /// The project's folder.
    pub(super) root: PathBuf,
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
    pub(super) fn usual(&self) -> Vec<Spanned<String>> {
        let named = |name: &str| Spanned { value: name.to_owned(), at: 0..0 };
        if self.sections.is_empty() && self.closing.is_empty() {
            return SECTIONS.into_iter().map(named).collect();
        }
        self.sections.iter().chain(&self.closing).cloned().collect()
    }
}

/// The sections that are files of the project that a pipeline belongs to.
pub(super) fn own_sections(file: &Path) -> Vec<String> {
    let folder = Pipeline::root_of(file).join("reports/sections");
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.flatten().map(|entry| entry.path());
    let files = paths.filter(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    let mut names: Vec<String> =
        files.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
    names.sort();
    names
}
