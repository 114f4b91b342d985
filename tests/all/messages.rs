//! What a user reads after a mistake in a pipeline file or on the command line: whole messages.

use insta::assert_snapshot;

use crate::data::{parquet, sales};
use crate::support::{PIPELINE, Project};

/// A project that runs, to be broken.
pub fn sound() -> Project {
    let project = Project::shop("path: data");
    parquet(&project.path("data/a.parquet"), &sales(&[("t1", "ann", "2024-01-05", "10.00")]));
    project
}

/// The complaint about a pipeline in which something was replaced.
fn with(old: &str, new: &str) -> String {
    let project = sound();
    project.replace(PIPELINE, old, new);
    project.complaint()
}

#[test]
fn nothing_is_wrong() {
    assert_snapshot!(sound().complaint(), @r"
    exit code 0
    pipelines/shop.yaml is sound: 1 source in 1 file, 1 step, as of 2024-03-31
    ");
}

#[test]
fn no_arguments() {
    let outcome = Project::new().run(&[]);
    assert_eq!(outcome.code, Some(2));
    assert_snapshot!(outcome.err, @r"
    Customer-value reports from transactions: RFM, 80/20 concentration, lifetime value, churn

    Usage: regulars <COMMAND>

    Commands:
      init     Write a working project: a pipeline to start from
      demo     Make a demo shop's transactions and report on them
      modules  List the modules that a pipeline can switch on, or describe one
      eject    Copy a shipped file into a project, where it takes the place of the shipped one
      check    Find everything that is wrong with a pipeline, without running it
      plan     Say what a run would read and compute, and why, without running it
      run      Run a pipeline and publish its report
      serve    Show the published reports in a browser on this machine, or a draft that follows what you edit
      show     Show the tables that a run left, or what a query makes of them
      upgrade  Bring a project that an earlier version made up to date
      help     Print this message or the help of the given subcommand(s)

    Options:
      -h, --help     Print help (see more with '--help')
      -V, --version  Print version
    ");
}

#[test]
fn an_as_of_date_that_is_none() {
    assert_snapshot!(sound().run(&["run", PIPELINE, "--as-of", "2024-02-30"]).message(), @r"
    exit code 2
      × `2024-02-30` is not a value of --as-of
      help: write a day of the calendar as year-month-day, such as 2024-01-31; `yesterday` and `today`
            can stand under `as_of` in the pipeline
    ");
}

#[test]
fn a_parameter_without_a_value() {
    assert_snapshot!(sound().run(&["run", PIPELINE, "--param", "bins"]).message(), @r"
    exit code 2
      × `bins` is not a value of --param
      help: write it as KEY=VALUE
    ");
}

#[test]
fn no_such_pipeline() {
    assert_snapshot!(sound().run(&["run", "pipelines/shoop.yaml"]).message(), @r"
    exit code 2
      × the pipeline pipelines/shoop.yaml cannot be read: there is no such file
      help: did you mean `pipelines/shop.yaml`?
    ");
}

#[test]
fn a_folder_for_a_pipeline() {
    assert_snapshot!(sound().run(&["check", "pipelines"]).message(), @r"
    exit code 2
      × the pipeline pipelines cannot be read: it is a folder
      help: name the YAML file itself, such as pipelines/demo.yaml
    ");
}

#[test]
fn an_empty_pipeline() {
    let project = sound();
    project.write(PIPELINE, "\n");
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × pipelines/shop.yaml is empty
      help: `regulars init` writes a pipeline to start from
    ");
}

#[test]
fn an_unknown_key() {
    assert_snapshot!(with("as_of:", "asof:"), @r"
    exit code 2
      × `asof` is not a key of `pipeline`
       ╭─[pipelines/shop.yaml:2:1]
     1 │ name: shop
     2 │ asof: 2024-03-31
       · ────
     3 │ sources:
       ╰────
      help: did you mean `as_of`?
    ");
}

/// Two keys are wrong: both are reported, in the order of the file.
#[test]
fn two_unknown_keys() {
    assert_snapshot!(with("    path: data", "    path: data\n    colums: { a: b }\n    locatoin: x"), @r"
    exit code 2
      × `colums` is not a key of `transactions`
       ╭─[pipelines/shop.yaml:6:5]
     5 │     path: data
     6 │     colums: { a: b }
       ·     ──────
     7 │     locatoin: x
       ╰────
      help: did you mean `columns`?
      × `locatoin` is not a key of `transactions`
       ╭─[pipelines/shop.yaml:7:5]
     6 │     colums: { a: b }
     7 │     locatoin: x
       ·     ────────
     8 │ steps:
       ╰────
      help: known here: join, path, encoding, quote, columns, shared, quarantine, checks, orders,
            amounts, and 4 more
    ");
}

#[test]
fn a_key_of_a_step() {
    assert_snapshot!(with("{ sql: sql/seen.sql }", "{ sql: sql/seen.sql, keeep: false }"), @r"
    exit code 2
      × `keeep` is not a key of `seen`
       ╭─[pipelines/shop.yaml:7:30]
     6 │ steps:
     7 │   seen: { sql: sql/seen.sql, keeep: false }
       ·                              ─────
       ╰────
      help: did you mean `keep`?
    ");
}

#[test]
fn blank_steps() {
    assert_snapshot!(with("steps:\n  seen: { sql: sql/seen.sql }", "steps:"), @r"
    exit code 2
      × `steps` is blank
       ╭─[pipelines/shop.yaml:6:6]
     5 │     path: data
     6 │ steps:
       ·      ▲
       ╰────
      help: add `name: { sql: sql/name.sql }` below it
    ");
}

#[test]
fn no_steps() {
    assert_snapshot!(with("steps:\n  seen: { sql: sql/seen.sql }\n", ""), @r"
    exit code 2
      × the pipeline has no `steps`
       ╭─[pipelines/shop.yaml:1:1]
     1 │ name: shop
       · ▲
     2 │ as_of: 2024-03-31
       ╰────
      help: add `steps:` with `name: { sql: sql/name.sql }` below it
    ");
}

#[test]
fn no_name() {
    assert_snapshot!(with("name: shop\n", ""), @r"
    exit code 2
      × the pipeline has no `name`
       ╭─[pipelines/shop.yaml:1:1]
     1 │ as_of: 2024-03-31
       · ▲
     2 │ sources:
       ╰────
      help: add `name: my_report` at the top
    ");
}

#[test]
fn a_name_that_cannot_be_a_folder() {
    assert_snapshot!(with("name: shop", "name: ../shop"), @r"
    exit code 2
      × `../shop` cannot be a pipeline's name
       ╭─[pipelines/shop.yaml:1:7]
     1 │ name: ../shop
       ·       ───────
     2 │ as_of: 2024-03-31
       ╰────
      help: it becomes a folder's name: use letters, digits, `_` and `-`
    ");
}

#[test]
fn a_key_twice() {
    assert_snapshot!(with("as_of:", "name: again\nas_of:"), @r"
    exit code 2
      × the key `name` is there twice
       ╭─[pipelines/shop.yaml:2:1]
     1 │ name: shop
     2 │ name: again
       · ────
     3 │ as_of: 2024-03-31
       ╰────
      help: remove one of them
    ");
}

#[test]
fn a_step_twice() {
    assert_snapshot!(with("steps:\n", "steps:\n  seen: { sql: sql/other.sql }\n"), @r"
    exit code 2
      × the key `seen` is there twice
       ╭─[pipelines/shop.yaml:8:3]
     7 │   seen: { sql: sql/other.sql }
     8 │   seen: { sql: sql/seen.sql }
       ·   ────
       ╰────
      help: remove one of them
    ");
}

#[test]
fn a_source_and_a_step_of_one_name() {
    assert_snapshot!(with("  seen:", "  transactions:"), @r"
    exit code 2
      × `transactions` is both a source and a step
       ╭─[pipelines/shop.yaml:7:3]
     6 │ steps:
     7 │   transactions: { sql: sql/seen.sql }
       ·   ──────┬─────
       ·         ╰── also the name of a source
       ╰────
      help: rename one of them: a table's name means one thing
    ");
}

#[test]
fn not_yaml() {
    assert_snapshot!(with("path: data", "path: [data"), @r"
    exit code 2
      × `[` is not closed
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: [data
       ·           ─
     6 │ steps:
       ╰────
      help: write `]` at the end: `[data]`
    ");
}

#[test]
fn a_tab_for_indentation() {
    assert_snapshot!(with("    path: data", "\tpath: data"), @r"
    exit code 2
      × this line is indented with a tab
       ╭─[pipelines/shop.yaml:5:1]
     4 │   transactions:
     5 │     path: data
       · ────
     6 │ steps:
       ╰────
      help: indent with blanks: YAML takes no tabs
    ");
}

#[test]
fn a_list_for_a_map() {
    assert_snapshot!(with("  seen: { sql: sql/seen.sql }", "  - sql: sql/seen.sql"), @r"
    exit code 2
      × `steps` must be a map, not a list
       ╭─[pipelines/shop.yaml:7:3]
     6 │ steps:
     7 │   - sql: sql/seen.sql
       ·   ▲
       ╰────
      help: each entry is `name: { sql: sql/name.sql }`
    ");
}

#[test]
fn a_step_of_both_kinds() {
    assert_snapshot!(with("{ sql: sql/seen.sql }", "{ sql: sql/seen.sql, model: bg_nbd, from: seen }"), @r"
    exit code 2
      × the step `seen` names both `sql` and `model`
       ╭─[pipelines/shop.yaml:7:3]
     6 │ steps:
     7 │   seen: { sql: sql/seen.sql, model: bg_nbd, from: seen }
       ·   ────
       ╰────
      help: a step names exactly one: `sql: sql/name.sql`, or `model: bg_nbd` with `from: table`
    ");
}

#[test]
fn a_step_of_neither_kind() {
    assert_snapshot!(with("{ sql: sql/seen.sql }", "{ keep: false }"), @r"
    exit code 2
      × the step `seen` names neither `sql` nor `model`
       ╭─[pipelines/shop.yaml:7:3]
     6 │ steps:
     7 │   seen: { keep: false }
       ·   ────
       ╰────
      help: a step names exactly one: `sql: sql/name.sql`, or `model: bg_nbd` with `from: table`
    ");
}

#[test]
fn an_unknown_model() {
    assert_snapshot!(with("{ sql: sql/seen.sql }", "{ model: bgnbd, from: seen }"), @r"
    exit code 2
      × `bgnbd` is not a value of `model`
       ╭─[pipelines/shop.yaml:7:18]
     6 │ steps:
     7 │   seen: { model: bgnbd, from: seen }
       ·                  ─────
       ╰────
      help: did you mean `bg_nbd`?
    ");
}

#[test]
fn a_name_that_sql_would_have_to_quote() {
    assert_snapshot!(with("  seen:", "  Seen Rows:"), @r"
    exit code 2
      × `Seen Rows` cannot be the name of a table
       ╭─[pipelines/shop.yaml:7:3]
     6 │ steps:
     7 │   Seen Rows: { sql: sql/seen.sql }
       ·   ─────────
       ╰────
      help: use lower-case letters, digits and `_`, beginning with a letter: SQL can then name it
            without quotes; `seen_rows` can be one
    ");
}

#[test]
fn values_out_of_their_range() {
    let all = "timezone: Europa/Berlin\ncurrency: euro\nlocale: de\nperiod: day\nreturns: nett\nmemory: 2GB\nas_of: 31.3.2024";
    assert_snapshot!(with("as_of: 2024-03-31", all), @r"
    exit code 2
      × `Europa/Berlin` is not a time zone
       ╭─[pipelines/shop.yaml:2:11]
     1 │ name: shop
     2 │ timezone: Europa/Berlin
       ·           ─────────────
     3 │ currency: euro
       ╰────
      help: did you mean `Europe/Berlin`? It is a name of the IANA database
      × `euro` is not a currency
       ╭─[pipelines/shop.yaml:3:11]
     2 │ timezone: Europa/Berlin
     3 │ currency: euro
       ·           ────
     4 │ locale: de
       ╰────
      help: use its ISO 4217 code, such as CNY, EUR or USD
      × `de` is not a value of `locale`
       ╭─[pipelines/shop.yaml:4:9]
     3 │ currency: euro
     4 │ locale: de
       ·         ──
     5 │ period: day
       ╰────
      help: known here: en, zh-CN
      × `day` is not a value of `period`
       ╭─[pipelines/shop.yaml:5:9]
     4 │ locale: de
     5 │ period: day
       ·         ───
     6 │ returns: nett
       ╰────
      help: known here: week, month, quarter, half_year, year
      × `nett` is not a value of `returns`
       ╭─[pipelines/shop.yaml:6:10]
     5 │ period: day
     6 │ returns: nett
       ·          ────
     7 │ memory: 2GB
       ╰────
      help: did you mean `net`?
      × `2GB` is not an amount of memory
       ╭─[pipelines/shop.yaml:7:9]
     6 │ returns: nett
     7 │ memory: 2GB
       ·         ───
     8 │ as_of: 31.3.2024
       ╰────
      help: write a whole number of MiB or GiB, at least 64MiB, such as `memory: 2GiB`
      × `31.3.2024` is not an as-of date
       ╭─[pipelines/shop.yaml:8:8]
     7 │ memory: 2GB
     8 │ as_of: 31.3.2024
       ·        ─────────
     9 │ sources:
       ╰────
      help: write 2024-03-31
    ");
}

#[test]
fn unknown_sections() {
    assert_snapshot!(with("steps:", "report: { sections: [headline, chrun, headline] }\nsteps:"), @r"
    exit code 2
      × `chrun` is not a value of `sections`
       ╭─[pipelines/shop.yaml:6:32]
     5 │     path: data
     6 │ report: { sections: [headline, chrun, headline] }
       ·                                ─────
     7 │ steps:
       ╰────
      help: did you mean `churn`?
      × the section `headline` is listed twice
       ╭─[pipelines/shop.yaml:6:39]
     5 │     path: data
     6 │ report: { sections: [headline, chrun, headline] }
       ·                                       ────────
     7 │ steps:
       ╰────
    ");
}

#[test]
fn a_check_of_no_kind_and_one_of_two() {
    let checks = "path: data\n    checks:\n      - severity: warn\n      - { not_null: [amount], unique: [transaction_id] }\n      - freshness: { column: occurred_at }\n      - freshness: { column: occurred_at, warn_after: 2 }";
    assert_snapshot!(with("path: data", checks), @r"
    exit code 2
      × this check names 0 tests
       ╭─[pipelines/shop.yaml:7:9]
     6 │     checks:
     7 │       - severity: warn
       ·         ▲
     8 │       - { not_null: [amount], unique: [transaction_id] }
       ╰────
      help: each check names exactly one of not_null, unique, accepted_range, accepted_values,
            row_count, freshness
      × this check names 2 tests
       ╭─[pipelines/shop.yaml:8:9]
     7 │       - severity: warn
     8 │       - { not_null: [amount], unique: [transaction_id] }
       ·         ─
     9 │       - freshness: { column: occurred_at }
       ╰────
      help: each check names exactly one of not_null, unique, accepted_range, accepted_values,
            row_count, freshness
      × `freshness` sets no bound
        ╭─[pipelines/shop.yaml:9:20]
      8 │       - { not_null: [amount], unique: [transaction_id] }
      9 │       - freshness: { column: occurred_at }
        ·                    ─
     10 │       - freshness: { column: occurred_at, warn_after: 2 }
        ╰────
      help: add `warn_after:`, `fail_after:` or both
      × `warn_after` has no unit
        ╭─[pipelines/shop.yaml:10:55]
      9 │       - freshness: { column: occurred_at }
     10 │       - freshness: { column: occurred_at, warn_after: 2 }
        ·                                                       ─
     11 │ steps:
        ╰────
      help: write `warn_after: 2d`
    ");
}

#[test]
fn an_unknown_parameter_on_the_command_line() {
    let project = sound();
    project.replace(PIPELINE, "sources:", "params: { bins: 5, limit: 0.5 }\nsources:");
    assert_snapshot!(project.run(&["check", PIPELINE, "--param", "bin=5", "--param", "returns=none"]).message(), @r"
    exit code 2
      × --param bin: the pipeline has no such parameter
      help: did you mean `bins`?
      × --param returns=none: returns are `net` or `gross`
      help: use net or gross
    ");
}

#[test]
fn parameters_of_a_wrong_kind() {
    let project = sound();
    let params = "params: { bins: 5, limit: 0.5, day: 2024-01-31, on: true, list: [1, 2] }\nsources:";
    project.replace(PIPELINE, "sources:", params);
    let given = ["bins=five", "limit=1,000", "day=31.1.2024", "on=yes", "list=1,b"];
    let mut arguments = vec!["check", PIPELINE];
    arguments.extend(given.iter().flat_map(|given| ["--param", given]));
    assert_snapshot!(project.run(&arguments).message(), @r"
    exit code 2
      × --param bins: `five` is not a whole number
      help: the pipeline's own value is 5
      × --param limit: `1,000` is not a number
      help: the pipeline's own value is 0.5
      × --param day: `31.1.2024` is not a date (YYYY-MM-DD)
      help: the pipeline's own value is 2024-01-31
      × --param on: `yes` is not true or false
      help: the pipeline's own value is true
      × --param list: `b` is not a whole number
      help: the pipeline's own value is [1, 2]
    ");
}

#[test]
fn an_unknown_parameter_in_a_path() {
    assert_snapshot!(with("path: data", "path: $data/transactions"), @r"
    exit code 2
      × no parameter `$data` is set
       ╭─[pipelines/shop.yaml:5:11]
     4 │   transactions:
     5 │     path: $data/transactions
       ·           ──────────────────
     6 │ steps:
       ╰────
      help: known here: returns
    ");
}

#[test]
fn a_blank_value() {
    assert_snapshot!(with("path: data", "path:"), @r"
    exit code 2
      × `path` is blank
       ╭─[pipelines/shop.yaml:5:9]
     4 │   transactions:
     5 │     path:
       ·         ▲
     6 │ steps:
       ╰────
      help: give `path` a value
    ");
}
