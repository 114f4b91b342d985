//! The paper's figures, derivatives compared with differences, simulations, and how fits end.

use nalgebra::SVector;
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Beta, Distribution};

use super::*;
use crate::analysis::clv::fit::{Ending, Failure, GAIN_OF_CHANCE, Lacking};

/// The donors of Fader, Hardie and Shang: people with a first gift in 1995 and their gifts in the six following years,
/// as (x, tₓ, customers). From the paper's table of recency and frequency.
const DONATIONS: [(u32, u32, f64); 22] = [
    (0, 0, 3464.0),
    (1, 1, 1091.0),
    (1, 2, 277.0),
    (1, 3, 129.0),
    (1, 4, 78.0),
    (1, 5, 119.0),
    (1, 6, 129.0),
    (2, 2, 613.0),
    (2, 3, 255.0),
    (2, 4, 155.0),
    (2, 5, 173.0),
    (2, 6, 234.0),
    (3, 3, 322.0),
    (3, 4, 181.0),
    (3, 5, 225.0),
    (3, 6, 357.0),
    (4, 4, 240.0),
    (4, 5, 284.0),
    (4, 6, 512.0),
    (5, 5, 335.0),
    (5, 6, 728.0),
    (6, 6, 1203.0),
];

fn donations() -> Vec<DiscreteCell> {
    DONATIONS
        .iter()
        .map(|(x, t_x, weight)| DiscreteCell { x: *x, t_x: *t_x, n: 6, weight: *weight })
        .collect()
}

fn donors() -> BgBb {
    BgBb::from_parameters([1.2035, 0.7497, 0.6568, 2.7838]).unwrap()
}

#[test]
fn fits_the_donations() {
    // The paper prints 1.204, .750, .657, 2.783 and −33,225.6; the further digits are from a search with 30 digits
    // (mpmath). The printed γ .6568 and δ 2.7838 are from a search that stopped 3·10⁻⁶ below the maximum.
    let fitted = fit(&donations());
    assert_eq!(fitted.ending, Ending::Converged);
    for (estimate, (name, expected)) in fitted.estimates.iter().zip([
        ("alpha", 1.203_522_35),
        ("beta", 0.749_716_36),
        ("gamma", 0.656_718_21),
        ("delta", 2.783_442_23),
    ]) {
        assert_eq!(estimate.name, name);
        assert!((estimate.value - expected).abs() < 1e-7, "{estimate:?}");
        assert!(estimate.standard_error.unwrap() < 0.2 * estimate.value, "{estimate:?}");
    }
    assert!(
        (fitted.log_likelihood.unwrap() + 33_225.581_274_347).abs() < 1e-8,
        "{:?}",
        fitted.log_likelihood
    );
    assert!(fitted.iterations < 20, "{}", fitted.iterations);
    assert_eq!((fitted.customers, fitted.cells), (11_104.0, 22));
    let model = fitted.model().unwrap();
    // Hardie's workbook for the model: the gifts of the whole cohort in the following five years.
    let due: f64 = donations()
        .iter()
        .map(|cell| cell.weight * model.expected_purchases(cell.x, cell.t_x, cell.n, 5))
        .sum();
    assert!((due - 12_884.2).abs() < 0.5, "{due}");
}

#[test]
fn donors_of_the_paper() {
    let model = donors();
    assert!((model.expected_of_new_customer(10) - 3.1798).abs() < 5e-5);
    assert!((model.expected_purchases(0, 0, 6, 10) - 0.1302).abs() < 5e-5);
    assert!((model.expected_purchases(4, 5, 6, 10) - 3.6279).abs() < 2e-4);
    // The paper's P(alive in 2002), the seventh year, to two digits.
    for ((x, t_x), expected) in [((0, 0), 0.11), ((2, 4), 0.59), ((6, 6), 0.93)] {
        assert!((model.p_alive_next(x, t_x, 6) - expected).abs() < 5e-3, "{x} {t_x}");
    }
    assert_eq!(model.p_alive(6, 6, 6), 1.0);
}

