//! How good churn probabilities are on a later period, where the outcomes are known.
//!
//! Weights count customers: a row of weight 2 is two customers. The order of rows and of ties does not matter:
//! customers with one probability are kept together. If a line divides them, each side gets its share of those who
//! churned among them.

use super::{SampleError, check_rows};
use crate::analysis::special::Sum;

/// In the log loss no probability is nearer to 0 than this: else one certain but wrong prediction would make it
/// infinite.
pub const NEAREST_TO_CERTAIN: f64 = 1e-15;

/// Customers with the same probability.
#[derive(Debug, Clone, Copy)]
struct Group {
    probability: f64,
    stayed: f64,
    churned: f64,
}

impl Group {
    fn weight(&self) -> f64 {
        self.stayed + self.churned
    }
}

/// Probabilities together with the outcomes.
#[derive(Debug, Clone)]
pub struct Outcomes {
    /// By probability, ascending.
    groups: Vec<Group>,
    stayed: f64,
    churned: f64,
}

/// How well probabilities rank: how often a churned customer has a higher one than a staying customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Auc {
    /// The area under the ROC curve, from 0 to 1; ½ is what chance gives. Ties count half.
    pub value: f64,
    /// Its standard error by DeLong, DeLong and Clarke-Pearson (1988), "Comparing the Areas under Two or More
    /// Correlated Receiver Operating Characteristic Curves: A Nonparametric Approach", Biometrics 44, 837–845; `None`
    /// if one of the kinds has weight 1 or less. If all are ranked right it is 0, which is too small and means little.
    pub standard_error: Option<f64>,
}

/// Customers next to each other by probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// How many there are.
    pub weight: f64,
    /// How many of them churned.
    pub churned: f64,
    /// Their mean probability: the expected share of churn.
    pub predicted: f64,
    /// The observed share of churn.
    pub observed: f64,
    /// The lowest and the highest probability in the band.
    pub range: (f64, f64),
}

/// A row of the gains table: the tenth of customers with the highest probabilities, the next tenth, and so on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gain {
    /// The tenth itself.
    pub band: Band,
    /// Its share of churn divided by that of all customers; `None` if nobody churned, like the next two.
    pub lift: Option<f64>,
    /// The lift of all tenths down to this one together.
    pub lift_so_far: Option<f64>,
    /// The share of all churned customers that they hold.
    pub captured: Option<f64>,
}

/// How to divide customers into calibration bands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bands {
    /// Equal numbers of customers.
    EqualWeight,
    /// Equal ranges of probability from 0 to 1; bands without customers are left out.
    EqualWidth,
}

/// Expected churn compared with observed churn.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// By probability, ascending.
    pub bands: Vec<Band>,
    /// The mean of |predicted − observed| over customers, by bands (Naeini, Cooper and Hauskrecht 2015, "Obtaining Well
    /// Calibrated Probabilities Using Bayesian Binning", AAAI 29, 2901–2907).
    pub expected_error: f64,
}

/// The costs of the two kinds of mistakes, in any one currency.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Costs {
    /// A churned customer without contact, compared with one who was contacted: 0 or more.
    pub missed: f64,
    /// Contacting a customer who would have stayed: 0 or more.
    pub needless: f64,
}

/// Contact every customer with this probability or a higher one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Threshold {
    /// The probability; infinite if it is cheapest to contact nobody.
    pub probability: f64,
    /// The total cost of the mistakes, on the outcomes that it was chosen on.
    pub cost: f64,
}

/// Counts by contact and churn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Confusion {
    /// Contacted, and churned (or would have).
    pub found: f64,
    /// Contacted, and would have stayed.
    pub needless: f64,
    /// Not contacted, and churned.
    pub missed: f64,
    /// Not contacted, and stayed.
    pub left_alone: f64,
}

impl Costs {
    /// The threshold of least cost if probabilities are right, `needless` / (`needless` + `missed`) (Elkan 2001, "The
    /// Foundations of Cost-Sensitive Learning", IJCAI 17, 973–978). `None` if both costs are 0, or one is not a number
    /// of 0 or more.
    pub fn threshold(&self) -> Option<f64> {
        let sum = self.needless + self.missed;
        let possible = self.needless >= 0.0 && self.missed >= 0.0 && sum > 0.0 && sum.is_finite();
        possible.then(|| self.needless / sum)
    }
}

