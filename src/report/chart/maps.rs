//! `heat`, `matrix`, `sankey`: where rows and columns meet, and who went where.

use super::super::words::Filling;
use super::input::{Drawn, Input};
use super::kind::Chart;
use super::settings::{FIGURES, Setting, Takes};
use crate::chart;
use crate::report::context::Stop;
use crate::report::decimal::Decimal;
use crate::report::shown::Column;
use crate::tables::ColumnKind;

pub(super) static HEAT: Chart = Chart {
    name: "heat",
    purpose: "A value where a row and a column meet, the darker the larger; 37 rows and columns at most",
    settings: &[
        Setting { name: "row", takes: Takes::Column(&[]), required: true, meaning: "what the rows are" },
        Setting {
            name: "column",
            takes: Takes::Column(&[]),
            required: true,
            meaning: "what the columns are",
        },
        Setting {
            name: "value",
            takes: Takes::Column(FIGURES),
            required: true,
            meaning: "the value of a cell",
        },
        Setting {
            name: "complete",
            takes: Takes::Column(&[ColumnKind::Flag]),
            required: false,
            meaning: "whether a cell is final; one that is not is framed",
        },
        Setting {
            name: "turned",
            takes: Takes::Flag,
            required: false,
            meaning: "whether the last row of the table stands at the top",
        },
        Setting {
            name: "darkest",
            takes: Takes::Word(&["largest", "below_all"]),
            required: false,
            meaning: "which value has the darkest shade: the largest, by default, or the largest share below 100 %",
        },
    ],
    draw: heat,
};

/// The most rows and columns of a heat map.
const MOST: usize = 37;

fn heat(input: &Input<'_, '_>) -> Result<Drawn, Stop> {
    let (row, column, value) = (input.needed("row")?, input.needed("column")?, input.needed("value")?);
    let incomplete = input.incomplete("complete")?;
    let mut rows = names(input, &row, None);
    // The newest, where there is no room for all.
    rows.drain(..rows.len().saturating_sub(MOST));
    let mut columns = names(input, &column, None);
    columns.truncate(MOST);
    if input.settings.flag_of("turned") {
        rows.reverse();
    }
    let mut cells: Vec<Vec<Option<chart::heat::Cell>>> = vec![vec![None; columns.len()]; rows.len()];
    for at in 0..input.table.rows() {
        let found = (place(&rows, &row, at), place(&columns, &column, at));
        let (Some(row), Some(column)) = found else { continue };
        if let Some(cell) = cells.get_mut(row).and_then(|cells| cells.get_mut(column)) {
            let framed = incomplete.get(at).copied().unwrap_or(false);
            *cell = Some(chart::heat::Cell { value: value.float(at), framed });
        }
    }
    let darkest = match input.settings.word_of("darkest") {
        Some("below_all") => {
            let values = cells.iter().flatten().flatten().map(|cell| cell.value);
            values.filter(|value| *value < 1.0).reduce(f64::max)
        }
        _ => None,
    };
    let framed = if incomplete.contains(&true) {
        input.context.plain("picture.incomplete", &[])?
    } else {
        String::new()
    };
    // Few cells have room for a decimal; a section may ask for some all the same.
    let few = rows.len() * columns.len() <= 100 || value.has_places();
    let data = chart::heat::Data {
        rows: &shown(&rows),
        columns: &shown(&columns),
        cells: &cells,
        darkest,
        number: &|number| {
            if few { input.short(&value, number) } else { value.in_cell(input.context, number) }
        },
        and_more: &|number| {
            let number = Filling::text("number", &value.in_cell(input.context, number));
            input.context.plain("picture.and_more", &[number]).unwrap_or_default()
        },
    };
    let words =
        chart::heat::Words { row: &input.title(&row)?, column: &input.title(&column)?, framed: &framed };
    input.drawn(chart::heat::render(&input.frame, &data, &words))
}

const FROM: Setting =
    Setting { name: "from", takes: Takes::Column(&[]), required: true, meaning: "where they were" };
const TO: Setting =
    Setting { name: "to", takes: Takes::Column(&[]), required: true, meaning: "where they are" };
const VALUE: Setting =
    Setting { name: "value", takes: Takes::Column(FIGURES), required: true, meaning: "how many" };
const FROM_ORDER: Setting = Setting {
    name: "from_order",
    takes: Takes::Column(FIGURES),
    required: false,
    meaning: "the order of where they were; by default as they come",
};
const TO_ORDER: Setting = Setting {
    name: "to_order",
    takes: Takes::Column(FIGURES),
    required: false,
    meaning: "the order of where they are",
};
const NOWHERE: Setting = Setting {
    name: "nowhere",
    takes: Takes::Text,
    required: false,
    meaning: "what stands for NULL: those who were nowhere before",
};

