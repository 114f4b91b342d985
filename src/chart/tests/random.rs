//! Random data: a well-formed picture that stays on its sheet, or an error; never a panic.

use proptest::collection::vec;
use proptest::prelude::*;

use super::super::sample::percent;
use super::*;

/// The data for pictures: names, values, and where to begin.
#[derive(Debug)]
struct Pool {
    names: Vec<String>,
    values: Vec<f64>,
    size: usize,
    flag: bool,
}

impl Pool {
    fn name(&self, index: usize) -> String {
        self.names.get(index % self.names.len().max(1)).cloned().unwrap_or_default()
    }

    fn value(&self, index: usize) -> f64 {
        self.values.get(index % self.values.len().max(1)).copied().unwrap_or(f64::NAN)
    }

    fn names(&self, size: usize) -> Vec<String> {
        (0..size).map(|index| self.name(index)).collect()
    }

    fn row(&self, start: usize, size: usize) -> Vec<f64> {
        (0..size).map(|index| self.value(start * 7 + index)).collect()
    }

    fn series(&self, count: usize, size: usize) -> Vec<Series> {
        let tones = [Tone::Plain, Tone::Main, Tone::Ahead, Tone::Alert, Tone::Beside, Tone::Stage(size)];
        (0..count)
            .map(|index| Series {
                name: self.name(index + 3),
                values: self.row(index, size),
                tone: tones[(index + size) % 6],
            })
            .collect()
    }

    fn reference<'a>(&self, name: &'a str) -> Option<Reference<'a>> {
        self.flag.then(|| Reference { at: self.value(5), name })
    }

    fn lay(&self) -> Lay {
        [Lay::Fit, Lay::Rows, Lay::Columns][self.size % 3]
    }
}

/// Short text for ordinary values, longer text for unusual ones.
fn write(value: f64) -> String {
    if value.abs() < 1e12 { format!("{value:.1}") } else { format!("{value:e}") }
}

