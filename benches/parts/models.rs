//! The models, on customers who buy as the models say that customers do.

use rand::Rng;
use rand_distr::{Beta, Distribution, Gamma};
use regulars::analysis::classify::Feature;
use regulars::analysis::clv::cell::Cells;
use regulars::analysis::clv::discrete::DiscreteCell;
use regulars::analysis::clv::gamma_gamma::SpendCell;
use regulars::analysis::clv::s_bg::Renewal;
use regulars::analysis::survival::Observation;

use crate::customers::{Leaving, Population, Seen, Watch, spends as drawn_spends};
use crate::shop::chance;

const CUSTOMERS: usize = 50_000;
/// Those who came again.
const SPENDERS: usize = CUSTOMERS / 2;
const WEEK: f64 = 7.0;
/// Two years of a shop, by its days.
const TWO_YEARS: Watch = Watch { tenure: [4.0, 104.0], ticks: WEEK };

const AT_RANDOM: [f64; 2] = [0.8, 7.0];

/// Who buys at random and leaves after a repeat purchase.
const BG: Population = Population { rates: AT_RANDOM, k: 1, leaving: Leaving::AfterRepeat([0.9, 2.7]) };
/// Who may leave after the first purchase, too.
const MBG: Population = Population { rates: AT_RANDOM, k: 1, leaving: Leaving::AfterAny([0.6, 2.4]) };
/// Who leaves at any time.
const PARETO: Population = Population { rates: AT_RANDOM, k: 1, leaving: Leaving::AtAnyTime([0.7, 13.0]) };
/// Who buys more regularly than chance.
const REGULAR: Population = Population { rates: [1.6, 2.3], k: 3, leaving: Leaving::AfterRepeat([0.9, 2.7]) };

fn seen(population: &Population) -> Seen {
    population.watch(CUSTOMERS, TWO_YEARS, &mut chance())
}

fn cells(seen: &Seen) -> Cells {
    Cells::collapse(&seen.histories, WEEK).unwrap()
}

/// Mean spends of Gamma-Gamma, in whole cents.
fn spends() -> Vec<SpendCell> {
    drawn_spends([6.0, 4.0, 60.0], SPENDERS, 100.0, &mut chance())
}

/// Purchases at some of up to 36 monthly opportunities, of customers who drop out. Equal ones are counted together.
fn givers() -> Vec<DiscreteCell> {
    let mut chance = chance();
    let (buys, leaves) = (Beta::new(1.1, 3.2).unwrap(), Beta::new(0.7, 12.0).unwrap());
    let mut drawn: Vec<(u32, u32, u32)> = (0..CUSTOMERS)
        .map(|_| {
            let (p, theta): (f64, f64) = (buys.sample(&mut chance), leaves.sample(&mut chance));
            let n = chance.random_range(12..=36);
            let (mut x, mut t_x) = (0, 0);
            for opportunity in 1..=n {
                if chance.random::<f64>() < theta {
                    break;
                }
                if chance.random::<f64>() < p {
                    (x, t_x) = (x + 1, opportunity);
                }
            }
            (x, t_x, n)
        })
        .collect();
    drawn.sort_unstable();
    let of = |alike: &[(u32, u32, u32)]| {
        let (x, t_x, n) = alike[0];
        DiscreteCell { x, t_x, n, weight: alike.len() as f64 }
    };
    drawn.chunk_by(|left, right| left == right).map(of).collect()
}

/// The renewals of 60 monthly cohorts.
fn renewals() -> Vec<Renewal> {
    let mut chance = chance();
    let leaves = Beta::new(0.7, 1.2).unwrap();
    let mut renewals = Vec::new();
    for months in 1..=60 {
        let mut cohort: Vec<f64> =
            (0..CUSTOMERS / 60).map(|_| f64::min(leaves.sample(&mut chance), 0.999)).collect();
        for period in 1..=months {
            let at_risk = cohort.len() as f64;
            cohort.retain(|theta| chance.random::<f64>() > *theta);
            if at_risk > 0.0 {
                renewals.push(Renewal { period, at_risk, lost: at_risk - cohort.len() as f64 });
            }
        }
    }
    renewals
}

