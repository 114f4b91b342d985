//! The first files of somebody new: columns whose names have blanks, prices that are text, tables that are not there.

use insta::assert_snapshot;

use crate::support::{PIPELINE, Project};

const FILE: &str = "Order No.,Customer ID,Order Date,Qty,Unit Price (£)
1,ann,2024-01-05,2,1.50
2,bob,2024-01-06,1,2.25
";

const SOUND: &str = "  transaction_id: '\"Order No.\"'
  customer_id: '\"Customer ID\"'
  occurred_at: 'CAST(\"Order Date\" AS DATE)'
  amount: 'CAST(Qty AS INT) * CAST(\"Unit Price (£)\" AS DECIMAL(10, 2))'
quarantine:
  nobody: '\"Customer ID\" IS NULL'";

fn shop(columns: &str) -> Project {
    let project = Project::shop(&format!("path: data\ncolumns:\n{columns}"));
    project.write("data/sales.csv", FILE);
    project
}

#[test]
fn a_name_with_blanks_is_told_how_to_be_written() {
    let project = shop(
        "  transaction_id: Order No.
  customer_id: \"Customer ID\"
  occurred_at: CAST(Order Date AS DATE)
  amount: CAST(Qty AS INT) * CAST(Unit Price (£) AS DECIMAL(10, 2))",
    );
    assert_snapshot!(project.complaint(), @r#"
    exit code 2
      × a column's name that is not one word needs double quotes
       ╭─[pipelines/shop.yaml:7:23]
     6 │     columns:
     7 │       transaction_id: Order No.
       ·                       ─────────
     8 │       customer_id: "Customer ID"
       ╰────
      help: write '"Order No."'
      × a column's name that is not one word needs double quotes
       ╭─[pipelines/shop.yaml:8:20]
     7 │       transaction_id: Order No.
     8 │       customer_id: "Customer ID"
       ·                    ─────────────
     9 │       occurred_at: CAST(Order Date AS DATE)
       ╰────
      help: write '"Customer ID"'
      × a column's name that is not one word needs double quotes
        ╭─[pipelines/shop.yaml:9:20]
      8 │       customer_id: "Customer ID"
      9 │       occurred_at: CAST(Order Date AS DATE)
        ·                    ────────────────────────
     10 │       amount: CAST(Qty AS INT) * CAST(Unit Price (£) AS DECIMAL(10, 2))
        ╰────
      help: write 'CAST("Order Date" AS DATE)'
      × a column's name that is not one word needs double quotes
        ╭─[pipelines/shop.yaml:10:15]
      9 │       occurred_at: CAST(Order Date AS DATE)
     10 │       amount: CAST(Qty AS INT) * CAST(Unit Price (£) AS DECIMAL(10, 2))
        ·               ─────────────────────────────────────────────────────────
     11 │ steps:
        ╰────
      help: write 'CAST(Qty AS INT) * CAST("Unit Price (£)" AS DECIMAL(10, 2))'
    "#);
}

#[test]
fn what_the_message_says_is_sound() {
    let project = shop(SOUND);
    project.ran();
    let seen = project.table("private/shop/2024-03-31/tables/seen.parquet");
    assert_eq!(seen.at("customer_id", "ann", "amount"), "3.00");
}

#[test]
fn text_is_not_calculated_with() {
    let project = shop(
        "  transaction_id: '\"Order No.\"'
  customer_id: '\"Customer ID\"'
  occurred_at: 'CAST(\"Order Date\" AS DATE)'
  amount: Qty * \"Unit Price (£)\"",
    );
    assert_snapshot!(project.complaint(), @r#"
    exit code 2
      × `Qty` is text, and cannot be calculated with
        ╭─[pipelines/shop.yaml:10:15]
      9 │       occurred_at: 'CAST("Order Date" AS DATE)'
     10 │       amount: Qty * "Unit Price (£)"
        ·               ──────────────────────
     11 │ steps:
        ╰────
      help: make it a number, as in `CAST(Qty AS DECIMAL(18, 4))`; all columns of CSV files are text
    "#);
}

/// A comment that names the table comes before the query that reads it.
#[test]
fn a_missing_table_is_shown_where_it_is_read() {
    let project = shop(SOUND);
    project.write("sql/seen.sql", "-- From costs: what everything costs.\nselect *\nfrom Costs\n");
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × there is no table `costs`
       ╭─[sql/seen.sql:3:6]
     2 │ select *
     3 │ from Costs
       ·      ─────
       ╰────
      help: add it under `sources` or `steps`, or remove the step `seen` if you have no use for it
    ");
}

/// Where files lie on the server is no matter of the page's readers; what a setting is worth is.
#[test]
fn settings_on_the_page_are_values_and_no_paths_of_the_server() {
    let elsewhere = Project::new();
    elsewhere.write("sales/a.csv", FILE);
    let path = elsewhere.path("sales");
    let project = Project::shop(&format!("path: $data\ncolumns:\n{SOUND}"));
    let settings = format!("params: {{ data: {}, least: 2 }}\nsources:", path.display());
    project.replace(PIPELINE, "sources:", &settings);
    project.replace(
        PIPELINE,
        "seen: { sql: sql/seen.sql }",
        "seen: { sql: sql/seen.sql }\n  many: { sql: sql/many.sql, with: { at_least: $least } }\nreport: { sections: [seen, method] }",
    );
    project.write("sql/many.sql", "select count(*) >= $at_least as many from transactions\n");
    project.ran();
    let page = project.read("site/shop/2024-03-31/method.html");
    assert!(page.contains(">sales<") && !page.contains(&path.display().to_string()), "{page}");
    let row = page.split_once("many.at_least").unwrap().1;
    assert!(row.split_once("</tr>").unwrap().0.contains(">2<") && !page.contains("$least"), "{row}");
}
