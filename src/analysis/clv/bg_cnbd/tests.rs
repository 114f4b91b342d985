//! The papers' figures, BG/NBD as the case k = 1, derivatives compared with differences, simulations, and how fits end.

use nalgebra::SVector;
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Beta, Distribution, Gamma};

use super::*;
use crate::analysis::clv::bg_nbd::{self, BgNbd};
use crate::analysis::clv::cell::History;
use crate::analysis::clv::fit::{Lacking, Limit, predictions, recovery};
use crate::analysis::clv::nbd;
use crate::analysis::clv::population::Population;
use crate::analysis::clv::purchases::Purchases;
use crate::analysis::clv::value::{Discounting, Scores, Timing};

const BOTH: [Dropout; 2] = [Dropout::AfterRepeat, Dropout::AfterAny];

fn model_of(dropout: Dropout, k: u32, [r, alpha, a, b]: [f64; 4], unit_days: f64) -> BgCnbd {
    BgCnbd::from_parameters(dropout, [r, alpha, a, b, f64::from(k)], unit_days).unwrap()
}

/// MBG/NBD on CDNOW's sample, in weeks (Batislam, Denizel and Filiztekin 2007).
fn cdnow() -> BgCnbd {
    model_of(Dropout::AfterAny, 1, [0.525, 6.183, 0.891, 1.614], 7.0)
}

fn member(dropout: Dropout, k: u32) -> Member {
    Member { k: Regularity(k), dropout: Some(dropout) }
}

fn one(member: Member, [r, alpha, a, b]: [f64; 4], x: u32, t_x: f64, t: f64) -> f64 {
    let cell = [Cell { x, t_x, t, weight: 1.0 }];
    let theta = SVector::from([r, alpha, a, b].map(f64::ln));
    likelihood::log_likelihood(&CellLayout::of(&cell), member, &theta).value
}

#[test]
fn likelihood_of_single_customers() {
    // The integral of the likelihood given λ and p over both, without the gaps, by quadrature with 40 digits (mpmath).
    let rare = [1.4, 2.5, 1.2, 2.5];
    let sample = [0.525, 6.183, 0.891, 1.614];
    for (dropout, k, parameters, x, t_x, t, expected) in [
        (Dropout::AfterAny, 1, sample, 0, 0.0, 38.86, -0.539_837_463_531_014_6),
        (Dropout::AfterAny, 1, sample, 2, 30.43, 38.86, -9.485_551_314_533_932),
        (Dropout::AfterRepeat, 3, rare, 0, 0.0, 10.0, -1.091_563_393_728_327),
        (Dropout::AfterAny, 3, rare, 0, 0.0, 10.0, -0.595_761_434_336_297_8),
        (Dropout::AfterRepeat, 3, rare, 5, 31.0, 40.0, -29.382_190_254_902_035),
        (Dropout::AfterAny, 12, [2.5, 1.7, 1.3, 4.4], 7, 20.0, 24.0, 30.200_037_222_016_895),
    ] {
        let found = one(member(dropout, k), parameters, x, t_x, t);
        assert!((found - expected).abs() < 1e-12, "{dropout:?} {k} {x}: {found} {expected}");
    }
}

#[test]
fn figures_of_single_customers() {
    // P(alive) and discounted purchases by quadrature over λ with 20 digits and more (mpmath).
    for (dropout, k, parameters, (x, t_x, t), rate, alive, residual) in [
        (
            Dropout::AfterAny,
            1,
            [0.525, 6.183, 0.891, 1.614],
            (2, 30.43, 38.86),
            0.0027,
            0.706_202_265_118_487_3,
            4.913_027_319_127_983,
        ),
        (
            Dropout::AfterAny,
            3,
            [1.4, 2.5, 1.2, 2.5],
            (5, 31.0, 40.0),
            0.0027,
            0.578_395_047_510_253_3,
            6.843_623_611_598_77,
        ),
        (Dropout::AfterRepeat, 3, [1.4, 2.5, 1.2, 2.5], (0, 0.0, 10.0), 0.01, 1.0, 2.380_916_082_536_513_5),
        (
            Dropout::AfterAny,
            12,
            [2.5, 1.7, 0.3, 4.4],
            (7, 20.0, 24.0),
            0.2,
            0.851_979_301_591_629_3,
            1.579_515_494_360_081,
        ),
        (
            Dropout::AfterAny,
            4,
            [800.0, 90.0, 30.0, 4.0],
            (3, 1.2, 1.5),
            3.0,
            0.143_894_646_371_451_03,
            0.085_744_369_441_936_85,
        ),
        // Rates that differ by many orders of magnitude.
        (
            Dropout::AfterRepeat,
            2,
            [0.001, 0.5, 1.2, 2.5],
            (0, 0.0, 10.0),
            0.01,
            1.0,
            0.004_165_260_078_382_936,
        ),
        (
            Dropout::AfterRepeat,
            2,
            [0.05, 0.02, 0.1, 0.3],
            (1, 0.5, 40.0),
            1e-4,
            0.001_230_879_482_545_009_7,
            0.242_219_684_935_733_32,
        ),
    ] {
        let model = model_of(dropout, k, parameters, 7.0);
        assert!((model.p_alive(x, t_x, t) / alive - 1.0).abs() < 1e-13, "{}", model.p_alive(x, t_x, t));
        let found = model.discounted_residual(x, t_x, t, rate);
        assert!((found / residual - 1.0).abs() < 1e-11, "{k} {found} {residual}");
    }
}

