//! The paper's figures, derivatives compared with differences, simulations, and how fits end.

use nalgebra::SVector;
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Beta, Distribution, Exp, Gamma};

use super::*;
use crate::analysis::clv::cell::{Cell, History};
use crate::analysis::clv::fit::{Ending, Failure, GAIN_OF_CHANCE, Lacking, predictions, recovery};
use crate::analysis::clv::nbd;
use crate::analysis::clv::pace::Pace;

/// CDNOW's sample, in weeks (Fader, Hardie and Lee 2005; `CLVTools`' tests).
fn cdnow() -> BgNbd {
    BgNbd::from_parameters([0.242_594_5, 4.413_601_9, 0.792_919_9, 2.425_888_1], 7.0).unwrap()
}

#[test]
fn new_customers_of_cdnow() {
    // E[X(t)] from the tests of lifetimes (its estimates differ in the fifth digit); E[X(52)] from CLVTools' tests;
    // P(X(39) = 0) at the paper's rounded parameters.
    for (t, expected) in
        [(0.1429, 0.0078), (1.0, 0.0532), (3.0, 0.1506), (31.8571, 1.0405), (32.0, 1.0437), (78.0, 1.8576)]
    {
        let found = cdnow().expected_of_new_customer(t);
        assert!((found - expected).abs() < 5e-5 + 2e-4 * expected, "{t}: {found}");
    }
    assert!((cdnow().expected_of_new_customer(52.0) - 1.444_00).abs() < 2e-5);
    let rounded = BgNbd::from_parameters([0.243, 4.414, 0.793, 2.426], 7.0).unwrap();
    assert!((rounded.probability_of(0, 39.0) - 0.573_786_4).abs() < 1e-7);
}

#[test]
fn counts_of_known_customers_agree_with_references() {
    // P(X(T, T+h) = n), by the incomplete beta function with 40 digits (mpmath).
    for ((x, t_x, t), horizon, n, expected) in [
        ((2, 30.43, 38.86), 39.0, 0, 0.445_393_055_742_310_75),
        ((2, 30.43, 38.86), 39.0, 1, 0.239_330_249_130_310_54),
        ((2, 30.43, 38.86), 39.0, 4, 0.043_538_072_276_241_1),
        ((26, 30.857, 31.0), 52.0, 20, 0.014_053_398_609_301_117),
        ((0, 0.0, 38.86), 39.0, 2, 0.024_241_815_556_207_17),
    ] {
        let found = cdnow().probability_of_next(n, x, t_x, t, horizon);
        assert!((found / expected - 1.0).abs() < 1e-12, "{x} {n}: {found} {expected}");
    }
}

#[test]
fn residual_transactions_agree_with_references() {
    // λ/(λ+δ) ₂F₁(1, b+x; a+b+x; λ/(λ+δ)) purchases of a live customer, integrated over λ with 22 digits (mpmath).
    let model = cdnow();
    let found = model.discounted_residual(2, 30.43, 38.86, 0.0027);
    assert!((found / 5.156_358_892_947_421 - 1.0).abs() < 1e-12, "{found}");
    let found = model.discounted_residual(26, 30.857, 31.0, 0.01);
    assert!((found / 34.414_324_962_825_67 - 1.0).abs() < 1e-12, "{found}");
    // Without a discount the sum is finite only if a > 1.
    assert_eq!(model.discounted_residual(2, 30.43, 38.86, 0.0), f64::INFINITY);
    assert!(model.discounted_residual(2, 30.43, 38.86, -0.01).is_nan());
    let leaving = BgNbd::from_parameters([0.24, 4.4, 2.0, 2.4], 7.0).unwrap();
    let all = leaving.discounted_residual(2, 30.43, 38.86, 0.0);
    assert!((leaving.expected_purchases(2, 30.43, 38.86, 1e12) / all - 1.0).abs() < 1e-5, "{all}");
}

