//! Model steps from outside: parameters that were fitted before, and the tables of each model.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch};
use insta::assert_snapshot;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Exp, Gamma};

use crate::data::{Table, batch, parquet, texts};
use crate::support::{PIPELINE, Project};

pub fn whole(values: Vec<i64>) -> ArrayRef {
    Arc::new(Int64Array::from(values))
}

pub fn doubles(values: Vec<Option<f64>>) -> ArrayRef {
    Arc::new(Float64Array::from(values))
}

/// Customers as `customer_summary` has them, 600 of BG/NBD's kind: each leaves after a purchase with a chance of `leaving`
/// on average.
fn customers(leaving: f64) -> RecordBatch {
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let rates = Gamma::new(1.2, 1.0 / 30.0).unwrap();
    let spends = Gamma::new(4.0, 12.0).unwrap();
    let mut rows: Vec<(String, [i64; 4], Option<f64>)> = Vec::new();
    for customer in 0..600 {
        let tenure = random.random_range(200..400);
        let wait = Exp::new(f64::max(rates.sample(&mut random), 1e-9)).unwrap();
        let leaves = leaving * 3.0 * random.random::<f64>().powi(2);
        let (mut repeats, mut last, mut now) = (0, 0, 0.0);
        loop {
            now += wait.sample(&mut random);
            let day = now as i64;
            if day > tenure {
                break;
            }
            (repeats, last) = if day > last { (repeats + 1, day) } else { (repeats, last) };
            if random.random::<f64>() < leaves {
                break;
            }
        }
        let mean = spends.sample(&mut random);
        let spread = Gamma::new(6.0 * f64::max(repeats as f64, 1.0), 1.0).unwrap();
        let spend = (repeats > 0).then(|| mean * spread.sample(&mut random) / (6.0 * repeats as f64));
        rows.push((format!("C{customer:04}"), [repeats + 1, repeats, last, tenure], spend));
    }
    let of = |place: usize| whole(rows.iter().map(|row| row.1[place]).collect());
    let ids: Vec<&str> = rows.iter().map(|row| row.0.as_str()).collect();
    batch(vec![
        ("customer_id", texts(&ids)),
        ("active_days", of(0)),
        ("repeat_days", of(1)),
        ("span_days", of(2)),
        ("tenure_days", of(3)),
        ("mean_repeat_spend", doubles(rows.iter().map(|row| row.2).collect())),
    ])
}

/// A project without transactions: its sources are tables of their own, `data/NAME.parquet`.
pub fn project(tables: &[(&str, RecordBatch)], steps: &str) -> Project {
    let project = Project::new();
    let mut pipeline = "name: shop\nas_of: 2024-03-31\nsources:\n".to_owned();
    for (name, rows) in tables {
        parquet(&project.path(&format!("data/{name}.parquet")), rows);
        pipeline += &format!("  {name}: {{ path: data/{name}.parquet }}\n");
    }
    project.write(PIPELINE, format!("{pipeline}steps:\n{steps}"));
    project
}

/// A table of the run.
pub fn made(project: &Project, table: &str) -> Table {
    project.table(&format!("site/shop/2024-03-31/tables/{table}.parquet"))
}

