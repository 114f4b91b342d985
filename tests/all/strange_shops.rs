//! The shipped pipeline on shops that no model had in mind: a single day, subscribers billed on one day, one customer, a month
//! in which the shop was closed.

use crate::shop::{PIPELINE, Shop, line};
use crate::support::Project;

/// In a shop with a single day nobody is lost: days and orders tell nobody apart.
#[test]
fn a_shop_of_one_day_has_lost_nobody() {
    let lines: Vec<_> =
        (1..=40).map(|n| line(10_000 + n, n, "2024-03-31", &format!("{}.50", n * 10))).collect();
    let shop = Shop::open("2024-03-31", &lines);
    assert_eq!(shop.counts("rfm", "r"), "3: 40");
    assert_eq!(shop.counts("rfm", "f"), "3: 40");
    assert_eq!(shop.counts("rfm", "m"), "1: 8, 2: 8, 3: 8, 4: 8, 5: 8");
    assert_eq!(shop.counts("segments", "segment"), "needs_attention: 24, loyal: 16");
    let page = shop.page();
    assert!(page.contains("history does not reach back for a comparison"), "{page}");
    assert!(!page.contains("a segment drained"), "{page}");
}

/// Subscribers: 140 of 200 were billed today, as every month; the others left over the last two months. Whoever was billed
/// today has the best recency, however many they are.
#[test]
fn subscribers_who_were_billed_today_are_not_at_risk() {
    let mut lines = Vec::new();
    for customer in 1..=200_u32 {
        for (month, day) in [(1, "2024-01-31"), (2, "2024-02-29"), (3, "2024-03-31")] {
            // 1 to 60 leave: half of them after January, half after February.
            let until = if customer > 60 { 3 } else { 1 + customer % 2 };
            if month <= until {
                lines.push(line(10_000 + customer, 1000 * month + customer, day, "9.99"));
            }
        }
    }
    let shop = Shop::open("2024-03-31", &lines);
    // 30 of 170 others are worse than those of February: p = 0.176.
    assert_eq!(shop.counts("rfm", "r"), "5: 140, 1: 60");
    assert_eq!(shop.counts("segments", "segment"), "champions: 140, lost: 60");
    // All revenues of 140 are equal, and no order of ids parts them.
    assert_eq!(shop.counts("customer_rank", "class"), "A: 140, B: 60");
}

/// One customer is neither the best nor the worst, and no finding is made of one.
#[test]
fn one_customer_is_in_the_middle() {
    let shop = Shop::open("2024-03-31", &[line(1, 1, "2024-03-30", "5.00")]);
    let rfm = shop.table("rfm");
    assert_eq!(["r", "f", "m"].map(|name| rfm.one(name)), ["3", "3", "3"]);
    assert_eq!(shop.table("segments").one("segment"), "needs_attention");
    assert_eq!(shop.table("findings").column("rule"), ["nothing_unusual"]);
    assert!(
        shop.page()
            .contains("Nothing stands out: no change is beyond its usual range or the limits that are set.")
    );
}

/// A shop that was closed in March of last year: that is a figure, not a lack of history; and a change from nothing is told as
/// what it is.
#[test]
fn a_closed_month_last_year_is_zero() {
    let mut lines = Vec::new();
    for month in 0..15_u32 {
        let (year, number) = (2023 + month / 12, month % 12 + 1);
        if (year, number) == (2023, 3) {
            continue;
        }
        for customer in 1..=35_u32 {
            let day = format!("{year}-{number:02}-{:02}", 1 + customer % 25);
            lines.push(line(10_000 + customer, 1000 * month + customer, &day, "20.00"));
        }
    }
    let shop = Shop::open("2024-03-31", &lines);
    let headline = shop.table("headline");
    let figure = |key: &str| ["now", "before", "year_ago"].map(|name| headline.at("figure", key, name));
    assert_eq!(figure("revenue"), ["700.000000", "700.000000", "0.000000"]);
    assert_eq!(figure("active_customers"), ["35.000000", "35.000000", "0.000000"]);
    assert_eq!(figure("average_order"), ["20.000000", "20.000000", "NULL"]);
    let page = shop.page();
    assert!(page.contains("Revenue in March 2024: £700, ±0% vs February, after £0 in March 2023."), "{page}");
    let monthly = shop.table("monthly");
    let closed = ["revenue", "orders", "active", "average_order"];
    assert_eq!(closed.map(|name| monthly.at("month", "2023-03-01", name)), ["0.00", "0", "0", "NULL"]);
}

/// The shop is closed in the last full month: its revenue is zero, and an average order does not exist.
#[test]
fn a_closed_month_has_figures() {
    let mut lines = Vec::new();
    for month in 1..=5_u32 {
        for customer in 1..=35_u32 {
            let day = format!("2024-{month:02}-{:02}", 1 + customer % 25);
            lines.push(line(10_000 + customer, 1000 * month + customer, &day, "20.00"));
        }
    }
    let shop = Shop::open("2024-06-30", &lines);
    let page = shop.page();
    assert!(
        page.contains("Revenue in June 2024: £0, −100.0% vs May; there is no year-ago figure to compare."),
        "{page}"
    );
    let headline = shop.table("headline");
    assert_eq!(headline.at("figure", "average_order", "now"), "NULL");
    assert_eq!(headline.column("figure").len(), 7);
}

