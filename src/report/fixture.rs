//! A small shop for the tests: two customers a class, made by hand, and the project's own templates and words.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch,
    StringViewArray,
};
use datafusion::datasource::MemTable;
use datafusion::prelude::DataFrame;
use jiff::civil::date;

use crate::engine::output::in_one_order;
use crate::engine::session::Settings;
use crate::engine::sql::Query;
use crate::engine::{Sessions, Time};
use crate::pipeline::{Parameters, Value};
use crate::problem::SourceText;

use super::{CheckFacts, CustomerIds, Facts, SetAside, SourceFacts, StepFacts, Tables, Theme};

/// Every built-in section.
pub const SECTIONS: [&str; 11] = [
    "headline",
    "findings",
    "concentration",
    "segments",
    "migration",
    "value",
    "churn",
    "warning",
    "cohorts",
    "customers",
    "method",
];

/// Text, some of it missing.
pub fn some_texts(cells: &[Option<&str>]) -> ArrayRef {
    Arc::new(arrow::array::StringArray::from(cells.to_vec()))
}

pub fn texts(cells: &[&str]) -> ArrayRef {
    Arc::new(StringViewArray::from(cells.to_vec()))
}

pub fn ints(cells: &[i64]) -> ArrayRef {
    Arc::new(Int64Array::from(cells.to_vec()))
}

pub fn floats(cells: &[f64]) -> ArrayRef {
    // A cell that is not a number stands for null.
    Arc::new(cells.iter().map(|cell| (!cell.is_nan()).then_some(*cell)).collect::<Float64Array>())
}

/// Money in cents.
pub fn cents(cells: &[i128]) -> ArrayRef {
    Arc::new(Decimal128Array::from(cells.to_vec()).with_precision_and_scale(38, 2).expect("a decimal"))
}

pub fn flags(cells: &[bool]) -> ArrayRef {
    Arc::new(BooleanArray::from(cells.to_vec()))
}

/// First days of months of 2011, and beyond.
pub fn months(cells: &[i32]) -> ArrayRef {
    let first = date(2011, 1, 1);
    let day = |months: &i32| {
        let month = first.checked_add(jiff::Span::new().months(*months)).expect("a month");
        i32::try_from(date(1970, 1, 1).duration_until(month).as_hours() / 24).expect("a day")
    };
    Arc::new(Date32Array::from_iter_values(cells.iter().map(day)))
}

pub fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let columns = columns.into_iter().map(|(name, array)| (name, array, true));
    RecordBatch::try_from_iter_with_nullable(columns).expect("columns of one length")
}

/// The same batch with other cells in some columns.
pub fn replaced(batch: &RecordBatch, columns: &[&str], cells: &ArrayRef) -> RecordBatch {
    let schema = batch.schema();
    let columns = schema.fields().iter().zip(batch.columns()).map(|(field, array)| {
        let replaced = columns.contains(&field.name().as_str());
        (field.name().clone(), if replaced { cells.clone() } else { array.clone() }, true)
    });
    RecordBatch::try_from_iter_with_nullable(columns).expect("columns of one length")
}

/// All tables that the built-in sections read.
pub fn tables() -> Tables {
    let mut tables = Tables::default();
    headline(&mut tables);
    concentration(&mut tables);
    customers(&mut tables);
    movement(&mut tables);
    value(&mut tables);
    warning(&mut tables);
    tables
}

