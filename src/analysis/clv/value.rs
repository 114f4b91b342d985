//! Customer lifetime value: expected purchases, times spend, times margin, discounted to today.
//!
//! CLV = Σₖ [E(tₖ) − E(tₖ₋₁)] · spend · margin / (1 + d)^(τₖ / 365)
//!
//! over periods of [`PERIOD_DAYS`] days up to a horizon (the last period is shorter if the horizon is not a multiple).
//! E(t) is the customer's expected purchases in the next t days, given the own history, and d the discount rate per
//! year. The money of a period counts at its middle or at its end ([`Timing`]). Spend is Gamma-Gamma's expectation and
//! independent of how often a customer buys (Fader, Hardie and Lee 2005b, "RFM and CLV: Using Iso-Value Curves for
//! Customer Base Analysis", Journal of Marketing Research 42, 415–430).
//!
//! The value after the horizon, without end, is separate ([`Discounting::and_beyond`]): e^(−δH) · [∫₀^∞ e^(−s) E(H +
//! s/δ) ds − E(H)] · spend · margin, with δ = ln(1 + d), by partial integration; the integral by the Gauss–Laguerre
//! rule.
//!
//! P(alive) and purchases are the same for all customers of a cell. Expected purchases while alive are the same for all
//! of one (x, T), in each stage of the wait for a purchase. Each is computed once.

use std::fmt;

use super::cell::Cell;
use super::population::{Alike, Population};
use super::residual::{residual, residuals};
use super::{Repurchase, mix};
use crate::analysis::parallel;
use crate::analysis::special::Sum;

/// Days of one period of discounting.
pub const PERIOD_DAYS: f64 = 30.0;

/// A year, in days, for the discount rate.
const YEAR_DAYS: f64 = 365.0;

/// More periods than this (about 80 years) are not discounted one by one.
const MOST_PERIODS: f64 = 1000.0;

/// Values of a cell besides the horizons: P(alive), discounted purchases, residual ones.
const KNOWN: usize = 3;

/// The number of (x, T) per task: enough to keep the distribution of tasks cheap.
const PART: usize = 256;

/// The nodes s and weights w of the Gauss–Laguerre rule for ∫₀^∞ e^(−s) f(s) ds ≈ Σ w f(s) (Abramowitz and Stegun 1964,
/// table 25.9). Expected purchases are smooth: eight nodes have an error of a hundredth of the whole at the usual
/// rates.
const BEYOND: [(f64, f64); 8] = [
    (0.170_279_632_305, 3.691_885_893_42e-1),
    (0.903_701_776_799, 4.187_867_808_14e-1),
    (2.251_086_629_866, 1.757_949_866_37e-1),
    (4.266_700_170_288, 3.334_349_226_12e-2),
    (7.045_905_402_393, 2.794_536_235_23e-3),
    (10.758_516_010_181, 9.076_508_773_36e-5),
    (15.740_678_641_278, 8.485_746_716_27e-7),
    (22.863_131_736_889, 1.048_001_174_87e-9),
];

/// With a lower rate per year, discounting is so weak that purchases in a hundred years would decide a residual.
pub const LEAST_RESIDUAL_RATE: f64 = 0.01;

/// When money is assumed to arrive within its period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Timing {
    /// In the middle: purchases spread over the period.
    #[default]
    Middle,
    /// At the end: the conservative assumption.
    End,
}

/// The present value of future purchases.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Discounting {
    horizon_days: f64,
    annual_rate: f64,
    timing: Timing,
    beyond: bool,
}

/// Terms that give no value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ValueError {
    /// A horizon that is not a number of days above 0, or is beyond 1,000 periods.
    Horizon(f64),
    /// A discount rate per year that is NaN, or below 0.
    Rate(f64),
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Horizon(days) => {
                let most = MOST_PERIODS * PERIOD_DAYS;
                write!(f, "a horizon must be a number of days above 0 and up to {most}, not {days}")
            }
            Self::Rate(rate) => {
                write!(f, "a discount rate a year must be 0 or more (0.1 for 10 %), not {rate}")
            }
        }
    }
}

