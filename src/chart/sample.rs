//! One picture of each kind in both languages.

use super::*;

pub(crate) type Picture = (&'static str, Result<String, ChartError>);

const NAMES: [(&str, &str); 10] = [
    ("Champions", "重要价值客户"),
    ("Loyal", "忠诚客户"),
    ("Potential loyalists", "潜在忠诚客户"),
    ("New", "新客户"),
    ("Promising", "有潜力客户"),
    ("Need attention", "需要关注的客户"),
    ("About to sleep", "即将沉睡"),
    ("At risk <&>", "流失风险"),
    ("Can't lose them", "不能流失的重要挽留客户"),
    ("Lost", "已流失"),
];

/// The words of a language: 0 English, 1 Chinese.
fn pick(language: usize, english: &'static str, chinese: &'static str) -> &'static str {
    if language == 0 { english } else { chinese }
}

pub(super) fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

fn percent_fine(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

pub(super) fn count(number: f64) -> String {
    format!("{number:.0}")
}

fn money(language: usize) -> impl Fn(f64) -> String {
    move |amount| {
        if language == 0 { format!("£{:.0}k", amount / 1e3) } else { format!("{:.0}万元", amount / 1e4) }
    }
}

fn months(count: usize) -> Vec<String> {
    (0..count).map(|month| format!("{}-{:02}", 2016 + month / 12, month % 12 + 1)).collect()
}

fn names(language: usize) -> Vec<String> {
    NAMES.iter().map(|name| pick(language, name.0, name.1).to_owned()).collect()
}

/// Evenly mixed figures from 0 to 1 that are the same on every run (multiples of the golden ratio).
fn figure(index: usize) -> f64 {
    (index as f64 * 0.618_033_988_749_895).fract()
}

pub(super) fn frame(id: &str) -> Frame<'_> {
    Frame { id, title: "Title <&> 标题", description: "\"Description\" 说明" }
}

pub(super) fn lorenz_of(language: usize, steep: f64, negative: f64) -> Result<String, ChartError> {
    let curve = |steep: f64| -> Vec<(f64, f64)> {
        let at = |x: f64| (1.0 + negative) * (1.0 - (1.0 - x).powf(steep)) - negative * x.powi(8);
        (0..=100).map(|step| (f64::from(step) / 100.0, at(f64::from(step) / 100.0))).collect()
    };
    let (now, before) = (curve(steep), curve(steep * 0.8));
    let for80 = now.iter().find(|point| point.1 >= 0.8).map(|point| point.0);
    let data = lorenz::Data {
        curve: &now,
        before: Some(&before),
        top20_share: Some(now[20].1),
        customers_for_80: for80,
        share: &percent,
    };
    let top20 =
        format!("{} 74 %", pick(language, "The best 20 % of customers bring", "最好的20%客户带来收入的"));
    let for80 =
        format!("26 % {}", pick(language, "of customers bring 80 % of revenue", "的客户带来80%的收入"));
    let words = lorenz::Words {
        customers: pick(language, "Share of customers, best first", "客户占比（由高到低）"),
        revenue: pick(language, "Share of revenue", "收入占比"),
        now: pick(language, "November 2011", "2011年11月"),
        before: pick(language, "a year before", "一年前"),
        equality: pick(language, "all alike", "完全平均"),
        top20: &top20,
        for80: &for80,
    };
    lorenz::render(&frame("lorenz"), &data, &words)
}

pub(super) fn rf_heat_of(language: usize, size: usize) -> Result<String, ChartError> {
    let scores: Vec<String> = (1..=size).map(|score| score.to_string()).collect();
    let top_down: Vec<String> = scores.iter().rev().cloned().collect();
    let share = |row: usize, column: usize| figure(row * size + column) * 2.0 / (size * size) as f64;
    let shares: Vec<Vec<f64>> =
        (0..size).map(|row| (0..size).map(|column| share(row, column)).collect()).collect();
    let data =
        rf_heat::Data { recency: &top_down, frequency: &scores, shares: &shares, share: &percent_fine };
    let words = rf_heat::Words {
        recency: pick(language, "Recency (top: bought lately)", "最近购买（上为最近）"),
        frequency: pick(language, "Frequency (right: buys often)", "购买频率（右为频繁）"),
    };
    rf_heat::render(&frame("rf"), &data, &words)
}

