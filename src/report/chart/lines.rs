//! `line`, `area_band`, `combo`, `multiples`: values over months, or other names in an order.

use super::bars::BY;
use super::input::{Drawn, Input};
use super::kind::Chart;
use super::pivot::Pivot;
use super::settings::{FIGURES, Setting, Takes};
use crate::chart;
use crate::chart::line::Colours;
use crate::report::context::Stop;
use crate::tables::ColumnKind;

/// Names along an axis, where the section does not say how many.
const USUAL: usize = 36;
const ORDERED: usize = 12;

const ALONG: Setting = Setting {
    name: "label",
    takes: Takes::Column(&[]),
    required: true,
    meaning: "what runs along the axis, such as a month, oldest first",
};
const LAST: Setting = Setting {
    name: "last",
    takes: Takes::Number { least: 2, most: 120 },
    required: false,
    meaning: "how many of the last rows are shown; 36 by default",
};
const FROM_ZERO: Setting = Setting {
    name: "from_zero",
    takes: Takes::Flag,
    required: false,
    meaning: "whether the axis begins at zero; otherwise it spans the values",
};
const COMPLETE: Setting = Setting {
    name: "complete",
    takes: Takes::Column(&[ColumnKind::Flag]),
    required: false,
    meaning: "whether it is final; a month that is not over is paler",
};

pub(super) static LINE: Chart = Chart {
    name: "line",
    purpose: "How figures moved over months, or other names in an order; a line each, named at its end",
    settings: &[
        ALONG,
        Setting {
            name: "value",
            takes: Takes::Columns { kinds: FIGURES, most: 6 },
            required: true,
            meaning: "the figures",
        },
        BY,
        Setting {
            name: "ordered",
            takes: Takes::Flag,
            required: false,
            meaning: "whether the lines are in an order themselves, such as cohorts: from grey to blue, the last twelve",
        },
        FROM_ZERO,
        COMPLETE,
        LAST,
    ],
    draw: line,
};

fn line(input: &Input<'_, '_>) -> Result<Drawn, Stop> {
    let mut pivot = Pivot::of(input)?;
    let settings = input.settings;
    let ordered = settings.flag_of("ordered");
    let by = !settings.columns_of("by").is_empty();
    let most = settings.number_of("last").and_then(|most| usize::try_from(most).ok()).unwrap_or(USUAL);
    pivot.keep(pivot.labels.len().saturating_sub(most), most);
    if ordered {
        pivot.keep_last_series(ORDERED);
    }
    let incomplete = input.incomplete("complete")?;
    let open = |row: &&usize| incomplete.get(**row).copied().unwrap_or(false);
    let open = if by { 0 } else { pivot.rows.iter().rev().take_while(open).count() };
    let label = input.needed("label")?;
    let figure = |line: &super::pivot::Line| {
        let last = line.values.iter().rfind(|value| value.is_finite()).copied().unwrap_or(f64::NAN);
        pivot.columns.get(line.column).map_or_else(String::new, |column| column.figure(input.context, last))
    };
    let series: Vec<_> = pivot
        .series
        .iter()
        .filter(|line| line.is_known())
        .map(|line| chart::line::Series {
            name: line.name.clone(),
            values: line.values.clone(),
            last: if ordered { String::new() } else { figure(line) },
        })
        .collect();
    let tick =
        |value: f64| pivot.column().map_or_else(String::new, |column| column.tick(input.context, value));
    let data = chart::line::Data {
        labels: &pivot.labels,
        series: &series,
        colours: if ordered { Colours::Ordered } else { Colours::Distinct },
        from_zero: settings.flag_of("from_zero"),
        reference: None,
        open,
        number: &tick,
    };
    // Lines that are named at their ends need no heading; those of one column do.
    let value = match pivot.column() {
        Some(column) if by => input.title_with_unit(column)?,
        _ => String::new(),
    };
    let along = if by { input.title(&label)? } else { String::new() };
    let words = chart::line::Words { value: &value, label: &along };
    input.drawn(chart::line::render(&input.frame, &data, &words))
}

pub(super) static AREA_BAND: Chart = Chart {
    name: "area_band",
    purpose: "What came, what is expected, and between which ends",
    settings: &[
        ALONG,
        Setting { name: "actual", takes: Takes::Column(FIGURES), required: true, meaning: "what came" },
        Setting {
            name: "expected",
            takes: Takes::Column(FIGURES),
            required: true,
            meaning: "what is expected",
        },
        Setting { name: "low", takes: Takes::Column(FIGURES), required: true, meaning: "the lower end" },
        Setting { name: "high", takes: Takes::Column(FIGURES), required: true, meaning: "the upper end" },
        LAST,
    ],
    draw: area_band,
};

