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
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × `customers` of the table `gifts` is declared as `count`, how many, but sql/gifts.sql yields
      │ DOUBLE
        ╭─[pipelines/modules/gifts.yaml:9:7]
      8 │     columns:
      9 │       customers: count
        ·       ─────────
     10 │       more: { kind: count_change, en: More, zh-CN: 增减 }
        ╰────
      help: write `cast(... as bigint) as customers`: a count has no fractions, or declare it as
            `number`
      × `more` of the table `gifts` is declared as `count_change`, the difference of two counts,
      │ written with its sign, but sql/gifts.sql yields DECIMAL(9, 2)
        ╭─[pipelines/modules/gifts.yaml:10:7]
      9 │       customers: count
     10 │       more: { kind: count_change, en: More, zh-CN: 增减 }
        ·       ────
     11 │       customer_share: share
        ╰────
      help: write `cast(... as bigint) as more`: a count has no fractions, or declare it as `number`
      × `customer_share` of the table `gifts` is declared as `share`, a share, 1 = 100 %, but sql/
      │ gifts.sql yields BIGINT
        ╭─[pipelines/modules/gifts.yaml:11:7]
     10 │       more: { kind: count_change, en: More, zh-CN: 增减 }
     11 │       customer_share: share
        ·       ──────────────
     12 │       moved: { kind: points, en: Moved, zh-CN: 变动 }
        ╰────
      help: write `cast(... as double) / ... as customer_share`: a whole number divided by a whole
            number has no decimals, or declare it as `count`
      × `moved` of the table `gifts` is declared as `points`, the difference of two shares, in points,
      │ but sql/gifts.sql yields BIGINT
        ╭─[pipelines/modules/gifts.yaml:12:7]
     11 │       customer_share: share
     12 │       moved: { kind: points, en: Moved, zh-CN: 变动 }
        ·       ─────
     13 │       rose: { kind: growth, en: Rose, zh-CN: 增长 }
        ╰────
      help: write `cast(... as double) / ... as moved`: a whole number divided by a whole number has
            no decimals, or declare it as `count`
      × `rose` of the table `gifts` is declared as `growth`, a relative change, 0.1 = +10 %, but sql/
      │ gifts.sql yields BIGINT
        ╭─[pipelines/modules/gifts.yaml:13:7]
     12 │       moved: { kind: points, en: Moved, zh-CN: 变动 }
     13 │       rose: { kind: growth, en: Rose, zh-CN: 增长 }
        ·       ────
        ╰────
      help: write `cast(... as double) / ... as rose`: a whole number divided by a whole number has no
            decimals, or declare it as `count`
    ");
    project.write(
        "sql/gifts.sql",
        "select cast(avg(1) as bigint) as customers, sum(cast(1 as decimal(9, 0))) as more, count(*) / 3.0 as customer_share,
    cast(1 as double) as moved, 2.5 as rose
from transactions",
    );
    assert_snapshot!(project.complaint(), @r"
    exit code 0
    pipelines/shop.yaml is sound: 1 source in 1 file, 1 step, as of 2024-03-31
    ");
}

