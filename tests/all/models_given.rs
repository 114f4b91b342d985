//! Who leaves, by weights and groups that were learned before.

use arrow::array::RecordBatch;
use arrow::compute::filter_record_batch;
use insta::assert_snapshot;

use crate::data::Table;
use crate::models::{leaving, made, project};
use crate::support::{PIPELINE, Project};

/// Names that must be quoted in SQL, and could be taken for parts of a rule; one feature that is missing only of those of
/// today.
const FEATURES: &str = "select
    customer_id, period, label, truth, noise, same,
    case when period <> 'now' or noise > 0.2 then lateness end as \"late `since` and at most 2\",
    spend_trend as \"Trend: spend, or missing\"
from raw";

const STEPS: &str = "  features: { sql: sql/features.sql }
  weighed: { model: logistic, from: features, with: { probabilities: truth, rules: noise } }
  grouped:
    model: tree
    from: features
    with: { features: ['late `since` and at most 2', 'Trend: spend, or missing', noise, same] }
  shuffled: { sql: sql/shuffled.sql }
  weighed_again: { model: logistic, from: features, parameters: shuffled, with: { probabilities: truth, rules: noise } }
  grouped_again: { model: tree, from: features, parameters: grouped_fit }
  unlabelled: { sql: sql/unlabelled.sql }
  weighed_now: { model: logistic, from: unlabelled, parameters: weighed_again_fit }
  grouped_now: { model: tree, from: unlabelled, parameters: grouped_again_fit }\n";

fn learned() -> Project {
    let project = project(&[("raw", leaving())], STEPS);
    project.write("sql/features.sql", FEATURES);
    project.write("sql/shuffled.sql", "select * from weighed_fit order by sin(odds_ratio), feature");
    project.write(
        "sql/unlabelled.sql",
        "select
            customer_id, noise, \"Trend: spend, or missing\", period, noise * 2 as other,
            \"late `since` and at most 2\"
        from features where period = 'now'",
    );
    project
}

/// The rows of a period.
fn of_period(scores: &Table, period: &str) -> String {
    let is: arrow::array::BooleanArray =
        scores.column("period").iter().map(|of| Some(of == period)).collect();
    Table { batch: filter_record_batch(&scores.batch, &is).unwrap() }.text()
}

fn as_csv(batch: &RecordBatch) -> Vec<u8> {
    let mut written = Vec::new();
    arrow::csv::Writer::new(&mut written).write(batch).unwrap();
    written
}

