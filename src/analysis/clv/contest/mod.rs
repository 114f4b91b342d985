//! Compares forecasts: each is made from what was known on a day in the past, the origin, and judged by the window of
//! days after it.
//!
//! The models are compared with each other and with the rules that managers use. The deciding measure is the root mean
//! squared error over all customers and origins: the forecast with the least error is then the mean, and values are
//! made from means. A mean absolute error favours the median, which is no purchase at all for most customers. Among
//! forecasts that it cannot distinguish, calibration decides: see [`Verdict`].

mod verdict;

pub use verdict::{Verdict, verdict};

use super::cell::{CellError, Cells, History};
use super::fit::Ending;
use super::population::Population;
use super::purchases::{Chain, PurchaseModel};
use super::uncertainty::trial::Case;
use super::uncertainty::{Asked, Certainty, LEVEL, Totals, customer_intervals};
use super::value::{Discounting, Scores, Timing};
use crate::analysis::parallel;
use crate::analysis::special::Sum;

/// Customers with the same history at an origin, and the same purchases in the window after it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// What was known at the origin.
    pub history: History,
    /// Purchases in the window of the same length that ends with the origin, the customer's first purchase included.
    pub before: u32,
    /// Purchases in the window after the origin.
    pub after: u32,
    /// How many customers.
    pub customers: u32,
}

/// The fewest known customers at an origin that is used.
pub const LEAST_CUSTOMERS: u32 = 100;
/// The fewest repeat purchases made by then. With this number, chance alone makes the result differ from the best
/// forecast by a quarter.
pub const LEAST_REPEATS: u32 = 50;

/// What was known at one origin, and what happened after.
#[derive(Debug, Clone, PartialEq)]
pub struct Origin {
    /// Days of the window after it.
    pub window_days: u32,
    /// The customers.
    pub outcomes: Vec<Outcome>,
    /// Σ ln g over all gaps g between purchases up to the origin, in days.
    pub sum_ln_gaps: f64,
}

/// A rule that managers use to predict purchases without a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// As many as in the window before.
    SameAsBefore,
    /// The customer's own rate of repeat purchases, x/T, over the window.
    OwnRate,
    /// The same for customers who bought within a window's length before the origin; none for all others.
    RecentOnly,
}

/// A participant in the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Contender {
    /// A model, with the model that replaces it if it cannot predict.
    Model(PurchaseModel),
    /// A rule.
    Rule(Rule),
}

impl Rule {
    /// The purchases that it predicts for the next `horizon_days` of a customer with this history, who bought on
    /// `before` of the last `window_days` days. They are proportional to the horizon.
    pub fn forecast(self, history: &History, before: u32, window_days: u32, horizon_days: f64) -> f64 {
        let own_rate = || match history.t_days {
            0 => 0.0,
            days => f64::from(history.x) / f64::from(days) * horizon_days,
        };
        match self {
            Self::SameAsBefore if window_days == 0 => 0.0,
            Self::SameAsBefore => f64::from(before) * (horizon_days / f64::from(window_days)),
            Self::RecentOnly if before == 0 => 0.0,
            Self::OwnRate | Self::RecentOnly => own_rate(),
        }
    }
}

impl Contender {
    /// The contender of this name.
    pub fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|contender| contender.key() == key)
    }

    /// All of them: the models from the simplest on, then the rules.
    pub const ALL: [Self; 9] = [
        Self::Model(PurchaseModel::Nbd),
        Self::Model(PurchaseModel::BgNbd),
        Self::Model(PurchaseModel::MbgNbd),
        Self::Model(PurchaseModel::ParetoNbd),
        Self::Model(PurchaseModel::BgCnbd),
        Self::Model(PurchaseModel::MbgCnbd),
        Self::Rule(Rule::SameAsBefore),
        Self::Rule(Rule::OwnRate),
        Self::Rule(Rule::RecentOnly),
    ];

    /// Its stable name, for tables.
    pub fn key(self) -> &'static str {
        match self {
            Self::Model(kind) => kind.key(),
            Self::Rule(Rule::SameAsBefore) => "same_as_before",
            Self::Rule(Rule::OwnRate) => "own_rate",
            Self::Rule(Rule::RecentOnly) => "recent_only",
        }
    }
}

