//! A small shop for the tests: two customers a class, made by hand, and the project's own templates and words.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch,
    StringViewArray, new_null_array,
};
use arrow::datatypes::DataType;
use datafusion::datasource::MemTable;
use datafusion::prelude::DataFrame;
use jiff::civil::date;

use crate::engine::output::in_one_order;
use crate::engine::session::Settings;
use crate::engine::sql::Query;
use crate::engine::{Sessions, Time};
use crate::pipeline::{Dates, Parameters, Period};
use crate::problem::SourceText;

use super::{CheckFacts, CustomerIds, Download, Facts, SetAside, SourceFacts, StepFacts, Tables, Theme};

/// Every built-in section.
pub const SECTIONS: [&str; 10] = [
    "headline",
    "findings",
    "concentration",
    "segments",
    "migration",
    "value",
    "churn",
    "cohorts",
    "customers",
    "method",
];

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
    tables
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
            ("before_change", floats(&[0.161_817, 0.042, f64::NAN])),
            ("year_change", floats(&[0.056_198, f64::NAN, f64::NAN])),
            ("before_low", floats(&[-0.1, -0.05, f64::NAN])),
            ("before_high", floats(&[0.1, 0.05, f64::NAN])),
            ("year_low", floats(&[-0.2, f64::NAN, f64::NAN])),
            ("year_high", floats(&[0.3, f64::NAN, f64::NAN])),
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
        "revenue_bridge",
        batch(vec![
            ("component", texts(&["new", "churn"])),
            ("component_order", ints(&[1, 6])),
            ("customers", ints(&[3, 2])),
            ("revenue_before", cents(&[0, 900])),
            ("revenue", cents(&[1_000, 0])),
            ("change", cents(&[1_000, -900])),
        ]),
    );
    tables.insert(
        "audit_rows",
        batch(vec![
            ("source", texts(&["transactions"])),
            ("rule", new_null_array(&DataType::Utf8, 1)),
            ("rows", ints(&[100])),
            ("amount", cents(&[116_181_738])),
        ]),
    );
    tables
        .insert("periods", batch(vec![("before_reached", flags(&[true])), ("history_start", months(&[0]))]));
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
            ("vip_share", floats(&[0.486])),
            ("top1_share", floats(&[0.034])),
            ("top5_share", floats(&[0.118])),
            ("top10_share", floats(&[0.165])),
        ]),
    );
    let now = tables.0["concentration"].clone();
    tables.insert("concentration_to_date", replaced(&now, &["top20_share"], &floats(&[0.75])));
    tables.insert("year_ago.concentration", replaced(&now, &["top20_share"], &floats(&[0.72])));
    tables.insert("year_ago.periods", batch(vec![("history_days", ints(&[365]))]));
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
            ("revenue_12m", cents(&[50_000, 30_000])),
            ("revenue_share", floats(&[0.5, 0.3])),
            ("orders_12m", ints(&[9, 7])),
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
            ("status_order", ints(&[2, 5, 4])),
            ("customers", ints(&[3, 1, 2])),
            ("revenue_12m", cents(&[60_000, 20_000, 10_000])),
            ("revenue_at_risk", cents(&[0, 0, 10_000])),
        ]),
    );
    tables.insert("churn", batch(vec![("status", texts(&["lost"])), ("lost_on", months(&[0]))]));
    tables.insert("previous.churn", batch(vec![("status", texts(&["lost"]))]));
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
            ("recoverable", floats(&[f64::NAN])),
            ("action", texts(&["automatic"])),
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
    tables.insert("clv_fit", fit());
    tables.insert(
        "value_words",
        batch(vec![
            ("place", texts(&["answer", "note"])),
            ("position", ints(&[1, 2])),
            ("word", texts(&["value.answer.before_costs", "value.active.single_unknown"])),
            ("step", texts(&["value_lead", "value_summary"])),
            ("customers", ints(&[6, 6])),
            ("value", cents(&[7_654_300; 2])),
            ("low", cents(&[6_000_000; 2])),
            ("high", cents(&[9_000_000; 2])),
            ("days", ints(&[365, 365])),
            ("level", ints(&[80, 80])),
            ("repeat_customers", ints(&[4, 4])),
            ("repeat_active", ints(&[3, 3])),
            ("single_customers", ints(&[2, 2])),
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

/// The table `clv_fit` of fits that converged.
fn fit() -> RecordBatch {
    batch(vec![
        ("model", texts(&["bg_nbd", "gamma_gamma"])),
        ("parameter", texts(&["r", "p"])),
        ("estimate", floats(&[0.2426, 6.25])),
        ("standard_error", floats(&[0.012, f64::NAN])),
        ("status", texts(&["converged", "converged"])),
        ("message", texts(&["", ""])),
        ("customers", ints(&[2357, 946])),
    ])
}

/// The particulars of a run over [`tables`].
pub fn facts(locale: &str) -> Facts {
    let step = |(name, origin): (&str, &str)| StepFacts {
        name: name.to_owned(),
        origin: origin.to_owned(),
        rows: Some(2),
        downloads: vec![Download { path: format!("downloads/{name}.csv"), format: "csv", is_whole: false }],
        too_large: false,
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
        least_group: None,
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
        on_site: true,
        listed: true,
        left_out: Vec::new(),
        downloads: vec![Download {
            path: "downloads/customer_value.xlsx".to_owned(),
            format: "xlsx",
            is_whole: true,
        }],
        download_rows: 100_000,
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
    let words = words(locale);
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
    for (name, path) in WORDED.into_iter().filter(|(name, _)| !tables.0.contains_key(*name)) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("sql/{path}.sql"));
        let text = std::fs::read_to_string(path).expect("a query");
        let query = Query::parse(&Arc::new(SourceText { name: name.to_owned(), text })).expect("a query");
        let dates = Dates::new(facts("en").as_of, Period::Month);
        let parameters: Parameters =
            dates.parameters().map(|(name, value)| (name.to_owned(), value)).collect();
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

/// The tables whose queries [`worded`] asks, each with its file in `sql/`.
const WORDED: [(&str, &str); 21] = [
    ("headline_words", "base/headline_words"),
    ("headline_months", "base/headline_months"),
    ("headline_bridge", "base/headline_bridge"),
    ("findings_words", "findings_words"),
    ("nobody_leaves", "nobody_leaves"),
    ("lorenz_before", "lorenz_before"),
    ("concentration_measures", "concentration_measures"),
    ("concentration_words", "concentration_words"),
    ("customers_words", "customers_words"),
    ("segments_words", "segments_words"),
    ("migration_words", "migration_words"),
    ("migration_largest", "migration_largest"),
    ("segment_groups", "segments/groups"),
    ("migration_groups", "segments/migration_groups"),
    ("churn_words", "churn_words"),
    ("churn_classes", "churn_classes"),
    ("churn_statuses", "churn/statuses"),
    ("cohorts_words", "cohorts_words"),
    ("cohort_retention", "cohort_retention"),
    ("cohort_returning", "cohorts/returning"),
    ("cohort_lines", "cohort_lines"),
];

/// The project's own words: those of all, those of each module, and the names of columns.
pub fn words(locale: &str) -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports");
    let mut names = vec![format!("words/{locale}.yaml")];
    let of_modules = std::fs::read_dir(folder.join("words").join(locale)).expect("words of modules");
    let name = |entry: std::io::Result<std::fs::DirEntry>| entry.expect("a file").file_name();
    names.extend(of_modules.map(|entry| format!("words/{locale}/{}", name(entry).to_string_lossy())));
    let read = |name: String| {
        let text = std::fs::read_to_string(folder.join(&name)).expect("words");
        (name, text)
    };
    let files = names.into_iter().map(read).collect();
    let locale = match locale {
        "zh-CN" => crate::pipeline::Locale::ZhCn,
        _ => crate::pipeline::Locale::En,
    };
    crate::project::words_of(&files, locale).expect("maps of texts")
}