fn area_band(input: &Input<'_, '_>) -> Result<Drawn, Stop> {
    let label = input.needed("label")?;
    let (actual, expected) = (input.needed("actual")?, input.needed("expected")?);
    let (low, high) = (input.needed("low")?, input.needed("high")?);
    let rows = input.last("last", USUAL)..input.table.rows();
    let points: Vec<_> = rows
        .map(|row| chart::area_band::Point {
            label: label.label(input.context, row),
            actual: actual.float(row),
            expected: expected.float(row),
            interval: (low.float(row), high.float(row)),
        })
        .collect();
    let last =
        points.iter().rfind(|point| point.expected.is_finite()).map_or(f64::NAN, |point| point.expected);
    let data = chart::area_band::Data {
        points: &points,
        filled: true,
        number: &|value| actual.tick(input.context, value),
        last: &if last.is_finite() { expected.figure(input.context, last) } else { String::new() },
    };
    let word = |name: &str| input.context.plain(&format!("charts.area_band.{name}"), &[]);
    let words = chart::area_band::Words {
        value: &input.unit(std::slice::from_ref(&actual)),
        actual: &input.title(&actual)?,
        expected: &input.title(&expected)?,
        interval: &word("interval")?,
        boundary: &word("boundary")?,
    };
    input.drawn(chart::area_band::render(&input.frame, &data, &words))
}

pub(super) static COMBO: Chart = Chart {
    name: "combo",
    purpose: "Columns, and a line of another unit below them, over the same months",
    settings: &[
        ALONG,
        Setting { name: "bar", takes: Takes::Column(FIGURES), required: true, meaning: "the columns" },
        Setting { name: "line", takes: Takes::Column(FIGURES), required: true, meaning: "the line" },
        COMPLETE,
        LAST,
    ],
    draw: combo,
};

fn combo(input: &Input<'_, '_>) -> Result<Drawn, Stop> {
    let (label, bar, line) = (input.needed("label")?, input.needed("bar")?, input.needed("line")?);
    let incomplete = input.incomplete("complete")?;
    let points: Vec<_> = (input.last("last", USUAL)..input.table.rows())
        .map(|row| chart::combo::Point {
            label: label.label(input.context, row),
            bar: bar.float(row),
            line: line.float(row),
            complete: !incomplete.get(row).copied().unwrap_or(false),
        })
        .collect();
    let data = chart::combo::Data {
        points: &points,
        bar: &|value| bar.tick(input.context, value),
        line: &|value| line.tick(input.context, value),
        line_step: if line.is_count() { 1.0 } else { 0.0 },
    };
    let words = chart::combo::Words {
        bar: &input.title_with_unit(&bar)?,
        line: &input.title_with_unit(&line)?,
        incomplete: &input.context.plain("picture.incomplete", &[])?,
    };
    input.drawn(chart::combo::render(&input.frame, &data, &words))
}

pub(super) static MULTIPLES: Chart = Chart {
    name: "multiples",
    purpose: "A small panel each for stores, segments or channels, all on one scale; the first 24",
    settings: &[
        ALONG,
        Setting { name: "value", takes: Takes::Column(FIGURES), required: true, meaning: "the figure" },
        Setting {
            name: "by",
            takes: Takes::Column(&[]),
            required: true,
            meaning: "the column that tells the panels apart",
        },
        Setting {
            name: "kind",
            takes: Takes::Word(&["line", "bars"]),
            required: false,
            meaning: "what each panel has; `line` by default",
        },
        FROM_ZERO,
        LAST,
    ],
    draw: multiples,
};

fn multiples(input: &Input<'_, '_>) -> Result<Drawn, Stop> {
    /// Panels.
    const MOST: usize = 24;
    let mut pivot = Pivot::of(input)?;
    let settings = input.settings;
    let most = settings.number_of("last").and_then(|most| usize::try_from(most).ok()).unwrap_or(USUAL);
    pivot.keep(pivot.labels.len().saturating_sub(most), most);
    pivot.series.truncate(input.first(pivot.series.len(), MOST));
    let value = input.needed("value")?;
    let panels: Vec<_> = pivot
        .series
        .iter()
        .map(|line| {
            let last = line.values.iter().rfind(|value| value.is_finite()).copied();
            chart::multiples::Panel {
                title: line.name.clone(),
                values: line.values.clone(),
                last: last.map_or_else(String::new, |last| value.figure(input.context, last)),
                highlight: false,
            }
        })
        .collect();
    let data = chart::multiples::Data {
        labels: &pivot.labels,
        panels: &panels,
        kind: match settings.word_of("kind") {
            Some("bars") => chart::multiples::PanelMarks::Bars,
            _ => chart::multiples::PanelMarks::Line,
        },
        from_zero: settings.flag_of("from_zero"),
        reference: None,
        open: 0,
        number: &|number| value.tick(input.context, number),
    };
    let words = chart::multiples::Words { value: &input.title_with_unit(&value)? };
    input.drawn(chart::multiples::render(&input.frame, &data, &words))
}
