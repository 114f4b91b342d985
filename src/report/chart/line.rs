//! `line`: how figures moved over time.

use super::settings::{FIGURES, Setting, Takes};
use super::{Chart, Drawn, Input, Room};
use crate::chart::trend;
use crate::report::desk::Stop;

pub(super) static LINE: Chart = Chart {
    name: "line",
    purpose: "How one or two figures moved over time, each named at its end",
    settings: &[
        Setting {
            name: "label",
            takes: Takes::Column(&[]),
            required: true,
            meaning: "what runs along the axis, such as a month",
        },
        Setting {
            name: "value",
            takes: Takes::Columns { kinds: FIGURES, most: 2 },
            required: true,
            meaning: "the figures, a line each",
        },
    ],
    room: Room::Last(24),
    draw,
};

fn draw(input: &Input<'_, '_>) -> Result<Drawn, Stop> {
    let (label, values) = (input.needed("label")?, input.columns("value")?);
    let mut series = Vec::with_capacity(values.len());
    for column in &values {
        let figures = input.values(column);
        let last = figures.iter().rfind(|value| value.is_finite()).copied().unwrap_or(f64::NAN);
        series.push(trend::Series {
            name: input.title(column)?,
            last: column.figure(input.desk, last),
            values: figures,
        });
    }
    let tick = |value: f64| values.first().map_or_else(String::new, |column| column.tick(input.desk, value));
    let data = trend::Data { months: &input.labels(&label), series: &series, share: &tick };
    input.drawn(trend::render(&input.frame, &data))
}