#[test]
fn single_customers_agree_with_references() {
    // P(alive at 6), E over the next ten and DERT at 10 %, with 40 digits from the paper's expressions (mpmath).
    for ((x, t_x), alive, due, discounted) in [
        ((0, 0), 0.116_215_873_389_566_54, 0.130_210_374_796_981_65, 0.114_744_732_378_873),
        ((2, 4), 0.633_726_772_564_956_9, 1.889_995_748_000_041_3, 1.665_512_879_750_191_4),
        ((4, 5), 0.748_882_799_533_704_3, 3.627_801_020_473_679, 3.196_911_596_845_385),
        ((6, 6), 1.0, 6.706_217_034_789_236, 5.909_690_991_453_684),
    ] {
        let model = donors();
        let close = |found: f64, expected: f64| (found / expected - 1.0).abs() < 1e-13;
        assert!(close(model.p_alive(x, t_x, 6), alive), "{x} {t_x}");
        assert!(close(model.expected_purchases(x, t_x, 6, 10), due), "{x} {t_x}");
        assert!(close(model.discounted_residual(x, t_x, 6, 0.1), discounted), "{x} {t_x}");
    }
}

#[test]
fn probabilities_agree_with_references() {
    // Computed with 40 digits (mpmath).
    for ((x, n), expected) in [
        ((0, 6), 0.311_140_381_332_715_43),
        ((1, 6), 0.170_090_348_672_034_86),
        ((6, 6), 0.112_850_841_286_300_1),
        ((3, 10), 0.075_976_035_141_279_03),
        ((40, 52), 0.003_921_497_521_815_837),
    ] {
        assert!((donors().probability_of(x, n) / expected - 1.0).abs() < 1e-13, "{x} {n}");
    }
    for (purchases, expected) in
        [(0, 0.604_134_087_542_914_8), (1, 0.090_329_422_021_555_07), (5, 0.030_227_283_148_659_245)]
    {
        let found = donors().probability_of_next(purchases, 5, (3, 4, 6));
        assert!((found / expected - 1.0).abs() < 1e-13, "{purchases}");
    }
}

fn evaluate(cells: &[DiscreteCell], theta: &SVector<f64, 4>) -> crate::analysis::optimise::Quadratic<4> {
    likelihood::log_likelihood(&CellLayout::of(cells), theta)
}

#[test]
fn likelihood_of_single_customers() {
    // ln L and P(alive at n), computed with 40 digits from the paper's expression (mpmath).
    let references = [
        ([0.3, 20.0, 0.05, 40.0], (12, 30, 200), -34.220_335_520_882_66, 1.002_719_022_337_303_4e-6),
        ([1e-3, 900.0, 300.0, 2e-2], (1, 1, 9), -23.326_027_087_883_614, 5.705_877_941_451_025e-16),
        ([800.0, 0.002, 0.9, 0.9], (50, 60, 70), -68.965_320_210_877_16, 8.524_385_368_837_2e-17),
        ([2.0, 3.0, 0.001, 1000.0], (300, 900, 1000), -588.883_477_248_336_9, 1.816_979_789_464_094e-11),
        ([0.7, 5.0, 1.0, 30.0], (0, 0, 500), -1.117_853_629_398_058, 0.006_705_044_147_666_942),
    ];
    for (parameters, (x, t_x, n), expected, alive) in references {
        let cell = DiscreteCell { x, t_x, n, weight: 1.0 };
        let found = evaluate(&[cell], &SVector::from(parameters.map(f64::ln))).value;
        assert!((found / expected - 1.0).abs() < 1e-13, "{parameters:?}: {found} {expected}");
        let found = BgBb::from_parameters(parameters).unwrap().p_alive(x, t_x, n);
        assert!((found / alive - 1.0).abs() < 1e-11, "{parameters:?}: {found} {alive}");
    }
}

/// Customers drawn from the model, with `least` to `most` opportunities.
fn simulate(
    [alpha, beta, gamma, delta]: [f64; 4],
    customers: usize,
    least: u32,
    most: u32,
    seed: u64,
) -> Vec<DiscreteCell> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let (purchases, dropouts) = (Beta::new(alpha, beta).unwrap(), Beta::new(gamma, delta).unwrap());
    (0..customers)
        .map(|_| {
            let (p, theta): (f64, f64) = (purchases.sample(&mut random), dropouts.sample(&mut random));
            let mut cell = DiscreteCell { x: 0, t_x: 0, n: random.random_range(least..=most), weight: 1.0 };
            for opportunity in 1..=cell.n {
                if random.random::<f64>() < theta {
                    break;
                }
                if random.random::<f64>() < p {
                    (cell.x, cell.t_x) = (cell.x + 1, opportunity);
                }
            }
            cell
        })
        .collect()
}