/// What the early warning reads: 200 customers are judged; 80 of them left.
fn warning(tables: &mut Tables) {
    tables.insert(
        "warning_summary",
        batch(vec![
            ("within_days", ints(&[180])),
            ("window_days", ints(&[90])),
            ("learned_until", months(&[5])),
            ("judged_until", months(&[8])),
            ("customers", ints(&[250])),
            ("expected_leavers", floats(&[99.6])),
            ("revenue_12m", cents(&[5_000_000])),
            ("revenue_at_stake", cents(&[1_234_500])),
        ]),
    );
    tables.insert("churn_weights_judged", judged(0.75));
    tables.insert("churn_weights_gains", gains(&["logistic", "recency_days"]));
    tables.insert("churn_groups_judged", judged(0.7).slice(0, 1));
    tables.insert("churn_groups_gains", gains(&["logistic", "recency_days"]));
    for name in ["churn_groups_judged", "churn_groups_gains"] {
        let tree = tables.0[name].slice(0, if name.ends_with("_gains") { 10 } else { 1 });
        let names = texts(&vec!["tree"; tree.num_rows()]);
        tables.insert(name, replaced(&tree, &["contender"], &names));
    }
    tables.insert(
        "churn_weights_fit",
        batch(vec![
            ("feature", texts(&["intercept", "recency_days", "lateness", "own_feature", "active_days"])),
            (
                "missing",
                Arc::new(BooleanArray::from(vec![None, Some(false), Some(true), Some(false), Some(false)])),
            ),
            ("standardised", floats(&[-0.2, 0.9, 0.1, 0.05, -1.2])),
            ("standardised_error", floats(&[0.1, 0.1, 0.09, 0.01, 0.2])),
            ("odds_ratio", floats(&[f64::NAN, 2.46, 1.11, 1.05, 0.30])),
            ("status", texts(&["converged"; 5])),
            ("customers", floats(&[300.0; 5])),
            ("churned", floats(&[120.0; 5])),
        ]),
    );
    tables.insert(
        "churn_groups_fit",
        batch(vec![
            (
                "rule",
                texts(&[
                    "`recency_days` at most 30.5 (or missing)",
                    "`recency_days` above 30.5 and at most 60 or missing and `lateness` missing and `returns_share` above 0.25",
                ]),
            ),
            ("leaf_customers", ints(&[200, 100])),
            ("leaf_churned", ints(&[40, 80])),
            ("share", floats(&[0.2, 0.8])),
        ]),
    );
    tables.insert(
        "early_warning",
        batch(vec![
            ("customer_id", texts(&["customer-0002"])),
            ("class", texts(&["A"])),
            ("probability", floats(&[0.625])),
            ("recency_days", ints(&[38])),
            ("lateness", floats(&[5.07])),
            ("orders", ints(&[7])),
            ("active_days", ints(&[6])),
            ("revenue_12m", cents(&[20_000])),
            ("revenue_at_stake", cents(&[12_500])),
            ("clv", floats(&[321.0])),
        ]),
    );
}

/// The table `churn_weights_judged`, of a regression that ranked so many pairs right.
pub fn judged(auc: f64) -> RecordBatch {
    let none = f64::NAN;
    batch(vec![
        ("contender", texts(&["logistic", "p_silent", "p_gone", "recency_days"])),
        ("kind", texts(&["model", "probability", "rule", "rule"])),
        ("customers", ints(&[200; 4])),
        ("churned", ints(&[80; 4])),
        ("share", floats(&[0.4; 4])),
        ("predicted", floats(&[0.41, 0.5, none, none])),
        ("auc", floats(&[auc, 0.72, 0.715, 0.7])),
        ("auc_error", floats(&[0.02; 4])),
        ("calibration_error", floats(&[0.031, 0.1, none, none])),
        ("found", ints(&[60, 50, 50, 45])),
        ("needless", ints(&[30; 4])),
        ("missed", ints(&[20, 30, 30, 35])),
        ("cost", floats(&[130.0, 180.0, 180.0, 205.0])),
    ])
}

/// Tenths of 20 customers. Of the 80 who left, the first tenth holds 16, and so on down to none.
fn gains(contenders: &[&str]) -> RecordBatch {
    let churned = [16.0, 14.0, 12.0, 10.0, 9.0, 8.0, 6.0, 4.0, 1.0, 0.0];
    let tenths = contenders.len() * 10;
    let so_far: Vec<f64> = (0..10).map(|tenth| churned[..=tenth].iter().sum::<f64>() / 80.0).collect();
    let names: Vec<&str> = contenders.iter().flat_map(|name| [*name; 10]).collect();
    let each = |values: Vec<f64>| floats(&values.repeat(contenders.len()));
    batch(vec![
        ("contender", texts(&names)),
        ("tenth", ints(&(1..=10).collect::<Vec<_>>().repeat(contenders.len()))),
        ("customers", floats(&vec![20.0; tenths])),
        ("observed", each(churned.map(|left| left / 20.0).to_vec())),
        ("lift", each(churned.map(|left| left / 20.0 / 0.4).to_vec())),
        ("captured", each(so_far)),
    ])
}

