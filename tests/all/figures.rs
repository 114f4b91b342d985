//! Published figures of real data, to the digit that is printed.
//!
//! The data is found through `REGULARS_DATA` (default `../shared/data`). Tests that need it are marked as ignored;
//! `real_data` runs them where the data lies and says so where it does not. So they never count as passed without it.

use std::path::PathBuf;
use std::process::Command;

use crate::data::Table;
use crate::support::{Project, repository};

/// Runs the ignored tests of this file where the real data lies.
#[test]
fn real_data() {
    use std::io::Write;
    let data = data();
    if !data.join("online_retail").is_dir() || !data.join("cdnow").is_dir() {
        // Past the test harness, which shows only what failing tests print.
        let text = format!("\nskipped: figures of real data; {} does not hold them\n", data.display());
        std::io::stderr().write_all(text.as_bytes()).unwrap();
        return;
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--test-threads=2", "figures::"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("test result: ok. 7 passed"), "{text}");
}

fn data() -> PathBuf {
    let given = std::env::var_os("REGULARS_DATA").map(PathBuf::from);
    let path = given.unwrap_or_else(|| PathBuf::from("../shared/data"));
    if path.is_absolute() { path } else { repository().join(path) }
}

/// A project with the product's own pipeline of this name and its SQL, run on real data.
struct Published {
    project: Project,
    folder: String,
    private: String,
}

impl Published {
    fn run(pipeline: &str, as_of: &str, input: &str, arguments: &[&str]) -> Self {
        let project = Project::new();
        let file = format!("pipelines/{pipeline}.yaml");
        let text = std::fs::read_to_string(repository().join(&file)).unwrap();
        // One step more, for figures of rows that no table of the report needs; and all models side by side.
        let mut steps = "\nsteps:\n  sold: { sql: sql/sold.sql }\n".to_owned();
        if pipeline == "cdnow" {
            for model in ["nbd", "mbg_nbd", "pareto_nbd", "bg_cnbd", "mbg_cnbd"] {
                steps += &format!("  {model}: {{ model: {model}, from: customer_summary }}\n");
            }
        }
        let text = text + &steps;
        // The papers' holdout: 39 weeks known, 39 to foretell.
        project.write(
            &file,
            if pipeline == "cdnow" {
                text.replacen("model: bg_nbd }", "model: bg_nbd, window_days: 273 }", 1)
            } else {
                text
            },
        );
        project.write(
            "sql/sold.sql",
            "select count(*) as rows, count(distinct customer_id) as customers,
                count(distinct transaction_id) as invoices, sum(amount) as revenue
            from transactions where $returns = 'net' or amount > 0",
        );
        let input = format!("data={}", data().join(input).display());
        let mut all = vec!["run", file.as_str(), "--param", &input];
        all.extend(arguments);
        project.done(&all);
        let of = |folder: &str| format!("{folder}/{pipeline}/{as_of}");
        Self { project, folder: of("site"), private: of("private") }
    }

    fn online_retail(returns: &str) -> Self {
        let returns = format!("returns={returns}");
        Self::run("online_retail", "2011-12-09", "online_retail", &["--param", &returns])
    }

    fn table(&self, name: &str) -> Table {
        self.project.table(&format!("{}/tables/{name}.parquet", self.private))
    }

    fn manifest(&self) -> serde_json::Value {
        self.project.json(&format!("{}/manifest.json", self.folder))
    }
}

/// A figure with so many digits after the point.
fn rounded(value: f64, digits: usize) -> String {
    format!("{value:.digits$}")
}

/// UCI Online Retail, rows with a customer and a price, returns counted: computed with `DuckDB`.
#[test]
#[ignore = "needs real data: run by figures::real_data"]
fn online_retail_net_of_returns() {
    let published = Published::online_retail("net");
    let sold = published.table("sold");
    assert_eq!(
        ["rows", "customers", "invoices", "revenue"].map(|name| sold.one(name)),
        ["406789", "4371", "22186", "8300065.814"]
    );
    // Of the 365 days up to the report, by the same independent means.
    let year = published.table("concentration");
    assert_eq!(
        ["customers", "revenue", "top20_customers"].map(|name| year.one(name)),
        ["4295", "7995442.464", "859"]
    );
    assert_eq!(rounded(year.floats("top20_share")[0], 6), "0.735955");
    let table = published.table("concentration_to_date");
    let names = ["customers", "customers_negative", "customers_zero", "revenue", "top20_customers"];
    assert_eq!(names.map(|name| table.one(name)), ["4371", "41", "13", "8300065.814", "875"]);
    assert_eq!(rounded(table.floats("top20_share")[0], 6), "0.738471");
    assert_eq!(rounded(table.floats("gini")[0], 6), "0.709216");
    assert_eq!(table.one("customers_for_80"), "1171");
    // The curve ends at 1 and lies above it where only returns are left.
    let lorenz = published.table("lorenz").floats("revenue_share");
    assert_eq!(lorenz.last(), Some(&1.0));
    assert!(lorenz.iter().any(|share| *share > 1.0), "{lorenz:?}");
}

/// The record of the same run: rows in = rows used + rows set aside, money likewise.
#[test]
#[ignore = "needs real data: run by figures::real_data"]
fn online_retail_reconciles() {
    let published = Published::online_retail("net");
    let manifest = published.manifest();
    assert_eq!(manifest["inputs"].as_array().unwrap().len(), 305);
    let source = &manifest["sources"][0];
    assert_eq!(
        (source["rows_in"].as_u64(), source["amount_in"].as_str()),
        (Some(541_909), Some("9747747.934"))
    );
    assert_eq!(
        (source["rows_used"].as_u64(), source["amount_used"].as_str()),
        (Some(406_789), Some("8300065.814"))
    );
    let aside = source["set_aside"].as_array().unwrap();
    let aside: Vec<_> = aside
        .iter()
        .map(|rule| {
            (rule["rule"].as_str().unwrap(), rule["rows"].as_u64().unwrap(), rule["amount"].as_str().unwrap())
        })
        .collect();
    assert_eq!(aside, [("no_customer", 135_080, "1447682.12"), ("no_price", 40, "0.00")]);
    let kept = published.project.table(&format!("{}/quarantine/transactions.parquet", published.private));
    assert_eq!(kept.batch.num_rows(), 135_120);
}

/// The same, sales only.
#[test]
#[ignore = "needs real data: run by figures::real_data"]
fn online_retail_sales_only() {
    let published = Published::online_retail("gross");
    let sold = published.table("sold");
    assert_eq!(
        ["rows", "customers", "invoices", "revenue"].map(|name| sold.one(name)),
        ["397884", "4338", "18532", "8911407.904"]
    );
    // Of the 365 days up to the report, by the same independent means.
    let year = published.table("concentration");
    assert_eq!(
        ["customers", "revenue", "top20_customers"].map(|name| year.one(name)),
        ["4264", "8599529.904", "853"]
    );
    assert_eq!(rounded(year.floats("top20_share")[0], 6), "0.744382");
    let table = published.table("concentration_to_date");
    let names = ["customers", "customers_negative", "customers_zero", "revenue", "top20_customers"];
    assert_eq!(names.map(|name| table.one(name)), ["4338", "0", "0", "8911407.904", "868"]);
    assert_eq!(rounded(table.floats("top20_share")[0], 6), "0.746171");
    assert_eq!(rounded(table.floats("gini")[0], 6), "0.715140");
    assert_eq!(table.one("customers_for_80"), "1133");
    let monthly = published.table("monthly");
    for (month, expected) in [
        ("2010-12-01", ["1400", "885", "572713.890"]),
        ("2011-06-01", ["1393", "991", "661213.690"]),
        ("2011-11-01", ["2657", "1664", "1161817.380"]),
    ] {
        assert_eq!(
            ["orders", "active", "revenue"].map(|name| monthly.at("month", month, name)),
            expected,
            "{month}"
        );
    }
}

/// Estimates of one model of the report in the order of `names`, and its log-likelihood.
fn fit<const N: usize>(published: &Published, model: &str, names: [&str; N]) -> ([f64; N], f64) {
    fit_in(published, "clv_fit", model, names)
}

/// The same of a model that has a step of its own.
fn lone_fit<const N: usize>(published: &Published, model: &str, names: [&str; N]) -> ([f64; N], f64) {
    fit_in(published, &format!("{model}_fit"), model, names)
}

fn fit_in<const N: usize>(
    published: &Published,
    table: &str,
    model: &str,
    names: [&str; N],
) -> ([f64; N], f64) {
    let table = published.table(table);
    let models = table.column("model");
    let (parameters, estimates, likelihoods) =
        (table.column("parameter"), table.floats("estimate"), table.floats("log_likelihood"));
    let row = |name: &str| {
        let found = (0..models.len()).find(|row| models[*row] == model && parameters[*row] == name);
        found.unwrap_or_else(|| panic!("no {name} of {model} in\n{}", table.text()))
    };
    assert!(table.column("status").iter().all(|status| status == "converged"), "{}", table.text());
    (names.map(|name| estimates[row(name)]), likelihoods[row(names[0])])
}

fn assert_near(found: &[f64], expected: &[f64], tolerance: f64) {
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= tolerance * expected.abs(), "{found} is not {expected}");
    }
}

