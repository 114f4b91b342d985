//! Who predicts where a contest says so, and what is said where it cannot be.

use insta::assert_snapshot;

use crate::data::{parquet, sales};
use crate::support::{PIPELINE, Project};

/// Three customers as models see them; the last has only returned something.
const HISTORIES: &str = "select * from (values
    ('ann', 5, 4, 80, 100, 20.0, 11.0, 3, 50),
    ('bob', 3, 2, 10, 100, 12.5, 3.0, 0, 50),
    ('cy', 0, 0, 0, 40, null, null, 0, 50)
) as t(customer_id, active_days, repeat_days, span_days, tenure_days, mean_repeat_spend, ln_gaps, recent_days, window_days)";

/// A project in which the table `verdict` says who foretold best.
fn judged(verdict: &str) -> Project {
    let project = Project::shop("path: data");
    parquet(&project.path("data/a.parquet"), &sales(&[("t1", "ann", "2024-01-05", "10.00")]));
    project.replace(
        PIPELINE,
        "steps:\n",
        "steps:
  who: { sql: sql/who.sql }
  verdict: { sql: sql/verdict.sql }
  clv: { model: best, from: who, judged_by: verdict, with: { horizon_days: [30, 90], discount_rate: 0 } }\n",
    );
    project.write("sql/who.sql", HISTORIES);
    project.write("sql/verdict.sql", verdict);
    project.write(
        "sql/seen.sql",
        "select clv.*, fit.model, fit.status from clv
        cross join (select model, status from clv_fit where model <> 'gamma_gamma') as fit
        order by customer_id",
    );
    project
}

const RULE: &str =
    "select * from (values ('bg_nbd', false), ('same_as_before', true)) as t(contender, chosen)";