fn headline(tables: &mut Tables) {
    tables.insert(
        "headline",
        batch(vec![
            ("figure", texts(&["revenue", "repeat_rate", "revenue_at_risk"])),
            ("position", ints(&[1, 2, 3])),
            ("unit", texts(&["money", "share", "money"])),
            ("now", floats(&[1_161_817.38, 0.642, 500.0])),
            ("before", floats(&[1_000_000.0, 0.60, f64::NAN])),
            ("year_ago", floats(&[1_100_000.0, f64::NAN, f64::NAN])),
            ("noise", floats(&[50_000.0, 0.0215, f64::NAN])),
            ("up_is_good", flags(&[true, true, false])),
            ("step", texts(&["monthly", "monthly", "churn_summary"])),
        ]),
    );
    let figures = ["revenue"; 4];
    tables.insert(
        "headline_series",
        batch(vec![
            ("figure", texts(&figures)),
            ("month", months(&[0, 1, 2, 3])),
            ("value", floats(&[1.0, 2.0, 1.5, 3.0])),
        ]),
    );
    tables.insert(
        "monthly",
        batch(vec![
            ("month", months(&[0, 1, 2])),
            ("complete", flags(&[true, true, false])),
            ("revenue", cents(&[100_000, 120_000, 30_000])),
            ("active", ints(&[10, 12, 4])),
        ]),
    );
    tables.insert(
        "findings",
        batch(vec![
            ("rule", texts(&["model_not_trusted", "cold", "dependence_one"])),
            ("money", floats(&[f64::NAN, 100.0, 900.0])),
            ("value", floats(&[f64::NAN, 0.5, 0.75])),
            ("before", floats(&[f64::NAN, 0.25, f64::NAN])),
            ("change", floats(&[f64::NAN, 0.25, f64::NAN])),
            ("customers", ints(&[0, 1, 1])),
            ("of_customers", ints(&[0, 6, 6])),
            ("name", texts(&["bg_nbd", "wet", "customer-0001"])),
            ("step", texts(&["clv_fit", "monthly", "top_customers"])),
        ]),
    );
}

fn concentration(tables: &mut Tables) {
    tables.insert(
        "concentration",
        batch(vec![
            ("customers", ints(&[4371])),
            ("customers_negative", ints(&[41])),
            ("customers_zero", ints(&[13])),
            ("revenue", cents(&[830_006_581])),
            ("top20_customers", ints(&[875])),
            ("top20_share", floats(&[0.738_471])),
            ("gini", floats(&[0.709_216])),
            ("hhi", floats(&[0.0045])),
            ("customers_for_80", ints(&[1171])),
            ("customers_for_80_share", floats(&[0.2679])),
            ("top1_share", floats(&[0.034])),
            ("top5_share", floats(&[0.118])),
            ("top10_share", floats(&[0.165])),
        ]),
    );
    tables.insert(
        "lorenz",
        batch(vec![
            ("customer_share", floats(&[0.0, 0.05, 0.2, 1.0])),
            ("revenue_share", floats(&[0.0, 0.486, 0.738, 1.0])),
        ]),
    );
    tables.insert(
        "concentration_trend",
        batch(vec![
            ("month", months(&[0, 1])),
            ("top20_share", floats(&[0.7, 0.74])),
            ("gini", floats(&[0.68, 0.71])),
        ]),
    );
    tables.insert(
        "abc",
        batch(vec![
            ("class", texts(&["A", "B", "C"])),
            ("customers", ints(&[2, 2, 2])),
            ("customer_share", floats(&[0.33, 0.33, 0.34])),
            ("revenue", cents(&[80_000, 15_000, 5_000])),
            ("revenue_share", floats(&[0.8, 0.15, 0.05])),
            ("customers_before", ints(&[1, 2, 2])),
            ("revenue_before", cents(&[70_000, 15_000, 0])),
        ]),
    );
}