#[test]
fn what_was_learned_before_scores_to_the_last_bit() {
    let project = learned();
    let outcome = project.ran();
    assert_eq!(outcome.words(), "");
    for name in ["weighed", "grouped"] {
        let scores = made(&project, name);
        assert!(scores.floats("probability").iter().all(|p| *p > 0.0 && *p < 1.0));
        for table in ["", "_judged", "_gains"] {
            let [fitted, again] =
                ["", "_again"].map(|which| made(&project, &format!("{name}{which}{table}")).text());
            assert_eq!(again, fitted, "{name}{table}");
        }
        // Those of today alone, without a label, and with other columns in another order.
        let now = made(&project, &format!("{name}_now"));
        assert_eq!(now.text(), of_period(&scores, "now"), "{name}");
        assert_eq!(made(&project, &format!("{name}_now_judged")).batch.num_rows(), 0);
        assert_eq!(
            made(&project, &format!("{name}_now_fit")).text(),
            made(&project, &format!("{name}_again_fit")).text()
        );
    }
    let [fit, given] = ["weighed_fit", "weighed_again_fit"].map(|table| made(&project, table));
    assert_eq!(given.batch.num_rows(), fit.batch.num_rows());
    for (row, feature) in fit.column("feature").iter().enumerate() {
        let same = |at: &usize| {
            ["feature", "missing", "left_out"]
                .iter()
                .all(|name| given.column(name)[*at] == fit.column(name)[row])
        };
        let at = (0..given.batch.num_rows()).find(same).unwrap();
        for name in ["coefficient", "standardised", "odds_ratio", "mean", "sd", "customers", "churned"] {
            assert_eq!(given.column(name)[at], fit.column(name)[row], "{name} of {feature}");
        }
    }
    assert_eq!(given.column("feature")[0], "intercept");
    for name in ["standard_error", "standardised_error", "penalty", "log_likelihood"] {
        assert!(given.column(name).iter().all(|value| value == "NULL"), "{name}");
    }
    let [fit, given] = ["grouped_fit", "grouped_again_fit"].map(|table| made(&project, table));
    for name in ["leaf", "rule", "leaf_customers", "leaf_churned", "share", "probability", "customers"] {
        assert_eq!(given.column(name), fit.column(name), "{name}");
    }
    let rules = fit.column("rule").join("\n");
    for piece in [
        "`late ``since`` and at most 2` above 0.84 and at most 2.18 (or missing) and ",
        "`Trend: spend, or missing` above -0.65 or missing",
    ] {
        assert!(rules.contains(piece), "{rules}");
    }
    for given in [given, made(&project, "weighed_again_fit")] {
        assert!(given.column("status").iter().all(|status| status == "given"));
        assert!(given.column("message").iter().all(|message| message == "the parameters were given"));
    }

    // A year later: the tables of that run, as a Parquet file and as CSV.
    let [weighed, grouped] = ["weighed", "grouped"].map(|table| made(&project, table).text());
    let kept = std::fs::read(project.path("private/shop/2024-03-31/tables/weighed_fit.parquet")).unwrap();
    project.write("data/weights.parquet", kept);
    project.write("data/groups.csv", as_csv(&made(&project, "grouped_fit").batch));
    project.write(
        PIPELINE,
        "name: shop
as_of: 2024-03-31
sources:
  raw: { path: data/raw.parquet }
  weights: { path: data/weights.parquet }
  groups:
    path: data/groups.csv
    columns: { leaf: CAST(leaf AS BIGINT), rule: rule, probability: CAST(probability AS DOUBLE) }
steps:
  features: { sql: sql/features.sql }
  weighed: { model: logistic, from: features, parameters: weights, with: { probabilities: truth } }
  grouped: { model: tree, from: features, parameters: groups }\n",
    );
    project.ran();
    assert_eq!(made(&project, "weighed").text(), weighed);
    assert_eq!(made(&project, "grouped").text(), grouped);
    let groups = made(&project, "grouped_fit");
    assert_eq!(
        (groups.column("leaf_customers")[0].as_str(), groups.column("share")[0].as_str()),
        ("NULL", "NULL")
    );
    let settings = &project.json("site/shop/2024-03-31/manifest.json")["steps"][2]["parameters"];
    assert_eq!((settings["parameters"].as_str(), settings.get("depth")), (Some("groups"), None));
}