type Outcome = (&'static str, Result<String, ChartError>);

fn bars_of(pool: &Pool) -> Vec<Outcome> {
    let (word, other, size) = (pool.name(0), pool.name(1), pool.size);
    let labels = pool.names(size);
    let list: Vec<_> = (0..size)
        .map(|index| bars::Bar {
            label: pool.name(index),
            note: if pool.flag { pool.name(index + 1) } else { String::new() },
            value: pool.value(index),
            mark: pool.value(index + 9),
            highlight: pool.flag && index == 1,
        })
        .collect();
    let drawn_bars = bars::render(
        &frame("b"),
        &bars::Data { bars: &list, reference: pool.reference(&word), lay: pool.lay(), number: &write },
        &bars::Words { value: &word, label: &other, mark: &word },
    );
    let series = pool.series(1 + size % 4, size);
    let grouped = grouped_bars::render(
        &frame("g"),
        &grouped_bars::Data { labels: &labels, series: &series, lay: pool.lay(), number: &write },
        &grouped_bars::Words { value: &word },
    );
    let series = pool.series(1 + size % 6, size);
    let whole = if pool.flag { stacked_bars::Whole::Sum } else { stacked_bars::Whole::Share };
    let span = Some(stacked_bars::Span { first: size / 3, end: size, text: &other });
    let notes = if size % 2 == 0 { labels.clone() } else { vec![] };
    let stacked = stacked_bars::render(
        &frame("s"),
        &stacked_bars::Data {
            labels: &labels,
            notes: &notes,
            series: &series,
            whole,
            span,
            lay: pool.lay(),
            number: &write,
        },
        &stacked_bars::Words { value: &word },
    );
    let steps: Vec<_> = (0..size)
        .map(|index| waterfall::Bar {
            name: pool.name(index),
            figure: write(pool.value(index)),
            value: pool.value(index),
            kind: if index % 4 == 0 { waterfall::BarKind::Amount } else { waterfall::BarKind::Step },
        })
        .collect();
    let waterfall = waterfall::render(
        &frame("w"),
        &waterfall::Data { bars: &steps, lay: pool.lay() },
        &waterfall::Words { value: &word, cut: &other },
    );
    vec![("bars", drawn_bars), ("grouped", grouped), ("stacked", stacked), ("waterfall", waterfall)]
}

fn tiers_of(pool: &Pool) -> Vec<Outcome> {
    let (word, other, size) = (pool.name(0), pool.name(1), pool.size);
    let stages: Vec<_> =
        (0..size).map(|index| funnel::Stage { label: pool.name(index), count: pool.value(index) }).collect();
    let funnel = funnel::render(
        &frame("f"),
        &funnel::Data { stages: &stages, number: &write, share: &write },
        &funnel::Words { value: &word, step: &other },
    );
    let tiers: Vec<_> = (0..size)
        .map(|index| pyramid::Tier {
            label: pool.name(index),
            value: pool.value(index),
            other: pool.value(index + 4),
            note: pool.name(index + 1),
        })
        .collect();
    let sides = if pool.flag { pyramid::Sides::One } else { pyramid::Sides::Two };
    let pyramid = pyramid::render(
        &frame("p"),
        &pyramid::Data { tiers: &tiers, sides, number: &write },
        &pyramid::Words { value: &word, left: &other, right: &word },
    );
    let mut edges = pool.row(0, size + 1);
    edges.sort_by(f64::total_cmp);
    edges.dedup();
    let marks = [Reference { at: pool.value(3), name: &word }, Reference { at: pool.value(4), name: &other }];
    let counts = pool.row(2, edges.len().saturating_sub(1));
    let histogram = histogram::render(
        &frame("h"),
        &histogram::Data { edges: &edges, counts: &counts, marks: &marks, edge: &write, count: &write },
        &histogram::Words { count: &word, edge: &other },
    );
    vec![("funnel", funnel), ("pyramid", pyramid), ("histogram", histogram)]
}

fn lines_of(pool: &Pool) -> Vec<Outcome> {
    let (word, other, size) = (pool.name(0), pool.name(1), pool.size);
    let labels = pool.names(size);
    let colours = if pool.flag { line::Colours::Distinct } else { line::Colours::Ordered };
    let series: Vec<_> = (0..=size % 6)
        .map(|index| line::Series {
            name: pool.name(index),
            values: pool.row(index, size),
            last: write(pool.value(index)),
        })
        .collect();
    let drawn_line = line::render(
        &frame("l"),
        &line::Data {
            labels: &labels,
            series: &series,
            colours,
            from_zero: size % 2 == 0,
            reference: pool.reference(&word),
            open: size % 3,
            number: &write,
        },
        &line::Words { value: &word, label: &other },
    );
    let points: Vec<_> = (0..size)
        .map(|index| area_band::Point {
            label: pool.name(index),
            actual: pool.value(index),
            expected: pool.value(index + 1),
            interval: (pool.value(index + 2), pool.value(index + 3)),
        })
        .collect();
    let band = area_band::render(
        &frame("a"),
        &area_band::Data { points: &points, filled: pool.flag, number: &write, last: &word },
        &area_band::Words {
            value: &word,
            actual: &other,
            expected: &word,
            interval: &other,
            boundary: &word,
        },
    );
    let points: Vec<_> = (0..size)
        .map(|index| combo::Point {
            label: pool.name(index),
            bar: pool.value(index),
            line: pool.value(index + 1),
            complete: index + 2 < size,
        })
        .collect();
    let combo = combo::render(
        &frame("c"),
        &combo::Data { points: &points, bar: &write, line: &write, line_step: 1.0 },
        &combo::Words { bar: &word, line: &other, incomplete: &word },
    );
    let panels: Vec<_> = (0..size)
        .map(|index| multiples::Panel {
            title: pool.name(index),
            values: pool.row(index, size),
            last: write(pool.value(index)),
            highlight: index == 2,
        })
        .collect();
    let kind = if pool.flag { multiples::PanelMarks::Line } else { multiples::PanelMarks::Bars };
    let multiples = multiples::render(
        &frame("m"),
        &multiples::Data {
            labels: &labels,
            panels: &panels,
            kind,
            from_zero: size % 2 == 0,
            reference: pool.reference(&word),
            open: 1,
            number: &write,
        },
        &multiples::Words { value: &word },
    );
    let sparkline =
        sparkline::render(&frame("s"), &sparkline::Data { values: &pool.row(0, size), ends_in_figure: true });
    vec![
        ("line", drawn_line),
        ("area band", band),
        ("combo", combo),
        ("multiples", multiples),
        ("sparkline", sparkline),
    ]
}

fn cells_of(pool: &Pool) -> Vec<Outcome> {
    let (word, other, size) = (pool.name(0), pool.name(1), pool.size);
    let labels = pool.names(size);
    let cell = |row: usize, column: usize| {
        let cell = heat::Cell { value: pool.value(row * 5 + column), framed: column == 1 };
        (column != 3).then_some(cell)
    };
    let cells: Vec<Vec<_>> =
        (0..size).map(|row| (0..size - row % 2).map(|column| cell(row, column)).collect()).collect();
    let heat = heat::render(
        &frame("h"),
        &heat::Data {
            rows: &labels,
            columns: &labels,
            cells: &cells,
            darkest: pool.flag.then(|| pool.value(2)),
            number: &write,
            and_more: &write,
        },
        &heat::Words { row: &word, column: &other, framed: &word },
    );
    let counts: Vec<Vec<f64>> = (0..size).map(|row| pool.row(row, size)).collect();
    let matrix = matrix::render(
        &frame("m"),
        &matrix::Data { from: &labels, to: &labels, counts: &counts, number: &write },
        &matrix::Words { from: &word, to: &other, stayed: &word },
    );
    let columns: Vec<_> = (0..2 + size % 3)
        .map(|index| sankey::Column { title: pool.name(index), nodes: pool.names(size) })
        .collect();
    let flows: Vec<_> = (0..size * 3)
        .map(|index| sankey::Flow {
            column: index % (columns.len() - 1),
            from: index * 5 % size.max(1),
            to: index * 3 % size.max(1),
            value: pool.value(index),
            tone: Tone::Main,
        })
        .collect();
    let sankey =
        sankey::render(&frame("k"), &sankey::Data { columns: &columns, flows: &flows, number: &write });
    let curves: Vec<_> = (0..=size % 3)
        .map(|index| lorenz::Curve {
            name: pool.name(index),
            points: (0..size).map(|at| (at as f64 / size as f64, pool.value(at + index))).collect(),
        })
        .collect();
    let mark = |start: usize| lorenz::Mark {
        customers: pool.value(start),
        total: pool.value(start + 1),
        note: if pool.flag { &word } else { "" },
    };
    let lorenz = lorenz::render(
        &frame("l"),
        &lorenz::Data { curves: &curves, held: Some(mark(1)), needed: Some(mark(3)), share: &percent },
        &lorenz::Words { customers: &word, total: &other, diagonal: &word },
    );
    let points: Vec<_> = (0..size * 3)
        .map(|index| scatter::Point {
            name: if index < 20 { pool.name(index) } else { String::new() },
            x: pool.value(index),
            y: pool.value(index + 1),
        })
        .collect();
    let split = pool.flag.then(|| (pool.value(7), pool.value(8)));
    let scatter = scatter::render(
        &frame("t"),
        &scatter::Data { points: &points, split, x: &write, y: &write },
        &scatter::Words { x: &word, y: &other, quarters: [&word, &other, &word, &other] },
    );
    vec![("heat", heat), ("matrix", matrix), ("sankey", sankey), ("lorenz", lorenz), ("scatter", scatter)]
}

fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[A-Za-z][a-z]{0,9}( [a-z]{1,9}){0,5}",
        2 => "[客户价值重要忠诚潜在流失风险]{0,14}",
        1 => "[A-Za-z0-9]{0,40}",
        1 => "[&<>\"'\\t\\n\\r\u{1}\u{7f}\u{200b}\u{202e}\u{fffe} ]{0,20}",
        1 => "\\PC{0,30}",
        1 => Just(String::new()),
    ]
}