/// The errors of forecasts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Errors {
    /// Customers who were judged.
    pub customers: f64,
    /// Actual purchases.
    pub purchases: f64,
    /// Predicted purchases.
    pub foretold: f64,
    /// Mean absolute error, in purchases per customer.
    pub mae: f64,
    /// Root mean squared error, in the same unit.
    pub rmse: f64,
    /// Poisson deviance per customer, 2 (y ln(y/ŷ) − (y − ŷ)); `None` if a purchase was predicted to be impossible.
    pub deviance: Option<f64>,
    /// How well customers are ranked: the area between the curve of purchases by customers, the highest forecasts
    /// first, and the diagonal, divided by that of the perfect ranking. 1 is perfect, 0 is chance.
    pub gini: Option<f64>,
    /// The share of the true best tenth of customers in the predicted best tenth; ties at an edge count in part.
    pub top_tenth: f64,
}

impl Errors {
    /// Predicted minus actual purchases, as a share of the actual; `None` if there were none.
    pub fn bias(&self) -> Option<f64> {
        (self.purchases > 0.0).then(|| self.foretold / self.purchases - 1.0)
    }
}

/// One contender at one origin.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// The participant.
    pub contender: Contender,
    /// The position of the origin.
    pub origin: usize,
    /// How the model's fit ended, and the model that replaced it; rules have no fit.
    pub fitted: Option<(Ending, Option<PurchaseModel>)>,
    /// For each outcome of the origin, the predicted purchases; empty if no model could predict.
    pub forecasts: Vec<f64>,
    /// The errors; none if no model could predict.
    pub errors: Option<Errors>,
    /// How certain a model was, and whether this was right; rules state no certainty.
    pub certainty: Option<Certainty>,
}

/// All contenders at all origins.
///
/// # Errors
/// The first customer with an impossible history.
pub fn contest(origins: &[Origin], unit_days: f64) -> Result<Vec<Trial>, CellError> {
    let cells = origins.iter().map(|origin| origin.cells(unit_days)).collect::<Result<Vec<_>, _>>()?;
    let origins = origins.iter().zip(&cells).enumerate();
    let trials: Vec<_> =
        origins.flat_map(|origin| Contender::ALL.map(|contender| (origin, contender))).collect();
    Ok(parallel::map(&trials, |((number, (origin, cells)), contender)| {
        origin.trial(*number, cells, unit_days, *contender)
    }))
}

impl Origin {
    /// The customers known at the origin, and their repeat purchases so far.
    pub fn known(&self) -> (u64, u64) {
        let count = |of: fn(&Outcome) -> u32| {
            self.outcomes.iter().map(|outcome| u64::from(of(outcome)) * u64::from(outcome.customers)).sum()
        };
        (count(|_| 1), count(|outcome| outcome.history.x))
    }

    /// Whether they are enough to judge forecasts: [`LEAST_CUSTOMERS`] and [`LEAST_REPEATS`].
    pub fn is_enough(&self) -> bool {
        let (customers, repeats) = self.known();
        customers >= u64::from(LEAST_CUSTOMERS) && repeats >= u64::from(LEAST_REPEATS)
    }

    /// A contender at this origin; `number` is the origin's position.
    fn trial(&self, number: usize, cells: &Cells, unit_days: f64, contender: Contender) -> Trial {
        let (fitted, forecasts, certainty) = match contender {
            Contender::Model(kind) => {
                let chain = Chain::fit(kind, cells, self.sum_ln_gaps - self.repeats() * libm::log(unit_days));
                let ending = chain.tried.first().map(|(_, fit)| fit.ending);
                let instead = chain.model().map(|(kind, _)| kind).filter(|found| *found != kind);
                let population = chain.fitted().and_then(|fit| Population::fitted(fit, cells));
                let scores = population.as_ref().and_then(|population| self.scores(population));
                let forecasts = scores.as_ref().map(|scores| self.forecasts(cells, scores));
                let certainty = population
                    .zip(scores.as_ref())
                    .and_then(|(population, scores)| self.certainty(&population, cells, scores));
                (ending.map(|ending| (ending, instead)), forecasts, certainty)
            }
            Contender::Rule(rule) => (None, Some(self.by_rule(rule)), None),
        };
        let errors = forecasts.as_ref().and_then(|forecasts| self.errors(forecasts));
        let forecasts = forecasts.filter(|_| errors.is_some()).unwrap_or_default();
        Trial { contender, origin: number, fitted, forecasts, errors, certainty }
    }

