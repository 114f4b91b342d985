//! How certain the forecast of one customer is. Purchases are few whole numbers: an interval of them holds more than
//! its level, and states how much.

use super::super::Repurchase;
use super::super::cell::Cell;
use super::super::population::{Alike, Population};
use crate::analysis::parallel;

/// The number of (x, T) processed at a time.
const PART: usize = 64;

/// The possible purchases of one customer within a horizon.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CustomerInterval {
    /// The probability of at least one purchase.
    pub p_any: f64,
    /// The fewest purchases n with P(X ≤ n) ≥ (1 − level)/2.
    pub low: u32,
    /// The fewest n with P(X ≤ n) ≥ (1 + level)/2.
    pub high: u32,
    /// P(low ≤ X ≤ high) under the model: the predicted share of such customers with purchases in the interval; at
    /// least the level.
    pub promised: f64,
}

/// For each cell, the possible purchases of a customer in the next `horizon_days`, at a level such as 0.8.
///
/// If purchases come at random, all customers with one x and T share one list of probabilities, except for the share
/// still there: it is made once. If a wait has stages, each cell has its own list.
pub fn customer_intervals(
    population: &Population<'_>,
    horizon_days: f64,
    level: f64,
) -> Vec<CustomerInterval> {
    let horizon = population.mean_days(horizon_days) / population.unit_days();
    let alike = population.alike();
    let parts: Vec<&[Alike<'_>]> = alike.chunks(PART).collect();
    let found = parallel::map(&parts, |part| {
        let (mut found, mut list) = (Vec::new(), Vec::new());
        for Alike { model, cells, .. } in *part {
            if model.stages() == 1 {
                shared(*model, cells, horizon, level, &mut list, &mut found);
            } else {
                for cell in *cells {
                    model.predictive(cell.x, cell.t_x, cell.t, horizon, &mut list);
                    turn(&mut list);
                    found.push(interval(&list, 1.0, level));
                }
            }
        }
        found
    });
    found.into_iter().flatten().collect()
}

/// From one list, that of the customer most likely still there.
fn shared(
    model: &impl Repurchase,
    alike: &[Cell],
    horizon: f64,
    level: f64,
    list: &mut Vec<f64>,
    found: &mut Vec<CustomerInterval>,
) {
    let alive: Vec<f64> = alike.iter().map(|cell| model.p_alive(cell.x, cell.t_x, cell.t)).collect();
    let best = alive.iter().zip(alike).max_by(|(left, _), (right, _)| left.total_cmp(right));
    let Some((most, cell)) = best else { return };
    model.predictive(cell.x, cell.t_x, cell.t, horizon, list);
    turn(list);
    found.extend(
        alive.iter().map(|alive| interval(list, if *most > 0.0 { alive / most } else { 0.0 }, level)),
    );
}

/// Converts P(X = 0), P(X = 1), … to P(X > 0), P(X > 1), …, summed from the far end to keep their digits.
fn turn(list: &mut [f64]) {
    let mut beyond = 0.0;
    for place in list.iter_mut().rev() {
        (*place, beyond) = (beyond, beyond + *place);
    }
}

/// From P(X > n), which must be multiplied by `share`.
fn interval(beyond: &[f64], share: f64, level: f64) -> CustomerInterval {
    let last = beyond.len().saturating_sub(1);
    let tail = 0.5 * (1.0 - level.clamp(0.0, 1.0));
    let quantile = |left: f64| beyond.partition_point(|beyond| share * beyond > left).min(last);
    let (low, high) = (quantile(1.0 - tail), quantile(tail));
    let more_than = |n: usize| share * beyond.get(n).copied().unwrap_or(0.0);
    let from = low.checked_sub(1).map_or(1.0, more_than);
    CustomerInterval {
        p_any: more_than(0),
        low: low as u32,
        high: high as u32,
        promised: from - more_than(high),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::bg_cnbd::{BgCnbd, Dropout};
    use super::super::super::cell::{Cells, History};
    use super::super::super::pareto_nbd::ParetoNbd;
    use super::super::super::predictive::quantile;
    use super::super::super::purchases::Purchases;
    use super::*;

    fn cells() -> Cells {
        let customers: Vec<History> = (0..300_u32)
            .map(|i| {
                let x = i % 9;
                History { x, t_x_days: if x == 0 { 0 } else { 20 + i % 80 }, t_days: 100 + 20 * (i % 3) }
            })
            .collect();
        Cells::collapse(&customers, 7.0).unwrap()
    }

    fn check(model: Purchases) {
        let (cells, mut list) = (cells(), Vec::new());
        for (horizon, level) in [(5.0, 0.5), (90.0, 0.8), (900.0, 0.95)] {
            let found = customer_intervals(&Population::of(model, cells.cells()), horizon, level);
            assert_eq!(found.len(), cells.cells().len());
            for (cell, found) in cells.cells().iter().zip(found) {
                model.predictive(cell.x, cell.t_x, cell.t, horizon / 7.0, &mut list);
                let tail = 0.5 * (1.0 - level);
                let ends = (quantile(&list, tail), quantile(&list, 1.0 - tail));
                assert_eq!((found.low, found.high), ends, "{cell:?}");
                let promised: f64 = list[found.low as usize..=found.high as usize].iter().sum();
                assert!((found.promised - promised).abs() < 1e-9 && found.promised >= level - 1e-12);
                assert!((found.p_any - (1.0 - list[0])).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn intervals_are_those_of_each_customers_own_list() {
        check(Purchases::ParetoNbd(ParetoNbd::from_parameters([0.8, 6.0, 0.6, 11.0], 7.0).unwrap()));
        for k in [1.0, 3.0] {
            let regular = BgCnbd::from_parameters(Dropout::AfterAny, [0.8, 2.0, 0.7, 2.4, k], 7.0);
            check(Purchases::BgCnbd(regular.unwrap()));
        }
    }

    #[test]
    fn nobody_and_the_lost_have_intervals_of_nothing() {
        let model = Purchases::ParetoNbd(ParetoNbd::from_parameters([1.0; 4], 7.0).unwrap());
        assert_eq!(customer_intervals(&Population::of(model, &[]), 90.0, 0.8), []);
        let lost = [Cell { x: 9000, t_x: 1.0, t: 9000.0, weight: 1.0 }];
        let found = customer_intervals(&Population::of(model, &lost), 90.0, 0.8);
        assert_eq!((found[0].low, found[0].high), (0, 0));
        assert!(found[0].promised > 0.999 && found[0].p_any < 1e-3);
    }
}
