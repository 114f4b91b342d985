//! A pyramid: tiers from the top, of one kind around the middle, or of two kinds back to back.

use super::bands::FIGURE;
use super::canvas::{Canvas, Drawn, Place, Type, WIDTH, compose};
use super::head::Head;
use super::palette::{BLUE, GREY, INK, RULE};
use super::scale::extent;
use super::text::{self, BODY, LEADING, SMALL};
use super::{ChartError, Format, Frame, at_most, said};

const NAME: &str = "pyramid";
/// Most tiers that fit.
pub const MOST: usize = 24;

/// A tier.
#[derive(Debug, Clone)]
pub struct Tier {
    /// Its name.
    pub label: String,
    /// How many are on it, or with [`Sides::Two`] its left bar; not finite if unknown, below zero counts as nothing.
    pub value: f64,
    /// Its right bar, in the same unit; [`Sides::One`] ignores it.
    pub other: f64,
    /// A second text in smaller type, with [`Sides::One`] after the figure; may be empty.
    pub note: String,
}

/// Whether tiers have one bar or two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sides {
    /// One bar, around the middle: customers by card.
    One,
    /// Two bars, back to back: customers against revenue, women against men.
    Two,
}

/// What to draw.
pub struct Data<'a> {
    /// The tiers, from the top; 24 at most.
    pub tiers: &'a [Tier],
    /// Whether they have one bar or two.
    pub sides: Sides,
    /// Writes a value.
    pub number: Format<'a>,
}

/// The words on the picture; each may be empty.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// Over the bars: what the values are, with the unit.
    pub value: &'a str,
    /// Over the left bars, with [`Sides::Two`].
    pub left: &'a str,
    /// Over the right bars, with [`Sides::Two`].
    pub right: &'a str,
}

/// Draws the tiers; both sides have one scale.
///
/// # Errors
/// [`ChartError::Empty`] without a finite value, [`ChartError::TooMany`] above 24 tiers.
pub fn render(frame: &Frame<'_>, data: &Data<'_>, words: &Words<'_>) -> Result<String, ChartError> {
    at_most(NAME, "tiers", data.tiers.len(), MOST)?;
    let two = data.sides == Sides::Two;
    let values = data.tiers.iter().flat_map(|tier| [tier.value, if two { tier.other } else { f64::NAN }]);
    let (_, high) = extent(values).ok_or(ChartError::Empty(NAME))?;
    let high = if high > 0.0 { high } else { 1.0 };
    let head = Head::new(words.value, &[]);
    if two { two_sided(frame, (data, words), &head, high) } else { one_sided(frame, data, &head, high) }
}

fn figure(data: &Data<'_>, value: f64) -> String {
    if value.is_finite() { (data.number)(value) } else { String::new() }
}

fn share(value: f64, high: f64) -> f64 {
    if value.is_finite() { (value / high).clamp(0.0, 1.0) } else { 0.0 }
}

/// Names to the left, bars around one middle, figures with their notes to the right.
fn one_sided(frame: &Frame<'_>, data: &Data<'_>, head: &Head, high: f64) -> Result<String, ChartError> {
    let names: Vec<Vec<String>> =
        data.tiers.iter().map(|tier| text::wrap(&tier.label, BODY, 160.0, 2)).collect();
    let figures: Vec<String> = data.tiers.iter().map(|tier| figure(data, tier.value)).collect();
    let notes = text::widest(data.tiers.iter().map(|tier| tier.note.as_str()), SMALL).min(FIGURE);
    let room = text::widest(figures.iter().map(String::as_str), SMALL * 1.1).max(notes).min(FIGURE);
    let left = text::widest(names.iter().flatten().map(String::as_str), BODY) + 12.0;
    let right = WIDTH - room - 12.0;
    let lines = names.iter().map(Vec::len).max().unwrap_or(1) as f64;
    let each = (lines * BODY * LEADING + 6.0).max(if notes > 0.0 { 48.0 } else { 36.0 });
    let top = head.height();
    let height = top + each * data.tiers.len() as f64 + 4.0;
    compose(frame, (WIDTH, height), |canvas| {
        head.draw(canvas)?;
        let middle = f64::midpoint(left, right);
        for (index, (tier, (lines, figure))) in data.tiers.iter().zip(names.iter().zip(&figures)).enumerate()
        {
            let y = top + each * (index as f64 + 0.5);
            canvas.lines(lines, 0.0, y, Type::body())?;
            let half = (right - left) / 2.0 * share(tier.value, high);
            // A tier of very few must be visible.
            let half = if tier.value > 0.0 { half.max(1.0) } else { half };
            let place = Place {
                left: middle - half,
                top: y - each / 2.0 + 1.5,
                right: middle + half,
                bottom: y + each / 2.0 - 1.5,
            };
            let says = said(&[tier.label.clone(), figure.clone(), tier.note.clone()]);
            canvas.titled(&says, || canvas.fill(place, BLUE))?;
            let shift = if tier.note.is_empty() { 0.0 } else { 10.0 };
            let figure = text::shorten(figure, SMALL * 1.1, FIGURE);
            canvas.text(&figure, right + 12.0, y - shift, Type::small().coloured(INK).bold())?;
            let note = text::shorten(&tier.note, SMALL, room);
            canvas.text(&note, right + 12.0, y + shift, Type::small())?;
        }
        Ok(())
    })
}

