//! An exact decimal number: what money and counts are while they wait to be printed.
//!
//! Arrow's decimals are an integer and a scale. Rounding and grouping happen on that integer: no cent passes through a
//! binary float on its way to the page.

/// `units` × 10^−`scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    units: i128,
    scale: u32,
}

/// The largest power of ten that fits an `i128`.
const MAX_POWER: u32 = 38;

impl Decimal {
    /// The number `units` × 10^−`scale`.
    pub const fn new(units: i128, scale: u32) -> Self {
        Self { units, scale }
    }

    /// A whole number.
    pub const fn whole(units: i128) -> Self {
        Self { units, scale: 0 }
    }

    /// The decimal nearest to a float, with 12 places below one million and 4 from there on; `None` for a value
    /// that is not finite or has more digits than a decimal holds.
    pub fn from_f64(value: f64) -> Option<Self> {
        if !value.is_finite() {
            return None;
        }
        let places = if value.abs() < 1e6 { 12 } else { 4 };
        Self::parse(&format!("{value:.places$}"))
    }

    /// Reads `-1234.50`: an optional sign, digits, and at most one point.
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, places) = text.split_once('.').unwrap_or((text, ""));
        let scale = u32::try_from(places.len()).ok()?;
        if scale > MAX_POWER || !places.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let units = format!("{whole}{places}").parse().ok()?;
        Some(Self { units, scale })
    }

    /// The same number rounded to `scale` decimal places, halves away from zero.
    #[must_use]
    pub fn round(self, scale: u32) -> Self {
        if scale >= self.scale {
            let widened = power(scale - self.scale).and_then(|factor| self.units.checked_mul(factor));
            return widened.map_or(self, |units| Self { units, scale });
        }
        let units = power(self.scale - scale).map_or(0, |factor| divide_rounding(self.units, factor));
        Self { units, scale }
    }

    /// The same number rounded to so many significant digits, halves away from zero. The scale says how many of
    /// them lie behind the point; it is zero where all lie before.
    #[must_use]
    pub fn to_significant(self, digits: u32) -> Self {
        let present = self.units.unsigned_abs().checked_ilog10().map_or(1, |log| log + 1);
        let rounded = if present <= digits {
            self.round(self.scale.saturating_add(digits - present).min(self.scale.max(digits - 1)))
        } else if present - digits <= self.scale {
            self.round(self.scale - (present - digits))
        } else {
            let factor = power(present - digits).unwrap_or(1);
            let whole = divide_rounding(self.units, factor).saturating_mul(factor);
            Self { units: whole, scale: self.scale }.round(0)
        };
        // 9.996 became 10.00: one digit too many, and always a zero.
        let now = rounded.units.unsigned_abs().checked_ilog10().map_or(1, |log| log + 1);
        if now > digits && rounded.scale > 0 { rounded.round(rounded.scale - 1) } else { rounded }
    }

    /// Divides by 10^`exponent`, exactly.
    #[must_use]
    pub const fn shift_right(self, exponent: u32) -> Self {
        Self { units: self.units, scale: self.scale + exponent }
    }

    /// `self` − `other`; `None` where the difference does not fit.
    pub fn minus(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        let (left, right) = (self.round(scale), other.round(scale));
        if left.scale != scale || right.scale != scale {
            return None;
        }
        Some(Self { units: left.units.checked_sub(right.units)?, scale })
    }

    /// `self` + `other`; `None` where the sum does not fit.
    pub fn plus(self, other: Self) -> Option<Self> {
        self.minus(Self { units: other.units.checked_neg()?, scale: other.scale })
    }

    /// The number without its sign.
    #[must_use]
    pub const fn abs(self) -> Self {
        Self { units: self.units.saturating_abs(), scale: self.scale }
    }

    /// Whether the number lies below zero.
    pub const fn is_negative(self) -> bool {
        self.units < 0
    }

    /// Whether the number is zero.
    pub const fn is_zero(self) -> bool {
        self.units == 0
    }

    /// Decimal places it carries.
    pub const fn scale(self) -> u32 {
        self.scale
    }

    /// The nearest float: for lengths of bars and for ratios, never for print.
    pub fn to_f64(self) -> f64 {
        self.units as f64 / 10f64.powi(i32::try_from(self.scale).unwrap_or(i32::MAX))
    }

    /// Whether the size of the number is at least 10^`exponent`.
    pub fn reaches(self, exponent: u32) -> bool {
        power(exponent.saturating_add(self.scale)).is_some_and(|bound| self.units.saturating_abs() >= bound)
    }

    /// The number as programs read it: `-1234.50`.
    pub fn plain(self) -> String {
        let width = self.scale as usize + 1;
        let text = format!("{:0>width$}", self.units.unsigned_abs());
        let (whole, places) = text.split_at(text.len() - self.scale as usize);
        let sign = if self.units < 0 { "-" } else { "" };
        if places.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{places}") }
    }

    /// The digits of its size, with a comma between groups of three: `1,234.50`. The sign is left to the caller.
    pub fn digits(self) -> String {
        let width = self.scale as usize + 1;
        let text = format!("{:0>width$}", self.units.unsigned_abs());
        let (whole, places) = text.split_at(text.len() - self.scale as usize);
        let mut grouped = String::with_capacity(text.len() + text.len() / 3 + 1);
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        if self.scale > 0 {
            grouped.push('.');
            grouped.push_str(places);
        }
        grouped
    }
}

