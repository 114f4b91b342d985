//! How certain the purchases and the revenue of each future period are, for example months.
//!
//! A period's figure is the difference of two totals from now on, and so is its change with the parameters. The delta
//! method is that of [`totals`](super::totals), with differences instead of totals.
//!
//! By chance, a customer's purchases X within a period have the variance E\[X\] + κ E\[X\]²: that of a Poisson process
//! plus the uncertainty of the customer's own pace. κ is taken from the longest horizon, κ = (Var X − E\[X\]) / E\[X\]²
//! there, and used for all periods. If all stay, this is exact (the rate's own squared variation, 1/(r + x) in NBD). If
//! customers leave, κ also includes whether this one will. For a late period this is less certain than κ says, for an
//! early one more. It matters little for a sum over many customers: there the purchases vary, not the paces.

use super::super::population::Population;
use super::super::predictive::{MOST_PURCHASES, mean_and_variance};
use super::super::purchases::Purchases;
use super::super::value::{Discounting, Scores, Timing, ValueError};
use super::super::{Repurchase, mix};
use super::delta;
use super::interval::Spread;
use super::no_spread::NoSpread;
use super::nodes::{self, Node, Nodes, sums_over};
use super::spend::{Moments, Spend, moments_of};
use super::totals::{Exact, totals};

/// The expectation over all customers in one period, and its uncertainty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PeriodTotals {
    /// Purchases.
    pub purchases: f64,
    /// Revenue: purchases times spend.
    pub revenue: Result<f64, NoSpread>,
    /// The uncertainty of the purchases.
    pub of_purchases: Result<Spread, NoSpread>,
    /// The uncertainty of the revenue.
    pub of_revenue: Result<Spread, NoSpread>,
}

/// The totals of future periods with these ends in days from now, ascending; each begins where the one before ends.
///
/// # Errors
/// [`ValueError::Horizon`] if an end is invalid.
pub fn period_totals(
    population: &Population<'_>,
    ends_days: &[f64],
    spend: Option<&Spend>,
) -> Result<Vec<PeriodTotals>, ValueError> {
    let Some(first) = ends_days.first() else { return Ok(Vec::new()) };
    let terms = Discounting::new(*first, 0.0, Timing::End)?;
    let scores = Scores::compute(population, ends_days, terms)?;
    let mean_days: Vec<f64> = ends_days.iter().map(|days| population.mean_days(*days)).collect();
    let exact = Exact::of(population.cells(), &scores, ends_days.len(), spend);
    let purchases = differences(&exact.purchases, ends_days.len());
    let revenue = exact.revenue.as_ref().map_err(|why| *why);
    let revenue = revenue.map(|sums| differences(sums, ends_days.len()));
    let ahead = Ahead {
        population,
        scores: &scores,
        ends_days: &mean_days,
        spend,
        exact: &exact,
        purchases: &purchases,
        revenue: &revenue,
    };
    let spreads = ahead.spreads();
    let totals = |at: usize| {
        let mean = |of: &[f64]| of.get(at).copied().unwrap_or(f64::NAN);
        let (own, money) = (mean(&purchases), revenue.as_ref().map(|of| mean(of)).map_err(|why| *why));
        let spread = |mean: f64, of: &Deviations| Spread {
            mean,
            by_parameters: of.by_parameters.get(at).copied().unwrap_or(f64::NAN),
            by_chance: of.by_chance.get(at).copied().unwrap_or(f64::NAN),
            most: f64::INFINITY,
        };
        let spreads = spreads.as_ref().map_err(|why| *why);
        PeriodTotals {
            purchases: own,
            revenue: money,
            of_purchases: spreads.map(|(of, _)| spread(own, of)),
            of_revenue: money.and_then(|money| {
                let (_, of) = spreads?;
                of.as_ref().map(|of| spread(money, of)).map_err(|why| *why)
            }),
        }
    };
    Ok((0..ends_days.len()).map(totals).collect())
}

/// Standard deviations of each period's total.
struct Deviations {
    by_parameters: Vec<f64>,
    by_chance: Vec<f64>,
}

struct Ahead<'a> {
    population: &'a Population<'a>,
    scores: &'a Scores,
    /// In mean days.
    ends_days: &'a [f64],
    spend: Option<&'a Spend>,
    exact: &'a Exact,
    /// For each period.
    purchases: &'a [f64],
    revenue: &'a Result<Vec<f64>, NoSpread>,
}

