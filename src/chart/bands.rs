//! Bars beside names: rows from the top, or columns from the left, with one axis of values.

use super::Format;
use super::canvas::{Canvas, Drawn, Place, Type, WIDTH};
use super::palette::{GRID, INK, RULE};
use super::scale::{Scale, stride};
use super::text::{self, BODY, LEADING, SMALL};

/// How bars lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lay {
    /// Columns if every name fits under its column on one line, else rows.
    #[default]
    Fit,
    /// Rows from the top: for names of any length.
    Rows,
    /// Columns from the left: for names that have an order, such as months. Names that would touch are thinned.
    Columns,
}

/// Greatest width of names beside rows.
const ROOM: f64 = 196.0;
/// Greatest width of a figure beside a row: with names, and figures on both sides, there is still room for bars.
pub(super) const FIGURE: f64 = 120.0;
/// Smallest size of figures: on a phone the picture is about half as wide.
pub(super) const LEAST_FIGURE: f64 = 12.5;

/// The names of bars.
pub(super) struct Names {
    labels: Vec<Vec<String>>,
    notes: Vec<Vec<String>>,
    /// Whether bars are rows.
    pub(super) rows: bool,
}

impl Names {
    /// Decides how bars lie, and breaks their names into lines; `notes` is empty, or has one note per name.
    pub(super) fn new(labels: &[&str], notes: &[&str], lay: Lay) -> Self {
        let each = (WIDTH - 8.0) / labels.len().max(1) as f64 - 8.0;
        let noted = notes.iter().any(|note| !note.is_empty());
        let fits = labels.len() > 1 && !noted && text::widest(labels.iter().copied(), SMALL) <= each;
        let rows = match lay {
            Lay::Fit => !fits,
            Lay::Rows => true,
            Lay::Columns => false,
        };
        let (size, room, most) = if rows { (BODY, ROOM, 2) } else { (SMALL, each, 3) };
        let mut lines: Vec<Vec<String>> =
            labels.iter().map(|label| text::wrap(label, size, room, most)).collect();
        let broken = lines.iter().flatten().any(|line| line.ends_with('…'));
        if !rows && broken {
            lines = labels.iter().map(|label| vec![text::shorten(label, SMALL, 120.0)]).collect();
        }
        let beside = if rows { ROOM } else { each };
        Self {
            labels: lines,
            notes: notes.iter().map(|note| text::wrap(note, SMALL, beside, 2)).collect(),
            rows,
        }
    }

    pub(super) fn count(&self) -> usize {
        self.labels.len()
    }

    /// Width of the names beside rows, with a margin.
    pub(super) fn wide(&self) -> f64 {
        let labels = text::widest(self.labels.iter().flatten().map(String::as_str), BODY);
        let notes = text::widest(self.notes.iter().flatten().map(String::as_str), SMALL);
        labels.max(notes) + 12.0
    }

    /// Height of the tallest name, with its note.
    pub(super) fn tall(&self) -> f64 {
        let size = if self.rows { BODY } else { SMALL };
        let note =
            |index: usize| self.notes.get(index).map_or(0.0, |note| note.len() as f64 * SMALL * LEADING);
        let tall = |(index, lines): (usize, &Vec<String>)| lines.len() as f64 * size * LEADING + note(index);
        self.labels.iter().enumerate().map(tall).fold(size * LEADING, f64::max)
    }

    /// Writes the names beside their rows, or under their columns.
    pub(super) fn draw(&self, canvas: &Canvas<'_>, bands: &Bands) -> Drawn {
        if self.rows {
            for (index, lines) in self.labels.iter().enumerate() {
                let notes = self.notes.get(index).map(Vec::as_slice).unwrap_or_default();
                let (label, note) =
                    (lines.len() as f64 * BODY * LEADING, notes.len() as f64 * SMALL * LEADING);
                let top = bands.along(index as f64 + 0.5) - f64::midpoint(label, note) + 1.0;
                canvas.lines(lines, 0.0, top, Type::body().below())?;
                canvas.lines(notes, 0.0, top + label, Type::small().below())?;
            }
            return Ok(());
        }
        let written = self.labels.iter().chain(&self.notes).flatten();
        let widest = text::widest(written.map(String::as_str), SMALL);
        let room = bands.place.right - bands.place.left;
        // The outermost names must stay on the sheet. They need more room where they are moved inwards.
        let (least, most) = (widest / 2.0 + 1.0, WIDTH - widest / 2.0 - 1.0);
        let (first, last) = (bands.along(0.5), bands.along(self.count() as f64 - 0.5));
        let moved = (last - most).max(0.0) + (least - first).max(0.0);
        let each = room / self.count().max(1) as f64;
        let step = if widest + moved <= each { 1 } else { stride(self.count(), room, widest + moved + 10.0) };
        for (index, lines) in self.labels.iter().enumerate().rev().step_by(step) {
            let x = bands.along(index as f64 + 0.5).min(most).max(least);
            let top = bands.place.bottom + 6.0;
            canvas.lines(lines, x, top, Type::small().coloured(INK).centred().below())?;
            let notes = self.notes.get(index).map(Vec::as_slice).unwrap_or_default();
            canvas.lines(
                notes,
                x,
                top + lines.len() as f64 * SMALL * LEADING,
                Type::small().centred().below(),
            )?;
        }
        Ok(())
    }
}