#[test]
fn single_customers_of_cdnow() {
    // The worked example of Fader, Hardie and Lee, and a heavy buyer from CLVTools' tests.
    let model = cdnow();
    assert!((model.expected_purchases(2, 30.43, 38.86, 39.0) - 1.226).abs() < 5e-4);
    let (t_x, t) = (30.857, 31.0);
    assert!((model.expected_purchases(26, t_x, t, 52.0) - 25.7566).abs() < 1e-3);
    assert!((model.p_alive(26, t_x, t) - 0.968_85).abs() < 5e-6);
    assert_eq!(model.p_alive(0, 0.0, 39.0), 1.0);
}

fn one(x: u32, t_x: f64, t: f64, parameters: [f64; 4]) -> f64 {
    let cell = [Cell { x, t_x, t, weight: 1.0 }];
    likelihood::log_likelihood(&CellLayout::of(&cell), &SVector::from(parameters.map(f64::ln))).value
}

#[test]
fn likelihood_of_single_customers() {
    // Reference values of CLVTools; the last by mpmath with 40 digits.
    let parameters = [0.25, 4.0, 0.8, 2.5];
    assert!((one(0, 0.0, 40.0, parameters) + 0.599_473_818_199_592_7).abs() < 1e-14);
    assert!((one(200, 38.0, 40.0, parameters) - 100.795_693_092_706_45).abs() < 1e-11);
    assert!((one(37, 5.0, 6.0, [1.7, 0.3, 1e-5, 1e6]) - 28.693_947_647_995_725).abs() < 1e-10);
}

/// Customers drawn from the model, in days, observed for `from` to `from + spread` days. Each purchase has its own day:
/// x counts them all.
fn simulate([r, alpha, a, b]: [f64; 4], customers: usize, from: u32, spread: u32, seed: u64) -> Vec<History> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let rates = Gamma::new(r, 1.0 / alpha).unwrap();
    let dropouts = Beta::new(a, b).unwrap();
    (0..customers)
        .map(|_| {
            let t_days = from + random.random_range(0..=spread);
            let (rate, dropout): (f64, f64) = (rates.sample(&mut random), dropouts.sample(&mut random));
            let wait = Exp::new(rate.max(1e-12)).unwrap();
            let (mut x, mut last, mut now) = (0, 0.0, 0.0);
            loop {
                now += wait.sample(&mut random);
                if now > f64::from(t_days) {
                    return History { x, t_x_days: f64::round(last) as u32, t_days };
                }
                (x, last) = (x + 1, now);
                if random.random::<f64>() < dropout {
                    return History { x, t_x_days: last.round() as u32, t_days };
                }
            }
        })
        .map(|history| if history.x == 0 { History { t_x_days: 0, ..history } } else { history })
        .collect()
}

#[test]
fn recovers_the_parameters_of_a_simulation() {
    // α in days: one purchase in 60 days on average, and every fourth repeat purchase is the last.
    let truth = [0.8, 48.0, 0.9, 2.7];
    let customers = simulate(truth, 12_000, 400, 200, 11);
    let fitted = fit(&Cells::collapse(&customers, 1.0).unwrap());
    assert_eq!(fitted.ending, Ending::Converged);
    assert!(fitted.iterations < 30, "{}", fitted.iterations);
    for (estimate, truth) in fitted.estimates.iter().zip(truth) {
        let error = estimate.standard_error.unwrap();
        assert!((estimate.value - truth).abs() < 3.0 * error, "{estimate:?} {truth}");
        assert!(error < 0.2 * truth, "{estimate:?}");
    }
    let due: f64 = fitted.model().unwrap().expected_of_new_customer(365.0);
    let true_due = BgNbd::from_parameters(truth, 1.0).unwrap().expected_of_new_customer(365.0);
    assert!((due / true_due - 1.0).abs() < 0.05, "{due} {true_due}");
}

#[test]
fn more_customers_tell_more_of_the_truth() {
    let truth = [0.8, 48.0, 0.9, 2.7];
    recovery::check(&truth, &[500, 5_000, 50_000], |customers| {
        fit(&Cells::collapse(&simulate(truth, customers, 400, 200, 21), 1.0).unwrap())
    });
}

