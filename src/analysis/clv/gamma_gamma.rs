//! Gamma-Gamma: how much a customer spends per purchase.
//!
//! Fader, P. S. and B. G. S. Hardie (2013), "The Gamma-Gamma Model of Monetary Value", note 025,
//! `brucehardie.com/notes/025`; Colombo, R. and W. Jiang (1999), "A Stochastic RFM Model", Journal of
//! Interactive Marketing 13, 2–12.
//!
//! The spend of a customer's purchases is gamma(p, ν) around the customer's own mean ζ = p/ν; over customers ν ~
//! gamma(q, γ). For each customer the model uses x purchases with mean spend z. It assumes that spend is independent of
//! how often a customer buys. With w = xz / (γ + xz),
//!
//! ln f(z | x) = −ln B(px, q) + px ln w + q ln(1−w) − ln z.

use std::fmt;
use std::ops::Range;

use nalgebra::{Matrix3, SVector, Vector3};

use super::fit::{Ending, FEWEST_REPEAT_BUYERS, Failure, Fit, Found, Lacking, Meaning, Unscale, search};
use super::parameters::{ParameterError, positive};
use crate::analysis::optimise::Quadratic;
use crate::analysis::special::{LnProduct, Sum, digamma, ln_beta, trigamma};

/// Customers with the same number of purchases and the same mean spend.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpendCell {
    /// The number of purchases in the mean: repeat purchases, at least 1.
    pub x: u32,
    /// Mean spend per purchase, above 0, in money.
    pub z: f64,
    /// How many customers.
    pub weight: f64,
}

/// A fitted Gamma-Gamma model, in the currency unit of the fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GammaGamma {
    p: f64,
    q: f64,
    gamma: f64,
}

/// The parameters, in the order of `from_parameters`.
pub const SYMBOLS: [&str; 3] = ["p", "q", "gamma"];

/// Why there is no expected spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoMean {
    /// Spend differs so much between customers that its mean is infinite (q ≤ 1, or px + q ≤ 1).
    Infinite,
    /// The customer's mean spend is not a number above 0.
    BadSpend,
}

impl fmt::Display for NoMean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Infinite => "spend differs so much between customers that it has no mean",
            Self::BadSpend => "the customer's mean spend is not a number above 0",
        })
    }
}

impl std::error::Error for NoMean {}

/// Fits Gamma-Gamma by maximum likelihood.
///
/// Customers without repeat purchases, and those with a mean of 0 or less, give no usable information: the caller
/// leaves them out and counts them. A cell that breaks this ends the fit with [`Failure::BadCell`]. The order of
/// `cells` does not matter. Money is rescaled internally by the mean spend.
pub fn fit(cells: &[SpendCell]) -> Fit<GammaGamma> {
    let size = (cells.iter().map(|cell| cell.weight).sum::<f64>(), cells.len());
    if !cells.iter().all(is_possible) {
        return Fit::refused(Ending::Failed { why: Failure::BadCell }, size.0, size.1);
    }
    let mut sorted = cells.to_vec();
    sort(&mut sorted);
    let (mut customers, mut logs) = (Sum::default(), Sum::default());
    for cell in &sorted {
        customers.add(cell.weight);
        logs.add(cell.weight * libm::log(cell.z));
    }
    if customers.value() < FEWEST_REPEAT_BUYERS {
        return Fit::refused(Ending::NotIdentified { why: Lacking::RepeatBuyers }, size.0, size.1);
    }
    // The geometric mean: it cannot overflow, and a few very large customers hardly change it.
    let unit = (logs.value() / customers.value()).exp();
    for cell in &mut sorted {
        cell.z /= unit;
    }
    let log = |values: [f64; 3]| SVector::<f64, 3>::from(values.map(f64::ln));
    let totals = Totals::of(&sorted);
    let found = search(
        |theta| log_likelihood(&totals, theta),
        log([2.0, 3.0, 1.5]),
        &[log([1.0, 1.5, 1.5]), log([20.0, 5.0, 0.3]), log([5.0, 20.0, 4.0])],
    );
    let unscale =
        Unscale { names: SYMBOLS, factors: [1.0, 1.0, unit], offset: -customers.value() * unit.ln() };
    Fit::complete(&found, meaning, &unscale, (customers.value(), cells.len()), |[p, q, gamma]| GammaGamma {
        p,
        q,
        gamma,
    })
}

