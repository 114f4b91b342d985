//! The columns of a source's files: the same whatever the case of their names; a column that is needed and missing is said.

use insta::{allow_duplicates, assert_snapshot};

use crate::data::{batch, days, decimals, parquet, texts};
use crate::support::{PIPELINE, Project};

const MAPPED: &str = "path: data
columns:
  transaction_id: InvoiceNo
  customer_id: CustomerID
  occurred_at: InvoiceDate
  amount: Amount
  channel: Channel
quarantine:
  test_order: Note = 'test'";

const NAMES: [&str; 6] = ["InvoiceNo", "CustomerID", "InvoiceDate", "Amount", "Channel", "Note"];

/// A file of one row with the columns of these names; an empty name leaves its column out.
fn invoices(project: &Project, file: &str, id: &str, names: [&str; 6]) {
    let columns = [
        texts(&[id]),
        texts(&["ann"]),
        days(&["2024-01-05"]),
        decimals(&["1.50"], 10, 2),
        texts(&["web"]),
        texts(&["x"]),
    ];
    let columns = names.into_iter().zip(columns).filter(|(name, _)| !name.is_empty());
    parquet(&project.path(file), &batch(columns.collect()));
}

fn shop(entry: &str) -> Project {
    let project = Project::shop(entry);
    project.write(
        "sql/seen.sql",
        "select transaction_id, customer_id, amount, channel from transactions order by 1",
    );
    project
}

fn without(column: &str) -> [&str; 6] {
    NAMES.map(|name| if name == column { "" } else { name })
}

/// What `check` says, without the lines of the pipeline.
fn complaint(project: &Project) -> String {
    project.complaint()
}

#[test]
fn names_that_turn_to_capitals_are_the_same_columns() {
    let project = shop(MAPPED);
    invoices(&project, "data/10.parquet", "t1", NAMES);
    let capitals = NAMES.map(str::to_uppercase);
    invoices(&project, "data/11.parquet", "t2", capitals.each_ref().map(String::as_str));
    for _ in 0..2 {
        project.ran();
        let rows =
            "transaction_id | customer_id | amount | channel\nt1 | ann | 1.50 | web\nt2 | ann | 1.50 | web";
        assert_eq!(project.seen(), rows);
    }
}