#[test]
fn new_customers() {
    // b/(a−1) [1 − (α/(α+t))ʳ ₂F₁(r, b+1; a+b; t/(α+t))] (Batislam, Denizel and Filiztekin 2007) with 20 digits
    // (mpmath).
    for (t, expected) in
        [(1.0, 0.053_084_795_263_701_84), (39.0, 1.182_953_665_597_172_6), (78.0, 1.804_757_577_553_141_7)]
    {
        let found = cdnow().expected_of_new_customer(t);
        assert!((found / expected - 1.0).abs() < 1e-13, "{t} {found}");
    }
    // P(X(t) = n) of other models of the family, by the negative binomial and the incomplete beta function.
    let regular = [1.4, 2.5, 1.2, 2.5];
    for (dropout, k, parameters, t, n, expected) in [
        (Dropout::AfterAny, 1, [0.525, 6.183, 0.891, 1.614], 39.0, 0, 0.582_473_189_493_289),
        (Dropout::AfterAny, 3, regular, 10.0, 2, 0.109_195_967_874_562_5),
        (Dropout::AfterRepeat, 3, regular, 10.0, 0, 0.335_691_265_625_236_7),
        (Dropout::AfterRepeat, 12, [2.5, 1.7, 0.3, 4.4], 24.0, 5, 0.053_670_365_635_703_92),
        (Dropout::AfterAny, 2, [3.0, 40.0, 2.0, 5.0], 2.0, 12, 5.349_988_227_997_035e-31),
    ] {
        let found = model_of(dropout, k, parameters, 7.0).probability_of(n, t);
        assert!((found / expected - 1.0).abs() < 1e-12, "{k} {n} {found}");
    }
}

#[test]
fn counts_of_known_customers_agree_with_references() {
    // P(X(T, T+h) = n), by quadrature over λ of the result given λ and the stage, with 30 digits (mpmath).
    let rare = [1.4, 2.5, 1.2, 2.5];
    for (dropout, k, parameters, (x, t_x, t), horizon, n, expected) in [
        (Dropout::AfterAny, 3, rare, (5, 31.0, 40.0), 20.0, 0, 0.425_352_874_117_173_66),
        (Dropout::AfterAny, 3, rare, (5, 31.0, 40.0), 20.0, 3, 0.156_815_269_786_621_86),
        (Dropout::AfterRepeat, 3, rare, (5, 31.0, 40.0), 20.0, 1, 0.118_408_892_408_898_07),
        (Dropout::AfterRepeat, 12, [2.5, 1.7, 0.3, 4.4], (7, 20.0, 24.0), 12.0, 4, 0.415_915_507_930_596_2),
        (Dropout::AfterAny, 2, rare, (0, 0.0, 10.0), 30.0, 1, 0.119_857_200_939_860_68),
    ] {
        let found = model_of(dropout, k, parameters, 7.0).probability_of_next(n, x, t_x, t, horizon);
        assert!((found / expected - 1.0).abs() < 1e-12, "{dropout:?} {k} {n}: {found} {expected}");
    }
}

#[test]
fn probabilities_sum_to_one_and_average_to_the_expectation() {
    for dropout in BOTH {
        for k in [1, 2, 5, 12] {
            let model = model_of(dropout, k, [1.4, 2.0 / f64::from(k), 2.0, 3.0], 7.0);
            let (mut whole, mut mean) = (0.0, 0.0);
            for n in 0..400 {
                let chance = model.probability_of(n, 5.0);
                whole += chance;
                mean += f64::from(n) * chance;
            }
            assert!((whole - 1.0).abs() < 1e-12, "{dropout:?} {k} {whole}");
            let expected = model.expected_of_new_customer(5.0);
            assert!((mean - expected).abs() < 1e-10, "{dropout:?} {k} {mean} {expected}");
        }
    }
}

/// Customers drawn from the model, in thousandths of its unit of time, observed for `from` to `from + spread` of them.
/// Each has the purchases in the following `horizon`, and there is the sum of the logarithms of all gaps.
struct Simulated {
    histories: Vec<History>,
    later: Vec<u32>,
    sum_ln_gaps: f64,
}

/// Thousandths of the unit.
const FINE: f64 = 1000.0;

