//! How certain the sums over all customers are: purchases, customers who buy, revenue and lifetime value.
//!
//! Parameters: by the [delta method](super::delta).
//!
//! Chance. Given the parameters, customers are independent, and the variance of a total is the sum of theirs. It is
//! that of the predictive distribution of purchases X ([`Repurchase::predictive`]), and P(1−P) for whether there is
//! one. For revenue Y, the customer's own mean spend M has Gamma-Gamma's posterior, and each purchase has variance M²/p
//! about it:
//!
//! Var Y = E\[X\] E\[M²\]/p + E\[X²\] E\[M²\] − (E\[X\] E\[M\])².
//!
//! Lifetime value counts a purchase by its period, D = Σₖ dₖ (Y(tₖ) − Y(tₖ₋₁)) = Σₖ (dₖ − dₖ₊₁) Y(tₖ). The deviation of
//! a sum is at most the sum of deviations: Σₖ (dₖ − dₖ₊₁) sd Y(tₖ) is an upper bound. It is a close one, as d falls
//! slowly and the Y(tₖ) contain each other.
//!
//! Means are over all cells, and so is the chance in the number of buyers. All other deviations are over
//! [nodes](super::nodes) among them if there are many, with an error of a percent or less.

use super::super::cell::Cell;
use super::super::population::{Alike, Population};
use super::super::predictive::{MOST_PURCHASES, mean_and_variance};
use super::super::purchases::Purchases;
use super::super::value::{Discounting, Scores};
use super::super::{Repurchase, mix};
use super::delta;
use super::interval::Spread;
use super::no_spread::NoSpread;
use super::nodes::{self, Node, Nodes, sums_over};
use super::spend::{Moments, Spend, moments_of};
use crate::analysis::parallel;
use crate::analysis::special::Sum;

/// Periods of discounting are combined into this many groups for deviations.
const GROUPS: usize = 6;

/// The request: the same horizons and terms as those of the scores given with it.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Horizons, in days.
    pub horizons_days: &'a [f64],
    /// The terms of lifetime value; `None` if it is not requested.
    pub discounting: Option<Discounting>,
}

/// The totals of one horizon.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HorizonTotals {
    /// The horizon, in days.
    pub days: f64,
    /// Purchases.
    pub purchases: Spread,
    /// Customers who buy at least once.
    pub active: Spread,
    /// Revenue: purchases times spend.
    pub revenue: Result<Spread, NoSpread>,
}

/// The totals over all customers.
#[derive(Debug, Clone, PartialEq)]
pub struct Totals {
    /// One per horizon, in the requested order.
    pub horizons: Vec<HorizonTotals>,
    /// Lifetime value at a margin of 1 (see [`Spread::times`]); its deviation by chance is an upper bound.
    pub value: Result<Spread, NoSpread>,
}

impl Totals {
    /// The totals of a population, with what its models [scored](Scores::compute) for the same horizons and terms.
    ///
    /// # Errors
    /// [`NoSpread`] if there is no deviation of purchases; for revenue and value the reason is in their place.
    pub fn of(
        population: &Population<'_>,
        scores: &Scores,
        asked: Asked<'_>,
        spend: Option<&Spend>,
    ) -> Result<Self, NoSpread> {
        Self::over(population, scores, asked, spend, nodes::MOST)
    }

