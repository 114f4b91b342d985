//! The manual's page on what the founding documents ask for names what there is: modules, tables and their columns, sections, and
//! tests in which these tables are made.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use regulars::pipeline::declared::shipped;
use regulars::pipeline::module::{self, Definition};

use crate::support::repository;

/// A row of a table of demands.
struct Demand {
    /// What is asked for.
    what: String,
    modules: Vec<String>,
    /// Tables, some with a column: `churn.status`.
    tables: Vec<String>,
    sections: Vec<String>,
    /// Below `tests/`.
    tests: Vec<String>,
}

/// The names in backquotes.
fn names(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The rows of the page's tables.
fn demands() -> Vec<Demand> {
    let page = fs::read_to_string(repository().join("docs/domain.md")).unwrap();
    let mut demands = Vec::new();
    for line in page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| ---")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
        let [what, modules, tables, sections, tests] = cells[..] else { panic!("not five cells: {line}") };
        if modules.trim() != "module" {
            demands.push(Demand {
                what: what.trim().to_owned(),
                modules: names(modules),
                tables: names(tables),
                sections: names(sections),
                tests: names(tests),
            });
        }
    }
    demands
}

/// What a step of a module is made of, in the words of `regulars modules`; none if it has no such step.
fn made_of(definition: &Definition, step: &str) -> Option<String> {
    let steps = definition.described_steps();
    steps.iter().find_map(|told| told.strip_prefix(&format!("{step}: ")).map(str::to_owned))
}

/// The paths of queries in these words; of one whose name a setting completes, what stands before it.
fn queries(told: &str) -> Vec<String> {
    let words = told.split([' ', ',']).filter(|word| word.starts_with("sql/"));
    words.map(|word| word.split('$').next().unwrap().to_owned()).collect()
}

/// What ships.
struct Shipped {
    modules: BTreeMap<String, Definition>,
    sections: BTreeSet<String>,
}

impl Shipped {
    fn read() -> Self {
        let read = |name: String| {
            let definition = module::read(repository(), &name).unwrap();
            (name, definition)
        };
        let modules: BTreeMap<String, Definition> =
            module::names(repository()).into_iter().map(read).collect();
        let of_modules = modules.values().flat_map(|module| module.sections.iter().chain(&module.closing));
        let sections = of_modules.map(|name| name.value.clone()).collect();
        Self { modules, sections }
    }

    /// What is wrong with a row.
    fn wrong(&self, demand: &Demand) -> Vec<String> {
        let mut wrong = Vec::new();
        let unknown = demand.modules.iter().filter(|name| !self.modules.contains_key(*name));
        wrong.extend(unknown.map(|name| format!("no module {name}")));
        let nowhere = demand.sections.iter().filter(|name| !self.sections.contains(*name));
        wrong.extend(nowhere.map(|name| format!("no section {name}")));
        let mut tested = String::new();
        for path in &demand.tests {
            match fs::read_to_string(repository().join("tests").join(path)) {
                Ok(text) => tested.push_str(&text),
                Err(_) => wrong.push(format!("no test {path}")),
            }
        }
        for name in &demand.tables {
            let (table, column) = name.split_once('.').unwrap_or((name, ""));
            let modules = demand.modules.iter().filter_map(|name| self.modules.get(name));
            let Some(told) = modules.into_iter().find_map(|module| made_of(module, table)) else {
                wrong.push(format!("no step {table} in these modules"));
                continue;
            };
            let declared = shipped().groups.iter().flat_map(|group| &group.tables);
            let declared = declared.filter(|(known, _)| known == table).map(|(_, table)| table).next();
            if !column.is_empty() && declared.is_none_or(|table| table.column(column).is_none()) {
                wrong.push(format!("no column {name}"));
            }
            let queries = queries(&told);
            if !queries.is_empty() && !queries.iter().any(|path| tested.contains(path.as_str())) {
                wrong.push(format!("{table} is made in none of these tests: {told}"));
            }
        }
        wrong.into_iter().map(|wrong| format!("{}: {wrong}", demand.what)).collect()
    }
}

#[test]
fn each_demand_has_a_home_and_a_test() {
    let demands = demands();
    assert!(demands.len() > 90, "{}", demands.len());
    for demand in &demands {
        let empty = [&demand.modules, &demand.tables, &demand.tests].iter().any(|names| names.is_empty());
        assert!(!empty, "{}: a module, a table and a test", demand.what);
    }
    let shipped = Shipped::read();
    let wrong: Vec<String> = demands.iter().flat_map(|demand| shipped.wrong(demand)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What ships is asked for by the documents, or is said to be beyond them.
#[test]
fn each_module_has_a_demand() {
    let page = fs::read_to_string(repository().join("docs/domain.md")).unwrap();
    let unnamed: Vec<String> =
        module::names(repository()).into_iter().filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert!(unnamed.is_empty(), "docs/domain.md does not name {unnamed:?}");
}
