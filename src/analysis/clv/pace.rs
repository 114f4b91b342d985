//! The pace of purchases in the data: the time scale for fitting a purchase model.

use super::cell::Cell;
use super::fit::{Ending, FEWEST_REPEAT_BUYERS, Failure, Lacking};
use crate::analysis::special::Sum;

/// Totals over cells, and the resulting unit of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pace {
    /// Σ weight.
    pub customers: f64,
    /// Σ weight · x.
    pub purchases: f64,
    /// The mean time between repeat purchases, ΣT / Σx: in this unit, a mean rate r/α of 1 fits.
    pub unit: f64,
}

impl Pace {
    /// The pace, or the reason why no purchase model can be fitted to these cells.
    pub fn of(cells: &[Cell]) -> Result<Self, Ending> {
        let (mut customers, mut repeaters, mut purchases, mut time) =
            (Sum::default(), Sum::default(), Sum::default(), Sum::default());
        for cell in cells {
            if !is_possible(cell) {
                return Err(Ending::Failed { why: Failure::BadCell });
            }
            customers.add(cell.weight);
            purchases.add(cell.weight * f64::from(cell.x));
            time.add(cell.weight * cell.t);
            if cell.x > 0 {
                repeaters.add(cell.weight);
            }
        }
        let unit = time.value() / purchases.value();
        if repeaters.value() < FEWEST_REPEAT_BUYERS || !(unit > 0.0 && unit.is_finite()) {
            return Err(Ending::NotIdentified { why: Lacking::RepeatBuyers });
        }
        Ok(Self { customers: customers.value(), purchases: purchases.value(), unit })
    }

    /// The cells with time in units of this pace.
    pub fn rescale(&self, cells: &[Cell]) -> Vec<Cell> {
        cells.iter().map(|cell| Cell { t_x: cell.t_x / self.unit, t: cell.t / self.unit, ..*cell }).collect()
    }

    /// Converts a log-likelihood of rescaled cells to that of the given cells: each purchase time has a density, so a
    /// change of unit enters once per purchase.
    pub fn offset(&self) -> f64 {
        -self.purchases * self.unit.ln()
    }
}

fn is_possible(cell: &Cell) -> bool {
    let times = cell.t_x >= 0.0 && cell.t_x <= cell.t && cell.t.is_finite();
    times && cell.weight > 0.0 && cell.weight.is_finite()
}
