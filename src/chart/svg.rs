//! A plotters backend that writes SVG for inlining.
//!
//! plotters counts in whole pixels. This backend uses ten pixels for a unit of the view box, which keeps curves smooth,
//! and writes coordinates with one decimal. Unlike the stock backend it measures text itself (ideographs are one em
//! wide), uses font sizes unchanged, joins lines round, and writes the ink colour as `currentColor`: a dark page needs
//! no second set of charts.

use std::convert::Infallible;
use std::fmt::Write;

use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontStyle,
    FontTransform,
};

use super::palette::INK;
use super::text;

/// Backend pixels per unit of the view box.
pub(super) const FINE: f64 = 10.0;

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

/// Appends what plotters draws to a string, as SVG elements.
pub(super) struct Pen<'a> {
    body: &'a mut String,
    size: (u32, u32),
}

impl<'a> Pen<'a> {
    /// A pen for a picture of `width` × `height` units of the view box.
    pub(super) fn new(body: &'a mut String, width: f64, height: f64) -> Self {
        Self { body, size: ((width * FINE) as u32, (height * FINE) as u32) }
    }

    fn put(&mut self, element: &str) {
        self.body.push_str(element);
        self.body.push('\n');
    }

    /// Begins what belongs together. Its text, if there is one, shows on hover.
    pub(super) fn open(&mut self, class: &str, title: &str) {
        let title = text::escape(title);
        let element = if title.is_empty() { String::new() } else { format!("<title>{title}</title>") };
        self.put(&format!("<g class=\"{class}\">{element}"));
    }

    /// Ends it.
    pub(super) fn close(&mut self) {
        self.put("</g>");
    }

    /// A place that is not seen and takes the pointer: for marks too thin to be hit.
    pub(super) fn reach(&mut self, (left, top): BackendCoord, (right, bottom): BackendCoord) {
        let (wide, high) = (unit(right.saturating_sub(left)), unit(bottom.saturating_sub(top)));
        let (left, top) = (unit(left), unit(top));
        self.put(&format!(
            "<rect x=\"{left}\" y=\"{top}\" width=\"{wide}\" height=\"{high}\" fill=\"none\" pointer-events=\"all\"/>"
        ));
    }

    fn shape(&mut self, geometry: &str, style: &impl BackendStyle, fill: bool) {
        let colour = style.color();
        if colour.alpha <= 0.0 {
            return;
        }
        let paint = if fill { filled(colour) } else { stroked(colour, style.stroke_width()) };
        self.put(&format!("<{geometry}{paint}/>"));
    }
}

impl DrawingBackend for Pen<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, point: BackendCoord, color: BackendColor) -> Drawn {
        self.draw_rect(point, (point.0 + 1, point.1 + 1), &color, true)
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        a: BackendCoord,
        b: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let (left, top) = (a.0.min(b.0), a.1.min(b.1));
        let (wide, high) = (a.0.max(b.0).saturating_sub(left), a.1.max(b.1).saturating_sub(top));
        if wide > 0 && high > 0 {
            let place = format!(
                "rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"",
                unit(left),
                unit(top),
                unit(wide),
                unit(high)
            );
            self.shape(&place, style, fill);
        }
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        self.shape(&format!("polyline points=\"{}\"", points(path)), style, false);
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let radius = i32::try_from(radius).unwrap_or(i32::MAX);
        let place =
            format!("circle cx=\"{}\" cy=\"{}\" r=\"{}\"", unit(center.0), unit(center.1), unit(radius));
        self.shape(&place, style, fill);
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        vert: I,
        style: &S,
    ) -> Drawn {
        self.shape(&format!("polygon points=\"{}\"", points(vert)), style, true);
        Ok(())
    }

    fn draw_text<T: BackendTextStyle>(&mut self, line: &str, style: &T, pos: BackendCoord) -> Drawn {
        let size = style.size() / FINE;
        let turned = matches!(style.transform(), FontTransform::Rotate270);
        // From the anchor down to the base line, as a share of the size: 0.36 centres capitals and ideographs alike.
        let drop = match style.anchor().v_pos {
            VPos::Top => 0.86,
            VPos::Center => 0.36,
            VPos::Bottom => -0.22,
        } * style.size();
        let drop = drop.round() as i32;
        let (x, y) = if turned { (pos.0 + drop, pos.1) } else { (pos.0, pos.1 + drop) };
        let (x, y) = (unit(x), unit(y));
        let anchor = match style.anchor().h_pos {
            HPos::Left => "",
            HPos::Center => " text-anchor=\"middle\"",
            HPos::Right => " text-anchor=\"end\"",
        };
        let weight = if matches!(style.style(), FontStyle::Bold) { " font-weight=\"600\"" } else { "" };
        let turn = if turned { format!(" transform=\"rotate(-90 {x} {y})\"") } else { String::new() };
        let paint = filled(style.color());
        let line = text::escape(line);
        self.put(&format!(
            "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\"{anchor}{weight}{turn}{paint}>{line}</text>"
        ));
        Ok(())
    }

    fn estimate_text_size<T: BackendTextStyle>(
        &self,
        line: &str,
        style: &T,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        Ok((text::width(line, style.size()).ceil() as u32, style.size().ceil() as u32))
    }
}