/// CDNOW's published sample: Fader, Hardie, Lee 2005 (BG/NBD); Fader, Hardie 2013 (Gamma-Gamma); the further digits
/// are of `CLVTools`' tests.
#[test]
#[ignore = "needs real data: run by figures::real_data"]
fn cdnow_sample() {
    let published = Published::run("cdnow", "1997-09-30", "cdnow/sample.parquet", &[]);
    let summary = published.table("customer_summary");
    let repeats: Vec<i64> = summary.column("repeat_days").iter().map(|days| days.parse().unwrap()).collect();
    assert_eq!(repeats.len(), 2357);
    assert_eq!(repeats.iter().sum::<i64>(), 2457);
    assert_eq!(repeats.iter().filter(|days| **days == 0).count(), 1411);

    let (found, likelihood) = fit(&published, "bg_nbd", ["r", "alpha", "a", "b"]);
    assert_eq!(found.map(|value| rounded(value, 3)), ["0.243", "4.414", "0.793", "2.426"]);
    assert_near(&found, &[0.242_594_5, 4.413_601_9, 0.792_919_9, 2.425_888_1], 1e-5);
    assert_eq!(rounded(likelihood, 3), "-9582.429");
    let (found, likelihood) = fit(&published, "gamma_gamma", ["p", "q", "gamma"]);
    assert_eq!(found.map(|value| rounded(value, 2)), ["6.25", "3.74", "15.44"]);
    assert_eq!(rounded(likelihood, 2), "-4055.92");

    // NBD: BTYDplus. MBG/NBD: Batislam, Denizel, Filiztekin 2007. Pareto/NBD: Fader, Hardie 2005, whose figures at five
    // digits are of CLVTools' tests.
    let (found, likelihood) = lone_fit(&published, "nbd", ["r", "alpha"]);
    assert_eq!((rounded(found[0], 4), rounded(found[1], 3)), ("0.3848".into(), "12.072".into()));
    assert_eq!(rounded(likelihood, 3), "-9763.658");
    let (found, likelihood) = lone_fit(&published, "mbg_nbd", ["r", "alpha", "a", "b"]);
    assert_eq!(found.map(|value| rounded(value, 3)), ["0.525", "6.183", "0.891", "1.614"]);
    assert_eq!(rounded(likelihood, 3), "-9582.136");
    let (found, likelihood) = lone_fit(&published, "pareto_nbd", ["r", "alpha", "s", "beta"]);
    assert_eq!(found.map(|value| rounded(value, 3)), ["0.553", "10.578", "0.606", "11.669"]);
    assert_near(&found, &[0.553_15, 10.576_33, 0.606_25, 11.671_50], 5e-4);
    assert_eq!(rounded(likelihood, 3), "-9594.976");
    // Its purchases are no more regular than chance, so the models that look for it are those that do not.
    let (found, likelihood) = lone_fit(&published, "mbg_cnbd", ["r", "alpha", "a", "b", "k"]);
    assert_eq!(found.map(|value| rounded(value, 3)), ["0.525", "6.183", "0.891", "1.614", "1.000"]);
    assert_eq!(rounded(likelihood, 3), "-9582.136");
    let (found, likelihood) = lone_fit(&published, "bg_cnbd", ["r", "alpha", "a", "b", "k"]);
    assert_eq!(found.map(|value| rounded(value, 3)), ["0.243", "4.414", "0.793", "2.426", "1.000"]);
    assert_eq!(rounded(likelihood, 3), "-9582.429");

    let clv = published.table("clv");
    let spend = clv.floats("expected_spend");
    let mut customers: Vec<(i64, f64)> =
        clv.column("customer_id").iter().map(|id| id.parse().unwrap()).zip(spend).collect();
    customers.sort_by_key(|(id, _)| *id);
    let first: Vec<String> = customers.iter().take(10).map(|(_, spend)| rounded(*spend, 2)).collect();
    assert_eq!(
        first,
        ["24.65", "18.91", "35.17", "35.17", "35.17", "71.46", "18.91", "35.17", "27.28", "35.17"]
    );
}

