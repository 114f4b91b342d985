//! The page and its pictures.

use regulars::report::{CheckFacts, CustomerIds, Facts, SetAside, SourceFacts, StepFacts, Tables, Theme};

#[path = "../../src/report/fixture.rs"]
#[allow(dead_code, clippy::redundant_pub_crate, reason = "the tests use more of it")]
mod fixture;

/// All sections of a small shop's report.
#[divan::bench(args = ["en", "zh-CN"])]
fn page(bencher: divan::Bencher<'_, '_>, locale: &str) {
    let (facts, tables, theme) = (fixture::facts(locale), fixture::tables(), fixture::theme(locale));
    bencher.bench_local(|| regulars::report::render(&facts, &tables, &theme).unwrap().html.len());
}

/// One picture, of a hundred points.
#[divan::bench]
fn lorenz_curve(bencher: divan::Bencher<'_, '_>) {
    use regulars::chart::{Frame, lorenz};
    let points = (0..=100).map(|step| f64::from(step) / 100.0);
    let curve: Vec<(f64, f64)> = points.map(|x| (x, 1.0 - (1.0 - x).powi(5))).collect();
    let share = |share: f64| format!("{:.0} %", 100.0 * share);
    bencher.bench_local(|| {
        let frame = Frame { id: "lorenz", title: "Concentration", description: "Customers by revenue" };
        let data = lorenz::Data {
            curve: &curve,
            before: None,
            top20_share: Some(0.67),
            customers_for_80: Some(0.28),
            share: &share,
        };
        let words = lorenz::Words {
            customers: "Share of customers",
            revenue: "Share of revenue",
            now: "now",
            before: "before",
            equality: "all alike",
            top20: "20 % of customers bring 67 %",
            for80: "28 % of customers bring 80 %",
        };
        lorenz::render(&frame, &data, &words).unwrap().len()
    });
}
