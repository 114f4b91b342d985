//! Status by value class: for each class a bar of 100 %, from active to lost.

use super::canvas::{Canvas, Drawn, Place, Type, WIDTH, compose};
use super::palette::{STATUSES, text_on};
use super::text::{self, BODY, SMALL};
use super::{ChartError, Format, Frame, at_most};

const NAME: &str = "status";
const MOST: usize = 12;
const ROW: f64 = 58.0;
const BAR: f64 = 40.0;
const GAP: f64 = 1.5;

/// A bar.
#[derive(Debug, Clone)]
pub struct Class {
    /// Name of the class.
    pub label: String,
    /// A line under the name: how many customers, how much money; may be empty.
    pub note: String,
    /// Customers or money by status, in the order of [`Words::statuses`]; their sum is the whole bar. What is not
    /// finite or below zero counts as nothing.
    pub parts: [f64; 4],
}

/// What to draw.
pub struct Data<'a> {
    /// The classes, from the top.
    pub classes: &'a [Class],
    /// Writes a share.
    pub share: Format<'a>,
}

/// The words on the picture.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// The statuses, from active to lost.
    pub statuses: [&'a str; 4],
}

/// Draws the bars.
///
/// # Errors
/// [`ChartError::Empty`] where every part of every class is nothing, [`ChartError::TooMany`] above twelve classes.
pub fn render(frame: &Frame<'_>, data: &Data<'_>, words: &Words<'_>) -> Result<String, ChartError> {
    at_most(NAME, "classes", data.classes.len(), MOST)?;
    if data.classes.iter().all(|class| shares(class).is_none()) {
        return Err(ChartError::Empty(NAME));
    }
    let labels = text::widest(data.classes.iter().map(|class| class.label.as_str()), BODY * 1.1);
    let notes = text::widest(data.classes.iter().map(|class| class.note.as_str()), SMALL);
    let left = labels.max(notes).min(180.0) + 14.0;
    let head = key_height(words);
    let height = head + ROW * data.classes.len() as f64;
    compose(frame, (WIDTH, height), |canvas| {
        let entries: Vec<_> = STATUSES.into_iter().zip(words.statuses).collect();
        canvas.key(&entries, Place { left: 0.0, top: 2.0, right: WIDTH, bottom: height })?;
        for (index, class) in data.classes.iter().enumerate() {
            let middle = head + ROW * (index as f64 + 0.5);
            draw_label(canvas, class, left - 14.0, middle)?;
            let place = Place { left, top: middle - BAR / 2.0, right: WIDTH, bottom: middle + BAR / 2.0 };
            draw_bar(canvas, data, words, class, place)?;
        }
        Ok(())
    })
}

/// Parts as shares of their sum; nothing where there is no sum.
fn shares(class: &Class) -> Option<[f64; 4]> {
    let parts = class.parts.map(|part| if part.is_finite() { part.max(0.0) } else { 0.0 });
    let sum: f64 = parts.iter().sum();
    (sum > 0.0 && sum.is_finite()).then(|| parts.map(|part| part / sum))
}

/// The key may need a second row.
fn key_height(words: &Words<'_>) -> f64 {
    let wide: f64 = words.statuses.iter().map(|name| text::width(name, SMALL) + 40.0).sum();
    if wide - 20.0 > WIDTH { 36.0 + BODY * 1.4 } else { 36.0 }
}

fn draw_label(canvas: &Canvas<'_>, class: &Class, room: f64, middle: f64) -> Drawn {
    let label = text::shorten(&class.label, BODY * 1.1, room);
    let set = Type::body().bold();
    if class.note.is_empty() {
        return canvas.text(&label, 0.0, middle, set);
    }
    canvas.text(&label, 0.0, middle - 11.0, set)?;
    canvas.text(&text::shorten(&class.note, SMALL, room), 0.0, middle + 11.0, Type::small())
}

/// The bar; a part carries its name and share where both fit, else its share, else nothing.
fn draw_bar(canvas: &Canvas<'_>, data: &Data<'_>, words: &Words<'_>, class: &Class, place: Place) -> Drawn {
    let Some(shares) = shares(class) else { return Ok(()) };
    let mut left = place.left;
    for ((share, colour), name) in shares.into_iter().zip(STATUSES).zip(words.statuses) {
        let wide = (place.right - place.left) * share;
        let part = Place { left, right: left + (wide - GAP).max(wide * 0.5), ..place };
        canvas.fill(part, colour)?;
        let figure = (data.share)(share);
        let both = format!("{name} {figure}");
        let fits = |line: &String| text::width(line, SMALL) + 4.0 <= wide;
        if let Some(line) = [both, figure].iter().find(|line| fits(line)) {
            let (x, y) = (f64::midpoint(part.left, part.right), f64::midpoint(place.top, place.bottom));
            canvas.text(line, x, y, Type::small().centred().coloured(text_on(colour)))?;
        }
        left += wide;
    }
    Ok(())
}
