//! Sources beside `transactions`: the day of their rows, and the columns that modules want of them.

use insta::assert_snapshot;

use crate::support::{PIPELINE, Project};

const SALES: &str = "who,id,at,paid\nann,1,2024-01-05,10.00\nbob,2,2024-03-07,20.00\n";

/// What customers said, a line each; the last one after the date of the report, and one without a day.
const CALLS: &str =
    "who,at,minutes\nann,2024-01-20,5\nbob,2024-02-10,7\nann,2024-03-30,11\ncho,,13\nbob,2024-04-02,17\n";

const TABLES: &str = "private/shop/2024-03-31/tables";

/// A shop with a source `calls` and a step that counts its rows, now and a month ago.
fn shop(calls: &str) -> Project {
    let project = Project::new();
    project.write("data/sales.csv", SALES);
    project.write("data/calls.csv", CALLS);
    project.write(
        "sql/minutes.sql",
        "select (select sum(minutes) from calls) as now, (select sum(minutes) from previous.calls) as before, \
         (select count(*) from year_ago.calls) as long_ago\n",
    );
    project.write(
        PIPELINE,
        format!(
            "name: shop\nas_of: 2024-03-31\nsources:\n  transactions:\n    path: data/sales.csv\n    columns:\n      \
             customer_id: who\n      transaction_id: id\n      occurred_at: cast(\"at\" as date)\n      \
             amount: cast(paid as decimal(10, 2))\n  calls:\n    path: data/calls.csv\n{calls}steps:\n  \
             minutes: {{ sql: sql/minutes.sql }}\n"
        ),
    );
    project
}

const MAPPED: &str = "    columns:\n      customer_id: who\n      day: cast(\"at\" as date)\n      minutes: cast(minutes as bigint)\n";

/// Rows after the as-of date do not exist, for the report's own date and for earlier ones; of a row without a day nobody
/// knows, and it stays. A later report has them, whatever earlier runs kept.
#[test]
fn rows_after_the_as_of_date_do_not_exist() {
    let project = shop(&format!("{MAPPED}    by_day: day\n"));
    let done = project.ran();
    assert!(done.err.contains("4 rows used, 1 after as-of"), "{}", done.err);
    let minutes = |day: &str| project.table(&format!("private/shop/{day}/tables/minutes.parquet")).text();
    assert_eq!(minutes("2024-03-31"), "now | before | long_ago\n36 | 25 | 1");
    let later = project.done(&["run", PIPELINE, "--as-of", "2024-04-02"]);
    assert!(!later.err.contains("after as-of"), "{}", later.err);
    assert_eq!(minutes("2024-04-02"), "now | before | long_ago\n53 | 25 | 1");
    project.done(&["run", PIPELINE, "--as-of", "2024-02-29"]);
    assert_eq!(minutes("2024-02-29"), "now | before | long_ago\n25 | 18 | 1");
    let record = project.json("site/shop/2024-02-29/manifest.json");
    let after = &record["sources"][1]["set_aside"][0];
    assert_eq!((after["rule"].as_str(), after["rows"].as_i64()), (Some("after_as_of"), Some(2)));
    // Without `by_day` all rows are there at all times.
    let undated = shop(MAPPED);
    undated.ran();
    assert_eq!(
        undated.table(&format!("{TABLES}/minutes.parquet")).text(),
        "now | before | long_ago\n53 | 53 | 5"
    );
}

/// Rules and checks go with it: a repeated row is found among those of all days.
#[test]
fn rules_and_checks_go_with_it() {
    let project = shop(&format!(
        "{MAPPED}    by_day: day\n    quarantine:\n      long: minutes > 10\n      again: {{ repeated: [customer_id, day] }}\n    checks:\n      - freshness: {{ column: day, fail_after: 60d }}\n"
    ));
    project.write("data/calls.csv", format!("{CALLS}ann,2024-01-20,6\nbob,2024-04-02,3\n"));
    let done = project.ran();
    assert!(done.err.contains("2 rows used, 3 set aside, 2 after as-of"), "{}", done.err);
    assert_eq!(
        project.table(&format!("{TABLES}/minutes.parquet")).text(),
        "now | before | long_ago\n12 | 12 | 0"
    );
}

