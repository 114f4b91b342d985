//! Small multiples: one panel for each thing of a kind, all on one scale, to compare them.

use super::canvas::{Canvas, Drawn, Place, Plot, Type, WIDTH, compose};
use super::head::Head;
use super::palette::{BLUE, BLUE_PALE, GRID, INK, ORANGE, RULE};
use super::scale::{Scale, extent};
use super::text::{self, BODY, LEADING, SMALL};
use super::{ChartError, Format, Frame, Reference, at_most, exactly, said};

const NAME: &str = "multiples";
/// Most panels that fit.
pub const MOST: usize = 24;
/// Most labels that fit.
pub const MOST_PLACES: usize = 120;
const GAP: f64 = 18.0;
/// Size of the names along the axis: two of them fit under a narrow panel.
const NAME_SIZE: f64 = 14.0;
const TALL: f64 = 96.0;

/// What a panel shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PanelMarks {
    /// A line.
    Line,
    /// Columns; the scale then begins at zero.
    Bars,
}

/// A panel.
#[derive(Debug, Clone)]
pub struct Panel {
    /// What it shows.
    pub title: String,
    /// Its values, one per label, in the unit that all panels share; not finite if unknown.
    pub values: Vec<f64>,
    /// Its last value as it is written; may be empty.
    pub last: String,
    /// Whether it is emphasised: orange.
    pub highlight: bool,
}

/// What to draw.
pub struct Data<'a> {
    /// Names along the axis that all panels share, from the left; 120 at most.
    pub labels: &'a [String],
    /// The panels, from the upper left, row by row; 24 at most.
    pub panels: &'a [Panel],
    /// What each panel shows.
    pub kind: PanelMarks,
    /// Whether the scale of lines begins at zero.
    pub from_zero: bool,
    /// A line in all panels, such as their mean; its name stands over them.
    pub reference: Option<Reference<'a>>,
    /// How many of the last places are not final: paler.
    pub open: usize,
    /// Writes a value along the axis.
    pub number: Format<'a>,
}

/// The words on the picture; may be empty.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// Over the panels: what the values are, with the unit.
    pub value: &'a str,
}

/// Draws the panels, up to three a row.
///
/// # Errors
/// [`ChartError::Empty`] without a finite value, [`ChartError::TooMany`] above 24 panels or 120 labels,
/// [`ChartError::Shape`] if a panel does not have one value per label.
pub fn render(frame: &Frame<'_>, data: &Data<'_>, words: &Words<'_>) -> Result<String, ChartError> {
    at_most(NAME, "panels", data.panels.len(), MOST)?;
    at_most(NAME, "labels", data.labels.len(), MOST_PLACES)?;
    for panel in data.panels {
        exactly(NAME, "labels", panel.values.len(), data.labels.len())?;
    }
    let values = || data.panels.iter().flat_map(|panel| panel.values.iter().copied());
    extent(values()).ok_or(ChartError::Empty(NAME))?;
    let line = data.reference.filter(|line| line.at.is_finite());
    let range = extent(values().chain(line.map(|line| line.at))).ok_or(ChartError::Empty(NAME))?;
    let scale = if data.from_zero || data.kind == PanelMarks::Bars {
        Scale::from_zero(range, 2, 0.0)
    } else {
        Scale::over(range, 2, 0.0)
    };
    let grid = Grid::new(data, &scale);
    let named = line.map_or("", |line| line.name);
    let head = Head::new(words.value, &[(super::head::Swatch::Dashes(INK), named)]);
    let rows = data.panels.len().div_ceil(grid.columns) as f64;
    let top = head.height() + 2.0;
    compose(frame, (WIDTH, top + grid.each * rows + 2.0), |canvas| {
        head.draw(canvas)?;
        for (index, panel) in data.panels.iter().enumerate() {
            let (row, column) = (index / grid.columns, index % grid.columns);
            let left = grid.axis + (grid.wide + GAP) * column as f64;
            let top = top + grid.each * row as f64;
            let place = Place {
                left,
                top: top + grid.title,
                right: left + grid.wide,
                bottom: top + grid.title + TALL,
            };
            draw_title(canvas, panel, (left, place.top - 6.0), grid.wide)?;
            let ends = (-0.6, (data.labels.len() as f64 - 0.4).max(0.6));
            let mut plot = canvas.plot(place, ends, (scale.low, scale.high))?;
            draw_axis(canvas, &plot, (data, &scale), column == 0)?;
            draw_panel(&mut plot, data, panel)?;
            if let Some(line) = line {
                let (_, y) = plot.at(0.0, line.at);
                canvas.dashes(&[(place.left, y), (place.right, y)], INK, 1.0)?;
            }
            draw_names(canvas, place, data.labels)?;
            for (index, (label, &value)) in data.labels.iter().zip(&panel.values).enumerate() {
                let figure = if value.is_finite() { (data.number)(value) } else { String::new() };
                let says = said(&[panel.title.clone(), label.clone(), figure]);
                canvas.reach(&says, plot.stripe(index, place))?;
            }
        }
        Ok(())
    })
}