/// By x, then weight, then z.
fn sort(cells: &mut [SpendCell]) {
    cells.sort_unstable_by(|left, right| {
        left.x.cmp(&right.x).then(left.weight.total_cmp(&right.weight)).then(left.z.total_cmp(&right.z))
    });
}

fn is_possible(cell: &SpendCell) -> bool {
    let number = |v: f64| v > 0.0 && v.is_finite();
    cell.x > 0 && number(cell.z) && number(cell.weight)
}

fn meaning(found: &Found<3>, direction: &SVector<f64, 3>) -> (usize, Meaning) {
    let at = &found.summit.at;
    let far = |i: usize| at[i].abs() + direction[i].abs();
    let farthest = (0..3).fold(0, |best, i| if far(i) > far(best) { i } else { best });
    let meaning = if at[0] > 5.0 && at[0] >= at[1] {
        Meaning::ConstantSpend
    } else if at[1] > 5.0 {
        Meaning::EqualSpend
    } else {
        Meaning::UnboundedSpend
    };
    (farthest, meaning)
}

/// The total spend of each cell, xz, arranged for repeated evaluations.
///
/// The likelihood needs Σ ln w and Σ ln(1−w), with odds w/(1−w) = xz/γ. The one nearer to 0 is ∓ln(1+m) with m = odds
/// or 1/odds, whichever is below 1. The other differs from it by ln odds; the sum of these follows from Σ ln xz, which
/// does not depend on the parameters. So cells with the same x and weight are ordered by xz, in groups: a group needs
/// one logarithm, that of Π(1+m), except the one group where the odds pass 1.
struct Totals {
    /// xz of every cell.
    spent: Vec<f64>,
    groups: Vec<Group>,
    by_x: Vec<OfX>,
    /// Σ weight · ln z.
    ln_z: f64,
}

/// Neighbours in [`Totals::spent`], at most [`GROUP`].
struct Group {
    cells: Range<usize>,
    /// The weight of each of them.
    weight: f64,
    /// Σ ln xz.
    ln_spent: f64,
}

/// The groups of one x.
struct OfX {
    x: f64,
    /// Σ weight.
    weight: f64,
    groups: Range<usize>,
}

/// Cells in a group: their Π(1+m), with m ≤ 1, is far from overflow.
const GROUP: usize = 64;

impl Totals {
    /// From cells sorted by x, then weight, then z.
    fn of(cells: &[SpendCell]) -> Self {
        let mut spent: Vec<f64> = Vec::with_capacity(cells.len());
        let (mut groups, mut by_x, mut ln_z) = (Vec::new(), Vec::new(), Sum::default());
        for equal_x in cells.chunk_by(|left, right| left.x == right.x) {
            let Some(first) = equal_x.first() else { continue };
            let (x, begin, mut weight) = (f64::from(first.x), groups.len(), Sum::default());
            let alike = |left: &SpendCell, right: &SpendCell| left.weight.total_cmp(&right.weight).is_eq();
            for group in equal_x.chunk_by(alike).flat_map(|alike| alike.chunks(GROUP)) {
                let Some(first) = group.first() else { continue };
                let (start, mut logs) = (spent.len(), Sum::default());
                for cell in group {
                    logs.add(libm::log(cell.z));
                }
                spent.extend(group.iter().map(|cell| x * cell.z));
                let count = group.len() as f64;
                weight.add(first.weight * count);
                ln_z.add(first.weight * logs.value());
                let ln_spent = logs.value() + count * libm::log(x);
                groups.push(Group { cells: start..spent.len(), weight: first.weight, ln_spent });
            }
            by_x.push(OfX { x, weight: weight.value(), groups: begin..groups.len() });
        }
        Self { spent, groups, by_x, ln_z: ln_z.value() }
    }
}