fn customers(tables: &mut Tables) {
    tables.insert(
        "top_customers",
        batch(vec![
            ("value_rank", ints(&[1, 2])),
            ("customer_id", texts(&["customer-0001", "customer-0002"])),
            ("rank_before", ints(&[2, 1])),
            ("revenue", cents(&[50_000, 30_000])),
            ("revenue_share", floats(&[0.5, 0.3])),
            ("orders", ints(&[9, 7])),
            ("last_day", months(&[2, 1])),
            ("segment", texts(&["champions", "loyal"])),
            ("status", texts(&["active", "at_risk"])),
            ("clv", floats(&[400.0, f64::NAN])),
        ]),
    );
    tables.insert(
        "segment_summary",
        batch(vec![
            ("segment", texts(&["champions", "own_segment"])),
            ("segment_order", ints(&[1, 2])),
            ("customers", ints(&[2, 4])),
            ("customer_share", floats(&[0.33, 0.67])),
            ("customers_before", ints(&[1, 4])),
            ("revenue", cents(&[80_000, 20_000])),
            ("revenue_share", floats(&[0.8, 0.2])),
            ("average_order", cents(&[5_000, 2_000])),
            ("median_recency_days", floats(&[3.0, 40.5])),
        ]),
    );
    tables.insert(
        "rf_grid",
        batch(vec![
            ("r", ints(&[1, 1, 2, 2])),
            ("f", ints(&[1, 2, 1, 2])),
            ("customer_share", floats(&[0.1, 0.2, 0.3, 0.4])),
        ]),
    );
    tables.insert(
        "rfm_bins",
        batch(vec![
            ("measure", texts(&["r", "f"])),
            ("score", ints(&[1, 1])),
            ("customers", ints(&[3, 3])),
            ("lowest", floats(&[50.0, 1.0])),
            ("highest", floats(&[400.0, 1.0])),
        ]),
    );
}

fn movement(tables: &mut Tables) {
    tables.insert(
        "migration",
        batch(vec![
            ("from_segment", texts(&["champions", "own_segment"])),
            ("from_order", ints(&[1, 2])),
            ("to_segment", texts(&["own_segment", "champions"])),
            ("to_order", ints(&[2, 1])),
            ("customers", ints(&[1, 2])),
            ("revenue", cents(&[1_000, 9_000])),
            ("revenue_before", cents(&[1_000, 7_000])),
        ]),
    );
    tables.insert(
        "churn_summary",
        batch(vec![
            ("class", texts(&["A", "A", "B"])),
            ("status", texts(&["active", "lost", "at_risk"])),
            ("status_order", ints(&[1, 4, 3])),
            ("customers", ints(&[3, 1, 2])),
            ("revenue_12m", cents(&[60_000, 20_000, 10_000])),
            ("revenue_at_risk", cents(&[0, 20_000, 10_000])),
        ]),
    );
    tables.insert(
        "winback",
        batch(vec![
            ("customer_id", texts(&["customer-0002"])),
            ("segment", texts(&["loyal"])),
            ("status", texts(&["lost"])),
            ("gap_days", floats(&[7.5])),
            ("recency_days", ints(&[38])),
            ("days_late", ints(&[30])),
            ("revenue_12m", cents(&[20_000])),
            ("revenue_at_risk", cents(&[20_000])),
            ("p_alive", floats(&[f64::NAN])),
            ("clv", floats(&[f64::NAN])),
        ]),
    );
    tables.insert(
        "cohorts",
        batch(vec![
            ("cohort", months(&[0, 0, 0, 1, 1])),
            ("age", ints(&[0, 1, 2, 0, 1])),
            ("size", ints(&[10, 10, 10, 20, 20])),
            ("active", ints(&[10, 5, 2, 20, 8])),
            ("retention", floats(&[1.0, 0.5, 0.2, 1.0, 0.4])),
            ("complete", flags(&[true, true, false, true, true])),
            ("revenue", cents(&[5_000, 3_000, 1_000, 8_000, 4_000])),
            ("cumulative_revenue", floats(&[5.0, 8.0, 9.0, 4.0, 6.0])),
        ]),
    );
}

fn value(tables: &mut Tables) {
    tables.insert("clv_fit", fit("converged", ""));
    tables.insert(
        "value_summary",
        batch(vec![
            ("customers", ints(&[6])),
            ("equity", cents(&[7_654_300])),
            ("mean_clv", cents(&[1_275_700])),
            ("residual", cents(&[2_345_600])),
            ("expected_active", floats(&[4.2])),
            ("expected_revenue", cents(&[800_000])),
            ("horizon_days", ints(&[365])),
            ("revenue_12m", cents(&[900_000])),
        ]),
    );
    tables.insert(
        "value_deciles",
        batch(vec![("decile", ints(&[1, 2])), ("clv", floats(&[70_000.0, 6_543.0]))]),
    );
    tables.insert(
        "value_by_segment",
        batch(vec![
            ("segment", texts(&["champions"])),
            ("customers", ints(&[6])),
            ("mean_p_alive", floats(&[0.7])),
            ("clv", floats(&[76_543.0])),
            ("clv_share", floats(&[1.0])),
            ("revenue_12m", cents(&[900_000])),
        ]),
    );
}