pub(super) static MATRIX: Chart = Chart {
    name: "matrix",
    purpose: "How many went from each place to each; 16 places at most",
    settings: &[FROM, TO, VALUE, FROM_ORDER, TO_ORDER, NOWHERE],
    draw: matrix,
};

fn matrix(input: &Input<'_, '_>) -> Result<Drawn, Stop> {
    let (from, to, value) = (input.needed("from")?, input.needed("to")?, input.needed("value")?);
    let (from_order, to_order) = (input.column("from_order")?, input.column("to_order")?);
    let (mut rows, columns) =
        (names(input, &from, from_order.as_ref()), names(input, &to, to_order.as_ref()));
    nowhere(input, &mut rows)?;
    let mut counts = vec![vec![0.0; columns.len()]; rows.len()];
    for at in 0..input.table.rows() {
        let (Some(row), Some(column)) = (place(&rows, &from, at), place(&columns, &to, at)) else { continue };
        let count = value.float(at);
        if let Some(cell) = counts.get_mut(row).and_then(|cells: &mut Vec<f64>| cells.get_mut(column))
            && count.is_finite()
        {
            *cell += count;
        }
    }
    let data = chart::matrix::Data {
        from: &shown(&rows),
        to: &shown(&columns),
        counts: &counts,
        number: &|count| input.short(&value, count),
    };
    let words = chart::matrix::Words {
        from: &input.title(&from)?,
        to: &input.title(&to)?,
        stayed: &input.context.plain("charts.matrix.stayed", &[])?,
    };
    input.drawn(chart::matrix::render(&input.frame, &data, &words))
}

pub(super) static SANKEY: Chart = Chart {
    name: "sankey",
    purpose: "Who went where, as bands between two columns; 14 places at most on a side",
    settings: &[FROM, TO, VALUE, FROM_ORDER, TO_ORDER, NOWHERE],
    draw: sankey,
};

fn sankey(input: &Input<'_, '_>) -> Result<Drawn, Stop> {
    let (from, to, value) = (input.needed("from")?, input.needed("to")?, input.needed("value")?);
    let (from_order, to_order) = (input.column("from_order")?, input.column("to_order")?);
    let (mut left, right) = (names(input, &from, from_order.as_ref()), names(input, &to, to_order.as_ref()));
    nowhere(input, &mut left)?;
    let tone = |at: usize| {
        let order = |column: &Option<Column>| column.as_ref().map_or(f64::NAN, |column| column.float(at));
        match order(&to_order).partial_cmp(&order(&from_order)) {
            _ if from.raw(at) == to.raw(at) => chart::Tone::Beside,
            Some(std::cmp::Ordering::Less) => chart::Tone::Main,
            Some(std::cmp::Ordering::Greater) => chart::Tone::Alert,
            _ => chart::Tone::Plain,
        }
    };
    let flow = |at: usize| {
        Some(chart::sankey::Flow {
            column: 0,
            from: place(&left, &from, at)?,
            to: place(&right, &to, at)?,
            value: value.float(at),
            tone: tone(at),
        })
    };
    let flows: Vec<_> = (0..input.table.rows()).filter_map(flow).collect();
    let columns = [
        chart::sankey::Column { title: input.title(&from)?, nodes: shown(&left) },
        chart::sankey::Column { title: input.title(&to)?, nodes: shown(&right) },
    ];
    let data =
        chart::sankey::Data { columns: &columns, flows: &flows, number: &|count| input.short(&value, count) };
    input.drawn(chart::sankey::render(&input.frame, &data))
}

/// A name: as the table has it, and as readers see it.
type Name = (Option<String>, String);

/// The names of a column, each once: in the order of another column, or as they come.
fn names(input: &Input<'_, '_>, column: &Column, order: Option<&Column>) -> Vec<Name> {
    let mut found: Vec<(f64, Name)> = Vec::new();
    for row in 0..input.table.rows() {
        let raw = column.raw(row);
        if !found.iter().any(|(_, (known, _))| *known == raw) {
            let order = order.map_or(0.0, |order| order.number(row).map_or(f64::MAX, Decimal::to_f64));
            found.push((order, (raw, column.label(input.context, row))));
        }
    }
    found.sort_by(|left, right| left.0.total_cmp(&right.0));
    found.into_iter().map(|(_, name)| name).collect()
}

/// Gives what is nowhere its name.
fn nowhere(input: &Input<'_, '_>, names: &mut [Name]) -> Result<(), Stop> {
    if let Some(words) = input.settings.text_of("nowhere") {
        let text = input.context.written_plain(words, &[])?;
        for (_, name) in names.iter_mut().filter(|(raw, _)| raw.is_none()) {
            name.clone_from(&text);
        }
    }
    Ok(())
}

fn place(names: &[Name], column: &Column, row: usize) -> Option<usize> {
    let raw = column.raw(row);
    names.iter().position(|(known, _)| *known == raw)
}

fn shown(names: &[Name]) -> Vec<String> {
    names.iter().map(|(_, name)| name.clone()).collect()
}