/// A backend coordinate in units of the view box, written as short as possible.
fn unit(pixels: i32) -> String {
    let tenths = f64::from(pixels) / FINE;
    format!("{tenths}")
}

fn points(path: impl IntoIterator<Item = BackendCoord>) -> String {
    let mut list = String::new();
    for (x, y) in path {
        let gap = if list.is_empty() { "" } else { " " };
        // Writing to a string cannot fail.
        let _ = write!(list, "{gap}{},{}", unit(x), unit(y));
    }
    list
}

fn filled(colour: BackendColor) -> String {
    format!(" fill=\"{}\"{}", name(colour), opacity("fill", colour))
}

fn stroked(colour: BackendColor, wide: u32) -> String {
    format!(
        " fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" stroke-linejoin=\"round\"{}",
        name(colour),
        f64::from(wide) / FINE,
        opacity("stroke", colour)
    )
}

fn opacity(what: &str, colour: BackendColor) -> String {
    if colour.alpha < 1.0 { format!(" {what}-opacity=\"{}\"", colour.alpha) } else { String::new() }
}

fn name(colour: BackendColor) -> String {
    let (red, green, blue) = colour.rgb;
    if (red, green, blue) == (INK.0, INK.1, INK.2) {
        "currentColor".to_owned()
    } else {
        format!("#{red:02x}{green:02x}{blue:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(draw: impl FnOnce(&mut Pen<'_>) -> Drawn) -> String {
        let mut body = String::new();
        draw(&mut Pen::new(&mut body, 100.0, 50.0)).expect("writing to a string");
        body
    }

    #[test]
    fn ink_takes_the_colour_of_the_page_and_other_colours_their_own() {
        let ink = BackendColor { rgb: (INK.0, INK.1, INK.2), alpha: 0.5 };
        let line = drawn(|pen| pen.draw_line((5, 10), (25, -10), &ink));
        assert!(line.contains("points=\"0.5,1 2.5,-1\""), "{line}");
        assert!(
            line.contains("stroke=\"currentColor\"") && line.contains("stroke-opacity=\"0.5\""),
            "{line}"
        );
        let blue = BackendColor { rgb: (0, 16, 255), alpha: 1.0 };
        let disc = drawn(|pen| pen.draw_circle((10, 10), 25, &blue, true));
        assert_eq!(disc, "<circle cx=\"1\" cy=\"1\" r=\"2.5\" fill=\"#0010ff\"/>\n");
    }

    #[test]
    fn a_rectangle_may_be_given_by_any_two_corners_and_nothing_is_not_drawn() {
        let blue = BackendColor { rgb: (0, 16, 255), alpha: 1.0 };
        let one = drawn(|pen| pen.draw_rect((30, 40), (10, 20), &blue, true));
        assert_eq!(one, drawn(|pen| pen.draw_rect((10, 20), (30, 40), &blue, true)));
        assert!(one.contains("x=\"1\" y=\"2\" width=\"2\" height=\"2\""), "{one}");
        assert_eq!(drawn(|pen| pen.draw_rect((10, 20), (10, 40), &blue, true)), "");
        assert_eq!(drawn(|pen| pen.draw_line((0, 0), (9, 9), &blue.mix(0.0))), "");
    }
}