/// The table `clv_fit` of a fit that ended so.
pub fn fit(status: &str, message: &str) -> RecordBatch {
    fit_of("bg_nbd", status, message)
}

/// The same of another model or rule.
pub fn fit_of(model: &str, status: &str, message: &str) -> RecordBatch {
    batch(vec![
        ("model", texts(&[model, "gamma_gamma"])),
        ("parameter", texts(&["r", "p"])),
        ("estimate", floats(&[0.2426, 6.25])),
        ("standard_error", floats(&[0.012, f64::NAN])),
        ("status", texts(&[status, "converged"])),
        ("message", texts(&[message, ""])),
        ("customers", ints(&[2357, 946])),
    ])
}

/// The particulars of a run over [`tables`].
pub fn facts(locale: &str) -> Facts {
    let step = |(name, origin): (&str, &str)| StepFacts {
        name: name.to_owned(),
        origin: origin.to_owned(),
        rows: Some(2),
        download: Some(format!("downloads/{name}.csv")),
    };
    let names = tables().0.into_keys().collect::<Vec<_>>();
    let steps = names.iter().map(|name| step((name, &format!("sql/{name}.sql")))).collect();
    Facts {
        pipeline: "customer_value".to_owned(),
        title: None,
        firm: None,
        variant: None,
        locale: locale.to_owned(),
        currency: "GBP".to_owned(),
        timezone: "Europe/London".to_owned(),
        as_of: date(2011, 12, 9),
        period_start: date(2011, 11, 1),
        period_end: date(2011, 11, 30),
        before: (date(2011, 10, 1), date(2011, 10, 31)),
        year_before: (date(2010, 11, 1), date(2010, 11, 30)),
        previous_as_of: date(2011, 11, 9),
        year_ago_as_of: date(2010, 12, 9),
        returns_policy: "net".to_owned(),
        sections: SECTIONS.map(str::to_owned).to_vec(),
        customer_ids: CustomerIds::Masked,
        version: "0.1.0".to_owned(),
        parameters: vec![("bins".to_owned(), "5".to_owned())],
        sources: vec![source()],
        checks: vec![CheckFacts {
            source: "transactions".to_owned(),
            check: "not_null(amount)".to_owned(),
            severity: "warn".to_owned(),
            passed: false,
            measured: "3 rows".to_owned(),
            expected: "0 rows".to_owned(),
        }],
        steps,
        made: None,
        orders: "by_id".to_owned(),
        has_amounts: true,
        left_out: Vec::new(),
    }
}

fn source() -> SourceFacts {
    SourceFacts {
        name: "transactions".to_owned(),
        files: 305,
        rows_in: 541_909,
        rows_used: 406_789,
        amount_in: Some("9747747.934".to_owned()),
        amount_used: Some("8300065.814".to_owned()),
        set_aside: vec![SetAside {
            rule: "no_customer".to_owned(),
            rows: 135_120,
            amount: Some("1447682.120".to_owned()),
        }],
        outside: None,
        first_day: Some(date(2010, 12, 1)),
        last_day: Some(date(2011, 12, 9)),
    }
}

/// The files of the project's own `reports/`, by their path.
fn files() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports");
    let mut files = BTreeMap::new();
    for folder in ["", "sections"] {
        for entry in std::fs::read_dir(root.join(folder)).expect("the project's reports") {
            let path = entry.expect("a file").path();
            if path.is_file() {
                let name = path.strip_prefix(&root).expect("below it").to_string_lossy().replace('\\', "/");
                files.insert(name, std::fs::read_to_string(&path).expect("text"));
            }
        }
    }
    files
}

/// The project's own theme.
pub fn theme(locale: &str) -> Theme {
    let files = files();
    let (sections, problems) = super::section::read::files(&files, &files);
    assert_eq!(problems, []);
    let words = super::headings(locale).into_iter().chain(words(locale)).collect();
    let groups = &crate::pipeline::declared::shipped().groups;
    let declared = groups.iter().flat_map(|group| group.tables.clone()).collect();
    Theme { templates: files, words, sections, declared }
}

/// The same tables, and those that the project's own queries make of them for sentences and pictures.
pub fn worded(tables: &Tables) -> Tables {
    // Most tests ask of the same tables.
    static KNOWN: Mutex<Vec<(Tables, Tables)>> = Mutex::new(Vec::new());
    let known =
        KNOWN.lock().expect("no test panics here").iter().find(|(from, _)| from.0 == tables.0).cloned();
    if let Some((_, worded)) = known {
        return worded;
    }
    let worded = asked(tables);
    KNOWN.lock().expect("no test panics here").push((tables.clone(), worded.clone()));
    worded
}