/// A week's year ago is the same week 52 weeks before, on cards and in tables.
#[test]
fn a_week_has_one_year_ago() {
    let mut lines = Vec::new();
    for week in 0..56_i64 {
        for customer in 1..=35_u32 {
            let day =
                jiff::civil::date(2023, 3, 6).checked_add(jiff::Span::new().days(7 * week + 5)).unwrap();
            lines.push(line(10_000 + customer, week as u32 * 100 + customer, &day.to_string(), "20.00"));
        }
    }
    // A Sunday. 364 days earlier everybody had placed four orders, a calendar year earlier three of them and no more.
    let shop = Shop::open_with("2024-03-31", &lines, |project| {
        project.replace(PIPELINE, "timezone: Europe/London", "period: week\ntimezone: Europe/London");
        project.write(
            "sql/year.sql",
            "select customer_id, orders, last_day from year_ago.customer_summary order by customer_id",
        );
        project.write(PIPELINE, project.read(PIPELINE) + "steps:\n  year: { sql: sql/year.sql }\n");
    });
    assert_eq!(shop.counts("year", "orders"), "4: 35");
    assert_eq!(shop.counts("year", "last_day"), "2023-04-01: 35");
    let page = shop.page();
    assert!(page.contains("those of 31 March 2024, against 24 March 2024 and 2 April 2023"), "{page}");
    let headline = shop.table("headline");
    assert_eq!(
        headline.at("figure", "revenue", "before_low"),
        "NULL",
        "of weeks nobody knows what they do by chance"
    );
}

/// Whatever the horizons, the figures of the page and of the tables are of the longest one.
#[test]
fn tables_go_by_the_longest_horizon() {
    let mut lines = Vec::new();
    let mut invoice = 0;
    for customer in 1..=120_u32 {
        let every = 7 + customer % 40;
        let (mut day, until) = (customer % 30, 40 + (customer * 37) % 320);
        while day < until {
            invoice += 1;
            let date = jiff::civil::date(2023, 1, 1).checked_add(jiff::Span::new().days(day)).unwrap();
            let amount = format!("{}.{:02}", 10 + (customer * 7 + day) % 50, day % 100);
            lines.push(line(10_000 + customer, invoice, &date.to_string(), &amount));
            day += every + (customer * day) % 5;
        }
    }
    for (horizons, longest) in [("[90, 365, 730]", "730"), ("[60]", "60"), ("[30, 180]", "180")] {
        let shop = Shop::open_with("2023-12-31", &lines, |project| {
            project.replace(PIPELINE, "  value:\n", &format!("  value: {{ horizon_days: {horizons} }}\n"));
        });
        let summary = shop.table("value_summary");
        assert_eq!(summary.one("horizon_days"), longest);
        let forecast = shop.table("clv_forecast");
        let (figures, days) = (forecast.column("figure"), forecast.column("horizon_days"));
        let expected = |figure: &str| {
            let row =
                (0..figures.len()).find(|row| figures[*row] == figure && days[*row] == longest).unwrap();
            forecast.floats("expected")[row]
        };
        for (figure, column) in
            [("revenue", "expected_revenue"), ("purchases", "expected_purchases"), ("value", "equity")]
        {
            let (table, model) = (summary.floats(column)[0], expected(figure));
            assert!((table - model).abs() < 1e-3 * model.max(1.0), "{horizons} {figure}: {table}, {model}");
        }
        let deciles: f64 = shop.table("value_deciles").floats("expected_revenue").iter().sum();
        assert!((deciles - expected("revenue")).abs() < 1e-3 * deciles, "{horizons}: {deciles}");
        let page = shop.page();
        // Beside the last 12 months stands what compares with them alone.
        assert!(page.contains(&format!("over the next {longest} days.")), "{page}");
    }
}

/// A margin that the model takes off and a query takes off again would be two meanings of one word.
#[test]
fn a_margin_is_stated_once() {
    let project = Project::new();
    project.done(&["init", "."]);
    project.done(&["eject", "pipelines/modules/value.yaml"]);
    project.replace(
        "pipelines/modules/value.yaml",
        "discount_rate: $discount_rate }\n      - model",
        "discount_rate: $discount_rate, margin: 0.3 }\n      - model",
    );
    let outcome = project.run(&["check", "pipelines/demo.yaml"]);
    assert!(
        outcome.err.contains(
            "the margin is stated twice: `clv` has 0.3, and `customer_value`, which reads it, has 0.4"
        ),
        "{}",
        outcome.err
    );
    assert!(outcome.err.contains("leave `margin` out of `clv`"), "{}", outcome.err);
    // Said once, with a margin of 1 in the query, it is nobody's mistake.
    project.replace("pipelines/demo.yaml", "margin: 0.4 ", "margin: 1 ");
    let outcome = project.run(&["check", "pipelines/demo.yaml"]);
    assert!(!outcome.err.contains("stated twice"), "{}", outcome.err);
}
