//! Customers who share a history and all covariates.

use std::fmt;
use std::ops::Range;

use crate::analysis::clv::cell::{Cell, Cells};

/// A covariate must not be larger than this: its square must be finite.
const LARGEST: f64 = 1e150;

/// A covariate: one value for each customer, in the order of customers.
#[derive(Debug, Clone, Copy)]
pub struct Column<'a> {
    /// Its name, for messages and results.
    pub name: &'a str,
    /// Its values: 0 and 1 for one level of a category, or any number. None may be missing.
    pub values: &'a [f64],
}

/// Columns that do not fit the customers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnError {
    /// The number of values differs from the number of customers.
    Length {
        /// The covariate.
        covariate: String,
        /// How many values it has.
        values: usize,
        /// How many customers there are.
        customers: usize,
    },
    /// A value is missing, infinite, or beyond ±10¹⁵⁰.
    BadValue {
        /// The covariate.
        covariate: String,
        /// The position of the first customer with such a value.
        customer: usize,
    },
}

impl fmt::Display for ColumnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { covariate, values, customers } => {
                write!(f, "covariate {covariate} has {values} values for {customers} customers")
            }
            Self::BadValue { covariate, customer } => {
                write!(f, "customer {customer} has no usable value of covariate {covariate}")
            }
        }
    }
}

impl std::error::Error for ColumnError {}

/// Cells split by covariates: a cell has customers with one history and one row of covariates; cells with one row are
/// adjacent and form a pattern.
#[derive(Debug, Clone, PartialEq)]
pub struct Patterns {
    plain: Cells,
    names: Vec<String>,
    /// The rows of the patterns, concatenated.
    rows: Vec<f64>,
    /// The cells of each pattern.
    ranges: Vec<Range<usize>>,
    distinct: Vec<Cell>,
    cell_of: Vec<u32>,
}