impl Ahead<'_> {
    /// Those of purchases and of revenue.
    fn spreads(&self) -> Result<(Deviations, Result<Deviations, NoSpread>), NoSpread> {
        let covariance = self.population.covariance().ok_or(NoSpread::NoModel)?;
        let cells = self.population.cells();
        let (sizes, forecasts) = self.exact.sizes(cells, self.scores, self.spend);
        let nodes = Nodes::of(self.population, &sizes, &forecasts, nodes::MOST);
        let moments = moments_of(self.spend, &nodes.nodes);
        let known = moments.as_deref().ok();
        let count = self.ends_days.len();
        // Nodes represent all cells: so changes are taken as shares of the nodes' expectation.
        let models = nodes.models(self.population);
        let here = self.due(&models, &nodes.nodes, known);
        let shares = delta::deviations(covariance, &here, |by| {
            let shifted = nodes.shifted(self.population, by).ok_or(NoSpread::OutOfRange)?;
            let due = self.due(&shifted, &nodes.nodes, known);
            if due.iter().all(|due| due.is_finite()) { Ok(due) } else { Err(NoSpread::OutOfRange) }
        })?;
        let chance = self.chance(&models, &nodes.nodes, known);
        let deviations = |first: usize, means: &[f64], more: &[f64]| {
            let by_parameters = |(at, mean): (usize, &f64)| {
                let own = mean * shares.get(first + at).copied().unwrap_or(f64::NAN);
                libm::hypot(own, more.get(at).copied().unwrap_or(0.0))
            };
            Deviations {
                by_parameters: means.iter().enumerate().map(by_parameters).collect(),
                by_chance: chance
                    .iter()
                    .skip(first)
                    .take(count)
                    .map(|variance| variance.max(0.0).sqrt())
                    .collect(),
            }
        };
        let purchases = deviations(0, self.purchases, &[]);
        let revenue = self.revenue.as_ref().map_err(|why| *why).and_then(|revenue| {
            moments.as_ref().map_err(|why| *why)?;
            Ok(deviations(count, revenue, &self.by_spend()?))
        });
        Ok((purchases, revenue))
    }

    /// Purchases of each period, and then revenue, over the nodes.
    fn due(&self, models: &[Purchases], nodes: &[Node], moments: Option<&[Moments]>) -> Vec<f64> {
        let count = self.ends_days.len();
        sums_over(nodes, models, 2 * count, |model, alike, sums| {
            let (stages, unit) = (model.stages(), model.unit_days());
            let Some((_, first)) = alike.first() else { return };
            let mut by_stage = vec![0.0; stages * count];
            for (days, expected) in self.ends_days.iter().zip(by_stage.chunks_mut(stages)) {
                model.expected_by_stage(first.cell.x, first.cell.t, days / unit, expected);
            }
            let mut weights = vec![0.0; stages];
            for (at, Node { cell, .. }) in alike {
                let alive = model.p_alive(cell.x, cell.t_x, cell.t);
                model.stage_weights(cell.x, cell.t_x, cell.t, &mut weights);
                let spend = moments.and_then(|moments| moments.get(*at)).map_or(0.0, |moments| moments.mean);
                let mut before = 0.0;
                for (period, expected) in by_stage.chunks(stages).enumerate() {
                    let due = alive * mix(&weights, expected);
                    sums[period].add(cell.weight * (due - before));
                    sums[count + period].add(cell.weight * (due - before) * spend);
                    before = due;
                }
            }
        })
    }

    /// The variance by chance of each period's purchases, and then of its revenue.
    fn chance(&self, models: &[Purchases], nodes: &[Node], moments: Option<&[Moments]>) -> Vec<f64> {
        let count = self.ends_days.len();
        let longest = self.ends_days.last().copied().unwrap_or_default() / self.population.unit_days();
        let shape = self.spend.map(Spend::shape);
        sums_over(nodes, models, 2 * count, |model, alike, sums| {
            let mut list = Vec::new();
            for (at, Node { place, cell, .. }) in alike {
                model.predictive(cell.x, cell.t_x, cell.t, longest, &mut list);
                let (due, variance) = mean_and_variance(&list);
                // A list that was cut has the same relative variance as the whole.
                let poisson = if list.len() > MOST_PURCHASES { 0.0 } else { due };
                let pace = if due > 0.0 { ((variance - poisson) / (due * due)).max(0.0) } else { 0.0 };
                let spend = moments.and_then(|moments| moments.get(*at)).zip(shape);
                let forecast = u32::try_from(*place).ok().and_then(|place| self.scores.of_cell(place));
                let mut before = 0.0;
                for (period, until) in forecast.iter().flat_map(|of| of.expected_purchases).enumerate() {
                    let due = (until - before).max(0.0);
                    before = *until;
                    let variance = due + pace * due * due;
                    sums[period].add(cell.weight * variance);
                    if let Some((of, shape)) = spend {
                        sums[count + period].add(cell.weight * of.variance_of_revenue(due, variance, shape));
                    }
                }
            }
        })
    }

    /// The standard deviation of each period's revenue due to the uncertainty of the spend parameters.
    fn by_spend(&self) -> Result<Vec<f64>, NoSpread> {
        let spend = self.spend.ok_or(NoSpread::NoSpendModel)?;
        let (cells, count) = (self.population.cells(), self.ends_days.len());
        delta::deviations(spend.covariance(), &vec![1.0; count], |by| {
            Ok(differences(&totals(cells, self.scores, count, &spend.means(cells, by)?), count))
        })
    }
}

/// The differences of each of the first `count` sums from the one before.
fn differences(sums: &[f64], count: usize) -> Vec<f64> {
    let mut before = 0.0;
    let more = |sum: &f64| {
        let more = (sum - before).max(0.0);
        before = *sum;
        more
    };
    sums.iter().take(count).map(more).collect()
}