fn any_value() -> impl Strategy<Value = f64> {
    let odd = [
        0.0,
        -0.0,
        5e-324,
        1e-300,
        1e16,
        1e300,
        -1e300,
        f64::MAX,
        f64::MIN,
        f64::INFINITY,
        f64::NEG_INFINITY,
    ];
    prop_oneof![
        6 => -1000.0..1000.0,
        3 => 0.0..1.0,
        2 => -1e9..1e9,
        1 => Just(f64::NAN),
        1 => proptest::sample::select(odd.to_vec()),
    ]
}

/// Ordinary values, or any values at all.
fn any_values() -> impl Strategy<Value = Vec<f64>> {
    prop_oneof![
        2 => vec(0.0..1e6, 1..60),
        1 => vec(prop_oneof![4 => -1e4..1e4, 1 => Just(f64::NAN)], 1..60),
        2 => vec(any_value(), 1..60),
        1 => any_value().prop_map(|value| vec![value; 3]),
    ]
}

fn assert_sound((name, outcome): Outcome) {
    let Ok(svg) = outcome else { return };
    elements(&svg);
    for word in ["=\"NaN", "=\"inf", "\"-0\"", "NaN,", "inf,"] {
        assert!(!svg.contains(word), "{name}: {word}");
    }
    assert_inside(name, &svg);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_data_give_a_sound_picture_or_an_error(
        names in vec(any_name(), 1..12), values in any_values(), size in 0_usize..40, flag: bool,
    ) {
        let pool = Pool { names, values, size, flag };
        for outcomes in [bars_of, tiers_of, lines_of, cells_of].map(|kinds| kinds(&pool)) {
            outcomes.into_iter().for_each(assert_sound);
        }
        // Most kinds take only a few items.
        let pool = Pool { size: size % 9, ..pool };
        for outcomes in [bars_of, tiers_of, lines_of, cells_of].map(|kinds| kinds(&pool)) {
            outcomes.into_iter().for_each(assert_sound);
        }
    }
}