pub(super) fn segments_of(language: usize, lowest: f64) -> Result<String, ChartError> {
    let segment = |(index, name): (usize, String)| segments::Segment {
        name,
        customers: figure(index + 1) * 0.2,
        revenue: if index == 9 { lowest } else { figure(index + 5) * 0.4 },
    };
    let list: Vec<_> = names(language).into_iter().enumerate().map(segment).collect();
    let words = segments::Words {
        customers: pick(language, "share of customers", "客户占比"),
        revenue: pick(language, "share of revenue", "收入占比"),
    };
    segments::render(&frame("segments"), &segments::Data { segments: &list, share: &percent_fine }, &words)
}

pub(super) fn monthly_of(language: usize, size: usize, shift: f64) -> Result<String, ChartError> {
    let month = |(index, label): (usize, String)| monthly::Month {
        label,
        revenue: 4e5 + shift + figure(index) * 5e5,
        active: 800.0 + 500.0 * figure(index * 3),
        complete: index + 1 < size,
    };
    let list: Vec<_> = months(size).into_iter().enumerate().map(month).collect();
    let money = money(language);
    let words = monthly::Words {
        revenue: pick(language, "Revenue a month", "月收入"),
        active: pick(language, "Active customers", "活跃客户"),
        incomplete: pick(language, "month not over", "当月未结束"),
    };
    let data = monthly::Data { months: &list, money: &money, count: &count };
    monthly::render(&frame("monthly"), &data, &words)
}

pub(super) fn cohorts_of(language: usize, size: usize) -> Result<String, ChartError> {
    let ages: Vec<String> = (0..size).map(|age| age.to_string()).collect();
    let cell = |cohort: usize, age: usize| {
        let retention = if age == 0 { 1.0 } else { 0.1 + 0.3 * figure(cohort * 7 + age) };
        (cohort + age < size).then_some(cohorts::Cell { retention, complete: cohort + age + 1 < size })
    };
    let cohort = |(index, label): (usize, String)| cohorts::Cohort {
        label,
        cells: (0..size).map(|age| cell(index, age)).collect(),
    };
    let list: Vec<_> = months(size).into_iter().enumerate().map(cohort).collect();
    let words = cohorts::Words {
        cohort: pick(language, "First order", "首购月份"),
        age: pick(language, "Months since", "首购后月数"),
        incomplete: pick(language, "month not over", "当月未结束"),
    };
    let data = cohorts::Data { cohorts: &list, ages: &ages, share: &|share| format!("{:.0}", share * 100.0) };
    cohorts::render(&frame("cohorts"), &data, &words)
}

fn deciles_of(language: usize) -> Result<String, ChartError> {
    let bar =
        |index: i32| deciles::Bar { label: (index + 1).to_string(), value: 9e6 * 0.55_f64.powi(index) - 4e4 };
    let bars: Vec<_> = (0..10).map(bar).collect();
    let money = money(language);
    let words = deciles::Words {
        value: pick(language, "Expected value over three years", "三年预期价值"),
        decile: pick(language, "Tenth of customers (1 = most valuable)", "客户十分位（1为最高）"),
    };
    deciles::render(&frame("deciles"), &deciles::Data { bars: &bars, money: &money }, &words)
}

pub(super) fn bridge_of(language: usize, before: f64, steps: [f64; 2]) -> Result<String, ChartError> {
    let money = money(language);
    let amount = |name: &str, value: f64| bridge::Bar {
        name: name.to_owned(),
        figure: money(value),
        value,
        kind: bridge::Kind::Amount,
    };
    let step = |name: &str, value: f64| bridge::Bar {
        figure: if value < 0.0 { money(value) } else { format!("+{}", money(value)) },
        kind: bridge::Kind::Step,
        ..amount(name, value)
    };
    let [number, mean] = steps;
    let bars = [
        amount(pick(language, "9 November 2011", "2011年11月9日"), before),
        step(pick(language, "Number of customers", "客户数"), number),
        step(pick(language, "Value of each", "人均价值"), mean),
        amount(pick(language, "9 December 2011", "2011年12月9日"), before + number + mean),
    ];
    let words = bridge::Words {
        value: pick(language, "Predicted value after costs", "扣除成本后的预测价值"),
        cut: pick(language, "columns cut, not from zero", "柱体截断，不从零起"),
    };
    bridge::render(&frame("bridge"), &bridge::Data { bars: &bars }, &words)
}