/// How many days until customers came back, watched for up to a year.
fn waits() -> Vec<Observation> {
    let mut chance = chance();
    let waits = Gamma::new(0.8, 150.0).unwrap();
    (0..CUSTOMERS)
        .map(|_| {
            let (wait, watched) = (f64::round(waits.sample(&mut chance)), chance.random_range(1..=365_u32));
            let watched = f64::from(watched);
            Observation { time: wait.min(watched), event: wait <= watched, weight: 1.0 }
        })
        .collect()
}

/// Eight columns about customers, and who of them churned.
struct Questions {
    columns: Vec<Vec<f64>>,
    churned: Vec<bool>,
}

const NAMES: [&str; 8] = [
    "recency_days",
    "orders",
    "revenue",
    "tenure_days",
    "gap_days",
    "returns",
    "average_order",
    "categories",
];

impl Questions {
    /// Churn is likelier the later a customer is; of a tenth the gap is not known.
    fn new() -> Self {
        let mut chance = chance();
        let mut columns = vec![Vec::with_capacity(CUSTOMERS); NAMES.len()];
        let mut churned = Vec::with_capacity(CUSTOMERS);
        for _ in 0..CUSTOMERS {
            let gap = 20.0 + 100.0 * chance.random::<f64>();
            let recency = (gap * 3.0 * chance.random::<f64>()).round();
            let known = if chance.random_range(0..10) > 0 { gap } else { f64::NAN };
            let mut others = || f64::from(chance.random_range(0..1000_u32));
            let values = [recency, others(), others(), others(), known, others(), others(), others()];
            for (column, value) in columns.iter_mut().zip(values) {
                column.push(value);
            }
            let odds = f64::exp(1.5 * (recency / gap - 1.5));
            churned.push(chance.random::<f64>() < odds / (1.0 + odds));
        }
        Self { columns, churned }
    }

    fn features(&self) -> Vec<Feature<'_>> {
        NAMES.iter().zip(&self.columns).map(|(name, values)| Feature { name, values }).collect()
    }
}

/// Purchases and dropout: counting equal histories, the fit of each model on these, and every customer's forecast.
pub mod purchases {
    use criterion::Criterion;
    use regulars::analysis::clv::cell::Cells;
    use regulars::analysis::clv::purchases::PurchaseModel;
    use regulars::analysis::clv::value::{Discounting, Scores, Timing};

    use super::{BG, CUSTOMERS, MBG, PARETO, REGULAR, WEEK, cells, seen};
    use crate::{group, on};

    pub fn benches(criterion: &mut Criterion) {
        let mut group = group(criterion, "purchases", CUSTOMERS);
        let collapse = on(|| seen(&BG), |seen| Cells::collapse(&seen.histories, WEEK).unwrap());
        group.bench_function("collapse", collapse);
        for (kind, population) in [
            (PurchaseModel::Nbd, BG),
            (PurchaseModel::BgNbd, BG),
            (PurchaseModel::MbgNbd, MBG),
            (PurchaseModel::ParetoNbd, PARETO),
            (PurchaseModel::BgCnbd, REGULAR),
        ] {
            let set_up = || {
                let seen = seen(&population);
                (cells(&seen), seen.sum_ln_gaps)
            };
            let fit = on(set_up, |(cells, sum_ln_gaps)| kind.fit(cells, *sum_ln_gaps));
            group.bench_function(format!("{}, fit", kind.key()), fit);
            let set_up = || {
                let seen = seen(&population);
                let cells = cells(&seen);
                let fit = kind.fit(&cells, seen.sum_ln_gaps);
                (cells, fit, Discounting::new(365.0, 0.1, Timing::Middle).unwrap())
            };
            let score = on(set_up, |(cells, fit, terms)| {
                let population = regulars::analysis::clv::population::Population::fitted(fit, cells)
                    .expect("these customers follow the model");
                Scores::compute(&population, &[30.0, 90.0, 365.0], *terms).unwrap()
            });
            group.bench_function(format!("{}, score", kind.key()), score);
        }
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
        let set_up = || {
            let cells = spends();
            let fit = gamma_gamma::fit(&cells);
            (cells, fit)
        };
        let score = on(set_up, |(cells, fit)| {
            let model = fit.model().expect("these customers follow the model");
            cells.iter().map(|cell| model.expected_spend(cell.x, cell.z).unwrap()).collect::<Vec<f64>>()
        });
        group.bench_function("score", score);
    }
}

