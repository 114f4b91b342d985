//! Curves over shares, and points.

use super::*;

pub(in crate::chart) fn all_curves(language: usize) -> Vec<Picture> {
    vec![
        ("lorenz", lorenz_of(language, 6.0, 0.0)),
        ("lorenz 77", lorenz_of(language, 6.6, 0.0)),
        ("lorenz above 1", lorenz_of(language, 9.0, 0.06)),
        ("gains", gains_of(language, 2.2)),
        ("gains sharp", gains_of(language, 12.0)),
        ("gains none", gains_of(language, 1.0)),
        ("scatter", scatter_of(language, 60)),
        ("scatter 600", scatter_of(language, 600)),
        ("scatter 1", scatter_of(language, 1)),
    ]
}

pub(in crate::chart) fn lorenz_of(language: usize, steep: f64, negative: f64) -> Result<String, ChartError> {
    let curve = |name: &str, steep: f64| {
        let at = |x: f64| (1.0 + negative) * (1.0 - (1.0 - x).powf(steep)) - negative * x.powi(8);
        let points = (0..=100).map(|step| (f64::from(step) / 100.0, at(f64::from(step) / 100.0)));
        lorenz::Curve { name: name.to_owned(), points: points.collect() }
    };
    let curves = [
        curve(pick(language, "November 2011", "2011年11月"), steep),
        curve(pick(language, "a year before", "一年前"), steep * 0.8),
    ];
    let points = &curves[0].points;
    let needed = points.iter().find(|point| point.1 >= 0.8).map(|point| point.0);
    let top20 =
        format!("{} 74 %", pick(language, "The best 20 % of customers bring", "最好的20%客户带来收入的"));
    let for80 =
        format!("26 % {}", pick(language, "of customers bring 80 % of revenue", "的客户带来80%的收入"));
    let data = lorenz::Data {
        curves: &curves,
        held: Some(lorenz::Mark { customers: 0.2, total: points[20].1, note: &top20 }),
        needed: needed.map(|customers| lorenz::Mark { customers, total: 0.8, note: &for80 }),
        share: &percent,
    };
    let words = lorenz::Words {
        customers: pick(language, "Share of customers, best first", "客户占比（由高到低）"),
        total: pick(language, "Share of revenue", "收入占比"),
        diagonal: pick(language, "all alike", "完全平均"),
    };
    lorenz::render(&frame("lorenz"), &data, &words)
}

/// Curves that rise faster the larger `sharp` is; the second and the third rise more slowly.
pub(in crate::chart) fn gains_of(language: usize, sharp: f64) -> Result<String, ChartError> {
    let curve = |name: &str, sharp: f64| lorenz::Curve {
        name: name.to_owned(),
        points: (0..=10)
            .map(|tenth| f64::from(tenth) / 10.0)
            .map(|x| (x, 1.0 - (1.0 - x).powf(sharp)))
            .collect(),
    };
    let curves = [
        curve(pick(language, "Regression", "回归"), sharp),
        curve(pick(language, "Groups by rules", "规则分组"), sharp * 0.9),
        curve(pick(language, "Rule: the longest silence first", "规则：最久未下单者优先"), sharp * 0.8),
    ];
    let height = lorenz::height_at(&curves[0].points, 0.1);
    let data = lorenz::Data {
        curves: &curves,
        held: height.map(|total| lorenz::Mark { customers: 0.1, total, note: "" }),
        needed: None,
        share: &percent,
    };
    let words = lorenz::Words {
        customers: pick(
            language,
            "Share of customers contacted, likeliest first",
            "联系的客户占比（由高到低）",
        ),
        total: pick(language, "Share of those who left", "占离开客户的比例"),
        diagonal: pick(language, "picked by lot", "随机联系"),
    };
    lorenz::render(&frame("gains"), &data, &words)
}

pub(in crate::chart) fn scatter_of(language: usize, size: usize) -> Result<String, ChartError> {
    let names = names(language, 10);
    let point = |index: usize| {
        let x = figure(index) * figure(index * 5 + 1) * 40.0;
        scatter::Point {
            name: names.get(index).cloned().unwrap_or_default(),
            x,
            y: (x * 9e3 + 2e5 * figure(index * 3)) * (0.6 + figure(index * 11)),
        }
    };
    let points: Vec<_> = (0..size).map(point).collect();
    let money = money(language);
    let data = scatter::Data { points: &points, split: Some((12.0, 1.8e5)), x: &count, y: &money };
    let words = scatter::Words {
        x: pick(language, "orders a year", "年订单数"),
        y: pick(language, "Revenue a year", "年收入"),
        quarters: [
            pick(language, "large but rare", "少而大"),
            pick(language, "large and often", "多而大"),
            pick(language, "small and rare", "少而小"),
            pick(language, "small but often", "多而小"),
        ],
    };
    scatter::render(&frame("scatter"), &data, &words)
}
