//! Covariates as the search uses them: standardised, without redundant columns.

use std::fmt;

use nalgebra::{DMatrix, DVector};

use super::patterns::Patterns;
use crate::analysis::special::Sum;

/// A column follows from the others if less than this share of its variance is its own.
const COLLINEAR: f64 = 1e-9;

/// A smaller share of another column's standard deviation counts as none.
const NO_SHARE: f64 = 1e-5;

/// A covariate that the fit left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Its name.
    pub covariate: String,
    /// Why.
    pub why: Redundant,
}

/// Why a covariate is redundant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redundant {
    /// It is the same for every customer.
    Constant,
    /// It is a linear combination of covariates named before it, plus a constant.
    Follows {
        /// The names of these; if there is one, the two carry the same information.
        from: Vec<String>,
    },
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { covariate, why } = self;
        match why {
            Redundant::Constant => write!(f, "{covariate} is the same for everybody"),
            Redundant::Follows { from } => match from.as_slice() {
                [one] => write!(f, "{covariate} says the same as {one}"),
                [but_last @ .., last] => {
                    write!(f, "{covariate} follows from {} and {last}", but_last.join(", "))
                }
                [] => write!(f, "{covariate} follows from others"),
            },
        }
    }
}

/// A column that is kept.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Standard {
    /// Its position in a row.
    pub place: usize,
    /// The mean over customers.
    pub mean: f64,
    /// The standard deviation over customers, with their number as divisor; above 0.
    pub sd: f64,
    /// The range from the least value to the largest, in standard deviations.
    pub reach: f64,
}

/// The columns that are kept, and those left out.
pub(super) struct Design {
    pub columns: Vec<Standard>,
    pub left_out: Vec<LeftOut>,
    /// The standardised row of each pattern, one after the other.
    pub rows: Vec<f64>,
}

impl Design {
    pub fn of(patterns: &Patterns) -> Self {
        let mut left_out = Vec::new();
        let mut columns = Vec::new();
        for (place, name) in patterns.names().iter().enumerate() {
            match Standard::of(patterns, place) {
                Some(column) => columns.push(column),
                None => left_out.push((place, name.clone(), Redundant::Constant)),
            }
        }
        let correlations = correlations(patterns, &columns);
        let mut kept: Vec<usize> = Vec::new();
        for at in 0..columns.len() {
            match shares(&correlations, &kept, at) {
                None => kept.push(at),
                Some(shares) => {
                    let name = |at: &usize| patterns.names()[columns[*at].place].clone();
                    let counts = |pair: &(&usize, &f64)| pair.1.abs() > NO_SHARE;
                    let from =
                        kept.iter().zip(shares.iter()).filter(counts).map(|(at, _)| name(at)).collect();
                    left_out.push((columns[at].place, name(&at), Redundant::Follows { from }));
                }
            }
        }
        left_out.sort_by_key(|(place, ..)| *place);
        let columns: Vec<Standard> = kept.into_iter().map(|at| columns[at].clone()).collect();
        let standardised =
            |row: &[f64]| -> Vec<f64> { columns.iter().map(|column| column.at(row)).collect() };
        Self {
            rows: patterns.iter().flat_map(|(row, _)| standardised(row)).collect(),
            columns,
            left_out: left_out.into_iter().map(|(_, covariate, why)| LeftOut { covariate, why }).collect(),
        }
    }
}

impl Standard {
    /// The column at this place of the rows; `None` if all customers are equal in it.
    fn of(patterns: &Patterns, place: usize) -> Option<Self> {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for (row, _) in patterns.iter() {
            (low, high) = (low.min(row[place]), high.max(row[place]));
        }
        if low >= high {
            return None;
        }
        let middle = low + mean(patterns, |row| row[place] - low);
        let variance = mean(patterns, |row| (row[place] - middle) * (row[place] - middle));
        let sd = variance.sqrt();
        (sd > 0.0).then(|| Self { place, mean: middle, sd, reach: (high - low) / sd })
    }

