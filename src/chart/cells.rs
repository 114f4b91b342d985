//! A matrix of shaded cells with names on both sides; several charts use it.

use super::canvas::{Canvas, Drawn, Place, Type, WIDTH};
use super::palette::{GRID, INK, SOFT, shade, shade_below, text_on};
use super::said;
use super::text::{self, BODY, LEADING, SMALL};
use plotters::style::RGBAColor;

/// Below this size figures in cells are left out: on a phone the picture is about half as wide.
const LEAST_FIGURE: f64 = 12.5;
const GAP: f64 = 1.0;
/// Height of a cell against its width, before limits.
const ASPECT: f64 = 0.66;

/// A shaded cell.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    /// 0 (lightest) to 1 (darkest blue), or down to −1 (darkest orange).
    pub(super) shade: f64,
    /// The figure.
    pub(super) text: String,
    /// Drawn with a frame: not final, or on the diagonal.
    pub(super) framed: bool,
}

/// A matrix; rows may be shorter than the list of columns.
pub(super) struct Heat<'a> {
    pub(super) row_title: &'a str,
    pub(super) column_title: &'a str,
    pub(super) rows: Vec<&'a str>,
    pub(super) columns: Vec<&'a str>,
    pub(super) cells: Vec<Vec<Option<Cell>>>,
    /// What a frame means, where one is drawn.
    pub(super) frame_note: &'a str,
    /// Shades and figures at the ends of the colour scale, shown where cells are too small for figures.
    pub(super) ends: [(f64, String); 2],
}

/// Where everything goes.
struct CellGrid {
    left: f64,
    top: f64,
    wide: f64,
    high: f64,
    /// Size of the figures; none where they do not fit.
    figure: Option<f64>,
    column_lines: Vec<Vec<String>>,
    turned: bool,
    title_lines: Vec<String>,
}

impl Heat<'_> {
    /// Height of the picture.
    pub(super) fn height(&self) -> f64 {
        let layout = self.layout();
        layout.bottom(self) + if self.has_note(&layout) { BODY * 2.0 } else { 4.0 }
    }

    /// Draws all of it.
    pub(super) fn draw(&self, canvas: &Canvas<'_>) -> Drawn {
        let layout = self.layout();
        self.draw_titles(canvas, &layout)?;
        for (row, cells) in self.cells.iter().enumerate() {
            for (column, cell) in cells.iter().enumerate() {
                if let Some(cell) = cell {
                    let name = |names: &[&str], index: usize| {
                        names.get(index).copied().unwrap_or_default().to_owned()
                    };
                    let title = [name(&self.rows, row), name(&self.columns, column), cell.text.clone()];
                    draw_cell(canvas, &layout, (layout.place(row, column), &said(&title)), cell)?;
                }
            }
        }
        if self.has_note(&layout) {
            self.draw_note(canvas, &layout)?;
        }
        Ok(())
    }

    fn layout(&self) -> CellGrid {
        let names = text::widest(self.rows.iter().copied(), BODY).min(200.0);
        let titles = text::wrap(self.row_title, SMALL, names.max(116.0), 4);
        let left = names.max(text::widest(titles.iter().map(String::as_str), SMALL)) + 12.0;
        let wide = (WIDTH - left - 2.0) / self.columns.len().max(1) as f64;
        let high = (wide * ASPECT).clamp(17.0, 46.0);
        let fits = |most| -> Vec<Vec<String>> {
            self.columns.iter().map(|name| text::wrap(name, SMALL, wide - 4.0, most)).collect()
        };
        let lines = fits(2);
        let broken = lines.iter().flatten().any(|line| line.ends_with('…'));
        // Numbers and columns too narrow for a turned line are thinned.
        let words = self.columns.iter().any(|name| name.chars().any(char::is_alphabetic));
        let turned = broken && words && wide >= SMALL * 1.15;
        let column_lines = if broken {
            self.columns.iter().map(|name| vec![text::shorten(name, SMALL, 180.0)]).collect()
        } else {
            lines
        };
        let mut layout = CellGrid {
            left,
            top: 0.0,
            wide,
            high,
            figure: self.figure(wide),
            column_lines,
            turned,
            title_lines: titles,
        };
        layout.top = layout.head(self);
        layout
    }

    /// The largest size at which every figure fits its cell.
    fn figure(&self, wide: f64) -> Option<f64> {
        let figures = self.cells.iter().flatten().flatten().map(|cell| cell.text.as_str());
        let widest = text::widest(figures, 1.0);
        let size = if widest > 0.0 { ((wide - 5.0) / widest).min(16.0) } else { 16.0 };
        (size >= LEAST_FIGURE).then_some((size * 2.0).floor() / 2.0)
    }

    fn draw_titles(&self, canvas: &Canvas<'_>, layout: &CellGrid) -> Drawn {
        let head = layout.top - 6.0;
        canvas.lines(&layout.title_lines, 0.0, head, Type::small().above())?;
        let title = text::shorten(self.column_title, SMALL, WIDTH - layout.left);
        canvas.text(&title, layout.left, 2.0, Type::small().below())?;
        let widest = text::widest(layout.column_lines.iter().flatten().map(String::as_str), SMALL) + 6.0;
        let step = if layout.turned { 1 } else { (widest / layout.wide).ceil().max(1.0) as usize };
        let mut end = 0.0;
        for (index, lines) in layout.column_lines.iter().enumerate().step_by(step) {
            let x = layout.left + layout.wide * (index as f64 + 0.5);
            if layout.turned {
                canvas.lines(lines, x, head, Type::small().coloured(INK).turned())?;
                continue;
            }
            // A thinned name may be wider than its column, but must stay on the sheet.
            let half = text::widest(lines.iter().map(String::as_str), SMALL) / 2.0;
            let x = x.min(WIDTH - half - 1.0);
            if index == 0 || x - half >= end + 4.0 {
                canvas.lines(lines, x, head, Type::small().coloured(INK).centred().above())?;
                end = x + half;
            }
        }
        let step = (SMALL / layout.high).ceil().max(1.0) as usize;
        let size = BODY.min(layout.high * 0.95);
        for (index, name) in self.rows.iter().enumerate().step_by(step) {
            let lines = if layout.high > BODY * 2.2 { 2 } else { 1 };
            let name = text::wrap(name, size, layout.left - 10.0, lines);
            let y = layout.top + layout.high * (index as f64 + 0.5);
            canvas.lines(&name, layout.left - 10.0, y, Type::body().sized(size).ending())?;
        }
        Ok(())
    }

    fn has_frames(&self) -> bool {
        !self.frame_note.is_empty() && self.cells.iter().flatten().flatten().any(|cell| cell.framed)
    }

    fn has_note(&self, layout: &CellGrid) -> bool {
        self.has_frames() || layout.figure.is_none()
    }

    fn draw_note(&self, canvas: &Canvas<'_>, layout: &CellGrid) -> Drawn {
        let y = layout.bottom(self) + BODY;
        let mut right = WIDTH - 2.0;
        if layout.figure.is_none() {
            let [(low, least), (high, most)] = &self.ends;
            let most = text::shorten(most, SMALL, WIDTH / 4.0);
            canvas.text(&most, right, y, Type::small().ending())?;
            right -= text::width(&most, SMALL) + 6.0;
            for step in (0..5_u8).rev() {
                let place = Place { left: right - 18.0, top: y - 8.0, right, bottom: y + 8.0 };
                let shade = low + (high - low) * f64::from(step) / 4.0;
                canvas.mark(&tenth(shade), "", || canvas.fill(place, ground(shade)))?;
                right -= 18.0;
            }
            let least = text::shorten(least, SMALL, WIDTH / 4.0);
            canvas.text(&least, right - 6.0, y, Type::small().ending())?;
            right -= text::width(&least, SMALL) + 24.0;
        }
        if self.has_frames() {
            let note = text::shorten(self.frame_note, SMALL, right - 24.0);
            canvas.outline(Place { left: 0.0, top: y - 8.0, right: 16.0, bottom: y + 8.0 }, INK, 1.5)?;
            canvas.text(&note, 22.0, y, Type::small())?;
        }
        Ok(())
    }
}