    /// The distinct histories.
    fn cells(&self, unit_days: f64) -> Result<Cells, CellError> {
        let mut customers = Vec::new();
        for outcome in &self.outcomes {
            customers.extend(std::iter::repeat_n(outcome.history, outcome.customers as usize));
        }
        Cells::collapse(&customers, unit_days)
    }

    fn repeats(&self) -> f64 {
        self.outcomes.iter().map(|outcome| f64::from(outcome.history.x) * f64::from(outcome.customers)).sum()
    }

    /// What a model expects of each cell in the window.
    fn scores(&self, population: &Population<'_>) -> Option<Scores> {
        let window = f64::from(self.window_days);
        // No value is needed here.
        let terms = Discounting::new(window, 0.0, Timing::End).ok()?;
        Scores::compute(population, &[window], terms).ok()
    }

    /// For each outcome, the place of its cell.
    fn places(&self, cells: &Cells) -> Vec<Option<u32>> {
        let mut first = 0;
        let place = |outcome: &Outcome| {
            let place = cells.cell_of().get(first).copied();
            first += outcome.customers as usize;
            place.filter(|_| outcome.customers > 0)
        };
        self.outcomes.iter().map(place).collect()
    }

    /// For each outcome, the purchases that a model expects.
    fn forecasts(&self, cells: &Cells, scores: &Scores) -> Vec<f64> {
        let forecast = |place: Option<u32>| scores.of_cell(place?)?.expected_purchases.first().copied();
        self.places(cells).into_iter().map(|place| forecast(place).unwrap_or(f64::NAN)).collect()
    }

    /// How certain a model was about the window, and what happened.
    fn certainty(&self, population: &Population<'_>, cells: &Cells, scores: &Scores) -> Option<Certainty> {
        let window = f64::from(self.window_days);
        let asked = Asked { horizons_days: &[window], discounting: None };
        let totals = Totals::of(population, scores, asked, None).ok()?;
        let intervals = customer_intervals(population, window, LEVEL);
        let case = |(outcome, place): (&Outcome, Option<u32>)| {
            let interval = *intervals.get(place? as usize)?;
            Some(Case { customers: f64::from(outcome.customers), interval, came: outcome.after })
        };
        let cases: Vec<Case> = self.outcomes.iter().zip(self.places(cells)).filter_map(case).collect();
        Certainty::of(totals.horizons.first()?.purchases, LEVEL, &cases)
    }

    fn by_rule(&self, rule: Rule) -> Vec<f64> {
        let window = self.window_days;
        let forecast =
            |outcome: &Outcome| rule.forecast(&outcome.history, outcome.before, window, f64::from(window));
        self.outcomes.iter().map(forecast).collect()
    }

