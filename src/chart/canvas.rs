//! The sheet a chart is drawn on: plotters' drawing areas, addressed in units of the view box.

use std::convert::Infallible;

use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::types::RangedCoordf64;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{Circle, Drawable, PathElement, PointCollection, Polygon, Rectangle, Text};
use plotters::series::LineSeries;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, FontTransform, RGBAColor, ShapeStyle};
use plotters_backend::{BackendCoord, DrawingErrorKind};

use super::palette::{GRID, INK, RULE, SOFT};
use super::scale::{Scale, stride};
use super::svg::{FINE, Pen};
use super::text::{self, BODY, LEADING, SMALL};
use super::{ChartError, Format, Frame};

/// Width of every chart that takes the width of its column, in units of the view box.
pub(super) const WIDTH: f64 = 508.0;

/// How much wider bold text is.
const BOLD: f64 = 1.1;

/// The outcome of drawing something.
pub(super) type Drawn = Result<(), ChartError>;

impl<E: std::error::Error + Send + Sync> From<DrawingAreaErrorKind<E>> for ChartError {
    fn from(error: DrawingAreaErrorKind<E>) -> Self {
        Self::Drawing(error.to_string())
    }
}

/// Draws a picture of a size in units of the view box, and wraps it as an `<svg>` element with title and description.
pub(super) fn compose(
    frame: &Frame<'_>,
    (width, height): (f64, f64),
    draw: impl FnOnce(&Canvas<'_>) -> Drawn,
) -> Result<String, ChartError> {
    let mut body = String::new();
    draw(&Canvas { root: Pen::new(&mut body, width, height).into_drawing_area() })?;
    let keep = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '-' };
    let id: String = frame.id.chars().map(keep).collect();
    let (title, description) = (text::escape(frame.title), text::escape(frame.description));
    let least = least_width(&body, width).map_or_else(String::new, |least| format!(" w{least}"));
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart{least}\" role=\"img\" \
         aria-labelledby=\"{id}-title {id}-desc\" viewBox=\"0 0 {width} {height}\" width=\"100%\" \
         font-family=\"{}\" fill=\"currentColor\">\n<title id=\"{id}-title\">{title}</title>\n\
         <desc id=\"{id}-desc\">{description}</desc>\n{body}</svg>\n",
        text::FONTS
    ))
}

/// Text on a page is at least this high, in pixels.
const LEAST_TEXT: f64 = 11.0;

/// The width in pixels at which the smallest text of a picture can still be read, as a class of the page's style sheet
/// has it: in steps of 25. None for a picture without text.
fn least_width(body: &str, width: f64) -> Option<f64> {
    let sizes = body.split(" font-size=\"").skip(1);
    let sizes = sizes.filter_map(|rest| rest.split('"').next()?.parse::<f64>().ok());
    let least = sizes.reduce(f64::min).filter(|least| *least > 0.0)?;
    Some((width * LEAST_TEXT / least / 25.0).ceil() * 25.0)
}

/// A place on the sheet: left, top, right, bottom.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

/// How a line of text is set.
#[derive(Clone, Copy)]
pub(super) struct Type {
    size: f64,
    bold: bool,
    turned: bool,
    colour: RGBAColor,
    across: HPos,
    down: VPos,
}

impl Type {
    /// Ordinary label, placed by its left end and its middle height.
    pub(super) fn body() -> Self {
        Self { size: BODY, bold: false, turned: false, colour: INK, across: HPos::Left, down: VPos::Center }
    }

    /// Secondary label: axes, captions.
    pub(super) fn small() -> Self {
        Self { size: SMALL, colour: SOFT, ..Self::body() }
    }

    pub(super) fn sized(self, size: f64) -> Self {
        Self { size, ..self }
    }

    pub(super) fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    /// Text that reads from bottom to top, and starts at the place.
    pub(super) fn turned(self) -> Self {
        Self { turned: true, ..self }
    }

    pub(super) fn coloured(self, colour: RGBAColor) -> Self {
        Self { colour, ..self }
    }

    pub(super) fn centred(self) -> Self {
        Self { across: HPos::Center, ..self }
    }

    /// Text placed by its right end.
    pub(super) fn ending(self) -> Self {
        Self { across: HPos::Right, ..self }
    }

    /// Text that hangs from its place.
    pub(super) fn below(self) -> Self {
        Self { down: VPos::Top, ..self }
    }

