//! `histogram`, `scatter`: how values are spread.

use super::input::{Drawn, Input};
use super::kind::Chart;
use super::settings::{FIGURES, Setting, Takes};
use crate::chart;
use crate::report::context::Stop;

pub(super) static HISTOGRAM: Chart = Chart {
    name: "histogram",
    purpose: "How many fall into each bin; bins that follow each other, 80 at most",
    settings: &[
        Setting {
            name: "from",
            takes: Takes::Column(FIGURES),
            required: true,
            meaning: "where a bin begins",
        },
        Setting { name: "to", takes: Takes::Column(FIGURES), required: true, meaning: "where it ends" },
        Setting {
            name: "count",
            takes: Takes::Column(FIGURES),
            required: true,
            meaning: "how many fall into it",
        },
    ],
    draw: histogram,
};

fn histogram(input: &Input<'_, '_>) -> Result<Drawn, Stop> {
    const MOST: usize = 80;
    let (from, to, count) = (input.needed("from")?, input.needed("to")?, input.needed("count")?);
    let bins = input.first(input.table.rows(), MOST);
    // An end that is open is not there.
    let open = |value: f64, end: f64| if value.is_finite() { value } else { end };
    let mut edges: Vec<f64> = (0..bins).map(|row| open(from.float(row), f64::NEG_INFINITY)).collect();
    edges.extend(bins.checked_sub(1).map(|last| open(to.float(last), f64::INFINITY)));
    let counts: Vec<f64> = (0..bins).map(|row| count.float(row)).collect();
    let data = chart::histogram::Data {
        edges: &edges,
        counts: &counts,
        marks: &[],
        edge: &|value| from.tick(input.context, value),
        count: &|value| count.tick(input.context, value),
    };
    let words = chart::histogram::Words {
        count: &input.title_with_unit(&count)?,
        edge: &input.title_with_unit(&from)?,
    };
    input.drawn(chart::histogram::render(&input.frame, &data, &words))
}

pub(super) static SCATTER: Chart = Chart {
    name: "scatter",
    purpose: "Two values a point; the first 1,000 rows, and names of the first 20",
    settings: &[
        Setting {
            name: "x",
            takes: Takes::Column(FIGURES),
            required: true,
            meaning: "the value to the right",
        },
        Setting { name: "y", takes: Takes::Column(FIGURES), required: true, meaning: "the value upwards" },
        Setting {
            name: "label",
            takes: Takes::Column(&[]),
            required: false,
            meaning: "what the first 20 points are called",
        },
        Setting {
            name: "split",
            takes: Takes::Word(&["mean"]),
            required: false,
            meaning: "cuts the sheet in four at the means of both values",
        },
    ],
    draw: scatter,
};

fn scatter(input: &Input<'_, '_>) -> Result<Drawn, Stop> {
    const MOST: usize = 1000;
    const NAMED: usize = 20;
    let (x, y, label) = (input.needed("x")?, input.needed("y")?, input.column("label")?);
    let points: Vec<_> = (0..input.first(input.table.rows(), MOST))
        .map(|row| chart::scatter::Point {
            name: match &label {
                Some(label) if row < NAMED => label.label(input.context, row),
                _ => String::new(),
            },
            x: x.float(row),
            y: y.float(row),
        })
        .collect();
    let mean = |of: &dyn Fn(&chart::scatter::Point) -> f64| {
        let values: Vec<f64> = points.iter().map(of).filter(|value| value.is_finite()).collect();
        values.iter().sum::<f64>() / values.len() as f64
    };
    let split = input.settings.word_of("split").map(|_| (mean(&|point| point.x), mean(&|point| point.y)));
    let data = chart::scatter::Data {
        points: &points,
        split,
        x: &|value| x.tick(input.context, value),
        y: &|value| y.tick(input.context, value),
    };
    let words = chart::scatter::Words {
        x: &input.title_with_unit(&x)?,
        y: &input.title_with_unit(&y)?,
        quarters: [""; 4],
    };
    input.drawn(chart::scatter::render(&input.frame, &data, &words))
}
