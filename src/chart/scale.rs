//! Ranges, ticks, and places for labels along an axis.

use super::Format;

/// Smallest and largest of the finite values; none if there are no such values, or if their distance is not finite.
pub(super) fn extent(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    let mut finite = values.into_iter().filter(|value| value.is_finite());
    let first = finite.next()?;
    let (low, high) = finite.fold((first, first), |(low, high), value| (low.min(value), high.max(value)));
    (high - low).is_finite().then_some((low, high))
}

/// An axis: its ends, and the round values to label on it, ascending.
pub(super) struct Scale {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) ticks: Vec<f64>,
}

impl Scale {
    /// An axis from zero (or below, for negative values) over all values.
    pub(super) fn from_zero((low, high): (f64, f64), wanted: usize, least_step: f64) -> Self {
        Self::over((low.min(0.0), high.max(0.0)), wanted, least_step)
    }

    /// An axis over a range, widened to round values; about `wanted` steps, none smaller than `least_step`.
    pub(super) fn over((low, high): (f64, f64), wanted: usize, least_step: f64) -> Self {
        let span =
            if high > low { high - low } else { (high.abs() * 0.1).max(least_step).max(f64::MIN_POSITIVE) };
        let step = round_up(span / wanted.max(1) as f64).max(least_step);
        let (first, mut last) = ((low / step).floor(), (high / step).ceil());
        // Beyond 2⁵³ steps from zero, neighbouring values cannot be told apart; such an axis has only its ends.
        let rounded = (last.max(first + 1.0) * step).is_finite() && (first * step).is_finite();
        if !(step.is_normal() && first.abs() < 9e15 && last.abs() < 9e15 && rounded) {
            return Self { low, high: low + span, ticks: vec![low, high] };
        }
        if last <= first {
            last = first + 1.0;
        }
        let count = (last - first) as usize;
        let ticks: Vec<f64> = (0..=count.min(100)).map(|index| tick(first + index as f64, step)).collect();
        Self { low: tick(first, step), high: tick(last, step), ticks }
    }

    /// The texts of the ticks, all in one form: with as many decimals as one of them needs.
    pub(super) fn labels(&self, format: Format<'_>) -> Vec<String> {
        let labels: Vec<String> = self.ticks.iter().map(|&tick| format(tick)).collect();
        even(&labels).unwrap_or(labels)
    }
}

/// Texts with equally many decimals, where they differ in their digits alone: `100%`, `50.0%` become `100%`, `50%`. None
/// where they differ in more.
fn even(labels: &[String]) -> Option<Vec<String>> {
    let parts: Vec<Parts<'_>> = labels.iter().map(|label| Parts::of(label)).collect::<Option<_>>()?;
    // Zero has no unit of scale.
    let unit = parts.iter().find(|part| !part.is_bare_zero()).map(|part| part.after);
    if parts.iter().any(|part| !part.is_bare_zero() && Some(part.after) != unit) {
        return None;
    }
    let decimals = parts.iter().map(|part| part.decimals.trim_end_matches('0').len()).max()?;
    let one = |part: &Parts<'_>| {
        let Parts { before, whole, after, .. } = part;
        if decimals == 0 || part.is_bare_zero() && unit != Some("") {
            return format!("{before}{whole}{after}");
        }
        let digits: String = part.decimals.chars().chain(std::iter::repeat('0')).take(decimals).collect();
        format!("{before}{whole}.{digits}{after}")
    };
    Some(parts.iter().map(one).collect())
}

/// A text with one number.
struct Parts<'t> {
    before: &'t str,
    whole: &'t str,
    decimals: &'t str,
    after: &'t str,
}

impl<'t> Parts<'t> {
    fn of(label: &'t str) -> Option<Self> {
        let is_digit = |c: char| c.is_ascii_digit();
        let (before, rest) = label.split_at_checked(label.find(is_digit)?)?;
        let end = rest.find(|c: char| !is_digit(c) && c != ',').unwrap_or(rest.len());
        let (whole, rest) = rest.split_at_checked(end)?;
        let (decimals, after) = match rest.strip_prefix('.') {
            Some(rest) => rest.split_at_checked(rest.find(|c: char| !is_digit(c)).unwrap_or(rest.len()))?,
            None => ("", rest),
        };
        (!after.contains(is_digit)).then_some(Self { before, whole, decimals, after })
    }

    fn is_bare_zero(&self) -> bool {
        self.whole == "0" && self.decimals.trim_end_matches('0').is_empty() && self.after.is_empty()
    }
}

/// A multiple of a step without the rounding errors of binary fractions: 3 × 0.1 gives 0.3.
fn tick(times: f64, step: f64) -> f64 {
    // Adding zero turns −0 into 0, which a formatter would print with its sign.
    let value = times * step + 0.0;
    if step < 1.0 && step > 1e-9 {
        let scale = (1.0 / step).log10().ceil().max(0.0) + 1.0;
        let scale = 10_f64.powf(scale);
        return (value * scale).round() / scale + 0.0;
    }
    value
}

/// The next of 1, 2, 5 times a power of ten; 2.5 would need a digit more in every label.
fn round_up(step: f64) -> f64 {
    let magnitude = 10_f64.powf(step.log10().floor());
    let factor = [1.0, 2.0, 5.0, 10.0].into_iter().find(|factor| step <= factor * magnitude * (1.0 + 1e-9));
    factor.unwrap_or(10.0) * magnitude
}

