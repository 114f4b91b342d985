//! `lorenz`: how unequally something is spread, or how much of it the best hold.

use super::settings::{Setting, Takes};
use super::{Chart, Drawn, Input};
use crate::chart::lorenz::{self, Curve, Mark};
use crate::report::context::Stop;
use crate::report::table::{Gap, Table};
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
    let settings = &input.part.settings;
    let day = |day| context.format.date(day);
    let mut curves = vec![Curve { name: day(context.facts.as_of), points: curve(input, input.table)? }];
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
    let data = lorenz::Data {
        curves: &curves,
        held: top20.map(|total| Mark { customers: 0.2, total, note: &held }),
        needed: for80.map(|customers| Mark { customers, total: 0.8, note: &needed }),
        share: &|share| context.format.tick(share),
    };
    let words = lorenz::Words {
        customers: &word("customers", None)?,
        total: &word("revenue", None)?,
        diagonal: &word("equality", None)?,
    };
    input.drawn(lorenz::render(&input.frame, &data, &words))
}

fn curve(input: &Input<'_, '_>, table: Table<'_>) -> Result<Vec<(f64, f64)>, Gap> {
    let settings = &input.part.settings;
    let column = |setting: &str| {
        let name = settings.columns_of(setting).first().map_or("", |name| name.value.as_str());
        table.floats(name)
    };
    let (customers, share) = (column("customers")?, column("share")?);
    Ok((0..table.rows()).filter_map(|row| customers.at(row).zip(share.at(row))).collect())
}
