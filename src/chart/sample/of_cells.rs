//! Cells and flows.

use super::*;

pub(in crate::chart) fn all_cells(language: usize) -> Vec<Picture> {
    vec![
        ("rf 5", scores_of(language, 5)),
        ("rf 10", scores_of(language, 10)),
        ("rf 2", scores_of(language, 2)),
        ("cohorts 13", cohorts_of(language, 13)),
        ("cohorts 36", cohorts_of(language, 36)),
        ("cohorts 4", cohorts_of(language, 4)),
        ("heat below zero", change_of(language)),
        ("matrix", matrix_of(language)),
        ("sankey 2", sankey_of(language, 2, 10)),
        ("sankey 3", sankey_of(language, 3, 6)),
        ("sankey 4", sankey_of(language, 4, 4)),
    ]
}

pub(in crate::chart) fn cell(value: f64, framed: bool) -> heat::Cell {
    heat::Cell { value, framed }
}

pub(in crate::chart) fn scores_of(language: usize, size: usize) -> Result<String, ChartError> {
    let scores: Vec<String> = (1..=size).map(|score| score.to_string()).collect();
    let top_down: Vec<String> = scores.iter().rev().cloned().collect();
    let share = |row: usize, column: usize| figure(row * size + column) * 2.0 / (size * size) as f64;
    let cells: Vec<Vec<_>> = (0..size)
        .map(|row| (0..size).map(|column| Some(cell(share(row, column), false))).collect())
        .collect();
    let data = heat::Data {
        rows: &top_down,
        columns: &scores,
        cells: &cells,
        darkest: None,
        number: &percent_fine,
        and_more: &percent_fine,
    };
    let words = heat::Words {
        row: pick(language, "Recency (top: bought lately)", "最近购买（上为最近）"),
        column: pick(language, "Frequency (right: buys often)", "购买频率（右为频繁）"),
        framed: "",
    };
    heat::render(&frame("scores"), &data, &words)
}

pub(in crate::chart) fn cohorts_of(language: usize, size: usize) -> Result<String, ChartError> {
    let ages: Vec<String> = (0..size).map(|age| age.to_string()).collect();
    let at = |cohort: usize, age: usize| {
        let retention = if age == 0 { 1.0 } else { 0.1 + 0.3 * figure(cohort * 7 + age) };
        (cohort + age < size).then(|| cell(retention, cohort + age + 1 == size))
    };
    let cells: Vec<Vec<_>> = (0..size).map(|row| (0..size).map(|age| at(row, age)).collect()).collect();
    let words = heat::Words {
        row: pick(language, "First order", "首购月份"),
        column: pick(language, "Months since", "首购后月数"),
        framed: pick(language, "month not over", "当月未结束"),
    };
    let months = months(size);
    let number = |share: f64| format!("{:.0}", share * 100.0);
    let data = heat::Data {
        rows: &months,
        columns: &ages,
        cells: &cells,
        darkest: Some(0.4),
        number: &number,
        and_more: &|value| format!("{} and more", number(value)),
    };
    heat::render(&frame("cohorts"), &data, &words)
}

fn change_of(language: usize) -> Result<String, ChartError> {
    let (rows, columns) = (names(language, 6), months(12));
    let cells: Vec<Vec<_>> = (0..rows.len())
        .map(|row| {
            (0..columns.len()).map(|column| Some(cell(figure(row * 13 + column) - 0.5, false))).collect()
        })
        .collect();
    let data = heat::Data {
        rows: &rows,
        columns: &columns,
        cells: &cells,
        darkest: None,
        number: &|share| format!("{:+.0}", share * 100.0),
        and_more: &|share| format!("{:+.0}", share * 100.0),
    };
    let words = heat::Words {
        row: pick(language, "Change in %", "变化（%）"),
        column: pick(language, "Month", "月份"),
        framed: "",
    };
    heat::render(&frame("change"), &data, &words)
}

pub(in crate::chart) fn matrix_of(language: usize) -> Result<String, ChartError> {
    let to = names(language, 10);
    let mut from = to.clone();
    from.push(pick(language, "Not a customer", "尚非客户").to_owned());
    let moved = |from: usize, to: usize| {
        if from == to { 900.0 } else { (figure(from * 10 + to) * 90.0 - 30.0).max(0.0).round() }
    };
    let counts: Vec<Vec<f64>> =
        (0..from.len()).map(|row| (0..to.len()).map(|column| moved(row, column)).collect()).collect();
    let words = matrix::Words {
        from: pick(language, "Before", "上期"),
        to: pick(language, "Now", "本期"),
        stayed: pick(language, "stayed where they were", "未变动"),
    };
    let data = matrix::Data { from: &from, to: &to, counts: &counts, number: &count };
    matrix::render(&frame("matrix"), &data, &words)
}

pub(in crate::chart) fn sankey_of(
    language: usize,
    columns: usize,
    nodes: usize,
) -> Result<String, ChartError> {
    let list: Vec<_> = (0..columns)
        .map(|column| sankey::Column {
            title: format!("{} {}", pick(language, "Quarter", "季度"), column + 1),
            nodes: names(language, nodes),
        })
        .collect();
    let flow = |column: usize, from: usize, to: usize| {
        let weight = 1.0 / (1.0 + (from as f64 - to as f64).abs()).powi(2);
        sankey::Flow {
            column,
            from,
            to,
            value: (figure(column * 31 + from * 7 + to) * 400.0 * weight - 12.0).round(),
            tone: match from.cmp(&to) {
                std::cmp::Ordering::Equal => Tone::Beside,
                std::cmp::Ordering::Greater => Tone::Main,
                std::cmp::Ordering::Less => Tone::Alert,
            },
        }
    };
    let flows: Vec<_> = (0..columns - 1)
        .flat_map(|column| (0..nodes).flat_map(move |from| (0..nodes).map(move |to| (column, from, to))))
        .map(|(column, from, to)| flow(column, from, to))
        .collect();
    let data = sankey::Data { columns: &list, flows: &flows, number: &count };
    sankey::render(&frame("sankey"), &data)
}