/// Σ weight · ln f(z | x) with gradient and Hessian at (ln p, ln q, ln γ).
fn log_likelihood(totals: &Totals, theta: &SVector<f64, 3>) -> Quadratic<3> {
    let (p, q, gamma) = (theta[0].exp(), theta[1].exp(), theta[2].exp());
    let (mut value, mut gradient, mut hessian) = (Sum::default(), Vector3::zeros(), Matrix3::zeros());
    value.add(-totals.ln_z);
    for of_x in &totals.by_x {
        let s = p * of_x.x;
        let mut sums = Sums::default();
        for group in &totals.groups[of_x.groups.clone()] {
            sums.add(&totals.spent[group.cells.clone()], group, gamma, theta[2]);
        }
        let weight = of_x.weight;
        let (ln_share, ln_rest) = (sums.ln_share.value(), sums.ln_rest.value());
        let (share, rest) = (sums.share.value(), sums.rest.value());
        value.add(s * ln_share);
        value.add(q * ln_rest);
        value.add(-weight * ln_beta(s, q));
        let (whole, whole_slope) = (digamma(s + q), trigamma(s + q));
        let by_p = s * (weight * (whole - digamma(s)) + ln_share);
        let by_q = q * (weight * (whole - digamma(q)) + ln_rest);
        gradient += Vector3::new(by_p, by_q, q * share - s * rest);
        let pp = by_p + weight * s * s * (whole_slope - trigamma(s));
        let qq = by_q + weight * q * q * (whole_slope - trigamma(q));
        let pq = weight * s * q * whole_slope;
        let (pg, qg) = (-s * rest, q * share);
        let gg = -(s + q) * sums.product.value();
        hessian += Matrix3::new(pp, pq, pg, pq, qq, qg, pg, qg, gg);
    }
    Quadratic { value: value.value(), gradient, hessian }
}

/// Weighted sums over the cells of one x; p and q are factors of them.
#[derive(Default)]
struct Sums {
    /// Σ weight · ln w and ln(1−w).
    ln_share: Sum,
    ln_rest: Sum,
    /// Σ weight · w, 1−w and w(1−w).
    share: Sum,
    rest: Sum,
    product: Sum,
}

impl Sums {
    /// Adds a group: xz of its cells, in ascending order.
    fn add(&mut self, spent: &[f64], group: &Group, gamma: f64, ln_gamma: f64) {
        let (Some(least), Some(most)) = (spent.first(), spent.last()) else { return };
        let count = spent.len() as f64;
        let ln_odds = group.ln_spent - count * ln_gamma;
        if *most < gamma {
            let side = Side::of(spent, |spent| spent / gamma);
            self.add_side(group.weight, [ln_odds - side.ln, -side.ln, side.far, side.near, side.product]);
        } else if *least >= gamma {
            let side = Side::of(spent, |spent| gamma / spent);
            self.add_side(group.weight, [-side.ln, -ln_odds - side.ln, side.near, side.far, side.product]);
        } else {
            for spent in spent {
                let odds = spent / gamma;
                let (share, rest) = (odds / (1.0 + odds), 1.0 / (1.0 + odds));
                let logs = [-libm::log1p(1.0 / odds), -libm::log1p(odds)];
                self.add_side(group.weight, [logs[0], logs[1], share, rest, share * rest]);
            }
        }
    }

    fn add_side(&mut self, weight: f64, [ln_share, ln_rest, share, rest, product]: [f64; 5]) {
        self.ln_share.add(weight * ln_share);
        self.ln_rest.add(weight * ln_rest);
        self.share.add(weight * share);
        self.rest.add(weight * rest);
        self.product.add(weight * product);
    }
}

/// Sums over cells with odds all on one side of 1; m is the odds or their inverse, at most 1.
struct Side {
    /// Σ ln(1+m).
    ln: f64,
    /// Σ m/(1+m), 1/(1+m) and the product of both.
    far: f64,
    near: f64,
    product: f64,
}

impl Side {
    fn of(spent: &[f64], below_one: impl Fn(f64) -> f64) -> Self {
        // Four sums in parallel: each waits for its last addition, but not for the others.
        const LANES: usize = 4;
        let (mut grown, mut far_sum) = ([LnProduct::default(); LANES], [0.0; LANES]);
        let (mut near_sum, mut product) = ([0.0; LANES], [0.0; LANES]);
        let mut add = |lane: usize, spent: f64| {
            let m = below_one(spent);
            let near = 1.0 / (1.0 + m);
            let far = m * near;
            grown[lane].times(m);
            far_sum[lane] += far;
            near_sum[lane] += near;
            product[lane] += far * near;
        };
        let (fours, last) = spent.as_chunks::<LANES>();
        for four in fours {
            for (lane, spent) in four.iter().enumerate() {
                add(lane, *spent);
            }
        }
        for (lane, spent) in last.iter().enumerate() {
            add(lane, *spent);
        }
        let sum = |lanes: [f64; LANES]| (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
        let ln = grown[1..].iter().fold(grown[0], |product, other| product.and(*other)).ln();
        Self { ln, far: sum(far_sum), near: sum(near_sum), product: sum(product) }
    }
}

impl GammaGamma {
    /// The model with p, q and γ.
    ///
    /// # Errors
    /// [`ParameterError`] names a value that is not finite and above 0.
    pub fn from_parameters(values: [f64; 3]) -> Result<Self, ParameterError> {
        let [p, q, gamma] = positive(SYMBOLS, values)?;
        Ok(Self { p, q, gamma })
    }