pub(super) fn forecast_of(language: usize, past: usize, ahead: usize) -> Result<String, ChartError> {
    let month = |(index, label): (usize, String)| forecast::Month {
        label,
        earlier: if index < past { 400.0 - 200.0 * index as f64 / past as f64 } else { f64::NAN },
        newcomers: if index < past { 300.0 * figure(index) } else { f64::NAN },
        // The month that is not over has come in part, and is foretold for the rest.
        ahead: if index + 1 < past { f64::NAN } else { 250.0 + 200.0 * figure(index) },
    };
    let list: Vec<_> = months(past + ahead).into_iter().enumerate().map(month).collect();
    let words = forecast::Words {
        value: pick(language, "Days with an order, a month", "各月合计下单天数"),
        earlier: pick(language, "of customers won before December 2010", "2010年12月之前获得的客户"),
        newcomers: pick(language, "of customers won since", "此后新增的客户"),
        ahead: pick(
            language,
            "expected of today's customers, none yet to be won",
            "现有客户的预期，不含今后新增",
        ),
    };
    let total =
        pick(language, "next 365 days: 12,300 (10,900 to 13,700)", "未来365天：1.23万（1.09万至1.37万）");
    forecast::render(&frame("forecast"), &forecast::Data { months: &list, count: &count, total }, &words)
}

fn churn_of(language: usize) -> Result<String, ChartError> {
    let class = |(label, parts)| churn::Class {
        label: String::from(label),
        note: pick(language, "1,171 customers", "1171位客户").to_owned(),
        parts,
    };
    let parts = [
        ("A", [600.0, 210.0, 90.0, 20.0]),
        ("B", [300.0, 300.0, 200.0, 180.0]),
        ("C", [150.0, 40.0, 310.0, 900.0]),
    ];
    let classes: Vec<_> = parts.into_iter().map(class).collect();
    let statuses = if language == 0 {
        ["active", "cooling", "at risk", "lost"]
    } else {
        ["活跃", "降温", "有流失风险", "已流失"]
    };
    churn::render(
        &frame("churn"),
        &churn::Data { classes: &classes, share: &percent },
        &churn::Words { statuses },
    )
}

pub(super) fn trend_of(language: usize, size: usize) -> Result<String, ChartError> {
    let line = |name: &str, base: f64, last: &str| trend::Series {
        name: name.to_owned(),
        values: (0..size).map(|month| base + 0.03 * figure(month)).collect(),
        last: last.to_owned(),
    };
    let series = [
        line(pick(language, "revenue of the best 20 %", "前20%客户收入占比"), 0.72, "74.1 %"),
        line(pick(language, "Gini coefficient", "基尼系数"), 0.70, "0.712"),
    ];
    let months = months(size);
    trend::render(&frame("trend"), &trend::Data { months: &months, series: &series, share: &percent })
}

pub(super) fn sparkline_of(values: &[f64]) -> Result<String, ChartError> {
    sparkline::render(&frame("sparkline"), &sparkline::Data { values })
}

fn migration_of(language: usize) -> Result<String, ChartError> {
    let to = names(language);
    let mut from = to.clone();
    from.push(pick(language, "Not a customer", "尚非客户").to_owned());
    let moved = |from: usize, to: usize| {
        if from == to { 900.0 } else { (figure(from * 10 + to) * 90.0 - 30.0).max(0.0).round() }
    };
    let customers: Vec<Vec<f64>> =
        (0..from.len()).map(|row| (0..to.len()).map(|column| moved(row, column)).collect()).collect();
    let words = migration::Words {
        from: pick(language, "Before", "上期"),
        to: pick(language, "Now", "本期"),
        stayed: pick(language, "stayed where they were", "未变动"),
    };
    let data = migration::Data { from: &from, to: &to, customers: &customers, count: &count };
    migration::render(&frame("migration"), &data, &words)
}