/// Who is judged needs a label, and a threshold of least cost such of the period before; nothing else does.
#[test]
fn labels_serve_to_judge_alone() {
    let project = learned();
    project.replace(PIPELINE, "parameters: shuffled, ", "parameters: weighed_fit, ");
    project.replace(
        PIPELINE,
        "  unlabelled:",
        "  untrained: { sql: sql/untrained.sql }
  weighed_later: { model: logistic, from: untrained, parameters: weighed_fit }
  unlabelled:",
    );
    project.write(
        "sql/untrained.sql",
        "select * exclude (label), case when noise > 0.1 then label end as label from features where period <> 'train'",
    );
    assert_snapshot!(project.ran().message(), @r"
    exit code 0
    site/shop/2024-03-31
      ⚠ step `weighed_later`: left out: 239 rows of the periods `train` and `judge` without a label
    ");
    let judged = made(&project, "weighed_later_judged");
    assert_eq!(judged.one("threshold"), "NULL");
    assert!(judged.floats("auc")[0] > 0.75);
    assert_eq!(made(&project, "weighed_later_gains").batch.num_rows(), 10);
    // Customers to judge of whom nothing is known.
    project.write("sql/untrained.sql", "select * exclude (label) from features where period <> 'train'");
    assert_snapshot!(project.ran().message(), @r"
    exit code 0
    site/shop/2024-03-31
      ⚠ step `weighed_later`: no row of the period `judge` has a label: nobody is judged
    ");
}

/// Those of a fit without a model say so; those of a tree of one leaf, or of a penalised fit that parts
/// all customers, predict as these did.
#[test]
fn fits_without_a_model_and_with_a_poor_one() {
    let project = project(
        &[("raw", leaving())],
        "  known: { sql: sql/known.sql }
  apart: { model: logistic, from: known, with: { features: [gone, noise], penalty: 0 } }
  apart_again: { model: logistic, from: known, parameters: apart_fit }
  drawn: { model: logistic, from: known, with: { features: [gone, noise], penalty: 1 } }
  drawn_again: { model: logistic, from: known, parameters: drawn_fit, with: { features: [noise, gone] } }
  root: { model: tree, from: raw, with: { features: noise } }
  root_again: { model: tree, from: raw, parameters: root_fit, with: { features: [noise, same] } }
  nobody: { sql: sql/nobody.sql }
  alike: { model: tree, from: nobody, with: { features: [lateness, noise] } }
  alike_again: { model: tree, from: raw, parameters: alike_fit }
  level: { model: logistic, from: raw, with: { features: same } }
  level_again: { model: logistic, from: raw, parameters: level_fit, with: { features: same } }\n",
    );
    project.write("sql/known.sql", "select *, label as gone from raw where label is not null");
    project.write("sql/nobody.sql", "select * exclude (label), 0 as label from raw where period = 'train'");
    assert_snapshot!(project.ran().words(), @r"
    ⚠ step `apart`: `gone` by itself separates those who churned from those who stayed, completely
    │ or except for one value
    ⚠ step `apart_again`: `apart_fit` is of a fit without a model (`separated`): there are no
    │ predictions
    ⚠ step `drawn`: `gone` by itself separates those who churned from those who stayed, completely
    │ or except for one value
    ⚠ step `drawn_again`: `drawn_fit` is of a fit that was `separated`: a feature separates those
    │ who left from those who stayed; often it was known only afterwards
    ⚠ step `root`: the groups that were found do not hold on customers held out
    ⚠ step `root_again`: `root_fit` has one group: everybody is given the same probability
    ⚠ step `alike`: nobody churned
    ⚠ step `alike`: no row of the period `judge` has a label: nobody is judged
    ⚠ step `alike_again`: `alike_fit` is of a fit without a model (`nobody_churned`): there are no
    │ predictions
    ");
    for name in ["apart", "drawn", "root", "level"] {
        let [fitted, again] = ["", "_again"].map(|which| made(&project, &format!("{name}{which}")));
        assert_eq!(again.text(), fitted.text(), "{name}");
        let none = fitted.floats("probability")[0].is_nan();
        assert_eq!(none, name == "apart", "{name}");
    }
    assert_eq!(made(&project, "root_fit").column("rule"), ["everyone"]);
    let again = made(&project, "apart_again_fit");
    assert_eq!((again.one("status"), again.one("customers")), ("separated".into(), "2500".into()));
    let again = made(&project, "alike_again_fit");
    assert_eq!(
        (again.one("status"), again.one("message")),
        ("nobody_churned".into(), "nobody churned".into())
    );
    assert!(made(&project, "alike_again").floats("probability").iter().all(|p| p.is_nan()));
}

const WEIGHTS: &str = "feature,missing,coefficient,standardised,mean,sd,left_out,status
intercept,,-1.65,-1,,,,
lateness,false,0.25,0.5,3,2,,
spend_trend,false,-2,-1,0.1,0.5,,
spend_trend,true,0.5,0.2,0.2,0.4,,
same,,,,,,constant,
";

const GROUPS: &str = "leaf,rule,probability
1,`lateness` at most 1 (or missing),0.1
2,`lateness` above 1 and `spend_trend` above 0 or missing,0.3
7,`lateness` above 1 and `spend_trend` at most 0,0.7
";

/// A step of this model that scores by a CSV file, and what a run says of it.
fn scored(model: &str, more: &str, csv: &str) -> (Project, String) {
    let steps = format!("  leavers: {{ model: {model}, from: features, parameters: kept{more} }}\n");
    let project = project(&[("features", leaving().slice(5000, 40))], &steps);
    project.write("data/kept.csv", csv);
    let columns = match model {
        "logistic" => {
            "      feature: feature
      missing: CAST(nullif(missing, '') AS BOOLEAN)
      coefficient: CAST(nullif(coefficient, '') AS DOUBLE)
      standardised: CAST(nullif(standardised, '') AS DOUBLE)
      mean: CAST(nullif(mean, '') AS DOUBLE)
      sd: CAST(nullif(sd, '') AS DOUBLE)
      left_out: nullif(left_out, '')
      status: nullif(status, '')\n"
        }
        _ => {
            "      leaf: CAST(nullif(leaf, '') AS DOUBLE)
      rule: nullif(rule, '')
      probability: CAST(nullif(probability, '') AS DOUBLE)\n"
        }
    };
    project.replace(
        PIPELINE,
        "steps:",
        &format!("  kept:\n    path: data/kept.csv\n    columns:\n{columns}steps:"),
    );
    let outcome = project.run(&["run", PIPELINE]);
    assert!(outcome.code == Some(0) || project.nothing_published(), "{}", outcome.err);
    let said = outcome.message();
    (project, said)
}

/// A message without the lines of the file, which are the same for all of these.
fn reason(message: &str) -> String {
    let mut excerpt = false;
    let shown = |line: &&str| {
        excerpt = excerpt || line.contains("─[");
        let keep = !excerpt;
        excerpt = excerpt && !line.contains("╰──");
        keep
    };
    message.lines().filter(shown).collect::<Vec<_>>().join("\n")
}

fn weighed(change: impl Fn(&str) -> String) -> String {
    reason(&scored("logistic", "", &change(WEIGHTS)).1)
}

fn grouped(change: impl Fn(&str) -> String) -> String {
    reason(&scored("tree", "", &change(GROUPS)).1)
}

/// By hand, as the documentation says it is done.
#[test]
fn a_table_of_parameters_can_be_worked_out_by_hand() {
    let (project, said) = scored("logistic", "", WEIGHTS);
    assert_snapshot!(said, @r"
    exit code 0
    site/shop/2024-03-31
    ");
    let (scores, features) = (made(&project, "leavers"), leaving().slice(5000, 40));
    let features = Table { batch: features };
    let known: Vec<(f64, f64)> =
        features.floats("lateness").into_iter().zip(features.floats("spend_trend")).collect();
    assert!(known.iter().any(|(_, trend)| trend.is_nan()));
    for (found, (lateness, trend)) in scores.floats("probability").iter().zip(&known) {
        let odds = -1.65 + 0.25 * lateness + if trend.is_nan() { -2.0 * 0.1 + 0.5 } else { -2.0 * trend };
        assert!((found - 1.0 / (1.0 + f64::exp(-odds))).abs() < 1e-14);
    }
    let (project, said) = scored("tree", "", GROUPS);
    assert_snapshot!(said, @r"
    exit code 0
    site/shop/2024-03-31
    ");
    let scores = made(&project, "leavers");
    assert!(["1", "2", "7"].iter().all(|leaf| scores.column("leaf").iter().any(|found| found == leaf)));
    for (row, (lateness, trend)) in known.into_iter().enumerate() {
        let leaf = match lateness {
            lateness if lateness <= 1.0 => 1,
            _ if trend <= 0.0 => 7,
            _ => 2,
        };
        assert_eq!(scores.column("leaf")[row], leaf.to_string());
        assert_eq!(scores.column("probability")[row], ["0.1", "0.3", "0.7"][leaf.min(3) - 1]);
    }
}

#[test]
fn weights_that_are_no_regression() {
    assert_snapshot!(weighed(|_| "feature,missing,coefficient,standardised,mean,sd,left_out,status\n".into()), @r"
    exit code 3
      × step `leavers` failed: `kept` has no rows: give all those of a step `model: logistic`
    ");
    assert_snapshot!(weighed(|kept| kept.replace("intercept,,-1.65,-1,,,,\n", "")), @r"
    exit code 3
      × step `leavers` failed: `kept` lacks the row `intercept`: give all rows of `<step>_fit`, as the
      │ fit left them
    ");
    assert_snapshot!(weighed(|kept| format!("{kept}intercept,,-1.65,-1,,,,\n")), @r"
    exit code 3
      × step `leavers` failed: `kept` has more than one row of `intercept`: filter it to one fit
    ");
    assert_snapshot!(weighed(|kept| format!("{kept}spend_trend,true,0.5,0.2,0.2,0.4,,\n")), @r"
    exit code 3
      × step `leavers` failed: `kept` has more than one row of `spend_trend` being missing: filter it
      │ to one fit
    ");
    assert_snapshot!(weighed(|kept| kept.replace("lateness,false,0.25,0.5,3,2,,\n", "")), @r"
    exit code 3
      × step `leavers` failed: `coefficient` of `intercept` in `kept` is -1.65, but by the other rows
      │ it is -0.9: one is lacking or was changed, so give all rows of `<step>_fit`, as the fit left
      │ them
    ");
    assert_snapshot!(weighed(|kept| kept.replace("lateness,false,0.25,0.5,3,2", "lateness,false,0.3,0.5,3,2")), @r"
    exit code 3
      × step `leavers` failed: `coefficient` of `lateness` in `kept` is 0.3, but `standardised` / `sd`
      │ is 0.25: give all rows of `<step>_fit`, as the fit left them
    ");
    assert_snapshot!(weighed(|kept| kept.replace("lateness,false,0.25,0.5,3,2", "lateness,false,0.25,0.5,,2")), @r"
    exit code 3
      × step `leavers` failed: `mean` of `lateness` in `kept` is NULL, not a finite number: give all
      │ rows of `<step>_fit`, as the fit left them
    ");
    assert_snapshot!(weighed(|kept| kept.replace("0.5,0.2,0.2,0.4", "0.5,inf,0.2,0.4")), @r"
    exit code 3
      × step `leavers` failed: `standardised` of `spend_trend` being missing in `kept` is inf, not a
      │ finite number: give all rows of `<step>_fit`, as the fit left them
    ");
    assert_snapshot!(weighed(|kept| kept.replace("0.5,0.2,0.2,0.4", "0.5,0.2,0.2,0")), @r"
    exit code 3
      × step `leavers` failed: `sd` of `spend_trend` being missing in `kept` is 0, not a number above
      │ 0: give all rows of `<step>_fit`, as the fit left them
    ");
    assert_snapshot!(weighed(|kept| kept.replace("lateness,false", "lateness,")), @r"
    exit code 3
      × step `leavers` failed: `missing` of `lateness` in `kept` is NULL: give all rows of
      │ `<step>_fit`, as the fit left them
    ");
    assert_snapshot!(weighed(|kept| kept.replace("lateness,false", ",false")), @r"
    exit code 3
      × step `leavers` failed: a row of `kept` has no `feature`: give all rows of `<step>_fit`, as the
      │ fit left them
    ");
    assert_snapshot!(weighed(|kept| kept.replace("3,2,,", "3,2,constant,")), @r"
    exit code 3
      × step `leavers` failed: `lateness` was left out by `kept`, and yet has a weight: give all rows
      │ of `<step>_fit`, as the fit left them
    ");
    assert_snapshot!(weighed(|kept| kept.replace("lateness", "late")), @r"
    exit code 3
      × step `leavers` failed: `kept` weighs `late`, but the table that `from` names has no such
      │ column of numbers or truth values; it has lateness, spend_trend, noise, same, truth
    ");
    assert_snapshot!(weighed(|kept| kept.replace("lateness", "channel")), @r"
    exit code 3
      × step `leavers` failed: `kept` weighs `channel`, but the table that `from` names has no such
      │ column of numbers or truth values; it has lateness, spend_trend, noise, same, truth
    ");
    assert_snapshot!(scored("logistic", ", with: { features: [lateness, same] }", WEIGHTS).1, @r"
    exit code 3
      × step `leavers` failed: `kept` weighs `spend_trend`, which `features` does not name: add it, or
      │ leave `features` out
        ╭─[pipelines/shop.yaml:17:3]
     16 │ steps:
     17 │   leavers: { model: logistic, from: features, parameters: kept, with: { features: [lateness, same] } }
        ·   ───────
        ╰────
    ");
    assert_snapshot!(scored("logistic", ", with: { features: [spend_trend, lateness, noise] }", WEIGHTS).1, @r"
    exit code 3
      × step `leavers` failed: `features` names `noise`, but `kept` has no row for it: take it out, or
      │ give parameters that were fitted with it
        ╭─[pipelines/shop.yaml:17:3]
     16 │ steps:
     17 │   leavers: { model: logistic, from: features, parameters: kept, with: { features: [spend_trend, lateness, noise] } }
        ·   ───────
        ╰────
    ");
    let all = ", with: { features: [spend_trend, lateness, same] }";
    assert_snapshot!(scored("logistic", all, WEIGHTS).1, @r"
    exit code 0
    site/shop/2024-03-31
    ");
    assert_snapshot!(weighed(|kept| kept.replace("constant,\n", "constant,failed\n")), @r"
    exit code 0
    site/shop/2024-03-31
      ⚠ step `leavers`: `kept` is of a fit without a model (`failed`): there are no predictions
    ");
}

#[test]
fn groups_that_are_no_tree() {
    assert_snapshot!(grouped(|kept| kept.replace("\n1,", "\n,")), @r"
    exit code 3
      × step `leavers` failed: `leaf` of `kept` is NULL in a row: give all rows of `<step>_fit`, as
      │ the fit left them
    ");
    assert_snapshot!(grouped(|kept| kept.replace("\n1,", "\n1.5,")), @r"
    exit code 3
      × step `leavers` failed: `leaf` of `kept` is 1.5 in a row: give all rows of `<step>_fit`, as the
      │ fit left them
    ");
    assert_snapshot!(grouped(|kept| kept.replace("\n2,", "\n1,")), @r"
    exit code 3
      × step `leavers` failed: `kept` has more than one row of leaf 1: filter it to one fit
    ");
    assert_snapshot!(grouped(|kept| kept.replace("above 1 and", "over 1 and")), @r"
    exit code 3
      × step `leavers` failed: the rule of leaf 2 in `kept` cannot be read: `lateness` over 1 and
      │ `spend_trend` above 0 or missing. Rules are written as in `<step>_fit`, such as:
      │ `recency_days` above 30.5 and at most 60 or missing and `orders` at most 2
    ");
    assert_snapshot!(grouped(|kept| kept.replace("`lateness` at most 1 (or missing)", "")), @r"
    exit code 3
      × step `leavers` failed: the rule of leaf 1 in `kept` cannot be read: NULL. Rules are written as
      │ in `<step>_fit`, such as: `recency_days` above 30.5 and at most 60 or missing and `orders` at
      │ most 2
    ");
    assert_snapshot!(grouped(|kept| kept.replace("0.7", "1.7")), @r"
    exit code 3
      × step `leavers` failed: `probability` of leaf 7 in `kept` is 1.7, not a number from 0 to 1:
      │ give all rows of `<step>_fit`, as the fit left them
    ");
    assert_snapshot!(grouped(|kept| kept.replace("0.7", "")), @r"
    exit code 3
      × step `leavers` failed: `probability` of leaf 7 in `kept` is NULL, not a number from 0 to 1:
      │ give all rows of `<step>_fit`, as the fit left them
    ");
    assert_snapshot!(grouped(|kept| kept.replace("at most 1", "at most 2")), @r"
    exit code 3
      × step `leavers` failed: the rules of leaves 1 and 2 in `kept` overlap: filter it to one fit,
      │ and change none of its rules
    ");
    assert_snapshot!(grouped(|kept| kept.replace(" or missing,0.3", ",0.3")), @r"
    exit code 3
      × step `leavers` failed: the rules in `kept` leave a gap, `lateness` above 1 and `spend_trend`
      │ missing: give all rows of `<step>_fit`, as the fit left them
    ");
    assert_snapshot!(grouped(|kept| kept.lines().take(3).collect::<Vec<_>>().join("\n")), @r"
    exit code 3
      × step `leavers` failed: the rules in `kept` leave a gap, `lateness` above 1 and `spend_trend`
      │ at most 0: give all rows of `<step>_fit`, as the fit left them
    ");
    assert_snapshot!(grouped(|kept| kept.replace("`spend_trend` at", "`lateness` at")), @r"
    exit code 3
      × step `leavers` failed: the rule of leaf 7 in `kept` asks twice about `lateness`: give all rows
      │ of `<step>_fit`, as the fit left them
    ");
    assert_snapshot!(grouped(|kept| kept.replace("at most 1", "above 1 and at most 1")), @r"
    exit code 3
      × step `leavers` failed: the rule of leaf 1 in `kept` holds for no customer: no number is in its
      │ range of `lateness`
    ");
    let many: String = (0..17).map(|leaf| format!("{leaf},`noise` above {leaf},0.5\n")).collect();
    assert_snapshot!(grouped(|kept| format!("{}\n{many}", kept.lines().next().unwrap())), @r"
    exit code 3
      × step `leavers` failed: `kept` has 17 groups, but a tree has 16 at most: filter it to one fit
    ");
    let crossed = "1,`lateness` at most 2 or missing and `noise` at most 1 or missing,0.1
2,`lateness` above 2 and `noise` at most 2 or missing,0.2
3,`lateness` above 1 and `noise` above 2,0.3
4,`lateness` at most 1 or missing and `noise` above 1,0.4\n";
    assert_snapshot!(grouped(|kept| format!("{}\n{crossed}", kept.lines().next().unwrap())), @r"
    exit code 3
      × step `leavers` failed: the rules in `kept` are not those of one tree: give all rows of
      │ `<step>_fit`, as the fit left them
    ");
    assert_snapshot!(grouped(|kept| kept.replace("lateness", "days late")), @r"
    exit code 3
      × step `leavers` failed: `kept` asks about `days late`, but the table that `from` names has no
      │ such column of numbers or truth values; it has lateness, spend_trend, noise, same, truth
    ");
    assert_snapshot!(scored("tree", ", with: { features: [lateness, noise] }", GROUPS).1, @r"
    exit code 3
      × step `leavers` failed: `kept` asks about `spend_trend`, which `features` does not name: add
      │ it, or leave `features` out
        ╭─[pipelines/shop.yaml:12:3]
     11 │ steps:
     12 │   leavers: { model: tree, from: features, parameters: kept, with: { features: [lateness, noise] } }
        ·   ───────
        ╰────
    ");
}

/// What is known before a run: which columns the table has, and which settings have a use.
#[test]
fn a_plan_that_cannot_score() {
    let project = project(
        &[("features", leaving().slice(5000, 40))],
        "  weighed: { model: logistic, from: features, parameters: features, with: { penalty: 1, probabilities: truth } }
  grouped: { model: tree, from: features, parameters: features, with: { depth: 2, penalty: 1 } }\n",
    );
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × `penalty` has no use beside `parameters`
       ╭─[pipelines/shop.yaml:6:77]
     5 │ steps:
     6 │   weighed: { model: logistic, from: features, parameters: features, with: { penalty: 1, probabilities: truth } }
       ·                                                                             ───────
     7 │   grouped: { model: tree, from: features, parameters: features, with: { depth: 2, penalty: 1 } }
       ╰────
      help: it is a setting of fitting, and with parameters nothing is fitted
      × `depth` has no use beside `parameters`
       ╭─[pipelines/shop.yaml:7:73]
     6 │   weighed: { model: logistic, from: features, parameters: features, with: { penalty: 1, probabilities: truth } }
     7 │   grouped: { model: tree, from: features, parameters: features, with: { depth: 2, penalty: 1 } }
       ·                                                                         ─────
       ╰────
      help: it is a setting of fitting, and with parameters nothing is fitted
      × `penalty` is not a setting of the model
       ╭─[pipelines/shop.yaml:7:83]
     6 │   weighed: { model: logistic, from: features, parameters: features, with: { penalty: 1, probabilities: truth } }
     7 │   grouped: { model: tree, from: features, parameters: features, with: { depth: 2, penalty: 1 } }
       ·                                                                                   ───────
       ╰────
      help: known here: features, probabilities, rules, cost_missed, cost_needless, depth,
            smallest_leaf
    ");
    project.write(
        PIPELINE,
        "name: shop\nas_of: 2024-03-31\nsources:\n  features: { path: data/features.parquet }\nsteps:
  kept: { sql: sql/kept.sql }
  weighed: { model: logistic, from: features, parameters: features }
  weighed_too: { model: logistic, from: features, parameters: kept }
  grouped: { model: tree, from: features, parameters: kept }\n",
    );
    project.write(
        "sql/kept.sql",
        "select 'x' as feature, 'no' as missing, 1 as coefficient, 1 as standardised, 1 as mean, 1 as sd, 1 as leaf,
            1 as rule, 0.5 as probability, 'c' as customer_id, 'now' as period",
    );
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × parameters need a column `feature`, which `features` does not have
       ╭─[pipelines/shop.yaml:7:3]
     6 │   kept: { sql: sql/kept.sql }
     7 │   weighed: { model: logistic, from: features, parameters: features }
       ·   ───────
     8 │   weighed_too: { model: logistic, from: features, parameters: kept }
       ╰────
      help: name the table `<step>_fit` of a model step, or a source or step with its columns
      × parameters need truth values or numbers in `missing` of `kept`, which is VARCHAR
       ╭─[pipelines/shop.yaml:8:3]
     7 │   weighed: { model: logistic, from: features, parameters: features }
     8 │   weighed_too: { model: logistic, from: features, parameters: kept }
       ·   ───────────
     9 │   grouped: { model: tree, from: features, parameters: kept }
       ╰────
      help: cast it: a column of a CSV file is text until `columns` says otherwise
      × parameters need text in `rule` of `kept`, which is BIGINT
       ╭─[pipelines/shop.yaml:9:3]
     8 │   weighed_too: { model: logistic, from: features, parameters: kept }
     9 │   grouped: { model: tree, from: features, parameters: kept }
       ·   ───────
       ╰────
      help: cast it: a column of a CSV file is text until `columns` says otherwise
    ");
}
