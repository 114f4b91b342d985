//! A report is a pure function of input data, pipeline files, as-of date and version.

use arrow::array::UInt64Array;
use arrow::compute::{concat_batches, take_record_batch};

use crate::data::{Table, parquet};
use crate::support::{Project, content, differences, report_content};

const PIPELINE: &str = "pipelines/demo.yaml";
const REPORT: &str = "site/customer_value/2026-10-31";

/// A small demo shop, its report published.
fn shop() -> Project {
    let project = Project::new();
    project.done(&["demo", ".", "--customers", "150", "--days", "100"]);
    project
}

/// Run again, with one thread and with four: the same bytes of tables, downloads and page.
#[test]
fn the_same_whatever_the_threads() {
    let project = shop();
    let first = report_content(&project.path(REPORT));
    assert!(first.iter().any(|(name, _)| name == "index.html") && first.len() > 40, "{}", first.len());
    for threads in ["1", "4"] {
        project.done(&["run", PIPELINE, "--threads", threads]);
        let again = report_content(&project.path(REPORT));
        assert_eq!(differences(&first, &again), [""; 0], "with {threads} threads");
    }
}

/// All rows in one file and in another order: the same tables. Only the page, which counts files, may differ.
#[test]
fn the_same_whatever_the_order_of_rows() {
    let project = shop();
    let first = report_content(&project.path(REPORT));
    let transactions = project.path("data/transactions");
    let files = content(&transactions);
    let tables: Vec<_> = files.iter().map(|(name, _)| Table::read(&transactions.join(name)).batch).collect();
    let all = concat_batches(&tables[0].schema(), &tables).unwrap();
    let rows = all.num_rows() as u64;
    // Steps that share no factor with the number of rows lead past each of them once.
    let step = (rows / 3..rows).find(|step| gcd(*step, rows) == 1).unwrap();
    let order: UInt64Array = (0..rows).map(|row| row * step % rows).collect();
    std::fs::remove_dir_all(&transactions).unwrap();
    parquet(&transactions.join("all.parquet"), &take_record_batch(&all, &order).unwrap());
    project.done(&["run", PIPELINE, "--threads", "3"]);
    let again = report_content(&project.path(REPORT));
    assert_eq!(differences(&first, &again), ["method.html"]);
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}
