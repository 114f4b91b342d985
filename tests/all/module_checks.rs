//! What `check` says of a project's own modules: their settings, columns, days and tables, and what they need.

use insta::assert_snapshot;

use crate::support::Project;

const PIPELINE: &str = "pipelines/shop.yaml";
const MODULE: &str = "pipelines/modules/gifts.yaml";

/// A shop with the module `gifts` and what else the pipeline says; the module's file is that of `module`.
fn shop(module: &str, pipeline: &str) -> Project {
    let project = Project::new();
    project.write(
        "data/sales.csv",
        "customer_id,transaction_id,occurred_at,amount\na,1,2024-01-05,10.00\nb,2,2024-02-10,40.00\n",
    );
    project.write(
        PIPELINE,
        format!(
            "name: shop\nas_of: 2024-03-31\nsources:\n  transactions:\n    path: data/sales.csv\n    columns:\n      customer_id: customer_id\n      transaction_id: transaction_id\n      occurred_at: CAST(occurred_at AS DATE)\n      amount: CAST(amount AS DECIMAL(12, 2))\n{pipeline}"
        ),
    );
    project.write(MODULE, format!("answers: Who buys for others?\n{module}"));
    project.write("sql/gifts.sql", "select customer_id from transactions order by customer_id");
    project
}

const SWITCHED: &str = "modules:\n  gifts:\n";

/// Half a customer would be printed as a whole one, and a share that lost its decimals as 0.
#[test]
fn counts_are_whole_and_shares_are_not() {
    let project = shop(
        "steps:\n  gifts: { sql: sql/gifts.sql }\nsections: [gifts]\ntables:\n  gifts:\n    grain: one row\n    columns:\n      \
         customers: count\n      more: { kind: count_change, en: More, zh-CN: 增减 }\n      customer_share: share\n      \
         moved: { kind: points, en: Moved, zh-CN: 变动 }\n      rose: { kind: growth, en: Rose, zh-CN: 增长 }\n",
        SWITCHED,
    );
    project.write(
        "sql/gifts.sql",
        "select avg(1) as customers, cast(1.5 as decimal(9, 2)) as more, count(*) / 3 as customer_share, 1 as moved, 2 as rose
from transactions",
    );
    assert_snapshot!(project.complaint(), @"");
    project.write(
        "sql/gifts.sql",
        "select cast(avg(1) as bigint) as customers, sum(cast(1 as decimal(9, 0))) as more, count(*) / 3.0 as customer_share,
    cast(1 as double) as moved, 2.5 as rose
from transactions",
    );
    assert_snapshot!(project.complaint(), @"");
}

/// The same of a step's own table, and of a shipped query that was edited.
#[test]
fn counts_of_other_tables_are_whole() {
    let project = shop(
        "steps:\n  gifts: { sql: sql/gifts.sql }\n",
        "modules:\n  base:\n  concentration:\nsteps:\n  mine:\n    sql: sql/mine.sql\n    table: { grain: one row, columns: { customers: count, more: text } }\n",
    );
    project.write("sql/mine.sql", "select cast(1.5 as double) as customers, 2 as extra, 3 as more");
    assert_snapshot!(project.complaint(), @"");
    project.write("sql/mine.sql", "select 1 as customers, 'x' as more, 2 as extra");
    project.done(&["eject", "sql/abc.sql"]);
    let text = project.read("sql/abc.sql");
    let edited = text.replacen("count(*) as customers", "count(*) / 2.0 as customers", 1);
    assert_ne!(edited, text);
    project.write("sql/abc.sql", edited);
    assert_snapshot!(project.complaint(), @"");
}

/// A declared column that is not there, and one that is not declared: the key is that of a module's file.
#[test]
fn a_module_declares_under_tables() {
    let project = shop(
        "steps:\n  gifts: { sql: sql/gifts.sql }\ntables:\n  gifts: { grain: customer, columns: { customer_id: customer } }\n",
        SWITCHED,
    );
    project
        .write("sql/gifts.sql", "select customer_id, day, 1 as one from transactions order by customer_id");
    assert_snapshot!(project.complaint(), @"");
    project.write("sql/gifts.sql", "select day from transactions order by day");
    assert_snapshot!(project.complaint(), @"");
}