#[test]
fn mistakes_in_by_day() {
    assert_snapshot!(shop(&format!("{MAPPED}    by_day: dya\n")).complaint(), @r"
    exit code 2
      × `dya` is not a column of `calls`
        ╭─[pipelines/shop.yaml:17:13]
     16 │       minutes: cast(minutes as bigint)
     17 │     by_day: dya
        ·             ───
     18 │ steps:
        ╰────
      help: did you mean `day`?
    ");
    assert_snapshot!(shop("    by_day: at\n").complaint(), @r"
    exit code 2
      × `at` is VARCHAR, not a date or timestamp
        ╭─[pipelines/shop.yaml:13:13]
     12 │     path: data/calls.csv
     13 │     by_day: at
        ·             ──
     14 │ steps:
        ╰────
      help: `by_day` names the column that says on which day a row happened; convert it under
            `columns`, as in `CAST(day AS DATE)`
    ");
    let project = shop(MAPPED);
    project.replace(PIPELINE, "    path: data/sales.csv\n", "    path: data/sales.csv\n    by_day: at\n");
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × `by_day` has no use here
       ╭─[pipelines/shop.yaml:6:13]
     5 │     path: data/sales.csv
     6 │     by_day: at
       ·             ──
     7 │     columns:
       ╰────
      help: the day of a transaction is that of `occurred_at`
    ");
}

/// A module of one's own that reads calls.
fn with_module(calls: &str, sources: &str) -> Project {
    let project = shop(calls);
    project.write(
        "pipelines/modules/calls.yaml",
        format!(
            "answers: Who called?\nsources:\n  calls:\n{sources}steps:\n  called: {{ sql: sql/called.sql }}\n"
        ),
    );
    project.write(
        "sql/called.sql",
        "select customer_id, count(*) as calls, sum(minutes) as minutes, sum(cost) as cost, max(note) as note, max(paid_on) as paid_on \
         from calls where customer_id is not null group by customer_id order by customer_id\n",
    );
    let text = project.read(PIPELINE).replace("steps:\n", "modules:\n  calls:\nsteps:\n");
    project.write(PIPELINE, text);
    project
}

const WANTED: &str = "    by_day: day\n    columns: { customer_id: customer, day: date, minutes: count, cost?: money, note?: text, paid_on?: date }\n";

/// A column that may be absent is NULL of its kind; the module says which column is the day.
#[test]
fn optional_columns_are_null() {
    let project = with_module(MAPPED, WANTED);
    project.ran();
    assert_eq!(
        project.table(&format!("{TABLES}/called.parquet")).text(),
        "customer_id | calls | minutes | cost | note | paid_on\nann | 2 | 16 | NULL | NULL | NULL\nbob | 1 | 7 | NULL | NULL | NULL\ncho | 1 | 13 | NULL | NULL | NULL"
    );
    project.replace(
        PIPELINE,
        "      minutes: cast(minutes as bigint)\n",
        "      minutes: cast(minutes as bigint)\n      cost: cast(minutes as decimal(10, 2)) / 10\n",
    );
    project.ran();
    let table = project.table(&format!("{TABLES}/called.parquet"));
    assert!(table.at("customer_id", "ann", "cost").starts_with("1.6"), "{}", table.text());
    let listed = project.done(&["modules", "calls"]).out;
    assert!(listed.contains("reads the source calls: customer_id (customer), day (date), minutes (count), cost (money, may be absent)"), "{listed}");
}

/// A column of another type is a mistake with its place, and a module whose column is absent is left out.
#[test]
fn kinds_are_held_to() {
    let text = MAPPED
        .replace("cast(\"at\" as date)", "\"at\"")
        .replace("cast(minutes as bigint)", "cast(minutes as double)");
    assert_snapshot!(with_module(&text, WANTED).complaint(), @r#"
    exit code 2
      × `day` of the source `calls` is VARCHAR, and the module `calls` needs a date
        ╭─[pipelines/shop.yaml:15:12]
     14 │       customer_id: who
     15 │       day: "at"
        ·            ────
     16 │       minutes: cast(minutes as double)
        ╰────
      help: convert it, as in `CAST(at AS DATE)`
      × `minutes` of the source `calls` is DOUBLE, and the module `calls` needs a whole number
        ╭─[pipelines/shop.yaml:16:16]
     15 │       day: "at"
     16 │       minutes: cast(minutes as double)
        ·                ───────────────────────
     17 │ modules:
        ╰────
      help: convert it, as in `CAST(cast(minutes as double) AS BIGINT)`
    "#);
    // 35 is no share of 35 %.
    let shares = WANTED.replace("minutes: count", "minutes: share");
    assert_snapshot!(with_module(MAPPED, &shares).complaint(), @r#"
    exit code 2
      × `minutes` of the source `calls` is BIGINT, and the module `calls` needs a share with decimals:
      │ 0.35 is 35 %
        ╭─[pipelines/shop.yaml:16:16]
     15 │       day: cast("at" as date)
     16 │       minutes: cast(minutes as bigint)
        ·                ───────────────────────
     17 │ modules:
        ╰────
      help: convert it, as in `CAST(cast(minutes as bigint) AS DOUBLE) / 100`
    "#);
    // As the files have it: all text, and no `day`.
    assert_snapshot!(with_module("", WANTED).complaint(), @r"
    exit code 2
      × the files of `calls` have no column `customer_id`, which the module `calls` needs
        ╭─[pipelines/shop.yaml:12:11]
     11 │   calls:
     12 │     path: data/calls.csv
        ·           ──────────────
     13 │ modules:
        ╰────
      help: say which column it is: `columns: { customer_id: <SQL over the file's columns>, ... }`;
            the files have who, at, minutes
      × the files of `calls` have no column `day`, which the module `calls` needs
        ╭─[pipelines/shop.yaml:12:11]
     11 │   calls:
     12 │     path: data/calls.csv
        ·           ──────────────
     13 │ modules:
        ╰────
      help: say which column it is: `columns: { day: <SQL over the file's columns>, ... }`; the files
            have who, at, minutes
      × `minutes` of the source `calls` is VARCHAR, and the module `calls` needs a whole number
        ╭─[pipelines/shop.yaml:12:11]
     11 │   calls:
     12 │     path: data/calls.csv
        ·           ──────────────
     13 │ modules:
        ╰────
      help: map the columns of the source, and convert this one: `columns: { minutes: CAST(minutes AS
            BIGINT), ... }`
      × `day` is not a column of `calls`
        ╭─[pipelines/shop.yaml:12:11]
     11 │   calls:
     12 │     path: data/calls.csv
        ·           ──────────────
     13 │ modules:
        ╰────
      help: known here: who, at, minutes, cost, note, paid_on
    ");
    let without = MAPPED.replace("      minutes: cast(minutes as bigint)\n", "");
    let project = with_module(&without, WANTED);
    project.write("sql/minutes.sql", "select count(*) as n from calls\n");
    let done = project.ran();
    assert!(
        done.err.contains("the module `calls` is left out: the source `calls` has no column `minutes`"),
        "{}",
        done.err
    );
    let wrong = with_module(MAPPED, "    columns: { day: dates }\n");
    assert_snapshot!(wrong.complaint(), @r"
    exit code 2
      × `dates` is not a value of `day`
       ╭─[pipelines/modules/calls.yaml:4:21]
     3 │   calls:
     4 │     columns: { day: dates }
       ·                     ─────
     5 │ steps:
       ╰────
      help: did you mean `date`?
    ");
}
