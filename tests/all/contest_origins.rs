//! From which days forecasts are judged, and whether the page says what was measured: on small shops, one of them with a stray
//! date.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::cast;

use crate::data::{Table, parquet, texts};
use crate::support::{Project, content};

const PIPELINE: &str = "pipelines/demo.yaml";
const REPORT: &str = "site/customer_value/2026-10-31";

/// A demo shop's data, in a project of its own.
fn shop(customers: &str, days: &str) -> Project {
    let project = Project::new();
    project.done(&["demo", ".", "--customers", customers, "--days", days, "--data-only"]);
    project.replace(PIPELINE, "value: { model: best, ", "value: { forecast_bias: 0.000001, ");
    project
}

/// Adds an order of a customer at noon of a day: one that is there already, at another time.
fn add_order(project: &Project, customer: &str, day: &str) {
    let transactions = project.path("data/transactions");
    let (first, _) = content(&transactions).swap_remove(0);
    let row = Table::read(&transactions.join(first)).batch.slice(0, 1);
    let schema = row.schema();
    let changed = |name: &str, column: &ArrayRef| -> ArrayRef {
        let text = match name {
            "customer_id" => customer.to_owned(),
            "transaction_id" => format!("T-{customer}-{day}"),
            "occurred_at" => format!("{day}T12:00:00Z"),
            "amount" => "1.00".to_owned(),
            _ => return Arc::clone(column),
        };
        cast(&texts(&[&text]), column.data_type()).unwrap()
    };
    let columns = schema.fields().iter().zip(row.columns());
    let columns = columns.map(|(field, column)| changed(field.name(), column)).collect();
    parquet(
        &transactions.join(format!("stray-{customer}-{day}.parquet")),
        &RecordBatch::try_new(Arc::clone(&schema), columns).unwrap(),
    );
}

fn made(project: &Project, table: &str) -> Table {
    project.table(&format!("{}/tables/{table}.parquet", REPORT.replacen("site", "private", 1)))
}