    /// Text that stands on its place.
    pub(super) fn above(self) -> Self {
        Self { down: VPos::Bottom, ..self }
    }
}

/// What plotters has no element for: the ends of marks, and places that only take the pointer.
enum Bracket<'t> {
    Open(&'t str, &'t str),
    Close,
    Reach((i32, i32), (i32, i32)),
}

impl<'p> PointCollection<'p, (i32, i32)> for &'p Bracket<'_> {
    type Point = &'p (i32, i32);
    type IntoIter = std::iter::Empty<&'p (i32, i32)>;

    fn point_iter(self) -> Self::IntoIter {
        std::iter::empty()
    }
}

impl<'a> Drawable<Pen<'a>> for Bracket<'_> {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        _: I,
        pen: &mut Pen<'a>,
        _: (u32, u32),
    ) -> Result<(), DrawingErrorKind<Infallible>> {
        match *self {
            Self::Open(class, text) => pen.open(class, text),
            Self::Close => pen.close(),
            Self::Reach(from, to) => pen.reach(from, to),
        }
        Ok(())
    }
}

/// An empty sheet.
pub(super) struct Canvas<'a> {
    root: DrawingArea<Pen<'a>, Shift>,
}

impl<'a> Canvas<'a> {
    /// A line of text.
    pub(super) fn text(&self, line: &str, x: f64, y: f64, set: Type) -> Drawn {
        if line.is_empty() {
            return Ok(());
        }
        let style = if set.bold { FontStyle::Bold } else { FontStyle::Normal };
        let font = FontDesc::new(FontFamily::SansSerif, set.size * FINE, style);
        let turn = if set.turned { FontTransform::Rotate270 } else { FontTransform::None };
        let style = font.transform(turn).color(&set.colour).pos(Pos::new(set.across, set.down));
        Ok(self.root.draw(&Text::new(line, fine(x, y), style))?)
    }

    /// What a panel shows and in which unit, over its upper left, cut to a width.
    pub(super) fn heading(&self, line: &str, top: f64, room: f64) -> Drawn {
        let line = text::shorten(line, BODY * BOLD, room);
        self.text(&line, 0.0, top, Type::body().bold().below())
    }

    /// Several lines, one under the other, centred on (or hanging from, or standing on) a place as the type says.
    pub(super) fn lines(&self, lines: &[String], x: f64, y: f64, set: Type) -> Drawn {
        let (leading, gaps) = (set.size * LEADING, lines.len().saturating_sub(1) as f64);
        let first = match set.down {
            VPos::Top => y,
            VPos::Center => y - leading * gaps / 2.0,
            VPos::Bottom => y - leading * gaps,
        };
        for (index, line) in lines.iter().enumerate() {
            self.text(line, x, first + leading * index as f64, set)?;
        }
        Ok(())
    }

    /// A filled rectangle.
    pub(super) fn fill(&self, place: Place, colour: RGBAColor) -> Drawn {
        let corners = [fine(place.left, place.top), fine(place.right, place.bottom)];
        Ok(self.root.draw(&Rectangle::new(corners, colour.filled()))?)
    }

    /// The outline of a rectangle, drawn inside its edges.
    pub(super) fn outline(&self, place: Place, colour: RGBAColor, wide: f64) -> Drawn {
        let half = wide / 2.0;
        let corners =
            [fine(place.left + half, place.top + half), fine(place.right - half, place.bottom - half)];
        Ok(self.root.draw(&Rectangle::new(corners, stroke(colour, wide)))?)
    }

    /// A line through places on the sheet.
    pub(super) fn path(&self, places: &[(f64, f64)], colour: RGBAColor, wide: f64) -> Drawn {
        let path: Vec<_> = places.iter().map(|&(x, y)| fine(x, y)).collect();
        Ok(self.root.draw(&PathElement::new(path, stroke(colour, wide)))?)
    }

    /// A filled shape between places on the sheet.
    pub(super) fn shape(&self, places: &[(f64, f64)], colour: RGBAColor) -> Drawn {
        let corners: Vec<_> = places.iter().map(|&(x, y)| fine(x, y)).collect();
        Ok(self.root.draw(&Polygon::new(corners, colour.filled()))?)
    }

    /// A line of dashes through places on the sheet.
    pub(super) fn dashes(&self, places: &[(f64, f64)], colour: RGBAColor, wide: f64) -> Drawn {
        for dash in dashes(places, (wide * 2.6).max(6.0), (wide * 1.8).max(4.0)) {
            self.path(&dash, colour, wide)?;
        }
        Ok(())
    }