#[test]
fn a_rule_that_foretold_best_predicts() {
    let project = judged(RULE);
    project.ran();
    // Three days of the last 50: 0.06 a day.
    assert_snapshot!(project.seen(), @"
    customer_id | p_alive | expected_purchases_30 | expected_purchases_90 | purchases_low_90 | purchases_high_90 | expected_spend | clv | residual | horizon_days | expected_purchases | discounted_revenue | model | status
    ann | NULL | 1.7999999999999998 | 5.3999999999999995 | NULL | NULL | NULL | NULL | NULL | 90 | 5.3999999999999995 | NULL | same_as_before | rule
    bob | NULL | 0.0 | 0.0 | NULL | NULL | NULL | NULL | NULL | 90 | 0.0 | NULL | same_as_before | rule
    cy | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | 90 | NULL | NULL | same_as_before | rule
    ");
    // 4 in 100 days, and who has not come in the last 50 is given up.
    project.write("sql/verdict.sql", RULE.replace("same_as_before", "recent_only"));
    project.ran();
    assert_snapshot!(project.seen(), @"
    customer_id | p_alive | expected_purchases_30 | expected_purchases_90 | purchases_low_90 | purchases_high_90 | expected_spend | clv | residual | horizon_days | expected_purchases | discounted_revenue | model | status
    ann | NULL | 1.2 | 3.6 | NULL | NULL | NULL | NULL | NULL | 90 | 3.6 | NULL | recent_only | rule
    bob | NULL | 0.0 | 0.0 | NULL | NULL | NULL | NULL | NULL | 90 | 0.0 | NULL | recent_only | rule
    cy | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | 90 | NULL | NULL | recent_only | rule
    ");
    project.write("sql/verdict.sql", RULE.replace("same_as_before", "own_rate"));
    project.ran();
    assert_snapshot!(project.seen(), @"
    customer_id | p_alive | expected_purchases_30 | expected_purchases_90 | purchases_low_90 | purchases_high_90 | expected_spend | clv | residual | horizon_days | expected_purchases | discounted_revenue | model | status
    ann | NULL | 1.2 | 3.6 | NULL | NULL | NULL | NULL | NULL | 90 | 3.6 | NULL | own_rate | rule
    bob | NULL | 0.6 | 1.8 | NULL | NULL | NULL | NULL | NULL | 90 | 1.8 | NULL | own_rate | rule
    cy | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | 90 | NULL | NULL | own_rate | rule
    ");
}

#[test]
fn a_contest_without_a_winner_leaves_it_to_the_default() {
    let project = judged("select 'bg_nbd' as contender, false as chosen");
    assert_snapshot!(project.ran().words(), @"
    ⚠ step `clv`: the contest has no winner; BG/NBD predicts, untried
    ⚠ step `clv`: BG/NBD: fewer than 10 customers bought again: too few to fit a model on; there are
    │ no predictions
    ⚠ step `clv`: Gamma-Gamma: fewer than 10 customers bought again: too few to fit a model on;
    │ there are no predictions of spend or value
    ⚠ step `clv`: 1 customer without a purchase day has no prediction
    ");
    assert_snapshot!(project.seen(), @"
    customer_id | p_alive | expected_purchases_30 | expected_purchases_90 | purchases_low_90 | purchases_high_90 | expected_spend | clv | residual | horizon_days | expected_purchases | discounted_revenue | model | status
    ann | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | 90 | NULL | NULL | bg_nbd | not_identified
    bob | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | 90 | NULL | NULL | bg_nbd | not_identified
    cy | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL | 90 | NULL | NULL | bg_nbd | not_identified
    ");
}

#[test]
fn a_winner_that_nobody_knows() {
    let project = judged(&RULE.replace("same_as_before", "tea_leaves"));
    assert_snapshot!(project.run(&["run", PIPELINE]).message(), @r"
    exit code 3
      × step `clv` failed: the contest's winner is tea_leaves, which is not one of nbd, bg_nbd,
      │ mbg_nbd, pareto_nbd, bg_cnbd, mbg_cnbd, same_as_before, own_rate, recent_only
        ╭─[pipelines/shop.yaml:9:3]
      8 │   verdict: { sql: sql/verdict.sql }
      9 │   clv: { model: best, from: who, judged_by: verdict, with: { horizon_days: [30, 90], discount_rate: 0 } }
        ·   ───
     10 │   seen: { sql: sql/seen.sql }
        ╰────
    ");
}

#[test]
fn who_judges_must_be_a_contest() {
    let project = judged("select 'bg_nbd' as contender, 1 as chosen");
    assert_snapshot!(project.complaint(), @"
    exit code 2
      × the model needs true or false in `chosen`, which is BIGINT
        ╭─[pipelines/shop.yaml:9:3]
      8 │   verdict: { sql: sql/verdict.sql }
      9 │   clv: { model: best, from: who, judged_by: verdict, with: { horizon_days: [30, 90], discount_rate: 0 } }
        ·   ───
     10 │   seen: { sql: sql/seen.sql }
        ╰────
    ");
    project.replace(PIPELINE, ", judged_by: verdict", "");
    assert_snapshot!(project.complaint(), @"
    exit code 2
      × the model step `clv` has no `judged_by`
        ╭─[pipelines/shop.yaml:9:3]
      8 │   verdict: { sql: sql/verdict.sql }
      9 │   clv: { model: best, from: who, with: { horizon_days: [30, 90], discount_rate: 0 } }
        ·   ───
     10 │   seen: { sql: sql/seen.sql }
        ╰────
      help: add `judged_by: contest`, the table of a step `model: contest`
    ");
    project.replace(PIPELINE, "model: best, from: who", "model: bg_nbd, from: who, judged_by: verdict");
    assert_snapshot!(project.complaint(), @r"
    exit code 2
      × `judged_by` has no use beside `model: bg_nbd`
        ╭─[pipelines/shop.yaml:9:36]
      8 │   verdict: { sql: sql/verdict.sql }
      9 │   clv: { model: bg_nbd, from: who, judged_by: verdict, with: { horizon_days: [30, 90], discount_rate: 0 } }
        ·                                    ─────────
     10 │   seen: { sql: sql/seen.sql }
        ╰────
      help: models that read such a table: best
    ");
    project.replace(PIPELINE, "model: bg_nbd, from: who", "sql: sql/who.sql");
    assert_snapshot!(project.complaint(), @"
    exit code 2
      × `judged_by` has no use beside `sql`
        ╭─[pipelines/shop.yaml:9:28]
      8 │   verdict: { sql: sql/verdict.sql }
      9 │   clv: { sql: sql/who.sql, judged_by: verdict, with: { horizon_days: [30, 90], discount_rate: 0 } }
        ·                            ─────────
     10 │   seen: { sql: sql/seen.sql }
        ╰────
      help: a query names its tables itself; `judged_by` belongs to `model`
    ");
}

#[test]
fn an_earlier_time_has_the_same_forecaster_and_only_what_is_read() {
    let project = judged(RULE);
    let months = "
  months: { sql: sql/months.sql }
  clv: { model: best, from: who, judged_by: verdict, season: months,";
    project.replace(PIPELINE, "\n  clv: { model: best, from: who, judged_by: verdict,", months);
    project.write("sql/months.sql", "select date '2024-01-01' as month, true as complete, 1 as orders");
    let planned = |query: &str| {
        project.write("sql/seen.sql", query);
        let planned = project.done(&["plan", PIPELINE]).out;
        planned.lines().filter(|line| line.contains("previous.")).collect::<Vec<_>>().join("\n")
    };
    // Who predicts, and the season, are those of now.
    assert_snapshot!(planned("select p_alive from previous.clv"), @"
    previous.who: sql/who.sql
    previous.clv: model best on who, verdict, months
    ");
    assert_snapshot!(planned("select expected from previous.clv_months"), @"
    previous.who: sql/who.sql
    previous.clv: model best on who, verdict, months
    ");
}

/// A forecast that runs high or low is said of the model that the pipeline names, whoever came closest; of none that stands beside one
/// with covariates.
#[test]
fn findings_are_of_who_predicts() {
    let project = Project::new();
    project.done(&["demo", "shop", "--customers", "300", "--days=500", "--data-only"]);
    let pipeline = "shop/pipelines/demo.yaml";
    project.replace(pipeline, "value: { model: best, ", "value: { forecast_bias: 0.000001, ");
    let made = |table: &str| {
        project.table(&format!("shop/private/customer_value/2026-10-31/tables/{table}.parquet"))
    };
    let biased = || {
        project.done(&["run", pipeline]);
        let findings = made("findings");
        let (rules, names) = (findings.column("rule"), findings.column("name"));
        rules
            .into_iter()
            .zip(names)
            .filter(|(rule, _)| rule.starts_with("forecast_"))
            .map(|(_, name)| name)
            .collect::<Vec<_>>()
    };
    project.replace(pipeline, "value: { forecast_bias", "value: { model: nbd, forecast_bias");
    assert_eq!(biased(), ["nbd"]);
    assert_ne!(made("contest_summary").at("chosen", "true", "contender"), "nbd");
    project.write(
        "shop/sql/known.sql",
        "select *, case when draw(customer_id) < 0.5 then 1 else 0 end as half from histories",
    );
    project.done(&["eject", "pipelines/modules/value.yaml", "--project", "shop"]);
    let module = "shop/pipelines/modules/value.yaml";
    project.replace(module, "  clv:\n", "  known: { sql: sql/known.sql, keep: false }\n  clv:\n");
    let (named, known) =
        ("- model: $model\n        from: histories", "- model: bg_nbd_covariates\n        from: known");
    project.replace(module, named, known);
    assert_eq!(biased(), [] as [&str; 0]);
    assert_eq!(made("clv_fit").at("model", "bg_nbd_covariates", "status"), "converged");
}
