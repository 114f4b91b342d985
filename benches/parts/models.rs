//! The models, on customers who buy as the models say that customers do.

use rand::Rng;
use rand_distr::{Distribution, Exp, Gamma};
use regulars::analysis::clv::cell::History;
use regulars::analysis::clv::gamma_gamma::SpendCell;

use crate::shop::chance;

const CUSTOMERS: usize = 50_000;
/// Those who came again.
const SPENDERS: usize = CUSTOMERS / 2;
const DAYS: f64 = 730.0;

/// Lives of BG/NBD: a rate of one's own, and a chance to leave after each purchase.
fn histories() -> Vec<History> {
    let mut chance = chance();
    let rates = Gamma::new(0.6, 1.0 / 90.0).unwrap();
    (0..CUSTOMERS)
        .map(|_| {
            let (rate, leaves) = (rates.sample(&mut chance), chance.random::<f64>().powi(3));
            let tenure = chance.random_range(30.0..DAYS);
            let (mut at, mut x, mut last) = (0.0, 0, 0.0);
            let gaps = Exp::new(f64::max(rate, 1e-6)).unwrap();
            while chance.random::<f64>() > leaves {
                at += f64::max(gaps.sample(&mut chance), 1.0);
                if at > tenure {
                    break;
                }
                (x, last) = (x + 1, at);
            }
            History { x, t_x_days: last as u32, t_days: tenure as u32 }
        })
        .collect()
}

/// Mean spends of Gamma-Gamma, in whole cents.
fn spends() -> Vec<SpendCell> {
    let mut chance = chance();
    let scales = Gamma::new(4.0, 1.0 / 60.0).unwrap();
    let spend = |x: u32, chance: &mut _| {
        let scale = f64::max(scales.sample(chance), 1e-6);
        let mean = Gamma::new(6.0 * f64::from(x), 1.0 / (scale * f64::from(x))).unwrap().sample(chance);
        SpendCell { x, z: f64::max((mean * 100.0).round() / 100.0, 0.01), weight: 1.0 }
    };
    (0..SPENDERS)
        .map(|_| {
            let x = chance.random_range(1..12);
            spend(x, &mut chance)
        })
        .collect()
}

/// Purchases and dropout: counting equal histories, the fit on these, and every customer's forecast.
pub mod purchases {
    use criterion::Criterion;
    use regulars::analysis::clv::bg_nbd;
    use regulars::analysis::clv::cell::Cells;
    use regulars::analysis::clv::value::{Discounting, Scores, Timing};

    use super::{CUSTOMERS, histories};
    use crate::{group, on};

    const WEEK: f64 = 7.0;

    fn cells() -> Cells {
        Cells::collapse(&histories(), WEEK).unwrap()
    }

    pub fn benches(criterion: &mut Criterion) {
        let mut group = group(criterion, "purchases", CUSTOMERS);
        let collapse = on(histories, |histories| Cells::collapse(histories, WEEK).unwrap());
        group.bench_function("collapse", collapse);
        group.bench_function("fit", on(cells, bg_nbd::fit));
        let set_up = || {
            let cells = cells();
            let fit = bg_nbd::fit(&cells);
            (cells, fit, Discounting::new(365.0, 0.1, Timing::Middle).unwrap())
        };
        let score = on(set_up, |(cells, fit, terms)| {
            let model = fit.model().expect("these customers follow the model");
            Scores::compute(model, cells, &[30.0, 90.0, 365.0], *terms).unwrap()
        });
        group.bench_function("score", score);
    }
}

/// Spend a purchase.
pub mod spend {
    use criterion::Criterion;
    use regulars::analysis::clv::gamma_gamma;

    use super::{SPENDERS, spends};
    use crate::{group, on};

    pub fn benches(criterion: &mut Criterion) {
        let mut group = group(criterion, "spend", SPENDERS);
        group.bench_function("fit", on(spends, |cells| gamma_gamma::fit(cells)));
    }
}
