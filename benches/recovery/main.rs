//! Do the models find the truth? Populations of known parameters, from 500 customers to 2,000,000, fitted: `cargo bench
//! --bench recovery -- all` prints the table of `docs/models.md`, in some minutes; `-- 5000 50000` runs these sizes alone, and
//! `-- all days` on a clock of whole days. Without sizes there is nothing to do, as where all benches are run.
//!
//! Each size is repeated with other customers. Errors are those of logarithms, ln(estimate/truth), on which the search
//! works and by which standard errors are told: 0.05 is 5 %. An error in standard errors, z, is a standard normal if both
//! are right: its root mean square is near 1, whatever the size, and 4 is passed once in 16,000 times. The errors
//! themselves shrink as 1/√n. A draw is found if its fit converged, and with the right k where there is one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "its table goes to the console, and it may stop at what is not as it should be"
)]

use std::time::Instant;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use regulars::analysis::clv::cell::Cells;
use regulars::analysis::clv::fit::{Ending, Estimate};
use regulars::analysis::clv::gamma_gamma;
use regulars::analysis::clv::purchases::PurchaseModel;

#[path = "../parts/customers.rs"]
mod customers;

use customers::{Leaving, Population, Watch};

/// Customers, and how often that many are drawn.
const SIZES: [(usize, u64); 5] = [(500, 100), (5_000, 50), (50_000, 20), (500_000, 5), (2_000_000, 2)];

/// Weeks, on a clock so fine that no purchase is lost or moved by it: what it tells of is the estimates, not the days.
const FINE: Watch = Watch { tenure: [52.0, 104.0], ticks: 10_000.0 };
/// On a clock of days.
const DAYS: Watch = Watch { ticks: 7.0, ..FINE };

enum Truth {
    Purchases(PurchaseModel, Population),
    /// p, q and γ.
    Spend([f64; 3]),
}

fn truths() -> [(&'static str, Truth); 5] {
    let of = |rates, k, leaving| Population { rates, k, leaving };
    let random = [0.8, 7.0];
    [
        ("BG/NBD", Truth::Purchases(PurchaseModel::BgNbd, of(random, 1, Leaving::AfterRepeat([0.9, 2.7])))),
        ("MBG/NBD", Truth::Purchases(PurchaseModel::MbgNbd, of(random, 1, Leaving::AfterAny([0.6, 2.4])))),
        (
            "Pareto/NBD",
            Truth::Purchases(PurchaseModel::ParetoNbd, of(random, 1, Leaving::AtAnyTime([0.7, 13.0]))),
        ),
        (
            "MBG/CNBD-3",
            Truth::Purchases(PurchaseModel::MbgCnbd, of([1.6, 2.3], 3, Leaving::AfterAny([0.6, 2.4]))),
        ),
        ("Gamma-Gamma", Truth::Spend([3.0, 4.0, 20.0])),
    ]
}

impl Truth {
    fn parameters(&self) -> Vec<f64> {
        match self {
            Self::Spend(values) => values.to_vec(),
            Self::Purchases(_, population) => {
                let (Leaving::AfterRepeat(leaving)
                | Leaving::AfterAny(leaving)
                | Leaving::AtAnyTime(leaving)) = population.leaving;
                population.rates.into_iter().chain(leaving).chain([f64::from(population.k)]).collect()
            }
        }
    }

    /// How the fit to a draw ends, its estimates, and the seconds that it takes.
    fn fit(&self, customers: usize, watch: Watch, seed: u64) -> (Ending, Vec<Estimate>, f64) {
        let mut chance = ChaCha8Rng::seed_from_u64(seed);
        match self {
            Self::Purchases(kind, population) => {
                let seen = population.watch(customers, watch, &mut chance);
                let cells = Cells::collapse(&seen.histories, watch.ticks).unwrap();
                let begun = Instant::now();
                let fit = kind.fit(&cells, seen.sum_ln_gaps);
                (fit.ending, fit.estimates, begun.elapsed().as_secs_f64())
            }
            Self::Spend(values) => {
                let cells = customers::spends(*values, customers, 1e9, &mut chance);
                let begun = Instant::now();
                let fit = gamma_gamma::fit(&cells);
                (fit.ending, fit.estimates, begun.elapsed().as_secs_f64())
            }
        }
    }
}

fn root_mean_square(values: &[f64]) -> f64 {
    (values.iter().map(|value| value * value).sum::<f64>() / values.len() as f64).sqrt()
}

fn main() {
    let asked = |word: &str| std::env::args().any(|argument| argument == word);
    let sizes =
        SIZES.map(|(customers, draws)| (customers, draws, asked("all") || asked(&customers.to_string())));
    if !sizes.iter().any(|(.., asked)| *asked) {
        return;
    }
    let watch = if asked("days") { DAYS } else { FINE };
    println!("| model | customers | draws | found | error | error × √n | z, rms | z, furthest | fit, s |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for (name, truth) in truths() {
        let parameters = truth.parameters();
        for (customers, draws, _) in sizes.into_iter().filter(|(.., asked)| *asked) {
            let (mut errors, mut z, mut found, mut seconds) = (Vec::new(), Vec::new(), 0, 0.0);
            for draw in 0..draws {
                let (ending, estimates, took) = truth.fit(customers, watch, 1000 * draw + customers as u64);
                seconds += took;
                let estimates = || estimates.iter().zip(&parameters);
                // k is whole, and right or wrong.
                let right = |(estimate, truth): (&Estimate, &f64)| {
                    estimate.standard_error.is_some() || estimate.value.total_cmp(truth).is_eq()
                };
                if ending != Ending::Converged || !estimates().all(right) {
                    continue;
                }
                found += 1;
                for (estimate, truth) in estimates() {
                    let error = (estimate.value / truth).ln();
                    let Some(standard_error) = estimate.standard_error else { continue };
                    errors.push(error);
                    z.push(error / (standard_error / estimate.value));
                }
            }
            let error = root_mean_square(&errors);
            let furthest = z.iter().fold(0.0, |furthest: f64, z| furthest.max(z.abs()));
            println!(
                "| {name} | {customers} | {draws} | {found} | {:.4} | {:.2} | {:.2} | {furthest:.1} | {:.3} |",
                error,
                error * (customers as f64).sqrt(),
                root_mean_square(&z),
                seconds / draws as f64,
            );
        }
    }
}
