//! `bars`, `grouped_bars`, `stacked_bars`: values by name.

use std::ops::Range;

use super::input::{Drawn, Input};
use super::kind::Chart;
use super::pivot::Pivot;
use super::settings::{FIGURES, Setting, Takes};
use crate::chart::stacked_bars::{Span, Whole};
use crate::chart::{self, Lay, Tone};
use crate::report::context::Stop;
use crate::report::format::UNKNOWN;
use crate::report::shown;
use crate::report::words::Filling;
use crate::tables::ColumnKind;

/// The most bars of each kind.
const MOST: usize = 36;
/// The most months of stacked columns.
const MOST_COLUMNS: usize = 120;

pub(super) const LABEL: Setting =
    Setting { name: "label", takes: Takes::Column(&[]), required: true, meaning: "what each bar is called" };
pub(super) const LAY: Setting = Setting {
    name: "lay",
    takes: Takes::Word(&["rows", "columns"]),
    required: false,
    meaning: "how the bars lie; by default as their names fit",
};
pub(super) const BY: Setting = Setting {
    name: "by",
    takes: Takes::Column(&[]),
    required: false,
    meaning: "the column that tells series apart, where they stand below each other in one column",
};

/// What stands over neighbouring columns together.
pub const BRACKET: Setting = Setting {
    name: "bracket",
    takes: Takes::Column(&[ColumnKind::Text]),
    required: false,
    meaning: "keys of the words file: the first stretch of columns with a key is under a bracket with that text, filled by the \
              other columns of its first row",
};

pub(super) static BARS: Chart = Chart {
    name: "bars",
    purpose: "One value a name; the first 36 rows of the table",
    settings: &[
        LABEL,
        Setting { name: "value", takes: Takes::Column(FIGURES), required: true, meaning: "how long it is" },
        Setting {
            name: "mark",
            takes: Takes::Column(FIGURES),
            required: false,
            meaning: "what it is compared with, a stroke across the bar, in the same unit",
        },
        Setting {
            name: "under",
            takes: Takes::Column(&[]),
            required: false,
            meaning: "a second text below the name",
        },
        Setting {
            name: "highlight",
            takes: Takes::Column(&[ColumnKind::Flag]),
            required: false,
            meaning: "whether it is the one that matters; the others turn grey",
        },
        LAY,
    ],
    draw: bars,
};

fn bars(input: &Input<'_, '_>) -> Result<Drawn, Stop> {
    let (label, value) = (input.needed("label")?, input.needed("value")?);
    let (mark, note) = (input.column("mark")?, input.column("under")?);
    let highlight = match input.settings.columns_of("highlight").first() {
        Some(name) => Some(input.table.flags(&name.value)?),
        None => None,
    };
    let bars: Vec<_> = (0..input.first(input.table.rows(), MOST))
        .map(|row| chart::bars::Bar {
            label: label.label(input.context, row),
            note: note.as_ref().and_then(|note| note.sentence(input.context, row)).unwrap_or_default(),
            value: value.float(row),
            mark: mark.as_ref().map_or(f64::NAN, |mark| mark.float(row)),
            highlight: highlight.as_ref().and_then(|flags| flags.at(row)).unwrap_or(false),
        })
        .collect();
    let mark = mark.map(|mark| input.title(&mark)).transpose()?.unwrap_or_default();
    let data = chart::bars::Data {
        bars: &bars,
        reference: None,
        lay: input.lay(),
        number: &|number| input.short(&value, number),
    };
    let words = chart::bars::Words {
        value: &input.title_with_unit(&value)?,
        label: &input.title(&label)?,
        mark: &mark,
    };
    input.drawn(chart::bars::render(&input.frame, &data, &words))
}

pub(super) static GROUPED: Chart = Chart {
    name: "grouped_bars",
    purpose: "Two to four values of one unit a name, side by side; the first 36 names",
    settings: &[
        LABEL,
        Setting {
            name: "value",
            takes: Takes::Columns { kinds: FIGURES, most: 4 },
            required: true,
            meaning: "the values",
        },
        BY,
        Setting {
            name: "compare",
            takes: Takes::Flag,
            required: false,
            meaning: "whether the first is what the second is compared with: grey beside blue",
        },
        LAY,
    ],
    draw: grouped,
};

fn grouped(input: &Input<'_, '_>) -> Result<Drawn, Stop> {
    let mut pivot = Pivot::of(input)?;
    pivot.keep(0, input.first(pivot.labels.len(), MOST));
    let compare = input.settings.flag_of("compare");
    let tone = |number: usize| match (compare, number) {
        (true, 0) => Tone::Beside,
        (true, 1) => Tone::Main,
        _ => Tone::Plain,
    };
    let series = series(&pivot, tone);
    let Some(column) = pivot.column() else { return nothing(input) };
    let data = chart::grouped_bars::Data {
        labels: &pivot.labels,
        series: &series,
        lay: input.lay(),
        number: &|number| input.short(column, number),
    };
    let words = chart::grouped_bars::Words { value: &input.unit(&pivot.columns) };
    input.drawn(chart::grouped_bars::render(&input.frame, &data, &words))
}

