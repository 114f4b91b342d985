//! The colours of every chart.
//!
//! Blue, orange and grey can be told apart with any colour vision. Their lightness differs enough for a print in grey.
//! Ink follows the page's text colour. Where they carry a line, all keep a contrast of at least 3 : 1 to white and to
//! near black.

use plotters::style::RGBAColor;

/// Text and axes: becomes the text colour of the page.
pub(super) const INK: RGBAColor = RGBAColor(34, 34, 34, 1.0);
/// Secondary text: axis labels, captions.
pub(super) const SOFT: RGBAColor = RGBAColor(34, 34, 34, 0.75);
/// Thin lines that help to compare: diagonals, leaders, drop lines.
pub(super) const RULE: RGBAColor = RGBAColor(34, 34, 34, 0.45);
/// Grid.
pub(super) const GRID: RGBAColor = RGBAColor(34, 34, 34, 0.13);
/// The main series.
pub(super) const BLUE: RGBAColor = RGBAColor(47, 120, 183, 1.0);
/// The main series where it is not final: a month that is not over.
pub(super) const BLUE_PALE: RGBAColor = RGBAColor(47, 120, 183, 0.3);
/// The second series, and what needs attention.
pub(super) const ORANGE: RGBAColor = RGBAColor(213, 113, 27, 1.0);
/// What the main series is compared with.
pub(super) const GREY: RGBAColor = RGBAColor(140, 150, 160, 1.0);
/// Lines of up to six series. With the names at their ends, any colour vision can tell them apart.
pub(super) const LINES: [RGBAColor; 6] = [
    BLUE,
    ORANGE,
    RGBAColor(0, 143, 112, 1.0),
    RGBAColor(170, 92, 158, 1.0),
    RGBAColor(120, 128, 138, 1.0),
    RGBAColor(140, 118, 40, 1.0),
];
/// Parts that touch each other: dark beside light, for borders that are seen in grey too.
pub(super) const PARTS: [RGBAColor; 6] = [
    RGBAColor(29, 78, 121, 1.0),
    RGBAColor(143, 187, 220, 1.0),
    RGBAColor(213, 113, 27, 1.0),
    RGBAColor(208, 212, 218, 1.0),
    RGBAColor(0, 118, 94, 1.0),
    RGBAColor(236, 202, 144, 1.0),
];
/// Parts that touch each other and stand for stages: new, good, a little bad, bad, gone, not known. What is good is blue, what
/// needs attention is orange, and what is past or unknown has no colour.
pub(super) const STAGES: [RGBAColor; 6] = [
    RGBAColor(143, 187, 220, 1.0),
    RGBAColor(29, 78, 121, 1.0),
    RGBAColor(244, 205, 158, 1.0),
    RGBAColor(213, 113, 27, 1.0),
    RGBAColor(92, 100, 109, 1.0),
    RGBAColor(208, 212, 218, 1.0),
];
/// The oldest of ordered lines; later lines are nearer to blue.
pub(super) const OLDEST: RGBAColor = RGBAColor(165, 172, 180, 1.0);

const DARK_TEXT: RGBAColor = RGBAColor(20, 24, 28, 1.0);
const LIGHT_TEXT: RGBAColor = RGBAColor(255, 255, 255, 1.0);
const RAMP: [RGBAColor; 3] =
    [RGBAColor(233, 241, 248, 1.0), RGBAColor(118, 171, 211, 1.0), RGBAColor(18, 63, 107, 1.0)];

const RAMP_BELOW: [RGBAColor; 3] =
    [RGBAColor(250, 240, 230, 1.0), RGBAColor(232, 160, 96, 1.0), RGBAColor(132, 62, 8, 1.0)];

/// Light to dark blue for a share of 0 to 1 (a value outside counts as the nearer end).
pub(super) fn shade(share: f64) -> RGBAColor {
    let [low, middle, high] = RAMP;
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    if share < 0.5 { mix(low, middle, share * 2.0) } else { mix(middle, high, share * 2.0 - 1.0) }
}

/// Light to dark orange, for values below zero; values above zero are blue.
pub(super) fn shade_below(share: f64) -> RGBAColor {
    let [low, middle, high] = RAMP_BELOW;
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    if share < 0.5 { mix(low, middle, share * 2.0) } else { mix(middle, high, share * 2.0 - 1.0) }
}

/// A transparent colour.
pub(super) fn faint(colour: RGBAColor, share: f64) -> RGBAColor {
    RGBAColor(colour.0, colour.1, colour.2, share)
}

/// The text colour that reads better on a background, by contrast as WCAG 2 defines it.
pub(super) fn text_on(ground: RGBAColor) -> RGBAColor {
    let light = luminance(ground);
    let against_dark = (light + 0.05) / (luminance(DARK_TEXT) + 0.05);
    let against_light = 1.05 / (light + 0.05);
    if against_dark > against_light { DARK_TEXT } else { LIGHT_TEXT }
}

/// A colour between two; `share` is that of the second.
pub(super) fn mix(from: RGBAColor, to: RGBAColor, share: f64) -> RGBAColor {
    let between = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as u8;
    RGBAColor(between(from.0, to.0), between(from.1, to.1), between(from.2, to.2), 1.0)
}

/// Relative luminance, 0 to 1 (WCAG 2.2, "relative luminance").
fn luminance(colour: RGBAColor) -> f64 {
    let linear = |part: u8| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(colour.0) + 0.7152 * linear(colour.1) + 0.0722 * linear(colour.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contrast(a: RGBAColor, b: RGBAColor) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_on_every_shade_can_be_read() {
        for step in 0..=100 {
            let ground = shade(f64::from(step) / 100.0);
            assert!(contrast(ground, text_on(ground)) >= 4.0, "step {step}");
        }
        for step in 0..=100 {
            let ground = shade_below(f64::from(step) / 100.0);
            assert!(contrast(ground, text_on(ground)) >= 4.0, "step {step}");
        }
        for ground in PARTS.into_iter().chain(STAGES) {
            assert!(contrast(ground, text_on(ground)) >= 4.0);
        }
    }

    #[test]
    fn lines_stand_out_from_a_light_and_from_a_dark_page() {
        for line in LINES {
            assert!(contrast(line, LIGHT_TEXT) >= 3.0);
            assert!(contrast(line, DARK_TEXT) >= 3.0);
        }
    }

    #[test]
    fn neighbours_of_a_stack_differ_in_lightness() {
        for pair in PARTS.windows(2).chain(STAGES.windows(2)) {
            assert!(contrast(pair[0], pair[1]) >= 1.6, "{pair:?}");
        }
    }

    #[test]
    fn the_ramp_only_gets_darker() {
        let shades: Vec<f64> = (0..=50).map(|step| luminance(shade(f64::from(step) / 50.0))).collect();
        assert!(shades.windows(2).all(|pair| pair[1] <= pair[0]));
    }
}