    /// The parameters, in the order of `from_parameters`.
    pub fn parameters(&self) -> [(&'static str, f64); 3] {
        let [p, q, gamma] = SYMBOLS;
        [(p, self.p), (q, self.q), (gamma, self.gamma)]
    }

    /// Expected spend per purchase of a customer with x purchases of mean spend z: E\[M | x, z\] = p(γ + xz) / (px + q
    /// − 1). It is a weighted mean of the customer's own z and the population's mean; the weight of z grows with the
    /// number of purchases. For x = 0, [`GammaGamma::population_mean`] for any z.
    ///
    /// # Errors
    /// [`NoMean`] if the mean does not exist, or z is not a number above 0.
    pub fn expected_spend(&self, x: u32, z: f64) -> Result<f64, NoMean> {
        if x == 0 {
            return self.population_mean();
        }
        if !(z > 0.0 && z.is_finite()) {
            return Err(NoMean::BadSpend);
        }
        let count = f64::from(x);
        self.mean(self.gamma + count * z, self.p * count + self.q - 1.0)
    }

    /// The mean spend per purchase over the population, pγ / (q − 1).
    ///
    /// # Errors
    /// [`NoMean::Infinite`] if q ≤ 1.
    pub fn population_mean(&self) -> Result<f64, NoMean> {
        self.mean(self.gamma, self.q - 1.0)
    }

    /// E\[M²\] of a customer's mean spend M with x purchases of mean spend z: p²(γ + xz)² / ((px + q − 1)(px + q − 2)),
    /// as ν ~ gamma(px + q, γ + xz) and M = p/ν. It shows how certain [`GammaGamma::expected_spend`] is.
    ///
    /// # Errors
    /// [`NoMean::Infinite`] if it does not exist (px + q ≤ 2), [`NoMean::BadSpend`] as there.
    pub fn squared_spend(&self, x: u32, z: f64) -> Result<f64, NoMean> {
        let mean = self.expected_spend(x, z)?;
        let count = self.p * f64::from(x) + self.q;
        if count > 2.0 { Ok(mean * mean * (count - 1.0) / (count - 2.0)) } else { Err(NoMean::Infinite) }
    }

    /// p, the shape of spend about a customer's mean M: a purchase has variance M²/p.
    pub fn shape(&self) -> f64 {
        self.p
    }

    /// The same model with p, q and γ multiplied by e to the power of these shifts.
    #[must_use]
    pub fn shifted(&self, by: [f64; 3]) -> Self {
        let [p, q, gamma] = by.map(libm::exp);
        Self { p: self.p * p, q: self.q * q, gamma: self.gamma * gamma }
    }

    fn mean(&self, amount: f64, count: f64) -> Result<f64, NoMean> {
        if count > 0.0 { Ok(self.p * amount / count) } else { Err(NoMean::Infinite) }
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, Gamma};

    use super::*;
    use crate::analysis::clv::fit::recovery;

    /// CDNOW's sample (Fader and Hardie 2013 print 6.25, 3.74, 15.44), with the digits of this fit.
    const CDNOW: [f64; 3] = [6.249_56, 3.744_227, 15.443_56];

    #[test]
    fn expected_spend_reproduces_cdnow() {
        // 35.17 is the value in CLVTools' tests for customers without repeat purchases among the first ten of the
        // sample.
        let model = GammaGamma::from_parameters(CDNOW).unwrap();
        assert!((model.expected_spend(0, f64::NAN).unwrap() - 35.17).abs() < 5e-3);
        // Fader and Hardie 2013, equation 5: the mean of z and of the population, with weights px and q − 1.
        let (own, all) = (6.249_56 * 3.0, 2.744_227);
        let expected = (own * 52.0 + all * model.population_mean().unwrap()) / (own + all);
        assert!((model.expected_spend(3, 52.0).unwrap() - expected).abs() < 1e-10);
    }

    #[test]
    fn the_second_moment_is_that_of_the_posterior() {
        // M = p/ν with ν ~ gamma(px + q, γ + xz): inverse gamma, E[M²] = p²(γ+xz)² / ((px+q−1)(px+q−2)).
        let model = GammaGamma::from_parameters([2.0, 3.0, 15.0]).unwrap();
        let expected = 4.0 * (15.0 + 20.0) * (15.0 + 20.0) / (6.0 * 5.0);
        assert!((model.squared_spend(2, 10.0).unwrap() - expected).abs() < 1e-12 * expected);
        assert_eq!(model.squared_spend(0, f64::NAN), Ok(4.0 * 15.0 * 15.0 / (2.0 * 1.0)));
        assert_eq!(
            GammaGamma::from_parameters([0.4, 2.0, 15.0]).unwrap().squared_spend(0, 1.0),
            Err(NoMean::Infinite)
        );
        assert!(GammaGamma::from_parameters([0.4, 2.0, 15.0]).unwrap().squared_spend(1, 1.0).is_ok());
        assert_eq!(model.shifted([2_f64.ln(), 0.0, 0.0]).shape(), 4.0);
    }

    #[test]
    fn a_mean_that_does_not_exist_is_an_answer_of_its_own() {
        let model = GammaGamma::from_parameters([0.5, 1.0, 10.0]).unwrap();
        assert_eq!(model.population_mean(), Err(NoMean::Infinite));
        assert_eq!(model.expected_spend(0, 5.0), Err(NoMean::Infinite));
        assert_eq!(model.expected_spend(1, 5.0), Ok(0.5 * 15.0 / 0.5));
        for bad in [0.0, -3.0, f64::NAN, f64::INFINITY] {
            assert_eq!(model.expected_spend(2, bad), Err(NoMean::BadSpend), "{bad}");
        }
    }

    #[test]
    fn shrinks_less_the_more_is_known() {
        let model = GammaGamma::from_parameters(CDNOW).unwrap();
        let mean = model.population_mean().unwrap();
        let mut before = mean;
        for x in [1, 2, 5, 20, 100_000] {
            let spend = model.expected_spend(x, 80.0).unwrap();
            assert!(before < spend && spend < 80.0, "{x}: {spend}");
            before = spend;
        }
        assert!((before - 80.0).abs() < 0.01);
    }

    #[test]
    fn one_cell_agrees_with_the_paper_written_out() {
        let (p, q, g, x, z) = (1.3_f64, 2.7_f64, 9.0_f64, 4.0_f64, 21.0_f64);
        let gamma = |v| statrs::function::gamma::gamma(v);
        let density =
            gamma(p * x + q) / (gamma(p * x) * gamma(q)) * g.powf(q) * z.powf(p * x - 1.0) * x.powf(p * x)
                / (g + x * z).powf(p * x + q);
        let cell = [SpendCell { x: 4, z, weight: 3.0 }];
        let found = log_likelihood(&Totals::of(&cell), &Vector3::new(p.ln(), q.ln(), g.ln())).value;
        assert!((found - 3.0 * density.ln()).abs() < 1e-10, "{found}");
    }

    /// Mean spends drawn from the model.
    fn simulate(parameters: [f64; 3], customers: usize, seed: u64) -> Vec<SpendCell> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let [p, q, gamma] = parameters;
        let rates = Gamma::new(q, 1.0 / gamma).unwrap();
        (0..customers)
            .map(|row| {
                let x = 1 + (row % 6) as u32;
                let rate: f64 = rates.sample(&mut random);
                let total: f64 = Gamma::new(p * f64::from(x), 1.0 / rate).unwrap().sample(&mut random);
                SpendCell { x, z: total / f64::from(x), weight: 1.0 }
            })
            .collect()
    }