impl Simulated {
    fn of(model: &BgCnbd, customers: usize, (from, spread, horizon): (f64, f64, f64), seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let rates = Gamma::new(model.r, 1.0 / model.alpha).unwrap();
        let dropouts = Beta::new(model.a, model.b).unwrap();
        let waits = Gamma::new(f64::from(model.k.k()), 1.0).unwrap();
        let mut all = Self { histories: Vec::new(), later: Vec::new(), sum_ln_gaps: 0.0 };
        for _ in 0..customers {
            let end = ((from + spread * random.random::<f64>()) * FINE).round() / FINE;
            let (rate, dropout): (f64, f64) = (rates.sample(&mut random), dropouts.sample(&mut random));
            let (mut x, mut last, mut now, mut later) = (0, 0.0, 0.0, 0);
            let mut gone = model.dropout == Dropout::AfterAny && random.random::<f64>() < dropout;
            while !gone {
                let wait = waits.sample(&mut random) / rate.max(1e-12);
                now += wait;
                if now <= end {
                    (x, last) = (x + 1, now);
                    all.sum_ln_gaps += wait.ln();
                } else if now <= end + horizon {
                    later += 1;
                } else {
                    break;
                }
                gone = random.random::<f64>() < dropout;
            }
            let fine = |time: f64| (time * FINE).round() as u32;
            all.histories.push(History { x, t_x_days: fine(last), t_days: fine(end) });
            all.later.push(later);
        }
        all
    }

    fn cells(&self) -> Cells {
        Cells::collapse(&self.histories, FINE).unwrap()
    }
}

#[test]
fn recovers_regularity_and_parameters_of_a_simulation() {
    // A purchase every 3/1.2 · 2 = 5 units on average, and every fourth is the last.
    let truth = [1.6, 0.96, 0.9, 2.7];
    for (dropout, seed) in [(Dropout::AfterRepeat, 3), (Dropout::AfterAny, 4)] {
        let simulated = Simulated::of(&model_of(dropout, 3, truth, FINE), 4000, (20.0, 20.0, 0.0), seed);
        let fitted = fit(&simulated.cells(), dropout, simulated.sum_ln_gaps);
        assert_eq!(fitted.ending, Ending::Converged);
        assert_eq!(fitted.model().unwrap().regularity().k(), 3, "{dropout:?}");
        assert_eq!(fitted.estimates[4], Estimate { name: "k", value: 3.0, standard_error: None });
        for (estimate, truth) in fitted.estimates.iter().zip(truth) {
            let error = estimate.standard_error.unwrap();
            assert!((estimate.value - truth).abs() < 3.0 * error, "{estimate:?} {truth}");
            assert!(error < 0.2 * truth, "{estimate:?}");
        }
        let [r, alpha, a, b] = [0, 1, 2, 3].map(|i| fitted.estimates[i].value);
        let purchases: f64 = simulated.histories.iter().map(|customer| f64::from(customer.x)).sum();
        let mut value = 2.0 * simulated.sum_ln_gaps - purchases * 2_f64.ln();
        for customer in &simulated.histories {
            let (t_x, t) = (f64::from(customer.t_x_days) / FINE, f64::from(customer.t_days) / FINE);
            value += one(member(dropout, 3), [r, alpha, a, b], customer.x, t_x, t);
        }
        assert!((value - fitted.log_likelihood.unwrap()).abs() < 1e-6);
        // The others fit much worse, and by themselves end at the same maximum.
        let alone = |k| fit_regular(&simulated.cells(), dropout, Regularity(k), simulated.sum_ln_gaps);
        assert!((alone(3).log_likelihood.unwrap() - fitted.log_likelihood.unwrap()).abs() < 1e-6);
        for k in [1, 2, 4, 5] {
            assert!(alone(k).log_likelihood.unwrap() < fitted.log_likelihood.unwrap() - 50.0, "{k}");
        }
    }
}

#[test]
fn more_customers_tell_more_of_the_truth() {
    let truth = [1.6, 0.96, 0.9, 2.7];
    for (k, seed) in [(1, 21), (3, 22)] {
        recovery::check(&truth, &[500, 5_000, 20_000], |customers| {
            let model = model_of(Dropout::AfterAny, k, truth, FINE);
            let simulated = Simulated::of(&model, customers, (20.0, 20.0, 0.0), seed);
            fit_regular(&simulated.cells(), Dropout::AfterAny, Regularity(k), simulated.sum_ln_gaps)
        });
    }
}