impl Confusion {
    /// The share of churned customers among those contacted; `None` if nobody was contacted.
    pub fn precision(&self) -> Option<f64> {
        share(self.found, self.found + self.needless)
    }

    /// The share of contacted customers among those who churned; `None` if nobody churned.
    pub fn recall(&self) -> Option<f64> {
        share(self.found, self.found + self.missed)
    }

    /// The cost of the mistakes.
    pub fn cost(&self, costs: Costs) -> f64 {
        self.missed * costs.missed + self.needless * costs.needless
    }
}

fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

impl Outcomes {
    /// Combines each customer's probability and outcome.
    ///
    /// # Errors
    ///
    /// No rows, columns of different lengths, a probability outside 0 to 1, a weight that is not a finite number above
    /// 0.
    #[allow(clippy::float_cmp, reason = "a tie is one to the last bit")]
    pub fn new(
        probabilities: &[f64],
        churned: &[bool],
        weights: Option<&[f64]>,
    ) -> Result<Self, SampleError> {
        check_rows(churned.len(), weights)?;
        if probabilities.len() != churned.len() {
            return Err(SampleError::Length("probabilities".to_owned()));
        }
        if let Some(row) = probabilities.iter().position(|p| !(0.0..=1.0).contains(p)) {
            return Err(SampleError::BadProbability(row));
        }
        let weight = |row| weights.map_or(1.0, |weights: &[f64]| weights[row]);
        let mut rows: Vec<(f64, bool, f64)> = probabilities
            .iter()
            .zip(churned)
            .enumerate()
            // −0 is 0.
            .map(|(row, (p, churned))| (p.abs(), *churned, weight(row)))
            .collect();
        // Sorted by weight too: sums then do not depend on the order of rows.
        rows.sort_unstable_by(|left, right| {
            left.0.total_cmp(&right.0).then(left.1.cmp(&right.1)).then(left.2.total_cmp(&right.2))
        });
        let mut groups: Vec<Group> = Vec::new();
        for same in rows.chunk_by(|left, right| left.0 == right.0) {
            let mut group = Group { probability: same[0].0, stayed: 0.0, churned: 0.0 };
            for (_, churned, weight) in same {
                *(if *churned { &mut group.churned } else { &mut group.stayed }) += weight;
            }
            groups.push(group);
        }
        let total = |of: fn(&Group) -> f64| {
            let mut sum = Sum::default();
            for group in &groups {
                sum.add(of(group));
            }
            sum.value()
        };
        let (stayed, churned) = (total(|group| group.stayed), total(|group| group.churned));
        Ok(Self { groups, stayed, churned })
    }

    /// Customers (the sum of weights).
    pub fn customers(&self) -> f64 {
        self.stayed + self.churned
    }

    /// The share who churned.
    pub fn share(&self) -> f64 {
        self.churned / self.customers()
    }

    /// The mean probability: the expected share of churn.
    pub fn predicted_share(&self) -> f64 {
        self.mean(|group| group.weight() * group.probability)
    }

    fn mean(&self, of: impl Fn(&Group) -> f64) -> f64 {
        let mut sum = Sum::default();
        for group in &self.groups {
            sum.add(of(group));
        }
        sum.value() / self.customers()
    }

    /// How well probabilities rank; `None` if nobody churned or everybody did.
    pub fn auc(&self) -> Option<Auc> {
        if self.stayed <= 0.0 || self.churned <= 0.0 {
            return None;
        }
        // For a churned customer: the share of staying customers with a lower probability. For a staying customer: the
        // reverse.
        let parts = || {
            let (mut stayed_below, mut churned_below) = (0.0, 0.0);
            self.groups.iter().map(move |group| {
                let above_stayed = (stayed_below + 0.5 * group.stayed) / self.stayed;
                let below_churned = 1.0 - (churned_below + 0.5 * group.churned) / self.churned;
                stayed_below += group.stayed;
                churned_below += group.churned;
                (group, above_stayed, below_churned)
            })
        };
        let mut sum = Sum::default();
        for (group, above_stayed, _) in parts() {
            sum.add(group.churned * above_stayed);
        }
        let value = sum.value() / self.churned;
        let (mut of_churned, mut of_stayed) = (Sum::default(), Sum::default());
        for (group, above_stayed, below_churned) in parts() {
            of_churned.add(group.churned * (above_stayed - value) * (above_stayed - value));
            of_stayed.add(group.stayed * (below_churned - value) * (below_churned - value));
        }
        let variance = of_churned.value() / (self.churned - 1.0) / self.churned
            + of_stayed.value() / (self.stayed - 1.0) / self.stayed;
        let enough = self.churned > 1.0 && self.stayed > 1.0;
        Some(Auc { value, standard_error: enough.then(|| variance.sqrt()) })
    }