    #[test]
    fn recovers_the_parameters_of_a_simulation() {
        let truth = [3.0, 4.0, 20.0];
        let fit = fit(&simulate(truth, 8000, 7));
        assert_eq!(fit.ending, Ending::Converged);
        for (estimate, truth) in fit.estimates.iter().zip(truth) {
            let error = estimate.standard_error.unwrap();
            assert!((estimate.value - truth).abs() < 3.0 * error, "{estimate:?}");
            assert!(error < 0.15 * truth, "{estimate:?}");
        }
    }

    #[test]
    fn more_customers_tell_more_of_the_truth() {
        let truth = [3.0, 4.0, 20.0];
        recovery::check(&truth, &[500, 5_000, 50_000], |customers| fit(&simulate(truth, customers, 21)));
    }

    #[test]
    fn the_currency_does_not_matter() {
        let cells = simulate([3.0, 4.0, 20.0], 500, 3);
        let cents: Vec<_> = cells.iter().map(|cell| SpendCell { z: cell.z * 1e6, ..*cell }).collect();
        let (one, other) = (fit(&cells), fit(&cents));
        for (one, (other, scale)) in one.estimates.iter().zip(other.estimates.iter().zip([1.0, 1.0, 1e6])) {
            assert!((other.value / (one.value * scale) - 1.0).abs() < 1e-6, "{one:?} {other:?}");
        }
        let shift = -500.0 * 1e6_f64.ln();
        assert!((other.log_likelihood.unwrap() - one.log_likelihood.unwrap() - shift).abs() < 1e-6);
    }

