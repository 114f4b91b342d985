//! What the report says of rows and money is true of its tables: what was used is what they are made of.

use insta::assert_snapshot;
use regulars::engine::used::Part;
use regulars::engine::{Overrides, Plan};

use crate::data::{parquet, sales};
use crate::support::{PIPELINE, Project};

/// The page on data and method as text, from its answer on, a line for each element that has text.
fn method(project: &Project) -> Vec<String> {
    let page = project.read("site/shop/2024-03-31/method.html");
    let section = page.split("<section id=\"method\"").nth(1).unwrap();
    let mut lines = Vec::new();
    for part in section.split('<').skip(1) {
        let text = part.split_once('>').map_or("", |(_, text)| text).trim();
        if !text.is_empty() {
            lines.push(text.to_owned());
        }
    }
    lines
}

fn shop() -> Project {
    let project = Project::shop("path: data");
    let text = project.read(PIPELINE);
    project.write(PIPELINE, format!("{text}report:\n  sections: [method]\n"));
    project
}

/// A row without a day is in no table. It was "used" at 100.00 beside a report of 50.00.
#[test]
fn undated_rows_are_not_used() {
    let project = shop();
    let rows = [("t1", "ann", "2024-01-05", "50.00"), ("t2", "bob", "", "50.00")];
    parquet(&project.path("data/a.parquet"), &sales(&rows));
    project.write("sql/seen.sql", "select sum(amount) as revenue from transactions where day <= $as_of");
    project.ran();
    let method = method(&project);
    assert_eq!(
        method[1],
        "Of 2 rows read, 1 were used and 1 set aside by rule, and rows and money tie out; 0 of 0 data checks passed."
    );
    assert!(method.iter().any(|line| line == "Set aside: no time"), "{method:?}");
    assert_eq!(project.table("private/shop/2024-03-31/tables/seen.parquet").one("revenue"), "50.00");
    let audit = project.read("site/shop/2024-03-31/downloads/audit_rows.csv");
    assert_snapshot!(audit.strip_prefix('\u{feff}').unwrap(), @r"
    source,rule,rows,amount
    transactions,,1,50.0000
    transactions,no_occurred_at,1,50.0000
    ");
}

/// A step that takes the place of `transactions` and joins: what it loses is said.
#[test]
fn a_step_that_makes_transactions() {
    let project = shop();
    project.replace(
        PIPELINE,
        "  transactions:\n    path: data",
        "  lines: { path: lines.csv }\n  partners: { path: partners.csv }",
    );
    project.replace(
        PIPELINE,
        "  seen:",
        "  transactions: { sql: sql/transactions.sql, keep: false }\n  seen:",
    );
    project.write(
        "lines.csv",
        "id,who,day,amount\nt1,1,2024-01-05,10.00\nt2,2,2024-01-05,20.00\nt3,9,2024-01-06,30.00\n",
    );
    project.write("partners.csv", "who,name\n1,ann\n2,bob\n");
    project.write(
        "sql/transactions.sql",
        "select id as transaction_id, name as customer_id, cast(day as date) as day, cast(amount as decimal(10, 2)) as amount
         from lines join partners on lines.who = partners.who",
    );
    project.ran();
    let method = method(&project);
    assert_snapshot!(method[1..4].join("\n"), @r"
    Of 5 rows read, 5 were used and 0 set aside by rule, and rows tie out; what the step “transactions” makes of them is not audited; 0 of 0 data checks passed.
    The step “transactions” has 2 rows, 1 fewer than the 3 used of the source lines: what it joins, filters or adds up falls under no rule, and is neither counted nor valued here.
    The step “transactions” has 2 rows, as many as are used of the source partners.
    ");
    assert_eq!(
        method[4],
        "The rows of the step “transactions” add up to 30.00 in money. The tables made of them are held against these \
         rows and this money."
    );
    let manifest = project.read("site/shop/2024-03-31/manifest.json");
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let made = manifest["steps"].as_array().unwrap().iter().find(|step| step["name"] == "transactions");
    assert_eq!((&made.unwrap()["rows"], &made.unwrap()["amount"]), (&2.into(), &"30.00".into()));
    // With as many rows as the source has.
    project.write("partners.csv", "who,name\n1,ann\n2,bob\n9,cy\n");
    project.ran();
    let text = self::method(&project).join("\n");
    assert!(text.contains("has 3 rows, as many as are used of the source lines."), "{text}");
    // And with more.
    project.write("partners.csv", "who,name\n1,ann\n1,anna\n2,bob\n9,cy\n");
    project.ran();
    let text = self::method(&project).join("\n");
    assert!(text.contains("has 4 rows, 1 more than the 3 used of the source lines"), "{text}");
    let zh = project.read(PIPELINE).replace("name: shop", "name: shop\nlocale: zh-CN");
    project.write(PIPELINE, zh);
    project.ran();
    let text = self::method(&project).join("\n");
    assert!(text.contains("步骤transactions有4行，比数据源“lines”采用的3行多1行"), "{text}");
}

/// Incremental tables and rows that are read again are both held against what was used; here they agree, on dirty data,
/// with repeated rows in several files.
#[test]
fn tables_of_both_kinds_agree_with_the_audit() {
    let project = Project::shop("path: data\nquarantine:\n  duplicate: { repeated: [transaction_id] }");
    project.write(
        "sql/seen.sql",
        "select customer_id, day, sum(amount) as revenue, count(*) as lines from transactions group by 1, 2 order by 1, 2",
    );
    project.write("sql/again.sql", "select sum(amount) as revenue, count(*) as lines from transactions");
    project.replace(
        PIPELINE,
        "  seen: { sql: sql/seen.sql }",
        "  seen: { sql: sql/seen.sql, incremental: true }\n  again: { sql: sql/again.sql }",
    );
    let a =
        [("t1", "ann", "2024-01-05", "1.00"), ("t2", "", "2024-01-05", "2.00"), ("t3", "bob", "", "4.00")];
    let b = [
        ("t1", "ann", "2024-01-05", "1.00"),
        ("t4", "cy", "2024-01-06", "8.00"),
        ("t5", "cy", "2024-01-06", ""),
    ];
    parquet(&project.path("data/a.parquet"), &sales(&a));
    parquet(&project.path("data/b.parquet"), &sales(&b));
    for _ in 0..2 {
        project.ran();
        assert_eq!(
            project.seen(),
            "customer_id | day | revenue | lines\nann | 2024-01-05 | 1.00 | 1\ncy | 2024-01-06 | 8.00 | 1"
        );
        let again = project.table("private/shop/2024-03-31/tables/again.parquet").text();
        assert_eq!(again, "revenue | lines\n9.00 | 2");
    }
}

/// A shop without amounts: the page has no currency, and says what its figures are.
#[test]
fn without_amounts_nothing_is_money() {
    let project = Project::shop(
        "path: data\namounts: none\ncolumns:\n  transaction_id: transaction_id\n  customer_id: customer_id\n  occurred_at: occurred_at",
    );
    let text = project.read(PIPELINE);
    project.write(PIPELINE, format!("{text}report:\n  sections: [method]\n"));
    parquet(&project.path("data/a.parquet"), &sales(&[("t1", "ann", "2024-01-05", "50.00")]));
    project.ran();
    let text = method(&project).join("\n");
    assert!(text.contains("The data has no amounts: each row counts as 1"), "{text}");
    assert!(text.contains("\nCurrency\n–\n"), "{text}");
}

/// What is sure of the shipped tables is read off their queries: which of them are made of all used rows, and so are
/// held against them in every run.
#[test]
fn the_shipped_tables_are_held_against_what_was_used() {
    let project = Project::new();
    project.done(&["demo", "shop", "--data-only", "--customers", "40", "--days", "20"]);
    let file = project.path("shop/pipelines/demo.yaml");
    let whole = |returns: &str| {
        let (file, params) = (file.clone(), vec![("returns".to_owned(), returns.to_owned())]);
        // Plans are walked by recursion.
        let planned = std::thread::Builder::new().stack_size(64 << 20).spawn(move || {
            let overrides = Overrides { params, made_up: true, ..Overrides::default() };
            let pipeline = regulars::pipeline::load(&file).unwrap();
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let Ok(plan) = runtime.block_on(Plan::new(pipeline, &overrides)) else {
                panic!("the pipeline is sound")
            };
            plan.whole
                .into_iter()
                .filter_map(|(table, whole)| Some((table, whole.part, whole.money?)))
                .collect::<Vec<_>>()
        });
        planned.unwrap().join().unwrap()
    };
    let held = whole("net");
    for table in ["receipts", "customer_day"] {
        assert!(held.contains(&(table.to_owned(), Part::All, "revenue".to_owned())), "{table}: {held:?}");
    }
    // Rows below zero are left out then: what is left is held against the sales.
    let held = whole("gross");
    for table in ["receipts", "customer_day"] {
        assert!(held.contains(&(table.to_owned(), Part::Sales, "revenue".to_owned())), "{table}: {held:?}");
    }
}

/// Tables of rows on one side of zero are held against the rows of that side, a source without money by its rows, and
/// what the files say of themselves is on record beside what became of their rows.
#[test]
fn parts_of_the_rows_agree_too() {
    let project = Project::shop("path: data\nquarantine:\n  no_customer: customer_id is null");
    project.replace(PIPELINE, "  transactions:\n", "  visits: { path: visits }\n  transactions:\n");
    project.replace(
        PIPELINE,
        "  seen: { sql: sql/seen.sql }",
        "  seen: { sql: sql/seen.sql, incremental: true }\n  back: { sql: sql/back.sql }\n  visited: { sql: sql/visited.sql }",
    );
    let sold = "select customer_id, sum(amount) as revenue, count(*) as lines from transactions where amount >= 0 group by 1 order by 1";
    project.write("sql/seen.sql", sold);
    project.write(
        "sql/back.sql",
        "select sum(amount) as returned, count(*) as lines from transactions where amount < 0",
    );
    project
        .write("sql/visited.sql", "select customer_id, count(*) as visits from visits group by 1 order by 1");
    let rows = [
        ("t1", "ann", "2024-01-05", "10.00"),
        ("t2", "ann", "2024-01-06", "-4.00"),
        ("t3", "bob", "2024-01-06", "0.00"),
        ("t4", "", "2024-01-06", "-8.00"),
        ("t5", "bob", "2024-05-06", "2.00"),
    ];
    parquet(&project.path("data/a.parquet"), &sales(&rows));
    parquet(&project.path("visits/a.parquet"), &sales(&rows[..2]));
    project.ran();
    assert_eq!(project.seen(), "customer_id | revenue | lines\nann | 10.00 | 1\nbob | 0.00 | 1");
    let back = project.table("private/shop/2024-03-31/tables/back.parquet").text();
    assert_eq!(back, "returned | lines\n-4.00 | 1");
    let manifest = project.read("site/shop/2024-03-31/manifest.json");
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let source =
        manifest["sources"].as_array().unwrap().iter().find(|source| source["source"] == "transactions");
    let source = source.unwrap();
    let figures = ["rows_in_files", "rows_in", "rows_used"].map(|name| source[name].as_u64().unwrap());
    assert_eq!(figures, [5, 5, 3]);
    let aside = source["set_aside"].as_array().unwrap();
    assert_eq!(aside.iter().map(|rule| rule["rows"].as_u64().unwrap()).sum::<u64>(), 2);
}