    /// The ten tenths of customers, the highest probabilities first.
    pub fn gains(&self) -> Vec<Gain> {
        let (mut weight, mut churned) = (0.0, 0.0);
        let bands = equal_bands(self.groups.iter().rev(), self.customers(), 10);
        let gains = bands.into_iter().map(|band| {
            weight += band.weight;
            churned += band.churned;
            let lift = |share: f64| (self.churned > 0.0).then(|| share / self.share());
            Gain {
                band,
                lift: lift(band.observed),
                lift_so_far: lift(churned / weight),
                captured: share(churned, self.churned),
            }
        });
        gains.collect()
    }

    /// Expected churn compared with observed churn, in `count` bands (at least one).
    pub fn calibration(&self, bands: Bands, count: usize) -> Calibration {
        let count = count.max(1);
        let bands = match bands {
            Bands::EqualWeight => equal_bands(self.groups.iter(), self.customers(), count),
            Bands::EqualWidth => {
                // The last band also holds 1.
                let of = |group: &Group| ((group.probability * count as f64) as usize).min(count - 1);
                let same = self.groups.chunk_by(|left, right| of(left) == of(right));
                same.map(|groups| {
                    groups.iter().fold(Tally::default(), |tally, group| tally.and(group, 1.0)).band()
                })
                .collect()
            }
        };
        let mut error = Sum::default();
        for band in &bands {
            error.add(band.weight * (band.predicted - band.observed).abs());
        }
        Calibration { bands, expected_error: error.value() / self.customers() }
    }

    /// The mean squared distance between probability and outcome (1 or 0): 0 is perfect (Brier 1950, "Verification of
    /// Forecasts Expressed in Terms of Probability", Monthly Weather Review 78, 1–3).
    pub fn brier(&self) -> f64 {
        self.mean(|group| {
            let p = group.probability;
            group.churned * (1.0 - p) * (1.0 - p) + group.stayed * p * p
        })
    }

    /// The share by which the Brier score is below that of one common probability, the observed share; `None` if all
    /// have the same outcome.
    pub fn brier_skill(&self) -> Option<f64> {
        let of_share = self.share() * (1.0 - self.share());
        (of_share > 0.0).then(|| 1.0 - self.brier() / of_share)
    }

    /// The mean of −ln of the probability given to the actual outcome.
    pub fn log_loss(&self) -> f64 {
        let surprise = |p: f64| -libm::log(p.max(NEAREST_TO_CERTAIN));
        // Zero customers add nothing.
        let of = |weight: f64, p: f64| if weight > 0.0 { weight * surprise(p) } else { 0.0 };
        self.mean(|group| of(group.churned, group.probability) + of(group.stayed, 1.0 - group.probability))
    }

    /// Counts by contact and churn, if this probability and higher ones are contacted.
    pub fn confusion(&self, threshold: f64) -> Confusion {
        let below = self.groups.partition_point(|group| group.probability < threshold);
        let (not, contacted) = self.groups.split_at(below);
        let sum = |groups: &[Group], of: fn(&Group) -> f64| groups.iter().map(of).sum::<f64>();
        Confusion {
            found: sum(contacted, |group| group.churned),
            needless: sum(contacted, |group| group.stayed),
            missed: sum(not, |group| group.churned),
            left_alone: sum(not, |group| group.stayed),
        }
    }