fn cumulative_of(language: usize) -> Result<String, ChartError> {
    let cohort = |index: usize| cumulative::Cohort {
        label: if language == 0 {
            format!("Q{} 2010", index + 1)
        } else {
            format!("2010年{}季度", index + 1)
        },
        values: (0..24 - 4 * index)
            .map(|age| 3e5 + (age as f64).powf(0.8) * (1e5 - 4e3 * index as f64))
            .collect(),
    };
    let cohorts: Vec<_> = (0..5).map(cohort).collect();
    let money = money(language);
    let words = cumulative::Words {
        money: pick(language, "Revenue a customer so far", "每客累计收入"),
        age: pick(language, "months since first order", "首购后月数"),
    };
    let data = cumulative::Data { cohorts: &cohorts, money: &money, age: &count };
    cumulative::render(&frame("cumulative"), &data, &words)
}

/// Curves that rise the faster, the sharper; the second and the third are duller.
pub(super) fn gains_of(language: usize, sharp: f64) -> Result<String, ChartError> {
    let curve = |name: &str, sharp: f64| gains::Curve {
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
    let words = gains::Words {
        contacted: pick(
            language,
            "Share of customers contacted, likeliest first",
            "联系的客户占比（由高到低）",
        ),
        caught: pick(language, "Share of those who left", "占离开客户的比例"),
        chance: pick(language, "picked by lot", "随机联系"),
    };
    gains::render(&frame("gains"), &gains::Data { curves: &curves, mark: 0.1, share: &percent }, &words)
}

/// Every kind of picture, small and large.
pub(crate) fn all(language: usize) -> Vec<Picture> {
    vec![
        ("lorenz", lorenz_of(language, 6.0, 0.0)),
        ("lorenz 77", lorenz_of(language, 6.6, 0.0)),
        ("lorenz above 1", lorenz_of(language, 9.0, 0.06)),
        ("rf 5", rf_heat_of(language, 5)),
        ("rf 10", rf_heat_of(language, 10)),
        ("rf 2", rf_heat_of(language, 2)),
        ("segments", segments_of(language, 0.02)),
        ("segments negative", segments_of(language, -0.08)),
        ("monthly 13", monthly_of(language, 13, 0.0)),
        ("monthly 120", monthly_of(language, 120, 0.0)),
        ("monthly negative", monthly_of(language, 25, -5e5)),
        ("monthly 1", monthly_of(language, 1, 0.0)),
        ("cohorts 13", cohorts_of(language, 13)),
        ("cohorts 36", cohorts_of(language, 36)),
        ("cohorts 4", cohorts_of(language, 4)),
        ("deciles", deciles_of(language)),
        ("bridge", bridge_of(language, 8e6, [3e5, -1e5])),
        ("bridge from zero", bridge_of(language, 8e6, [6e6, -3e6])),
        ("bridge below zero", bridge_of(language, 2e6, [-6e6, 1e6])),
        ("bridge tiny", bridge_of(language, 2e6, [1.0, -2.0])),
        ("forecast 13 12", forecast_of(language, 13, 12)),
        ("forecast 1 1", forecast_of(language, 1, 1)),
        ("forecast 13 60", forecast_of(language, 13, 60)),
        ("churn", churn_of(language)),
        ("trend 24", trend_of(language, 24)),
        ("trend 1", trend_of(language, 1)),
        ("sparkline", sparkline_of(&[3.0, 4.0, 3.5, 5.0, 4.0, 6.0, 5.5, 7.0, 6.0, 6.5, 8.0, 7.0, 9.0])),
        ("sparkline gap", sparkline_of(&[3.0, f64::NAN, 3.5, 3.5])),
        ("migration", migration_of(language)),
        ("cumulative", cumulative_of(language)),
        ("gains", gains_of(language, 2.2)),
        ("gains sharp", gains_of(language, 12.0)),
        ("gains none", gains_of(language, 1.0)),
    ]
}
