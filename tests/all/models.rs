//! Model steps from outside: parameters that were fitted before, and the tables of each model.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch};
use arrow::datatypes::DataType;
use insta::assert_snapshot;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Exp, Gamma};

use crate::data::{Table, batch, parquet, texts};
use crate::support::{PIPELINE, Project, repository};

pub fn whole(values: Vec<i64>) -> ArrayRef {
    Arc::new(Int64Array::from(values))
}

pub fn doubles(values: Vec<Option<f64>>) -> ArrayRef {
    Arc::new(Float64Array::from(values))
}

/// Customers as `customer_summary` has them, 600 of BG/NBD's kind: each leaves after a purchase with a chance of `leaving`
/// on average.
fn customers(leaving: f64) -> RecordBatch {
    customers_who(
        |random| leaving * 3.0 * random.random::<f64>().powi(2),
        |random| Gamma::new(4.0, 12.0).unwrap().sample(random),
    )
}

/// The same, who leave with their own chances and spend their own means.
fn customers_who(
    leave: impl Fn(&mut ChaCha8Rng) -> f64,
    spend: impl Fn(&mut ChaCha8Rng) -> f64,
) -> RecordBatch {
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let rates = Gamma::new(1.2, 1.0 / 30.0).unwrap();
    let mut rows: Vec<(String, [i64; 4], Option<f64>)> = Vec::new();
    for customer in 0..600 {
        let tenure = random.random_range(200..400);
        let wait = Exp::new(f64::max(rates.sample(&mut random), 1e-9)).unwrap();
        let leaves = leave(&mut random);
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
        let mean = spend(&mut random);
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
    project.table(&format!("private/shop/2024-03-31/tables/{table}.parquet"))
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
    let kept = std::fs::read(project.path("private/shop/2024-03-31/tables/fitted_fit.parquet")).unwrap();
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
        ╭─[pipelines/shop.yaml:14:3]
     13 │ steps:
     14 │   clv: { model: bg_nbd, from: customers, parameters: given, with: { horizon_days: 30 } }
        ·   ───
        ╰────
    ");
    assert_snapshot!(refused(&GIVEN.replace("bg_nbd,alpha,20,,\n", "")), @r"
    exit code 3
      × step `clv` failed: `given` lacks the parameter `alpha` of `bg_nbd`
        ╭─[pipelines/shop.yaml:14:3]
     13 │ steps:
     14 │   clv: { model: bg_nbd, from: customers, parameters: given, with: { horizon_days: 30 } }
        ·   ───
        ╰────
    ");
    assert_snapshot!(refused(&GIVEN.replace("alpha,20", "alpha,-20")), @r"
    exit code 3
      × step `clv` failed: `given` has no BG/NBD: alpha must be a finite number above 0, not -20
        ╭─[pipelines/shop.yaml:14:3]
     13 │ steps:
     14 │   clv: { model: bg_nbd, from: customers, parameters: given, with: { horizon_days: 30 } }
        ·   ───
        ╰────
    ");
    assert_snapshot!(refused(&format!("{GIVEN}bg_nbd,r,0.6,,\n")), @r"
    exit code 3
      × step `clv` failed: `given` has more than one `r` of `bg_nbd`: filter it to one fit
        ╭─[pipelines/shop.yaml:14:3]
     13 │ steps:
     14 │   clv: { model: bg_nbd, from: customers, parameters: given, with: { horizon_days: 30 } }
        ·   ───
        ╰────
    ");
    assert_snapshot!(refused(&format!("{GIVEN}bg_nbd,beta,0.6,,\n")), @r"
    exit code 3
      × step `clv` failed: `given` has a parameter `beta` of `bg_nbd`, which takes r, alpha, a, b
        ╭─[pipelines/shop.yaml:14:3]
     13 │ steps:
     14 │   clv: { model: bg_nbd, from: customers, parameters: given, with: { horizon_days: 30 } }
        ·   ───
        ╰────
    ");
    assert_snapshot!(refused(&GIVEN.replace("alpha,20,,", "alpha,20,,1")), @r"
    exit code 3
      × step `clv` failed: `unit_days` is 1 in `given`, but 7 in the step: say `with: { unit_days: 1 }
      │ `
        ╭─[pipelines/shop.yaml:14:3]
     13 │ steps:
     14 │   clv: { model: bg_nbd, from: customers, parameters: given, with: { horizon_days: 30 } }
        ·   ───
        ╰────
    ");
}

/// All leave with the same chance and spend the same: both models run to a limit, and predict there.
#[test]
fn a_limit_predicts() {
    let project = project(
        &[("customers", customers_who(|_| 0.4, |_| 40.0))],
        "  clv: { model: bg_nbd, from: customers }
  again: { model: bg_nbd, from: customers, parameters: clv_fit }
  fits: { sql: sql/fits.sql }
  seen: { sql: sql/seen.sql }\n",
    );
    project.write(
        "sql/fits.sql",
        "select distinct model, status, reason, count(standard_error) over (partition by model) as errors
        from clv_fit order by model",
    );
    project.write(
        "sql/seen.sql",
        "select
            (select count(*) from clv where clv > 0 and p_alive between 0 and 1) as customers,
            (select max(abs(clv.clv - again.clv)) from clv join again using (customer_id)) as differs,
            (select min(expected_spend) from clv) > 38 and (select max(expected_spend) from clv) < 42 as near,
            figure, low < expected and expected < high as within, reason
        from clv_forecast where horizon_days = 365 order by figure",
    );
    assert_snapshot!(project.ran().words(), @"
    ⚠ step `clv`: BG/NBD: no difference in dropout between customers can be seen (parameter b runs
    │ to infinity); at that limit it is a simpler model, which predicts
    ⚠ step `clv`: Gamma-Gamma: no difference in mean spend between customers can be seen (parameter
    │ q runs to infinity); at that limit it is a simpler model, which predicts
    ");
    assert_snapshot!(made(&project, "fits").text(), @"
    model | status | reason | errors
    bg_nbd | limit | equal_dropout | 0
    gamma_gamma | limit | equal_spend | 0
    ");
    assert_snapshot!(project.seen(), @"
    customers | differs | near | figure | within | reason
    600 | 0.0 | true | active_customers | true | none
    600 | 0.0 | true | purchases | true | none
    600 | 0.0 | true | revenue | true | none
    600 | 0.0 | true | value | true | none
    ");
}

/// A mean spend without bound: who has bought once is given the mean that was observed, not the infinite one.
#[test]
fn spend_without_a_mean() {
    let without_bound = |random: &mut ChaCha8Rng| 20.0 / Gamma::new(0.8, 1.0).unwrap().sample(random);
    let project = project(
        &[("customers", customers_who(|random| 0.2 * random.random::<f64>(), without_bound))],
        "  clv: { model: bg_nbd, from: customers }\n  seen: { sql: sql/seen.sql }\n",
    );
    project.write(
        "sql/seen.sql",
        "with observed as (
            select sum(repeat_days * mean_repeat_spend) / sum(repeat_days) as mean from customers
        )
        select
            (select estimate < 1 from clv_fit where parameter = 'q') as no_mean,
            count(*) as customers,
            count(*) filter (where repeat_days = 0 and abs(expected_spend / observed.mean - 1) < 1e-9) as given_it,
            count(*) filter (where repeat_days = 0) as without_repeat,
            count(*) filter (where clv > 0 and expected_spend < 1e9) as valued
        from clv join customers using (customer_id) cross join observed",
    );
    assert_snapshot!(project.ran().words(), @"
    ⚠ step `clv`: Gamma-Gamma: spend differs so much between customers that it has no mean; those
    │ without a repeat purchase are given the mean that was observed
    ");
    assert_snapshot!(project.seen(), @"
    no_mean | customers | given_it | without_repeat | valued
    true | 600 | 31 | 31 | 600
    ");
}

/// Such a table need not know spend; a fit that did not converge predicts nothing, whoever kept it.
#[test]
fn parameters_that_predict_less() {
    assert_snapshot!(refused(GIVEN), @"
      ⚠ step `clv`: Gamma-Gamma: no parameters of a fit that converged were given; there are no
      │ predictions of spend or value
    customer_id | p_alive | expected_purchases_30 | purchases_low_30 | purchases_high_30 | expected_spend | clv | residual | horizon_days | expected_purchases | discounted_revenue
    C0000 | 0.41229317943950006 | 0.044379366840487953 | 0 | 0 | NULL | NULL | NULL | 30 | 0.044379366840487953 | NULL
    ");
    assert_snapshot!(refused(&GIVEN.replace("2.4,,", "2.4,boundary,")), @"
      ⚠ step `clv`: BG/NBD: no parameters of a fit that converged were given; there are no predictions
      ⚠ step `clv`: Gamma-Gamma: no parameters of a fit that converged were given; there are no
      │ predictions of spend or value
    customer_id | p_alive | expected_purchases_30 | purchases_low_30 | purchases_high_30 | expected_spend | clv | residual | horizon_days | expected_purchases | discounted_revenue
    C0000 | NULL | NULL | NULL | NULL | NULL | NULL | NULL | 30 | NULL | NULL
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
      × `parameters` has no use beside `model: contest`
       ╭─[pipelines/shop.yaml:7:45]
     6 │   clv: { model: bg_nbd, from: customers, parameters: costumers }
     7 │   other: { model: contest, from: customers, parameters: customers }
       ·                                             ──────────
     8 │   seen: { sql: sql/seen.sql, parameters: customers }
       ╰────
      help: models that read such a table: nbd, bg_nbd, mbg_nbd, pareto_nbd, bg_cnbd, mbg_cnbd,
            bg_nbd_covariates, pareto_nbd_covariates, bg_bb, s_bg, logistic, tree, kmeans
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
      × parameters need text in `model` of `seen`, which is BIGINT
       ╭─[pipelines/shop.yaml:8:3]
     7 │   seen: { sql: sql/seen.sql }
     8 │   again: { model: bg_nbd, from: customers, parameters: seen }
       ·   ─────
       ╰────
      help: cast it: a column of a CSV file is text until `columns` says otherwise
    ");
}

/// Cohorts of Fader and Hardie (2007), table 1, after so many renewals.
const SURVIVORS: [(&str, [i64; 8]); 2] = [
    ("regular", [1000, 631, 468, 382, 326, 289, 262, 241]),
    ("high end", [1000, 869, 743, 653, 593, 551, 517, 491]),
];

fn cohorts(names: &[&str]) -> RecordBatch {
    let of = SURVIVORS.iter().filter(|(name, _)| names.contains(name));
    let rows: Vec<(&str, i64, i64)> = of
        .flat_map(|(name, counts)| (0..).zip(counts).map(|(renewal, left)| (*name, renewal, *left)))
        .collect();
    batch(vec![
        ("cohort", texts(&rows.iter().map(|row| row.0).collect::<Vec<_>>())),
        ("renewal", whole(rows.iter().map(|row| row.1).collect())),
        ("customers", whole(rows.iter().map(|row| row.2).collect())),
    ])
}

fn digits(values: &[f64], digits: usize) -> Vec<String> {
    values.iter().map(|value| format!("{value:.digits$}")).collect()
}

/// sBG on the paper's cohorts: parameters, log-likelihood, and projected survivors of years 8 to 12.
#[test]
fn contracts_as_the_paper_has_them() {
    let contracts = cohorts(&["regular", "high end"]);
    let project = project(
        &[("contracts", contracts)],
        "  regular: { sql: sql/regular.sql, keep: false }
  high_end: { sql: sql/high_end.sql, keep: false }
  s_bg: { model: s_bg, from: regular, with: { horizon: 5 } }
  s_bg_high: { model: s_bg, from: high_end }
  s_bg_again: { model: s_bg, from: regular, parameters: s_bg_fit, with: { horizon: 5 } }
  s_bg_both: { model: s_bg, from: contracts }\n",
    );
    project.write("sql/regular.sql", "select * from contracts where cohort = 'regular'");
    project.write("sql/high_end.sql", "select * from contracts where cohort = 'high end'");
    project.ran();
    let fit = made(&project, "s_bg_fit");
    assert_eq!(fit.column("parameter"), ["alpha", "beta"]);
    assert_eq!(fit.column("status"), ["converged"; 2]);
    assert_eq!(digits(&fit.floats("estimate"), 3), ["0.704", "1.182"]);
    assert_eq!(digits(&fit.floats("log_likelihood"), 3), ["-1680.265"; 2]);
    assert!(fit.floats("standard_error").iter().all(|error| *error > 0.0));
    let fit = made(&project, "s_bg_high_fit");
    assert_eq!(digits(&fit.floats("estimate"), 3), ["0.668", "3.806"]);
    assert_eq!(digits(&fit.floats("log_likelihood"), 3), ["-1611.158"; 2]);

    let table = made(&project, "s_bg");
    assert_eq!(table.batch.num_rows(), 13);
    let survival: Vec<f64> = table.floats("survival").iter().map(|share| 100.0 * share).collect();
    assert_eq!(digits(&survival[8..], 1), ["22.0", "20.4", "19.1", "18.0", "17.0"]);
    let observed = &table.floats("observed_survival");
    assert_eq!(
        digits(&observed[..8], 3),
        ["1.000", "0.631", "0.468", "0.382", "0.326", "0.289", "0.262", "0.241"]
    );
    assert!(observed[8..].iter().all(|share| share.is_nan()));
    // The parameters reapplied say the same, and are no fit.
    assert_eq!(made(&project, "s_bg_again").text(), table.text());
    let again = made(&project, "s_bg_again_fit");
    assert_eq!(again.column("status"), ["given"; 2]);
    assert_eq!(again.floats("estimate"), made(&project, "s_bg_fit").floats("estimate"));
    assert_eq!([1, 2].map(|row| digits(&table.floats("at_risk"), 0)[row].clone()), ["1000", "631"]);
    assert_eq!(digits(&table.floats("lost")[1..3], 0), ["369", "163"]);
    // Of both cohorts together more than of the worse one, fewer than of the better one.
    let both = made(&project, "s_bg_both");
    assert_eq!(digits(&both.floats("at_risk")[1..3], 0), ["2000", "1500"]);
    assert_eq!(made(&project, "s_bg_both_fit").column("customers"), ["2000", "2000"]);
}

#[test]
fn contracts_that_cannot_be() {
    let complaint = |rows: &[(&str, i64, i64)]| {
        let table = batch(vec![
            ("cohort", texts(&rows.iter().map(|row| row.0).collect::<Vec<_>>())),
            ("renewal", whole(rows.iter().map(|row| row.1).collect())),
            ("customers", whole(rows.iter().map(|row| row.2).collect())),
        ]);
        let project = project(&[("contracts", table)], "  left: { model: s_bg, from: contracts }\n");
        project.run(&["run", PIPELINE]).message()
    };
    assert_snapshot!(complaint(&[("2023", 0, 100), ("2023", 2, 80)]), @r"
    exit code 3
      × step `left` failed: cohort `2023` goes from renewal 0 to 2: it must have one row for each
      │ renewal
       ╭─[pipelines/shop.yaml:6:3]
     5 │ steps:
     6 │   left: { model: s_bg, from: contracts }
       ·   ────
       ╰────
    ");
    assert_snapshot!(complaint(&[("2023", 0, 100), ("2023", 1, 120)]), @r"
    exit code 3
      × step `left` failed: cohort `2023` has 120 customers after renewal 1, more than the 100 before
      │ it: count only those who never left
       ╭─[pipelines/shop.yaml:6:3]
     5 │ steps:
     6 │   left: { model: s_bg, from: contracts }
       ·   ────
       ╰────
    ");
    assert_snapshot!(complaint(&[("2023", 0, 100), ("2023", 1, -1)]), @r"
    exit code 3
      × step `left` failed: cohort `2023` has -1 customers after 1 renewals: both must be 0 or more,
      │ and no more than 100000 renewals
       ╭─[pipelines/shop.yaml:6:3]
     5 │ steps:
     6 │   left: { model: s_bg, from: contracts }
       ·   ────
       ╰────
    ");
    // Too few left to say how they differ: an answer, not a failure.
    assert_snapshot!(complaint(&[("2023", 0, 100), ("2023", 1, 98)]), @r"
    exit code 0
    site/shop/2024-03-31
      ⚠ step `left`: sBG: fewer than 10 customers left: too few to fit a model on; nothing is
      │ projected
    ");
}

/// 4,000 donors with six appeals, who give with chances of their own and leave with chances of their own.
fn donors(leaving: f64) -> RecordBatch {
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let mut rows: Vec<(String, [i64; 3])> = Vec::new();
    for donor in 0..4000 {
        let gives: f64 = 1.0 - random.random::<f64>().powf(1.3);
        let leaves = leaving * random.random::<f64>().powi(3);
        let (mut purchases, mut last) = (0, 0);
        for occasion in 1..=6 {
            if random.random::<f64>() < leaves {
                break;
            }
            if random.random::<f64>() < gives {
                (purchases, last) = (purchases + 1, occasion);
            }
        }
        rows.push((format!("D{donor:04}"), [purchases, last, 6]));
    }
    let of = |place: usize| whole(rows.iter().map(|row| row.1[place]).collect());
    batch(vec![
        ("customer_id", texts(&rows.iter().map(|row| row.0.as_str()).collect::<Vec<_>>())),
        ("purchases", of(0)),
        ("last_occasion", of(1)),
        ("occasions", of(2)),
    ])
}

#[test]
fn purchases_at_set_opportunities() {
    let steps = "  bg_bb: { model: bg_bb, from: donors, with: { horizon: [1, 10], discount_rate: 0.2 } }
  again: { model: bg_bb, from: donors, parameters: bg_bb_fit, with: { horizon: [1, 10], discount_rate: 0.2 } }
  in_sql: { sql: sql/in_sql.sql }\n";
    let leaving = project(&[("donors", donors(0.6))], steps);
    let in_sql = "with of as (
    select
        max(estimate) filter (where parameter = 'alpha') as alpha,
        max(estimate) filter (where parameter = 'beta') as beta,
        max(estimate) filter (where parameter = 'gamma') as gamma,
        max(estimate) filter (where parameter = 'delta') as delta
    from bg_bb_fit
    where status = 'converged'
)

select
    bg_bb_p_alive(purchases, last_occasion, occasions, alpha, beta, gamma, delta) as p_alive,
    bg_bb_p_alive_next(purchases, last_occasion, occasions, alpha, beta, gamma, delta) as p_alive_next,
    bg_bb_expected_purchases(purchases, last_occasion, occasions, 10, alpha, beta, gamma, delta)
        as expected_purchases_10,
    bg_bb_discounted_residual(purchases, last_occasion, occasions, 0.2, alpha, beta, gamma, delta)
        as residual_purchases
from donors cross join of
order by customer_id";
    leaving.write("sql/in_sql.sql", in_sql);
    leaving.ran();
    let fit = made(&leaving, "bg_bb_fit");
    assert_eq!(fit.column("parameter"), ["alpha", "beta", "gamma", "delta"]);
    assert_eq!(fit.column("status"), ["converged"; 4], "{}", fit.text());
    for name in ["p_alive", "p_alive_next", "expected_purchases_10", "residual_purchases"] {
        let (found, expected) = (made(&leaving, "bg_bb").floats(name), made(&leaving, "in_sql").floats(name));
        assert!(found.iter().zip(&expected).all(|(one, other)| (one - other).abs() < 1e-12), "{name}");
        assert_eq!(found.len(), 4000);
    }

    assert_eq!(made(&leaving, "again").text(), made(&leaving, "bg_bb").text());

    // Where nobody leaves, the model without dropout predicts, and all are there.
    let staying = project(&[("donors", donors(0.0))], steps);
    staying.write("sql/in_sql.sql", in_sql);
    let outcome = staying.ran();
    assert!(outcome.err.contains("which knows no dropout, takes its place"), "{}", outcome.err);
    let fit = made(&staying, "bg_bb_fit");
    assert_eq!(fit.at("model", "bg_bb", "replaced_by"), "bb");
    assert_eq!(fit.at("model", "bb", "status"), "converged");
    let table = made(&staying, "bg_bb");
    assert_eq!(made(&staying, "again").text(), table.text());
    assert_eq!(made(&staying, "again_fit").at("model", "bb", "status"), "given");
    assert!(table.floats("p_alive").iter().all(|alive| (alive - 1.0).abs() < f64::EPSILON));
    let (one, ten) = (table.floats("expected_purchases_1"), table.floats("expected_purchases_10"));
    assert!(one.iter().zip(&ten).all(|(one, ten)| (10.0 * one - ten).abs() < 1e-9));

    let wrong = project(
        &[("donors", donors(0.6).slice(0, 30))],
        "  bg_bb: { model: bg_bb, from: shifted }\n  shifted: { sql: sql/shifted.sql }\n",
    );
    wrong.write(
        "sql/shifted.sql",
        "select customer_id, purchases + 1 as purchases, last_occasion, occasions from donors",
    );
    assert_snapshot!(wrong.run(&["run", PIPELINE]).message(), @r"
    exit code 3
      × step `bg_bb` failed: customer `D0001` has impossible figures: purchases <= last_occasion <=
      │ occasions, all whole numbers of 0 or more, and last_occasion is 0 without a purchase
       ╭─[pipelines/shop.yaml:6:3]
     5 │ steps:
     6 │   bg_bb: { model: bg_bb, from: shifted }
       ·   ─────
     7 │   shifted: { sql: sql/shifted.sql }
       ╰────
    ");
}

/// The leukaemia trial of Freireich et al. (1963), weeks to relapse, as most texts on survival print it.
const TREATED: [(i64, bool); 21] = [
    (6, true),
    (6, true),
    (6, true),
    (6, false),
    (7, true),
    (9, false),
    (10, true),
    (10, false),
    (11, false),
    (13, true),
    (16, true),
    (17, false),
    (19, false),
    (20, false),
    (22, true),
    (23, true),
    (25, false),
    (32, false),
    (32, false),
    (34, false),
    (35, false),
];
const PLACEBO: [i64; 21] = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23];

#[test]
fn survival_curves_of_a_known_trial() {
    let rows: Vec<(&str, i64, bool)> = TREATED
        .iter()
        .map(|(weeks, relapse)| ("treated", *weeks, *relapse))
        .chain(PLACEBO.iter().map(|weeks| ("placebo", *weeks, true)))
        .collect();
    let table = batch(vec![
        ("arm", texts(&rows.iter().map(|row| row.0).collect::<Vec<_>>())),
        ("weeks", whole(rows.iter().map(|row| row.1).collect())),
        (
            "relapse",
            Arc::new(arrow::array::BooleanArray::from(rows.iter().map(|row| row.2).collect::<Vec<_>>()))
                as ArrayRef,
        ),
    ]);
    let project = project(
        &[("trial", table)],
        "  arms: { model: kaplan_meier, from: trial, with: { duration: weeks, event: relapse, group: arm } }
  all_of_them: { model: kaplan_meier, from: trial, with: { duration: weeks, event: relapse, horizon: 20 } }\n",
    );
    project.ran();
    let curve = made(&project, "arms");
    let names = curve.column("group_name");
    let treated = names.iter().position(|name| name == "treated").unwrap();
    assert_eq!(digits(&curve.floats("time")[treated..], 0), ["6", "7", "10", "13", "16", "22", "23"]);
    let survival = ["0.8571", "0.8067", "0.7529", "0.6902", "0.6275", "0.5378", "0.4482"];
    assert_eq!(digits(&curve.floats("survival")[treated..], 4), survival);
    let errors = ["0.0764", "0.0869", "0.0963", "0.1068", "0.1141", "0.1282", "0.1346"];
    assert_eq!(digits(&curve.floats("standard_error")[treated..], 4), errors);
    assert_eq!(digits(&curve.floats("lower")[treated..], 4)[0], "0.6197");
    let groups = made(&project, "arms_groups");
    assert_eq!(groups.column("group_name"), ["placebo", "treated"]);
    assert_eq!(digits(&groups.floats("chi_square"), 2), ["16.79", "16.79"]);
    assert_eq!(digits(&groups.floats("expected_events"), 2), ["10.75", "19.25"]);
    assert_eq!(groups.column("degrees_of_freedom"), ["1", "1"]);
    assert_eq!(digits(&groups.floats("median"), 0), ["8", "23"]);
    assert!(groups.floats("p_value")[0] < 1e-4);
    // Up to the time that both were watched to.
    assert_eq!(digits(&groups.floats("horizon"), 0), ["23", "23"]);
    assert_eq!(digits(&groups.floats("mean"), 2)[0], "8.67");
    let alone = made(&project, "all_of_them_groups");
    assert_eq!((alone.one("group_name"), alone.one("customers")), ("NULL".to_owned(), "42".to_owned()));
    assert_eq!((alone.one("chi_square"), alone.one("horizon")), ("NULL".to_owned(), "20.0".to_owned()));
    assert_eq!(made(&project, "all_of_them").column("group_name")[0], "NULL");
}

#[test]
fn durations_that_cannot_be() {
    let table = batch(vec![
        ("duration", doubles(vec![Some(3.0), None, Some(5.0), Some(-1.0)])),
        ("event", whole(vec![1, 1, 0, 1])),
        ("shop", texts(&["a", "a", "b", "b"])),
    ]);
    let steps = "  curve: { model: kaplan_meier, from: lives, with: { group: shop } }\n";
    let bad = project(&[("lives", table.clone())], steps);
    assert_snapshot!(bad.run(&["run", PIPELINE]).message(), @r"
    exit code 3
      × step `curve` failed: `duration` is -1 in a row: a time to an event is 0 or more
       ╭─[pipelines/shop.yaml:6:3]
     5 │ steps:
     6 │   curve: { model: kaplan_meier, from: lives, with: { group: shop } }
       ·   ─────
       ╰────
    ");
    let short = project(&[("lives", table.slice(0, 3))], steps);
    assert_snapshot!(short.ran().message(), @r"
    exit code 0
    site/shop/2024-03-31
      ⚠ step `curve`: left out: 1 row without duration, event, shop
    ");
    short.replace(PIPELINE, "group: shop", "group: shops, event: shop");
    assert_snapshot!(short.complaint(), @r"
    exit code 2
      × the model needs truth values or numbers in `shop`, which is VARCHAR
       ╭─[pipelines/shop.yaml:6:3]
     5 │ steps:
     6 │   curve: { model: kaplan_meier, from: lives, with: { group: shops, event: shop } }
       ·   ─────
       ╰────
    ");
}

/// 2,500 customers in each of three periods, who leave with a chance that lateness raises and a growing spend lowers; it is
/// known who did in the first two.
pub fn leaving() -> RecordBatch {
    let mut random = ChaCha8Rng::seed_from_u64(9);
    let (mut ids, mut periods) = (Vec::new(), Vec::new());
    let [mut lateness, mut trend, mut noise, mut truth, mut labels] = [const { Vec::new() }; 5];
    for period in ["train", "judge", "now"] {
        for customer in 0..2500 {
            let late = 4.0 * random.random::<f64>();
            let growth = 2.0 * random.random::<f64>() - 1.0;
            let chance = 1.0 / (1.0 + f64::exp(2.4 - 1.1 * late + 0.9 * growth));
            let left = random.random::<f64>() < chance;
            ids.push(format!("C{customer:04}"));
            periods.push(period);
            lateness.push(Some(late));
            // Who has no earlier spend has no trend.
            trend.push((customer % 10 > 0).then_some(growth));
            noise.push(Some(random.random::<f64>()));
            truth.push(Some(chance));
            labels.push((period != "now").then_some(f64::from(u8::from(left))));
        }
    }
    let constant = doubles(vec![Some(7.0); ids.len()]);
    batch(vec![
        ("customer_id", texts(&ids.iter().map(String::as_str).collect::<Vec<_>>())),
        ("period", texts(&periods)),
        ("channel", texts(&vec!["web"; ids.len()])),
        ("lateness", doubles(lateness)),
        ("spend_trend", doubles(trend)),
        ("noise", doubles(noise)),
        ("same", constant),
        ("truth", doubles(truth)),
        ("label", doubles(labels)),
    ])
}

const LEAVING: &str = "  weighed:
    model: logistic
    from: features
    with:
      features: [lateness, spend_trend, noise, same]
      probabilities: truth
      rules: [lateness, noise]
      cost_missed: 4
      cost_needless: 1
  grouped: { model: tree, from: features, with: { features: [lateness, spend_trend, noise], depth: 2 } }\n";

#[test]
fn who_leaves_by_weights_of_features() {
    let project = project(&[("features", leaving())], LEAVING);
    project.ran();
    let fit = made(&project, "weighed_fit");
    let place = |feature: &str, missing: &str| {
        let (features, asks) = (fit.column("feature"), fit.column("missing"));
        (0..features.len()).find(|row| features[*row] == feature && asks[*row] == missing).unwrap()
    };
    // The odds that the customers were made of.
    for (feature, truth) in [("lateness", 1.1), ("spend_trend", -0.9), ("noise", 0.0)] {
        let row = place(feature, "false");
        let (value, error) = (fit.floats("coefficient")[row], fit.floats("standard_error")[row]);
        assert!((value - truth).abs() < 4.0 * error && error < 0.3, "{feature}: {value} ± {error}");
    }
    assert!(fit.floats("standard_error")[place("spend_trend", "true")] > 0.0);
    assert_eq!(fit.at("feature", "same", "left_out"), "constant");
    assert_eq!(fit.at("feature", "lateness", "customers"), "2500");
    assert!(!fit.column("feature").iter().any(|name| name == "truth" || name == "channel"));

    let judged = made(&project, "weighed_judged");
    assert_eq!(judged.column("contender"), ["logistic", "truth", "lateness", "noise"]);
    assert_eq!(judged.column("kind"), ["model", "probability", "rule", "rule"]);
    let auc = judged.floats("auc");
    assert!(auc[0] > auc[2] + 0.005 && auc[1] > 0.8 && (auc[0] - auc[1]).abs() < 0.01, "{auc:?}");
    assert!((auc[3] - 0.5).abs() < 0.05, "{auc:?}");
    let (share, predicted) = (judged.floats("share")[0], judged.floats("predicted")[0]);
    assert!((share - predicted).abs() < 0.04 && judged.floats("calibration_error")[0] < 0.05);
    assert!(judged.floats("brier")[2].is_nan() && judged.floats("log_loss")[3].is_nan());
    for row in 0..4 {
        let of = |name: &str| judged.floats(name)[row];
        assert!((of("found") + of("needless") + of("missed") + of("left_alone") - 2500.0).abs() < 1e-9);
        assert!((of("cost") - 4.0 * of("missed") - of("needless")).abs() < 1e-9);
    }
    // Four missed ones cost as much as sixteen needless calls: whoever leaves with a chance of one in five is called.
    let threshold = judged.floats("threshold");
    assert!((threshold[0] - 0.2).abs() < 0.1 && (threshold[1] - 0.2).abs() < 0.1, "{threshold:?}");
    assert!((0.5..2.0).contains(&threshold[2]), "of lateness, which goes to 4: {threshold:?}");

    let gains = made(&project, "weighed_gains");
    assert_eq!(gains.batch.num_rows(), 40);
    assert_eq!(gains.column("tenth")[..10], ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]);
    let of = |name: &str| gains.floats(name)[..10].to_vec();
    assert!((of("churned").iter().sum::<f64>() - judged.floats("churned")[0]).abs() < 1e-9);
    assert!((of("captured")[9] - 1.0).abs() < 1e-12 && of("lift")[0] > 1.5 && of("lift")[9] < 0.6);
    assert!(of("lowest").iter().zip(&of("highest")[1..]).all(|(lowest, next)| next <= lowest));
    assert!((gains.floats("highest")[20] - 4.0).abs() < 0.01, "the rule's own values");

    let scores = made(&project, "weighed");
    assert_eq!(scores.batch.num_rows(), 7500);
    assert_eq!(scores.column("period")[..3], ["judge", "now", "train"]);
    assert!(scores.floats("probability").iter().all(|p| *p > 0.0 && *p < 1.0));
}

#[test]
fn who_leaves_by_groups_of_customers() {
    let project = project(&[("features", leaving())], LEAVING);
    project.ran();
    let fit = made(&project, "grouped_fit");
    assert_eq!(fit.column("status")[0], "grown");
    assert!((2..=4).contains(&fit.batch.num_rows()), "{}", fit.text());
    assert!((fit.floats("leaf_customers").iter().sum::<f64>() - 2500.0).abs() < 1e-9);
    let rules = fit.column("rule");
    assert!(rules.iter().all(|rule| rule.starts_with("`lateness` a")), "{rules:?}");
    // Every customer of the scores is in a group of the fit, with its probability.
    let scores = made(&project, "grouped");
    let (leaves, probabilities) = (fit.column("leaf"), fit.floats("probability"));
    for (leaf, probability) in scores.column("leaf").iter().zip(scores.floats("probability")) {
        let row = leaves.iter().position(|known| known == leaf).unwrap();
        assert!((probabilities[row] - probability).abs() < 1e-12);
    }
    let (tree, logistic) = (made(&project, "grouped_judged"), made(&project, "weighed_judged"));
    assert_eq!(tree.one("contender"), "tree");
    let (tree, logistic) = (tree.floats("auc")[0], logistic.floats("auc")[0]);
    assert!(tree > 0.7 && tree < logistic, "{tree} {logistic}");
}

#[test]
fn features_that_tell_nothing() {
    let steps = "  weighed: { model: logistic, from: features, with: { features: [lateness, spend_trend, noise, same] } }
  grouped: { model: tree, from: features, with: { features: [lateness, spend_trend, noise, same] } }\n";
    let nobody = leaving();
    let kept: Vec<usize> = (0..nobody.num_columns()).filter(|column| *column != 8).collect();
    let mut columns: Vec<(String, ArrayRef)> = kept
        .iter()
        .map(|at| (nobody.schema().field(*at).name().clone(), nobody.column(*at).clone()))
        .collect();
    columns.push(("label".into(), Arc::new(arrow::array::BooleanArray::from(vec![false; 7500]))));
    let nobody = RecordBatch::try_from_iter(columns).unwrap();
    let without = project(&[("features", nobody.slice(0, 2500))], steps);
    assert_snapshot!(without.ran().message(), @r"
    exit code 0
    site/shop/2024-03-31
      ⚠ step `weighed`: nobody churned
      ⚠ step `weighed`: no row of the period `judge` has a label: nobody is judged
      ⚠ step `grouped`: nobody churned
      ⚠ step `grouped`: no row of the period `judge` has a label: nobody is judged
    ");
    assert_eq!(made(&without, "weighed_fit").column("status"), ["not_identified"]);
    assert!(made(&without, "grouped").floats("probability").iter().all(|p| p.is_nan()));
    assert_eq!(made(&without, "weighed_judged").batch.num_rows(), 0);
    let unlearned = project(&[("features", leaving().slice(2500, 5000))], steps);
    assert_snapshot!(unlearned.ran().message(), @r"
    exit code 0
    site/shop/2024-03-31
      ⚠ step `weighed`: no row of the period `train` has a label: there is nothing to learn from
      ⚠ step `grouped`: no row of the period `train` has a label: there is nothing to learn from
    ");
    unlearned.replace(
        PIPELINE,
        ", with: { features: [lateness, spend_trend, noise, same] } }\n  g",
        " }\n  g",
    );
    unlearned.replace(
        PIPELINE,
        "{ model: tree, from: features, with: { features: [lateness, spend_trend, noise, same] } }",
        "{ model: tree, from: features, with: { features: channel, depth: 9, penalty: 1 } }",
    );
    assert_snapshot!(unlearned.complaint(), @r"
    exit code 2
      × `channel` of `features` is neither a number nor true or false, and cannot be a feature
       ╭─[pipelines/shop.yaml:6:3]
     5 │ steps:
     6 │   weighed: { model: logistic, from: features }
       ·   ───────
     7 │   grouped: { model: tree, from: features, with: { features: channel, depth: 9, penalty: 1 } }
       ╰────
      help: name the `features`, or make numbers of it in the query: `case when channel = 'web' then 1
            else 0 end`
      × `depth` must be a whole number from 1 to 4, not 9
       ╭─[pipelines/shop.yaml:7:70]
     6 │   weighed: { model: logistic, from: features }
     7 │   grouped: { model: tree, from: features, with: { features: channel, depth: 9, penalty: 1 } }
       ·                                                                      ─────
       ╰────
      help: docs/models.md says what each setting means; without it the usual value holds
      × `penalty` is not a setting of the model
       ╭─[pipelines/shop.yaml:7:80]
     6 │   weighed: { model: logistic, from: features }
     7 │   grouped: { model: tree, from: features, with: { features: channel, depth: 9, penalty: 1 } }
       ·                                                                                ───────
       ╰────
      help: known here: features, probabilities, rules, cost_missed, cost_needless, depth,
            smallest_leaf
    ");
    unlearned.replace(PIPELINE, ", depth: 9, penalty: 1", ", rules: recency");
    // Without `features` a column of text would be passed over; among them it is none.
    assert_snapshot!(unlearned.complaint(), @r"
    exit code 2
      × `channel` of `features` is neither a number nor true or false, and cannot be a feature
       ╭─[pipelines/shop.yaml:6:3]
     5 │ steps:
     6 │   weighed: { model: logistic, from: features }
       ·   ───────
     7 │   grouped: { model: tree, from: features, with: { features: channel, rules: recency } }
       ╰────
      help: name the `features`, or make numbers of it in the query: `case when channel = 'web' then 1
            else 0 end`
      × the model needs truth values or numbers in `channel`, which is VARCHAR
       ╭─[pipelines/shop.yaml:7:3]
     6 │   weighed: { model: logistic, from: features }
     7 │   grouped: { model: tree, from: features, with: { features: channel, rules: recency } }
       ·   ───────
       ╰────
    ");
}

/// Lines without what a comment says, and without comments that stand alone.
fn uncommented(text: &str) -> Vec<&str> {
    let code = |line: &&str| !line.trim_start().starts_with('#') && !line.trim().is_empty();
    text.lines().filter(code).collect()
}

/// The steps of early warning that the documentation has are those of the shipped pipelines; with what customers bought, too.
#[test]
fn early_warning_in_the_demo_shop() {
    const MODULE: &str = "pipelines/modules/warning.yaml";
    let project = Project::new();
    project.done(&["demo", "shop", "--customers", "2000", "--days=800", "--data-only"]);
    let documented = std::fs::read_to_string(repository().join("docs/pipeline.md")).unwrap();
    let (_, steps) = documented.split_once("  churn_origins:").unwrap();
    let (steps, rest) = steps.split_once("```").unwrap();
    let (_, goods) = rest.split_once("  churn_goods:").unwrap();
    let (goods, _) = goods.split_once("```").unwrap();
    project.done(&["eject", MODULE, "--project", "shop"]);
    let module = project.read(&format!("shop/{MODULE}"));
    let (_, shipped) = module.split_once("  churn_origins:").unwrap();
    let (shipped, _) = shipped.split_once("\n  # What the page shows.").unwrap();
    assert_eq!(uncommented(shipped), uncommented(steps));
    let pipeline = module.replace("from: churn_rated\n", "from: churn_rated_goods\n").replacen(
        "\n  churn_train:",
        &format!("\n  churn_goods:{goods}  churn_train:"),
        1,
    );
    let told =
        "returns_share, category_trend, discount_share, channels, main_channel_share]\n      probabilities";
    let pipeline = pipeline.replacen("returns_share]\n      probabilities", told, 1);
    project.write(&format!("shop/{MODULE}"), pipeline);
    let outcome = project.done(&["run", "shop/pipelines/demo.yaml"]);
    let made = |table: &str| {
        project.table(&format!("shop/private/customer_value/2026-10-31/tables/{table}.parquet"))
    };
    let judged = made("churn_weights_judged");
    let contenders = ["logistic", "p_silent", "p_gone", "recency_days"];
    assert_eq!(judged.column("contender"), contenders, "{}", outcome.err);
    assert!(judged.floats("auc").iter().all(|auc| *auc > 0.6), "{}", judged.text());
    assert!(judged.column("missed").iter().all(|count| !count.starts_with('-')));
    let weights = made("churn_weights_fit");
    assert_eq!(weights.at("feature", "lateness", "status"), "converged");
    assert!(!weights.at("feature", "category_trend", "coefficient").is_empty(), "{}", weights.text());
    assert!(made("churn_groups_fit").column("rule")[0].starts_with('`'));
    // Everybody who bought lately is warned of, or not, as of today; and the summary is their sum.
    let scores = made("churn_weights");
    let periods = scores.column("period");
    let mut expected = 0.0;
    for (period, probability) in periods.iter().zip(scores.floats("probability")) {
        assert!(probability > 0.0 && probability < 1.0, "{period} {probability}");
        expected += if period == "now" { probability } else { 0.0 };
    }
    let of = |name: &str| periods.iter().filter(|period| *period == name).count();
    assert!(["train", "judge", "now"].iter().all(|period| of(period) > 100));
    let summary = made("warning_summary");
    assert_eq!(summary.one("customers"), of("now").to_string());
    assert!((summary.floats("expected_leavers")[0] - expected).abs() < 1e-6, "{}", summary.text());
    // In the list is who is late and not lost, all of them; whoever is inside the own rhythm is not.
    let (churn, customers, list) = (made("churn"), made("customer_summary"), made("early_warning"));
    let by_id = |table: &Table, column: &str| -> BTreeMap<String, String> {
        table.column("customer_id").into_iter().zip(table.column(column)).collect()
    };
    let (late, status, revenue) =
        (by_id(&churn, "late"), by_id(&churn, "status"), by_id(&customers, "revenue_12m"));
    let with_rhythm = |id: &&String| status[*id] != "not_known";
    let late_now = |id: &String| late[id] == "true" && !["lost", "not_known"].contains(&status[id].as_str());
    let watched =
        scores.column("customer_id").into_iter().zip(&periods).filter(|(_, period)| *period == "now");
    let due: BTreeSet<String> = watched
        .map(|(id, _)| id)
        .filter(|id| late_now(id) && revenue[id].parse::<f64>().unwrap() > 0.0)
        .collect();
    let listed = list.column("customer_id");
    assert_eq!(listed.iter().filter(with_rhythm).cloned().collect::<BTreeSet<_>>(), due);
    assert!(due.len() > 15 && due.len() < of("now"), "{}", due.len());
    // What is at stake is of the window ahead, and the most comes first.
    let window = summary.floats("window_days")[0];
    let stakes = list.floats("revenue_at_stake");
    for ((stake, chance), revenue) in
        stakes.iter().zip(list.floats("probability")).zip(list.floats("revenue_12m"))
    {
        assert!((stake - chance * revenue * window / 365.0).abs() < 1e-5, "{stake}");
    }
    assert!(stakes.is_sorted_by(|first, second| first >= second));
    let total: f64 = stakes.iter().sum();
    assert!(total < summary.floats("revenue_at_stake")[0]);
    let page = project.read("shop/site/customer_value/2026-10-31/index.html");
    let (_, section) = page.split_once("<section id=\"warning\"").unwrap();
    let (section, _) = section.split_once("</section>").unwrap();
    let shown = format!("15 of {} rows are shown", listed.len());
    for says in [
        "expected to place no order in",
        "longest silence first",
        "••",
        "trend of categories",
        "<svg",
        shown.as_str(),
    ] {
        assert!(section.contains(says), "{says}\n{section}");
    }
}

/// Where history is shorter than three windows nothing is learned, nothing fails, and the page says so.
#[test]
fn an_early_warning_on_a_short_history() {
    let project = Project::new();
    project.done(&["demo", "shop", "--customers", "300", "--days=200", "--data-only"]);
    project.done(&["eject", "pipelines/modules/warning.yaml", "--project", "shop"]);
    project.replace(
        "shop/pipelines/modules/warning.yaml",
        "window_days: 0, most_days: $lost",
        "window_days: 90, most_days: $lost",
    );
    let outcome = project.done(&["run", "shop/pipelines/demo.yaml"]);
    assert!(outcome.err.contains("there is nothing to learn from"), "{}", outcome.err);
    let made = |table: &str| {
        project.table(&format!("shop/private/customer_value/2026-10-31/tables/{table}.parquet"))
    };
    assert_eq!(made("early_warning").batch.num_rows(), 0);
    let page = project.read("shop/site/customer_value/2026-10-31/index.html");
    let (_, section) = page.split_once("<section id=\"warning\"").unwrap();
    let (section, _) = section.split_once("</section>").unwrap();
    assert!(section.contains("history is too short to learn"), "{section}");
    assert!(!section.contains("<table"), "{section}");
}

/// What is expected of all is the sum over customers, and lies within its interval; one that knows how wrong forecasts of the
/// past were is wider, and as wide on either side of the logarithm.
#[test]
fn a_forecast_of_all_customers_says_how_sure_it_is() {
    let project = project(
        &[("customers", customers(0.2))],
        "  verdict: { sql: sql/verdict.sql }
  histories: { sql: sql/histories.sql }
  clv: { model: best, from: histories, judged_by: verdict, with: { horizon_days: [30, 90] } }
  sums: { sql: sql/sums.sql }\n",
    );
    project.write(
        "sql/histories.sql",
        "select *, 0.0 as ln_gaps, 0 as recent_days, 100 as window_days from customers order by customer_id",
    );
    // Off by a fifth, either way.
    project.write(
        "sql/verdict.sql",
        "select * from (values ('bg_nbd', true, 120, 100), ('bg_nbd', true, 100, 120), ('nbd', false, 1, 100))
            as t(contender, chosen, purchases, foretold)",
    );
    project.write(
        "sql/sums.sql",
        "with sums as (
            select
                sum(cast(expected_purchases_30 as decimal(38, 12))) as purchases_30,
                sum(cast(expected_purchases_90 as decimal(38, 12))) as purchases_90,
                sum(cast(expected_purchases_90 * expected_spend as decimal(38, 12))) as revenue_90,
                sum(cast(clv as decimal(38, 12))) as value_90,
                avg(case when purchases_low_90 <= expected_purchases_90 + 1 and expected_purchases_90 <= purchases_high_90 + 1
                    then 1.0 else 0.0 end) as around
            from clv
        )
        select
            clv_forecast.*,
            cast(case
                when figure = 'purchases' and horizon_days = 30 then purchases_30
                when figure = 'purchases' then purchases_90
                when figure = 'revenue' and horizon_days = 90 then revenue_90
                when figure = 'value' then value_90
            end as double) as summed,
            around
        from clv_forecast cross join sums",
    );
    project.ran();
    let table = made(&project, "sums");
    assert_eq!(
        table.column("figure"),
        ["active_customers", "active_customers", "purchases", "purchases", "revenue", "revenue", "value"]
    );
    assert_eq!(table.column("reason"), ["none"; 7]);
    let [expected, low, high, summed] = ["expected", "low", "high", "summed"].map(|name| table.floats(name));
    let [tested_low, tested_high] = ["tested_low", "tested_high"].map(|name| table.column(name));
    for row in 0..7 {
        assert!(low[row] < expected[row] && expected[row] < high[row], "{row}");
        if !summed[row].is_nan() {
            // Of six decimals.
            assert!((summed[row] - expected[row]).abs() < 6e-7, "{row}");
        }
        if table.column("figure")[row] == "active_customers" {
            assert_eq!(tested_low[row], "NULL");
            continue;
        }
        let ends = [&tested_low[row], &tested_high[row]].map(|end| end.parse::<f64>().unwrap());
        assert!(ends[0] < low[row] && high[row] < ends[1], "{row}");
        assert!((ends[0] / expected[row] * ends[1] / expected[row] - 1.0).abs() < 1e-7, "{row}");
    }
    assert!(table.floats("around")[0] > 0.99);
}

/// What a query reads of an earlier time is made there as it is now: the source here knows no time, so it is the same.
#[test]
fn what_is_read_of_an_earlier_time_is_there() {
    let project = project(
        &[("customers", customers(0.2))],
        "  clv: { model: bg_nbd, from: customers, with: { horizon_days: 90 } }
  seen: { sql: sql/seen.sql }\n",
    );
    project.write(
        "sql/seen.sql",
        "with same as (
            select 'customers' as kind, count(*) as rows
            from clv inner join previous.clv as earlier using (customer_id)
            where clv.residual = earlier.residual and clv.purchases_low_90 = earlier.purchases_low_90
                and clv.purchases_high_90 = earlier.purchases_high_90
            union all
            select 'forecast', count(*)
            from clv_forecast inner join previous.clv_forecast as earlier using (figure, horizon_days)
            where clv_forecast.low = earlier.low and clv_forecast.expected = earlier.expected
            union all
            select 'months', count(*) from previous.clv_months where expected > 0 and revenue_low > 0
        )
        select * from same order by kind",
    );
    project.ran();
    assert_snapshot!(project.seen(), @"
    kind | rows
    customers | 600
    forecast | 4
    months | 3
    ");
}

/// Twice as many orders each December as in other months: a day of the December ahead counts twice, in every table alike. Below two
/// years nothing is said of a season.
#[test]
#[allow(clippy::too_many_lines)]
fn months_ahead_have_the_season_of_those_past() {
    let project = project(
        &[("customers", customers(0.2))],
        "  monthly: { sql: sql/monthly.sql }
  clv: { model: bg_nbd, from: customers, season: monthly, with: { horizon_days: [30, 365] } }
  seen: { sql: sql/seen.sql }
  same: { sql: sql/same.sql }\n",
    );
    let months = |count: u32| {
        format!(
            "select
                month,
                month < date '2024-04-01' as complete,
                extract(day from month + interval '1 month' - interval '1 day')
                    * case when extract(month from month) = 12 then 20 else 10 end as orders
            from (select unnest(generate_series(date '2024-03-01' - interval '{count} months', date '2024-04-01',
                interval '1 month')) as month)"
        )
    };
    project.write("sql/monthly.sql", months(36));
    project.write(
        "sql/seen.sql",
        "select month, cast(days as bigint) as days, round(factor / min(factor) over (), 6) as factor,
            reason,
            low < expected and expected < high and revenue_low < revenue and revenue < revenue_high as within,
            tested_low is null and revenue_tested_low is null as untested,
            abs(sum(revenue) over () / (
                select expected from clv_forecast where figure = 'revenue' and horizon_days = 365
            ) - 1) < 1e-9 as all_revenue,
            abs(sum(expected) over () - (
                select expected from clv_forecast where figure = 'purchases' and horizon_days = 365
            )) < 1e-6 as all_of_it
        from clv_months order by month",
    );
    project.write(
        "sql/same.sql",
        "with april as (select * from clv_months where month = date '2024-04-01'),
        purchases as (select * from clv_forecast where figure = 'purchases' and horizon_days = 30),
        revenue as (select * from clv_forecast where figure = 'revenue' and horizon_days = 30),
        customers as (select sum(expected_purchases_30) as expected from clv),
        december as (select expected / days as a_day from clv_months where month = date '2024-12-01'),
        november as (select expected / days as a_day from clv_months where month = date '2024-11-01')
        select
            abs(april.expected / purchases.expected - 1) < 1e-6 as orders,
            abs(april.low / purchases.low - 1) < 1e-6 and abs(april.high / purchases.high - 1) < 1e-6 as orders_ends,
            abs(april.revenue / revenue.expected - 1) < 1e-6 as money,
            abs(april.revenue_low / revenue.low - 1) < 1e-6 and abs(april.revenue_high / revenue.high - 1) < 1e-6 as money_ends,
            abs(customers.expected / purchases.expected - 1) < 1e-6 as customers,
            december.a_day / november.a_day between 1.9 and 2 as december
        from april cross join purchases cross join revenue cross join customers cross join december cross join november",
    );
    project.ran();
    assert_snapshot!(project.seen(), @"
    month | days | factor | reason | within | untested | all_revenue | all_of_it
    2024-04-01 | 30 | 1.0 | none | true | true | true | true
    2024-05-01 | 31 | 1.0 | none | true | true | true | true
    2024-06-01 | 30 | 1.0 | none | true | true | true | true
    2024-07-01 | 31 | 1.0 | none | true | true | true | true
    2024-08-01 | 31 | 1.0 | none | true | true | true | true
    2024-09-01 | 30 | 1.0 | none | true | true | true | true
    2024-10-01 | 31 | 1.0 | none | true | true | true | true
    2024-11-01 | 30 | 1.0 | none | true | true | true | true
    2024-12-01 | 31 | 2.0 | none | true | true | true | true
    2025-01-01 | 31 | 1.0 | none | true | true | true | true
    2025-02-01 | 28 | 1.0 | none | true | true | true | true
    2025-03-01 | 31 | 1.0 | none | true | true | true | true
    ");
    // April is the next 30 days: one forecast with one interval, in the table of horizons, of months, and of customers. The December ahead
    // brings nearly twice as much a day as November.
    let same = project.table("private/shop/2024-03-31/tables/same.parquet");
    for name in ["orders", "orders_ends", "money", "money_ends", "customers", "december"] {
        assert_eq!(same.column(name), ["true"], "{name}");
    }
    // No cents are floats, where they are printed and downloaded.
    for (table, columns) in [
        ("clv_months", ["revenue", "revenue_low", "revenue_high"]),
        ("clv_forecast", ["expected", "low", "high"]),
    ] {
        let kept = made(&project, table);
        for column in columns {
            let found = kept.batch.column_by_name(column).unwrap().data_type().clone();
            assert_eq!(found, DataType::Decimal128(38, 6), "{table}.{column}");
        }
    }
    project.write("sql/monthly.sql", months(20));
    project.ran();
    let seen = project.table("private/shop/2024-03-31/tables/seen.parquet");
    assert_eq!(
        (seen.column("reason"), seen.column("factor")),
        (
            ["too_short"; 12].iter().map(ToString::to_string).collect(),
            ["NULL"; 12].iter().map(ToString::to_string).collect()
        )
    );
    project.replace("sql/monthly.sql", " as complete", " as complet");
    assert_snapshot!(project.complaint(), @"
    exit code 2
      × the model needs a column `complete`, which `monthly` does not have
       ╭─[pipelines/shop.yaml:7:3]
     6 │   monthly: { sql: sql/monthly.sql }
     7 │   clv: { model: bg_nbd, from: customers, season: monthly, with: { horizon_days: [30, 365] } }
       ·   ───
     8 │   seen: { sql: sql/seen.sql }
       ╰────
      help: it reads month, complete, orders
    ");
}

/// A customer: active, repeat, span and tenure days, and the channel.
type Visitor = (String, [i64; 4], &'static str);

/// Two thousand customers, of whom those of the app buy twice as often as those of the shop.
fn shop_and_app() -> (Vec<Visitor>, RecordBatch) {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let rates = Gamma::new(1.5, 1.0 / 60.0).unwrap();
    let mut rows: Vec<Visitor> = Vec::new();
    for customer in 0..2000 {
        let channel = ["shop", "shop", "app"][customer % 3];
        let rate = f64::max(rates.sample(&mut random), 1e-9) * if channel == "app" { 2.0 } else { 1.0 };
        let wait = Exp::new(rate).unwrap();
        let leaves = 0.15 * 3.0 * random.random::<f64>().powi(2);
        let (mut repeats, mut last, mut now) = (0, 0, 0.0);
        loop {
            now += wait.sample(&mut random);
            if now >= 300.0 {
                break;
            }
            (repeats, last) = if now as i64 > last { (repeats + 1, now as i64) } else { (repeats, last) };
            if random.random::<f64>() < leaves {
                break;
            }
        }
        rows.push((format!("C{customer:04}"), [repeats + 1, repeats, last, 300], channel));
    }
    let of = |place: usize| whole(rows.iter().map(|row| row.1[place]).collect());
    let ids: Vec<&str> = rows.iter().map(|row| row.0.as_str()).collect();
    let channels: Vec<&str> = rows.iter().map(|row| row.2).collect();
    let mut spend = |row: &Visitor| {
        let repeats = row.1[1] as f64;
        let rate = Gamma::new(4.0, 1.0 / 12.0).unwrap().sample(&mut random);
        (repeats > 0.0)
            .then(|| Gamma::new(6.0 * repeats, 1.0 / (rate * repeats)).unwrap().sample(&mut random))
    };
    let spends: Vec<Option<f64>> = rows.iter().map(&mut spend).collect();
    let customers = batch(vec![
        ("customer_id", texts(&ids)),
        ("active_days", of(0)),
        ("repeat_days", of(1)),
        ("span_days", of(2)),
        ("tenure_days", of(3)),
        ("mean_repeat_spend", doubles(spends)),
        ("channel", texts(&channels)),
        ("country", texts(&vec!["CN"; 2000])),
        ("same", doubles(vec![Some(3.0); 2000])),
        (
            "noise",
            doubles((0..2000).map(|row| (row % 7 != 0).then_some(f64::from(row * 37 % 101))).collect()),
        ),
    ]);
    (rows, customers)
}

/// The step sees who buys twice as often, tells text from numbers, leaves out what is the same for all, and foretells more of the app's customers with the same history.
#[test]
fn covariates_say_what_customers_differ_by() {
    let (rows, customers) = shop_and_app();
    let project = project(
        &[("customers", customers)],
        "  who: { model: bg_nbd_covariates, from: customers, with: { horizon_days: 90 } }
  pareto: { model: pareto_nbd_covariates, from: customers, with: { horizon_days: 90 } }
  seen: { sql: sql/seen.sql }\n",
    );
    project.write(
        "sql/seen.sql",
        "select covariate, level, base, process, abs(z) > 4 as clear, round(factor, 1) as factor,
            factor_low < 2 and factor_high > 2 as holds_two, lr_degrees, lr_p_value < 1e-9 as tells, left_out
        from who_effects order by covariate, process",
    );
    let outcome = project.ran();
    assert_snapshot!(outcome.words(), @"
    ⚠ step `who`: country is the same for everybody
    ⚠ step `who`: same is the same for everybody
    ⚠ step `pareto`: country is the same for everybody
    ⚠ step `pareto`: same is the same for everybody
    ");
    assert_snapshot!(project.seen(), @"
    covariate | level | base | process | clear | factor | holds_two | lr_degrees | tells | left_out
    channel | app | shop | dropout | false | 0.9 | false | 4.0 | true | NULL
    channel | app | shop | purchases | true | 1.9 | true | 4.0 | true | NULL
    noise | NULL | NULL | dropout | false | 1.0 | false | 4.0 | true | NULL
    noise | NULL | NULL | purchases | false | 1.0 | false | 4.0 | true | NULL
    same | NULL | NULL | NULL | NULL | NULL | NULL | 4.0 | true | same is the same for everybody
    ");
    let fit = made(&project, "who_fit");
    assert_eq!(fit.column("model")[0], "bg_nbd_covariates");
    assert!(fit.column("status").iter().all(|status| status == "converged"));
    for step in ["who", "pareto"] {
        // The app's customers are expected to buy more; so are those of them who have not come back yet, as they come sooner.
        let scored = made(&project, step);
        let expected = scored.floats("expected_purchases_90");
        let mean = |channel: &str, once: bool| {
            let rows = (0..2000).filter(|row| rows[*row].2 == channel && (!once || rows[*row].1[1] == 0));
            let all: Vec<f64> = rows.map(|row| expected[row]).collect();
            all.iter().sum::<f64>() / all.len() as f64
        };
        assert!(mean("app", false) > 1.3 * mean("shop", false), "{step}");
        assert!(step == "pareto" || mean("app", true) > mean("shop", true));
    }
    project.replace(PIPELINE, "horizon_days: 90 } }\n  pareto", "horizon_days: 90, k: 2 } }\n  pareto");
    assert_snapshot!(project.complaint(), @"
    exit code 2
      × `k` is not a setting of the model
       ╭─[pipelines/shop.yaml:6:79]
     5 │ steps:
     6 │   who: { model: bg_nbd_covariates, from: customers, with: { horizon_days: 90, k: 2 } }
       ·                                                                               ─
     7 │   pareto: { model: pareto_nbd_covariates, from: customers, with: { horizon_days: 90 } }
       ╰────
      help: known here: horizon_days, unit_days, discount_rate, margin, interval, covariates
    ");
}

/// A model with covariates gives all that one without does, and gives it again from its parameters.
#[test]
fn covariates_give_money_and_intervals_and_are_kept() {
    let (_, customers) = shop_and_app();
    let project = project(
        &[("customers", customers)],
        "  who: { model: bg_nbd_covariates, from: customers, with: { horizon_days: [30, 90] } }
  again: { model: bg_nbd_covariates, from: customers, parameters: who_fit, with: { horizon_days: [30, 90] } }
  sums: { sql: sql/sums.sql }\n",
    );
    project.write(
        "sql/sums.sql",
        "with sums as (
            select
                sum(cast(expected_purchases_90 as decimal(38, 12))) as purchases,
                sum(cast(expected_purchases_90 * expected_spend as decimal(38, 12))) as revenue,
                sum(cast(clv as decimal(38, 12))) as value,
                bool_and(purchases_low_90 <= purchases_high_90 and residual > 0) as each
            from who
        ),

        ahead as (
            select
                sum(cast(expected as decimal(38, 12))) as purchases, sum(cast(revenue as decimal(38, 12))) as revenue,
                bool_and(low < expected and expected < high and revenue_low < revenue and revenue < revenue_high) as each
            from who_months
        )

        select
            figure,
            abs(cast(case figure
                when 'purchases' then sums.purchases when 'revenue' then sums.revenue else sums.value
            end as double) / expected - 1) < 1e-9 as summed,
            abs(cast(case figure
                when 'purchases' then ahead.purchases when 'revenue' then ahead.revenue
            end as double) / expected - 1) < 1e-9 as by_month,
            low < expected and expected < high as within,
            by_parameters > 0.01 * expected and by_parameters < 0.2 * expected as unsure,
            sums.each and ahead.each as each, reason
        from who_forecast cross join sums cross join ahead
        where horizon_days = 90 and figure <> 'active_customers'
        order by figure",
    );
    let outcome = project.ran();
    assert_snapshot!(outcome.words(), @"
    ⚠ step `who`: country is the same for everybody
    ⚠ step `who`: same is the same for everybody
    ");
    let sums = made(&project, "sums");
    assert_snapshot!(sums.text(), @"
    figure | summed | by_month | within | unsure | each | reason
    purchases | true | true | true | true | true | none
    revenue | true | true | true | true | true | none
    value | true | NULL | true | true | true | none
    ");
    assert_eq!(made(&project, "again").text(), made(&project, "who").text());
    let [fit, given] = ["who_fit", "again_fit"].map(|table| made(&project, table));
    assert_eq!(
        &fit.column("parameter")[..8],
        ["r", "alpha", "a", "b", "purchases", "dropout", "purchases", "dropout"]
    );
    assert_eq!(&given.column("status")[..8], ["given"; 8]);
    assert_eq!(given.column("model")[8], "gamma_gamma");
    for column in ["parameter", "estimate", "covariate", "level", "base", "mean", "sd"] {
        assert_eq!(given.column(column)[..8], fit.column(column)[..8], "{column}");
    }
    let [effects, again] = ["who_effects", "again_effects"].map(|table| made(&project, table));
    assert_eq!(again.column("factor"), effects.column("factor")[..4]);
    assert_eq!(again.column("z"), ["NULL"; 4]);
    assert!(made(&project, "again_forecast").column("reason").iter().all(|reason| reason == "given"));
}

/// A project whose step `again` takes the parameters that `who` was fitted with, by way of a file, for the customers of
/// `sql/strange.sql`.
fn kept() -> (Vec<Visitor>, Project) {
    let (rows, customers) = shop_and_app();
    let project = project(
        &[("customers", customers)],
        "  who: { model: bg_nbd_covariates, from: customers, with: { horizon_days: [30, 90] } }
  again: { model: bg_nbd_covariates, from: customers, parameters: who_fit, with: { horizon_days: [30, 90] } }\n",
    );
    project.ran();
    let kept = std::fs::read(project.path("private/shop/2024-03-31/tables/who_fit.parquet")).unwrap();
    project.write("data/kept.parquet", kept);
    project.replace(PIPELINE, "  customers:", "  kept: { path: data/kept.parquet }\n  customers:");
    project.replace(PIPELINE, "parameters: who_fit", "parameters: kept");
    project.replace(PIPELINE, "from: customers, parameters", "from: strange, parameters");
    project.replace(PIPELINE, "  again:", "  strange: { sql: sql/strange.sql }\n  again:");
    project.write("sql/strange.sql", "select * from customers");
    (rows, project)
}

/// What a run says of the step `again`.
fn said_of_again(project: &Project) -> String {
    let said = project.run(&["run", PIPELINE]).message();
    said.lines()
        .filter(|line| !line.contains("⚠ step `who`"))
        .map(str::to_owned)
        .collect::<Vec<_>>()
        .join("\n")
}

/// Kept parameters, asked of customers some of whom came by a channel that nobody knew, and of tables that they do not fit.
#[test]
fn covariates_that_are_not_as_they_were() {
    let (rows, project) = kept();
    let strange = "select * replace (case when customer_id < 'C0002' then 'tv' else channel end as channel) from customers";
    project.write("sql/strange.sql", strange);
    let outcome = project.ran();
    assert_snapshot!(outcome.words(), @"
    ⚠ step `who`: country is the same for everybody
    ⚠ step `who`: same is the same for everybody
    ⚠ step `again`: 2 customers with a value of channel that the fit did not know: taken for its
    │ most frequent one
    ");
    // Both are of the shop, which is the most frequent one.
    assert!(rows[0].2 == "shop" && rows[1].2 == "shop");
    assert_eq!(made(&project, "again").text(), made(&project, "who").text());
    let refused = |query: &str| {
        project.write("sql/strange.sql", query);
        said_of_again(&project)
    };
    assert_snapshot!(refused("select * exclude (noise) from customers"), @r"
    exit code 3
      × step `again` failed: the parameters are of a covariate `noise`, which the step does not read:
      │ its table needs the column, and `covariates`, where it is set, must name it
       ╭─[pipelines/shop.yaml:9:3]
     8 │   strange: { sql: sql/strange.sql }
     9 │   again: { model: bg_nbd_covariates, from: strange, parameters: kept, with: { horizon_days: [30, 90] } }
       ·   ─────
       ╰────
    ");
    assert_snapshot!(refused("select * replace (cast(length(channel) as int) as channel) from customers"), @r"
    exit code 3
      × step `again` failed: the covariate `channel` was text where it was fitted, and is numbers here
       ╭─[pipelines/shop.yaml:9:3]
     8 │   strange: { sql: sql/strange.sql }
     9 │   again: { model: bg_nbd_covariates, from: strange, parameters: kept, with: { horizon_days: [30, 90] } }
       ·   ─────
       ╰────
    ");
    assert_snapshot!(refused("select *, date '2024-01-01' as since from customers"), @"
    exit code 2
      × the covariate `since` is Date32; make it a number, a truth value or text
       ╭─[pipelines/shop.yaml:9:3]
     8 │   strange: { sql: sql/strange.sql }
     9 │   again: { model: bg_nbd_covariates, from: strange, parameters: kept, with: { horizon_days: [30, 90] } }
       ·   ─────
       ╰────
      help: or name the columns that tell something: `with: { covariates: [channel] }`
    ");
}

#[test]
fn coefficients_of_covariates_that_are_no_model() {
    let (_, project) = kept();
    let lacking = |query: &str| {
        project.write("sql/lacking.sql", query);
        said_of_again(&project)
    };
    project.replace(PIPELINE, "  strange:", "  lacking: { sql: sql/lacking.sql }\n  strange:");
    project.replace(PIPELINE, "parameters: kept", "parameters: lacking");
    assert_snapshot!(lacking("select * from kept where parameter <> 'dropout'"), @r"
    exit code 3
      × step `again` failed: `lacking` lacks the coefficient of noise for dropout
        ╭─[pipelines/shop.yaml:10:3]
      9 │   strange: { sql: sql/strange.sql }
     10 │   again: { model: bg_nbd_covariates, from: strange, parameters: lacking, with: { horizon_days: [30, 90] } }
        ·   ─────
        ╰────
    ");
    assert_snapshot!(lacking("select * from kept union all select * from kept where level is not null"), @r"
    exit code 3
      × step `again` failed: `lacking` has more than one coefficient of channel = app, not shop for
      │ dropout: filter it to one fit
        ╭─[pipelines/shop.yaml:10:3]
      9 │   strange: { sql: sql/strange.sql }
     10 │   again: { model: bg_nbd_covariates, from: strange, parameters: lacking, with: { horizon_days: [30, 90] } }
        ·   ─────
        ╰────
    ");
    assert_snapshot!(lacking("select * exclude (mean) from kept"), @"
    exit code 2
      × parameters need a column `mean`, which `lacking` does not have
        ╭─[pipelines/shop.yaml:10:3]
      9 │   strange: { sql: sql/strange.sql }
     10 │   again: { model: bg_nbd_covariates, from: strange, parameters: lacking, with: { horizon_days: [30, 90] } }
        ·   ─────
        ╰────
      help: name the table `<step>_fit` of a model step, or a source or step with its columns
    ");
    assert_snapshot!(lacking("select * exclude (base) from kept"), @"
    exit code 2
      × parameters need a column `base`, which `lacking` does not have
        ╭─[pipelines/shop.yaml:10:3]
      9 │   strange: { sql: sql/strange.sql }
     10 │   again: { model: bg_nbd_covariates, from: strange, parameters: lacking, with: { horizon_days: [30, 90] } }
        ·   ─────
        ╰────
      help: name the table `<step>_fit` of a model step, or a source or step with its columns
    ");
    assert_snapshot!(lacking("select * replace (case when covariate is null then parameter else 'joy' end as parameter) from kept"), @r"
    exit code 3
      × step `again` failed: `lacking` has a coefficient `joy` of channel = app, not shop; there are
      │ those for purchases and dropout
        ╭─[pipelines/shop.yaml:10:3]
      9 │   strange: { sql: sql/strange.sql }
     10 │   again: { model: bg_nbd_covariates, from: strange, parameters: lacking, with: { horizon_days: [30, 90] } }
        ·   ─────
        ╰────
    ");
    assert_snapshot!(lacking("select * replace (case when parameter = 'r' then -1 else estimate end as estimate) from kept"), @r"
    exit code 3
      × step `again` failed: `lacking` has no BG/NBD with covariates: r must be a finite number above
      │ 0, not -1
        ╭─[pipelines/shop.yaml:10:3]
      9 │   strange: { sql: sql/strange.sql }
     10 │   again: { model: bg_nbd_covariates, from: strange, parameters: lacking, with: { horizon_days: [30, 90] } }
        ·   ─────
        ╰────
    ");
    assert_snapshot!(lacking("select * replace ('unclear_effect' as reason, 'not_identified' as status) from kept"), @"
    exit code 0
    site/shop/2024-03-31
      ⚠ step `again`: BG/NBD: no parameters of a fit that converged were given; there are no
      │ predictions
      ⚠ step `again`: Gamma-Gamma: no parameters of a fit that converged were given; there are no
      │ predictions of spend or value
    ");
}

/// Which columns tell something can be said; otherwise all do that have no other use.
#[test]
fn covariates_can_be_named() {
    let (_, customers) = shop_and_app();
    let project = project(
        &[("customers", customers)],
        "  who: { model: pareto_nbd_covariates, from: customers, with: { horizon_days: 90, covariates: [noise, channel] } }
  seen: { sql: sql/seen.sql }\n",
    );
    project.write(
        "sql/seen.sql",
        "select parameter, covariate, level, base from who_fit where covariate is not null",
    );
    let outcome = project.ran();
    assert_eq!(outcome.words(), "");
    assert_snapshot!(project.seen(), @"
    parameter | covariate | level | base
    dropout | channel | app | shop
    dropout | noise | NULL | NULL
    purchases | channel | app | shop
    purchases | noise | NULL | NULL
    ");
    let complaint = |covariates: &str| {
        let before = project.read(PIPELINE);
        project.replace(PIPELINE, "[noise, channel]", covariates);
        let said = project.complaint();
        project.write(PIPELINE, before);
        said
    };
    assert_snapshot!(complaint("[region]"), @"
    exit code 2
      × the model needs a column `region`, which `customers` does not have
       ╭─[pipelines/shop.yaml:6:3]
     5 │ steps:
     6 │   who: { model: pareto_nbd_covariates, from: customers, with: { horizon_days: 90, covariates: [region] } }
       ·   ───
     7 │   seen: { sql: sql/seen.sql }
       ╰────
      help: it is named in `covariates`
    ");
    assert_snapshot!(complaint("[tenure_days]"), @"
    exit code 2
      × `tenure_days` is no covariate: the model reads it as part of the history
       ╭─[pipelines/shop.yaml:6:3]
     5 │ steps:
     6 │   who: { model: pareto_nbd_covariates, from: customers, with: { horizon_days: 90, covariates: [tenure_days] } }
       ·   ───
     7 │   seen: { sql: sql/seen.sql }
       ╰────
    ");
    assert_snapshot!(complaint("[]"), @r"
    exit code 2
      × `covariates` must be a list of values of one kind
       ╭─[pipelines/shop.yaml:6:95]
     5 │ steps:
     6 │   who: { model: pareto_nbd_covariates, from: customers, with: { horizon_days: 90, covariates: [] } }
       ·                                                                                               ─
     7 │   seen: { sql: sql/seen.sql }
       ╰────
      help: write a value or several, such as `[1, 2]`; an empty list has no type
    ");
    project.replace(PIPELINE, "pareto_nbd_covariates", "pareto_nbd");
    assert_snapshot!(project.complaint(), @"
    exit code 2
      × `covariates` is not a setting of the model
       ╭─[pipelines/shop.yaml:6:72]
     5 │ steps:
     6 │   who: { model: pareto_nbd, from: customers, with: { horizon_days: 90, covariates: [noise, channel] } }
       ·                                                                        ──────────
     7 │   seen: { sql: sql/seen.sql }
       ╰────
      help: known here: horizon_days, unit_days, discount_rate, margin, interval
    ");
}

/// Where nobody of a group ever came again the coefficient has no bound: the model without covariates predicts, and says so, with all
/// that it has; so do its parameters when they are given again.
#[test]
fn a_covariate_without_bound_leaves_it_to_the_model_without() {
    let (_, customers) = shop_and_app();
    let project = project(
        &[("customers", customers)],
        "  lone: { sql: sql/lone.sql }
  who: { model: bg_nbd_covariates, from: lone }
  plain: { model: bg_nbd, from: lone }
  again: { model: bg_nbd_covariates, from: lone, parameters: who_fit }
  seen: { sql: sql/seen.sql }\n",
    );
    project.write(
        "sql/lone.sql",
        "select * exclude (noise, same, country) replace (
            case when channel = 'app' then 1 else active_days end as active_days,
            case when channel = 'app' then 0 else repeat_days end as repeat_days,
            case when channel = 'app' then 0 else span_days end as span_days
        ) from customers",
    );
    project.write(
        "sql/seen.sql",
        "select distinct model, status, reason, replaced_by from who_fit order by model",
    );
    let outcome = project.ran();
    assert_snapshot!(outcome.words(), @"
    ⚠ step `who`: covariates: hardly a repeat purchase can be seen at one end of channel = app, not
    │ shop (its coefficient for the purchase rate runs to -infinity); BG/NBD without them predicts
    ");
    assert_snapshot!(project.seen(), @"
    model | status | reason | replaced_by
    bg_nbd | converged | none | NULL
    bg_nbd_covariates | boundary | unbounded_effect_on_purchases | bg_nbd
    gamma_gamma | converged | none | NULL
    ");
    let tables = ["plain", "who", "again"].map(|table| made(&project, table).text());
    assert_eq!((&tables[0], &tables[0]), (&tables[1], &tables[2]));
    let months = ["plain_months", "who_months"].map(|table| made(&project, table).text());
    assert_eq!(months[0], months[1]);
}

/// Three kinds of 40 customers each, whose features no seed can mistake; the ids are in this order.
fn kinds_of_customers(order: impl Fn(usize) -> usize) -> RecordBatch {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let mut rows: Vec<(String, [Option<f64>; 3])> = (0..120)
        .map(|customer| {
            let kind = customer % 3;
            let mut near = |centre: f64| Some(centre + random.random::<f64>());
            let mut features = [near([0.0, 50.0, 50.0][kind]), near([0.0, 0.0, 50.0][kind]), Some(7.0)];
            if customer == 4 {
                features[1] = None;
            }
            (format!("C{customer:03}"), features)
        })
        .collect();
    // One who spends a thousand times as much, and one of whom nothing is known.
    rows[5].1[0] = Some(50_000.0);
    rows[6].1 = [None; 3];
    let rows: Vec<_> = (0..120).map(|place| rows[order(place)].clone()).collect();
    let ids: Vec<&str> = rows.iter().map(|(id, _)| id.as_str()).collect();
    let of = |place: usize| doubles(rows.iter().map(|row| row.1[place]).collect());
    batch(vec![("customer_id", texts(&ids)), ("spend", of(0)), ("visits", of(1)), ("same", of(2))])
}

const KMEANS: &str = "  groups: { model: kmeans, from: people, with: { k_to: 6 } }\n";

#[test]
fn clusters_of_customers_who_are_alike() {
    let clustered = |rows: RecordBatch| {
        let project = project(&[("people", rows)], KMEANS);
        let outcome = project.ran();
        (project, said_in_one_line(&outcome.err))
    };
    let (project, log) = clustered(kinds_of_customers(|place| place));
    for said in [
        "`visits` is missing for 2 customers, who count as the mean",
        "`same` tells nothing and was left out: it is constant",
        "in no cluster: 1 customer without any feature",
    ] {
        assert!(log.contains(said), "{said}: {log}");
    }
    let groups = made(&project, "groups");
    let cluster = groups.column("cluster_no");
    assert_eq!(cluster[6], "NULL");
    for kind in 0..3 {
        let own: BTreeSet<&String> = (0..120)
            .filter(|row| row % 3 == kind && *row != 4 && *row != 6)
            .map(|row| &cluster[row])
            .collect();
        assert_eq!(own.len(), 1, "{kind}: {own:?}");
    }
    let features = made(&project, "groups_features");
    for (name, expected) in [
        ("feature", ["spend", "visits", "same"]),
        ("known", ["119", "118", "119"]),
        ("missing", ["1", "2", "1"]),
        ("clipped_low", ["1", "1", "0"]),
        ("clipped_high", ["1", "1", "0"]),
        ("left_out", ["NULL", "NULL", "constant"]),
    ] {
        assert_eq!(features.column(name), expected, "{name}");
    }
    assert!(features.floats("high")[0] < 60.0);
    let quality = made(&project, "groups_quality");
    assert_eq!(quality.column("k"), ["2", "3", "4", "5", "6"]);
    assert_eq!(quality.column("chosen"), ["false", "true", "false", "false", "false"]);
    assert_eq!(quality.column("customers"), ["119"; 5]);
    let centroids = made(&project, "groups_centroids");
    assert_eq!(centroids.column("feature"), ["spend", "visits", "spend", "visits", "spend", "visits"]);
    assert_eq!(centroids.column("position"), ["1", "2", "1", "2", "1", "2"]);
    // The centre in the feature's own unit is the one on the common scale, put back.
    let of = |name: &str| centroids.floats(name);
    for row in 0..6 {
        let value = of("mean")[row] + of("sd")[row] * of("standardised")[row];
        assert!((value - of("value")[row]).abs() < 1e-9);
    }

    // Rows in another order, and threads of another number: the same bytes.
    let (turned, _) = clustered(kinds_of_customers(|place| (place * 7 + 3) % 120));
    for table in ["groups", "groups_centroids", "groups_quality", "groups_features"] {
        assert_eq!(made(&turned, table).text(), made(&project, table).text(), "{table}");
    }
}

#[test]
fn clusters_that_are_given_take_customers_as_the_fit_did() {
    let project = project(
        &[("people", kinds_of_customers(|place| place))],
        "  groups: { model: kmeans, from: people, with: { k_to: 6 } }
  again: { model: kmeans, from: people, parameters: groups_centroids }
  half: { sql: sql/half.sql }
  none: { model: kmeans, from: people, parameters: half }\n",
    );
    project.write("sql/half.sql", "select * from groups_centroids where cluster_no > 3");
    let outcome = project.ran();
    assert_eq!(made(&project, "again").text(), made(&project, "groups").text());
    let [fitted, again] = ["groups_centroids", "again_centroids"].map(|table| made(&project, table));
    for column in ["cluster_no", "feature", "customers", "standardised", "mean", "sd", "low", "high"] {
        assert_eq!(again.column(column), fitted.column(column), "{column}");
    }
    assert_eq!(made(&project, "again_quality").column("k").len(), 0);
    let clipped = |table: &str| made(&project, table).column("clipped_high")[0].clone();
    assert_eq!(clipped("again_features"), clipped("groups_features"));
    // A fit without clusters has no centroids: nobody is in one, and nothing fails.
    assert!(made(&project, "none").column("cluster_no").iter().all(|cluster| cluster == "NULL"));
    assert!(said_in_one_line(&outcome.err).contains("there are no clusters"), "{}", outcome.err);
}

#[test]
fn clusters_that_cannot_be() {
    let people = kinds_of_customers(|place| place);
    let failed = |tables: &[(&str, RecordBatch)], steps: &str, sql: &str| {
        let project = project(tables, steps);
        project.write("sql/other.sql", sql);
        let outcome = project.run(&["run", PIPELINE]);
        assert_ne!(outcome.code, Some(0), "{}", outcome.err);
        said_in_one_line(&outcome.err)
    };
    let people = [("people", people)];
    let of = "select * from people";
    for (with, said) in [
        ("k_to: 17", "`k_to` must be a whole number from 2 to 16, not 17"),
        ("k_from: 1", "`k_from` must be a whole number from 2 to 16, not 1"),
        ("clip: 0.3", "`clip` must be a share of customers from 0 to 0.25, such as 0.01, not 0.3"),
        ("sample: 99", "`sample` must be a whole number of customers from 100 to 50000"),
        ("clusters: 3", "`clusters` is not a setting of the model"),
        ("features: [spend, spend]", "`features` must be a list of columns, each once"),
        ("features: [customer_id]", "`customer_id` says who a customer is, and cannot be a feature"),
        ("features: [age]", "the model needs a column `age`, which `people` does not have"),
    ] {
        let steps = format!("  groups: {{ model: kmeans, from: people, with: {{ {with} }} }}\n");
        let err = failed(&people, &steps, of);
        assert!(err.contains(said), "{with}: {err}");
    }
    let other = "  other: { sql: sql/other.sql }\n  groups: { model: kmeans, from: other }\n";
    for (sql, said) in [
        (
            "select *, 'web' as channel from people",
            "`channel` of `other` is neither a number nor true or false",
        ),
        ("select customer_id from people", "`other` has no column of numbers to compare customers by"),
        ("select * from people union all select * from people", "the customer `C000` has two rows"),
        ("select cast(null as varchar) as customer_id, 1 as a", "a row has no `customer_id`"),
    ] {
        let err = failed(&people, other, sql);
        assert!(err.contains(said), "{sql}: {err}");
    }
    let given = "  groups: { model: kmeans, from: people }
  other: { sql: sql/other.sql }
  again: { model: kmeans, from: people, parameters: other }\n";
    for (sql, said) in [
        ("select * from groups_centroids where cluster_no <> 1", "`other` has no cluster 1 before 2"),
        (
            "select * from groups_centroids where cluster_no < 3 or position = 1",
            "`other` have different features",
        ),
        (
            "select * replace (case when cluster_no = 2 then 9 else mean end as mean) from groups_centroids",
            "`other` scales `spend` in two ways",
        ),
        ("select * replace (0.0 as sd) from groups_centroids", "`other` has no scale for `spend`"),
        ("select * replace (null::double as high) from groups_centroids", "a row of `other` lacks a value"),
        (
            "select * replace ('age' as feature) from groups_centroids where position = 1",
            "the centroids are of `age`, a column that the table of `from` does not have",
        ),
    ] {
        let err = failed(&people, given, sql);
        assert!(err.contains(said), "{sql}: {err}");
    }
    let steps = given.replace("parameters: other", "parameters: other, with: { k_to: 3 }");
    let err = failed(&people, &steps, "select * from groups_centroids");
    assert!(err.contains("`k_to` has no use beside `parameters`"), "{err}");
}

/// 500 customers of one kind and a few others: clusters, but no segments.
#[test]
fn one_cluster_that_holds_nearly_all() {
    let ids: Vec<String> = (0..510).map(|customer| format!("C{customer:03}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let spend =
        (0..510).map(|customer| Some(f64::from(customer % 5) + if customer < 500 { 0.0 } else { 900.0 }));
    let rows = batch(vec![("customer_id", texts(&ids)), ("spend", doubles(spend.collect()))]);
    let project =
        project(&[("people", rows)], "  groups: { model: kmeans, from: people, with: { k_to: 2 } }\n");
    let outcome = project.ran();
    let said = said_in_one_line(&outcome.err);
    assert!(said.contains("one cluster holds 98.0 % of customers"), "{said}");
    assert_eq!(made(&project, "groups_centroids").column("customers"), ["500", "10"]);
}

/// A message without its frame and line breaks.
fn said_in_one_line(text: &str) -> String {
    text.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}