/// At every which place a label fits, from steps that suit months.
pub(super) fn stride(places: usize, room: f64, widest: f64) -> usize {
    let each = room / places.max(1) as f64;
    [1, 2, 3, 4, 6, 12, 24, 36, 60, 120]
        .into_iter()
        .find(|&step| step as f64 * each >= widest)
        .unwrap_or_else(|| places.max(1))
}

/// Moves labels apart along an axis. Each keeps at least `gap` to the next, all stay within `low..=high` if they fit,
/// and none moves further than necessary. Returns the places in the order given.
pub(super) fn spread(wanted: &[f64], gap: f64, low: f64, high: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    let at = |index: usize| wanted.get(index).copied().unwrap_or(low);
    order.sort_by(|&a, &b| at(a).total_cmp(&at(b)).then(a.cmp(&b)));
    // Groups of touching labels: (sum of wanted first places, members). Each group stands at its members' mean.
    let mut groups: Vec<(f64, usize)> = vec![];
    let start = |&(sum, count): &(f64, usize)| {
        let free = sum / count as f64;
        free.min(high - gap * (count - 1) as f64).max(low)
    };
    for &index in &order {
        groups.push((at(index), 1));
        while let [.., before, last] = groups.as_slice() {
            if start(before) + gap * before.1 as f64 <= start(last) {
                break;
            }
            let shifted = last.0 - gap * (before.1 * last.1) as f64;
            let merged = (before.0 + shifted, before.1 + last.1);
            groups.truncate(groups.len() - 2);
            groups.push(merged);
        }
    }
    let places = groups.iter().flat_map(|group| {
        let first = start(group);
        (0..group.1).map(move |step| first + gap * step as f64)
    });
    let mut spread = wanted.to_vec();
    for (&index, place) in order.iter().zip(places) {
        if let Some(slot) = spread.get_mut(index) {
            *slot = place;
        }
    }
    spread
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_cover_the_range() {
        let scale = Scale::from_zero((3.0, 87.0), 4, 0.0);
        assert_eq!(scale.ticks, [0.0, 50.0, 100.0]);
        let scale = Scale::over((0.72, 0.81), 4, 0.0);
        assert_eq!(scale.ticks, [0.7, 0.75, 0.8, 0.85]);
        let scale = Scale::from_zero((-40.0, 90.0), 4, 0.0);
        assert_eq!(scale.ticks, [-50.0, 0.0, 50.0, 100.0]);
    }

    #[test]
    fn labels_of_an_axis_have_one_form() {
        let even = |labels: &[&str]| {
            let labels: Vec<String> = labels.iter().map(|label| (*label).to_owned()).collect();
            even(&labels).unwrap_or(labels).join(" ")
        };
        assert_eq!(even(&["0%", "50.0%", "100%"]), "0% 50% 100%");
        assert_eq!(even(&["0%", "0.50%", "1.0%", "1.5%"]), "0.0% 0.5% 1.0% 1.5%");
        assert_eq!(even(&["−0.5M", "0", "0.5M", "1M"]), "−0.5M 0 0.5M 1.0M");
        assert_eq!(even(&["0", "0.5", "1"]), "0.0 0.5 1.0");
        assert_eq!(even(&["0", "0.5"]), "0.0 0.5");
        assert_eq!(even(&["0", "0"]), "0 0");
        assert_eq!(even(&["0", "500K", "1M", "1.5M"]), "0 500K 1M 1.5M");
        assert_eq!(even(&["0", "1,000", "2,000"]), "0 1,000 2,000");
        assert_eq!(even(&["+0.5 points", "+1 points"]), "+0.5 points +1.0 points");
        assert_eq!(even(&["Jan 24", "Q1 2024", "x"]), "Jan 24 Q1 2024 x");
    }

    #[test]
    fn counts_get_no_broken_ticks() {
        assert_eq!(Scale::from_zero((0.0, 2.0), 4, 1.0).ticks, [0.0, 1.0, 2.0]);
        assert_eq!(Scale::from_zero((0.0, 0.0), 4, 1.0).ticks, [0.0, 1.0]);
    }

    #[test]
    fn odd_ranges_give_a_range() {
        for (low, high) in [
            (0.0, 0.0),
            (1e300, 1e300),
            (-1e300, 1e-300),
            (5e-324, 1e-320),
            (1e16, 1e16 + 2.0),
            (0.0, f64::MAX),
        ] {
            let scale = Scale::over((low, high), 4, 0.0);
            assert!(scale.high > scale.low || scale.low > 1e15, "{low} {high}");
            assert!(scale.ticks.iter().all(|tick| tick.is_finite()) && scale.ticks.len() <= 101);
        }
        assert_eq!(extent([f64::NAN, 2.0, f64::INFINITY, -1.0]), Some((-1.0, 2.0)));
        assert_eq!(extent([f64::MAX, f64::MIN]), None);
        assert_eq!(extent([f64::NAN]), None);
    }

    #[test]
    fn spread_labels_keep_their_distance_and_their_order() {
        let places = spread(&[50.0, 52.0, 10.0, 51.0], 20.0, 0.0, 100.0);
        assert_eq!(places, [31.0, 71.0, 10.0, 51.0]);
        let places = spread(&[99.0, 98.0], 20.0, 0.0, 100.0);
        assert_eq!(places, [100.0, 80.0]);
    }

    #[test]
    fn labels_are_thinned_in_steps_that_suit_months() {
        assert_eq!(stride(12, 600.0, 45.0), 1);
        assert_eq!(stride(120, 500.0, 70.0), 24);
        assert_eq!(stride(60, 500.0, 70.0), 12);
    }
}