/// A setting that nothing reads changes no figure. One that only a variant of a step reads, that chooses a variant, or that a
/// model is given, is read.
#[test]
fn a_setting_that_nothing_reads() {
    let project = shop(
        "settings:
  least: { kind: number, default: 25, means: The least amount of a gift. }
  most: { kind: number, default: 99, means: The most. }
  way: { kind: choice, of: [plain, strict], default: plain, means: Which query. }
  kinds: { kind: choice, of: [one, two], default: one, means: Which variant. }
  days: { kind: days, default: 30, means: Of a variant. }
  seed: { kind: whole, default: 1, means: Of a model. }
steps:
  gifts: { sql: sql/gifts_$way.sql }
  others:
    either:
      - { when: { kinds: one }, sql: sql/gifts.sql }
      - { when: { kinds: two }, sql: sql/two.sql, with: { seeds: $seed } }
",
        SWITCHED,
    );
    project.write(
        "sql/gifts_plain.sql",
        "-- Parameters: $most.\nselect customer_id from transactions order by 1",
    );
    project.write(
        "sql/gifts_strict.sql",
        "select customer_id from transactions where amount > $least order by customer_id",
    );
    project
        .write("sql/two.sql", "select customer_id from transactions where day > $as_of - interval $days day");
    assert_snapshot!(project.complaint(), @"");
}

/// A parameter that is part of a title, or that a setting stands for, is read.
#[test]
fn parameters_of_titles_and_settings_are_read() {
    let project = shop(
        "settings:\n  least: { kind: number, default: 25, means: The least amount of a gift. }\nsteps:\n  gifts: { sql: sql/gifts.sql }\n",
        "params:\n  place: Ulm\n  bound: 30\n  language: en\nmodules:\n  gifts: { least: $bound }\nreport: { title: Sales in $place, sections: [gifts] }\nlocale: $language\n",
    );
    project.write(
        "sql/gifts.sql",
        "select customer_id from transactions where amount > $least order by customer_id",
    );
    assert_snapshot!(project.complaint(), @"");
}

/// What a module says of a column comes before what all modules share.
#[test]
fn columns_of_a_module_come_before_the_shared_ones() {
    let project = shop(
        "steps:\n  gifts: { sql: sql/gifts.sql }\nsections: [gifts]\ncolumns:\n  revenue: { kind: money, en: Spent on gifts, zh-CN: 礼品消费 }\n\
         tables:\n  gifts: { grain: customer, columns: { customers: count, revenue: money } }\n",
        SWITCHED,
    );
    project.write("sql/gifts.sql", "select count(*) as customers, sum(amount) as revenue from transactions");
    project.ran();
    let page = project.read("site/shop/2024-03-31/index.html");
    assert!(page.contains("Spent on gifts") && page.contains(">Customers<"), "{page}");
}

/// A source has one day for all its readers.
#[test]
fn two_modules_with_different_days_of_a_source() {
    let calls =
        "sources:\n  calls:\n    by_day: called_on\n    columns: { called_on: date, noted_on: date }\n";
    let project = shop(
        &format!("{calls}steps:\n  gifts: {{ sql: sql/gifts.sql }}\n"),
        "  calls:\n    path: data/calls.csv\n    columns: { called_on: CAST(called AS DATE), noted_on: CAST(noted AS DATE) }\nmodules:\n  gifts:\n  notes:\n",
    );
    project.write("data/calls.csv", "called,noted\n2024-01-05,2024-01-06\n2024-03-30,2024-04-01\n");
    project.write("sql/gifts.sql", "select count(*) as calls from calls");
    project.write(
        "pipelines/modules/notes.yaml",
        format!(
            "answers: What is noted?\n{}steps:\n  notes: {{ sql: sql/gifts.sql }}\n",
            calls.replace("by_day: called_on", "by_day: noted_on")
        ),
    );
    assert_snapshot!(project.complaint(), @"");
    // The pipeline's own word holds for both.
    project.replace(
        PIPELINE,
        "    path: data/calls.csv\n",
        "    path: data/calls.csv\n    by_day: noted_on\n",
    );
    project.ran();
    for step in ["gifts", "notes"] {
        let table = project.table(&format!("private/shop/2024-03-31/tables/{step}.parquet"));
        assert_eq!(table.column("calls"), ["1"]);
    }
}