    /// A filled disc.
    pub(super) fn dot(&self, x: f64, y: f64, radius: f64, colour: RGBAColor) -> Drawn {
        Ok(self.root.draw(&Circle::new(fine(x, y), (radius * FINE) as i32, colour.filled()))?)
    }

    /// A circle.
    pub(super) fn ring(&self, x: f64, y: f64, radius: f64, colour: RGBAColor) -> Drawn {
        Ok(self.root.draw(&Circle::new(fine(x, y), (radius * FINE) as i32, stroke(colour, 2.0)))?)
    }

    /// What `draw` draws, as one mark that shows a text on hover: its name and its figure.
    pub(super) fn titled(&self, text: &str, draw: impl FnOnce() -> Drawn) -> Drawn {
        self.mark("m", text, draw)
    }

    /// The same with a class of the page's style sheet beside that of marks.
    pub(super) fn mark(&self, class: &str, text: &str, draw: impl FnOnce() -> Drawn) -> Drawn {
        self.root.draw(&Bracket::Open(class, text))?;
        draw()?;
        Ok(self.root.draw(&Bracket::Close)?)
    }

    /// A mark that is not seen: it shows a text on hover over a place.
    pub(super) fn reach(&self, text: &str, place: Place) -> Drawn {
        let (from, to) = (fine(place.left, place.top), fine(place.right, place.bottom));
        self.titled(text, || Ok(self.root.draw(&Bracket::Reach(from, to))?))
    }

    /// A coordinate system over a place.
    pub(super) fn plot(&self, place: Place, x: (f64, f64), y: (f64, f64)) -> Result<Plot<'a>, ChartError> {
        let (left, top) = fine(place.left, place.top);
        let (wide, high) = fine(place.right - place.left, place.bottom - place.top);
        let area = self.root.clone().shrink((left, top), (wide, high));
        let chart = ChartBuilder::on(&area).build_cartesian_2d(x.0..x.1, y.0..y.1)?;
        Ok(Plot { chart, place, x, y })
    }
}

/// A coordinate system on the sheet.
pub(super) struct Plot<'a> {
    chart: ChartContext<'a, Pen<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>,
    /// Where it lies on the sheet.
    pub(super) place: Place,
    x: (f64, f64),
    y: (f64, f64),
}