/// Names in the middle, bars to either side, figures at their ends.
fn two_sided(
    frame: &Frame<'_>,
    (data, words): (&Data<'_>, &Words<'_>),
    head: &Head,
    high: f64,
) -> Result<String, ChartError> {
    let names: Vec<Vec<String>> =
        data.tiers.iter().map(|tier| text::wrap(&tier.label, SMALL, FIGURE, 2)).collect();
    let half_gutter = text::widest(names.iter().flatten().map(String::as_str), SMALL) / 2.0 + 8.0;
    let figures: Vec<[String; 2]> =
        data.tiers.iter().map(|tier| [tier.value, tier.other].map(|value| figure(data, value))).collect();
    let room = text::widest(figures.iter().flatten().map(String::as_str), SMALL).min(110.0) + 8.0;
    let (middle, longest) = (WIDTH / 2.0, WIDTH / 2.0 - half_gutter - room);
    let lines = names.iter().map(Vec::len).max().unwrap_or(1) as f64;
    let each = (lines * SMALL * LEADING + 4.0).max(28.0);
    let titled = !(words.left.is_empty() && words.right.is_empty());
    let top = head.height() + if titled { SMALL * LEADING + 4.0 } else { 0.0 };
    let height = top + each * data.tiers.len() as f64 + 4.0;
    compose(frame, (WIDTH, height), |canvas| {
        head.draw(canvas)?;
        let side = |word: &str| text::shorten(word, SMALL * 1.1, WIDTH / 2.0 - half_gutter);
        let set = Type::small().coloured(INK).bold().above();
        canvas.text(&side(words.left), middle - half_gutter, top - 5.0, set.ending())?;
        canvas.text(&side(words.right), middle + half_gutter, top - 5.0, set)?;
        for (index, (tier, (lines, [left, right]))) in
            data.tiers.iter().zip(names.iter().zip(&figures)).enumerate()
        {
            let y = top + each * (index as f64 + 0.5);
            canvas.lines(lines, middle, y, Type::small().coloured(INK).centred())?;
            let bar = |value: f64| longest * share(value, high);
            let (inner, outer) = (middle - half_gutter, middle - half_gutter - bar(tier.value));
            let says =
                |side: &str, figure: &str| said(&[tier.label.clone(), side.to_owned(), figure.to_owned()]);
            canvas.titled(&says(words.left, left), || draw_side(canvas, (outer, inner), (y, each), GREY))?;
            canvas.text(
                &text::shorten(left, SMALL, 110.0),
                outer - 5.0,
                y,
                Type::small().coloured(INK).ending(),
            )?;
            let (inner, outer) = (middle + half_gutter, middle + half_gutter + bar(tier.other));
            canvas
                .titled(&says(words.right, right), || draw_side(canvas, (inner, outer), (y, each), BLUE))?;
            canvas.text(&text::shorten(right, SMALL, 110.0), outer + 5.0, y, Type::small().coloured(INK))?;
        }
        for x in [middle - half_gutter, middle + half_gutter] {
            canvas.path(&[(x, top), (x, height - 4.0)], RULE, 1.0)?;
        }
        Ok(())
    })
}

fn draw_side(
    canvas: &Canvas<'_>,
    (left, right): (f64, f64),
    (y, each): (f64, f64),
    colour: plotters::style::RGBAColor,
) -> Drawn {
    let half = each / 2.0 - 2.0;
    canvas.fill(Place { left, top: y - half, right, bottom: y + half }, colour)
}