impl Patterns {
    /// Splits cells by the covariates of their customers. Patterns are sorted by their rows, the cells of a pattern by
    /// x, then T, then tₓ: the order of customers does not matter.
    ///
    /// # Errors
    /// [`ColumnError`] names the first column that does not fit.
    pub fn of(cells: Cells, columns: &[Column<'_>]) -> Result<Self, ColumnError> {
        let customers = cells.customers();
        // The pattern of each customer: each column makes it finer.
        let mut pattern_of = vec![0_u32; customers];
        for column in columns {
            check(column, customers)?;
            let order: Vec<u64> = column.values.iter().map(|value| in_order(*value)).collect();
            let (ranks, _) = ranked(&order);
            let finer: Vec<u64> =
                pattern_of.iter().zip(&ranks).map(|pair| joined(*pair.0, *pair.1)).collect();
            pattern_of = ranked(&finer).0;
        }
        let keys: Vec<u64> =
            pattern_of.iter().zip(cells.cell_of()).map(|pair| joined(*pair.0, *pair.1)).collect();
        let (cell_of, keys) = ranked(&keys);
        let plain = |key: &u64| cells.cells().get(*key as u32 as usize).copied();
        let mut distinct: Vec<Cell> =
            keys.iter().filter_map(plain).map(|cell| Cell { weight: 0.0, ..cell }).collect();
        let mut someone = vec![0; distinct.len()];
        for (customer, cell) in cell_of.iter().enumerate() {
            distinct[*cell as usize].weight += 1.0;
            someone[*cell as usize] = customer;
        }
        let (mut rows, mut ranges) = (Vec::new(), Vec::<Range<usize>>::new());
        for alike in keys.chunk_by(|left, right| left >> 32 == right >> 32) {
            let start = ranges.last().map_or(0, |range| range.end);
            // −0 + 0 is 0: −0 counts as 0.
            rows.extend(columns.iter().map(|column| column.values[someone[start]] + 0.0));
            ranges.push(start..start + alike.len());
        }
        let names = columns.iter().map(|column| column.name.to_owned()).collect();
        Ok(Self { plain: cells, names, rows, ranges, distinct, cell_of })
    }

    /// The cells without covariates.
    pub fn plain(&self) -> &Cells {
        &self.plain
    }

    /// The same alone, when the covariates are no longer needed.
    pub fn into_plain(self) -> Cells {
        self.plain
    }

    /// The covariates, in the order of a row.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How many patterns there are.
    pub fn len(&self) -> usize {
        self.ranges.len()
    }

    /// Whether there are no customers.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Each pattern: its row of covariates, and its cells as positions in [`Patterns::cells`].
    pub fn iter(&self) -> impl Iterator<Item = (&[f64], Range<usize>)> {
        let width = self.names.len();
        self.ranges
            .iter()
            .enumerate()
            .map(move |(at, range)| (&self.rows[at * width..][..width], range.clone()))
    }

    /// All cells, pattern by pattern.
    pub fn cells(&self) -> &[Cell] {
        &self.distinct
    }

    /// For each customer, in the order given, the position of its cell in [`Patterns::cells`].
    pub fn cell_of(&self) -> &[u32] {
        &self.cell_of
    }
}

fn check(column: &Column<'_>, customers: usize) -> Result<(), ColumnError> {
    let covariate = || column.name.to_owned();
    if column.values.len() != customers {
        return Err(ColumnError::Length { covariate: covariate(), values: column.values.len(), customers });
    }
    let is_bad = |value: &f64| value.is_nan() || value.abs() > LARGEST;
    match column.values.iter().position(is_bad) {
        Some(customer) => Err(ColumnError::BadValue { covariate: covariate(), customer }),
        None => Ok(()),
    }
}

/// A number with the same order as the value. 0 and −0 have the same number.
fn in_order(value: f64) -> u64 {
    let bits = (value + 0.0).to_bits();
    if bits >> 63 == 0 { bits | 1 << 63 } else { !bits }
}

fn joined(high: u32, low: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

/// The position of each key among the distinct ones, and these in ascending order. There are fewer than 2³².
fn ranked(keys: &[u64]) -> (Vec<u32>, Vec<u64>) {
    let mut distinct = keys.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let rank = |key: &u64| distinct.partition_point(|other| other < key) as u32;
    (keys.iter().map(rank).collect(), distinct)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::clv::cell::History;

    fn cells() -> Cells {
        let customers = [(2, 14), (0, 0), (2, 14), (2, 14), (0, 0), (2, 14)].map(|(x, t_x_days)| History {
            x,
            t_x_days,
            t_days: 70,
        });
        Cells::collapse(&customers, 7.0).unwrap()
    }

    #[test]
    fn customers_alike_share_a_cell() {
        let cells = cells();
        let (shop, age) = ([1.0, 0.0, 1.0, -0.0, 0.0, 1.0], [-3.0, 20.0, -3.0, 20.0, 20.0, -7.0]);
        let columns = [Column { name: "shop", values: &shop }, Column { name: "age", values: &age }];
        let patterns = Patterns::of(cells.clone(), &columns).unwrap();
        let rows: Vec<_> = patterns.iter().collect();
        assert_eq!(rows, [(&[0.0, 20.0][..], 0..2), (&[1.0, -7.0][..], 2..3), (&[1.0, -3.0][..], 3..4)]);
        let weights: Vec<_> = patterns.cells().iter().map(|cell| (cell.x, cell.weight)).collect();
        assert_eq!(weights, [(0, 2.0), (2, 1.0), (2, 1.0), (2, 2.0)]);
        assert_eq!(patterns.cell_of(), [3, 0, 3, 1, 0, 2]);
        assert_eq!((patterns.len(), patterns.names()), (3, &["shop".to_owned(), "age".to_owned()][..]));
    }

    #[test]
    fn without_columns_there_is_one_pattern() {
        let cells = cells();
        let patterns = Patterns::of(cells.clone(), &[]).unwrap();
        assert_eq!(patterns.iter().collect::<Vec<_>>(), [(&[][..], 0..2)]);
        assert_eq!((patterns.cells(), patterns.cell_of()), (cells.cells(), cells.cell_of()));
        let none = Cells::collapse(&[], 7.0).unwrap();
        assert!(Patterns::of(none, &[]).unwrap().is_empty());
    }

    #[test]
    fn columns_that_do_not_fit_are_named() {
        let cells = cells();
        let of = |values: &[f64]| Patterns::of(cells.clone(), &[Column { name: "age", values }]).unwrap_err();
        let length = ColumnError::Length { covariate: "age".to_owned(), values: 5, customers: 6 };
        assert_eq!(of(&[1.0; 5]), length);
        assert_eq!(length.to_string(), "covariate age has 5 values for 6 customers");
        for bad in [f64::NAN, f64::NEG_INFINITY, 1e151] {
            let error = ColumnError::BadValue { covariate: "age".to_owned(), customer: 1 };
            assert_eq!(of(&[1.0, bad, 1.0, 1.0, bad, 1.0]), error);
        }
    }
}