#[test]
fn expected_purchases_are_those_of_a_simulation() {
    for (dropout, k, seed) in
        [(Dropout::AfterRepeat, 4, 5), (Dropout::AfterAny, 4, 6), (Dropout::AfterAny, 1, 7)]
    {
        let model = model_of(dropout, k, [1.6, 1.6 / f64::from(k), 0.9, 4.0], FINE);
        let horizon = 2.5;
        let simulated = Simulated::of(&model, 40_000, (3.0, 3.0, horizon), seed);
        // Together, and by whether the silence is short, medium or long compared with the customer's own pace.
        let mut groups = [(0.0_f64, 0.0_f64, 0.0_f64); 8];
        for (history, later) in simulated.histories.iter().zip(&simulated.later) {
            let (t_x, t) = (f64::from(history.t_x_days) / FINE, f64::from(history.t_days) / FINE);
            let due = model.expected_purchases(history.x, t_x, t, horizon);
            let pace = (t - t_x) / t * f64::from(history.x + 1);
            let group = (2.0 * pace).min(6.0) as usize;
            for group in [group, 7] {
                let error = f64::from(*later) - due;
                let (count, sum, square) = groups[group];
                // If hardly any purchases are due, their variance is not smaller.
                groups[group] = (count + 1.0, sum + error, square + (error * error).max(due));
            }
        }
        for (i, (count, sum, square)) in groups.into_iter().enumerate() {
            assert!(count > 300.0, "{i} {count}");
            assert!(
                sum.abs() < 3.5 * square.sqrt(),
                "{dropout:?} {k} {i}: {sum} of {count}, {}",
                square.sqrt()
            );
        }
    }
}

#[test]
fn one_stage_fits_as_bg_nbd_does() {
    let truth = model_of(Dropout::AfterRepeat, 1, [0.8, 1.6, 0.9, 2.7], FINE);
    let cells = Simulated::of(&truth, 3000, (10.0, 10.0, 0.0), 8).cells();
    let (fitted, other) =
        (fit_regular(&cells, Dropout::AfterRepeat, Regularity::RANDOM, 0.0), bg_nbd::fit(&cells));
    assert_eq!(fitted.ending, Ending::Converged);
    assert!((fitted.log_likelihood.unwrap() - other.log_likelihood.unwrap()).abs() < 1e-8);
    for (one, other) in fitted.estimates.iter().zip(&other.estimates) {
        assert_eq!(one.name, other.name);
        assert!((one.value / other.value - 1.0).abs() < 1e-8, "{one:?} {other:?}");
        assert!((one.standard_error.unwrap() / other.standard_error.unwrap() - 1.0).abs() < 1e-6);
    }
}

#[test]
fn neither_unit_of_time_nor_repetition_matters() {
    let truth = model_of(Dropout::AfterAny, 3, [1.6, 0.96, 0.9, 2.7], FINE);
    let simulated = Simulated::of(&truth, 1500, (20.0, 20.0, 0.0), 2);
    let purchases: f64 = simulated.histories.iter().map(|customer| f64::from(customer.x)).sum();
    let of = |histories: &[History], unit: f64, sum_ln_gaps| {
        fit(&Cells::collapse(histories, unit).unwrap(), Dropout::AfterAny, sum_ln_gaps)
    };
    let one = of(&simulated.histories, FINE, simulated.sum_ln_gaps);
    let shorter = of(&simulated.histories, FINE / 7.0, simulated.sum_ln_gaps + purchases * 7_f64.ln());
    let many = of(&simulated.histories.repeat(300), FINE, simulated.sum_ln_gaps * 300.0);
    assert_eq!(one.ending, Ending::Converged);
    for (i, scale) in [1.0, 7.0, 1.0, 1.0, 1.0].into_iter().enumerate() {
        let estimate = one.estimates[i];
        assert!((shorter.estimates[i].value / (scale * estimate.value) - 1.0).abs() < 1e-8, "{i}");
        assert!((many.estimates[i].value / estimate.value - 1.0).abs() < 1e-5);
    }
    let shift = one.log_likelihood.unwrap() - shorter.log_likelihood.unwrap();
    assert!((shift - purchases * 7_f64.ln()).abs() < 1e-6);
    assert!((many.log_likelihood.unwrap() / one.log_likelihood.unwrap() - 300.0).abs() < 1e-6);
}

#[test]
fn likelihoods_are_of_the_times_of_purchases() {
    // Over all times where none, one or two purchases may be made, the density sums to the probability of that count.
    let (parameters, end): ([f64; 4], f64) = ([1.3, 1.1, 0.8, 1.9], 1.0);
    for dropout in BOTH {
        for k in [1, 2, 4] {
            let density = |x: u32, t_x: f64, sum_ln_gaps: f64| {
                let gaps = (f64::from(k) - 1.0) * sum_ln_gaps - f64::from(x) * ln_gamma(f64::from(k));
                (one(member(dropout, k), parameters, x, t_x, end) + gaps).exp()
            };
            let steps = 400;
            let at = |i: i32| (f64::from(i) + 0.5) / f64::from(steps) * end;
            let model = model_of(dropout, k, parameters, 7.0);
            assert!((density(0, 0.0, 0.0) - model.probability_of(0, end)).abs() < 1e-12);
            let width = end / f64::from(steps);
            let once: f64 = (0..steps).map(|i| density(1, at(i), at(i).ln()) * width).sum();
            assert!((once - model.probability_of(1, end)).abs() < 1e-5, "{k} {once}");
            let twice: f64 = (0..steps)
                .flat_map(|i| (0..i).map(move |j| (at(i), at(j))))
                .map(|(second, first)| density(2, second, first.ln() + (second - first).ln()) * width * width)
                .sum();
            assert!((twice - model.probability_of(2, end)).abs() < 1e-2 * twice, "{k} {twice}");
        }
    }
}

