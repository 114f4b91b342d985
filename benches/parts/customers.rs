//! Customers who buy, leave and spend as the models say that customers do.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Beta, Distribution, Exp, Gamma};
use regulars::analysis::clv::cell::History;
use regulars::analysis::clv::gamma_gamma::SpendCell;

/// How customers come to leave, with the two parameters by which they differ in it.
#[derive(Clone, Copy)]
pub enum Leaving {
    /// With each repeat purchase: a and b.
    AfterRepeat([f64; 2]),
    /// With each purchase, the first included: a and b.
    AfterAny([f64; 2]),
    /// At any time: s and β.
    AtAnyTime([f64; 2]),
}

/// A population, with time in a unit of its own.
#[derive(Clone, Copy)]
pub struct Population {
    /// r and α of the rates.
    pub rates: [f64; 2],
    /// The stages of the wait for a purchase; 1 where purchases come at random.
    pub k: u32,
    pub leaving: Leaving,
}

/// How customers are watched.
#[derive(Clone, Copy)]
pub struct Watch {
    /// For how long after the first purchase, in units: each customer for a time between the two.
    pub tenure: [f64; 2],
    /// How finely the clock goes, in ticks a unit: 7 are days in a week. Purchases of one tick count once, as those of one
    /// day do in a shop's summary.
    pub ticks: f64,
}

/// What was seen, with ticks for days.
pub struct Seen {
    pub histories: Vec<History>,
    /// Σ ln g over all gaps, in units.
    pub sum_ln_gaps: f64,
}

/// A rate of exactly 0 has no wait.
const SLOWEST: f64 = 1e-12;

impl Population {
    pub fn watch(&self, customers: usize, watch: Watch, chance: &mut ChaCha8Rng) -> Seen {
        let [r, alpha] = self.rates;
        let rates = Gamma::new(r, 1.0 / alpha).unwrap();
        let stages = Gamma::new(f64::from(self.k), 1.0).unwrap();
        let mut seen = Seen { histories: Vec::with_capacity(customers), sum_ln_gaps: 0.0 };
        for _ in 0..customers {
            let [least, most] = watch.tenure;
            let end = ((least + (most - least) * chance.random::<f64>()) * watch.ticks) as u32;
            let rate = f64::max(rates.sample(chance), SLOWEST);
            let (leaves, life) = self.leaving.of_one(chance);
            let mut gone = matches!(self.leaving, Leaving::AfterAny(_)) && chance.random::<f64>() < leaves;
            // The first purchase comes at some moment within its tick.
            let start: f64 = chance.random();
            let (mut x, mut last, mut now) = (0, 0, 0.0);
            while !gone {
                now += stages.sample(chance) / rate;
                let tick = (start + now * watch.ticks).min(f64::from(u32::MAX)) as u32;
                if tick > end || now > life {
                    break;
                }
                if tick > last {
                    seen.sum_ln_gaps += (f64::from(tick - last) / watch.ticks).ln();
                    (x, last) = (x + 1, tick);
                }
                gone = chance.random::<f64>() < leaves;
            }
            seen.histories.push(History { x, t_x_days: last, t_days: end });
        }
        seen
    }
}

impl Leaving {
    /// One customer's chance to leave with a purchase, and the time that another cause leaves.
    fn of_one(self, chance: &mut ChaCha8Rng) -> (f64, f64) {
        match self {
            Self::AfterRepeat([a, b]) | Self::AfterAny([a, b]) => {
                (Beta::new(a, b).unwrap().sample(chance), f64::INFINITY)
            }
            Self::AtAnyTime([s, beta]) => {
                let rate = f64::max(Gamma::new(s, 1.0 / beta).unwrap().sample(chance), SLOWEST);
                (0.0, Exp::new(rate).unwrap().sample(chance))
            }
        }
    }
}

/// Mean spends of Gamma-Gamma over one to twelve purchases, to the precision of `cents` a unit of money.
pub fn spends(
    [p, q, gamma]: [f64; 3],
    customers: usize,
    cents: f64,
    chance: &mut ChaCha8Rng,
) -> Vec<SpendCell> {
    let scales = Gamma::new(q, 1.0 / gamma).unwrap();
    (0..customers)
        .map(|_| {
            let x = chance.random_range(1..=12);
            let (shape, scale) = (p * f64::from(x), f64::max(scales.sample(chance), SLOWEST));
            let mean = Gamma::new(shape, 1.0 / scale).unwrap().sample(chance) / f64::from(x);
            SpendCell { x, z: f64::max((mean * cents).round(), 1.0) / cents, weight: 1.0 }
        })
        .collect()
}
