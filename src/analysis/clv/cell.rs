//! Customers grouped into distinct cells.
//!
//! A purchase model uses only (x, tₓ, T) of a customer: x repeat purchases, the last of them tₓ after the first
//! purchase, observed for T after it (Fader, Hardie and Lee 2005). Customers who share these three share every figure
//! of the model. So a fit and a forecast use distinct cells with weights: one million customers, by days, make about a
//! hundred thousand cells.

use std::fmt;

/// One customer, in whole days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct History {
    /// Repeat purchases: days with a purchase after the first such day.
    pub x: u32,
    /// Days from the first purchase to the last; 0 if x = 0.
    pub t_x_days: u32,
    /// Days from the first purchase to the end of the observation.
    pub t_days: u32,
}

/// All customers with one (x, tₓ, T), in the fit's unit of time.
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

/// An impossible history, or an invalid unit of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CellError {
    /// The unit of time is not a positive number of days.
    Unit(f64),
    /// The customer at this position has a last purchase after the end of the observation.
    LastAfterEnd(usize),
    /// The customer at this position has a last purchase that is not the first, but no repeat purchase.
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
    /// Groups customers into cells, sorted by x, then T, then tₓ. Time is counted in units of `unit_days` days (7 for
    /// weeks).
    ///
    /// # Errors
    /// [`CellError`] names the first customer with an impossible history.
    pub fn collapse(customers: &[History], unit_days: f64) -> Result<Self, CellError> {
        if !(unit_days > 0.0 && unit_days.is_finite()) {
            return Err(CellError::Unit(unit_days));
        }
        if u32::try_from(customers.len()).is_err() {
            return Err(CellError::TooMany);
        }
        let mut most = History { x: 0, t_x_days: 0, t_days: 0 };
        for (row, customer) in customers.iter().enumerate() {
            check(row, customer)?;
            most.x = most.x.max(customer.x);
            most.t_days = most.t_days.max(customer.t_days);
            most.t_x_days = most.t_x_days.max(customer.t_x_days);
        }
        let bits = |most: u32| u32::BITS - most.leading_zeros();
        let rows = bits(customers.len() as u32);
        let (last, end) = (bits(most.t_x_days), bits(most.t_days));
        // Sorted as numbers, x before T before tₓ before the position; for an ordinary shop 64 bits hold them all, and
        // 128 always do.
        let (distinct, cell_of) = if bits(most.x) + end + last + rows <= u64::BITS {
            let key = |(row, of): (usize, &History)| {
                let times = (u64::from(of.x) << end | u64::from(of.t_days)) << last | u64::from(of.t_x_days);
                (times << rows) | row as u64
            };
            let mut keys: Vec<u64> = customers.iter().enumerate().map(key).collect();
            keys.sort_unstable();
            let position = |key: u64| (key & ((1 << rows) - 1)) as u32;
            group(&keys, |key| key >> rows, position, customers, unit_days)
        } else {
            let key = |(row, of): (usize, &History)| {
                let times = (u128::from(of.x) << 32 | u128::from(of.t_days)) << 32 | u128::from(of.t_x_days);
                (times << 32) | row as u128
            };
            let mut keys: Vec<u128> = customers.iter().enumerate().map(key).collect();
            keys.sort_unstable();
            group(&keys, |key| key >> 32, |key| key as u32, customers, unit_days)
        };
        Ok(Self { unit_days, distinct, cell_of })
    }

    /// The cells, sorted by x, then T, then tₓ.
    pub fn cells(&self) -> &[Cell] {
        &self.distinct
    }

    /// For each customer, in the order given, the position of its cell.
    pub fn cell_of(&self) -> &[u32] {
        &self.cell_of
    }

    /// The same list alone, when the cells are no longer needed.
    pub fn into_cell_of(self) -> Vec<u32> {
        self.cell_of
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

/// The cells of sorted keys, each a history and a position, and the cell at each position.
fn group<K: Copy + PartialEq>(
    keys: &[K],
    history: impl Fn(K) -> K,
    position: impl Fn(K) -> u32,
    customers: &[History],
    unit_days: f64,
) -> (Vec<Cell>, Vec<u32>) {
    let (mut cells, mut cell_of) = (Vec::new(), vec![0; customers.len()]);
    for alike in keys.chunk_by(|left, right| history(*left) == history(*right)) {
        let Some(of) = alike.first().map(|key| customers[position(*key) as usize]) else { continue };
        for key in alike {
            cell_of[position(*key) as usize] = cells.len() as u32;
        }
        cells.push(Cell {
            x: of.x,
            t_x: f64::from(of.t_x_days) / unit_days,
            t: f64::from(of.t_days) / unit_days,
            weight: alike.len() as f64,
        });
    }
    (cells, cell_of)
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
    fn histories_too_long_for_a_short_key_collapse_alike() {
        let mut customers: Vec<_> = (0..500).map(|i| history(1 + i % 7, i % 11, 11 + i % 13)).collect();
        let short = Cells::collapse(&customers, 7.0).unwrap();
        let longest = history(u32::MAX, u32::MAX, u32::MAX);
        customers.push(longest);
        let long = Cells::collapse(&customers, 7.0).unwrap();
        assert_eq!(long.cells()[..short.cells().len()], *short.cells());
        assert_eq!(long.cell_of()[..500], *short.cell_of());
        assert_eq!(long.cell_of()[500] as usize, short.cells().len());
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