fn asked(tables: &Tables) -> Tables {
    let mut all = tables.clone();
    let sessions =
        Sessions::new(&Settings { threads: Some(1), ..Settings::default() }, None).expect("sessions");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let register = |name: &str, batch: &RecordBatch| {
        let (time, table) = match name.split_once('.') {
            Some((schema, table)) => (Time::of_schema(schema).expect("a time"), table),
            None => (Time::Current, name),
        };
        let provider = MemTable::try_new(batch.schema(), vec![vec![batch.clone()]]).expect("a table");
        sessions.register(time, table, Arc::new(provider)).expect("a name");
    };
    for (name, batch) in &tables.0 {
        register(name, batch);
    }
    for name in WORDED.into_iter().filter(|name| !tables.0.contains_key(*name)) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("sql/{name}.sql"));
        let text = std::fs::read_to_string(path).expect("a query");
        let query = Query::parse(&Arc::new(SourceText { name: name.to_owned(), text })).expect("a query");
        let dates = ["as_of", "period_start", "period_end", "previous_as_of", "year_ago_as_of"];
        let facts = facts("en");
        let days =
            [facts.as_of, facts.period_start, facts.period_end, facts.previous_as_of, facts.year_ago_as_of];
        let parameters: Parameters =
            dates.into_iter().zip(days).map(|(name, day)| (name.to_owned(), Value::Date(day))).collect();
        let context = sessions.at(Time::Current);
        let batch = runtime.block_on(async {
            // A table that a test removed is missing for such a query too.
            let plan = query.plan(context, &parameters).await.ok()?;
            let plan = in_one_order(plan).ok()?;
            let schema = Arc::new(plan.schema().as_arrow().clone());
            let batches = DataFrame::new(context.state(), plan).collect().await.ok()?;
            let schema = batches.first().map_or(schema, RecordBatch::schema);
            arrow::compute::concat_batches(&schema, &batches).ok()
        });
        if let Some(batch) = batch {
            register(name, &batch);
            all.insert(name, batch);
        }
    }
    all
}

/// The queries that [`worded`] asks.
const WORDED: [&str; 14] = [
    "findings_words",
    "nobody_leaves",
    "lorenz_before",
    "concentration_measures",
    "concentration_words",
    "customers_words",
    "segments_words",
    "migration_words",
    "migration_largest",
    "churn_words",
    "churn_classes",
    "cohorts_words",
    "cohort_retention",
    "cohort_lines",
];

/// The project's own words, flattened.
pub fn words(locale: &str) -> BTreeMap<String, String> {
    let texts = match locale {
        "zh-CN" => [
            include_str!("../../reports/words/zh-CN.yaml"),
            include_str!("../../reports/words/zh-CN/page.yaml"),
        ],
        _ => [include_str!("../../reports/words/en.yaml"), include_str!("../../reports/words/en/page.yaml")],
    };
    texts.into_iter().flat_map(flatten).collect()
}

/// Reads the part of YAML that the words files keep to: nested maps, plain and double-quoted texts, and texts that are
/// folded over several lines (`>-`).
fn flatten(text: &str) -> BTreeMap<String, String> {
    let mut words = BTreeMap::new();
    let mut path: Vec<(usize, String)> = Vec::new();
    let mut folding: Option<String> = None;
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let indent = line.len() - line.trim_start().len();
        if let Some(key) = &folding {
            if path.last().is_some_and(|(outer, _)| indent > *outer) {
                let folded: &mut String = words.entry(key.clone()).or_default();
                if !folded.is_empty() {
                    folded.push(' ');
                }
                folded.push_str(line.trim());
                continue;
            }
            folding = None;
        }
        while path.last().is_some_and(|(outer, _)| indent <= *outer) {
            path.pop();
        }
        let (name, value) = line.trim().split_once(':').expect("a key");
        path.push((indent, name.to_owned()));
        let key = path.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(".");
        match value.trim() {
            "" => {}
            ">-" => folding = Some(key),
            value => {
                let value =
                    value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
                assert_eq!(words.insert(key.clone(), value.to_owned()), None, "{key} stands twice");
            }
        }
    }
    words
}
