//! `waterfall`, `funnel`, `pyramid`: how an amount became another, how many are left, how many are on each level.

use super::bars::{LABEL, LAY};
use super::input::{Drawn, Input};
use super::kind::Chart;
use super::settings::{FIGURES, Setting, Takes};
use crate::chart;
use crate::report::context::Stop;
use crate::tables::ColumnKind;

pub(super) static WATERFALL: Chart = Chart {
    name: "waterfall",
    purpose: "How one amount became another: what was added, and what was taken off; the first 24 rows",
    settings: &[
        LABEL,
        Setting {
            name: "value",
            takes: Takes::Column(FIGURES),
            required: true,
            meaning: "the amount of a total, and the change of a step",
        },
        Setting {
            name: "is_total",
            takes: Takes::Column(&[ColumnKind::Flag]),
            required: true,
            meaning: "whether it is an amount, which begins at zero; else a step",
        },
        LAY,
    ],
    draw: waterfall,
};

fn waterfall(input: &Input<'_, '_>) -> Result<Drawn, Stop> {
    const MOST: usize = 24;
    let (label, value) = (input.needed("label")?, input.needed("value")?);
    let total = input.settings.columns_of("is_total").first().map_or("", |name| name.value.as_str());
    let totals = input.table.flags(total)?;
    let bars: Vec<_> = (0..input.first(input.table.rows(), MOST))
        .map(|row| {
            let total = totals.at(row).unwrap_or(false);
            let amount = value.float(row);
            let figure = value.figure(input.context, amount);
            let signed = !total && amount > 0.0;
            chart::waterfall::Bar {
                name: label.label(input.context, row),
                figure: if signed { format!("+{figure}") } else { figure },
                value: amount,
                kind: if total { chart::waterfall::BarKind::Amount } else { chart::waterfall::BarKind::Step },
            }
        })
        .collect();
    let cut = input.context.plain("charts.waterfall.cut", &[])?;
    let words = chart::waterfall::Words { value: &input.title_with_unit(&value)?, cut: &cut };
    let data = chart::waterfall::Data { bars: &bars, lay: input.lay() };
    input.drawn(chart::waterfall::render(&input.frame, &data, &words))
}

pub(super) static FUNNEL: Chart = Chart {
    name: "funnel",
    purpose: "How many reach each stage, and which share goes on; the first twelve rows",
    settings: &[
        LABEL,
        Setting {
            name: "value",
            takes: Takes::Column(FIGURES),
            required: true,
            meaning: "how many reach it",
        },
    ],
    draw: funnel,
};

fn funnel(input: &Input<'_, '_>) -> Result<Drawn, Stop> {
    const MOST: usize = 12;
    let (label, value) = (input.needed("label")?, input.needed("value")?);
    let stages: Vec<_> = (0..input.first(input.table.rows(), MOST))
        .map(|row| chart::funnel::Stage { label: label.label(input.context, row), count: value.float(row) })
        .collect();
    let data = chart::funnel::Data {
        stages: &stages,
        number: &|count| input.short(&value, count),
        share: &|share| input.context.format.percent(share),
    };
    let step = input.context.plain("charts.funnel.step", &[])?;
    let words = chart::funnel::Words { value: &input.title_with_unit(&value)?, step: &step };
    input.drawn(chart::funnel::render(&input.frame, &data, &words))
}

pub(super) static PYRAMID: Chart = Chart {
    name: "pyramid",
    purpose: "How many are on each level, as bars around the middle, or two back to back; the first 24 rows",
    settings: &[
        LABEL,
        Setting {
            name: "value",
            takes: Takes::Columns { kinds: FIGURES, most: 2 },
            required: true,
            meaning: "how many; of two columns the first is on the left",
        },
        Setting {
            name: "under",
            takes: Takes::Column(&[]),
            required: false,
            meaning: "a second text after the figure, beside one column",
        },
    ],
    draw: pyramid,
};

fn pyramid(input: &Input<'_, '_>) -> Result<Drawn, Stop> {
    const MOST: usize = 24;
    let (label, values, note) = (input.needed("label")?, input.columns("value")?, input.column("under")?);
    let at = |side: usize, row: usize| values.get(side).map_or(f64::NAN, |column| column.float(row));
    let tiers: Vec<_> = (0..input.first(input.table.rows(), MOST))
        .map(|row| chart::pyramid::Tier {
            label: label.label(input.context, row),
            value: at(0, row),
            other: at(1, row),
            note: note.as_ref().and_then(|note| note.sentence(input.context, row)).unwrap_or_default(),
        })
        .collect();
    let title = |side: usize| values.get(side).map(|column| input.title_with_unit(column)).transpose();
    let (left, right) = (title(0)?.unwrap_or_default(), title(1)?.unwrap_or_default());
    let two = values.len() > 1;
    let number = |value: f64| values.first().map_or_else(String::new, |column| input.short(column, value));
    let data = chart::pyramid::Data {
        tiers: &tiers,
        sides: if two { chart::pyramid::Sides::Two } else { chart::pyramid::Sides::One },
        number: &number,
    };
    let words = chart::pyramid::Words {
        value: if two { "" } else { &left },
        left: if two { &left } else { "" },
        right: &right,
    };
    input.drawn(chart::pyramid::render(&input.frame, &data, &words))
}