#[test]
fn neither_unit_of_time_nor_repetition_matters() {
    let customers = simulate([0.8, 48.0, 0.9, 2.7], 1500, 300, 100, 2);
    let (days, weeks) =
        (Cells::collapse(&customers, 1.0).unwrap(), Cells::collapse(&customers, 7.0).unwrap());
    let many = Cells::collapse(&customers.repeat(300), 7.0).unwrap();
    let (days, weeks, many) = (fit(&days), fit(&weeks), fit(&many));
    assert_eq!(days.ending, Ending::Converged);
    for (i, scale) in [1.0, 7.0, 1.0, 1.0].into_iter().enumerate() {
        let (one, other) = (days.estimates[i], weeks.estimates[i]);
        assert!((other.value * scale / one.value - 1.0).abs() < 1e-8, "{one:?} {other:?}");
        assert!((many.estimates[i].value / other.value - 1.0).abs() < 1e-5);
        let shrink = many.estimates[i].standard_error.unwrap() / other.standard_error.unwrap();
        assert!((shrink * 300_f64.sqrt() - 1.0).abs() < 1e-4, "{shrink}");
    }
    let purchases: f64 = customers.iter().map(|customer| f64::from(customer.x)).sum();
    let shift = weeks.log_likelihood.unwrap() - days.log_likelihood.unwrap();
    assert!((shift - purchases * 7_f64.ln()).abs() < 1e-6);
    assert!((many.log_likelihood.unwrap() / weeks.log_likelihood.unwrap() - 300.0).abs() < 1e-6);
}

#[test]
fn without_dropout_the_fit_ends_at_that_boundary_and_nbd_takes_over() {
    // By chance the best fit has its small dropout all at once, or equally spread: both mean the same.
    for seed in [0, 1, 4, 7] {
        let customers = simulate([1.2, 40.0, 1e-9, 5.0], 2000, 150, 60, seed);
        let cells = Cells::collapse(&customers, 7.0).unwrap();
        let fitted = fit(&cells);
        let Ending::Boundary { parameter, meaning, .. } = fitted.ending else {
            panic!("{:?}", fitted.ending)
        };
        assert!(["a", "b"].contains(&parameter), "{parameter}");
        assert_eq!(meaning, Meaning::NoDropout, "{seed}");
        assert!(fitted.model().is_none() && fitted.estimates.iter().all(|e| e.standard_error.is_none()));
        let fallback = nbd::fit(&cells);
        assert_eq!(fallback.ending, Ending::Converged);
        // NBD is the limit: BG/NBD cannot fit worse.
        let gain = fitted.log_likelihood.unwrap() - fallback.log_likelihood.unwrap();
        assert!((-1e-2..GAIN_OF_CHANCE).contains(&gain), "{gain}");
        for (estimate, truth) in fallback.estimates.iter().zip([1.2, 40.0 / 7.0]) {
            assert!((estimate.value - truth).abs() < 3.5 * estimate.standard_error.unwrap(), "{estimate:?}");
        }
    }
}

#[test]
fn equal_rates_are_a_boundary() {
    let customers = simulate([1e6, 20e6, 1.0, 3.0], 300, 150, 60, 5);
    let fitted = fit(&Cells::collapse(&customers, 7.0).unwrap());
    let Ending::Boundary { parameter, meaning, .. } = fitted.ending else {
        panic!("{:?} {:?}", fitted.ending, fitted.estimates)
    };
    assert!(["r", "alpha"].contains(&parameter), "{parameter}");
    assert_eq!(meaning, Meaning::EqualRates);
}

