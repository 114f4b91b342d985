//! Pictures of each kind from small fixtures, in both languages.

mod of_bars;
mod of_cells;
mod of_curves;
mod of_lines;

pub(super) use of_bars::*;
pub(super) use of_cells::*;
pub(super) use of_curves::*;
pub(super) use of_lines::*;

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

/// Names of segments, as many as wanted; those after the tenth are numbered.
fn names(language: usize, count: usize) -> Vec<String> {
    let name = |index: usize| {
        let name = NAMES.get(index % NAMES.len()).map_or("", |name| pick(language, name.0, name.1));
        if index < NAMES.len() { name.to_owned() } else { format!("{name} {}", index / NAMES.len() + 1) }
    };
    (0..count).map(name).collect()
}

/// Evenly mixed figures from 0 to 1 that are the same on every run (multiples of the golden ratio).
fn figure(index: usize) -> f64 {
    (index as f64 * 0.618_033_988_749_895).fract()
}

pub(super) fn frame(id: &str) -> Frame<'_> {
    Frame { id, title: "Title <&> 标题", description: "\"Description\" 说明" }
}

/// One picture of each kind, as the documents show it.
pub(super) fn documented() -> Vec<Picture> {
    vec![
        ("bars", bars_of(0, 7, Some(2))),
        ("grouped_bars", grouped_of(0, 7, 2, 0.02)),
        ("stacked_bars", statuses_of(0)),
        ("line", line_of(0, 24, 2)),
        ("area_band", area_band_of(0, 18, 12)),
        ("combo", combo_of(0, 25, 0.0)),
        ("multiples", multiples_of(0, 6, 24, multiples::PanelMarks::Line)),
        ("sparkline", sparkline_of(&[3.0, 4.0, 3.5, 5.0, 4.0, 6.0, 5.5, 7.0, 6.0, 6.5, 8.0, 7.0, 9.0])),
        ("heat", cohorts_of(0, 13)),
        ("matrix", matrix_of(0)),
        ("sankey", sankey_of(0, 2, 5)),
        ("lorenz", lorenz_of(0, 6.0, 0.0)),
        ("histogram", histogram_of(0, 14)),
        ("scatter", scatter_of(0, 60)),
        ("waterfall", waterfall_of(0, 8e6, [6e6, -3e6])),
        ("funnel", funnel_of(0, 5)),
        ("pyramid", tiers_of(0, 5)),
    ]
}

/// Every kind of picture, small and large.
pub(crate) fn all(language: usize) -> Vec<Picture> {
    let mut all = all_bars(language);
    all.extend(all_lines(language));
    all.extend(all_curves(language));
    all.extend(all_cells(language));
    all
}
