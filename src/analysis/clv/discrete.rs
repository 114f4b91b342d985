//! Customers who can purchase only at set opportunities: a yearly appeal, a monthly round, a weekly market.
//!
//! The discrete models use (x, tₓ, n) of a customer: purchases at x of n opportunities, the last of them at opportunity
//! tₓ (Fader, Hardie and Shang 2010). The customer's first purchase comes before the first opportunity and is not
//! counted.

use super::fit::{Ending, FEWEST_REPEAT_BUYERS, Failure, Lacking};
use crate::analysis::special::{LnRising, Sum};

/// More opportunities than this are taken for a mistake: a tenth of it is two centuries of weeks.
pub const MOST_OPPORTUNITIES: u32 = 100_000;

/// All customers with one (x, tₓ, n).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DiscreteCell {
    /// Opportunities with a purchase.
    pub x: u32,
    /// The last opportunity with a purchase, counted from 1; 0 if x = 0.
    pub t_x: u32,
    /// Opportunities so far.
    pub n: u32,
    /// How many customers.
    pub weight: f64,
}

/// Checked cells, one for each (x, n, tₓ), in that order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Opportunities {
    pub cells: Vec<DiscreteCell>,
    /// Σ weight.
    pub customers: f64,
    /// The odds against a purchase at an opportunity, over all customers: with α = 1, β fits at about this.
    pub odds: f64,
    /// The mean of n, but at least 1: with γ = 1, δ fits at about this.
    pub length: f64,
}

impl Opportunities {
    /// The cells in order, or the reason why no model can be fitted to them.
    pub fn of(cells: &[DiscreteCell]) -> Result<Self, Ending> {
        if !cells.iter().all(is_possible) {
            return Err(Ending::Failed { why: Failure::BadCell });
        }
        let mut sorted = cells.to_vec();
        sorted.sort_unstable_by(|left, right| {
            let key = |cell: &DiscreteCell| (cell.x, cell.n, cell.t_x);
            key(left).cmp(&key(right)).then(left.weight.total_cmp(&right.weight))
        });
        let mut merged: Vec<DiscreteCell> = Vec::with_capacity(sorted.len());
        for cell in sorted {
            match merged.last_mut() {
                Some(last) if (last.x, last.n, last.t_x) == (cell.x, cell.n, cell.t_x) => {
                    last.weight += cell.weight;
                }
                _ => merged.push(cell),
            }
        }
        let [mut customers, mut repeaters, mut purchases, mut opportunities] = [Sum::default(); 4];
        for cell in &merged {
            customers.add(cell.weight);
            purchases.add(cell.weight * f64::from(cell.x));
            opportunities.add(cell.weight * f64::from(cell.n));
            if cell.x > 0 {
                repeaters.add(cell.weight);
            }
        }
        if repeaters.value() < FEWEST_REPEAT_BUYERS {
            return Err(Ending::NotIdentified { why: Lacking::RepeatBuyers });
        }
        let (customers, purchases, opportunities) =
            (customers.value(), purchases.value(), opportunities.value());
        let odds = ((opportunities - purchases) / purchases).clamp(1e-3, 1e6);
        Ok(Self { cells: merged, customers, odds, length: (opportunities / customers).max(1.0) })
    }
}

fn is_possible(cell: &DiscreteCell) -> bool {
    let weight = cell.weight > 0.0 && cell.weight.is_finite();
    weight && cell.n <= MOST_OPPORTUNITIES && is_history(cell.x, cell.t_x, cell.n)
}

/// Whether a customer can have bought at x of n opportunities, last at tₓ.
pub(super) fn is_history(x: u32, t_x: u32, n: u32) -> bool {
    x <= t_x && t_x <= n && (x > 0 || t_x == 0)
}

/// ln (z)ₖ and its derivatives by z, for k from 0 to `last`.
pub(super) fn ln_risings(z: f64, last: u32) -> Vec<LnRising> {
    let [mut value, mut first, mut second] = [Sum::default(); 3];
    let here = |value: Sum, first: Sum, second: Sum| LnRising {
        value: value.value(),
        first: first.value(),
        second: second.value(),
    };
    let mut table = Vec::with_capacity(last as usize + 1);
    table.push(LnRising::default());
    for k in 0..last {
        let factor = z + f64::from(k);
        let inverse = 1.0 / factor;
        value.add(libm::log(factor));
        first.add(inverse);
        second.add(-inverse * inverse);
        table.push(here(value, first, second));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::special::ln_rising;

    #[test]
    fn cells_are_sorted_and_merged_whatever_their_order() {
        let of = |x, t_x, n, weight| DiscreteCell { x, t_x, n, weight };
        let mut cells =
            [of(2, 5, 6, 1.0), of(0, 0, 6, 9.0), of(2, 3, 6, 7.0), of(2, 5, 6, 0.1), of(2, 5, 6, 4.0)];
        let forward = Opportunities::of(&cells).unwrap();
        cells.reverse();
        assert_eq!(forward, Opportunities::of(&cells).unwrap());
        assert_eq!(forward.cells, [of(0, 0, 6, 9.0), of(2, 3, 6, 7.0), of(2, 5, 6, 5.1)]);
        assert!((forward.customers - 21.1).abs() < 1e-14);
    }

    #[test]
    fn impossible_cells_are_refused() {
        let good = DiscreteCell { x: 2, t_x: 3, n: 9, weight: 20.0 };
        assert!(Opportunities::of(&[good]).is_ok());
        for bad in [
            DiscreteCell { t_x: 10, ..good },
            DiscreteCell { t_x: 1, ..good },
            DiscreteCell { x: 0, ..good },
            DiscreteCell { n: MOST_OPPORTUNITIES + 1, ..good },
            DiscreteCell { weight: 0.0, ..good },
            DiscreteCell { weight: f64::NAN, ..good },
            DiscreteCell { weight: f64::INFINITY, ..good },
        ] {
            assert_eq!(
                Opportunities::of(&[good, bad]),
                Err(Ending::Failed { why: Failure::BadCell }),
                "{bad:?}"
            );
        }
    }

    #[test]
    fn tables_agree_with_single_values() {
        for z in [1e-6, 0.7, 30.0, 1e6] {
            let table = ln_risings(z, 3000);
            for k in [0_u32, 1, 2, 17, 500, 3000] {
                let (found, expected) = (table[k as usize], ln_rising(z, k));
                let close = |one: f64, other: f64| (one - other).abs() <= 1e-13 * other.abs();
                assert!(close(found.value, expected.value), "{z} {k}: {found:?} {expected:?}");
                assert!(close(found.first, expected.first), "{z} {k}: {found:?} {expected:?}");
                assert!(close(found.second, expected.second), "{z} {k}: {found:?} {expected:?}");
            }
        }
    }
}
