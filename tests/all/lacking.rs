//! Sources that are not there, or have no rows: a run of all modules ends well, and what is left out says why in the reader's words,
//! not in names of tables.

use std::fs::File;

use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::support::{Project, repository};

const PIPELINE: &str = "shop/pipelines/crm.yaml";

/// All sources beside `transactions`, with their files below `data/`.
const SOURCES: [(&str, &str); 17] = [
    ("customers", "customers"),
    ("products", "products"),
    ("stores", "stores"),
    ("acquisition_costs", "acquisition_costs"),
    ("members", "members"),
    ("points", "points"),
    ("campaigns", "campaigns"),
    ("responses", "responses"),
    ("festivals", "campaigns"),
    ("managers", "managers"),
    ("assignments", "assignments"),
    ("interactions", "interactions"),
    ("surveys", "surveys"),
    ("receivables", "receivables"),
    ("costs", "costs"),
    ("targets", "targets"),
    ("events", "events"),
];

/// The demo shop and the pipeline of all modules.
fn shop() -> Project {
    let project = Project::new();
    project.done(&["demo", "shop", "--customers", "40", "--days", "420", "--data-only"]);
    let pipeline = std::fs::read_to_string(repository().join("pipelines/crm.yaml")).unwrap();
    project.write(PIPELINE, pipeline);
    project
}

/// The pipeline without these sources.
fn take(project: &Project, sources: &[&str]) {
    let mut inside = false;
    let mut dropped = false;
    let mut kept = String::new();
    for line in project.read(PIPELINE).lines() {
        if !line.starts_with(' ') {
            inside = line.starts_with("sources:");
        }
        if line.starts_with("  ") && !line.starts_with("   ") {
            let name = line.trim().split(':').next().unwrap();
            dropped = inside && sources.contains(&name);
        }
        if !(inside && dropped) {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    project.write(PIPELINE, kept);
}

/// A source's file with its columns and no rows, beside the full one.
fn empty(project: &Project, sources: &[&str]) {
    for (source, file) in SOURCES.into_iter().filter(|(source, _)| sources.contains(source)) {
        let full = File::open(project.path(&format!("shop/data/{file}.parquet"))).unwrap();
        let schema = ParquetRecordBatchReaderBuilder::try_new(full).unwrap().schema().clone();
        let path = project.path(&format!("shop/data/empty_{source}.parquet"));
        ArrowWriter::try_new(File::create(path).unwrap(), schema, None).unwrap().close().unwrap();
        let text = project.read(PIPELINE);
        let (before, after) = text.split_once(&format!("\n  {source}:")).unwrap();
        let after =
            after.replacen(&format!("$data/{file}.parquet"), &format!("$data/empty_{source}.parquet"), 1);
        project.write(PIPELINE, format!("{before}\n  {source}:{after}"));
    }
}

/// What the page says is left out; the run ends well.
fn left_out(project: &Project, what: &str) -> Vec<String> {
    let outcome = project.run(&["run", PIPELINE]);
    assert_eq!(outcome.code, Some(0), "{what}: {}", outcome.err);
    let page = project.read("shop/site/crm/2026-10-31/method.html");
    let (_, list) = page.split_once("id=\"method-omissions\"").unwrap();
    let list = list.split("</ul>").next().unwrap();
    let items: Vec<String> =
        list.lines().map(str::trim).filter(|line| line.starts_with("<li>")).map(str::to_owned).collect();
    let unreadable: Vec<&String> = items.iter().filter(|item| item.contains("The table ")).collect();
    assert!(unreadable.is_empty(), "{what}: {unreadable:#?}");
    items
}

#[test]
fn without_any_source_but_transactions() {
    let project = shop();
    take(&project, &SOURCES.map(|(source, _)| source));
    let items = left_out(&project, "none");
    // A module names the first source that it lacks.
    for (source, _) in
        SOURCES.into_iter().filter(|(source, _)| !["acquisition_costs", "responses"].contains(source))
    {
        let said = items.iter().any(|item| item.contains(&format!("source {source} is missing")));
        assert!(said, "{source}: {items:#?}");
    }
}

#[test]
fn with_sources_that_have_no_rows() {
    let project = shop();
    empty(&project, &SOURCES.map(|(source, _)| source));
    let items = left_out(&project, "all empty");
    assert!(items.iter().all(|item| !item.contains("is missing")), "{items:#?}");
}

/// One source at a time. It takes a run of all modules for each: `cargo test --test all lacking -- --ignored`.
#[test]
#[ignore = "34 runs of all modules"]
fn one_source_at_a_time() {
    for (source, _) in SOURCES {
        let project = shop();
        let pipeline = project.read(PIPELINE);
        take(&project, &[source]);
        left_out(&project, &format!("without {source}"));
        project.write(PIPELINE, pipeline);
        empty(&project, &[source]);
        left_out(&project, &format!("{source} is empty"));
    }
}