pub(super) static STACKED: Chart = Chart {
    name: "stacked_bars",
    purpose: "What each bar is made of, as amounts or as shares of the whole; the first 36 rows, or the last 120 columns",
    settings: &[
        LABEL,
        Setting {
            name: "value",
            takes: Takes::Columns { kinds: FIGURES, most: 6 },
            required: true,
            meaning: "the parts, in order",
        },
        BY,
        Setting {
            name: "whole",
            takes: Takes::Word(&["sum", "share"]),
            required: false,
            meaning: "`sum`, the default: as long as its parts together; `share`: each bar is 100 %",
        },
        Setting {
            name: "under",
            takes: Takes::Column(&[]),
            required: false,
            meaning: "a second text below the name",
        },
        Setting {
            name: "under_text",
            takes: Takes::Text,
            required: false,
            meaning: "what stands around that text, with `{value}` in its place",
        },
        Setting {
            name: "not_final",
            takes: Takes::Columns { kinds: FIGURES, most: 6 },
            required: false,
            meaning: "which of the parts are not final, such as a forecast: paler",
        },
        Setting {
            name: "colours",
            takes: Takes::Word(&["apart", "stages"]),
            required: false,
            meaning: "`apart`, the default: a colour each; `stages`: in their order they are new, good, a little bad, bad, gone and not known",
        },
        BRACKET,
        LAY,
    ],
    draw: stacked,
};

fn stacked(input: &Input<'_, '_>) -> Result<Drawn, Stop> {
    let mut pivot = Pivot::of(input)?;
    let lay = input.lay();
    if lay == Lay::Columns {
        pivot.keep(pivot.labels.len().saturating_sub(MOST_COLUMNS), MOST_COLUMNS);
    } else {
        pivot.keep(0, input.first(pivot.labels.len(), MOST));
    }
    let note = input.column("under")?;
    let around = input.settings.text_of("under_text");
    let mut notes = Vec::new();
    for row in pivot.rows.iter().filter(|_| note.is_some()) {
        let text = note.as_ref().and_then(|note| note.sentence(input.context, *row)).unwrap_or_default();
        notes.push(match around {
            Some(words) => input.context.written_plain(words, &[Filling::text("value", &text)])?,
            None => text,
        });
    }
    let share = input.settings.word_of("whole") == Some("share");
    let stages = input.settings.word_of("colours") == Some("stages");
    let open: Vec<&str> =
        input.settings.columns_of("not_final").iter().map(|name| name.value.as_str()).collect();
    let series = series(&pivot, |number| match pivot.columns.get(number) {
        Some(column) if open.contains(&column.name.as_str()) => Tone::Ahead,
        _ if stages => Tone::Stage(number),
        _ => Tone::Plain,
    });
    let bracket = bracket(input, &pivot)?;
    let Some(column) = pivot.column() else { return nothing(input) };
    let data = chart::stacked_bars::Data {
        labels: &pivot.labels,
        notes: &notes,
        series: &series,
        whole: if share { Whole::Share } else { Whole::Sum },
        span: bracket.as_ref().map(|(columns, text)| Span { first: columns.start, end: columns.end, text }),
        lay,
        number: &|number| {
            if share { input.context.format.percent(number) } else { input.short(column, number) }
        },
    };
    let unit = if share { String::new() } else { input.unit(&pivot.columns) };
    let words = chart::stacked_bars::Words { value: &unit };
    input.drawn(chart::stacked_bars::render(&input.frame, &data, &words))
}

/// The first stretch of names whose rows have one key, and the text of it, filled by the first of these rows.
fn bracket(input: &Input<'_, '_>, pivot: &Pivot) -> Result<Option<(Range<usize>, String)>, Stop> {
    let Some(keys) = input.column(BRACKET.name)? else { return Ok(None) };
    let key = |place: usize| pivot.rows.get(place).and_then(|row| keys.raw(*row));
    let Some(first) = (0..pivot.rows.len()).find(|place| key(*place).is_some()) else { return Ok(None) };
    let (Some(word), Some(row)) = (key(first), pivot.rows.get(first)) else { return Ok(None) };
    let end = (first..pivot.rows.len()).find(|place| key(*place).as_ref() != Some(&word));
    let mut fillings = Vec::new();
    for name in input.table.columns().into_iter().filter(|name| *name != keys.name) {
        let column = shown::column(input.context, input.table, name, input.columns)?;
        let text = column.sentence(input.context, *row).unwrap_or_else(|| UNKNOWN.to_owned());
        fillings.push(Filling::text(name, &text));
    }
    // A choice by the data must not end a run: without its text there is no bracket.
    let text = input.context.plain(&word, &fillings).ok();
    Ok(text.map(|text| (first..end.unwrap_or(pivot.rows.len()), text)))
}

/// The series that have a value; the others would only have their name in the key.
fn series(pivot: &Pivot, tone: impl Fn(usize) -> Tone) -> Vec<chart::Series> {
    let of = |(number, line): (usize, &super::pivot::Line)| {
        line.is_known().then(|| chart::Series {
            name: line.name.clone(),
            values: line.values.clone(),
            tone: tone(number),
        })
    };
    pivot.series.iter().enumerate().filter_map(of).collect()
}

/// No column of values: there is nothing to draw.
fn nothing(input: &Input<'_, '_>) -> Result<Drawn, Stop> {
    input.drawn(Err(chart::ChartError::Empty("bars")))
}