#[test]
fn names_of_csv_that_turn_to_capitals_are_the_same_columns() {
    let project = Project::shop(
        "path: data
columns:
  transaction_id: id
  customer_id: customer
  occurred_at: CAST(day AS DATE)
  amount: CAST(amount AS DECIMAL(10, 2))",
    );
    project.write("data/1.csv", "ID,CUSTOMER,DAY,AMOUNT\nt1,ann,2024-01-05,1.00\n");
    project.write("data/2.csv", "id,customer,day,amount\nt2,bob,2024-01-06,2.00\n");
    project.ran();
    assert_snapshot!(project.seen(), @r"
    transaction_id | customer_id | day | amount
    t1 | ann | 2024-01-05 | 1.00
    t2 | bob | 2024-01-06 | 2.00
    ");
}

/// Two columns of one file stay two, and each file's are matched to them as written.
#[test]
fn two_columns_that_differ_in_case_alone() {
    let project = shop(MAPPED);
    project.replace(PIPELINE, "channel: Channel", "channel: '\"note\"'");
    let mut names = NAMES;
    names[4] = "note";
    invoices(&project, "data/1.parquet", "t1", names);
    invoices(&project, "data/2.parquet", "t2", names);
    project.ran();
    assert_snapshot!(project.seen(), @r"
    transaction_id | customer_id | amount | channel
    t1 | ann | 1.50 | web
    t2 | ann | 1.50 | web
    ");
    // A third name of the same letters is neither of them.
    names[4] = "NOTE";
    invoices(&project, "data/3.parquet", "t3", names);
    let message = complaint(&project);
    assert!(message.contains("1 of 3 files (1 row) lacks the column `note`, such as 3.parquet"), "{message}");
}

#[test]
fn a_column_that_some_files_lack() {
    let project = shop(MAPPED);
    invoices(&project, "data/1.parquet", "t1", NAMES);
    invoices(&project, "data/2.parquet", "t2", without("CustomerID"));
    invoices(&project, "data/3.parquet", "t3", without("Note"));
    invoices(&project, "data/4.parquet", "t4", without("Note"));
    assert_snapshot!(complaint(&project), @r"
    exit code 3
      × source `transactions`: 1 of 4 files (1 row) lacks the column `CustomerID`, such as 2.parquet;
      │ `customer_id` needs it
       ╭─[pipelines/shop.yaml:8:20]
     7 │       transaction_id: InvoiceNo
     8 │       customer_id: CustomerID
       ·                    ──────────
     9 │       occurred_at: InvoiceDate
       ╰────
      help: write the file again with the column, or add `missing_columns: [CustomerID]` to the source
            for NULL there
      × source `transactions`: 2 of 4 files (2 rows) lack the column `Note`, such as 3.parquet; the
      │ rule `test_order` needs it
        ╭─[pipelines/shop.yaml:13:19]
     12 │     quarantine:
     13 │       test_order: Note = 'test'
        ·                   ─────────────
     14 │ steps:
        ╰────
      help: write the file again with the column, or add `missing_columns: [Note]` to the source for
            NULL there
    ");
    assert!(project.run(&["run", PIPELINE]).code == Some(3) && project.nothing_published());
}

/// What no expression names may come and go.
#[test]
fn a_column_that_nothing_names_may_be_missing() {
    let project = shop(MAPPED);
    project.replace(PIPELINE, "    quarantine:\n      test_order: Note = 'test'\n", "");
    invoices(&project, "data/1.parquet", "t1", NAMES);
    invoices(&project, "data/2.parquet", "t2", without("Note"));
    assert_snapshot!(project.ran().words(), @"");
}

#[test]
fn a_column_that_may_be_missing_is_counted() {
    for setting in ["as_null", "[channel]"] {
        let project = shop(&format!("{MAPPED}\nmissing_columns: {setting}"));
        invoices(&project, "data/1.parquet", "t1", without("Channel"));
        invoices(&project, "data/2.parquet", "t2", NAMES);
        invoices(&project, "data/3.parquet", "t3", without("Channel"));
        allow_duplicates! {
            assert_snapshot!(project.ran().words(), @r"
              ⚠ source `transactions`: 2 of 3 files (2 rows) lack the column `Channel`, such as 1.parquet; it
              │ is NULL there
            ");
            assert_snapshot!(project.seen(), @r"
            transaction_id | customer_id | amount | channel
            t1 | ann | 1.50 | NULL
            t2 | ann | 1.50 | web
            t3 | ann | 1.50 | NULL
            ");
        }
        let plan = project.done(&["plan", PIPELINE]).out;
        assert!(
            plan.contains("    2 of 3 files (2 rows) lack the column `Channel`, such as 1.parquet"),
            "{plan}"
        );
    }
}

/// One column that may be missing does not excuse another.
#[test]
fn only_what_is_listed_may_be_missing() {
    let project = shop(&format!("{MAPPED}\nmissing_columns: [Channel]"));
    invoices(&project, "data/1.parquet", "t1", without("Amount"));
    invoices(&project, "data/2.parquet", "t2", without("Channel"));
    let message = complaint(&project);
    assert!(message.contains("1 of 2 files (1 row) lacks the column `Amount`"), "{message}");
    assert!(!message.contains("lacks the column `Channel`"), "{message}");
}

#[test]
fn mistakes_in_missing_columns() {
    let said = |setting: &str| {
        let project = shop(&format!("{MAPPED}\nmissing_columns: {setting}"));
        invoices(&project, "data/1.parquet", "t1", NAMES);
        project.complaint()
    };
    assert_snapshot!(said("nul"), @r"
    exit code 2
      × `nul` is not a value of `missing_columns`
        ╭─[pipelines/shop.yaml:14:22]
     13 │       test_order: Note = 'test'
     14 │     missing_columns: nul
        ·                      ───
     15 │ steps:
        ╰────
      help: write `as_null`, `error`, or a list of the files' columns, such as `[discount]`
    ");
    assert!(said("null").contains("`missing_columns` is blank"));
    assert!(said("[Chanel]").contains("the files of `transactions` have no column `Chanel`"));
    assert!(said("[Chanel]").contains("did you mean `Channel`?"));
}

/// Without `columns`, the canonical columns are named by the table itself.
#[test]
fn canonical_columns_of_files_without_a_mapping() {
    let project = Project::shop("path: data");
    let names = ["transaction_id", "customer_id", "occurred_at", "amount", "Channel", "note"];
    invoices(&project, "data/1.parquet", "t1", names);
    let mut fewer = names;
    fewer[5] = "";
    invoices(&project, "data/2.parquet", "t2", fewer);
    let log = project.ran().words();
    assert!(log.contains("lacks the column `note`"), "{log}");
    // A rule names a column of the table, which is the files' own here.
    project.replace(PIPELINE, "steps:", "    quarantine: { second: { repeated: [note] } }\nsteps:");
    let message = complaint(&project);
    assert!(message.contains("lacks the column `note`, such as 2.parquet; the"), "{message}");
    project.replace(PIPELINE, "{ repeated: [note] }", "note = 'x'");
    let message = complaint(&project);
    assert!(message.contains("lacks the column `note`, such as 2.parquet; the"), "{message}");
    fewer[4] = "";
    invoices(&project, "data/3.parquet", "t3", fewer);
    let message = complaint(&project);
    assert!(message.contains("1 of 3 files (1 row) lacks the column `Channel`"), "{message}");
    assert!(message.contains("`channel` of `transactions` needs it"), "{message}");
}

#[test]
fn two_columns_of_one_name_in_a_file() {
    use std::sync::Arc;
    let project = Project::shop("path: data");
    let names = ["transaction_id", "customer_id", "occurred_at", "amount", "note", "note"];
    let columns = [
        texts(&["t1"]),
        texts(&["ann"]),
        days(&["2024-01-05"]),
        decimals(&["1.50"], 10, 2),
        texts(&["x"]),
        texts(&["y"]),
    ];
    let fields: Vec<arrow::datatypes::Field> = names
        .iter()
        .zip(&columns)
        .map(|(name, column)| arrow::datatypes::Field::new(*name, column.data_type().clone(), true))
        .collect();
    let schema = Arc::new(arrow::datatypes::Schema::new(fields));
    let rows = arrow::array::RecordBatch::try_new(schema, columns.to_vec()).unwrap();
    parquet(&project.path("data/a.parquet"), &rows);
    let message = complaint(&project);
    assert!(message.contains("data/a.parquet has two columns named `note`"), "{message}");
}
