//! What the page says of customers' value, on a small simulated shop: whether it follows from the tables.

use crate::support::Project;

const PIPELINE: &str = "shop/pipelines/demo.yaml";
const REPORT: &str = "customer_value/2026-10-31";

fn demo() -> Project {
    let project = Project::new();
    project.done(&["demo", "shop", "--customers", "300", "--days=500", "--data-only"]);
    project
}

/// A section: its text with a space for each tag, up to where it folds, and after that.
fn section(project: &Project, id: &str) -> (String, String) {
    let html = project.read(&format!("shop/site/{REPORT}/index.html"));
    let from = html.find(&format!("<section id=\"{id}\"")).unwrap_or_else(|| panic!("no section {id}"));
    let end = html[from..].find("</section>").unwrap();
    let plain = |html: &str| {
        let text: String = html
            .split('<')
            .map(|piece| {
                piece.split_once('>').map_or_else(|| piece.to_owned(), |(_, text)| format!(" {text}"))
            })
            .collect();
        text.replace("&#39;", "'").split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let last = html[from..from + end].rfind("<details class=\"folded\"").unwrap_or(end);
    (plain(&html[from..from + last]), plain(&html[from + last..from + end]))
}

/// One figure after costs, with its range, comes first; what proves it is folded away. Totals of horizons and months are one
/// forecast.
#[test]
fn the_section_leads_with_one_figure_and_folds_the_proof() {
    let project = demo();
    project.done(&["run", PIPELINE]);
    let made = |table: &str| project.table(&format!("shop/private/{REPORT}/tables/{table}.parquet"));
    let (shown, folded) = section(&project, "value");
    let (lead, summary) = (made("value_lead"), made("value_summary"));
    assert_eq!(lead.one("after_costs"), "true");
    assert_eq!(lead.one("value"), made("equity").one("value"));
    for says in [
        format!("Today's {} customers are predicted to be worth ¥", lead.one("customers")),
        "over the next 365 days. Likely range ¥".to_owned(),
        "judging by past errors.".to_owned(),
        "This value ".to_owned(),
        "Predicted: customers of today only, without newcomers".to_owned(),
        format!("Of {} customers with orders on two days or more about ", summary.one("repeat_customers")),
        "What today's customers are predicted to bring, without newcomers".to_owned(),
    ] {
        assert!(shown.contains(&says), "{says}\n{shown}");
    }
    let single = format!(
        "{} customers ordered on one day only: of these the model cannot tell.",
        summary.one("single_customers")
    );
    assert_eq!(shown.contains(&single), summary.one("single_active") == "NULL", "{single}\n{shown}");
    for proof in [
        "How sure is this?",
        "The forecasts were tested on the past",
        "Parameters of the models",
        "fit converged",
    ] {
        assert!(folded.contains(proof) && !shown.contains(proof), "{proof}");
    }
    let (months, forecast) = (made("clv_months"), made("clv_forecast"));
    let of = |figure: &str| -> f64 {
        let rows = forecast.column("figure").into_iter().zip(forecast.column("horizon_days"));
        let row = rows.into_iter().position(|(found, days)| found == figure && days == "365").unwrap();
        forecast.column("expected")[row].parse().unwrap()
    };
    for (column, figure) in [("expected", "purchases"), ("revenue", "revenue")] {
        let all: f64 = months.column(column).iter().map(|value| value.parse::<f64>().unwrap()).sum();
        assert!((all / of(figure) - 1.0).abs() < 1e-6, "{figure}: {all} and {}", of(figure));
    }
    // What winning them cost has its own section.
    let (shown, _) = section(&project, "acquisition");
    for says in ["Winning a customer cost ¥", "(LTV/CAC ", "by the day on which each joined"] {
        assert!(shown.contains(says), "{says}\n{shown}");
    }
    project.replace(PIPELINE, "locale: en", "locale: zh-CN");
    project.done(&["run", PIPELINE]);
    let (shown, folded) = section(&project, "value");
    // No space stands between figures and words.
    let shown = shown.replace(' ', "");
    for says in [
        "扣除成本后为",
        "按历史误差的80%预测区间为",
        "预测：仅现有客户，不含新客户",
        "名在两天及以上下过单的客户中约",
    ] {
        assert!(shown.contains(says), "{says}\n{shown}");
    }
    assert!(folded.contains("预测有多可靠？"), "{folded}");
}

/// Without costs the section leads with predicted value before costs, and without the module of winning customers there is no
/// section on that. With covariates a table says what goes with them, if the pipeline asks.
#[test]
fn parts_that_a_pipeline_does_not_have_are_left_out() {
    let project = demo();
    project.replace(PIPELINE, "  equity:\n  acquisition:\n", "  covariates:\n");
    project.replace(PIPELINE, "value: { model: best", "value: { model: bg_nbd");
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
    project.done(&["run", PIPELINE]);
    let (shown, folded) = section(&project, "value");
    for says in
        ["before costs", "by the model alone", "What goes with ordering often, and with leaving", "half"]
    {
        assert!(shown.contains(says), "{says}\n{shown}");
    }
    assert!(!shown.contains("What predicted value after costs consists of"), "{shown}");
    for says in ["It predicts here, and was not tested on the past.", "BG/NBD with covariates"] {
        assert!(folded.contains(says), "{says}\n{folded}");
    }
    let html = project.read(&format!("shop/site/{REPORT}/index.html"));
    assert!(!html.contains("<section id=\"acquisition\""));
}
