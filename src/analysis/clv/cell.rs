//! Customers collapsed into distinct cells.
//!
//! A purchase model sees of a customer only (x, tₓ, T): x repeat purchases, the last of them tₓ after the
//! first purchase, watched for T after it (Fader, Hardie and Lee 2005). Customers who share the three share
//! every figure the model gives, so a fit and a forecast work on distinct cells with weights: one million
//! customers at the resolution of days make about a hundred thousand cells.

use std::collections::HashMap;
use std::fmt;

/// One customer as counted in whole days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct History {
    /// Repeat purchases: days with a purchase after the first such day.
    pub x: u32,
    /// Days from the first purchase to the last; 0 where x = 0.
    pub t_x_days: u32,
    /// Days from the first purchase to the end of the observation.
    pub t_days: u32,
}

/// All customers of one (x, tₓ, T), in the fit's unit of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// Repeat purchases.
    pub x: u32,
    /// Time from the first purchase to the last.
    pub t_x: f64,
    /// Time from the first purchase to the end of the observation, T.
    pub t: f64,
    /// How many customers.
    pub weight: f64,
}

/// A history that no customer can have, or a unit that is no time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CellError {
    /// The unit of time is not a positive number of days.
    Unit(f64),
    /// The customer at this position bought last after the observation ended.
    LastAfterEnd(usize),
    /// The customer at this position has a last purchase apart from the first, but no repeat purchase.
    LastWithoutRepeat(usize),
    /// More customers than a position can count (2³²).
    TooMany,
}

impl fmt::Display for CellError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unit(days) => write!(f, "the unit of time must be a positive number of days, not {days}"),
            Self::LastAfterEnd(row) => {
                write!(f, "customer {row} has a last purchase after the end of the observation")
            }
            Self::LastWithoutRepeat(row) => {
                write!(f, "customer {row} has a last purchase later than the first, yet no repeat purchase")
            }
            Self::TooMany => write!(f, "more than 4,294,967,295 customers"),
        }
    }
}

impl std::error::Error for CellError {}

/// The distinct cells of a list of customers.
#[derive(Debug, Clone, PartialEq)]
pub struct Cells {
    unit_days: f64,
    distinct: Vec<Cell>,
    cell_of: Vec<u32>,
}

impl Cells {
    /// Collapses customers into cells, sorted by x, then T, then tₓ. Time is counted in units of `unit_days`
    /// days (7 for weeks).
    ///
    /// # Errors
    /// [`CellError`] names the first customer whose history is impossible.
    pub fn collapse(customers: &[History], unit_days: f64) -> Result<Self, CellError> {
        if !(unit_days > 0.0 && unit_days.is_finite()) {
            return Err(CellError::Unit(unit_days));
        }
        if u32::try_from(customers.len()).is_err() {
            return Err(CellError::TooMany);
        }
        let mut seen: HashMap<History, u32> = HashMap::new();
        let mut distinct: Vec<(History, u64)> = Vec::new();
        let mut cell_of = Vec::with_capacity(customers.len());
        for (row, customer) in customers.iter().enumerate() {
            check(row, customer)?;
            let at = *seen.entry(*customer).or_insert_with(|| {
                distinct.push((*customer, 0));
                (distinct.len() - 1) as u32
            });
            distinct[at as usize].1 += 1;
            cell_of.push(at);
        }
        let mut order: Vec<u32> = (0..distinct.len() as u32).collect();
        order.sort_unstable_by_key(|&at| {
            let history = distinct[at as usize].0;
            (history.x, history.t_days, history.t_x_days)
        });
        let mut place = vec![0; order.len()];
        let mut cells = Vec::with_capacity(order.len());
        for (position, &at) in order.iter().enumerate() {
            place[at as usize] = position as u32;
            let (history, count) = distinct[at as usize];
            cells.push(Cell {
                x: history.x,
                t_x: f64::from(history.t_x_days) / unit_days,
                t: f64::from(history.t_days) / unit_days,
                weight: count as f64,
            });
        }
        for at in &mut cell_of {
            *at = place[*at as usize];
        }
        Ok(Self { unit_days, distinct: cells, cell_of })
    }

    /// The cells, sorted by x, then T, then tₓ.
    pub fn cells(&self) -> &[Cell] {
        &self.distinct
    }

    /// For each customer, in the order given, the position of its cell.
    pub fn cell_of(&self) -> &[u32] {
        &self.cell_of
    }

    /// Days in one unit of time.
    pub fn unit_days(&self) -> f64 {
        self.unit_days
    }

    /// How many customers there are.
    pub fn customers(&self) -> usize {
        self.cell_of.len()
    }
}

fn check(row: usize, customer: &History) -> Result<(), CellError> {
    if customer.t_x_days > customer.t_days {
        return Err(CellError::LastAfterEnd(row));
    }
    if customer.x == 0 && customer.t_x_days > 0 {
        return Err(CellError::LastWithoutRepeat(row));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(x: u32, t_x_days: u32, t_days: u32) -> History {
        History { x, t_x_days, t_days }
    }

    #[test]
    fn equal_customers_share_a_cell_and_cells_are_sorted() {
        let customers = [(2, 14, 70), (0, 0, 35), (2, 14, 70), (2, 7, 70), (0, 0, 7), (2, 21, 35)]
            .map(|(x, t_x_days, t_days)| history(x, t_x_days, t_days));
        let cells = Cells::collapse(&customers, 7.0).unwrap();
        let of = |x, t_x, t, weight| Cell { x, t_x, t, weight };
        let sorted = [
            of(0, 0.0, 1.0, 1.0),
            of(0, 0.0, 5.0, 1.0),
            of(2, 3.0, 5.0, 1.0),
            of(2, 1.0, 10.0, 1.0),
            of(2, 2.0, 10.0, 2.0),
        ];
        assert_eq!(cells.cells(), sorted);
        assert_eq!(cells.cell_of(), [4, 1, 4, 3, 0, 2]);
        assert_eq!(cells.customers(), 6);
    }

    #[test]
    fn the_order_of_customers_does_not_change_the_cells() {
        let mut customers: Vec<_> = (0..500).map(|i| history(1 + i % 7, i % 11, 11 + i % 13)).collect();
        let forward = Cells::collapse(&customers, 7.0).unwrap();
        customers.reverse();
        let backward = Cells::collapse(&customers, 7.0).unwrap();
        assert_eq!(forward.cells(), backward.cells());
        let mirrored: Vec<_> = backward.cell_of().iter().rev().copied().collect();
        assert_eq!(forward.cell_of(), mirrored);
    }

    #[test]
    fn impossible_histories_are_named() {
        let good = history(1, 3, 4);
        assert_eq!(Cells::collapse(&[good, history(1, 5, 4)], 7.0), Err(CellError::LastAfterEnd(1)));
        assert_eq!(Cells::collapse(&[good, history(0, 2, 4)], 7.0), Err(CellError::LastWithoutRepeat(1)));
        for unit in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(Cells::collapse(&[good], unit), Err(CellError::Unit(_))), "{unit}");
        }
    }

    #[test]
    fn no_customers_make_no_cells() {
        assert_eq!(Cells::collapse(&[], 7.0).unwrap().cells(), []);
    }
}
