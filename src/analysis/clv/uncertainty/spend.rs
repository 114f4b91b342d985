//! What is known about the spend of each cell's customers. All of Gamma-Gamma's figures for a customer are quadratic in
//! the mean spend z: three sums per cell describe its customers completely.

use nalgebra::DMatrix;

use super::super::cell::Cell;
use super::super::fit::Fit;
use super::super::gamma_gamma::{GammaGamma, NoMean};
use super::no_spread::NoSpread;
use super::nodes::Node;

/// A fitted model of spend, together with each customer's spend.
#[derive(Debug, Clone)]
pub struct Spend {
    model: GammaGamma,
    covariance: DMatrix<f64>,
    of_cells: Vec<OfCell>,
}

/// The customers of a cell.
#[derive(Debug, Clone, Copy, Default)]
struct OfCell {
    customers: f64,
    /// Those with a usable mean spend z.
    known: f64,
    /// Σ z and Σ z² over them.
    sum: f64,
    squares: f64,
}

/// Moments of a cell's mean spend per purchase M, averaged over its customers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moments {
    /// E\[M\].
    pub mean: f64,
    /// E\[M²\].
    pub square: f64,
    /// E\[M\]² of each customer.
    pub squared_mean: f64,
}

impl Moments {
    /// The variance of a customer's payments for purchases with this mean and variance. Each purchase varies by M²/p
    /// about the customer's own mean spend M: see [`totals`](super::totals). `shape` is p.
    pub fn variance_of_revenue(&self, purchases: f64, variance: f64, shape: f64) -> f64 {
        let squares = purchases / shape * self.square + (variance + purchases * purchases) * self.square;
        squares - purchases * purchases * self.squared_mean
    }
}

/// The moments of each node's cell.
pub(super) fn moments_of(spend: Option<&Spend>, nodes: &[Node]) -> Result<Vec<Moments>, NoSpread> {
    let spend = spend.ok_or(NoSpread::NoSpendModel)?;
    nodes.iter().map(|node| spend.moments(node.place, &node.cell)).collect()
}

impl Spend {
    /// From a fit, and the mean spend of each customer's repeat purchases with the position of the customer's cell. A
    /// customer without a mean above 0 spends like the average. `None` if the fit gives no model.
    pub fn new(
        fit: &Fit<GammaGamma>,
        cells: &[Cell],
        cell_of: &[u32],
        means: impl IntoIterator<Item = Option<f64>>,
    ) -> Option<Self> {
        let mut of_cells = vec![OfCell::default(); cells.len()];
        for (place, mean) in cell_of.iter().zip(means) {
            let Some(cell) = cells.get(*place as usize) else { continue };
            let Some(of_cell) = of_cells.get_mut(*place as usize) else { continue };
            of_cell.customers += 1.0;
            if let Some(z) = mean.filter(|z| cell.x > 0 && *z > 0.0 && z.is_finite()) {
                of_cell.known += 1.0;
                of_cell.sum += z;
                of_cell.squares += z * z;
            }
        }
        Some(Self { model: *fit.model()?, covariance: fit.covariance()?.clone(), of_cells })
    }

    /// The covariance of the logarithms of p, q and γ.
    pub(super) fn covariance(&self) -> &DMatrix<f64> {
        &self.covariance
    }

    /// p of the model.
    pub(super) fn shape(&self) -> f64 {
        self.model.shape()
    }

    /// The expected spend per purchase of each cell, averaged over its customers, with the model's logarithms shifted.
    pub(super) fn means(&self, cells: &[Cell], by: &[f64]) -> Result<Vec<f64>, NoSpread> {
        let model = self.model.shifted(std::array::from_fn(|i| by.get(i).copied().unwrap_or(0.0)));
        let mean = |(cell, of): (&Cell, &OfCell)| {
            // Linear in z: the mean over customers is that of their mean z.
            let known = if of.known > 0.0 {
                of.known * model.expected_spend(cell.x, of.sum / of.known)?
            } else {
                0.0
            };
            let unknown = of.customers - of.known;
            let others = if unknown > 0.0 { unknown * model.population_mean()? } else { 0.0 };
            Ok(if of.customers > 0.0 { (known + others) / of.customers } else { 0.0 })
        };
        cells
            .iter()
            .zip(&self.of_cells)
            .map(mean)
            .collect::<Result<_, NoMean>>()
            .map_err(|_| NoSpread::NoMean)
    }

