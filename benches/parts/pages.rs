//! The page and its pictures.

use criterion::{BenchmarkId, Criterion};
use regulars::chart::{Frame, lorenz};
use regulars::report::section;
use regulars::report::{
    CheckFacts, CustomerIds, Download, Facts, SetAside, SourceFacts, StepFacts, Tables, Theme,
};

use crate::on;

#[path = "../../src/report/fixture.rs"]
#[allow(dead_code, clippy::redundant_pub_crate, reason = "the tests use more of it")]
mod fixture;

pub fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("page");
    for locale in ["en", "zh-CN"] {
        let set_up = || (fixture::facts(locale), fixture::worded(&fixture::tables()), fixture::theme(locale));
        group.bench_function(BenchmarkId::new("all sections", locale), on(set_up, page));
    }
    group.bench_function("Lorenz curve", on(curve, |curve| lorenz_curve(curve)));
}

/// All sections of a small shop's report.
fn page((facts, tables, theme): &(Facts, Tables, Theme)) -> usize {
    regulars::report::render(facts, tables, theme).unwrap().html.len()
}

fn curve() -> Vec<(f64, f64)> {
    let points = (0..=100).map(|step| f64::from(step) / 100.0);
    points.map(|x| (x, 1.0 - (1.0 - x).powi(5))).collect()
}

/// One picture, of a hundred points.
fn lorenz_curve(curve: &[(f64, f64)]) -> usize {
    let share = |share: f64| format!("{:.0} %", 100.0 * share);
    let frame = Frame { id: "lorenz", title: "Concentration", description: "Customers by revenue" };
    let curves = [lorenz::Curve { name: "now".to_owned(), points: curve.to_vec() }];
    let mark = |customers, total, note| Some(lorenz::Mark { customers, total, note });
    let data = lorenz::Data {
        curves: &curves,
        held: mark(0.2, 0.67, "20 % of customers bring 67 %"),
        needed: mark(0.28, 0.8, "28 % of customers bring 80 %"),
        share: &share,
    };
    let words =
        lorenz::Words { customers: "Share of customers", total: "Share of revenue", diagonal: "all alike" };
    lorenz::render(&frame, &data, &words).unwrap().len()
}