/// Opportunities and contracts, where time is counted.
pub mod counted {
    use criterion::Criterion;
    use regulars::analysis::clv::{bg_bb, s_bg};

    use super::{CUSTOMERS, givers, renewals};
    use crate::{group, on};

    pub fn benches(criterion: &mut Criterion) {
        let mut group = group(criterion, "counted", CUSTOMERS);
        group.bench_function("bg_bb, fit", on(givers, |cells| bg_bb::fit(cells)));
        let set_up = || {
            let cells = givers();
            let fit = bg_bb::fit(&cells);
            (cells, fit)
        };
        let score = on(set_up, |(cells, fit)| {
            let model = fit.model().expect("these customers follow the model");
            let forecast = |x, t_x, n| (model.p_alive(x, t_x, n), model.expected_purchases(x, t_x, n, 12));
            cells.iter().map(|cell| forecast(cell.x, cell.t_x, cell.n)).collect::<Vec<_>>()
        });
        group.bench_function("bg_bb, score", score);
        group.bench_function("s_bg, fit", on(renewals, |renewals| s_bg::fit(renewals)));
        let score = on(
            || s_bg::fit(&renewals()),
            |fit| {
                let model = fit.model().expect("these customers follow the model");
                (0..60)
                    .map(|n| (model.survival_after(n, 12), model.discounted_residual_lifetime(n, 0.01)))
                    .collect::<Vec<_>>()
            },
        );
        group.bench_function("s_bg, score", score);
    }
}

/// Who will churn, and when it comes.
pub mod churn {
    use criterion::Criterion;
    use regulars::analysis::classify::Sample;
    use regulars::analysis::classify::logistic::{self, Penalty};
    use regulars::analysis::classify::tree::{self, Options};
    use regulars::analysis::survival::KaplanMeier;

    use super::{CUSTOMERS, Questions, waits};
    use crate::{group, on};

    pub fn benches(criterion: &mut Criterion) {
        let mut group = group(criterion, "churn", CUSTOMERS);
        let fit = on(Questions::new, |questions| {
            let features = questions.features();
            logistic::fit(&Sample::new(&features, &questions.churned, None).unwrap(), Penalty::default())
        });
        group.bench_function("logistic, fit", fit);
        let set_up = || {
            let questions = Questions::new();
            let features = questions.features();
            let sample = Sample::new(&features, &questions.churned, None).unwrap();
            let fit = logistic::fit(&sample, Penalty::default());
            drop(features);
            (questions, fit)
        };
        let score = on(set_up, |(questions, fit)| {
            let model = fit.model().expect("churn here follows recency");
            model.probabilities(&questions.features()).unwrap()
        });
        group.bench_function("logistic, score", score);
        let fit = on(Questions::new, |questions| {
            let features = questions.features();
            tree::fit(&Sample::new(&features, &questions.churned, None).unwrap(), Options::default())
        });
        group.bench_function("tree, fit", fit);
        let set_up = || {
            let questions = Questions::new();
            let features = questions.features();
            let sample = Sample::new(&features, &questions.churned, None).unwrap();
            let fit = tree::fit(&sample, Options::default());
            drop(features);
            (questions, fit)
        };
        let score = on(set_up, |(questions, fit)| {
            let model = fit.tree().expect("churn here follows recency");
            model.probabilities(&questions.features()).unwrap()
        });
        group.bench_function("tree, score", score);
        group.bench_function("kaplan_meier, fit", on(waits, |waits| KaplanMeier::of(waits).unwrap()));
        let set_up = || KaplanMeier::of(&waits()).unwrap();
        let score =
            on(set_up, |curve| (0..365).map(|day| curve.survival(f64::from(day))).collect::<Vec<_>>());
        group.bench_function("kaplan_meier, score", score);
    }
}
