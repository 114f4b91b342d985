//! `lorenz`: how unequally something is spread, or how much of it the best hold.

use super::input::{Drawn, Input};
use super::kind::Chart;
use super::settings::{Setting, Takes};
use crate::chart::lorenz::{self, Curve, Mark};
use crate::report::context::Stop;
use crate::report::format::UNKNOWN;
use crate::report::shown::Column;
use crate::report::table::{Cells, Gap, Table};
use crate::report::words::Filling;
use crate::tables::ColumnKind;

pub(super) static LORENZ: Chart = Chart {
    name: "lorenz",
    purpose: "How unequally something is spread: which share of it the best customers have",
    settings: &[
        Setting {
            name: "customers",
            takes: Takes::Column(&[ColumnKind::Share]),
            required: true,
            meaning: "the share of customers, best first",
        },
        Setting {
            name: "share",
            takes: Takes::Column(&[ColumnKind::Share]),
            required: true,
            meaning: "the share that these have",
        },
        Setting {
            name: "before",
            takes: Takes::Table,
            required: false,
            meaning: "a table with the same columns, of a year ago: a second curve; none where it has no rows",
        },
        Setting {
            name: "curve",
            takes: Takes::Column(&[]),
            required: false,
            meaning: "the curve that a row belongs to: up to three in one table, the main one first",
        },
        Setting {
            name: "mark",
            takes: Takes::Number { least: 1, most: 99 },
            required: false,
            meaning: "what the best so many per cent have, on the first curve, is marked",
        },
        Setting {
            name: "customers_text",
            takes: Takes::Text,
            required: false,
            meaning: "what stands below the picture",
        },
        Setting {
            name: "share_text",
            takes: Takes::Text,
            required: false,
            meaning: "what stands above the picture",
        },
        Setting {
            name: "diagonal_text",
            takes: Takes::Text,
            required: false,
            meaning: "what the diagonal stands for",
        },
        Setting {
            name: "marks",
            takes: Takes::Table,
            required: false,
            meaning: "a table with one row: its `top20_share` and `customers_for_80_share` are marked",
        },
    ],
    draw,
};

fn draw(input: &Input<'_, '_>) -> Result<Drawn, Stop> {
    let context = input.context;
    let settings = input.settings;
    let day = |day| context.format.date(day);
    let mut curves = match input.column("curve")? {
        Some(names) => by_name(input, &names)?,
        None => vec![Curve { name: day(context.facts.as_of), points: curve(input, input.table)? }],
    };
    if let Some(table) = settings.table_of("before").and_then(|table| context.table(&table.value).ok()) {
        let points = curve(input, table)?;
        if !points.is_empty() {
            curves.push(Curve { name: day(context.facts.year_ago_as_of), points });
        }
    }
    let marks = settings.table_of("marks").and_then(|table| context.table(&table.value).ok());
    let mark = |column: &str| -> Option<f64> { marks.as_ref()?.floats(column).ok()?.at(0) };
    let (top20, for80) = (mark("top20_share"), mark("customers_for_80_share"));
    let word = |name: &str, share: Option<f64>| {
        let share = context.format.percent(share.unwrap_or(f64::NAN));
        context.plain(&format!("concentration.picture.lorenz.{name}"), &[Filling::text("share", &share)])
    };
    let (held, needed) = (word("top20", top20)?, word("for80", for80)?);
    let of_best = match settings.number_of("mark") {
        Some(best) => {
            let customers = best as f64 / 100.0;
            let total = curves.first().and_then(|curve| lorenz::height_at(&curve.points, customers));
            total.map(|total| Mark { customers, total, note: "" })
        }
        None => top20.map(|total| Mark { customers: 0.2, total, note: &held }),
    };
    let data = lorenz::Data {
        curves: &curves,
        held: of_best,
        needed: for80.map(|customers| Mark { customers, total: 0.8, note: &needed }),
        share: &|share| context.format.tick(share),
    };
    let text =
        |setting: &str, name: &str| input.text(setting, &format!("concentration.picture.lorenz.{name}"), &[]);
    let words = lorenz::Words {
        customers: &text("customers_text", "customers")?,
        total: &text("share_text", "revenue")?,
        diagonal: &text("diagonal_text", "equality")?,
    };
    input.drawn(lorenz::render(&input.frame, &data, &words))
}

/// The curves of a table that has several, in the order of their first rows: as many as there is room for.
fn by_name(input: &Input<'_, '_>, names: &Column) -> Result<Vec<Curve>, Gap> {
    let (customers, share) = shares(input, input.table)?;
    let mut curves: Vec<Curve> = Vec::new();
    for row in 0..input.table.rows() {
        let Some(point) = customers.at(row).zip(share.at(row)) else { continue };
        let name = names.sentence(input.context, row).unwrap_or_else(|| UNKNOWN.to_owned());
        match curves.iter_mut().find(|curve| curve.name == name) {
            Some(curve) => curve.points.push(point),
            None => curves.push(Curve { name, points: vec![point] }),
        }
    }
    curves.truncate(input.first(curves.len(), lorenz::MOST));
    Ok(curves)
}

fn curve(input: &Input<'_, '_>, table: Table<'_>) -> Result<Vec<(f64, f64)>, Gap> {
    let (customers, share) = shares(input, table)?;
    Ok((0..table.rows()).filter_map(|row| customers.at(row).zip(share.at(row))).collect())
}

/// The columns of the two shares.
fn shares(input: &Input<'_, '_>, table: Table<'_>) -> Result<(Cells<f64>, Cells<f64>), Gap> {
    let settings = input.settings;
    let column = |setting: &str| {
        let name = settings.columns_of(setting).first().map_or("", |name| name.value.as_str());
        table.floats(name)
    };
    Ok((column("customers")?, column("share")?))
}