#[test]
fn without_dropout_the_fit_ends_at_that_boundary() {
    for (dropout, k, seed) in
        [(Dropout::AfterRepeat, 3, 1), (Dropout::AfterAny, 3, 2), (Dropout::AfterAny, 1, 3)]
    {
        let truth = model_of(dropout, k, [1.2, 2.4 / f64::from(k), 1e-9, 5.0], FINE);
        let simulated = Simulated::of(&truth, 2000, (9.0, 4.0, 0.0), seed);
        let fitted = fit(&simulated.cells(), dropout, simulated.sum_ln_gaps);
        let Ending::Boundary { parameter, meaning, .. } = fitted.ending else {
            panic!("{:?}", fitted.ending)
        };
        assert!(["a", "b"].contains(&parameter), "{parameter}");
        assert_eq!(meaning, Meaning::NoDropout, "{dropout:?}");
        assert!(fitted.model().is_none() && fitted.estimates.iter().all(|e| e.standard_error.is_none()));
        assert_eq!(fitted.estimates[4].value, f64::from(k));
    }
}

#[test]
fn without_dropout_one_stage_is_nbd() {
    let truth = model_of(Dropout::AfterAny, 1, [1.2, 2.4, 1.0, 5.0], FINE);
    let simulated = Simulated::of(&truth, 500, (9.0, 4.0, 0.0), 3);
    let cells = simulated.cells();
    let best = best_without_dropout(&CellLayout::of(cells.cells()), Regularity::RANDOM);
    assert!((best - nbd::fit(&cells).log_likelihood.unwrap()).abs() < 1e-7);
}

#[test]
fn equal_customers_are_boundaries() {
    for (parameters, expected) in
        [([1e6, 5e5, 1.0, 3.0], Meaning::EqualRates), ([1.0, 0.5, 3e6, 7e6], Meaning::EqualDropout)]
    {
        let truth = model_of(Dropout::AfterAny, 2, parameters, FINE);
        let simulated = Simulated::of(&truth, 300, (20.0, 5.0, 0.0), 5);
        let fitted = fit_regular(&simulated.cells(), Dropout::AfterAny, Regularity(2), simulated.sum_ln_gaps);
        let Ending::Boundary { limit, meaning, .. } = fitted.ending else {
            panic!("{:?} {:?}", fitted.ending, fitted.estimates)
        };
        assert_eq!((meaning, limit), (expected, Limit::Infinity));
    }
}

#[test]
fn too_little_to_fit_on_is_said() {
    let quiet = vec![History { x: 0, t_x_days: 0, t_days: 90 }; 500];
    let ended = |customers: &[History]| fit_mbg_nbd(&Cells::collapse(customers, 7.0).unwrap()).ending;
    let too_few = Ending::NotIdentified { why: Lacking::RepeatBuyers };
    assert_eq!(ended(&quiet), too_few);
    assert_eq!(ended(&[]), too_few);
    let nine = vec![History { x: 1, t_x_days: 9, t_days: 90 }; 9];
    assert_eq!(ended(&[quiet.clone(), nine].concat()), too_few);
    let alike = vec![History { x: 3, t_x_days: 60, t_days: 90 }; 50];
    let alike = fit_mbg_nbd(&Cells::collapse(&alike, 7.0).unwrap());
    assert!(!matches!(alike.ending, Ending::Converged | Ending::Failed { .. }), "{:?}", alike.ending);
    assert!(alike.model().is_none());
}

#[test]
fn impossible_gaps_are_refused() {
    let truth = model_of(Dropout::AfterAny, 3, [1.6, 0.96, 0.9, 2.7], FINE);
    let simulated = Simulated::of(&truth, 300, (20.0, 20.0, 0.0), 2);
    let purchases: f64 = simulated.histories.iter().map(|customer| f64::from(customer.x)).sum();
    let bad = Ending::Failed { why: Failure::BadCell };
    // The last is the sum of gaps in days for a fit in weeks.
    for sum in [f64::NAN, f64::INFINITY, simulated.sum_ln_gaps + purchases * 7_f64.ln()] {
        assert_eq!(fit(&simulated.cells(), Dropout::AfterAny, sum).ending, bad);
        assert_eq!(fit_regular(&simulated.cells(), Dropout::AfterAny, Regularity(2), sum).ending, bad);
    }
    assert!(Regularity::new(0).is_none() && Regularity::new(13).is_none());
}

#[test]
fn the_same_customers_give_the_same_bits() {
    let truth = model_of(Dropout::AfterAny, 2, [1.6, 0.96, 0.9, 2.7], FINE);
    let mut simulated = Simulated::of(&truth, 1000, (10.0, 10.0, 0.0), 9);
    let once = fit(&simulated.cells(), Dropout::AfterAny, simulated.sum_ln_gaps);
    simulated.histories.reverse();
    assert_eq!(once, fit(&simulated.cells(), Dropout::AfterAny, simulated.sum_ln_gaps));
}