/// The whole CDNOW cohort.
#[test]
#[ignore = "needs real data: run by figures::real_data"]
fn cdnow_master() {
    let published = Published::run("cdnow", "1997-09-30", "cdnow/master.parquet", &[]);
    assert_eq!(published.table("customer_summary").batch.num_rows(), 23_570);
    let (found, likelihood) = fit(&published, "bg_nbd", ["r", "alpha", "a", "b"]);
    assert_eq!(found.map(|value| rounded(value, 4)), ["0.2516", "4.7889", "0.7234", "2.1611"]);
    assert_eq!(rounded(likelihood, 2), "-95368.44");
    let (found, likelihood) = lone_fit(&published, "pareto_nbd", ["r", "alpha", "s", "beta"]);
    assert_near(&found, &[0.5974, 11.585, 0.5222, 8.826], 3e-4);
    assert_eq!(rounded(likelihood, 2), "-95415.12");
    let (found, likelihood) = fit(&published, "gamma_gamma", ["p", "q", "gamma"]);
    // The top is flat: a fit that stops a little later differs in the fifth digit.
    assert_near(&found, &[6.2753, 3.6244, 14.9837], 5e-5);
    assert_eq!(rounded(likelihood, 2), "-40763.48");
}

/// All 78 weeks of the sample: the manual of R's BTYD, whose likelihood at these figures is the same to seven decimals.
#[test]
#[ignore = "needs real data: run by figures::real_data"]
fn cdnow_78_weeks() {
    let published = Published::run("cdnow", "1998-06-30", "cdnow/sample.parquet", &["--as-of", "1998-06-30"]);
    let repeats = published.table("customer_summary").column("repeat_days");
    assert_eq!(repeats.iter().map(|days| days.parse::<i64>().unwrap()).sum::<i64>(), 4339);
    // Fitted on the first 39 weeks and judged by the second: figures of the papers' models by independent programs. Of
    // BG/CNBD-k and MBG/CNBD-k those with k = 1, which is what fits.
    let contest = published.table("contest");
    assert_eq!(contest.column("known_until"), ["1997-09-30"; 9]);
    let errors = |contender: &str| {
        let row = contest.column("contender").iter().position(|name| name == contender).unwrap();
        (rounded(contest.floats("mae")[row], 4), rounded(contest.floats("rmse")[row], 3))
    };
    for (contender, mae, rmse) in [
        ("nbd", "1.0410", "1.860"),
        ("pareto_nbd", "0.7545", "1.603"),
        ("bg_nbd", "0.7855", "1.608"),
        ("mbg_nbd", "0.7648", "1.607"),
        ("bg_cnbd", "0.7855", "1.608"),
        ("mbg_cnbd", "0.7648", "1.607"),
        ("own_rate", "1.0237", "2.212"),
    ] {
        assert_eq!(errors(contender), (mae.to_owned(), rmse.to_owned()), "{contender}");
    }
    // Errors of four models cannot be told apart; of these BG/NBD gives the truest chances of a purchase, beside which those
    // of Pareto/NBD, with the least error, are 2.7 points further off.
    let of = |contender: &str, name: &str| contest.at("contender", contender, name);
    for (contender, close) in [
        ("pareto_nbd", "true"),
        ("bg_nbd", "true"),
        ("mbg_nbd", "true"),
        ("nbd", "false"),
        ("own_rate", "false"),
    ] {
        assert_eq!(of(contender, "close"), close, "{contender}");
        assert_eq!(of(contender, "chosen"), (contender == "bg_nbd").to_string(), "{contender}");
    }
    let gap = |contender: &str| rounded(of(contender, "calibration_gap").parse().unwrap(), 3);
    assert_eq!(["bg_nbd", "mbg_nbd", "pareto_nbd"].map(gap), ["0.043", "0.050", "0.070"]);
    let (found, _) = lone_fit(&published, "pareto_nbd", ["r", "alpha", "s", "beta"]);
    assert_near(&found, &[0.562_996_6, 12.5590, 0.408_109_5, 10.5148], 5e-5);
}