#[test]
fn equal_dropout_is_a_boundary() {
    let customers = simulate([1.0, 5.0, 3e6, 7e6], 300, 150, 60, 9);
    let cells = Cells::collapse(&customers, 7.0).unwrap();
    let fitted = fit(&cells);
    predictions::check(&fitted, &cells);
    let Ending::Boundary { meaning, .. } = fitted.ending else {
        panic!("{:?} {:?}", fitted.ending, fitted.estimates)
    };
    assert_eq!(meaning, Meaning::EqualDropout);
    // In this limit everybody leaves with the same probability after a purchase.
    let model = fitted.model().unwrap();
    let [r, alpha, a, b] = [0, 1, 2, 3].map(|place| fitted.estimates[place].value);
    let leave = a / (a + b);
    assert!((leave - 0.3).abs() < 0.05, "{leave}");
    for (x, t_x, t) in [(1, 3.0, 30.0), (4, 20.0, 30.0), (9, 12.0, 12.5)] {
        let odds = ((alpha + t) / (alpha + t_x)).powf(r + f64::from(x)) * leave / (1.0 - leave);
        let alive = 1.0 / (1.0 + odds);
        let found = model.p_alive(x, t_x, t);
        assert!((found / alive - 1.0).abs() < 5e-3, "{found} {alive}");
        // E[∫₀ᵗ λ e^(−λ leave s) ds], with λ ~ Gamma(r + x, α + T).
        let (shape, rate, horizon) = (r + f64::from(x), alpha + t, 26.0);
        let staying = (1.0 - (rate / (rate + leave * horizon)).powf(shape)) / leave;
        let expected = model.expected_purchases(x, t_x, t, horizon);
        assert!((expected / (alive * staying) - 1.0).abs() < 0.02, "{expected} {}", alive * staying);
    }
}

#[test]
fn too_little_to_fit_on_is_said() {
    let quiet = vec![History { x: 0, t_x_days: 0, t_days: 90 }; 500];
    let ended = |customers: &[History]| fit(&Cells::collapse(customers, 7.0).unwrap()).ending;
    let too_few = Ending::NotIdentified { why: Lacking::RepeatBuyers };
    assert_eq!(ended(&quiet), too_few);
    assert_eq!(ended(&[]), too_few);
    let nine = vec![History { x: 1, t_x_days: 9, t_days: 90 }; 9];
    assert_eq!(ended(&[quiet.clone(), nine].concat()), too_few);
    let unwatched = vec![History { x: 3, t_x_days: 0, t_days: 0 }; 50];
    assert_eq!(ended(&unwatched), too_few);
    // All alike: the data do not determine the parameters.
    let alike = vec![History { x: 3, t_x_days: 60, t_days: 90 }; 50];
    let alike = fit(&Cells::collapse(&alike, 7.0).unwrap());
    assert!(!matches!(alike.ending, Ending::Converged | Ending::Failed { .. }), "{:?}", alike.ending);
    assert!(alike.model().is_none());
}

#[test]
fn impossible_cells_are_refused() {
    let good = Cell { x: 2, t_x: 3.0, t: 9.0, weight: 20.0 };
    assert!(Pace::of(&[good]).is_ok());
    for bad in [
        Cell { t_x: 10.0, ..good },
        Cell { t: f64::NAN, ..good },
        Cell { t_x: -1.0, ..good },
        Cell { weight: 0.0, ..good },
        Cell { t: f64::INFINITY, ..good },
    ] {
        assert_eq!(Pace::of(&[good, bad]), Err(Ending::Failed { why: Failure::BadCell }), "{bad:?}");
    }
}

#[test]
fn the_same_customers_give_the_same_bits() {
    let mut customers = simulate([0.8, 48.0, 0.9, 2.7], 1000, 300, 100, 9);
    let once = fit(&Cells::collapse(&customers, 7.0).unwrap());
    customers.reverse();
    assert_eq!(once, fit(&Cells::collapse(&customers, 7.0).unwrap()));
}

fn a_history() -> impl Strategy<Value = (u32, f64, f64, f64)> {
    (prop_oneof![Just(0), 1..5_u32, 5..300_u32], 0.0..1.0_f64, 0.0..100.0_f64, 1.0..9.0_f64)
}