impl Plot<'_> {
    /// Where a point lies on the sheet.
    pub(super) fn at(&self, x: f64, y: f64) -> (f64, f64) {
        let (x, y) = self.chart.backend_coord(&self.inside((x, y)));
        (f64::from(x) / FINE, f64::from(y) / FINE)
    }

    /// The stripe of a place along the names 0, 1, 2 …, as high as another place.
    pub(super) fn stripe(&self, index: usize, place: Place) -> Place {
        let at = index as f64;
        let ((left, _), (right, _)) = (self.at(at - 0.5, self.y.0), self.at(at + 0.5, self.y.0));
        Place { left, right, ..place }
    }

    /// The nearest point of the coordinate system: plotters' whole pixels overflow far outside of it.
    fn inside(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (x.max(self.x.0).min(self.x.1), y.max(self.y.0).min(self.y.1))
    }

    /// A line through points; it breaks where a point is not finite, and a point alone becomes a dot.
    pub(super) fn line(&mut self, points: &[(f64, f64)], colour: RGBAColor, wide: f64) -> Drawn {
        for run in points.split(|point| !(point.0.is_finite() && point.1.is_finite())) {
            match run {
                [] => {}
                &[point] => self.dot(point, wide * 1.3, colour)?,
                run => {
                    let inside: Vec<_> = run.iter().map(|&point| self.inside(point)).collect();
                    self.chart.draw_series(LineSeries::new(inside, stroke(colour, wide)))?;
                }
            }
        }
        Ok(())
    }

    /// A column between two heights.
    pub(super) fn column(&self, x: (f64, f64), y: (f64, f64), colour: RGBAColor) -> Drawn {
        let column = Rectangle::new([self.inside((x.0, y.0)), self.inside((x.1, y.1))], colour.filled());
        Ok(self.chart.plotting_area().draw(&column)?)
    }

    /// A thin line through points, such as the edge of a column.
    pub(super) fn edge(&self, points: &[(f64, f64)], colour: RGBAColor, wide: f64) -> Drawn {
        let edge = PathElement::new(
            points.iter().map(|&point| self.inside(point)).collect::<Vec<_>>(),
            stroke(colour, wide),
        );
        Ok(self.chart.plotting_area().draw(&edge)?)
    }

    /// A dot on a point.
    pub(super) fn dot(&self, point: (f64, f64), radius: f64, colour: RGBAColor) -> Drawn {
        let dot = Circle::new(self.inside(point), (radius * FINE) as i32, colour.filled());
        Ok(self.chart.plotting_area().draw(&dot)?)
    }

    /// Grid lines with their figures to the left; zero stands out.
    pub(super) fn value_axis(&self, canvas: &Canvas<'_>, scale: &Scale, format: Format<'_>) -> Drawn {
        let mut last = String::new();
        for (&tick, label) in scale.ticks.iter().zip(scale.labels(format)) {
            // Two ticks with the same text would confuse the reader.
            if label == last {
                continue;
            }
            let (_, y) = self.at(0.0, tick);
            let colour = if tick == 0.0 { RULE } else { GRID };
            canvas.path(&[(self.place.left, y), (self.place.right, y)], colour, 1.0)?;
            let short = text::shorten(&label, SMALL, self.place.left - 8.0);
            canvas.text(&short, self.place.left - 8.0, y, Type::small().ending())?;
            last = label;
        }
        Ok(())
    }

    /// Names under the places 0, 1, 2 …, thinned where they would touch. The last name is always kept; of numbers, the
    /// first.
    pub(super) fn name_axis(&self, canvas: &Canvas<'_>, names: &[&str]) -> Drawn {
        let half = text::widest(names.iter().copied(), SMALL) / 2.0;
        let (first, _) = self.at(0.0, self.y.0);
        let (last, _) = self.at(names.len().saturating_sub(1) as f64, self.y.0);
        // The outermost names must stay on the sheet. They need more room where they are moved inwards.
        let (least, most) = (half + 2.0, WIDTH - half - 2.0);
        let moved = (last - most).max(0.0) + (least - first).max(0.0);
        let span = (last - first) * names.len() as f64 / names.len().saturating_sub(1).max(1) as f64;
        let step = stride(names.len(), span, half * 2.0 + moved + 12.0);
        let numbers = names.iter().all(|name| name.chars().all(|c| c.is_ascii_digit()));
        let from = if numbers { 0 } else { names.len().saturating_sub(1) % step };
        for (index, name) in names.iter().enumerate().skip(from).step_by(step) {
            let (x, _) = self.at(index as f64, self.y.0);
            let x = x.min(most).max(least);
            canvas.text(name, x, self.place.bottom + 10.0, Type::small().centred().below())?;
        }
        Ok(())
    }
}

/// Width of an axis's figures on its left, a third of the sheet at most.
pub(super) fn axis_room(scale: &Scale, format: Format<'_>) -> f64 {
    let labels = scale.labels(format);
    (text::widest(labels.iter().map(String::as_str), SMALL) + 10.0).min(WIDTH / 3.0)
}

/// Cuts a line into dashes of a length with gaps between them.
fn dashes(places: &[(f64, f64)], long: f64, gap: f64) -> Vec<Vec<(f64, f64)>> {
    let (mut done, mut dash, mut left, mut drawing) = (vec![], vec![], long, true);
    for pair in places.windows(2) {
        let &[from, to] = pair else { continue };
        let (right, down) = (to.0 - from.0, to.1 - from.1);
        // Not `hypot`: its last digit depends on the machine.
        let length = (right * right + down * down).sqrt();
        let mut at = 0.0;
        if drawing && dash.is_empty() {
            dash.push(from);
        }
        while length - at > left {
            at += left;
            let share = at / length;
            let here = (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share);
            if drawing {
                dash.push(here);
                done.push(std::mem::take(&mut dash));
            } else {
                dash.push(here);
            }
            drawing = !drawing;
            left = if drawing { long } else { gap };
        }
        left -= length - at;
        if drawing {
            dash.push(to);
        }
    }
    if dash.len() > 1 {
        done.push(dash);
    }
    done
}

fn stroke(colour: RGBAColor, wide: f64) -> ShapeStyle {
    colour.stroke_width((wide * FINE).round() as u32)
}

fn fine(x: f64, y: f64) -> (i32, i32) {
    ((x * FINE).round() as i32, (y * FINE).round() as i32)
}