#[test]
fn recovers_the_parameters_of_a_simulation() {
    // Monthly opportunities over one to three years: a purchase in every fourth, a lifetime of about twenty.
    let truth = [1.1, 3.2, 0.7, 12.0];
    let fitted = fit(&simulate(truth, 8000, 12, 36, 3));
    assert_eq!(fitted.ending, Ending::Converged);
    assert!(fitted.iterations < 20, "{}", fitted.iterations);
    for (estimate, truth) in fitted.estimates.iter().zip(truth) {
        let error = estimate.standard_error.unwrap();
        assert!((estimate.value - truth).abs() < 3.0 * error, "{estimate:?} {truth}");
        assert!(error < 0.2 * truth, "{estimate:?}");
    }
    let due = fitted.model().unwrap().expected_of_new_customer(24);
    let true_due = BgBb::from_parameters(truth).unwrap().expected_of_new_customer(24);
    assert!((due / true_due - 1.0).abs() < 0.05, "{due} {true_due}");
}

#[test]
fn forecasts_are_those_of_the_customers_that_the_model_draws() {
    // Drawn once over 30 opportunities, cut at 12 and forecast from there.
    let truth = [1.1, 3.2, 0.7, 12.0];
    let model = BgBb::from_parameters(truth).unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(8);
    let (purchases, dropouts) = (Beta::new(1.1, 3.2).unwrap(), Beta::new(0.7, 12.0).unwrap());
    let (mut alive_found, mut alive_due, mut bought, mut due, mut none, mut none_due) =
        (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    for _ in 0..20_000 {
        let (p, theta): (f64, f64) = (purchases.sample(&mut random), dropouts.sample(&mut random));
        let (mut x, mut t_x, mut later, mut alive) = (0, 0, 0, true);
        for opportunity in 1..=30_u32 {
            alive = alive && random.random::<f64>() >= theta;
            if opportunity == 12 {
                alive_found += f64::from(u8::from(alive));
            }
            if alive && random.random::<f64>() < p {
                if opportunity <= 12 {
                    (x, t_x) = (x + 1, opportunity);
                } else {
                    later += 1;
                }
            }
        }
        alive_due += model.p_alive(x, t_x, 12);
        bought += f64::from(later);
        due += model.expected_purchases(x, t_x, 12, 18);
        none += f64::from(u8::from(later == 0));
        none_due += model.probability_of_next(0, 18, (x, t_x, 12));
    }
    for (found, expected) in [(alive_found, alive_due), (bought, due), (none, none_due)] {
        assert!((found / expected - 1.0_f64).abs() < 0.02, "{found} {expected}");
    }
}

#[test]
fn neither_order_nor_repetition_matters() {
    let mut customers = simulate([1.1, 3.2, 0.7, 12.0], 1500, 6, 20, 2);
    let once = fit(&customers);
    assert_eq!(once.ending, Ending::Converged);
    customers.reverse();
    assert_eq!(once, fit(&customers));
    let many: Vec<_> = customers.iter().map(|cell| DiscreteCell { weight: 400.0, ..*cell }).collect();
    let many = fit(&many);
    for (many, once) in many.estimates.iter().zip(&once.estimates) {
        assert!((many.value / once.value - 1.0).abs() < 1e-5, "{many:?} {once:?}");
        let shrink = many.standard_error.unwrap() / once.standard_error.unwrap();
        assert!((shrink * 20.0 - 1.0).abs() < 1e-4, "{shrink}");
    }
    assert!((many.log_likelihood.unwrap() / once.log_likelihood.unwrap() - 400.0).abs() < 1e-6);
}

#[test]
fn many_cells_give_the_bits_of_few() {
    // Enough cells for several threads, compared with one thread on the same cells.
    let customers = simulate([0.8, 6.0, 0.5, 60.0], 9_000, 50, 200, 5);
    let known = Opportunities::of(&customers).unwrap();
    assert!(known.cells.len() > 4096, "{}", known.cells.len());
    let at = SVector::from([-0.2, 1.8, -0.7, 4.1]);
    let whole = evaluate(&known.cells, &at);
    let (mut value, mut gradient) = (0.0, SVector::<f64, 4>::zeros());
    for chunk in known.cells.chunk_by(|left, right| left.x == right.x) {
        let part = evaluate(chunk, &at);
        value += part.value;
        gradient += part.gradient;
    }
    assert!((whole.value / value - 1.0).abs() < 1e-13);
    assert!((whole.gradient - gradient).amax() < 1e-9 * (1.0 + gradient.amax()));
    assert_eq!(whole, evaluate(&known.cells, &at));
}

fn ended_at(cells: &[DiscreteCell]) -> (&'static str, Meaning) {
    let fitted = fit(cells);
    assert_eq!(fitted.model().is_some(), fitted.ending.predicts());
    assert!(fitted.estimates.iter().all(|estimate| estimate.standard_error.is_none()));
    match fitted.ending {
        Ending::Boundary { parameter, meaning, .. } => (parameter, meaning),
        other => panic!("{other:?} {:?}", fitted.estimates),
    }
}

#[test]
fn without_dropout_the_fit_ends_at_that_boundary_and_bb_takes_over() {
    for seed in [0, 1, 2, 3] {
        let customers = simulate([1.2, 3.0, 1e-9, 5.0], 2000, 8, 16, seed);
        let (parameter, meaning) = ended_at(&customers);
        assert!(["gamma", "delta"].contains(&parameter), "{parameter}");
        assert_eq!(meaning, Meaning::NoDropout, "{seed}");
        let fallback = beta_binomial::fit(&customers);
        assert_eq!(fallback.ending, Ending::Converged);
        let gain = fit(&customers).log_likelihood.unwrap() - fallback.log_likelihood.unwrap();
        assert!((-1e-2..GAIN_OF_CHANCE).contains(&gain), "{gain}");
        for (estimate, truth) in fallback.estimates.iter().zip([1.2, 3.0]) {
            assert!((estimate.value - truth).abs() < 3.5 * estimate.standard_error.unwrap(), "{estimate:?}");
        }
    }
}

#[test]
fn other_boundaries_are_named() {
    // Everyone buys at the same rate; drops out at the same rate; buys at each opportunity; never leaves or at once;
    // buys always or never.
    for (parameters, names, expected) in [
        ([3e6, 7e6, 1.0, 8.0], ["alpha", "beta"], Meaning::EqualRates),
        ([1.0, 2.0, 1e6, 6e6], ["gamma", "delta"], Meaning::EqualDropout),
        ([1e6, 1e-6, 1.0, 8.0], ["alpha", "beta"], Meaning::EveryOpportunity),
        ([2.0, 2.0, 1e-4, 2e-4], ["gamma", "delta"], Meaning::AllOrNothingDropout),
        ([1e-7, 1e-7, 2.0, 20.0], ["alpha", "beta"], Meaning::AllOrNothingRates),
    ] {
        let (parameter, meaning) = ended_at(&simulate(parameters, 3000, 8, 16, 4));
        assert_eq!(meaning, expected, "{parameter}");
        assert!(names.contains(&parameter), "{parameter} {expected:?}");
    }
}

#[test]
fn too_little_to_fit_on_is_said() {
    let of = |x, t_x, n, weight| DiscreteCell { x, t_x, n, weight };
    let too_few = Ending::NotIdentified { why: Lacking::RepeatBuyers };
    assert_eq!(fit(&[]).ending, too_few);
    assert_eq!(fit(&[of(0, 0, 6, 500.0)]).ending, too_few);
    assert_eq!(fit(&[of(0, 0, 6, 500.0), of(1, 2, 6, 9.0)]).ending, too_few);
    assert_eq!(fit(&[of(2, 1, 6, 500.0)]).ending, Ending::Failed { why: Failure::BadCell });
    // One opportunity: a customer without a purchase may have left, or only not bought.
    let single = fit(&[of(0, 0, 1, 60.0), of(1, 1, 1, 40.0)]);
    assert!(!matches!(single.ending, Ending::Converged | Ending::Failed { .. }), "{:?}", single.ending);
}

#[test]
fn impossible_histories_have_no_number() {
    let model = donors();
    for (x, t_x, n) in [(3, 2, 6), (3, 7, 6), (0, 2, 6)] {
        assert!(model.p_alive(x, t_x, n).is_nan());
        assert!(model.probability_of_next(0, 5, (x, t_x, n)).is_nan());
        assert!(model.expected_purchases(x, t_x, n, 5).is_nan());
    }
}

fn a_history() -> impl Strategy<Value = DiscreteCell> {
    (0..30_u32, 0..30_u32, 0..30_u32, 1.0..9.0_f64).prop_map(|(x, wait, silence, weight)| {
        let t_x = if x == 0 { 0 } else { x + wait };
        DiscreteCell { x, t_x, n: t_x + silence, weight }
    })
}

/// ln L as in the paper, term by term.
fn plain_log_likelihood(cell: &DiscreteCell, [alpha, beta, gamma, delta]: [f64; 4]) -> f64 {
    use crate::analysis::special::{ln_beta, log_add_exp};
    let (x, t_x, n) = (f64::from(cell.x), f64::from(cell.t_x), f64::from(cell.n));
    let mut sum = ln_beta(alpha + x, beta + n - x) + ln_beta(gamma, delta + n);
    for i in 0..cell.n - cell.t_x {
        let j = t_x + f64::from(i);
        sum = log_add_exp(sum, ln_beta(alpha + x, beta + j - x) + ln_beta(gamma + 1.0, delta + j));
    }
    sum - ln_beta(alpha, beta) - ln_beta(gamma, delta)
}

proptest! {
    #[test]
    fn cells_that_share_sums_are_those_of_each_alone(
        theta in prop::array::uniform4(-7.0..7.0_f64),
        x in 0..9_u32,
        customers in prop::collection::vec((0..3000_u32, prop_oneof![Just(0), 0..9_u32, 0..3000_u32]), 1..20),
    ) {
        let cells: Vec<_> = customers
            .into_iter()
            .map(|(wait, silence)| {
                let t_x = if x == 0 { 0 } else { x + wait };
                DiscreteCell { x, t_x, n: t_x + silence, weight: 1.0 }
            })
            .collect();
        let at = SVector::<f64, 4>::from(theta);
        let found = evaluate(&cells, &at);
        // The sum of a cell alone has no other cells in it.
        let mut alone = evaluate(&[], &at);
        for cell in &cells {
            let one = evaluate(&[*cell], &at);
            alone.value += one.value;
            alone.gradient += one.gradient;
            alone.hessian += one.hessian;
        }
        let most = 1.0 + found.gradient.amax();
        prop_assert!((found.value - alone.value).abs() < 1e-11 * (1.0 + alone.value.abs()), "{found:?} {alone:?}");
        prop_assert!((found.gradient - alone.gradient).amax() < 1e-9 * most, "{found:?} {alone:?}");
        prop_assert!((found.hessian - alone.hessian).amax() < 1e-8 * most * most, "{found:?} {alone:?}");
    }

    #[test]
    fn likelihood_is_that_of_the_paper(
        theta in prop::array::uniform4(-5.0..5.0_f64),
        customers in prop::collection::vec(a_history(), 1..20),
    ) {
        let known: Vec<_> = {
            let mut cells = customers;
            cells.sort_by_key(|cell| (cell.x, cell.n, cell.t_x));
            cells
        };
        let found = evaluate(&known, &SVector::from(theta)).value;
        let plain: f64 =
            known.iter().map(|cell| cell.weight * plain_log_likelihood(cell, theta.map(f64::exp))).sum();
        prop_assert!((found - plain).abs() < 1e-11 * (1.0 + plain.abs()), "{found} {plain}");
    }

    #[test]
    fn gradient_and_hessian_agree_with_differences(
        theta in prop::array::uniform4(-3.0..3.0_f64),
        customers in prop::collection::vec(a_history(), 1..8),
    ) {
        let mut cells = customers;
        cells.sort_by_key(|cell| cell.x);
        let at = SVector::<f64, 4>::from(theta);
        let here = evaluate(&cells, &at);
        let scale = 1.0 + here.gradient.amax() + here.hessian.amax();
        let step = 1e-5;
        for i in 0..4 {
            let mut shift = SVector::<f64, 4>::zeros();
            shift[i] = step;
            let (up, down) = (evaluate(&cells, &(at + shift)), evaluate(&cells, &(at - shift)));
            let slope = (up.value - down.value) / (2.0 * step);
            prop_assert!((slope - here.gradient[i]).abs() < 1e-6 * scale, "{i}: {slope}");
            let bend = (up.gradient - down.gradient) / (2.0 * step);
            prop_assert!((bend - here.hessian.column(i)).amax() < 1e-6 * scale, "{i}: {bend}");
        }
    }

    #[test]
    fn wild_customers_and_parameters_give_finite_numbers(
        theta in prop::array::uniform4(-14.0..14.0_f64),
        x in prop_oneof![0..3_u32, 0..1000_u32, 0..8000_u32],
        wait in prop_oneof![Just(0), 0..1000_u32],
        silence in prop_oneof![Just(0), 0..1000_u32],
        horizon in prop_oneof![Just(0), 0..2000_u32],
        ln_rate in -12.0..3.0_f64,
    ) {
        let t_x = if x == 0 { 0 } else { x + wait };
        let n = t_x + silence;
        let here = evaluate(&[DiscreteCell { x, t_x, n, weight: 1.0 }], &SVector::from(theta));
        prop_assert!(here.value.is_finite() && here.value <= 1e-9);
        prop_assert!(here.gradient.iter().chain(here.hessian.iter()).all(|v| v.is_finite()));
        let model = BgBb::from_parameters(theta.map(f64::exp)).unwrap();
        let alive = model.p_alive(x, t_x, n);
        prop_assert!((0.0..=1.0).contains(&alive));
        prop_assert!(model.p_alive_next(x, t_x, n) <= alive);
        // Silence makes being alive less likely.
        prop_assert!(model.p_alive(x, t_x, n + 1) <= alive * (1.0 + 1e-12) + f64::MIN_POSITIVE);
        let due = model.expected_purchases(x, t_x, n, horizon);
        prop_assert!(due >= 0.0 && due <= f64::from(horizon) * alive * (1.0 + 1e-12));
        prop_assert!(model.expected_purchases(x, t_x, n, horizon + 1) >= due);
        let discounted = model.discounted_residual(x, t_x, n, ln_rate.exp());
        prop_assert!(discounted >= 0.0 && discounted.is_finite());
        let none = model.probability_of_next(0, horizon, (x, t_x, n));
        prop_assert!((0.0..=1.0 + 1e-9).contains(&none), "{none}");
    }

    #[test]
    fn probabilities_sum_to_one_and_average_to_the_expectation(
        theta in prop::array::uniform4(-7.0..7.0_f64),
        customer in a_history(),
        n in 1..60_u32,
    ) {
        let model = BgBb::from_parameters(theta.map(f64::exp)).unwrap();
        let DiscreteCell { x, t_x, n: behind, .. } = customer;
        let (mut whole, mut mean, mut whole_next, mut mean_next) = (0.0, 0.0, 0.0, 0.0);
        for k in 0..=n {
            let (share, next) = (model.probability_of(k, n), model.probability_of_next(k, n, (x, t_x, behind)));
            prop_assert!(share >= 0.0 && next >= 0.0);
            whole += share;
            whole_next += next;
            mean += f64::from(k) * share;
            mean_next += f64::from(k) * next;
        }
        prop_assert!((whole - 1.0).abs() < 1e-11 && (whole_next - 1.0).abs() < 1e-11, "{whole} {whole_next}");
        let expected = model.expected_of_new_customer(n);
        prop_assert!((mean - expected).abs() < 1e-10 * (1.0 + expected));
        let expected = model.expected_purchases(x, t_x, behind, n);
        prop_assert!((mean_next - expected).abs() < 1e-10 * (1.0 + expected));
        prop_assert_eq!(model.probability_of(n + 1, n), 0.0);
    }

    #[test]
    fn discounted_purchases_are_those_of_each_opportunity(
        theta in prop::array::uniform4(-2.0..2.0_f64),
        customer in a_history(),
        rate in 0.1..1.0_f64,
    ) {
        let model = BgBb::from_parameters(theta.map(f64::exp)).unwrap();
        let DiscreteCell { x, t_x, n, .. } = customer;
        let (mut sum, mut before) = (0.0, 0.0);
        for k in 1..400 {
            let due = model.expected_purchases(x, t_x, n, k);
            sum += (due - before) / (1.0 + rate).powf(f64::from(k));
            before = due;
        }
        let found = model.discounted_residual(x, t_x, n, rate);
        prop_assert!((found / sum - 1.0).abs() < 1e-9, "{found} {sum}");
    }
}

proptest! {
    // A fit that ends on a boundary takes some hundred evaluations.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_customers_end_a_fit_without_panic(customers in prop::collection::vec(a_history(), 0..40)) {
        let fitted = fit(&customers);
        prop_assert_eq!(fitted.model().is_some(), fitted.ending.predicts());
        prop_assert!(!matches!(fitted.ending, Ending::Failed { .. }), "{:?}", fitted);
    }
}