    #[test]
    fn equal_spend_and_constant_spend_are_boundaries() {
        // All customers share ν: only the variation of single purchases remains.
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let equal: Vec<_> = (0..400)
            .map(|row| {
                let x = 1 + row % 5;
                let total: f64 = Gamma::new(9.0 * f64::from(x), 1.0).unwrap().sample(&mut random);
                SpendCell { x, z: total / f64::from(x), weight: 1.0 }
            })
            .collect();
        let ended = fit(&equal);
        assert!(
            matches!(ended.ending, Ending::Boundary { meaning: Meaning::EqualSpend, .. }),
            "{:?} {:?}",
            ended.ending,
            ended.estimates
        );
        // It is the mean of all, whatever a customer's own mean is.
        let model = ended.model().unwrap();
        let all = model.population_mean().unwrap();
        assert!((all / 9.0 - 1.0).abs() < 0.05, "{all}");
        for (x, z) in [(1, 5.0), (5, 12.0)] {
            let expected = model.expected_spend(x, z).unwrap();
            assert!((expected / all - 1.0).abs() < 0.03, "{expected} {all}");
        }
        let same: Vec<_> = (0..50).map(|row| SpendCell { x: 1 + row % 4, z: 10.0, weight: 1.0 }).collect();
        let ended = fit(&same);
        assert!(matches!(ended.ending, Ending::Boundary { .. }), "{:?} {:?}", ended.ending, ended.estimates);
    }

    #[test]
    fn too_few_or_impossible_customers_are_refused() {
        let cell = SpendCell { x: 2, z: 10.0, weight: 1.0 };
        assert_eq!(fit(&[cell; 5]).ending, Ending::NotIdentified { why: Lacking::RepeatBuyers });
        assert_eq!(fit(&[]).ending, Ending::NotIdentified { why: Lacking::RepeatBuyers });
        for bad in
            [SpendCell { x: 0, ..cell }, SpendCell { z: 0.0, ..cell }, SpendCell { z: f64::NAN, ..cell }]
        {
            let cells = [vec![cell; 20], vec![bad]].concat();
            assert_eq!(fit(&cells).ending, Ending::Failed { why: Failure::BadCell });
        }
    }

    /// The likelihood with two logarithms per cell, each as exact as possible.
    fn cell_by_cell(cells: &[SpendCell], theta: &Vector3<f64>) -> Quadratic<3> {
        let (p, q, gamma) = (theta[0].exp(), theta[1].exp(), theta[2].exp());
        let mut sums: [Sum; 10] = Default::default();
        for cell in cells {
            let s = p * f64::from(cell.x);
            let odds = f64::from(cell.x) * cell.z / gamma;
            let (share, rest) = (odds / (1.0 + odds), 1.0 / (1.0 + odds));
            let (ln_share, ln_rest) = (-libm::log1p(1.0 / odds), -libm::log1p(odds));
            let by_p = s * (digamma(s + q) - digamma(s) + ln_share);
            let by_q = q * (digamma(s + q) - digamma(q) + ln_rest);
            let slope = trigamma(s + q);
            for (sum, term) in sums.iter_mut().zip([
                s * ln_share + q * ln_rest - libm::log(cell.z) - ln_beta(s, q),
                by_p,
                by_q,
                q * share - s * rest,
                by_p + s * s * (slope - trigamma(s)),
                by_q + q * q * (slope - trigamma(q)),
                s * q * slope,
                -s * rest,
                q * share,
                -(s + q) * share * rest,
            ]) {
                sum.add(cell.weight * term);
            }
        }
        let [value, gp, gq, gg, pp, qq, pq, pg, qg, gamma_gamma] = sums.map(Sum::value);
        let hessian = Matrix3::new(pp, pq, pg, pq, qq, qg, pg, qg, gamma_gamma);
        Quadratic { value, gradient: Vector3::new(gp, gq, gg), hessian }
    }

