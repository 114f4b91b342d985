//! Pipelines that write their steps out, as people write them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use insta::assert_snapshot;

use super::{Files, Rewritten, modules, pipeline};
use crate::problem::SourceText;

fn upgraded(text: &str, own: &[(&str, &str)]) -> Result<Option<Rewritten>, String> {
    let texts: BTreeMap<String, String> =
        own.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    let mut files = Files { texts, used: BTreeSet::new(), own: BTreeMap::new() };
    let source = Arc::new(SourceText { name: "pipelines/shop.yaml".to_owned(), text: text.to_owned() });
    let modules = modules(Path::new("nowhere")).unwrap();
    pipeline::rewritten(&source, &modules, &mut files)
        .map_err(|failure| failure.problems.iter().map(|problem| problem.render(false)).collect())
}

/// The new text, and below it what is said.
fn outcome(text: &str, own: &[(&str, &str)]) -> String {
    match upgraded(text, own) {
        Ok(Some(new)) => format!("{}---\n{}", new.text, new.notes.join("\n")),
        Ok(None) => "nothing to do".to_owned(),
        Err(said) => said,
    }
}

#[test]
fn own_steps_comments_and_sections_stay() {
    let text = "\
# My shop.
name: shop   # its name
params:
    # How long.
    lost_after_days: 90 # silence
    data: data

    bins: 5
steps:
    # Of the program.
    receipts: { sql: sql/receipts.sql, incremental: true, keep: false }
    # Mine.
    mine:
        sql: sql/mine.sql # about customer_month

        # Inside.
        keep: false
    customer_month: { sql: sql/customer_month.sql }
    segments: { sql: sql/segments_ten.sql }

    churn:
        sql: sql/churn.sql
        with: { cooling_after: 2, min_gap_days: $lost_after_days }
report:
    title: Sales
    sections:
    - headline
    - findings
    - segments
    - migration
    - churn
    - table: mine
      chart: bars
    - method
# The end.
";
    let mine = [("sql/mine.sql", "select * from customer_summary")];
    assert_snapshot!(outcome(text, &mine), @r"
    # My shop.
    name: shop   # its name
    params:
        data: data

    steps:
        # Mine.
        mine:
            sql: sql/mine.sql # about customer_month

            # Inside.
            keep: false

    report:
        title: Sales
        sections:
          - modules
          - { table: mine, chart: bars }
    # The end.

    # What ships, with settings that differ from the usual ones. `regulars modules` lists all; `regulars modules churn` tells of one.
    modules:
      base: { lost_after_days: 90 }
      segments: { rules: ten }
      churn: { cooling_after: 2, min_gap_days: 90 }
    ---
    4 steps that modules bring: taken out
    `bins`, `lost_after_days` of `params`: settings of modules now
    in `sections` the word `modules` stands for all that they bring
    modules: base { lost_after_days: 90 }, segments { rules: ten }, churn { cooling_after: 2, min_gap_days: 90 }
    ");
    // It reads a table of a step that nothing else needs any more.
    let mine = [("sql/mine.sql", "select * from customer_month")];
    let new = upgraded(text, &mine).unwrap().unwrap();
    assert!(new.text.contains("    customer_month: { sql: sql/customer_month.sql }\n"), "{}", new.text);
    // What is new is none of an earlier version.
    assert_eq!(outcome(&new.text, &mine), "nothing to do");
}

#[test]
fn maps_between_braces_and_lines_of_another_system() {
    let text = "name: shop\r\nparams: { data: data, lost_after_days: 90, greeting: \"no: none\" }\r\nsteps: { churn: { sql: sql/churn.sql }, mine: { sql: sql/mine.sql, with: { days: [1, 2] } } }\r\nreport: { title: \"1 shop\", sections: [churn, headline, findings, mine, method] }\r\n";
    let new = outcome(text, &[("sql/mine.sql", "select 1 as one")]);
    assert!(new.split("---\n").next().unwrap().lines().count() == new.matches("\r\n").count());
    assert_snapshot!(new.replace("\r\n", "\n"), @r#"
    name: shop
    params: { data: data, greeting: "no: none" }
    steps: { mine: { sql: sql/mine.sql, with: { days: [1, 2] } } }
    report: { title: "1 shop", sections: [churn, headline, findings, mine, method] }

    # What ships, with settings that differ from the usual ones. `regulars modules` lists all; `regulars modules churn` tells of one.
    modules:
      base: { lost_after_days: 90 }
      churn:
    ---
    1 step that modules bring: taken out
    `lost_after_days` of `params`: settings of modules now
    modules: base { lost_after_days: 90 }, churn
    "#);
    let text =
        text.replace("churn, headline, findings, mine, method", "headline, findings, churn, method, mine");
    assert_snapshot!(outcome(&text, &[]).replace("\r\n", "\n"), @r#"
    name: shop
    params: { data: data, greeting: "no: none" }
    steps: { mine: { sql: sql/mine.sql, with: { days: [1, 2] } } }
    report: { title: "1 shop", sections: [modules, mine] }

    # What ships, with settings that differ from the usual ones. `regulars modules` lists all; `regulars modules churn` tells of one.
    modules:
      base: { lost_after_days: 90 }
      churn:
    ---
    1 step that modules bring: taken out
    `lost_after_days` of `params`: settings of modules now
    in `sections` the word `modules` stands for all that they bring
    modules: base { lost_after_days: 90 }, churn
    "#);
}

/// One setting has one value, of its kind.
#[test]
fn values_that_no_setting_takes() {
    let text = "\
name: shop
params: { bins: 12 }
steps:
  rfm: { sql: sql/rfm.sql }
  churn: { sql: sql/churn.sql, with: { cooling_after: 2, colour: red, new_days: -1 } }
  churn_features: { sql: sql/churn_features.sql, with: { min_gap_days: 9, within_days: 30 } }
  churn_train: { sql: sql/churn_train.sql, with: { min_gap_days: 8 }, tags: [nightly] }
  clv: { model: pareto_nbd, from: histories, with: { margin: 1, discount_rate: 0.2, unit_days: 7.0 } }
  segments: { sql: sql/mine.sql }
  headline: { model: best, from: mine }
report: { sections: [rfm] }
";
    assert_snapshot!(outcome(text, &[("sql/mine.sql", "select 1")]), @r"
    name: shop
    steps:
      headline: { model: best, from: mine }
    report: { sections: [rfm] }

    # What ships, with settings that differ from the usual ones. `regulars modules` lists all; `regulars modules churn` tells of one.
    modules:
      base: { discount_rate: 0.2 }
      segments: { bins: 12 }
      value: { model: pareto_nbd }
      churn: { cooling_after: 2, min_gap_days: 9 }
      warning:
    ---
    6 steps that modules bring: taken out
    the query of `segments` is your own: sql/mine.sql is sql/segments_grid.sql now, in place of the shipped one
    the step `headline` has the name of a step of the module `base`: rename it
    `bins` of `params`: settings of modules now
    `sections` stays as it is; the modules have further ones, which you can add: headline, findings, segments, migration, value, churn, warning, method
    not taken over: `colour: red` of `churn`: no setting of a module is like it
    not taken over: `margin: 1` of `clv`: no setting of a module is like it
    not taken over: `min_gap_days: 8` of `churn_train`: `min_gap_days` is one setting for all, and 9 was found first
    not taken over: `new_days: -1` of `churn`: the setting must be a whole number of days of 0 or more
    not taken over: `tags: [nightly]` of `churn_train`: the module's step has no such key
    not taken over: `within_days: 30` of `churn_features`: it follows the setting `lost_after_days` now
    modules: base { discount_rate: 0.2 }, segments { bins: 12 }, value { model: pareto_nbd }, churn { cooling_after: 2, min_gap_days: 9 }, warning
    ");
}

#[test]
fn what_is_none_of_it() {
    let none = "nothing to do";
    assert_eq!(outcome("name: shop\nmodules:\n  base:\n", &[]), none);
    assert_eq!(outcome("name: shop\nsteps:\n  mine: { sql: sql/mine.sql }\n", &[]), none);
    assert_eq!(outcome("name: shop\nsteps:\n  churn: { sql: sql/nowhere.sql }\n", &[]), none);
    assert_eq!(outcome("name: shop\nsteps: churn\n", &[]), none);
    assert_snapshot!(outcome("name: shop\nsteps:\n  ? churn\n  : { sql: sql/churn.sql }\n  mine: { sql: sql/mine.sql }\n", &[]), @r"
     × `steps` is written in a way that cannot be changed safely
      ╭─[pipelines/shop.yaml:2:1]
    1 │ name: shop
    2 │ steps:
      · ─────
    3 │   ? churn
      ╰────
     help: write each of its keys in a line of its own; nothing was written
    ");
    assert_snapshot!(outcome("{ name: shop, steps: { churn: { sql: sql/churn.sql } } }\n", &[]), @r"
     × `steps` is written in a way that cannot be changed safely
      ╭─[pipelines/shop.yaml:1:15]
    1 │ { name: shop, steps: { churn: { sql: sql/churn.sql } } }
      ·               ─────
      ╰────
     help: write each of its keys in a line of its own; nothing was written
    ");
    assert_snapshot!(outcome("name: shop\nsteps:\n  churn: [\n", &[]), @r"
     × pipelines/shop.yaml is not readable as YAML from here on
      ╭─[pipelines/shop.yaml:3:10]
    2 │ steps:
    3 │   churn: [
      ·          ▲
      ╰────
     help: look at this line and the one above: indentation, a colon and a blank after each key,
           quotes, brackets
    ");
}