    /// The same with at most this many nodes.
    pub(super) fn over(
        population: &Population<'_>,
        scores: &Scores,
        asked: Asked<'_>,
        spend: Option<&Spend>,
        most: usize,
    ) -> Result<Self, NoSpread> {
        let covariance = population.covariance().ok_or(NoSpread::NoModel)?;
        let cells = population.cells();
        let mut ends = Ends::of(asked);
        for days in &mut ends.days {
            *days = population.mean_days(*days);
        }
        let buyers = buyers(population, scores, asked.horizons_days);
        let sums = Exact::of(cells, scores, asked.horizons_days.len(), spend);
        let (sizes, forecasts) = sums.sizes(cells, scores, spend);
        let nodes = Nodes::of(population, &sizes, &forecasts, most);
        let moments = moments_of(spend, &nodes.nodes);
        let ask = Sweep {
            nodes: &nodes.nodes,
            moments: moments.as_deref().ok(),
            ends: &ends,
            shape: spend.map(Spend::shape),
        };
        let models = nodes.models(population);
        let here = ask.figures(&models)?;
        let chance = ask.chance(&models);
        let sloped = delta::deviations(covariance, &here, |by| {
            ask.figures(&nodes.shifted(population, by).ok_or(NoSpread::OutOfRange)?)
        })?;
        let by_spend = sums.deviations_by_spend(cells, scores, spend);
        let count = asked.horizons_days.len();
        let spread = |figure: usize, mean: f64, variance: f64| Spread {
            mean,
            by_parameters: mean * sloped.get(figure).copied().unwrap_or(0.0),
            by_chance: variance.max(0.0).sqrt(),
            most: f64::INFINITY,
        };
        // If the moments of spend are missing, so is revenue.
        let money = |figure: usize, horizon: usize, variance: f64| {
            moments.as_ref().map_err(|why| *why)?;
            let (means, by_spend) =
                (sums.revenue.as_ref().map_err(|why| *why)?, by_spend.as_ref().map_err(|why| *why)?);
            let one = spread(figure, means.get(horizon).copied().unwrap_or(f64::NAN), variance);
            let more = by_spend.get(horizon).copied().unwrap_or(f64::NAN);
            Ok(Spread { by_parameters: libm::hypot(one.by_parameters, more), ..one })
        };
        let horizons = asked.horizons_days.iter().enumerate().map(|(at, days)| {
            let end = ends.of_horizons.get(at).copied().unwrap_or_default();
            let purchases = sums.purchases.get(at).copied().unwrap_or(f64::NAN);
            let (active, by_chance) = buyers.get(at).copied().unwrap_or((f64::NAN, f64::NAN));
            HorizonTotals {
                days: *days,
                purchases: spread(at, purchases, chance.purchases[end]),
                active: Spread { most: sums.customers, ..spread(count + at, active, by_chance) },
                revenue: money(2 * count + at, at, chance.revenue[end]),
            }
        });
        let deviation = ends
            .groups
            .iter()
            .map(|group| group.fall * chance.revenue[group.end].max(0.0).sqrt())
            .sum::<f64>();
        Ok(Self { horizons: horizons.collect(), value: money(3 * count, count, deviation * deviation) })
    }
}

/// Sums over all cells.
pub(super) struct Exact {
    customers: f64,
    /// For each horizon, and finally discounted.
    pub(super) purchases: Vec<f64>,
    /// The same.
    pub(super) revenue: Result<Vec<f64>, NoSpread>,
}

impl Exact {
    pub(super) fn of(cells: &[Cell], scores: &Scores, horizons: usize, spend: Option<&Spend>) -> Self {
        let mut customers = Sum::default();
        for cell in cells {
            customers.add(cell.weight);
        }
        let ones = vec![1.0; cells.len()];
        let means = spend.map_or(Err(NoSpread::NoSpendModel), |spend| spend.means(cells, &[0.0; 3]));
        Self {
            customers: customers.value(),
            purchases: totals(cells, scores, horizons, &ones),
            revenue: means.map(|means| totals(cells, scores, horizons, &means)),
        }
    }

    /// What each cell contributes: the sum of its shares of customers, of purchases, and of purchases times squared
    /// spend, which the variance of revenue consists of. Also returns the purchases per customer.
    pub(super) fn sizes(
        &self,
        cells: &[Cell],
        scores: &Scores,
        spend: Option<&Spend>,
    ) -> (Vec<f64>, Vec<f64>) {
        let forecast = |place: u32| {
            scores.of_cell(place).map_or(0.0, |forecast| {
                forecast.expected_purchases.iter().copied().fold(forecast.discounted_purchases, f64::max)
            })
        };
        let forecasts: Vec<f64> = (0..cells.len() as u32).map(forecast).collect();
        let square = |(place, cell)| {
            spend.and_then(|spend| spend.moments(place, cell).ok()).map_or(0.0, |of| of.square)
        };
        let squares: Vec<f64> = cells.iter().enumerate().map(square).collect();
        let (mut purchases, mut money) = (Sum::default(), Sum::default());
        for ((cell, due), square) in cells.iter().zip(&forecasts).zip(&squares) {
            purchases.add(cell.weight * due);
            money.add(cell.weight * due * square);
        }
        let (purchases, money) = (purchases.value(), money.value());
        let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
        let size = |((cell, due), square): ((&Cell, &f64), &f64)| {
            let due = cell.weight * due;
            share(cell.weight, self.customers) + share(due, purchases) + share(due * square, money)
        };
        (cells.iter().zip(&forecasts).zip(&squares).map(size).collect(), forecasts)
    }