/// The same of a step's own table, and of a shipped query that was edited.
#[test]
fn counts_of_other_tables_are_whole() {
    let project = shop(
        "steps:\n  gifts: { sql: sql/gifts.sql }\n",
        "modules:\n  base:\n  concentration:\nsteps:\n  mine:\n    sql: sql/mine.sql\n    table: { grain: one row, columns: { customers: count, more: text } }\n",
    );
    project.write("sql/mine.sql", "select cast(1.5 as double) as customers, 2 as extra, 3 as more");
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × `customers` of the table `mine` is declared as `count`, how many, but sql/mine.sql yields
      │ DOUBLE
        ╭─[pipelines/shop.yaml:17:41]
     16 │     sql: sql/mine.sql
     17 │     table: { grain: one row, columns: { customers: count, more: text } }
        ·                                         ─────────
        ╰────
      help: write `cast(... as bigint) as customers`: a count has no fractions, or declare it as
            `number`
      × `more` of the table `mine` is declared as `text`, text as it is, but sql/mine.sql yields
      │ BIGINT
        ╭─[pipelines/shop.yaml:17:59]
     16 │     sql: sql/mine.sql
     17 │     table: { grain: one row, columns: { customers: count, more: text } }
        ·                                                           ────
        ╰────
      help: cast it in the query, or declare it as `count`
    ");
    project.write("sql/mine.sql", "select 1 as customers, 'x' as more, 2 as extra");
    project.done(&["eject", "sql/abc.sql"]);
    let text = project.read("sql/abc.sql");
    let edited = text.replacen("count(*) as customers", "count(*) / 2.0 as customers", 1);
    assert_ne!(edited, text);
    project.write("sql/abc.sql", edited);
    assert_snapshot!(project.complaint(), @r"
    exit code 0
      ⚠ `extra` of the table `mine` is not declared: its kind is guessed
        ╭─[pipelines/shop.yaml:15:3]
     14 │ steps:
     15 │   mine:
        ·   ────
     16 │     sql: sql/mine.sql
        ╰────
      help: add it to `table`, or take it out of sql/mine.sql
      ⚠ sql/abc.sql does not yield what the shipped table `abc` has: `customers` as how many (it is
      │ DECIMAL(25, 4))
       ╭─[sql/abc.sql:1:1]
     1 │ -- copied from regulars 0.1.0 f74236761c6a
       · ▲
     2 │ -- Grain: one row per class A, B, C (customer_rank states the bounds); none where there is no customer. Of the last 365 days.
       ╰────
      help: write `cast(... as bigint) as customers`: a count has no fractions; sections that read it
            will be left out; add it to the query, or give the step `abc` a `table` that says what it
            holds
    pipelines/shop.yaml is sound: 1 source in 1 file, 34 steps, as of 2024-03-31
    ");
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
    assert_snapshot!(project.complaint(), @r"
    exit code 0
      ⚠ `day`, `one` of the table `gifts` are not declared: their kinds are guessed
       ╭─[pipelines/modules/gifts.yaml:5:3]
     4 │ tables:
     5 │   gifts: { grain: customer, columns: { customer_id: customer } }
       ·   ─────
       ╰────
      help: add them to `tables`, or take them out of sql/gifts.sql
    pipelines/shop.yaml is sound: 1 source in 1 file, 1 step, as of 2024-03-31
    ");
    project.write("sql/gifts.sql", "select day from transactions order by day");
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × sql/gifts.sql yields no column `customer_id`, which the table `gifts` is declared to have
       ╭─[pipelines/modules/gifts.yaml:5:40]
     4 │ tables:
     5 │   gifts: { grain: customer, columns: { customer_id: customer } }
       ·                                        ───────────
       ╰────
      help: add it to the query, or take it out of `tables`; the query yields day
    ");
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
    assert_snapshot!(project.complaint(), @r"
    exit code 0
      ⚠ nothing reads the setting `most` of the module `gifts`: whatever it is changes no figure
       ╭─[pipelines/modules/gifts.yaml:4:3]
     3 │   least: { kind: number, default: 25, means: The least amount of a gift. }
     4 │   most: { kind: number, default: 99, means: The most. }
       ·   ────
     5 │   way: { kind: choice, of: [plain, strict], default: plain, means: Which query. }
       ╰────
      help: remove it, or write `$most` in a query where it is meant
    pipelines/shop.yaml is sound: 1 source in 1 file, 2 steps, as of 2024-03-31
    ");
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
    assert_snapshot!(project.complaint(), @r"
    exit code 0
    pipelines/shop.yaml is sound: 1 source in 1 file, 1 step, as of 2024-03-31
    ");
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
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × the day of a row of the source `calls` is `called_on` for the module `gifts`, and `noted_on`
      │ for `notes`
        ╭─[pipelines/shop.yaml:16:3]
     15 │   gifts:
     16 │   notes:
        ·   ─────
        ╰────
      help: say which of them the report goes by: `by_day: called_on` under the source `calls`
    ");
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
    assert_snapshot!(said.join("\n"), @r"
    ⚠ the module `gifts` is left out: it needs the module `calls_read`, which needs the module
    ⚠ the module `calls_read` is left out: it needs the module `calls_kept`, which needs the source
    ⚠ the module `calls_kept` is left out: there is no source `calls`
    ⚠ the module `columns_read` is left out: the source `transactions` has no column `colour`
    the module `gifts` is left out: it needs the module `calls_read`, which needs the module `calls_kept`, which needs the source `calls`, which is not there
    the module `calls_read` is left out: it needs the module `calls_kept`, which needs the source `calls`, which is not there
    the module `calls_kept` is left out: there is no source `calls`
    the module `columns_read` is left out: the source `transactions` has no column `colour`
    ");
    let planned = project.done(&["plan", PIPELINE]).out;
    let (_, left_out) = planned.split_once("left out\n").unwrap();
    assert_snapshot!(left_out, @r"
    gifts: it needs the module `calls_read`, which needs the module `calls_kept`, which needs the source `calls`, which is not there
    calls_read: it needs the module `calls_kept`, which needs the source `calls`, which is not there
    calls_kept: there is no source `calls`
    columns_read: the source `transactions` has no column `colour`
    ");
    let page = project.read("site/shop/2024-03-31/method.html");
    let omissions: Vec<&str> = page
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("<li>"))
        .filter(|line| line.contains("is missing") || line.contains("no column"))
        .collect();
    assert_snapshot!(omissions.join("\n"), @r"
    <li><b>gifts</b> – It needs “calls read”, and the source calls is missing.</li>
    <li><b>calls read</b> – It needs “calls kept”, and the source calls is missing.</li>
    <li><b>calls kept</b> – The source calls is missing.</li>
    <li><b>columns read</b> – The source transactions has no column colour.</li>
    ");
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
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × `months` must be a list with at least one item, not []
        ╭─[pipelines/shop.yaml:12:20]
     11 │ modules:
     12 │   gifts: { months: [] }
        ·                    ─
        ╰────
      help: Months with gifts.
    ");
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
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × `outside` must be a list with at least one item, not []
        ╭─[pipelines/shop.yaml:12:21]
     11 │ modules:
     12 │   gifts: { outside: [], months: [1, 2] }
        ·                     ─
        ╰────
      help: Customers without gifts.
      × `months` must be a whole number, not [1, 2]
        ╭─[pipelines/shop.yaml:12:33]
     11 │ modules:
     12 │   gifts: { outside: [], months: [1, 2] }
        ·                                 ─
        ╰────
      help: Months with gifts.
      × the default of `outside` must be a list with at least one item, not []
       ╭─[pipelines/modules/gifts.yaml:3:27]
     2 │ settings:
     3 │   outside: { kind: words, default: [], means: Customers without gifts. }
       ·                           ───────
     4 │   months: { kind: whole, empty: true, default: 1, means: Months with gifts. }
       ╰────
      help: if its queries can do without items, write `empty: true` beside the default
      × `empty` has no use here
       ╭─[pipelines/modules/gifts.yaml:4:26]
     3 │   outside: { kind: words, default: [], means: Customers without gifts. }
     4 │   months: { kind: whole, empty: true, default: 1, means: Months with gifts. }
       ·                          ─────
     5 │ steps:
       ╰────
      help: it says of `wholes` and `words` that the list may be empty; remove it
    ");
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
    assert_snapshot!(complaint("The least amount, of a gift, in euros."), @r#"
    exit code 2
      × a comma ends the text of `means`, and `of a gift` becomes a key
       ╭─[pipelines/modules/gifts.yaml:3:64]
     2 │ settings:
     3 │   least: { kind: number, default: 25, means: The least amount, of a gift, in euros. }
       ·                                                                ─────────
     4 │ steps:
       ╰────
      help: put the whole text in quotes: `means: "The least amount, of a gift"`
    "#);
    assert_snapshot!(complaint("Gifts: all of them"), @r#"
    exit code 2
      × pipelines/modules/gifts.yaml is not readable as YAML: between braces, `,` or `}` should stand
      │ here
       ╭─[pipelines/modules/gifts.yaml:3:51]
     2 │ settings:
     3 │   least: { kind: number, default: 25, means: Gifts: all of them }
       ·                                                   ▲
     4 │ steps:
       ╰────
      help: a text between them that has one of `, : # [ ] { }` stands in quotes: `means: "Gifts: all
            of them"`
    "#);
    assert_snapshot!(complaint("\"Gifts\", all"), @r#"
    exit code 2
      × a comma ends the text of `means`, and `all` becomes a key
       ╭─[pipelines/modules/gifts.yaml:3:55]
     2 │ settings:
     3 │   least: { kind: number, default: 25, means: "Gifts", all }
       ·                                                       ───
     4 │ steps:
       ╰────
      help: put the whole text in quotes: `means: "Gifts, all"`
    "#);
    assert_snapshot!(complaint("*all of them"), @r"
    exit code 2
      × pipelines/modules/gifts.yaml is not readable as YAML from here on
       ╭─[pipelines/modules/gifts.yaml:3:46]
     2 │ settings:
     3 │   least: { kind: number, default: 25, means: *all of them }
       ·                                              ▲
     4 │ steps:
       ╰────
      help: a text that begins with such a character stands in quotes
    ");
}

/// Files of a module that end in `.yml` are not read.
#[test]
fn files_end_in_yaml() {
    let project = shop("steps:\n  gifts: { sql: sql/gifts.sql }\nsections: [gifts]\n", SWITCHED);
    std::fs::rename(project.path(MODULE), project.path("pipelines/modules/gifts.yml")).unwrap();
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × there is no module `gifts`
        ╭─[pipelines/shop.yaml:12:3]
     11 │ modules:
     12 │   gifts:
        ·   ─────
        ╰────
      help: rename pipelines/modules/gifts.yml to pipelines/modules/gifts.yaml
    ");
    std::fs::rename(project.path("pipelines/modules/gifts.yml"), project.path(MODULE)).unwrap();
    project.write("reports/sections/gifts.yml", "needs: [gifts]\nparts: [{ table: gifts }]\n");
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × reports/sections/gifts.yml is a file that no page is made of
      help: rename it to reports/sections/gifts.yaml
    ");
}