    /// The moments at the position of a cell.
    pub(super) fn moments(&self, place: usize, cell: &Cell) -> Result<Moments, NoSpread> {
        let Some(of) = self.of_cells.get(place).filter(|of| of.customers > 0.0) else {
            return Err(NoSpread::NoCustomers);
        };
        let mut moments = Moments { mean: 0.0, square: 0.0, squared_mean: 0.0 };
        let mut add = |share: f64, x: u32, z: f64, squared: f64| {
            let no_mean = |_| NoSpread::NoMean;
            let mean = self.model.expected_spend(x, z).map_err(no_mean)?;
            let square = self.model.squared_spend(x, z).map_err(|_| NoSpread::NoVariance)?;
            // E[M]² over customers of this mean, who differ in z: their variance is added.
            let slope = self.model.expected_spend(x, 2.0 * z).map_err(no_mean)? - mean;
            let differ = if x > 0 { slope * slope * (squared / (z * z) - 1.0).max(0.0) } else { 0.0 };
            moments.mean += share * mean;
            moments.squared_mean += share * (mean * mean + differ);
            moments.square += share * (mean * mean + differ) * (square / (mean * mean));
            Ok(())
        };
        if of.known > 0.0 {
            let z = of.sum / of.known;
            add(of.known / of.customers, cell.x, z, of.squares / of.known)?;
        }
        if of.customers > of.known {
            add(1.0 - of.known / of.customers, 0, 1.0, 1.0)?;
        }
        Ok(moments)
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, Gamma};

    use super::super::super::cell::{Cells, History};
    use super::super::super::gamma_gamma::{self, SpendCell};
    use super::*;

    #[test]
    fn sums_a_cell_say_what_each_customer_would() {
        let customers: Vec<History> = (0..60)
            .map(|i| History { x: i % 3, t_x_days: if i % 3 == 0 { 0 } else { 30 }, t_days: 70 })
            .collect();
        let means: Vec<Option<f64>> =
            (0..60).map(|i| if i % 7 == 0 { None } else { Some(10.0 + 3.0 * f64::from(i % 11)) }).collect();
        let cells = Cells::collapse(&customers, 7.0).unwrap();
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let spent: Vec<SpendCell> = (0..400_u32)
            .map(|i| {
                let (x, rate) =
                    (f64::from(1 + i % 4), Gamma::new(4.0, 1.0 / 15.0).unwrap().sample(&mut random));
                let z = Gamma::new(6.0 * x, 1.0 / (rate * x)).unwrap().sample(&mut random);
                SpendCell { x: 1 + i % 4, z, weight: 1.0 }
            })
            .collect();
        let fit = gamma_gamma::fit(&spent);
        let spend = Spend::new(&fit, cells.cells(), cells.cell_of(), means.iter().copied()).unwrap();
        let model = fit.model().unwrap();
        for (place, cell) in cells.cells().iter().enumerate() {
            let mut sums = [0.0; 4];
            for ((history, mean), at) in customers.iter().zip(&means).zip(cells.cell_of()) {
                if *at as usize == place {
                    let x = if mean.is_some() { history.x } else { 0 };
                    let z = mean.unwrap_or(1.0);
                    let (mean, square) =
                        (model.expected_spend(x, z).unwrap(), model.squared_spend(x, z).unwrap());
                    for (sum, value) in sums.iter_mut().zip([1.0, mean, square, mean * mean]) {
                        *sum += value;
                    }
                }
            }
            let found = spend.moments(place, cell).unwrap();
            let shifted = spend.means(cells.cells(), &[0.0; 3]).unwrap();
            for (one, sum) in [found.mean, found.square, found.squared_mean].into_iter().zip(&sums[1..]) {
                assert!((one / (sum / sums[0]) - 1.0).abs() < 1e-12, "{place} {one}");
            }
            assert!((shifted[place] / found.mean - 1.0).abs() < 1e-12);
        }
    }
}