impl From<usize> for Decimal {
    fn from(count: usize) -> Self {
        Self::whole(i128::try_from(count).unwrap_or(i128::MAX))
    }
}

impl From<u64> for Decimal {
    fn from(count: u64) -> Self {
        Self::whole(count.into())
    }
}

fn power(exponent: u32) -> Option<i128> {
    10i128.checked_pow(exponent)
}

fn divide_rounding(units: i128, divisor: i128) -> i128 {
    let (quotient, rest) = (units / divisor, units % divisor);
    if rest.unsigned_abs() >= divisor.unsigned_abs() - rest.unsigned_abs() {
        quotient + units.signum()
    } else {
        quotient
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn significant(text: &str) -> String {
        Decimal::parse(text).map(|number| number.to_significant(3).digits()).unwrap_or_default()
    }

    #[test]
    fn three_significant_digits() {
        let cases = [
            ("8911407.904", "8,910,000"),
            ("1234.5", "1,230"),
            ("427.49", "427"),
            ("427.5", "428"),
            ("25.314", "25.3"),
            ("9.996", "10.0"),
            ("99.96", "100"),
            ("999.6", "1,000"),
            ("0.12345", "0.123"),
            ("7", "7.00"),
            ("0", "0.00"),
        ];
        for (given, wanted) in cases {
            assert_eq!(significant(given), wanted, "{given}");
        }
    }

    #[test]
    fn cents_survive_where_a_float_would_lose_them() {
        let number = Decimal::new(1_234_567_890_123_456_789_012, 2);
        assert_eq!(number.digits(), "12,345,678,901,234,567,890.12");
    }

    #[test]
    fn halves_round_away_from_zero() {
        assert_eq!(Decimal::new(12_345, 3).round(2), Decimal::new(1235, 2));
        assert_eq!(Decimal::new(-12_345, 3).round(2), Decimal::new(-1235, 2));
        assert_eq!(Decimal::new(5, 0).round(2).digits(), "5.00");
    }

    #[test]
    fn differences_are_exact_across_scales() {
        let difference = Decimal::new(9_747_747_934, 3).minus(Decimal::new(1, 1));
        assert_eq!(difference.map(Decimal::digits).as_deref(), Some("9,747,747.834"));
        assert_eq!(Decimal::new(i128::MAX, 0).plus(Decimal::whole(1)), None);
    }

    #[test]
    fn what_is_not_a_number_is_refused() {
        for text in ["", "1,000", "1.2.3", "NaN", "1e5"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
        assert_eq!(Decimal::from_f64(f64::INFINITY), None);
        assert_eq!(Decimal::from_f64(f64::NAN), None);
    }
}