    /// The standard deviation of revenue and value due to the uncertainty of the spend parameters.
    fn deviations_by_spend(
        &self,
        cells: &[Cell],
        scores: &Scores,
        spend: Option<&Spend>,
    ) -> Result<Vec<f64>, NoSpread> {
        let spend = spend.ok_or(NoSpread::NoSpendModel)?;
        let horizons = self.purchases.len() - 1;
        delta::deviations(spend.covariance(), &vec![1.0; horizons + 1], |by| {
            Ok(totals(cells, scores, horizons, &spend.means(cells, by)?))
        })
    }
}

/// Σ weight · purchases · `each` for each horizon, and finally discounted.
pub(super) fn totals(cells: &[Cell], scores: &Scores, horizons: usize, each: &[f64]) -> Vec<f64> {
    let mut sums = vec![Sum::default(); horizons + 1];
    for ((cell, place), each) in cells.iter().zip(0_u32..).zip(each) {
        let Some(forecast) = scores.of_cell(place) else { continue };
        let due = forecast.expected_purchases.iter().take(horizons).chain([&forecast.discounted_purchases]);
        for (sum, due) in sums.iter_mut().zip(due) {
            sum.add(cell.weight * due * each);
        }
    }
    sums.into_iter().map(Sum::value).collect()
}

/// For each horizon, the expected number of customers who buy, and the variance of it, over all cells.
///
/// If purchases come at random, customers with one x and T differ only in P(alive), which the scores contain.
fn buyers(population: &Population<'_>, scores: &Scores, horizons_days: &[f64]) -> Vec<(f64, f64)> {
    let p_alive = |place: usize| {
        let forecast = u32::try_from(place).ok().and_then(|place| scores.of_cell(place));
        forecast.and_then(|forecast| forecast.p_alive).unwrap_or(0.0)
    };
    let horizons: Vec<f64> = horizons_days.iter().map(|days| population.mean_days(*days)).collect();
    let alike = population.alike();
    let parts: Vec<&[Alike<'_>]> = alike.chunks(nodes::PART).collect();
    let parts = parallel::map(&parts, |part| {
        let mut sums = vec![(Sum::default(), Sum::default()); horizons_days.len()];
        for Alike { model, first, cells, .. } in *part {
            let shared = model.stages() == 1;
            let any = |cell: &Cell, days: f64| {
                1.0 - model.probability_of_next(0, cell.x, cell.t_x, cell.t, days / model.unit_days())
            };
            let placed = || (*first..).zip(*cells);
            let likeliest =
                placed().max_by(|(left, _), (right, _)| p_alive(*left).total_cmp(&p_alive(*right)));
            let Some((base, of_base)) = likeliest else { continue };
            for (days, (mean, variance)) in horizons.iter().zip(&mut sums) {
                let while_alive = if shared { any(of_base, *days) / p_alive(base) } else { f64::NAN };
                for (place, cell) in placed() {
                    let alive = p_alive(place);
                    let buys = match (shared, alive > 0.0) {
                        (true, true) => alive * while_alive,
                        (true, false) => 0.0,
                        (false, _) => any(cell, *days),
                    };
                    mean.add(cell.weight * buys);
                    variance.add(cell.weight * buys * (1.0 - buys));
                }
            }
        }
        sums
    });
    let mut sums = vec![(Sum::default(), Sum::default()); horizons_days.len()];
    for part in parts {
        for (sum, part) in sums.iter_mut().zip(part) {
            sum.0.add(part.0.value());
            sum.1.add(part.1.value());
        }
    }
    sums.into_iter().map(|(mean, variance)| (mean.value(), variance.value())).collect()
}

/// The days of the requested forecasts; in `days` they become mean days once all are known.
struct Ends {
    days: Vec<f64>,
    of_horizons: Vec<usize>,
    groups: Vec<Group>,
}

/// Neighbouring periods of discounting.
struct Group {
    /// The position of its end among the days.
    end: usize,
    /// The mean weight of its money.
    factor: f64,
    /// The decrease of the weight from its first period to the first of the next group.
    fall: f64,
}

impl Ends {
    fn of(asked: Asked<'_>) -> Self {
        let mut days: Vec<f64> = Vec::new();
        let mut place = |end: f64| {
            days.iter().position(|known| known.total_cmp(&end).is_eq()).unwrap_or_else(|| {
                days.push(end);
                days.len() - 1
            })
        };
        let of_horizons = asked.horizons_days.iter().map(|end| place(*end)).collect();
        let periods = asked.discounting.map_or_else(Vec::new, |terms| terms.periods());
        let mut groups: Vec<Group> = Vec::new();
        for periods in periods.chunks(periods.len().div_ceil(GROUPS).max(1)) {
            let (Some((_, first)), Some((end, _))) = (periods.first(), periods.last()) else { continue };
            if let Some(before) = groups.last_mut() {
                before.fall -= first;
            }
            let factor = periods.iter().map(|(_, factor)| factor).sum::<f64>() / periods.len() as f64;
            groups.push(Group { end: place(*end), factor, fall: *first });
        }
        Self { days, of_horizons, groups }
    }
}

/// The input for each node.
struct Sweep<'a> {
    nodes: &'a [Node],
    moments: Option<&'a [Moments]>,
    ends: &'a Ends,
    /// p of Gamma-Gamma.
    shape: Option<f64>,
}