#[test]
fn parameters_that_are_given_score_as_the_fit_did() {
    let project = project(
        &[("customers", customers(0.2))],
        "  fitted: { model: bg_nbd, from: customers }
  scored: { model: bg_nbd, from: customers, parameters: fitted_fit }
  in_sql: { sql: sql/in_sql.sql }\n",
    );
    project.write(
        "sql/in_sql.sql",
        "with of as (
    select
        max(estimate) filter (where parameter = 'r') as r,
        max(estimate) filter (where parameter = 'alpha') as alpha,
        max(estimate) filter (where parameter = 'a') as a,
        max(estimate) filter (where parameter = 'b') as b,
        max(estimate) filter (where parameter = 'p') as p,
        max(estimate) filter (where parameter = 'q') as q,
        max(estimate) filter (where parameter = 'gamma') as gamma
    from fitted_fit
)

select
    customer_id,
    bg_nbd_p_alive(
        repeat_days, cast(span_days as double) / 7, cast(tenure_days as double) / 7,
        (select r from of), (select alpha from of), (select a from of), (select b from of)
    ) as p_alive,
    bg_nbd_expected_purchases(
        repeat_days, cast(span_days as double) / 7, cast(tenure_days as double) / 7, cast(365 as double) / 7,
        (select r from of), (select alpha from of), (select a from of), (select b from of)
    ) as expected_purchases_365,
    gamma_gamma_expected_spend(
        repeat_days, mean_repeat_spend, (select p from of), (select q from of), (select gamma from of)
    ) as expected_spend
from customers
order by customer_id",
    );
    let outcome = project.ran();
    assert_eq!(outcome.words().matches("warning").count(), 0, "{}", outcome.err);
    let fitted = made(&project, "fitted");
    assert_eq!(made(&project, "scored").text(), fitted.text());
    for name in ["p_alive", "expected_purchases_365", "expected_spend"] {
        for (found, expected) in made(&project, "in_sql").floats(name).iter().zip(fitted.floats(name)) {
            assert!((found / expected - 1.0).abs() < 1e-12, "{name}: {found} {expected}");
        }
    }
    let [fit, given] = ["fitted_fit", "scored_fit"].map(|table| made(&project, table));
    for column in ["model", "parameter", "estimate", "unit_days", "customers", "replaced_by"] {
        assert_eq!(given.column(column), fit.column(column), "{column}");
    }
    assert_eq!(given.column("status"), ["given"; 7]);
    assert_eq!(given.column("standard_error"), ["NULL"; 7]);
    assert_eq!(given.column("log_likelihood"), ["NULL"; 7]);

    // The published table, kept as a file, scores other customers another day.
    let kept = std::fs::read(project.path("site/shop/2024-03-31/tables/fitted_fit.parquet")).unwrap();
    project.write("data/kept.parquet", kept);
    project.replace(PIPELINE, "  customers:", "  kept: { path: data/kept.parquet }\n  customers:");
    project.replace(PIPELINE, "parameters: fitted_fit", "parameters: kept");
    project.replace(PIPELINE, "\n  fitted: { model: bg_nbd, from: customers }", "");
    project.replace(PIPELINE, "\n  in_sql: { sql: sql/in_sql.sql }", "");
    project.ran();
    assert_eq!(made(&project, "scored").text(), fitted.text());
    let manifest = project.json("site/shop/2024-03-31/manifest.json");
    assert_eq!(manifest["steps"][0]["parameters"]["parameters"], "kept");
    assert_eq!(manifest["steps"][0]["reads"].as_array().unwrap().len(), 2);
}

#[test]
fn the_model_that_took_over_when_it_was_fitted_scores_again() {
    let project = project(
        &[("customers", customers(0.0))],
        "  fitted: { model: bg_nbd, from: customers }
  scored: { model: bg_nbd, from: customers, parameters: fitted_fit }\n",
    );
    project.ran();
    let fit = made(&project, "fitted_fit");
    assert_eq!(fit.at("model", "bg_nbd", "replaced_by"), "nbd", "{}", fit.text());
    assert_eq!(made(&project, "scored").text(), made(&project, "fitted").text());
    let given = made(&project, "scored_fit");
    assert_eq!(given.column("model"), ["nbd", "nbd", "gamma_gamma", "gamma_gamma", "gamma_gamma"]);
}

/// `data/given.csv` with these lines, and what a run says of it.
fn refused(lines: &str) -> String {
    let project = project(
        &[("customers", customers(0.2))],
        "  clv: { model: bg_nbd, from: customers, parameters: given, with: { horizon_days: 30 } }\n",
    );
    project.write("data/given.csv", format!("model,parameter,estimate,status,unit_days\n{lines}"));
    project.replace(
        PIPELINE,
        "steps:",
        "  given:
    path: data/given.csv
    columns:
      model: model
      parameter: parameter
      estimate: CAST(estimate AS DOUBLE)
      status: nullif(status, '')
      unit_days: CAST(nullif(unit_days, '') AS DOUBLE)
steps:",
    );
    let outcome = project.run(&["run", PIPELINE]);
    assert!(outcome.code == Some(0) || project.nothing_published(), "{}", outcome.err);
    if outcome.code == Some(0) {
        let clv = made(&project, "clv");
        return [outcome.words(), clv.text().lines().take(2).collect::<Vec<_>>().join("\n")].join("\n");
    }
    outcome.message()
}

const GIVEN: &str = "bg_nbd,r,0.5,,\nbg_nbd,alpha,20,,\nbg_nbd,a,0.8,,\nbg_nbd,b,2.4,,\n";