/// Where bars lie: each name has its own band, one unit wide; values go across.
pub(super) struct Bands {
    pub(super) rows: bool,
    pub(super) place: Place,
    /// Ends of the axis of values.
    pub(super) ends: (f64, f64),
    pub(super) count: usize,
}

impl Bands {
    /// Where a value lies on the sheet; a value beyond an end lies on that end.
    pub(super) fn value(&self, value: f64) -> f64 {
        let (low, high) = self.ends;
        let span = high - low;
        let share = (value - low) / span;
        let share = if span > 0.0 && !share.is_nan() { share.clamp(0.0, 1.0) } else { 0.0 };
        if self.rows {
            self.place.left + (self.place.right - self.place.left) * share
        } else {
            self.place.bottom - (self.place.bottom - self.place.top) * share
        }
    }

    /// Where a place along the names lies: the first band goes from 0 to 1.
    pub(super) fn along(&self, at: f64) -> f64 {
        let share = at / self.count.max(1) as f64;
        if self.rows {
            self.place.top + (self.place.bottom - self.place.top) * share
        } else {
            self.place.left + (self.place.right - self.place.left) * share
        }
    }

    /// How wide a band is.
    pub(super) fn each(&self) -> f64 {
        (self.along(1.0) - self.along(0.0)).abs()
    }

    /// The bar between two places along the names and two values.
    pub(super) fn bar(&self, along: (f64, f64), values: (f64, f64)) -> Place {
        let (from, to) = (self.along(along.0), self.along(along.1));
        let (a, b) = (self.value(values.0), self.value(values.1));
        let (low, high) = (a.min(b), a.max(b));
        if self.rows {
            Place { left: low, top: from, right: high, bottom: to }
        } else {
            Place { left: from, top: low, right: to, bottom: high }
        }
    }

    /// A place from one along the names and one across.
    pub(super) fn spot(&self, along: f64, across: f64) -> (f64, f64) {
        if self.rows { (across, along) } else { (along, across) }
    }

    /// A line at a value over a stretch along the names.
    pub(super) fn across(&self, value: f64, along: (f64, f64)) -> [(f64, f64); 2] {
        let at = self.value(value);
        [self.spot(self.along(along.0), at), self.spot(self.along(along.1), at)]
    }

    /// A line at zero, over all bars.
    pub(super) fn zero(&self, canvas: &Canvas<'_>) -> Drawn {
        canvas.path(&self.across(0.0, (0.0, self.count as f64)), RULE, 1.0)
    }

    /// Grid lines with their figures, to the left of columns and under rows.
    pub(super) fn axis(&self, canvas: &Canvas<'_>, scale: &Scale, format: Format<'_>) -> Drawn {
        let room = self.place.right - self.place.left;
        let label = |label: &String| text::shorten(label, SMALL, if self.rows { room / 2.0 } else { WIDTH });
        let labels: Vec<String> = scale.labels(format).iter().map(label).collect();
        let widest = text::widest(labels.iter().map(String::as_str), SMALL);
        let step = if self.rows { stride(labels.len(), room, widest + 12.0) } else { 1 };
        let mut last = "";
        for (index, (&tick, label)) in scale.ticks.iter().zip(&labels).enumerate() {
            // Two ticks with the same text would confuse the reader.
            if label == last {
                continue;
            }
            let colour = if tick == 0.0 { RULE } else { GRID };
            canvas.path(&self.across(tick, (0.0, self.count as f64)), colour, 1.0)?;
            let at = self.value(tick);
            if !self.rows {
                let short = text::shorten(label, SMALL, self.place.left - 8.0);
                canvas.text(&short, self.place.left - 8.0, at, Type::small().ending())?;
            } else if index % step == 0 {
                let half = text::width(label, SMALL) / 2.0;
                let x = at.min(WIDTH - half - 1.0).max(half + 1.0);
                canvas.text(label, x, self.place.bottom + 6.0, Type::small().centred().below())?;
            }
            last = label;
        }
        Ok(())
    }
}

/// The size at which all figures fit a width, in half units; none if it would be too small to read.
pub(super) fn figure_size<'t>(
    figures: impl IntoIterator<Item = &'t str>,
    room: f64,
    most: f64,
) -> Option<f64> {
    let widest = text::widest(figures, 1.0);
    let size = if widest > 0.0 { (room / widest).min(most) } else { most };
    (size >= LEAST_FIGURE).then_some((size * 2.0).floor() / 2.0)
}