/// Variances by chance at each end.
struct Chance {
    purchases: Vec<f64>,
    revenue: Vec<f64>,
}

impl Sweep<'_> {
    /// Over all nodes together: purchases in each horizon, buyers in each, revenue in each, and value.
    fn figures(&self, models: &[Purchases]) -> Result<Vec<f64>, NoSpread> {
        let count = self.ends.of_horizons.len();
        let sums = sums_over(self.nodes, models, 3 * count + 1, |model, nodes, sums| {
            self.add_figures(model, nodes, sums);
        });
        if sums.iter().all(|sum| sum.is_finite()) { Ok(sums) } else { Err(NoSpread::OutOfRange) }
    }

    fn add_figures(&self, model: &Purchases, alike: &[(usize, &Node)], sums: &mut [Sum]) {
        let Some((_, first)) = alike.first() else { return };
        let (stages, unit) = (model.stages(), model.unit_days());
        let mut by_stage = vec![0.0; stages * self.ends.days.len()];
        for (days, expected) in self.ends.days.iter().zip(by_stage.chunks_mut(stages)) {
            model.expected_by_stage(first.cell.x, first.cell.t, days / unit, expected);
        }
        let mut weights = vec![0.0; stages];
        let count = self.ends.of_horizons.len();
        for (at, Node { cell, .. }) in alike {
            let alive = model.p_alive(cell.x, cell.t_x, cell.t);
            model.stage_weights(cell.x, cell.t_x, cell.t, &mut weights);
            let due: Vec<f64> =
                by_stage.chunks(stages).map(|expected| alive * mix(&weights, expected)).collect();
            let spend = self.moments.and_then(|moments| moments.get(*at)).map_or(0.0, |moments| moments.mean);
            for (horizon, end) in self.ends.of_horizons.iter().enumerate() {
                let none =
                    model.probability_of_next(0, cell.x, cell.t_x, cell.t, self.ends.days[*end] / unit);
                sums[horizon].add(cell.weight * due[*end]);
                sums[count + horizon].add(cell.weight * (1.0 - none));
                sums[2 * count + horizon].add(cell.weight * due[*end] * spend);
            }
            let mut before = 0.0;
            for group in &self.ends.groups {
                sums[3 * count].add(cell.weight * group.factor * (due[group.end] - before) * spend);
                before = due[group.end];
            }
        }
    }

    fn chance(&self, models: &[Purchases]) -> Chance {
        let ends = self.ends.days.len();
        let sums = sums_over(self.nodes, models, 2 * ends, |model, nodes, sums| {
            let mut list = Vec::new();
            for (at, Node { cell, .. }) in nodes {
                let spend = self.moments.and_then(|moments| moments.get(*at)).zip(self.shape);
                for (end, days) in self.ends.days.iter().enumerate() {
                    let horizon = days / model.unit_days();
                    model.predictive(cell.x, cell.t_x, cell.t, horizon, &mut list);
                    let (mut due, mut variance) = mean_and_variance(&list);
                    if list.len() > MOST_PURCHASES && due > 0.0 {
                        // What lies beyond the list has the same relative variance.
                        let all = model.expected_purchases(cell.x, cell.t_x, cell.t, horizon);
                        variance *= (all / due) * (all / due);
                        due = all;
                    }
                    sums[end].add(cell.weight * variance);
                    if let Some((of, shape)) = spend {
                        sums[ends + end].add(cell.weight * of.variance_of_revenue(due, variance, shape));
                    }
                }
            }
        });
        let mut sums = sums.chunks(ends.max(1)).map(<[f64]>::to_vec);
        let mut next = || sums.next().unwrap_or_default();
        Chance { purchases: next(), revenue: next() }
    }
}