    /// The errors of the forecasts of each outcome; `None` if one is not a number, or there are no customers.
    fn errors(&self, forecasts: &[f64]) -> Option<Errors> {
        let each = || self.outcomes.iter().zip(forecasts).filter(|(outcome, _)| outcome.customers > 0);
        if each().any(|(_, forecast)| !forecast.is_finite()) {
            return None;
        }
        let sum = |of: &dyn Fn(f64, f64) -> f64| {
            let mut sum = Sum::default();
            for (outcome, forecast) in each() {
                sum.add(f64::from(outcome.customers) * of(f64::from(outcome.after), *forecast));
            }
            sum.value()
        };
        let customers = sum(&|_, _| 1.0);
        let impossible = each().any(|(outcome, forecast)| outcome.after > 0 && *forecast <= 0.0);
        let deviance = sum(&|came, forecast| {
            2.0 * (if came > 0.0 { came * libm::log(came / forecast) } else { 0.0 } - came + forecast)
        });
        let (came, forecast) = (self.ranked(&self.came()), self.ranked(forecasts));
        let tenth = customers / 10.0;
        (customers > 0.0).then(|| Errors {
            customers,
            purchases: sum(&|came, _| came),
            foretold: sum(&|_, forecast| forecast),
            mae: sum(&|came, forecast| (came - forecast).abs()) / customers,
            rmse: (sum(&|came, forecast| (came - forecast) * (came - forecast)) / customers).sqrt(),
            deviance: (!impossible).then_some(deviance / customers),
            gini: self.gini(&came, &forecast),
            top_tenth: self.top_tenth(&came, &forecast, tenth),
        })
    }

    fn came(&self) -> Vec<f64> {
        self.outcomes.iter().map(|outcome| f64::from(outcome.after)).collect()
    }

    /// The outcomes in descending order of values; equal values are together.
    fn ranked(&self, by: &[f64]) -> Vec<Vec<usize>> {
        let mut order: Vec<usize> = (0..self.outcomes.len().min(by.len())).collect();
        order.sort_by(|left, right| by[*right].total_cmp(&by[*left]));
        order
            .chunk_by(|left, right| by[*left].total_cmp(&by[*right]).is_eq())
            .map(<[usize]>::to_vec)
            .collect()
    }

    fn gini(&self, came: &[Vec<usize>], forecast: &[Vec<usize>]) -> Option<f64> {
        let perfect = self.lifted(came);
        (perfect > 0.0).then(|| self.lifted(forecast) / perfect)
    }

    /// The area between the diagonal and the curve of purchases by customers in this order. Ties enter together: their
    /// order does not matter.
    fn lifted(&self, ranked: &[Vec<usize>]) -> f64 {
        let (mut customers, mut purchases, mut area) = (0.0, 0.0, Sum::default());
        for tied in ranked {
            let (mut more, mut bought) = (0.0, 0.0);
            for outcome in tied.iter().filter_map(|row| self.outcomes.get(*row)) {
                more += f64::from(outcome.customers);
                bought += f64::from(outcome.customers) * f64::from(outcome.after);
            }
            area.add(more * (purchases + 0.5 * bought));
            customers += more;
            purchases += bought;
        }
        if purchases > 0.0 { area.value() / (customers * purchases) - 0.5 } else { 0.0 }
    }

    /// The share of the true `tenth` best customers that is in the predicted `tenth` best.
    fn top_tenth(&self, came: &[Vec<usize>], forecast: &[Vec<usize>], tenth: f64) -> f64 {
        let (best, foretold) = (self.among_best(came, tenth), self.among_best(forecast, tenth));
        let mut both = Sum::default();
        for ((outcome, best), foretold) in self.outcomes.iter().zip(best).zip(foretold) {
            both.add(f64::from(outcome.customers) * best * foretold);
        }
        both.value() / tenth
    }

    /// For each outcome, the share of its customers in the first `tenth` of this order.
    fn among_best(&self, ranked: &[Vec<usize>], tenth: f64) -> Vec<f64> {
        let mut shares = vec![0.0; self.outcomes.len()];
        let mut room = tenth;
        for tied in ranked {
            let customers = |row: &usize| self.outcomes.get(*row).map_or(0.0, |of| f64::from(of.customers));
            let all: f64 = tied.iter().map(customers).sum();
            let share = if all > 0.0 { (room / all).min(1.0) } else { 0.0 };
            for row in tied {
                if let Some(place) = shares.get_mut(*row) {
                    *place = share;
                }
            }
            room = (room - all).max(0.0);
        }
        shares
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use proptest::prelude::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, Gamma};

    use super::*;

    fn outcome(x: u32, span: u32, tenure: u32, before: u32, after: u32, customers: u32) -> Outcome {
        Outcome { history: History { x, t_x_days: span, t_days: tenure }, before, after, customers }
    }