    /// The threshold of least cost on these outcomes, halfway between the lowest contacted and the highest uncontacted
    /// probability; among equal costs, the one with the fewest contacts. Choose it on the first period and judge it on
    /// the later one. Costs that are not finite numbers above 0 count as 0.
    pub fn cheapest_threshold(&self, costs: Costs) -> Threshold {
        let possible = |cost: f64| if cost.is_finite() { cost.max(0.0) } else { 0.0 };
        let (missed, needless) = (possible(costs.missed), possible(costs.needless));
        let mut least = Threshold { probability: f64::INFINITY, cost: self.churned * missed };
        // A difference within rounding does not count.
        let level = 1e-12 * (self.churned * missed + self.stayed * needless);
        let (mut found, mut contacted) = (0.0, 0.0);
        for (at, group) in self.groups.iter().enumerate().rev() {
            found += group.churned;
            contacted += group.stayed;
            let cost = (self.churned - found) * missed + contacted * needless;
            if cost < least.cost - level {
                let below = at
                    .checked_sub(1)
                    .map_or(0.0, |below| 0.5 * (self.groups[below].probability + group.probability));
                // Between neighbouring floats there is no number: the midpoint rounds to one of them.
                let apart = at == 0 || below > self.groups[at - 1].probability;
                least = Threshold { probability: if apart { below } else { group.probability }, cost };
            }
        }
        least
    }
}

/// A band being built.
#[derive(Debug, Clone, Copy)]
struct Tally {
    weight: f64,
    churned: f64,
    predicted: f64,
    range: (f64, f64),
}

impl Default for Tally {
    fn default() -> Self {
        Self { weight: 0.0, churned: 0.0, predicted: 0.0, range: (f64::INFINITY, f64::NEG_INFINITY) }
    }
}

impl Tally {
    /// Adds this part of a group.
    fn and(self, group: &Group, part: f64) -> Self {
        let p = group.probability;
        Self {
            weight: self.weight + part * group.weight(),
            churned: self.churned + part * group.churned,
            predicted: self.predicted + part * group.weight() * p,
            range: (self.range.0.min(p), self.range.1.max(p)),
        }
    }

    fn band(self) -> Band {
        Band {
            weight: self.weight,
            churned: self.churned,
            predicted: self.predicted / self.weight,
            observed: self.churned / self.weight,
            range: self.range,
        }
    }
}

