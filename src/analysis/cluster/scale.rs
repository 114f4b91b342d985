//! Features on one scale: clipped at both ends, less their mean, over their standard deviation.

/// How a feature is scaled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// Values below count as this one.
    pub low: f64,
    /// Values above count as this one.
    pub high: f64,
    /// The mean of the values so clipped.
    pub mean: f64,
    /// Their standard deviation, with n in the denominator; above 0.
    pub sd: f64,
}

impl Scale {
    /// The value on the common scale; 0, the mean, where it is missing (NaN).
    pub fn standardised(&self, value: f64) -> f64 {
        if value.is_nan() {
            return 0.0;
        }
        // Adding 0 makes 0 of −0: both must be one point.
        (value.max(self.low).min(self.high) - self.mean) / self.sd + 0.0
    }

    /// The value of one on the common scale.
    pub fn value(&self, standardised: f64) -> f64 {
        self.mean + self.sd * standardised
    }
}

/// Why a feature tells nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOut {
    /// No customer has a value.
    Empty,
    /// All values are the same, once they are clipped.
    Constant,
}

impl LeftOut {
    /// A stable word for tables.
    pub fn key(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Constant => "constant",
        }
    }
}

/// What was measured of a feature.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// Customers with a value.
    pub known: usize,
    /// Customers without one.
    pub missing: usize,
    /// Values below the lower bound.
    pub clipped_low: usize,
    /// Values above the upper bound.
    pub clipped_high: usize,
    /// The bounds; none without a value.
    pub bounds: Option<(f64, f64)>,
    /// The scale; none where the feature tells nothing.
    pub scale: Option<Scale>,
}

/// A spread below this part of the values is rounding.
const ROUNDING: f64 = 1e-12;

impl Measured {
    /// Measures the values, of which at each end the share `clip` may be clipped, rounded down to whole customers: the
    /// bounds are the values next to these.
    pub fn of(values: &[f64], clip: f64) -> Self {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
        // In this order sums do not depend on that of the rows.
        sorted.sort_unstable_by(f64::total_cmp);
        let (known, missing) = (sorted.len(), values.len() - sorted.len());
        let cut = (clip * known as f64 + 1e-9) as usize;
        let ends = sorted.get(cut).zip(known.checked_sub(cut + 1).and_then(|place| sorted.get(place)));
        let Some((low, high)) = ends.map(|(low, high)| (*low, *high)).filter(|(low, high)| low <= high)
        else {
            return Self { known, missing, clipped_low: 0, clipped_high: 0, bounds: None, scale: None };
        };
        let clipped = |value: &f64| value.max(low).min(high);
        let count = known as f64;
        let mean = sorted.iter().map(clipped).sum::<f64>() / count;
        let squares: f64 = sorted.iter().map(|value| (clipped(value) - mean).powi(2)).sum();
        let sd = (squares / count).sqrt();
        let differs = low < high && sd > ROUNDING * low.abs().max(high.abs());
        Self {
            known,
            missing,
            clipped_low: sorted.iter().take(cut).filter(|value| **value < low).count(),
            clipped_high: sorted.iter().rev().take(cut).filter(|value| **value > high).count(),
            bounds: Some((low, high)),
            scale: differs.then_some(Scale { low, high, mean, sd }),
        }
    }

    /// Why it tells nothing; none where it does.
    pub fn left_out(&self) -> Option<LeftOut> {
        match (self.scale, self.known) {
            (Some(_), _) => None,
            (None, 0) => Some(LeftOut::Empty),
            (None, _) => Some(LeftOut::Constant),
        }
    }
}