impl std::error::Error for ValueError {}

impl Discounting {
    /// Discounting at `annual_rate` per year (0.1 for 10 %) over `horizon_days` days.
    ///
    /// # Errors
    /// [`ValueError`] if the horizon or the rate is invalid.
    pub fn new(horizon_days: f64, annual_rate: f64, timing: Timing) -> Result<Self, ValueError> {
        check_horizon(horizon_days)?;
        if !(annual_rate >= 0.0 && annual_rate.is_finite()) {
            return Err(ValueError::Rate(annual_rate));
        }
        Ok(Self { horizon_days, annual_rate, timing, beyond: false })
    }

    /// The same, including what comes after the horizon ([`Forecast::residual_purchases`]), if the discount is at least
    /// [`LEAST_RESIDUAL_RATE`].
    #[must_use]
    pub fn and_beyond(self) -> Self {
        Self { beyond: self.annual_rate >= LEAST_RESIDUAL_RATE, ..self }
    }

    /// The days needed for the residual's expected purchases, with their weights, the horizon itself first; none if it
    /// is not requested.
    fn beyond(&self) -> Vec<(f64, f64)> {
        if !self.beyond {
            return Vec::new();
        }
        let rate = libm::log1p(self.annual_rate) / YEAR_DAYS;
        let at_horizon = libm::exp(-rate * self.horizon_days);
        let nodes =
            BEYOND.iter().map(|(node, weight)| (self.horizon_days + node / rate, weight * at_horizon));
        std::iter::once((self.horizon_days, -at_horizon)).chain(nodes).collect()
    }

    /// The end of each period in days from now, with the weight of its money.
    pub fn periods(&self) -> Vec<(f64, f64)> {
        let count = (self.horizon_days / PERIOD_DAYS).ceil() as u32;
        (0..count)
            .map(|k| {
                let start = PERIOD_DAYS * f64::from(k);
                let end = (start + PERIOD_DAYS).min(self.horizon_days);
                let arrival = match self.timing {
                    Timing::Middle => 0.5 * (start + end),
                    Timing::End => end,
                };
                (end, (1.0 + self.annual_rate).powf(-arrival / YEAR_DAYS))
            })
            .collect()
    }
}

fn check_horizon(days: f64) -> Result<(), ValueError> {
    let sensible = days > 0.0 && days <= MOST_PERIODS * PERIOD_DAYS;
    if sensible { Ok(()) } else { Err(ValueError::Horizon(days)) }
}

/// The forecasts for one cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forecast<'a> {
    /// P(alive) at the end of the observation; `None` if the forecast does not model leaving ([`Scores::at_rates`]).
    pub p_alive: Option<f64>,
    /// Expected purchases in each horizon, in the requested order.
    pub expected_purchases: &'a [f64],
    /// Expected purchases over the horizon of the discounting, each with its discount.
    pub discounted_purchases: f64,
    /// Expected purchases after that horizon, without end, each with its discount; `None` unless requested
    /// ([`Discounting::and_beyond`]).
    pub residual_purchases: Option<f64>,
}

impl Forecast<'_> {
    /// Lifetime value in money: discounted purchases × spend per purchase × margin (a share of spend).
    pub fn value(&self, spend: f64, margin: f64) -> f64 {
        self.discounted_purchases * spend * margin
    }

    /// The same for what comes after the horizon.
    pub fn residual(&self, spend: f64, margin: f64) -> Option<f64> {
        Some(self.residual_purchases? * spend * margin)
    }
}

/// The forecasts for all cells, each computed once.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    horizons: usize,
    /// Cell by cell, as requested: P(alive), discounted purchases and residual ones, and those expected in each
    /// horizon.
    values: Vec<f64>,
}