impl CellGrid {
    /// Height above the cells.
    fn head(&self, heat: &Heat<'_>) -> f64 {
        let title = if heat.column_title.is_empty() { 0.0 } else { SMALL * 1.4 };
        let names = if self.turned {
            text::widest(self.column_lines.iter().flatten().map(String::as_str), SMALL)
        } else {
            let most = self.column_lines.iter().map(Vec::len).max().unwrap_or(0);
            most as f64 * SMALL * LEADING
        };
        (title + names).max(self.title_lines.len() as f64 * SMALL * LEADING) + 8.0
    }

    fn bottom(&self, heat: &Heat<'_>) -> f64 {
        self.top + self.high * heat.rows.len() as f64
    }

    fn place(&self, row: usize, column: usize) -> Place {
        let (left, top) = (self.left + self.wide * column as f64, self.top + self.high * row as f64);
        Place { left, top, right: left + self.wide - GAP, bottom: top + self.high - GAP }
    }
}

fn ground(share: f64) -> RGBAColor {
    if share < 0.0 { shade_below(-share) } else { shade(share) }
}

/// The class of a shade. On a dark page the style sheet gives each tenth another colour: there, the strongest is the
/// lightest.
fn tenth(shade: f64) -> String {
    let tenth = (shade.clamp(-1.0, 1.0) * 10.0).round();
    format!("{}{}", if tenth < 0.0 { "b" } else { "s" }, tenth.abs())
}

fn draw_cell(canvas: &Canvas<'_>, layout: &CellGrid, (place, title): (Place, &str), cell: &Cell) -> Drawn {
    canvas.mark(&format!("m {}", tenth(cell.shade)), title, || shaded(canvas, layout, place, cell))
}

fn shaded(canvas: &Canvas<'_>, layout: &CellGrid, place: Place, cell: &Cell) -> Drawn {
    let ground = ground(cell.shade);
    canvas.fill(place, ground)?;
    canvas.outline(place, GRID, 0.5)?;
    if cell.framed {
        canvas.outline(place, SOFT, 1.5)?;
    }
    let Some(size) = layout.figure else { return Ok(()) };
    let size = size.min(layout.high * 0.85);
    let (x, y) = (f64::midpoint(place.left, place.right), f64::midpoint(place.top, place.bottom));
    canvas.text(&cell.text, x, y, Type::body().sized(size).centred().coloured(text_on(ground)))
}