/// The page's text, with a space for each tag.
fn page(project: &Project) -> String {
    let html = project.read(&format!("{REPORT}/index.html"));
    let text: String = html
        .split('<')
        .map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text))
        .collect::<Vec<_>>()
        .join(" ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Who predicts, by the contest, has the least error or is as close; what the page says of it is what the tables hold.
fn assert_consistent(project: &Project) {
    let summary = made(project, "contest_summary");
    let (chosen, close, rmse) = (summary.column("chosen"), summary.column("close"), summary.floats("rmse"));
    let best = chosen.iter().position(|chosen| chosen == "true").unwrap();
    let least = rmse.iter().copied().fold(f64::INFINITY, f64::min);
    assert!(rmse[best] <= least || close[best] == "true", "{}", summary.text());
    // A rule predicts only where it has the least error of all.
    assert!(summary.column("kind")[best] == "model" || rmse[best] <= least, "{}", summary.text());
    let text = page(project);
    assert!(text.contains(&format!("off by {:.2}", rmse[best])), "{} {text}", rmse[best]);
    if rmse[best] > least {
        assert!(text.contains("; the difference may be chance"), "{text}");
    }

    // The finding tells of the worst window and the newest one, not of an average in which they cancel.
    let of = |name: &str| summary.floats(name)[best];
    let (lowest, highest, latest) = (of("bias_lowest"), of("bias_highest"), of("bias_latest"));
    let windows = made(project, "contest");
    let biases: Vec<f64> = (0..windows.batch.num_rows())
        .filter(|row| windows.column("contender")[*row] == summary.column("contender")[best])
        .map(|row| windows.floats("bias")[row])
        .collect();
    assert!(biases.len() > 1 && biases.iter().all(|bias| (lowest..=highest).contains(bias)), "{biases:?}");
    assert!((biases.last().unwrap() - latest).abs() < 1e-12, "{biases:?}");
    let findings = made(project, "findings");
    let row = findings.column("rule").iter().position(|rule| rule.starts_with("forecast_")).unwrap();
    let told = |name: &str| findings.floats(name)[row];
    let (worst, newest) = (told("value") - highest.max(-lowest), told("before") - latest);
    assert!(worst.abs() < 1e-6 && newest.abs() < 1e-6, "{}", findings.text());
    let way = if latest < 0.0 { "fewer" } else { "more" };
    let newest = format!(" {way}. It predicts here: predicted values may be as far off in sum");
    for words in ["in its worst window; in the newest, ", &newest, "window by window:"] {
        assert!(text.contains(words), "{words}");
    }

    // So wide that what came in the windows known lay as near.
    let forecast = made(project, "clv_forecast");
    let row = forecast.column("figure").iter().rposition(|figure| figure == "revenue").unwrap();
    let shown = |name: &str| forecast.column(name).swap_remove(row);
    assert_eq!(
        (shown("windows"), shown("windows_held")),
        (biases.len().to_string(), biases.len().to_string())
    );
    assert!(
        text.contains(&format!(
            "in {0} of {0} tested windows of {1} days",
            biases.len(),
            shown("window_days")
        )),
        "{text}"
    );
    assert!(!text.contains("80 in 100 such ranges should hold."), "{text}");
}

/// One order with a mistyped date, of nobody else or of a customer: no forecast moves, and the day is named.
#[test]
fn a_stray_date_moves_no_forecast_and_is_named() {
    let project = shop("320", "450");
    project.done(&["run", PIPELINE]);
    let (contest, forecast) = (made(&project, "contest"), made(&project, "clv_forecast"));
    assert_consistent(&project);
    assert!(!page(&project).contains("days before the next one"));

    let begins = made(&project, "origins").one("begins");
    let customer = made(&project, "top_customers").column("customer_id").swap_remove(0);
    add_order(&project, &customer, "2009-01-01");
    project.done(&["run", PIPELINE]);
    assert_eq!(made(&project, "contest").text(), contest.text());
    assert_eq!(made(&project, "clv_forecast").text(), forecast.text());
    assert_consistent(&project);
    let origins = made(&project, "origins");
    assert_eq!((origins.one("begins"), origins.one("stray_orders")), (begins.clone(), "1".to_owned()));
    let findings = made(&project, "findings");
    assert_eq!(findings.at("rule", "stray_orders", "name"), "2009-01-01");
    let gap = (begins.parse::<jiff::civil::Date>().unwrap() - jiff::civil::date(2009, 1, 1)).get_days();
    assert_eq!(findings.at("rule", "stray_orders", "value"), format!("{gap}.000000"));
    let text = page(&project);
    let (thousands, rest) = (gap / 1000, gap % 1000);
    let lies =
        format!("1 order dated up to 1 January 2009 lies {thousands},{rest:03} days before the next one");
    assert_eq!(text.matches(&lies).count(), 2, "among the findings and beside the contest: {lies}\n{text}");

    // Of a customer of that day alone: he counts as one more, who hardly comes again.
    add_order(&project, "C9999999", "2009-01-01");
    project.done(&["run", PIPELINE]);
    assert_eq!(made(&project, "contest").text(), contest.text());
    let now = made(&project, "clv_forecast");
    for end in ["low", "high", "tested_low", "tested_high"] {
        for (now, before) in now.floats(end).iter().zip(forecast.floats(end)) {
            let is_near = (now / before - 1.0).abs() < 0.01;
            assert!(is_near || (now.is_nan() && before.is_nan()), "{end}: {now} {before}");
        }
    }
    assert_eq!(made(&project, "findings").at("rule", "stray_orders", "customers"), "2");
}

/// So few customers say nothing of how far off forecasts are.
#[test]
fn a_shop_with_few_customers_has_no_contest() {
    let project = shop("80", "300");
    let said = project.done(&["run", PIPELINE]).words().replace("\n  │", "");
    for says in [
        "are not judged: ",
        "were known by then, and it takes 100 and 50",
        "there is too little history for a contest of models",
    ] {
        assert!(said.contains(says), "{says}\n{said}");
    }
    assert_eq!(made(&project, "contest").batch.num_rows(), 0);
    let text = page(&project);
    assert!(
        text.contains("History is too short, or its customers are too few, to test forecasts on the past"),
        "{text}"
    );
    assert!(!text.contains("came closest") && !text.contains("window by window"), "{text}");
}