#[test]
fn scores_are_those_of_the_model() {
    let of = |x, t_x_days, t_days| History { x, t_x_days, t_days };
    let customers = [of(0, 0, 272), of(2, 213, 272), of(2, 100, 272), of(7, 90, 100)];
    let cells = Cells::collapse(&customers, 7.0).unwrap();
    let model = model_of(Dropout::AfterAny, 3, [1.4, 2.5, 1.2, 2.5], 7.0);
    let discounting = Discounting::new(70.0, 0.2, Timing::End).unwrap();
    let population = Population::of(Purchases::BgCnbd(model), cells.cells());
    let scores = Scores::compute(&population, &[30.0, 45.0], discounting).unwrap();
    for (customer, cell) in customers.iter().zip(cells.cell_of()) {
        let (t_x, t) = (f64::from(customer.t_x_days) / 7.0, f64::from(customer.t_days) / 7.0);
        let due = |days: f64| model.expected_purchases(customer.x, t_x, t, days / 7.0);
        let forecast = scores.of_cell(*cell).unwrap();
        assert_eq!(forecast.p_alive, Some(model.p_alive(customer.x, t_x, t)));
        let expected = [30.0, 45.0].map(due);
        for (found, expected) in forecast.expected_purchases.iter().zip(expected) {
            assert!((found / expected - 1.0).abs() < 1e-12, "{found} {expected}");
        }
        let mut discounted = 0.0;
        for (from, to) in [(0.0, 30.0), (30.0, 60.0), (60.0, 70.0)] {
            discounted += (due(to) - due(from)) / 1.2_f64.powf(to / 365.0);
        }
        assert!((forecast.discounted_purchases / discounted - 1.0).abs() < 1e-11);
    }
}

#[test]
fn without_discount_all_purchases_to_come_count() {
    let model = model_of(Dropout::AfterAny, 3, [1.4, 2.5, 2.2, 2.5], 7.0);
    let all = model.discounted_residual(4, 20.0, 25.0, 0.0);
    assert!((model.discounted_residual(4, 20.0, 25.0, 1e-12) / all - 1.0).abs() < 1e-9);
    assert!((model.expected_purchases(4, 20.0, 25.0, 1e9) / all - 1.0).abs() < 1e-6);
    let stayers = model_of(Dropout::AfterAny, 3, [1.4, 2.5, 0.9, 2.5], 7.0);
    assert_eq!(stayers.discounted_residual(4, 20.0, 25.0, 0.0), f64::INFINITY);
    assert!(stayers.discounted_residual(4, 20.0, 25.0, -0.1).is_nan());
    assert!(stayers.discounted_residual(4, 20.0, 25.0, f64::NAN).is_nan());
}

fn a_history() -> impl Strategy<Value = (u32, f64, f64, f64)> {
    (prop_oneof![Just(0), 1..5_u32, 5..300_u32], 0.0..1.0_f64, 0.0..100.0_f64, 1.0..9.0_f64)
}

fn a_dropout() -> impl Strategy<Value = Dropout> {
    prop_oneof![Just(Dropout::AfterRepeat), Just(Dropout::AfterAny)]
}