/// Bands of equal weight; a group on a boundary is split.
fn equal_bands<'a>(groups: impl Iterator<Item = &'a Group>, total: f64, count: usize) -> Vec<Band> {
    let (mut bands, mut tally, mut walked) = (Vec::with_capacity(count), Tally::default(), 0.0);
    // A smaller part is only rounding.
    let nothing = 1e-12 * total;
    for group in groups {
        let mut left = group.weight();
        let end = walked + left;
        while bands.len() + 1 < count {
            let line = total * (bands.len() + 1) as f64 / count as f64;
            if line > end - nothing {
                break;
            }
            let part = (line - walked).max(0.0);
            if part > nothing {
                tally = tally.and(group, part / group.weight());
            }
            bands.push(tally.band());
            (tally, left, walked) = (Tally::default(), left - part, line.max(walked));
        }
        if left > nothing {
            tally = tally.and(group, left / group.weight());
        }
        walked = end;
    }
    bands.push(tally.band());
    bands
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn assert_near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "{found} for {expected}");
    }

    /// Ten customers; two pairs of ties, one outcome of each kind in both.
    const PROBABILITIES: [f64; 10] = [0.9, 0.8, 0.8, 0.6, 0.5, 0.5, 0.4, 0.3, 0.2, 0.1];
    const CHURNED: [bool; 10] = [true, true, false, true, false, true, false, false, false, false];

    fn ten() -> Outcomes {
        Outcomes::new(&PROBABILITIES, &CHURNED, None).unwrap()
    }

    #[test]
    fn auc_counts_pairs() {
        // Of the 6 who stayed, the churned customers are above 6, 5½, 5 and 4½: 21 of 24 pairs. Squares about the mean
        // 7/8, as shares: for the churned 5/144 over 3 and 4, for those who stayed 5/16 over 5 and 6.
        let auc = ten().auc().unwrap();
        assert_near(auc.value, 21.0 / 24.0);
        let variance: f64 = 5.0 / 144.0 / 12.0 + 5.0 / 16.0 / 30.0;
        assert_near(auc.standard_error.unwrap(), variance.sqrt());
    }

    #[test]
    fn auc_needs_both_outcomes() {
        let of =
            |churned: &[bool]| Outcomes::new(&PROBABILITIES[..churned.len()], churned, None).unwrap().auc();
        assert_eq!(of(&[true, true]), None);
        assert_eq!(of(&[false]), None);
        // One customer of a kind does not show how such customers differ.
        assert_eq!(of(&[true, false, false]), Some(Auc { value: 1.0, standard_error: None }));
    }

    #[test]
    fn gains_are_read_from_the_top() {
        let gains = ten().gains();
        let churned: Vec<f64> = gains.iter().map(|gain| gain.band.churned).collect();
        // For each pair of ties, each tenth gets half a churned customer.
        for (found, expected) in churned.iter().zip([1.0, 0.5, 0.5, 1.0, 0.5, 0.5, 0.0, 0.0, 0.0, 0.0]) {
            assert_near(*found, expected);
        }
        assert_near(gains[0].lift.unwrap(), 2.5);
        assert_near(gains[3].lift_so_far.unwrap(), 3.0 / 4.0 / 0.4);
        assert_near(gains[3].captured.unwrap(), 0.75);
        assert_near(gains[9].lift_so_far.unwrap(), 1.0);
        assert_near(gains[9].captured.unwrap(), 1.0);
        assert_eq!(gains[1].band.range, (0.8, 0.8));
        // Three customers make tenths of 0.3 customers; a third of the fourth tenth is of the second customer.
        let three = Outcomes::new(&[0.2, 0.6, 0.4], &[false, true, false], None).unwrap().gains();
        assert_eq!(three.len(), 10);
        assert_near(three[3].band.churned, 0.1);
        assert_near(three[3].band.predicted, (0.1 * 0.6 + 0.2 * 0.4) / 0.3);
        assert_eq!(three[3].band.range, (0.4, 0.6));
    }

    #[test]
    fn calibration_sets_what_was_expected_against_what_came() {
        // Five bands of two by number: 0.1 and 0.2, 0.3 and 0.4, the pairs of ties, and so on.
        let by_weight = ten().calibration(Bands::EqualWeight, 5);
        let pairs: Vec<_> = by_weight.bands.iter().map(|band| (band.predicted, band.observed)).collect();
        let expected = [(0.15, 0.0), (0.35, 0.0), (0.5, 0.5), (0.7, 0.75), (0.85, 0.75)];
        for (found, expected) in pairs.iter().zip(expected) {
            assert_near(found.0, expected.0);
            assert_near(found.1, expected.1);
        }
        assert_near(by_weight.expected_error, (0.15 + 0.35 + 0.0 + 0.05 + 0.1) / 5.0);
        // By width: 0.1 and 0.2 lie below a quarter, 0.3 and 0.4 below a half, 0.5, 0.5 and 0.6 below three quarters.
        let by_width = ten().calibration(Bands::EqualWidth, 4);
        let weights: Vec<f64> = by_width.bands.iter().map(|band| band.weight).collect();
        assert_eq!(weights, [2.0, 2.0, 3.0, 3.0]);
        let error = 0.2 * 0.15 + 0.2 * 0.35 + 0.3 * (2.0 / 3.0 - 1.6 / 3.0) + 0.3 * (2.5 / 3.0 - 2.0 / 3.0);
        assert_near(by_width.expected_error, error);
        // Both ends belong to a band, and empty bands are left out.
        let ends = Outcomes::new(&[0.0, 1.0], &[false, true], None).unwrap();
        let calibration = ends.calibration(Bands::EqualWidth, 10);
        assert_eq!((calibration.bands.len(), calibration.expected_error), (2, 0.0));
        assert_eq!(ends.calibration(Bands::EqualWidth, 0).bands.len(), 1);
    }

    #[test]
    fn scores_are_means_over_customers() {
        // 0.01 + 0.04 + 0.64 + 0.16 + 0.25 + 0.25 + 0.16 + 0.09 + 0.04 + 0.01.
        assert_near(ten().brier(), 0.165);
        assert_near(ten().brier_skill().unwrap(), 1.0 - 0.165 / 0.24);
        let product: f64 = 0.9 * 0.8 * 0.2 * 0.6 * 0.5 * 0.5 * 0.6 * 0.7 * 0.8 * 0.9;
        assert_near(ten().log_loss(), -product.ln() / 10.0);
        assert_near(ten().share(), 0.4);
        assert_near(ten().predicted_share(), 0.51);
        // A certain but wrong prediction costs much, but not infinitely much.
        let wrong = Outcomes::new(&[0.0, 1.0], &[true, false], None).unwrap();
        assert_near(wrong.log_loss(), -NEAREST_TO_CERTAIN.ln());
        assert_near(wrong.brier(), 1.0);
        let all = Outcomes::new(&[1.0, 0.5], &[true, true], None).unwrap();
        assert_eq!((all.brier_skill(), all.auc()), (None, None));
    }

    #[test]
    fn the_threshold_follows_the_costs() {
        let of = |missed, needless| Costs { missed, needless };
        assert_near(of(9.0, 1.0).threshold().unwrap(), 0.1);
        for costs in [of(0.0, 0.0), of(-1.0, 2.0), of(f64::NAN, 1.0), of(f64::INFINITY, 1.0)] {
            assert_eq!(costs.threshold(), None);
        }
        // At equal costs, contacts from 0.6 on give one needless contact and one miss; from 0.5 on two contacts; 0.9
        // alone three misses. Of the cheapest two, the one with fewer contacts is taken, halfway to the next below.
        assert_eq!(ten().cheapest_threshold(of(1.0, 1.0)), Threshold { probability: 0.55, cost: 2.0 });
        assert_eq!(ten().cheapest_threshold(of(3.0, 1.0)), Threshold { probability: 0.45, cost: 2.0 });
        // A miss without cost, and a contact with cost.
        let nobody = Threshold { probability: f64::INFINITY, cost: 0.0 };
        assert_eq!(ten().cheapest_threshold(of(0.0, 1.0)), nobody);
        let low = Outcomes::new(&[0.1, 0.3], &[true, false], None).unwrap();
        assert_eq!(low.cheapest_threshold(of(5.0, 1.0)), Threshold { probability: 0.0, cost: 1.0 });
        let confusion = ten().confusion(0.55);
        let expected = Confusion { found: 3.0, needless: 1.0, missed: 1.0, left_alone: 5.0 };
        assert_eq!(confusion, expected);
        assert_eq!((confusion.precision(), confusion.recall()), (Some(0.75), Some(0.75)));
        assert_eq!(confusion.cost(of(3.0, 1.0)), 4.0);
        let none = ten().confusion(f64::INFINITY);
        assert_eq!((none.precision(), none.recall(), none.left_alone), (None, Some(0.0), 6.0));
        // A customer at the threshold is contacted.
        assert_eq!(ten().confusion(0.8).found, 2.0);
    }

    #[test]
    fn impossible_outcomes_are_refused() {
        let error = |p: &[f64], churned: &[bool], weights: Option<&[f64]>| {
            Outcomes::new(p, churned, weights).unwrap_err().to_string()
        };
        for p in [-0.1, 1.1, f64::NAN] {
            let message = error(&[0.5, p], &[true, false], None);
            assert_eq!(message, "the probability of row 1 is not between 0 and 1");
        }
        assert_eq!(error(&[], &[], None), "there are no rows");
        assert_eq!(
            error(&[0.5], &[true, true], None),
            "`probabilities` has another number of rows than the rest"
        );
        assert_eq!(error(&[0.5], &[true], Some(&[0.0])), "the weight of row 0 is not a number above 0");
    }

    fn rows() -> impl Strategy<Value = Vec<(f64, bool, u8)>> {
        // Few distinct probabilities, to produce ties.
        let row = ((0..=20_u8).prop_map(|p| f64::from(p) / 20.0), any::<bool>(), 1..4_u8);
        prop::collection::vec(row, 1..60)
    }

    fn outcomes(rows: &[(f64, bool, u8)]) -> Outcomes {
        let p: Vec<f64> = rows.iter().map(|row| row.0).collect();
        let churned: Vec<bool> = rows.iter().map(|row| row.1).collect();
        let weights: Vec<f64> = rows.iter().map(|row| f64::from(row.2)).collect();
        Outcomes::new(&p, &churned, Some(&weights)).unwrap()
    }

    /// All measures, as numbers.
    fn figures(of: &Outcomes) -> Vec<f64> {
        let auc = of.auc().map_or([0.5, 0.0], |auc| [auc.value, auc.standard_error.unwrap_or(0.0)]);
        let mut figures = vec![auc[0], auc[1], of.brier(), of.log_loss(), of.predicted_share()];
        for gain in of.gains() {
            figures.extend([gain.band.weight, gain.band.churned, gain.band.predicted]);
            figures.extend([gain.lift.unwrap_or(0.0), gain.captured.unwrap_or(0.0)]);
        }
        for bands in [Bands::EqualWeight, Bands::EqualWidth] {
            figures.push(of.calibration(bands, 7).expected_error);
        }
        let threshold = of.cheapest_threshold(Costs { missed: 3.0, needless: 1.0 });
        figures.extend([threshold.probability.min(2.0), threshold.cost]);
        figures
    }

    proptest! {
        #[test]
        fn auc_is_the_share_of_pairs_in_order(rows in rows()) {
            let (mut won, mut pairs) = (0.0, 0.0);
            for churned in rows.iter().filter(|row| row.1) {
                for stayed in rows.iter().filter(|row| !row.1) {
                    let weight = f64::from(churned.2) * f64::from(stayed.2);
                    pairs += weight;
                    won += weight * if churned.0 > stayed.0 { 1.0 } else if churned.0 < stayed.0 { 0.0 } else { 0.5 };
                }
            }
            let expected = (pairs > 0.0).then(|| won / pairs);
            let found = outcomes(&rows).auc().map(|auc| auc.value);
            prop_assert_eq!(found.is_some(), expected.is_some());
            prop_assert!((found.unwrap_or(0.0) - expected.unwrap_or(0.0)).abs() < 1e-12);
        }

        #[test]
        fn auc_depends_on_the_order_of_probabilities_alone(rows in rows()) {
            let mapped: Vec<_> = rows.iter().map(|row| (row.0.powi(3) / 2.0, row.1, row.2)).collect();
            prop_assert_eq!(outcomes(&rows).auc(), outcomes(&mapped).auc());
            let negated: Vec<_> = rows.iter().map(|row| (row.0, !row.1, row.2)).collect();
            if let (Some(auc), Some(other)) = (outcomes(&rows).auc(), outcomes(&negated).auc()) {
                prop_assert!((auc.value - (1.0 - other.value)).abs() < 1e-12);
                let errors = (auc.standard_error.unwrap_or(0.0), other.standard_error.unwrap_or(0.0));
                prop_assert!((errors.0 - errors.1).abs() < 1e-12);
            }
        }

        #[test]
        fn order_does_not_matter_and_a_weight_of_two_is_two_rows(rows in rows()) {
            let mut backwards = rows.clone();
            backwards.reverse();
            prop_assert_eq!(figures(&outcomes(&rows)), figures(&outcomes(&backwards)));
            let single = |row: &(f64, bool, u8)| std::iter::repeat_n((row.0, row.1, 1), usize::from(row.2));
            let repeated: Vec<_> = rows.iter().flat_map(single).collect();
            for (found, expected) in figures(&outcomes(&repeated)).iter().zip(figures(&outcomes(&rows))) {
                prop_assert!((found - expected).abs() < 1e-12);
            }
        }

        #[test]
        fn bands_add_up(rows in rows(), count in 1..15_usize) {
            let of = outcomes(&rows);
            let bands = of.calibration(Bands::EqualWeight, count).bands;
            prop_assert_eq!(bands.len(), count);
            let weight = of.customers() / count as f64;
            prop_assert!(bands.iter().all(|band| (band.weight - weight).abs() < 1e-9));
            let churned: f64 = bands.iter().map(|band| band.churned).sum();
            prop_assert!((churned - of.share() * of.customers()).abs() < 1e-9);
            let predicted: f64 = bands.iter().map(|band| band.weight * band.predicted).sum();
            prop_assert!((predicted / of.customers() - of.predicted_share()).abs() < 1e-9);
            prop_assert!(bands.windows(2).all(|pair| pair[0].range.1 <= pair[1].range.0));
        }

        #[test]
        fn no_threshold_is_cheaper(rows in rows(), missed in 0.0..5.0_f64, needless in 0.0..5.0_f64) {
            let (of, costs) = (outcomes(&rows), Costs { missed, needless });
            let least = of.cheapest_threshold(costs);
            prop_assert!((of.confusion(least.probability).cost(costs) - least.cost).abs() < 1e-9);
            for p in (0..=21).map(|p| f64::from(p) / 20.0) {
                prop_assert!(of.confusion(p).cost(costs) >= least.cost - 1e-9);
            }
        }
    }
}