/// BG/BB on 11,104 donors and six yearly appeals (Fader, Hardie and Shang 2010).
#[test]
#[ignore = "needs real data: run by figures::real_data"]
fn donations() {
    let project = Project::new();
    let path = data().join("donations.csv");
    project.write(
        "pipelines/donations.yaml",
        format!(
            "name: donations
as_of: 2002-12-31
sources:
  kinds:
    path: {}
    columns:
      purchases: CAST(frequency AS BIGINT)
      last_occasion: CAST(recency AS BIGINT)
      occasions: CAST(periods AS BIGINT)
      donors: CAST(weights AS BIGINT)
steps:
  donors: {{ sql: sql/donors.sql, keep: false }}
  bg_bb: {{ model: bg_bb, from: donors, with: {{ horizon: [10] }} }}
  seen: {{ sql: sql/seen.sql }}
",
            path.display()
        ),
    );
    project.write(
        "sql/donors.sql",
        "select concat(purchases, '/', last_occasion, '/', number) as customer_id, purchases, last_occasion, occasions
        from (select *, unnest(range(0, donors)) as number from kinds)",
    );
    project.write(
        "sql/seen.sql",
        "select
            donors.purchases,
            donors.last_occasion,
            max(expected_purchases_10) as expected,
            max(p_alive_next) as p_alive_next
        from bg_bb join donors on bg_bb.customer_id = donors.customer_id
        group by donors.purchases, donors.last_occasion
        order by donors.purchases, donors.last_occasion",
    );
    project.done(&["run", "pipelines/donations.yaml"]);
    let made = |name: &str| project.table(&format!("private/donations/2002-12-31/tables/{name}.parquet"));
    let fit = made("bg_bb_fit");
    assert_eq!(fit.column("status"), ["converged"; 4]);
    assert_eq!(fit.column("customers"), ["11104"; 4]);
    let estimates: Vec<String> = fit.floats("estimate").into_iter().map(|value| rounded(value, 3)).collect();
    assert_eq!(estimates, ["1.204", "0.750", "0.657", "2.783"]);
    assert_eq!(rounded(fit.floats("log_likelihood")[0], 2), "-33225.58");
    assert_eq!(made("bg_bb").batch.num_rows(), 11_104);
    let seen = made("seen");
    let of = |purchases: &str, last: &str, name: &str| {
        let (x, t_x) = (seen.column("purchases"), seen.column("last_occasion"));
        let row = (0..x.len()).find(|row| x[*row] == purchases && t_x[*row] == last).unwrap();
        seen.floats(name)[row]
    };
    assert_eq!(rounded(of("0", "0", "expected"), 4), "0.1302");
    assert_eq!(rounded(of("4", "5", "expected"), 3), "3.628");
    let alive = [("0", "0"), ("2", "4"), ("6", "6")].map(|(x, last)| rounded(of(x, last, "p_alive_next"), 2));
    assert_eq!(alive, ["0.11", "0.59", "0.93"]);
}