    /// The standardised value in a row.
    pub fn at(&self, row: &[f64]) -> f64 {
        (row[self.place] - self.mean) / self.sd
    }
}

/// The mean over customers of a function of the row.
fn mean(patterns: &Patterns, of: impl Fn(&[f64]) -> f64) -> f64 {
    let (mut total, mut customers) = (Sum::default(), Sum::default());
    for (row, cells) in patterns.iter() {
        let weight: f64 = patterns.cells()[cells].iter().map(|cell| cell.weight).sum();
        total.add(weight * of(row));
        customers.add(weight);
    }
    total.value() / customers.value()
}

fn correlations(patterns: &Patterns, columns: &[Standard]) -> DMatrix<f64> {
    let mut correlations = DMatrix::identity(columns.len(), columns.len());
    for i in 0..columns.len() {
        for j in 0..i {
            let correlation = mean(patterns, |row| columns[i].at(row) * columns[j].at(row));
            correlations[(i, j)] = correlation;
            correlations[(j, i)] = correlation;
        }
    }
    correlations
}

/// If the kept columns fully explain a column: the weights of their sum.
fn shares(correlations: &DMatrix<f64>, kept: &[usize], at: usize) -> Option<DVector<f64>> {
    let among = DMatrix::from_fn(kept.len(), kept.len(), |i, j| correlations[(kept[i], kept[j])]);
    let with = DVector::from_fn(kept.len(), |i, _| correlations[(kept[i], at)]);
    let shares = among.cholesky()?.solve(&with);
    (1.0 - shares.dot(&with) < COLLINEAR).then_some(shares)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::clv::cell::{Cells, History};
    use crate::analysis::clv::covariates::Column;

    #[test]
    fn what_tells_nothing_of_its_own_is_named() {
        let customers: Vec<_> = (0..60).map(|i| History { x: 1 + i % 5, t_x_days: i, t_days: 70 }).collect();
        let cells = Cells::collapse(&customers, 7.0).unwrap();
        let from = |of: fn(usize) -> f64| (0..60).map(of).collect::<Vec<f64>>();
        // The years are far from 0, like dates.
        let north = from(|i| f64::from(u8::from(i % 3 == 0)));
        let named = [
            ("country", from(|_| 7.5)),
            ("year", from(|i| 1e9 + (i * i % 17) as f64)),
            ("north", north.clone()),
            ("days", from(|i| 365.25 * (1e9 + (i * i % 17) as f64))),
            ("east", from(|i| f64::from(u8::from(i % 3 == 1)))),
            ("not_north", north.iter().map(|north| 1.0 - north).collect()),
            ("west", from(|i| f64::from(u8::from(i % 3 == 2)))),
        ];
        let columns = named.each_ref().map(|(name, values)| Column { name, values });
        let patterns = Patterns::of(cells.clone(), &columns).unwrap();
        let design = Design::of(&patterns);
        assert_eq!(design.columns.iter().map(|column| column.place).collect::<Vec<_>>(), [1, 2, 4]);
        let said: Vec<_> = design.left_out.iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "country is the same for everybody",
                "days says the same as year",
                "not_north says the same as north",
                "west follows from north and east",
            ]
        );
        // Standardised: of mean 0 and variance 1 over customers.
        for at in 0..3 {
            let (mut total, mut squares) = (0.0, 0.0);
            for (row, (_, range)) in design.rows.chunks(3).zip(patterns.iter()) {
                let weight: f64 = patterns.cells()[range].iter().map(|cell| cell.weight).sum();
                total += weight * row[at];
                squares += weight * row[at] * row[at];
            }
            assert!(total.abs() < 1e-6 && (squares / 60.0 - 1.0).abs() < 1e-6, "{total} {squares}");
        }
        assert!((design.columns[1].reach - 3.0 / 2.0_f64.sqrt()).abs() < 1e-12);
    }
}
