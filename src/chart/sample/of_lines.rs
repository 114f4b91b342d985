//! Lines over months.

use super::*;

pub(in crate::chart) fn all_lines(language: usize) -> Vec<Picture> {
    vec![
        ("line 24", line_of(language, 24, 2)),
        ("line 1", line_of(language, 1, 2)),
        ("line 36 6", line_of(language, 36, 6)),
        ("line compared", target_of(language, 13)),
        ("line negative", change_of(language)),
        ("line ordered", cumulative_of(language, 5)),
        ("line ordered 12", cumulative_of(language, 12)),
        ("area band", area_band_of(language, 18, 12)),
        ("area band 1 1", area_band_of(language, 1, 1)),
        ("area band 60 60", area_band_of(language, 60, 60)),
        ("area band ahead alone", area_band_of(language, 0, 6)),
        ("combo 13", combo_of(language, 13, 0.0)),
        ("combo 120", combo_of(language, 120, 0.0)),
        ("combo negative", combo_of(language, 25, -5e5)),
        ("combo 1", combo_of(language, 1, 0.0)),
        ("multiples 6", multiples_of(language, 6, 24, multiples::PanelMarks::Line)),
        ("multiples 3 bars", multiples_of(language, 3, 13, multiples::PanelMarks::Bars)),
        ("multiples 24", multiples_of(language, 24, 36, multiples::PanelMarks::Bars)),
        ("multiples 1", multiples_of(language, 1, 13, multiples::PanelMarks::Line)),
        ("sparkline", sparkline_of(&[3.0, 4.0, 3.5, 5.0, 4.0, 6.0, 5.5, 7.0, 6.0, 6.5, 8.0, 7.0, 9.0])),
        ("sparkline gap", sparkline_of(&[3.0, f64::NAN, 3.5, 3.5])),
    ]
}

fn series(name: &str, last: &str, values: Vec<f64>) -> line::Series {
    line::Series { name: name.to_owned(), values, last: last.to_owned() }
}

const NO_WORDS: line::Words<'static> = line::Words { value: "", label: "" };

pub(in crate::chart) fn line_of(language: usize, size: usize, lines: usize) -> Result<String, ChartError> {
    let words = [
        ("revenue of the best 20 %", "前20%客户收入占比", "74.1 %"),
        ("Gini coefficient", "基尼系数", "0.712"),
        ("revenue of class A", "A类客户收入占比", "79.8 %"),
        ("customers with more than one order", "复购客户占比", "66.0 %"),
        ("orders of members", "会员订单占比", "61.2 %"),
        ("online", "线上占比", "58.7 %"),
    ];
    let list: Vec<_> = words
        .into_iter()
        .take(lines)
        .enumerate()
        .map(|(index, (english, chinese, last))| {
            let base = 0.72 - 0.02 * index as f64;
            let value = |month: usize| {
                if index == 2 && month == 9 { f64::NAN } else { base + 0.03 * figure(month + index) }
            };
            series(pick(language, english, chinese), last, (0..size).map(value).collect())
        })
        .collect();
    let labels = months(size);
    let data = line::Data {
        labels: &labels,
        series: &list,
        colours: line::Colours::Distinct,
        from_zero: false,
        reference: None,
        open: 0,
        number: &percent,
    };
    line::render(&frame("line"), &data, &NO_WORDS)
}

fn target_of(language: usize, size: usize) -> Result<String, ChartError> {
    let list = [series(
        pick(language, "share of members", "会员占比"),
        "48 %",
        (0..size).map(|month| 0.3 + 0.015 * month as f64 + 0.03 * figure(month)).collect(),
    )];
    let labels = months(size);
    let data = line::Data {
        labels: &labels,
        series: &list,
        colours: line::Colours::Distinct,
        from_zero: true,
        reference: Some(Reference { at: 0.5, name: pick(language, "target 50 %", "目标50%") }),
        open: 1,
        number: &percent,
    };
    let words =
        line::Words { value: pick(language, "Share of orders by members", "会员订单占比"), label: "" };
    line::render(&frame("target"), &data, &words)
}

fn change_of(language: usize) -> Result<String, ChartError> {
    let value = |shift: f64| (0..24).map(|month| figure(month) - shift).collect();
    let list = [
        series(pick(language, "shops", "门店"), "−12 %", value(0.9)),
        series(pick(language, "online", "线上"), "+31 %", value(0.2)),
    ];
    let labels = months(24);
    let data = line::Data {
        labels: &labels,
        series: &list,
        colours: line::Colours::Distinct,
        from_zero: true,
        reference: None,
        open: 0,
        number: &percent,
    };
    let words =
        line::Words { value: pick(language, "Change against the year before", "较上年变化"), label: "" };
    line::render(&frame("change"), &data, &words)
}