/// How panels lie.
struct Grid {
    columns: usize,
    /// Width of the figures to the left of the first panel of a row.
    axis: f64,
    wide: f64,
    /// Height of a title.
    title: f64,
    /// Height of a panel with its title and names.
    each: f64,
}

impl Grid {
    fn new(data: &Data<'_>, scale: &Scale) -> Self {
        let columns = match data.panels.len() {
            0..=1 => 1,
            2..=4 => 2,
            _ => 3,
        };
        let labels: Vec<String> = scale.ticks.iter().map(|&tick| (data.number)(tick)).collect();
        let axis = (text::widest(labels.iter().map(String::as_str), SMALL) + 8.0).min(WIDTH / 5.0);
        let wide = (WIDTH - axis - 4.0 - GAP * (columns as f64 - 1.0)) / columns as f64;
        let lines = data.panels.iter().map(|panel| title(panel, wide).len()).max().unwrap_or(1);
        let last = data.panels.iter().any(|panel| !panel.last.is_empty());
        let title = lines as f64 * SMALL * LEADING + if last { BODY * LEADING } else { 0.0 } + 6.0;
        let named = data.labels.iter().any(|label| !label.is_empty());
        let each = title + TALL + if named { SMALL * LEADING + 18.0 } else { 18.0 };
        Self { columns, axis, wide, title, each }
    }
}

fn title(panel: &Panel, wide: f64) -> Vec<String> {
    text::wrap(&panel.title, SMALL, wide, 2)
}

/// Title and figure stand on their panel.
fn draw_title(canvas: &Canvas<'_>, panel: &Panel, (left, bottom): (f64, f64), wide: f64) -> Drawn {
    let last = text::shorten(&panel.last, BODY * 1.1, wide);
    let figure = if last.is_empty() { 0.0 } else { BODY * LEADING };
    canvas.text(&last, left, bottom, Type::body().bold().above())?;
    canvas.lines(&title(panel, wide), left, bottom - figure, Type::small().coloured(INK).above())
}

fn draw_axis(canvas: &Canvas<'_>, plot: &Plot<'_>, (data, scale): (&Data<'_>, &Scale), named: bool) -> Drawn {
    if named {
        return plot.value_axis(canvas, scale, data.number);
    }
    for &tick in &scale.ticks {
        let (_, y) = plot.at(0.0, tick);
        let colour = if tick == 0.0 { RULE } else { GRID };
        canvas.path(&[(plot.place.left, y), (plot.place.right, y)], colour, 1.0)?;
    }
    Ok(())
}

fn draw_panel(plot: &mut Plot<'_>, data: &Data<'_>, panel: &Panel) -> Drawn {
    let colour = if panel.highlight { ORANGE } else { BLUE };
    let pale = if panel.highlight { super::palette::faint(ORANGE, 0.4) } else { BLUE_PALE };
    let points: Vec<(f64, f64)> =
        panel.values.iter().enumerate().map(|(index, &value)| (index as f64, value)).collect();
    let closed = points.len().saturating_sub(data.open);
    if data.kind == PanelMarks::Bars {
        let half = if points.len() > 30 { 0.46 } else { 0.38 };
        for (index, &(x, value)) in points.iter().enumerate().filter(|(_, point)| point.1.is_finite()) {
            let colour = if index < closed { colour } else { pale };
            plot.column((x - half, x + half), (0.0, value), colour)?;
        }
        return Ok(());
    }
    let (solid, open) = points.split_at(closed);
    if let Some(last) = solid.last().filter(|last| last.1.is_finite() && !open.is_empty()) {
        let whole: Vec<(f64, f64)> = [*last].into_iter().chain(open.iter().copied()).collect();
        plot.line(&whole, pale, 2.2)?;
    } else {
        plot.line(open, pale, 2.2)?;
    }
    plot.line(solid, colour, 2.2)?;
    match points.iter().rev().find(|point| point.1.is_finite()) {
        Some(&last) => plot.dot(last, 3.5, colour),
        None => Ok(()),
    }
}

/// The first and the last name; the others are evenly spaced between them.
fn draw_names(canvas: &Canvas<'_>, place: Place, labels: &[String]) -> Drawn {
    let y = place.bottom + 5.0;
    let room = place.right - place.left;
    let (Some(first), Some(last)) = (labels.first(), labels.last()) else { return Ok(()) };
    let last = text::shorten(last, NAME_SIZE, room);
    canvas.text(&last, place.right, y, Type::small().sized(NAME_SIZE).ending().below())?;
    if labels.len() > 1 && text::width(first, NAME_SIZE) + text::width(&last, NAME_SIZE) + 8.0 <= room {
        canvas.text(first, place.left, y, Type::small().sized(NAME_SIZE).below())?;
    }
    Ok(())
}