proptest! {
    #[test]
    fn one_stage_and_dropout_after_repeats_is_bg_nbd(
        theta in prop::array::uniform4(-7.0..7.0_f64),
        (x, share, t, _) in a_history(),
        horizon in 0.0..100.0_f64,
    ) {
        let t_x = if x == 0 { 0.0 } else { share * t };
        let parameters = theta.map(f64::exp);
        let model = model_of(Dropout::AfterRepeat, 1, parameters, 7.0);
        let other = BgNbd::from_parameters(parameters, 7.0).unwrap();
        prop_assert!((model.p_alive(x, t_x, t) - other.p_alive(x, t_x, t)).abs() < 1e-12);
        let (due, other_due) =
            (model.expected_purchases(x, t_x, t, horizon), other.expected_purchases(x, t_x, t, horizon));
        prop_assert!((due - other_due).abs() <= 1e-11 * other_due);
        let (due, other_due) =
            (model.expected_of_new_customer(t), other.expected_of_new_customer(t));
        prop_assert!((due - other_due).abs() <= 1e-11 * other_due);
        for n in [0, 1, 5] {
            let (chance, other_chance) = (model.probability_of(n, t), other.probability_of(n, t));
            prop_assert!((chance - other_chance).abs() < 1e-11, "{chance} {other_chance}");
            let next = |of: &dyn Repurchase| of.probability_of_next(n, x, t_x, t, horizon);
            let (chance, other_chance) = (next(&model), next(&other));
            prop_assert!((chance - other_chance).abs() < 1e-11, "{chance} {other_chance}");
        }
        let (worth, other_worth) =
            (model.discounted_residual(x, t_x, t, 0.01), other.discounted_residual(x, t_x, t, 0.01));
        prop_assert!((worth - other_worth).abs() <= 1e-10 * other_worth, "{worth} {other_worth}");
        let cells = CellLayout::of(&[Cell { x, t_x, t, weight: 3.0 }]);
        let at = SVector::from(theta);
        let here = likelihood::log_likelihood(&cells, member(Dropout::AfterRepeat, 1), &at);
        let there = bg_nbd::likelihood::log_likelihood(&cells, &at);
        let slack = 1e-12 * (1.0 + there.value.abs() + f64::from(x) * 10.0);
        prop_assert!((here.value - there.value).abs() < slack);
        prop_assert!((here.gradient - there.gradient).amax() < slack, "{here:?} {there:?}");
        let slack = slack * (1.0 + there.hessian.amax());
        prop_assert!((here.hessian - there.hessian).amax() < slack, "{here:?} {there:?}");
    }

    #[test]
    fn a_table_of_last_purchases_agrees_with_cell_by_cell(
        theta in prop::array::uniform4(-14.0..14.0_f64),
        customers in prop::collection::vec((0..4_u32, 0..8_u32, 0..8_u32, 1..4_u32), 1..200),
        unit in -3.0..3.0_f64,
        dropout in a_dropout(),
        k in 1..=12_u32,
    ) {
        let unit = unit.exp();
        let mut cells: Vec<_> = customers
            .into_iter()
            .map(|(x, one, other, weight)| {
                let t_x = if x == 0 { 0.0 } else { f64::from(one.min(other)) * unit };
                Cell { x, t_x, t: f64::from(one.max(other)) * unit, weight: f64::from(weight) }
            })
            .collect();
        cells.sort_by(|left, right| left.x.cmp(&right.x).then(left.t.total_cmp(&right.t)));
        let at = SVector::<f64, 4>::from(theta);
        let of = |cells: &[Cell]| likelihood::log_likelihood(&CellLayout::of(cells), member(dropout, k), &at);
        let found = of(&cells);
        // One cell at a time is too few for a table, unless it has one entry: two values of tₓ are never one.
        let mut expected = of(&[]);
        for cell in &cells {
            let apart = Cell { t_x: 0.5 * cell.t_x, weight: f64::MIN_POSITIVE, ..*cell };
            let one = of(&[*cell, Cell { x: cell.x + 1, ..apart }]);
            expected.value += one.value;
            expected.gradient += one.gradient;
            expected.hessian += one.hessian;
        }
        // The most that rounding may take from the largest of the terms that cancel each other.
        let most = f64::from(k) * theta.map(f64::exp).iter().fold(4.0, |most: f64, value| most.max(*value));
        let weight: f64 = cells.iter().map(|cell| cell.weight).sum();
        let slack = 1e-13 * weight * most;
        prop_assert!((found.value - expected.value).abs() < slack, "{found:?} {expected:?}");
        prop_assert!((found.gradient - expected.gradient).amax() < slack, "{found:?} {expected:?}");
        prop_assert!((found.hessian - expected.hessian).amax() < slack * most, "{found:?} {expected:?}");
    }

    #[test]
    fn gradient_and_hessian_agree_with_differences(
        theta in prop::array::uniform4(-3.0..3.0_f64),
        customers in prop::collection::vec(a_history(), 1..8),
        dropout in prop_oneof![Just(None), a_dropout().prop_map(Some)],
        k in 1..=12_u32,
    ) {
        let mut cells: Vec<_> = customers
            .into_iter()
            .map(|(x, share, t, weight)| Cell { x, t_x: if x == 0 { 0.0 } else { share * t }, t, weight })
            .collect();
        cells.sort_by_key(|cell| cell.x);
        let at = SVector::<f64, 4>::from(theta);
        let cells = CellLayout::of(&cells);
        let member = Member { k: Regularity(k), dropout };
        let here = likelihood::log_likelihood(&cells, member, &at);
        let scale = 1.0 + here.gradient.amax() + here.hessian.amax();
        let step = 1e-5;
        for i in 0..4 {
            let mut shift = SVector::<f64, 4>::zeros();
            shift[i] = step;
            let up = likelihood::log_likelihood(&cells, member, &(at + shift));
            let down = likelihood::log_likelihood(&cells, member, &(at - shift));
            let slope = (up.value - down.value) / (2.0 * step);
            // Values of thousands are rounded, as their differences show.
            let noise = 1e-15 * here.value.abs() / step;
            let error = (slope - here.gradient[i]).abs();
            prop_assert!(error < 1e-6 * scale + noise, "{i}: {slope} {}", here.gradient[i]);
            let bend = (up.gradient - down.gradient) / (2.0 * step);
            let error = (bend - here.hessian.column(i)).amax();
            prop_assert!(error < 1e-6 * scale, "{i}: {bend} {}", here.hessian.column(i));
        }
    }

    #[test]
    fn wild_customers_and_parameters_give_finite_numbers(
        theta in prop::array::uniform4(-14.0..14.0_f64),
        x in prop_oneof![0..3_u32, 0..1000_u32, 0..100_001_u32, Just(u32::MAX)],
        share in prop_oneof![Just(0.0), Just(1.0), 0.0..1.0_f64],
        t in prop_oneof![Just(0.0), 0.0..10_000.0_f64],
        horizon in 0.0..10_000.0_f64,
        dropout in a_dropout(),
        k in 1..=12_u32,
    ) {
        let t_x = if x == 0 { 0.0 } else { share * t };
        let cells = CellLayout::of(&[Cell { x, t_x, t, weight: 1.0 }]);
        let here = likelihood::log_likelihood(&cells, member(dropout, k), &SVector::from(theta));
        prop_assert!(here.value.is_finite());
        prop_assert!(here.gradient.iter().chain(here.hessian.iter()).all(|v| v.is_finite()));
        let model = model_of(dropout, k, theta.map(f64::exp), 7.0);
        prop_assert!((0.0..=1.0).contains(&model.p_alive(x, t_x, t)));
        let due = model.expected_purchases(x, t_x, t, horizon);
        prop_assert!(due >= 0.0 && due.is_finite());
        let more = model.expected_purchases(x, t_x, t, 1.1 * horizon);
        prop_assert!(more >= due * (1.0 - 1e-9), "{due} {more}");
        if x < 10_000 {
            let discounted = model.discounted_residual(x, t_x, t, 0.01);
            prop_assert!(discounted >= 0.0 && discounted.is_finite(), "{discounted}");
        }
        for n in [0, 1, 7] {
            let chance = model.probability_of(n, t);
            prop_assert!((0.0..=1.0 + 1e-9).contains(&chance), "{n} {chance}");
        }
    }

    #[test]
    fn more_silence_means_less_alive(
        x in 0..100_u32,
        last in 0.0..50.0_f64,
        silence in 0.0..50.0_f64,
        dropout in a_dropout(),
        k in 1..=12_u32,
    ) {
        let model = model_of(dropout, k, [0.525, 6.183, 0.891, 1.614], 7.0);
        let last = if x == 0 { 0.0 } else { last };
        let after = |silence: f64| model.p_alive(x, last, last + silence);
        prop_assert!(after(silence + 1.0) <= after(silence) + 1e-15);
    }

    #[test]
    fn discounted_purchases_are_those_of_the_expectation(
        theta in prop::array::uniform4(-1.5..1.5_f64),
        x in 0..20_u32,
        silence in 0.0..3.0_f64,
        dropout in a_dropout(),
        k in 1..=12_u32,
    ) {
        // ∫ rate · e^(−rate·h) E(h) dh, by parts, with Simpson's rule in h up to the point where e⁻³⁰ is left.
        let model = model_of(dropout, k, theta.map(f64::exp), 7.0);
        let (t_x, rate) = (f64::from(x), 2.0);
        let t = t_x + silence;
        let due = |h: f64| rate * (-rate * h).exp() * model.expected_purchases(x, t_x, t, h);
        let (steps, end) = (200, 15.0);
        let width = end / f64::from(steps);
        let expected: f64 = (0..=steps)
            .map(|i| {
                let weight = if i == 0 || i == steps { 1.0 } else if i % 2 == 1 { 4.0 } else { 2.0 };
                weight * width / 3.0 * due(f64::from(i) * width)
            })
            .sum();
        let found = model.discounted_residual(x, t_x, t, rate);
        prop_assert!((found / expected - 1.0).abs() < 1e-3, "{found} {expected}");
    }

    #[test]
    fn any_customers_end_a_fit_without_panic(
        customers in prop::collection::vec((0..40_u32, 0..60_u32, 0..60_u32), 0..60),
        heavy in prop::option::of((1..100_000_u32, 0..60_u32)),
        dropout in a_dropout(),
        k in 1..=12_u32,
    ) {
        let histories: Vec<_> = customers
            .into_iter()
            .chain(heavy.map(|(x, t_x)| (x, t_x, 60)))
            .map(|(x, t_x, more)| History { x, t_x_days: if x == 0 { 0 } else { t_x + 1 }, t_days: t_x + 1 + more })
            .collect();
        // Gaps that are half as long and twice as long in turn.
        let sum = histories
            .iter()
            .filter(|history| history.x > 0)
            .map(|history| {
                let x = f64::from(history.x);
                x * (f64::from(history.t_x_days) / 7.0 / x).ln() - 0.2 * (x - 1.0)
            })
            .sum();
        let cells = Cells::collapse(&histories, 7.0).unwrap();
        let fitted = fit_regular(&cells, dropout, Regularity(k), sum);
        predictions::check(&fitted, &cells);
        prop_assert!(!matches!(fitted.ending, Ending::Failed { .. }), "{:?}", fitted);
    }
}