proptest! {
    #[test]
    fn a_table_of_last_purchases_agrees_with_cell_by_cell(
        theta in prop::array::uniform4(-14.0..14.0_f64),
        customers in prop::collection::vec((0..4_u32, 0..8_u32, 0..8_u32, 1..4_u32), 1..200),
        unit in -3.0..3.0_f64,
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
        let found = likelihood::log_likelihood(&CellLayout::of(&cells), &at);
        // One cell at a time is too few for a table, unless it has one entry: two values of tₓ are never one.
        let mut expected = likelihood::log_likelihood(&CellLayout::of(&[]), &at);
        for cell in &cells {
            let apart = Cell { t_x: 0.5 * cell.t_x, weight: f64::MIN_POSITIVE, ..*cell };
            let one = likelihood::log_likelihood(&CellLayout::of(&[*cell, Cell { x: cell.x + 1, ..apart }]), &at);
            expected.value += one.value;
            expected.gradient += one.gradient;
            expected.hessian += one.hessian;
        }
        // The most that rounding may take from the largest of the terms that cancel each other.
        let most = theta.map(f64::exp).iter().fold(4.0, |most: f64, value| most.max(*value));
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
    ) {
        let mut cells: Vec<_> = customers
            .into_iter()
            .map(|(x, share, t, weight)| Cell { x, t_x: if x == 0 { 0.0 } else { share * t }, t, weight })
            .collect();
        cells.sort_by_key(|cell| cell.x);
        let at = SVector::<f64, 4>::from(theta);
        let cells = CellLayout::of(&cells);
        let here = likelihood::log_likelihood(&cells, &at);
        let scale = 1.0 + here.gradient.amax() + here.hessian.amax();
        let step = 1e-5;
        for i in 0..4 {
            let mut shift = SVector::<f64, 4>::zeros();
            shift[i] = step;
            let up = likelihood::log_likelihood(&cells, &(at + shift));
            let down = likelihood::log_likelihood(&cells, &(at - shift));
            let slope = (up.value - down.value) / (2.0 * step);
            let error = (slope - here.gradient[i]).abs();
            prop_assert!(error < 1e-6 * scale, "{i}: {slope}");
            let bend = (up.gradient - down.gradient) / (2.0 * step);
            let error = (bend - here.hessian.column(i)).amax();
            prop_assert!(error < 1e-6 * scale, "{i}: {bend}");
        }
    }

    #[test]
    fn wild_customers_and_parameters_give_finite_numbers(
        theta in prop::array::uniform4(-14.0..14.0_f64),
        x in prop_oneof![0..3_u32, 0..1000_u32, 0..100_001_u32],
        share in prop_oneof![Just(0.0), Just(1.0), 0.0..1.0_f64],
        t in prop_oneof![Just(0.0), 0.0..10_000.0_f64],
        horizon in 0.0..10_000.0_f64,
    ) {
        let t_x = if x == 0 { 0.0 } else { share * t };
        let here = likelihood::log_likelihood(&CellLayout::of(&[Cell { x, t_x, t, weight: 1.0 }]), &SVector::from(theta));
        prop_assert!(here.value.is_finite());
        prop_assert!(here.gradient.iter().chain(here.hessian.iter()).all(|v| v.is_finite()));
        let model = BgNbd::from_parameters(theta.map(f64::exp), 7.0).unwrap();
        prop_assert!((0.0..=1.0).contains(&model.p_alive(x, t_x, t)));
        let due = model.expected_purchases(x, t_x, t, horizon);
        prop_assert!(due >= 0.0 && due.is_finite());
        let [residual, more] = [0.01, 0.02].map(|rate| model.discounted_residual(x, t_x, t, rate));
        prop_assert!(residual.is_finite() && more >= 0.0 && more <= residual * (1.0 + 1e-9), "{residual} {more}");
    }

    #[test]
    fn more_silence_means_less_alive(x in 1..100_u32, last in 0.0..50.0_f64, silence in 0.0..50.0_f64) {
        let model = cdnow();
        let after = |silence: f64| model.p_alive(x, last, last + silence);
        prop_assert!(after(silence + 1.0) <= after(silence));
    }

    #[test]
    fn any_customers_end_a_fit_without_panic(
        customers in prop::collection::vec((0..40_u32, 0..60_u32, 0..60_u32), 0..60),
        heavy in prop::option::of((1..100_000_u32, 0..60_u32)),
    ) {
        let histories: Vec<_> = customers
            .into_iter()
            .chain(heavy.map(|(x, t_x)| (x, t_x, 60)))
            .map(|(x, t_x, more)| History { x, t_x_days: if x == 0 { 0 } else { t_x }, t_days: t_x + more })
            .collect();
        let cells = Cells::collapse(&histories, 7.0).unwrap();
        let fitted = fit(&cells);
        predictions::check(&fitted, &cells);
        prop_assert!(!matches!(fitted.ending, Ending::Failed { .. }), "{:?}", fitted);
    }
}