pub(in crate::chart) fn cumulative_of(language: usize, size: usize) -> Result<String, ChartError> {
    let ages = 24;
    let one = |index: usize| {
        let name = if language == 0 {
            format!("Q{} {}", index % 4 + 1, 2010 + index / 4)
        } else {
            format!("{}年{}季度", 2010 + index / 4, index % 4 + 1)
        };
        let known = 24_usize.saturating_sub(24 / size * index).max(2);
        let value = |age: usize| {
            if age < known { 3e5 + (age as f64).powf(0.8) * (1e5 - 4e3 * index as f64) } else { f64::NAN }
        };
        series(&name, "", (0..ages).map(value).collect())
    };
    let list: Vec<_> = (0..size).map(one).collect();
    let labels: Vec<String> = (0..ages).map(|age| age.to_string()).collect();
    let money = money(language);
    let data = line::Data {
        labels: &labels,
        series: &list,
        colours: line::Colours::Ordered,
        from_zero: true,
        reference: None,
        open: 0,
        number: &money,
    };
    let words = line::Words {
        value: pick(language, "Revenue a customer so far", "每客累计收入"),
        label: pick(language, "months since first order", "首购后月数"),
    };
    line::render(&frame("cumulative"), &data, &words)
}

pub(in crate::chart) fn area_band_of(
    language: usize,
    past: usize,
    ahead: usize,
) -> Result<String, ChartError> {
    let point = |(index, label): (usize, String)| {
        let value = 4e5 + 1e5 * (index as f64 / 3.0).sin() + 4e4 * figure(index) + 4e3 * index as f64;
        let far = index as f64 - past as f64 + 1.0;
        let is_ahead = index >= past;
        area_band::Point {
            label,
            actual: if is_ahead { f64::NAN } else { value },
            expected: if is_ahead { value } else { f64::NAN },
            interval: if is_ahead {
                (value - 2.5e4 * far.sqrt(), value + 3e4 * far.sqrt())
            } else {
                (f64::NAN, f64::NAN)
            },
        }
    };
    let points: Vec<_> = months(past + ahead).into_iter().enumerate().map(point).collect();
    let money = money(language);
    let data = area_band::Data {
        points: &points,
        filled: past < 30,
        number: &money,
        last: pick(language, "£548k", "55万元"),
    };
    let words = area_band::Words {
        value: pick(language, "Revenue a month", "月收入"),
        actual: pick(language, "came", "实际"),
        expected: pick(language, "expected", "预期"),
        interval: pick(language, "80 of 100 times within", "80%的区间"),
        boundary: pick(language, "forecast", "预测"),
    };
    area_band::render(&frame("band"), &data, &words)
}

pub(in crate::chart) fn combo_of(language: usize, size: usize, shift: f64) -> Result<String, ChartError> {
    let point = |(index, label): (usize, String)| combo::Point {
        label,
        bar: 4e5 + shift + figure(index) * 5e5,
        line: 800.0 + 500.0 * figure(index * 3),
        complete: index + 1 < size,
    };
    let points: Vec<_> = months(size).into_iter().enumerate().map(point).collect();
    let money = money(language);
    let words = combo::Words {
        bar: pick(language, "Revenue a month", "月收入"),
        line: pick(language, "Active customers", "活跃客户"),
        incomplete: pick(language, "month not over", "当月未结束"),
    };
    let data = combo::Data { points: &points, bar: &money, line: &count, line_step: 1.0 };
    combo::render(&frame("combo"), &data, &words)
}

pub(in crate::chart) fn multiples_of(
    language: usize,
    size: usize,
    places: usize,
    kind: multiples::PanelMarks,
) -> Result<String, ChartError> {
    let money = money(language);
    let panel = |(index, title): (usize, String)| {
        let values: Vec<f64> = (0..places)
            .map(|month| {
                2e5 + 3e5 * figure(index * 7 + 1) + 1e5 * figure(month * 3 + index) + 3e3 * month as f64
            })
            .collect();
        multiples::Panel {
            title,
            last: values.last().map(|last| money(*last)).unwrap_or_default(),
            values,
            highlight: index == 1,
        }
    };
    let panels: Vec<_> = names(language, size).into_iter().enumerate().map(panel).collect();
    let labels = months(places);
    let data = multiples::Data {
        labels: &labels,
        panels: &panels,
        kind,
        from_zero: true,
        reference: Some(Reference { at: 4.2e5, name: pick(language, "mean of all", "总体均值") }),
        open: 1,
        number: &money,
    };
    multiples::render(
        &frame("multiples"),
        &data,
        &multiples::Words { value: pick(language, "Revenue a month", "月收入") },
    )
}

pub(in crate::chart) fn sparkline_of(values: &[f64]) -> Result<String, ChartError> {
    sparkline::render(&frame("sparkline"), &sparkline::Data { values, ends_in_figure: true })
}