impl Scores {
    /// Forecasts every cell over the given horizons, in days, with the season of the population's calendar.
    ///
    /// # Errors
    /// [`ValueError::Horizon`] if a horizon is invalid.
    pub fn compute(
        population: &Population<'_>,
        horizons_days: &[f64],
        discounting: Discounting,
    ) -> Result<Self, ValueError> {
        for days in horizons_days {
            check_horizon(*days)?;
        }
        // Money is discounted by the calendar's days, and purchases are expected by the mean days that these count.
        let counted = |mut ends: Vec<(f64, f64)>| {
            for (days, _) in &mut ends {
                *days = population.mean_days(*days);
            }
            ends
        };
        let (periods, beyond) = (counted(discounting.periods()), counted(discounting.beyond()));
        let horizons: Vec<f64> = horizons_days.iter().map(|days| population.mean_days(*days)).collect();
        let alike = population.alike();
        let residuals = residuals(population, &alike, &beyond);
        // For each run of cells, stage by stage; none if it is not requested.
        let mut rest = residuals.as_slice();
        let known = alike.iter().map(|alike| {
            let stages = if beyond.is_empty() { 0 } else { alike.model.stages() };
            let (own, others) = rest.split_at_checked(stages).unwrap_or_default();
            rest = others;
            (alike, own)
        });
        let known: Vec<(&Alike<'_>, &[f64])> = known.collect();
        let parts: Vec<&[(&Alike<'_>, &[f64])]> = known.chunks(PART).collect();
        let scored = parallel::map(&parts, |part| {
            let cells = part.iter().map(|(alike, _)| alike.cells.len()).sum();
            let mut scores = Self::with_capacity(horizons_days.len(), cells);
            for (alike, residuals) in *part {
                scores.add(alike, &horizons, &periods, residuals);
            }
            scores
        });
        let mut scores = Self::with_capacity(horizons_days.len(), population.cells().len());
        for part in scored {
            scores.values.extend(part.values);
        }
        Ok(scores)
    }

    /// Forecasts customers who keep their rates for ever, in purchases per day: one forecast each, in their order.
    ///
    /// # Errors
    /// [`ValueError::Horizon`] if a horizon is invalid.
    pub fn at_rates(
        rates: impl ExactSizeIterator<Item = f64>,
        horizons_days: &[f64],
        discounting: Discounting,
    ) -> Result<Self, ValueError> {
        for days in horizons_days {
            check_horizon(*days)?;
        }
        let periods = discounting.periods();
        let discounted_days = discount(&periods, periods.iter().map(|(end, _)| *end));
        let beyond = discounting.beyond();
        let residual_days = residual(&beyond, beyond.iter().map(|(end, _)| *end));
        let mut scores = Self::with_capacity(horizons_days.len(), rates.len());
        for rate in rates {
            scores.values.extend([f64::NAN, rate * discounted_days, rate * residual_days]);
            scores.values.extend(horizons_days.iter().map(|days| rate * days));
        }
        Ok(scores)
    }

    fn with_capacity(horizons: usize, cells: usize) -> Self {
        Self { horizons, values: Vec::with_capacity(cells * (horizons + KNOWN)) }
    }

    /// Adds cells with the same x and T; the days of horizons and periods are mean days.
    fn add(
        &mut self,
        Alike { model, cells, .. }: &Alike<'_>,
        horizons_days: &[f64],
        periods: &[(f64, f64)],
        residuals: &[f64],
    ) {
        let Some(first) = cells.first() else { return };
        let stages = model.stages();
        // Stage by stage for each end of a period, and then for each horizon.
        let mut expected = vec![0.0; stages * (periods.len() + horizons_days.len())];
        let (by_end, by_horizon) = expected.split_at_mut(stages * periods.len());
        let while_alive = |days: f64, expected: &mut [f64]| {
            model.expected_by_stage(first.x, first.t, days / model.unit_days(), expected);
        };
        for ((end, _), expected) in periods.iter().zip(by_end.chunks_mut(stages)) {
            while_alive(*end, expected);
        }
        for (days, expected) in horizons_days.iter().zip(by_horizon.chunks_mut(stages)) {
            // Horizons of whole periods are already known.
            let known = periods.iter().position(|(end, _)| end.total_cmp(days).is_eq());
            match known.and_then(|period| by_end.chunks(stages).nth(period)) {
                Some(known) => expected.copy_from_slice(known),
                None => while_alive(*days, expected),
            }
        }
        let discounted: Vec<f64> = (0..stages)
            .map(|stage| discount(periods, by_end.iter().skip(stage).step_by(stages).copied()))
            .collect();
        let mut weights = vec![0.0; stages];
        for cell in *cells {
            let p_alive = model.p_alive(cell.x, cell.t_x, cell.t);
            model.stage_weights(cell.x, cell.t_x, cell.t, &mut weights);
            let residual = if residuals.is_empty() { f64::NAN } else { p_alive * mix(&weights, residuals) };
            self.values.extend([p_alive, p_alive * mix(&weights, &discounted), residual]);
            self.values.extend(by_horizon.chunks(stages).map(|expected| p_alive * mix(&weights, expected)));
        }
    }

    /// The forecast for the cell at this position (see [`Cells::cell_of`]); `None` beyond the last.
    pub fn of_cell(&self, cell: u32) -> Option<Forecast<'_>> {
        let stride = self.horizons + KNOWN;
        let start = cell as usize * stride;
        match self.values.get(start..start + stride)? {
            [p_alive, discounted, residual, expected @ ..] => Some(Forecast {
                p_alive: (!p_alive.is_nan()).then_some(*p_alive),
                expected_purchases: expected,
                discounted_purchases: *discounted,
                residual_purchases: (!residual.is_nan()).then_some(*residual),
            }),
            _ => None,
        }
    }

    /// How many customers are expected to be alive: Σ weight · P(alive).
    pub fn expected_active(&self, cells: &[Cell]) -> f64 {
        let mut sum = Sum::default();
        for (cell, values) in cells.iter().zip(self.values.chunks(self.horizons + KNOWN)) {
            sum.add(cell.weight * values[0]);
        }
        sum.value()
    }
}

fn discount(periods: &[(f64, f64)], by_end: impl Iterator<Item = f64>) -> f64 {
    let (mut before, mut sum) = (0.0, 0.0);
    for ((_, factor), purchases) in periods.iter().zip(by_end) {
        // Expected purchases never fall with time; rounding must not make them.
        sum += (purchases - before).max(0.0) * factor;
        before = purchases;
    }
    sum
}

/// Customer equity: the sum of all customers' lifetime values, in the given order. It is a compensated sum: millions of
/// small values beside a large one are not lost.
pub fn customer_equity(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut sum = Sum::default();
    for value in values {
        sum.add(value);
    }
    sum.value()
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use super::*;
    use crate::analysis::clv::bg_nbd::BgNbd;
    use crate::analysis::clv::cell::{Cells, History};
    use crate::analysis::clv::purchases::Purchases;
    use crate::analysis::clv::seasonal::Calendar;

    /// BG/NBD on CDNOW's sample (Fader, Hardie and Lee 2005), in weeks.
    fn model() -> Purchases {
        Purchases::BgNbd(BgNbd::from_parameters([0.2426, 4.4136, 0.7929, 2.4259], 7.0).unwrap())
    }

    fn scores_of(cells: &Cells, horizons_days: &[f64], terms: Discounting) -> Result<Scores, ValueError> {
        Scores::compute(&Population::of(model(), cells.cells()), horizons_days, terms)
    }

    fn customers() -> Cells {
        let of = |x, t_x_days, t_days| History { x, t_x_days, t_days };
        Cells::collapse(
            &[of(2, 213, 272), of(0, 0, 272), of(2, 213, 272), of(2, 100, 272), of(7, 90, 100)],
            7.0,
        )
        .unwrap()
    }

    #[test]
    fn without_discount_value_is_purchases_times_spend_times_margin() {
        let discounting = Discounting::new(365.0, 0.0, Timing::Middle).unwrap();
        let scores = scores_of(&customers(), &[30.0, 365.0], discounting).unwrap();
        for cell in 0..4 {
            let forecast = scores.of_cell(cell).unwrap();
            let due = forecast.expected_purchases[1];
            assert!((forecast.value(40.0, 0.3) / (due * 12.0) - 1.0).abs() < 1e-12);
            assert!(forecast.expected_purchases[0] < due);
        }
        assert_eq!(scores.of_cell(4), None);
    }

    #[test]
    fn a_cell_scores_as_its_customer_does_alone() {
        let (cells, model) = (customers(), model());
        let discounting = Discounting::new(273.0, 0.1, Timing::End).unwrap();
        let scores = scores_of(&cells, &[273.0], discounting).unwrap();
        let forecast = scores.of_cell(cells.cell_of()[0]).unwrap();
        let (t_x, t) = (213.0 / 7.0, 272.0 / 7.0);
        assert!((forecast.expected_purchases[0] - model.expected_purchases(2, t_x, t, 39.0)).abs() < 1e-14);
        // The paper's worked example: 1.226 purchases in 39 weeks.
        assert!((forecast.expected_purchases[0] - 1.226).abs() < 5e-4);
        assert_eq!(forecast.p_alive, Some(model.p_alive(2, t_x, t)));
        let active: f64 = [(2, 213, 272), (0, 0, 272), (2, 213, 272), (2, 100, 272), (7, 90, 100)]
            .map(|(x, t_x, t)| model.p_alive(x, f64::from(t_x) / 7.0, f64::from(t) / 7.0))
            .iter()
            .sum();
        assert!((scores.expected_active(cells.cells()) - active).abs() < 1e-12);
    }

    /// A month at one and a half, and one at a half: purchases come by mean days, and money is discounted by the calendar.
    #[test]
    fn a_season_moves_purchases_and_not_the_calendar_of_money() {
        let (cells, rate) = (customers(), 0.2);
        let terms = Discounting::new(60.0, rate, Timing::Middle).unwrap();
        let calendar = Calendar::of(vec![(30.0, 1.5), (60.0, 0.5)]);
        let population = Population::of(model(), cells.cells()).with_calendar(calendar);
        let seasonal = Scores::compute(&population, &[30.0, 40.0, 60.0], terms).unwrap();
        let plain = scores_of(&cells, &[45.0, 50.0, 60.0], terms).unwrap();
        for cell in 0..4 {
            let (seasonal, plain) = (seasonal.of_cell(cell).unwrap(), plain.of_cell(cell).unwrap());
            assert_eq!(seasonal.expected_purchases, plain.expected_purchases);
            let [first, _, both] = plain.expected_purchases else { panic!("three horizons") };
            let at = |days: f64| (1.0 + rate).powf(-days / 365.0);
            let expected = first * at(15.0) + (both - first) * at(45.0);
            assert!((seasonal.discounted_purchases / expected - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn discounting_follows_the_formula_written_out() {
        let (cells, model) = (customers(), model());
        for (timing, arrivals) in [(Timing::Middle, [15.0, 45.0, 65.0]), (Timing::End, [30.0, 60.0, 70.0])] {
            let discounting = Discounting::new(70.0, 0.2, timing).unwrap();
            let scores = scores_of(&cells, &[], discounting).unwrap();
            let due = |days: f64| model.expected_purchases(7, 90.0 / 7.0, 100.0 / 7.0, days / 7.0);
            let mut expected = 0.0;
            for ((from, to), arrival) in [(0.0, 30.0), (30.0, 60.0), (60.0, 70.0)].into_iter().zip(arrivals) {
                expected += (due(to) - due(from)) / 1.2_f64.powf(arrival / 365.0);
            }
            let found = scores.of_cell(cells.cell_of()[4]).unwrap().discounted_purchases;
            assert!((found - expected).abs() < 1e-12, "{timing:?}: {found} {expected}");
        }
    }

    #[test]
    fn a_residual_is_what_the_whole_future_has_beyond_the_horizon() {
        let (cells, model) = (customers(), model());
        for (days, rate) in [(365.0, 0.1), (90.0, 0.1), (365.0, 0.02), (730.0, 0.5)] {
            let terms = Discounting::new(days, rate, Timing::Middle).unwrap();
            let alone = scores_of(&cells, &[], terms).unwrap();
            let scores = scores_of(&cells, &[], terms.and_beyond()).unwrap();
            for (place, cell) in cells.cells().iter().enumerate() {
                let forecast = scores.of_cell(place as u32).unwrap();
                let without = alone.of_cell(place as u32).unwrap();
                assert_eq!(without.residual_purchases, None);
                assert_eq!(forecast.discounted_purchases, without.discounted_purchases);
                let residual = forecast.residual_purchases.unwrap();
                let whole = model.discounted_residual(cell.x, cell.t_x, cell.t, rate.ln_1p() * 7.0 / 365.0);
                let found = forecast.discounted_purchases + residual;
                assert!((found / whole - 1.0).abs() < 0.008, "{days} {rate}: {found} {whole}");
                assert!(residual > 0.0 && forecast.residual(40.0, 0.25) == Some(residual * 10.0));
            }
            // At a constant rate: what is left of a perpetuity.
            let rates = Scores::at_rates([0.02].into_iter(), &[], terms.and_beyond()).unwrap();
            let left = 0.02 * (1.0 + rate).powf(-days / 365.0) * 365.0 / rate.ln_1p();
            let found = rates.of_cell(0).unwrap().residual_purchases.unwrap();
            assert!((found / left - 1.0).abs() < 1e-9, "{found} {left}");
        }
        // With many T, it is interpolated between some.
        let many: Vec<_> = (10..900).map(|t_days| History { x: 2, t_x_days: 10, t_days }).collect();
        let many = Cells::collapse(&many, 7.0).unwrap();
        let terms = Discounting::new(365.0, 0.1, Timing::Middle).unwrap().and_beyond();
        let scores = scores_of(&many, &[], terms).unwrap();
        for place in (0..890).step_by(37) {
            let alone = Cells::collapse(&[History { x: 2, t_x_days: 10, t_days: 10 + place }], 7.0).unwrap();
            let alone = scores_of(&alone, &[], terms).unwrap();
            let [found, exact] = [scores.of_cell(place), alone.of_cell(0)]
                .map(|forecast| forecast.unwrap().residual_purchases.unwrap());
            assert!((found / exact - 1.0).abs() < 1e-4, "{place}: {found} {exact}");
        }
        // Almost without a discount it would have no bound.
        let terms = Discounting::new(365.0, 0.005, Timing::Middle).unwrap().and_beyond();
        let scores = scores_of(&cells, &[], terms).unwrap();
        assert_eq!(scores.of_cell(0).unwrap().residual_purchases, None);
    }

    #[test]
    fn senseless_terms_are_refused() {
        for horizon in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e9] {
            assert!(matches!(Discounting::new(horizon, 0.1, Timing::End), Err(ValueError::Horizon(_))));
        }
        for rate in [-0.1, f64::NAN, f64::INFINITY] {
            assert!(matches!(Discounting::new(30.0, rate, Timing::End), Err(ValueError::Rate(_))));
        }
        let discounting = Discounting::new(30.0, 0.1, Timing::End).unwrap();
        assert!(scores_of(&customers(), &[30.0, 0.0], discounting).is_err());
    }

    #[test]
    fn equity_keeps_small_customers_beside_a_giant() {
        let values = std::iter::once(1e16).chain(std::iter::repeat_n(0.5, 1000));
        assert_eq!(customer_equity(values), 1e16 + 500.0);
    }
}