    /// Ten customers: one buys 4 times afterwards, two once, seven never.
    fn ten() -> Origin {
        Origin {
            window_days: 100,
            outcomes: vec![
                outcome(6, 180, 200, 3, 4, 1),
                outcome(2, 50, 200, 0, 1, 1),
                outcome(1, 10, 100, 2, 1, 1),
                outcome(0, 0, 50, 1, 0, 2),
                outcome(0, 0, 200, 0, 0, 5),
            ],
            sum_ln_gaps: 0.0,
        }
    }

    #[test]
    fn rules_foretell_what_managers_would() {
        assert_eq!(ten().by_rule(Rule::SameAsBefore), [3.0, 0.0, 2.0, 1.0, 0.0]);
        assert_eq!(ten().by_rule(Rule::OwnRate), [3.0, 1.0, 1.0, 0.0, 0.0]);
        assert_eq!(ten().by_rule(Rule::RecentOnly), [3.0, 0.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn errors_by_hand() {
        let errors = ten().errors(&ten().by_rule(Rule::OwnRate)).unwrap();
        assert_eq!((errors.customers, errors.purchases, errors.foretold), (10.0, 6.0, 5.0));
        assert_eq!((errors.mae, errors.rmse), (0.1, (0.1_f64).sqrt()));
        assert_eq!(errors.bias(), Some(5.0 / 6.0 - 1.0));
        // One customer is wrong: 2 (4 ln(4/3) − 1), over ten.
        assert!((errors.deviance.unwrap() - 0.2 * (4.0 * (4.0_f64 / 3.0).ln() - 1.0)).abs() < 1e-15);
        // The order is perfect, and the best tenth is the one best customer.
        assert!((errors.gini.unwrap() - 1.0).abs() < 1e-15);
        assert_eq!(errors.top_tenth, 1.0);

        let errors = ten().errors(&ten().by_rule(Rule::SameAsBefore)).unwrap();
        assert_eq!(errors.mae, 0.5);
        assert_eq!(errors.rmse, 0.5_f64.sqrt());
        assert_eq!(errors.deviance, None, "a customer bought whom the rule had given up");
        // Customers in the order 4, 1, then two with 0, then six with one purchase among them: areas 2, 4.5, 2 × 5 and
        // 6 × 5.5 over 60, minus a half; a perfect order has 2, 4.5, 5.5 and 7 × 6 instead.
        let area = (2.0 + 4.5 + 10.0 + 33.0) / 60.0 - 0.5;
        let perfect = (2.0 + (4.0 + 4.0 + 2.0) + 42.0) / 60.0 - 0.5;
        assert!((errors.gini.unwrap() - area / perfect).abs() < 1e-14, "{:?}", errors.gini);
    }

    /// Customers without dropout, each with their own rate, in 200 days and the 90 after them.
    fn shoppers(count: u32) -> Origin {
        let mut random = ChaCha8Rng::seed_from_u64(21);
        let rates = Gamma::new(1.5, 1.0 / 60.0).unwrap();
        let customers = (0..count).map(|_| {
            let rate = f64::max(rates.sample(&mut random), 1e-9);
            let (mut now, mut found) = (0.0, outcome(0, 0, 200, 0, 0, 1));
            loop {
                now += -f64::ln(1.0 - random.random::<f64>()) / rate;
                match now.ceil() as u32 {
                    day if day <= found.history.t_x_days => {}
                    day @ ..=200 => {
                        (found.history.x, found.history.t_x_days) = (found.history.x + 1, day);
                        found.before += u32::from(day > 110);
                    }
                    201..=290 => found.after += 1,
                    _ => break found,
                }
            }
        });
        Origin { window_days: 90, outcomes: customers.collect(), sum_ln_gaps: 0.0 }
    }

    #[test]
    fn models_say_how_sure_they_are_and_rules_do_not() {
        let trials = contest(&[shoppers(1500)], 7.0).unwrap();
        for trial in &trials {
            let Contender::Model(_) = trial.contender else {
                assert_eq!(trial.certainty, None);
                continue;
            };
            let (Some(errors), Some(certainty)) = (trial.errors, &trial.certainty) else {
                assert_eq!((trial.errors.is_some(), trial.certainty.is_some()), (false, false));
                continue;
            };
            assert!((certainty.total.mean / errors.foretold - 1.0).abs() < 1e-12);
            assert_eq!(certainty.held, certainty.interval.holds(errors.purchases));
            assert!(certainty.customers_promised > LEVEL);
            let count: f64 = certainty.tenths.iter().map(|tenth| tenth.customers).sum();
            assert_eq!(count, 1500.0);
        }
        let nbd = trials.first().and_then(|trial| trial.certainty.clone()).unwrap();
        // The model is right.
        assert!((nbd.customers_within - nbd.customers_promised).abs() < 0.03 && nbd.gap < 0.05, "{nbd:?}");
    }

    #[test]
    fn who_ties_at_the_edge_of_the_best_tenth_counts_in_part() {
        // Twenty customers, two places: one is certain, ten share the other; three of the ten also share a true place.
        let origin = Origin {
            window_days: 10,
            outcomes: vec![
                outcome(0, 0, 10, 5, 9, 1),
                outcome(0, 0, 10, 2, 3, 3),
                outcome(0, 0, 10, 2, 0, 7),
                outcome(0, 0, 10, 0, 0, 9),
            ],
            sum_ln_gaps: 0.0,
        };
        let errors = origin.errors(&origin.by_rule(Rule::SameAsBefore)).unwrap();
        assert!((errors.top_tenth - 0.5 * (1.0 + 3.0 * (1.0 / 3.0) * 0.1)).abs() < 1e-15);
    }

    #[test]
    fn an_origin_needs_customers_and_repeat_purchases() {
        let of = |outcomes: Vec<Outcome>| Origin { window_days: 10, outcomes, sum_ln_gaps: 0.0 };
        let enough = of(vec![outcome(1, 5, 10, 0, 0, 50), outcome(0, 0, 10, 0, 0, 50)]);
        assert_eq!((enough.known(), enough.is_enough()), ((100, 50), true));
        let few_customers = of(vec![outcome(1, 5, 10, 0, 0, 50), outcome(0, 0, 10, 0, 0, 49)]);
        let few_repeats = of(vec![outcome(1, 5, 10, 0, 0, 49), outcome(0, 0, 10, 0, 0, 51)]);
        assert!(!few_customers.is_enough() && !few_repeats.is_enough());
        assert!(!of(Vec::new()).is_enough());
    }

    proptest! {
        #[test]
        fn neither_order_nor_grouping_of_customers_matters(
            rows in prop::collection::vec((0..6_u32, 0..4_u32, 0..4_u32, 1..5_u32), 1..20),
            split in 0..20_usize,
        ) {
            let made = |rows: &[(u32, u32, u32, u32)]| Origin {
                window_days: 30,
                outcomes: rows.iter().map(|(x, b, a, n)| outcome(*x, 10 * x, 70, *b, *a, *n)).collect(),
                sum_ln_gaps: 0.0,
            };
            let mut other = rows.clone();
            other.reverse();
            // One customer of a kind stands apart.
            let at = split % other.len();
            if other[at].3 > 1 {
                other[at].3 -= 1;
                other.push((other[at].0, other[at].1, other[at].2, 1));
            }
            for rule in [Rule::SameAsBefore, Rule::OwnRate, Rule::RecentOnly] {
                let [one, other] = [made(&rows), made(&other)].map(|o| o.errors(&o.by_rule(rule)).unwrap());
                for (one, other) in [
                    (one.mae, other.mae),
                    (one.rmse, other.rmse),
                    (one.top_tenth, other.top_tenth),
                    (one.gini.unwrap_or(0.0), other.gini.unwrap_or(0.0)),
                ] {
                    prop_assert!((one - other).abs() < 1e-12);
                }
                prop_assert!((0.0..=1.0 + 1e-12).contains(&one.top_tenth));
                prop_assert!(one.gini.is_none_or(|gini| gini.abs() <= 1.0 + 1e-12));
            }
        }
    }
}
