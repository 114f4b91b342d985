//! The head of a picture: its heading, and the key of its colours.

use plotters::style::RGBAColor;

use super::ChartError;
use super::canvas::{Canvas, Place, Type, WIDTH};
use super::palette::{BLUE, BLUE_PALE, INK};
use super::text::{self, BODY, LEADING, SMALL};

/// How much wider bold text is.
const BOLD: f64 = 1.1;
const LINE: f64 = BODY * 1.4;
const GAP: f64 = 20.0;

/// The symbol beside a name of the key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Swatch {
    /// A square of a colour.
    Fill(RGBAColor),
    /// A pale square with an edge: not final, or still to come.
    Pale,
    /// An upright stroke: a mark on a bar.
    Mark,
    /// A line.
    Line(RGBAColor),
    /// A line of dashes.
    Dashes(RGBAColor),
}

/// Heading and key, laid out.
pub(super) struct Head {
    heading: Vec<String>,
    key: Vec<(Swatch, String, f64, f64)>,
    height: f64,
}

impl Head {
    /// Lays out a heading (may be empty) and the entries of a key (may be none; those without a name are left out).
    pub(super) fn new(heading: &str, entries: &[(Swatch, &str)]) -> Self {
        let heading = text::wrap(heading, BODY * BOLD, WIDTH - 4.0, 2);
        let mut height = if heading.is_empty() { 0.0 } else { 2.0 + heading.len() as f64 * BODY * LEADING };
        let mut key = vec![];
        let (mut x, mut y) = (0.0, height + BODY * 0.6 + 4.0);
        for &(swatch, name) in entries.iter().filter(|entry| !entry.1.is_empty()) {
            let name = text::shorten(name, SMALL, WIDTH - 26.0);
            let wide = 22.0 + text::width(&name, SMALL);
            if x > 0.0 && x + wide > WIDTH {
                (x, y) = (0.0, y + LINE);
            }
            key.push((swatch, name, x, y));
            x += wide + GAP;
            height = y + BODY * 0.6;
        }
        Self { heading, key, height }
    }

    /// Height of the head; the rest may begin below it.
    pub(super) fn height(&self) -> f64 {
        self.height + 8.0
    }

    /// Draws both at the upper end of the sheet.
    pub(super) fn draw(&self, canvas: &Canvas<'_>) -> Result<f64, ChartError> {
        canvas.lines(&self.heading, 0.0, 2.0, Type::body().bold().below())?;
        for (swatch, name, x, y) in &self.key {
            draw_swatch(canvas, *swatch, *x, *y)?;
            canvas.text(name, x + 22.0, *y, Type::small().coloured(INK))?;
        }
        Ok(self.height())
    }
}

fn draw_swatch(canvas: &Canvas<'_>, swatch: Swatch, x: f64, y: f64) -> super::canvas::Drawn {
    let square = Place { left: x, top: y - 7.0, right: x + 14.0, bottom: y + 7.0 };
    match swatch {
        Swatch::Fill(colour) => canvas.fill(square, colour),
        Swatch::Pale => {
            canvas.fill(square, BLUE_PALE)?;
            canvas.outline(square, BLUE, 1.0)
        }
        Swatch::Mark => canvas.path(&[(x + 7.0, y - 9.0), (x + 7.0, y + 9.0)], INK, 2.5),
        Swatch::Line(colour) => canvas.path(&[(x, y), (x + 16.0, y)], colour, 3.0),
        Swatch::Dashes(colour) => canvas.dashes(&[(x, y), (x + 17.0, y)], colour, 2.5),
    }
}