#[test]
fn parameters_that_are_no_model() {
    assert_snapshot!(refused("pareto_nbd,r,0.5,,\ngamma_gamma,p,6,,\n"), @r"
    exit code 3
      × step `clv` failed: `given` has no parameters of `bg_nbd`; it has those of gamma_gamma,
      │ pareto_nbd
    ");
    assert_snapshot!(refused(&GIVEN.replace("bg_nbd,alpha,20,,\n", "")), @r"
    exit code 3
      × step `clv` failed: `given` lacks the parameter `alpha` of `bg_nbd`
    ");
    assert_snapshot!(refused(&GIVEN.replace("alpha,20", "alpha,-20")), @r"
    exit code 3
      × step `clv` failed: `given` has no BG/NBD: alpha must be a finite number above 0, not -20
    ");
    assert_snapshot!(refused(&format!("{GIVEN}bg_nbd,r,0.6,,\n")), @r"
    exit code 3
      × step `clv` failed: `given` has more than one `r` of `bg_nbd`: filter it to one fit
    ");
    assert_snapshot!(refused(&format!("{GIVEN}bg_nbd,beta,0.6,,\n")), @r"
    exit code 3
      × step `clv` failed: `given` has a parameter `beta` of `bg_nbd`, which takes r, alpha, a, b
    ");
    assert_snapshot!(refused(&GIVEN.replace("alpha,20,,", "alpha,20,,1")), @r"
    exit code 3
      × step `clv` failed: `unit_days` is 1 in `given`, but 7 in the step: say `with: { unit_days: 1 }
      │ `
    ");
}

/// Such a table need not know spend; a fit that did not converge predicts nothing, whoever kept it.
#[test]
fn parameters_that_predict_less() {
    assert_snapshot!(refused(GIVEN), @r"
      ⚠ step `clv`: Gamma-Gamma: no parameters of a fit that converged were given; there are no
      │ predictions of spend or value
    customer_id | p_alive | expected_purchases_30 | expected_spend | clv
    C0000 | 0.41229317943950006 | 0.044379366840487953 | NULL | NULL
    ");
    assert_snapshot!(refused(&GIVEN.replace("2.4,,", "2.4,boundary,")), @r"
      ⚠ step `clv`: BG/NBD: no parameters of a fit that converged were given; there are no predictions
      ⚠ step `clv`: Gamma-Gamma: no parameters of a fit that converged were given; there are no
      │ predictions of spend or value
    customer_id | p_alive | expected_purchases_30 | expected_spend | clv
    C0000 | NULL | NULL | NULL | NULL
    ");
}

#[test]
fn a_table_that_holds_no_parameters() {
    let project = project(
        &[("customers", customers(0.2))],
        "  clv: { model: bg_nbd, from: customers, parameters: costumers }
  other: { model: contest, from: customers, parameters: customers }
  seen: { sql: sql/seen.sql, parameters: customers }\n",
    );
    project.write("sql/seen.sql", "select 1 as model, 'r' as parameter, 0.5 as estimate from customers");
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × `parameters` has no use with `model: contest`
       ╭─[pipelines/shop.yaml:7:45]
     6 │   clv: { model: bg_nbd, from: customers, parameters: costumers }
     7 │   other: { model: contest, from: customers, parameters: customers }
       ·                                             ──────────
     8 │   seen: { sql: sql/seen.sql, parameters: customers }
       ╰────
      help: a model of purchases, such as `bg_nbd`, can score with parameters that were fitted before
      × `parameters` has no use beside `sql`
       ╭─[pipelines/shop.yaml:8:30]
     7 │   other: { model: contest, from: customers, parameters: customers }
     8 │   seen: { sql: sql/seen.sql, parameters: customers }
       ·                              ──────────
       ╰────
      help: a query names its tables itself; `parameters` belongs to `model`
    ");
    project.write(
        PIPELINE,
        "name: shop\nas_of: 2024-03-31\nsources:\n  customers: { path: data/customers.parquet }\nsteps:
  clv: { model: bg_nbd, from: customers, parameters: customers }
  seen: { sql: sql/seen.sql }
  again: { model: bg_nbd, from: customers, parameters: seen }\n",
    );
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × parameters need a column `model`, which `customers` does not have
       ╭─[pipelines/shop.yaml:6:3]
     5 │ steps:
     6 │   clv: { model: bg_nbd, from: customers, parameters: customers }
       ·   ───
     7 │   seen: { sql: sql/seen.sql }
       ╰────
      help: name the table `<step>_fit` of a model step, or a source or step with its columns
      × parameters need text in `model` of `seen`, which is Int64
       ╭─[pipelines/shop.yaml:8:3]
     7 │   seen: { sql: sql/seen.sql }
     8 │   again: { model: bg_nbd, from: customers, parameters: seen }
       ·   ─────
       ╰────
      help: cast it: a column of a CSV file is text until `columns` says otherwise
    ");
}