    proptest! {
        #[test]
        fn groups_agree_with_cell_by_cell(
            theta in prop::array::uniform3(-14.0..14.0_f64),
            spread in 0.01..6.0_f64,
            cells in prop::collection::vec((1..4_u32, -1.0..1.0_f64, 1..4_u32), 1..600),
        ) {
            let mut cells: Vec<_> = cells
                .into_iter()
                .map(|(x, z, weight)| SpendCell { x, z: (spread * z).exp(), weight: f64::from(weight) })
                .collect();
            sort(&mut cells);
            let at = Vector3::from(theta);
            let (found, expected) = (log_likelihood(&Totals::of(&cells), &at), cell_by_cell(&cells, &at));
            // The most that rounding may take from the largest of the terms that cancel each other.
            let (p, q) = (3.0 * theta[0].exp(), theta[1].exp());
            let weight: f64 = cells.iter().map(|cell| cell.weight).sum();
            let slack = 1e-14 * weight * (1.0 + p + q) * (1.0 + theta.iter().map(|v| v.abs()).sum::<f64>() + spread);
            prop_assert!((found.value - expected.value).abs() <= slack, "{found:?} {expected:?} {slack:e}");
            prop_assert!((found.gradient - expected.gradient).amax() <= slack, "{found:?} {expected:?} {slack:e}");
            prop_assert!(
                (found.hessian - expected.hessian).amax() <= slack * (1.0 + p.max(q)).min(1e3),
                "{found:?} {expected:?} {slack:e}"
            );
        }

        #[test]
        fn gradient_and_hessian_agree_with_differences(
            theta in [-2.0..3.0_f64, -2.0..3.0, -2.0..5.0],
            cells in prop::collection::vec((1..200_u32, 0.1..1000.0_f64, 1.0..9.0_f64), 1..6),
        ) {
            let mut cells: Vec<_> =
                cells.into_iter().map(|(x, z, weight)| SpendCell { x, z, weight }).collect();
            sort(&mut cells);
            let cells = Totals::of(&cells);
            let at = Vector3::from(theta);
            let here = log_likelihood(&cells, &at);
            let step = 1e-5;
            let scale = 1.0 + here.gradient.amax() + here.hessian.amax();
            for i in 0..3 {
                let mut shift = Vector3::zeros();
                shift[i] = step;
                let up = log_likelihood(&cells, &(at + shift));
                let down = log_likelihood(&cells, &(at - shift));
                let slope = (up.value - down.value) / (2.0 * step);
                let error = (slope - here.gradient[i]).abs();
                prop_assert!(error < 1e-6 * scale, "{i}: {slope}");
                let bend = (up.gradient - down.gradient) / (2.0 * step);
                let error = (bend - here.hessian.column(i)).amax();
                prop_assert!(error < 1e-6 * scale, "{i}: {bend}");
            }
        }

        #[test]
        fn wild_parameters_give_finite_numbers(
            theta in prop::array::uniform3(-14.0..14.0_f64),
            x in 1..100_000_u32,
            z in -12.0..14.0_f64,
        ) {
            let cells = Totals::of(&[SpendCell { x, z: z.exp(), weight: 1.0 }]);
            let here = log_likelihood(&cells, &Vector3::from(theta));
            prop_assert!(here.value.is_finite());
            prop_assert!(here.gradient.iter().chain(here.hessian.iter()).all(|v| v.is_finite()));
            let model = GammaGamma::from_parameters(theta.map(f64::exp)).unwrap();
            if let Ok(spend) = model.expected_spend(x, z.exp()) {
                prop_assert!(spend > 0.0 && spend.is_finite());
            }
        }
    }
}
