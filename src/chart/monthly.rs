//! Month by month: revenue as columns, active customers as a line below, over one axis of months.

use super::canvas::{Canvas, Drawn, Place, Plot, Type, WIDTH, axis_room, compose};
use super::palette::{BLUE, BLUE_PALE};
use super::scale::{Scale, extent};
use super::text::{self, SMALL};
use super::{ChartError, Format, Frame, at_most};

const NAME: &str = "monthly";
const MOST: usize = 120;
/// The axis has room for this many, even where there are fewer.
const LEAST_MONTHS: usize = 6;
const HEIGHT: f64 = 480.0;

/// A month.
#[derive(Debug, Clone)]
pub struct Month {
    /// Its name on the axis.
    pub label: String,
    /// Money; not finite where unknown, below zero where returns outweigh sales.
    pub revenue: f64,
    /// Customers who bought; not finite where unknown.
    pub active: f64,
    /// Whether the month is over.
    pub complete: bool,
}

/// What to draw.
pub struct Data<'a> {
    /// The months, oldest first.
    pub months: &'a [Month],
    /// Writes an amount of money.
    pub money: Format<'a>,
    /// Writes a number of customers.
    pub count: Format<'a>,
}

/// The words on the picture.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// Over the columns, with the unit.
    pub revenue: &'a str,
    /// Over the line.
    pub active: &'a str,
    /// What paler columns mean: the month is not over.
    pub incomplete: &'a str,
}

/// Draws both panels.
///
/// # Errors
/// [`ChartError::Empty`] without a finite revenue or number of customers, [`ChartError::TooMany`] above 120 months.
pub fn render(frame: &Frame<'_>, data: &Data<'_>, words: &Words<'_>) -> Result<String, ChartError> {
    at_most(NAME, "months", data.months.len(), MOST)?;
    let revenue = extent(data.months.iter().map(|month| month.revenue));
    let active = extent(data.months.iter().map(|month| month.active));
    if revenue.is_none() && active.is_none() {
        return Err(ChartError::Empty(NAME));
    }
    let revenue = Scale::from_zero(revenue.unwrap_or((0.0, 1.0)), 4, 0.0);
    let active = Scale::from_zero(active.unwrap_or((0.0, 1.0)), 3, 1.0);
    let left = axis_room(&revenue, data.money).max(axis_room(&active, data.count));
    // A month alone would fill the whole sheet.
    let spare = LEAST_MONTHS.saturating_sub(data.months.len()) as f64 / 2.0;
    let ends = (-0.5 - spare, data.months.len() as f64 - 0.5 + spare);
    compose(frame, (WIDTH, HEIGHT), |canvas| {
        draw_headings(canvas, data, words)?;
        let place = Place { left, top: 40.0, right: WIDTH - 4.0, bottom: 270.0 };
        let plot = canvas.plot(place, ends, (revenue.low, revenue.high))?;
        plot.value_axis(canvas, &revenue, data.money)?;
        draw_columns(&plot, data.months)?;
        let place = Place { top: 332.0, bottom: HEIGHT - 28.0, ..place };
        let mut plot = canvas.plot(place, ends, (active.low, active.high))?;
        plot.value_axis(canvas, &active, data.count)?;
        draw_line(&mut plot, canvas, data.months)?;
        let labels: Vec<&str> = data.months.iter().map(|month| month.label.as_str()).collect();
        plot.name_axis(canvas, &labels)
    })
}

fn draw_headings(canvas: &Canvas<'_>, data: &Data<'_>, words: &Words<'_>) -> Drawn {
    let mut room = WIDTH;
    if data.months.iter().any(|month| !month.complete) {
        let note = text::shorten(words.incomplete, SMALL, WIDTH / 2.0);
        let x = WIDTH - text::width(&note, SMALL) - 4.0;
        let place = Place { left: x - 20.0, top: 4.0, right: x - 6.0, bottom: 18.0 };
        canvas.fill(place, BLUE_PALE)?;
        canvas.outline(place, BLUE, 1.0)?;
        canvas.text(&note, x, 11.0, Type::small())?;
        room = place.left - 16.0;
    }
    canvas.heading(words.revenue, 2.0, room)?;
    canvas.heading(words.active, 294.0, WIDTH)
}

fn draw_columns(plot: &Plot<'_>, months: &[Month]) -> Drawn {
    let half = if months.len() > 60 { 0.44 } else { 0.38 };
    for (index, month) in months.iter().enumerate().filter(|(_, month)| month.revenue.is_finite()) {
        let at = index as f64;
        let colour = if month.complete { BLUE } else { BLUE_PALE };
        plot.column((at - half, at + half), (0.0, month.revenue), colour)?;
        if !month.complete {
            let edge =
                [(at - half, 0.0), (at - half, month.revenue), (at + half, month.revenue), (at + half, 0.0)];
            plot.edge(&edge, BLUE, 1.0)?;
        }
    }
    Ok(())
}

fn draw_line(plot: &mut Plot<'_>, canvas: &Canvas<'_>, months: &[Month]) -> Drawn {
    let point = |(index, month): (usize, &Month)| (index as f64, month.active);
    let full = months.iter().rposition(|month| month.complete).map_or(0, |last| last + 1);
    let points: Vec<(f64, f64)> = months.iter().enumerate().map(point).collect();
    let (solid, open) = points.split_at(full);
    if let (Some(last), Some(&first)) = (solid.last(), open.first()) {
        plot.line(&[*last, first], BLUE_PALE, 2.5)?;
    }
    plot.line(solid, BLUE, 2.5)?;
    if open.len() > 1 {
        plot.line(open, BLUE_PALE, 2.5)?;
    }
    for &(x, y) in open.iter().filter(|point| point.1.is_finite()) {
        let (x, y) = plot.at(x, y);
        canvas.ring(x, y, 4.0, BLUE)?;
    }
    if let Some(&last) = solid.last().filter(|point| point.1.is_finite()) {
        plot.dot(last, 4.5, BLUE)?;
    }
    Ok(())
}