/// A module is left out with the reason at the root, wherever the pipeline names what it needs.
#[test]
fn a_module_left_out_names_the_source_at_the_root() {
    let step = "steps:\n  STEP: { sql: sql/gifts.sql }\n";
    let module = |needs: &str, name: &str| format!("needs: [{needs}]\n{}", step.replace("STEP", name));
    let project = shop(
        &module("calls_read", "gifts"),
        "modules:\n  gifts:\n  calls_read:\n  calls_kept:\n  columns_read:\n  base:\nreport: { sections: [modules, method] }\n",
    );
    let write = |name: &str, text: String| {
        project.write(&format!("pipelines/modules/{name}.yaml"), format!("answers: What?\n{text}"));
    };
    write("calls_read", module("calls_kept", "calls_read"));
    write("calls_kept", format!("sources:\n  calls: [day]\n{}", step.replace("STEP", "calls_kept")));
    write(
        "columns_read",
        format!("sources:\n  transactions: [colour]\n{}", step.replace("STEP", "columns_read")),
    );
    let said = project.ran().err;
    let said: Vec<&str> = said.lines().filter(|line| line.contains("left out")).map(str::trim).collect();
    assert_snapshot!(said.join("\n"), @"");
    let planned = project.done(&["plan", PIPELINE]).out;
    let (_, left_out) = planned.split_once("left out\n").unwrap();
    assert_snapshot!(left_out, @"");
    let page = project.read("site/shop/2024-03-31/method.html");
    let omissions: Vec<&str> = page
        .lines()
        .filter(|line| line.contains("is missing") || line.contains("no column"))
        .map(str::trim)
        .collect();
    assert_snapshot!(omissions.join("\n"), @"");
}

/// A list has at least one item, unless its setting says that it may be empty.
#[test]
fn lists_that_may_be_empty() {
    let project = shop(
        "settings:
  outside: { kind: words, empty: true, default: [], means: Customers without gifts. }
  months: { kind: wholes, from: 1, to: 12, default: [1, 2], means: Months with gifts. }
steps:
  gifts: { sql: sql/gifts.sql }
",
        "modules:\n  gifts: { months: [] }\n",
    );
    project.write(
        "sql/gifts.sql",
        "select customer_id from transactions
where not array_has($outside, customer_id) and array_has($months, cast(date_part('month', day) as bigint))
order by customer_id",
    );
    assert_snapshot!(project.complaint(), @"");
    project.replace(PIPELINE, "{ months: [] }", "{ months: [2, 3] }");
    let found = |arguments: &[&str]| {
        project.done(&[&["run", PIPELINE], arguments].concat());
        project.table("private/shop/2024-03-31/tables/gifts.parquet").column("customer_id")
    };
    assert_eq!(found(&[]), ["b"]);
    assert_eq!(found(&["--param", "outside=b,c"]), Vec::<String>::new());
    project.replace(PIPELINE, "months: [2, 3]", "outside: [a], months: [1, 2]");
    assert_eq!(found(&[]), ["b"]);
    project.replace(PIPELINE, "outside: [a]", "outside: []");
    assert_eq!(found(&[]), ["a", "b"]);
    project.replace(
        MODULE,
        "kind: wholes, from: 1, to: 12, default: [1, 2]",
        "kind: whole, empty: true, default: 1",
    );
    project.replace(MODULE, "empty: true, default: []", "default: []");
    assert_snapshot!(project.complaint(), @"");
}

/// A comma ends a text between braces, and so do other signs of YAML's own.
#[test]
fn texts_between_braces() {
    let complaint = |means: &str| {
        let settings = format!(
            "settings:\n  least: {{ kind: number, default: 25, means: {means} }}\nsteps:\n  gifts: {{ sql: sql/gifts.sql }}\n"
        );
        shop(&settings, SWITCHED).complaint()
    };
    assert_snapshot!(complaint("The least amount, of a gift, in euros."), @"");
    assert_snapshot!(complaint("Gifts: all of them"), @"");
    assert_snapshot!(complaint("\"Gifts\", all"), @"");
    assert_snapshot!(complaint("*all of them"), @"");
}

/// Files of a module that end in `.yml` are not read.
#[test]
fn files_end_in_yaml() {
    let project = shop("steps:\n  gifts: { sql: sql/gifts.sql }\nsections: [gifts]\n", SWITCHED);
    std::fs::rename(project.path(MODULE), project.path("pipelines/modules/gifts.yml")).unwrap();
    assert_snapshot!(project.complaint(), @"");
    std::fs::rename(project.path("pipelines/modules/gifts.yml"), project.path(MODULE)).unwrap();
    project.write("reports/sections/gifts.yml", "needs: [gifts]\nparts: [{ table: gifts }]\n");
    assert_snapshot!(project.complaint(), @"");
}
