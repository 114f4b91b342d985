//! The note's likelihood by other methods, derivatives compared with differences, simulations, and how fits end.

use nalgebra::{DVector, SVector};
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Beta, Distribution, Exp, Gamma, Normal};

use super::design::Design;
use super::kernel::Kernel;
use super::objective::{self, Objective};
use super::*;
use crate::analysis::clv::Repurchase;
use crate::analysis::clv::cell::{Cell, Cells, History};
use crate::analysis::clv::fit::{Failure, Lacking, Limit, Meaning};
use crate::analysis::clv::nbd;
use crate::analysis::clv::pace::Pace;

/// Customers and their covariates, by name.
struct Shop {
    customers: Vec<History>,
    columns: Vec<(&'static str, Vec<f64>)>,
}

impl Shop {
    fn cells(&self) -> Cells {
        Cells::collapse(&self.customers, 7.0).unwrap()
    }

    fn patterns(&self) -> Patterns {
        Patterns::of(self.cells(), &self.columns()).unwrap()
    }

    fn fit(&self, family: Family) -> Fit {
        family.fit(&self.patterns())
    }

    fn columns(&self) -> Vec<Column<'_>> {
        self.columns.iter().map(|(name, values)| Column { name, values }).collect()
    }
}

/// The parameters of a simulation, and γ₁ and γ₂ for each covariate.
struct Truth {
    values: [f64; 4],
    online: [f64; 2],
    age: [f64; 2],
}

/// Some covariates matter; the unit is days: α of about 40 days.
const BG_NBD: Truth = Truth { values: [1.2, 80.0, 0.6, 1.5], online: [0.5, -0.7], age: [0.02, 0.03] };
const PARETO_NBD: Truth = Truth { values: [1.2, 80.0, 1.1, 500.0], online: [0.5, -0.7], age: [0.02, 0.03] };

/// When a customer stops buying, drawn from the last two parameters: after a purchase with a probability, or at a time.
enum Leaving {
    AfterPurchase(f64),
    At(f64),
}

fn simulate<K: Kernel>(truth: &Truth, customers: usize, seed: u64) -> Shop {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let (mut histories, mut online, mut age) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..customers {
        let z = [
            f64::from(u8::from(random.random::<f64>() < 0.4)),
            f64::round(Normal::new(35.0, 8.0).unwrap().sample(&mut random)),
        ];
        let mut own = truth.values;
        for (process, (place, sign)) in K::ENTRIES.into_iter().enumerate() {
            own[place] *= (sign * (truth.online[process] * z[0] + truth.age[process] * z[1])).exp();
        }
        let [r, alpha, third, fourth] = own;
        let wait =
            Exp::new(f64::max(Gamma::new(r, 1.0 / alpha).unwrap().sample(&mut random), 1e-12)).unwrap();
        let leaving = if K::FAMILY == Family::BgNbd {
            Leaving::AfterPurchase(Beta::new(third, fourth).unwrap().sample(&mut random))
        } else {
            let rate = Gamma::new(third, 1.0 / fourth).unwrap().sample(&mut random);
            Leaving::At(Exp::new(f64::max(rate, 1e-12)).unwrap().sample(&mut random))
        };
        let t_days = 300 + random.random_range(0..=100_u32);
        let (mut x, mut last, mut now) = (0, 0.0, 0.0);
        loop {
            now += wait.sample(&mut random);
            if now > f64::from(t_days) || matches!(leaving, Leaving::At(end) if now > end) {
                break;
            }
            (x, last) = (x + 1, now);
            if matches!(leaving, Leaving::AfterPurchase(chance) if random.random::<f64>() < chance) {
                break;
            }
        }
        histories.push(History { x, t_x_days: f64::round(last) as u32, t_days });
        online.push(z[0]);
        age.push(z[1]);
    }
    Shop { customers: histories, columns: vec![("online", online), ("age", age)] }
}

/// φ from parameters and coefficients on the scale of the columns.
fn phi<K: Kernel>(design: &Design, values: [f64; 4], gammas: [&[f64]; 2]) -> DVector<f64> {
    let width = design.columns.len();
    let mut phi = DVector::zeros(4 + 2 * width);
    for (i, value) in values.into_iter().enumerate() {
        phi[i] = value.ln();
    }
    for (process, (place, sign)) in K::ENTRIES.into_iter().enumerate() {
        for (j, column) in design.columns.iter().enumerate() {
            phi[4 + process * width + j] = gammas[process][j] * column.sd;
            phi[place] += sign * gammas[process][j] * column.mean;
        }
    }
    phi
}

fn log_likelihood_of_three<K: Kernel>(values: [f64; 4]) -> f64 {
    let customers = [(0, 0, 273), (2, 213, 272), (7, 100, 210)];
    let shop = Shop {
        customers: customers.map(|(x, t_x_days, t_days)| History { x, t_x_days, t_days }).to_vec(),
        columns: vec![("online", vec![0.0, 1.0, 1.0]), ("age", vec![20.0, 35.0, 61.5])],
    };
    let patterns = shop.patterns();
    let design = Design::of(&patterns);
    let objective = Objective::<K>::of(&patterns, &design, patterns.cells());
    objective.at(&phi::<K>(&design, values, [&[0.4, 0.01], &[-0.6, 0.025]])).value
}

#[test]
fn the_likelihood_is_that_of_the_note() {
    // The note's individual likelihoods with 40 digits (mpmath): αᵢ and aᵢ in BG/NBD's equation, αᵢ and βᵢ in
    // Pareto/NBD's integral over the time of death.
    let found = log_likelihood_of_three::<BgNbd>([0.55, 10.6, 0.6, 2.4]);
    assert!((found - BG_NBD_OF_THREE).abs() < 1e-11, "{found}");
    let found = log_likelihood_of_three::<ParetoNbd>([0.55, 10.6, 0.6, 11.7]);
    assert!((found - PARETO_NBD_OF_THREE).abs() < 1e-11, "{found}");
}

const BG_NBD_OF_THREE: f64 = -27.630_679_786_754_175;
const PARETO_NBD_OF_THREE: f64 = -27.663_942_783_928_695;

/// Customers with few distinct histories: some patterns have many cells, some have one.
fn coarse(seed: u64) -> Shop {
    let mut shop = simulate::<ParetoNbd>(&PARETO_NBD, 400, seed);
    for customer in &mut shop.customers {
        let t_days = 7 * customer.t_days.div_ceil(70) * 10;
        *customer = History { t_x_days: customer.t_x_days / 14 * 14, t_days, ..*customer };
    }
    for age in &mut shop.columns[1].1 {
        *age = f64::max(*age, 33.0);
    }
    shop
}

fn derivatives_agree_with_differences<K: Kernel>() {
    let shop = coarse(3);
    let patterns = shop.patterns();
    let design = Design::of(&patterns);
    let scaled = Pace::of(patterns.plain().cells()).unwrap().rescale(patterns.cells());
    let objective = Objective::<K>::of(&patterns, &design, &scaled);
    let few =
        objective.patterns.iter().filter(|pattern| matches!(pattern, objective::Pattern::Few(_))).count();
    assert!(few > 5 && few < patterns.len(), "{few}");
    let mut random = ChaCha8Rng::seed_from_u64(8);
    for _ in 0..6 {
        let at = DVector::from_fn(objective.size(), |_, _| random.random_range(-0.8..0.8));
        let here = objective.at(&at);
        let scale = 1.0 + here.gradient.amax() + here.hessian.amax();
        for i in 0..objective.size() {
            let mut shift = DVector::zeros(objective.size());
            shift[i] = 1e-5;
            let (up, down) = (objective.at(&(&at + &shift)), objective.at(&(&at - &shift)));
            let slope = (up.value - down.value) / 2e-5;
            assert!((slope - here.gradient[i]).abs() < 1e-6 * scale, "{i}: {slope} {}", here.gradient[i]);
            let bend = (up.gradient - down.gradient) / 2e-5;
            assert!((&bend - here.hessian.column(i)).amax() < 1e-6 * scale, "{i}: {bend}");
        }
        assert!((&here.hessian - here.hessian.transpose()).amax() == 0.0);
    }
}

#[test]
fn derivatives_of_both_models_agree_with_differences() {
    derivatives_agree_with_differences::<BgNbd>();
    derivatives_agree_with_differences::<ParetoNbd>();
}

fn a_few_cells() -> impl Strategy<Value = Vec<Cell>> {
    let cell = (0..9_u32, 0.0..=1.0_f64, 0.0..100.0_f64, 1..4_u32);
    prop::collection::vec(cell, 1..8).prop_map(|cells| {
        let of = |(x, share, t, weight): (u32, f64, f64, u32)| {
            let share = if share > 0.9 { 1.0 } else { share };
            Cell { x, t_x: if x == 0 { 0.0 } else { share * t }, t, weight: f64::from(weight) }
        };
        let mut cells: Vec<_> = cells.into_iter().map(of).collect();
        cells.sort_by(|left, right| left.x.cmp(&right.x).then(left.t.total_cmp(&right.t)));
        cells
    })
}

fn few_and_many_agree<K: Kernel>(cells: &[Cell], theta: [f64; 4]) -> Result<(), TestCaseError> {
    let at = SVector::from(theta);
    let (few, many) = (K::of_few(cells, &at), K::log_likelihood(&K::layout(cells), &at));
    let slack = 1e-10 * (1.0 + many.value.abs() + many.hessian.amax());
    prop_assert!((few.value - many.value).abs() < slack, "{few:?} {many:?}");
    prop_assert!((few.gradient - many.gradient).amax() < slack, "{few:?} {many:?}");
    prop_assert!((few.hessian - many.hessian).amax() < slack, "{few:?} {many:?}");
    Ok(())
}

proptest! {
    #[test]
    fn cells_by_themselves_and_laid_out_have_one_likelihood(
        theta in prop::array::uniform4(-4.0..4.0_f64),
        cells in a_few_cells(),
    ) {
        few_and_many_agree::<BgNbd>(&cells, theta)?;
        few_and_many_agree::<ParetoNbd>(&cells, theta)?;
    }

    #[test]
    fn wild_parameters_of_a_customer_give_a_likelihood_or_none(
        theta in prop::array::uniform4(-60.0..60.0_f64),
        cells in a_few_cells(),
    ) {
        fn none_too_high<K: Kernel>(cells: &[Cell], at: &SVector<f64, 4>) -> Result<(), TestCaseError> {
            for there in [K::of_few(cells, at), K::log_likelihood(&K::layout(cells), at)] {
                prop_assert!(there.value != f64::INFINITY, "{there:?}");
            }
            Ok(())
        }
        let at = SVector::from(theta);
        none_too_high::<BgNbd>(&cells, &at)?;
        none_too_high::<ParetoNbd>(&cells, &at)?;
    }
}

/// Parameters, effects and a customer's own model are recovered.
fn recovers<K: Kernel>(truth: &Truth, seed: u64) {
    let fit = simulate::<K>(truth, 4000, seed).fit(K::FAMILY);
    assert_eq!(fit.ending, Ending::Converged);
    assert!(fit.iterations < 25, "{}", fit.iterations);
    let truths = [truth.online[0], truth.online[1], truth.age[0], truth.age[1]];
    for (effect, expected) in fit.effects.iter().zip(truths) {
        let error = effect.standard_error.unwrap();
        assert!((effect.coefficient - expected).abs() < 3.0 * error, "{effect:?} {expected}");
        assert!(error * effect.sd < 0.2, "{effect:?}");
    }
    let names: Vec<_> =
        fit.effects.iter().map(|effect| (effect.covariate.as_str(), effect.process.key())).collect();
    assert_eq!(
        names,
        [("online", "purchases"), ("online", "dropout"), ("age", "purchases"), ("age", "dropout")]
    );
    for ((estimate, value), of_time) in fit.estimates.iter().zip(truth.values).zip(K::OF_TIME) {
        let expected = if of_time { value / 7.0 } else { value };
        assert!(
            (estimate.value - expected).abs() < 3.0 * estimate.standard_error.unwrap(),
            "{estimate:?} {expected}"
        );
    }
    // At the means: the model of such a customer.
    let means: Vec<f64> = fit.effects.iter().step_by(2).map(|effect| effect.mean).collect();
    let of = |row: &[f64]| fit.model().unwrap().of(row).unwrap();
    let mean = of(&means).parameters();
    for (estimate, (symbol, value)) in fit.at_means.iter().zip(mean) {
        assert_eq!(estimate.name, symbol);
        assert!(
            (estimate.value / value - 1.0).abs() < 1e-12 && estimate.standard_error.unwrap() < 0.5 * value
        );
    }
    let test = fit.test.unwrap();
    assert!(test.degrees == 4 && test.statistic > 50.0 && test.p_value < 1e-9, "{test:?}");
    // A customer's own model: αᵢ = α₀ exp(−γ₁'z), and the same for the other one.
    let row = [1.0, 41.0];
    let own: Vec<f64> = of(&row).parameters().into_iter().map(|(_, value)| value).collect();
    let mut expected: Vec<f64> = fit.estimates.iter().map(|estimate| estimate.value).collect();
    for (process, (place, sign)) in K::ENTRIES.into_iter().enumerate() {
        let effect = |at: usize| fit.effects[2 * at + process].coefficient * row[at];
        expected[place] *= (sign * (effect(0) + effect(1))).exp();
    }
    assert!(own.iter().zip(&expected).all(|(own, expected)| (own / expected - 1.0).abs() < 1e-9), "{own:?}");
    // Customers who came online buy more often, and so do older ones; the mean customer is between.
    let due = |row: &[f64]| of(row).expected_of_new_customer(20.0);
    assert!(due(&[1.0, 35.0]) > due(&[0.0, 35.0]) && fit.replaced_by().is_none());
    let mean = due(&means);
    assert!(due(&[0.0, 35.0]) < mean && mean < due(&[1.0, 35.0]));
}

#[test]
fn a_shift_moves_parameters_and_coefficients() {
    let acting = Acting { place: 1, centre: 30.0, scale: 8.0, gammas: [0.02, 0.03] };
    let of = |values, acting| WithCovariates::new(Family::BgNbd, values, 2, vec![acting], 7.0).unwrap();
    let model = of([1.0, 2.0, 3.0, 4.0], acting);
    let shifted = model.shifted(&[2_f64.ln(), 0.0, 0.0, -2_f64.ln(), 0.8, -1.6]);
    let expected = of([2.0, 2.0, 3.0, 2.0], Acting { gammas: [0.12, -0.17], ..acting });
    for row in [[5.0, 30.0], [5.0, 41.0]] {
        let [found, expected] = [&shifted, &expected].map(|model| model.of(&row).unwrap().parameters());
        for ((name, found), (_, expected)) in found.into_iter().zip(expected) {
            assert!((found / expected - 1.0).abs() < 1e-14, "{name}: {found} {expected}");
        }
    }
    assert_eq!(model.shifted(&[0.0; 6]), model);
}

/// The covariance is that of the shifted quantities: its diagonal gives the standard errors.
fn errors_follow_from_the_covariance<K: Kernel>(truth: &Truth) {
    let fit = simulate::<K>(truth, 2000, 21).fit(K::FAMILY);
    let (covariance, model) = (fit.covariance().unwrap(), fit.model().unwrap());
    assert_eq!(covariance.nrows(), 8);
    for (at, estimate) in fit.at_means.iter().enumerate() {
        let error = estimate.value * covariance[(at, at)].sqrt();
        assert!((error / estimate.standard_error.unwrap() - 1.0).abs() < 1e-9, "{estimate:?}");
    }
    for (at, effect) in fit.effects.iter().enumerate() {
        let (covariate, process) = (at / 2, at % 2);
        let place = 4 + 2 * process + covariate;
        let error = effect.standard_error.unwrap();
        assert!((covariance[(place, place)].sqrt() / effect.sd / error - 1.0).abs() < 1e-9, "{effect:?}");
        let mut by = [0.0; 8];
        by[place] = covariance[(place, place)].sqrt();
        let moved = model.shifted(&by).acting[covariate].gammas[process];
        assert!(((moved - effect.coefficient) / error - 1.0).abs() < 1e-9, "{effect:?}");
    }
}

#[test]
fn a_covariance_is_of_what_a_shift_moves() {
    errors_follow_from_the_covariance::<BgNbd>(&BG_NBD);
    errors_follow_from_the_covariance::<ParetoNbd>(&PARETO_NBD);
}

#[test]
fn recovers_the_effects_of_a_simulation() {
    recovers::<BgNbd>(&BG_NBD, 1);
    recovers::<ParetoNbd>(&PARETO_NBD, 2);
}

/// The test statistics of covariates without an effect.
fn noise<K: Kernel>(values: [f64; 4], seeds: u64, customers: usize) -> Vec<LikelihoodRatio> {
    let truth = Truth { values, online: [0.0, 0.0], age: [0.0, 0.0] };
    let test = |seed| {
        let fit = simulate::<K>(&truth, customers, seed).fit(K::FAMILY);
        assert_eq!(fit.ending, Ending::Converged, "{seed}");
        fit.test.unwrap()
    };
    (100..100 + seeds).map(test).collect()
}

/// Every ending is reported, and a model that predicts gives numbers.
fn ends<K: Kernel>(shop: &Shop) {
    let fit = shop.fit(K::FAMILY);
    assert_eq!(fit.model().is_some(), fit.ending == Ending::Converged);
    assert_ne!(fit.ending.reason_key(), "stalled");
    for customer in 0..300 {
        let row: Vec<f64> = shop.columns.iter().map(|(_, values)| values[customer]).collect();
        if let Some(model) = fit.model() {
            let due = model.of(&row).unwrap().expected_of_new_customer(52.0);
            assert!(due.is_finite() && due >= 0.0, "{due}");
        }
    }
    if fit.ending == Ending::Converged {
        for effect in &fit.effects {
            let p = effect.p_value().unwrap();
            assert!((0.0..=1.0).contains(&p), "{effect:?}");
        }
    }
}

#[test]
fn odd_columns_end_in_some_way() {
    let mut random = ChaCha8Rng::seed_from_u64(12);
    for seed in 0..6 {
        let mut shop = simulate::<BgNbd>(&BG_NBD, 300, seed);
        let normal = Normal::new(0.0, 1.0).unwrap();
        let mut column = |of: &dyn Fn(usize, f64) -> f64| -> Vec<f64> {
            (0..300).map(|at| of(at, normal.sample(&mut random))).collect()
        };
        // A heavy tail, two customers far from all others, a date in seconds, almost a copy, and much noise.
        shop.columns.push(("revenue", column(&|_, z| (3.0 * z).exp())));
        shop.columns.push(("staff", column(&|at, _| f64::from(u8::from(at < 2)))));
        let since = column(&|at, z| 1.7e9 + 86_400.0 * (at as f64 + z));
        shop.columns.push(("nearly", column(&|at, z| since[at] + 1e3 * z)));
        shop.columns.push(("since", since));
        for _ in 0..8 {
            shop.columns.push(("noise", column(&|_, z| z)));
        }
        ends::<BgNbd>(&shop);
        ends::<ParetoNbd>(&shop);
    }
}

#[test]
fn without_dropout_the_covariates_of_purchases_remain() {
    let mut shop = simulate::<BgNbd>(&BG_NBD, 1000, 13);
    let best = |shop: &Shop| {
        let patterns = shop.patterns();
        let design = Design::of(&patterns);
        let pace = Pace::of(patterns.plain().cells()).unwrap();
        let scaled = pace.rescale(patterns.cells());
        let start = DVector::zeros(8);
        let found = [
            Objective::<BgNbd>::of(&patterns, &design, &scaled).best_without_dropout(&start),
            Objective::<ParetoNbd>::of(&patterns, &design, &scaled).best_without_dropout(&start),
        ];
        assert!((found[0] - found[1]).abs() < 1e-6, "{found:?}");
        (found[0], nbd::best_log_likelihood(&pace.rescale(patterns.plain().cells())))
    };
    let (with, plain) = best(&shop);
    assert!(with > plain + 5.0, "{with} {plain}");
    // Everyone four times, in all combinations: the covariates have no effect on purchases.
    shop.customers = shop.customers.repeat(4);
    shop.columns = vec![
        ("one", [vec![0.0; 1000], vec![1.0; 1000]].concat().repeat(2)),
        ("other", [vec![0.0; 2000], vec![1.0; 2000]].concat()),
    ];
    let (with, plain) = best(&shop);
    assert!((with - plain).abs() < 1e-6, "{with} {plain}");
}

#[test]
fn the_test_has_its_size_where_covariates_tell_nothing() {
    for (tests, seeds) in [
        (noise::<BgNbd>([1.0, 30.0, 0.8, 2.4], 40, 1000), 40.0),
        (noise::<ParetoNbd>([1.0, 30.0, 0.8, 100.0], 20, 1000), 20.0),
    ] {
        // χ² with 4 degrees has the mean 4 and the variance 8.
        let mean = tests.iter().map(|test| test.statistic).sum::<f64>() / seeds;
        let error = f64::sqrt(8.0 / seeds);
        assert!((mean - 4.0).abs() < 2.6 * error, "{mean}");
        let found = tests.iter().filter(|test| test.p_value < 0.05).count();
        assert!(found as f64 <= 0.05 * seeds + 2.6 * (0.05 * 0.95 * seeds).sqrt(), "{found}");
        let halves = tests.iter().filter(|test| test.p_value < 0.5).count() as f64;
        assert!((halves - 0.5 * seeds).abs() < 2.6 * (0.25 * seeds).sqrt(), "{halves}");
    }
}

/// The fit with covariates is the same as the fit without.
fn unchanged<K: Kernel>(shop: &Shop) {
    let fit = shop.fit(K::FAMILY);
    assert_eq!(fit.ending, Ending::Converged);
    let test = fit.test.unwrap();
    assert!(test.statistic < 1e-6 && test.p_value > 1.0 - 1e-6, "{test:?}");
    for (with, without) in fit.estimates.iter().zip(&fit.without.estimates) {
        assert!((with.value / without.value - 1.0).abs() < 1e-4, "{with:?} {without:?}");
    }
    assert!(fit.effects.iter().all(|effect| effect.z().unwrap().abs() < 1e-3), "{:?}", fit.effects);
    let (plain, cells) = (fit.without.log_likelihood.unwrap(), shop.cells());
    assert!((fit.log_likelihood.unwrap() - plain).abs() < 1e-6);
    assert_eq!((fit.customers, fit.cells, fit.patterns), (1800.0, 2 * cells.cells().len(), 2));
}

#[test]
fn covariates_without_any_effect_change_nothing() {
    // Everyone twice, once online and once not: the maximum has no effect.
    let half = simulate::<BgNbd>(&BG_NBD, 900, 4);
    let online = [vec![0.0; 900], vec![1.0; 900]].concat();
    let shop = Shop { customers: half.customers.repeat(2), columns: vec![("online", online)] };
    unchanged::<BgNbd>(&shop);
    unchanged::<ParetoNbd>(&shop);
}

#[test]
fn neither_scale_nor_origin_of_a_covariate_matters() {
    let mut shop = simulate::<ParetoNbd>(&PARETO_NBD, 1500, 5);
    let years = shop.fit(Family::ParetoNbd);
    assert_eq!(years.ending, Ending::Converged);
    for age in &mut shop.columns[1].1 {
        *age = 1e7 - 365.25 * *age;
    }
    let days = shop.fit(Family::ParetoNbd);
    assert!((days.log_likelihood.unwrap() - years.log_likelihood.unwrap()).abs() < 1e-6);
    for (one, other) in years.effects.iter().zip(&days.effects) {
        let unit = if one.covariate == "age" { -365.25 } else { 1.0 };
        assert!(
            (other.coefficient * unit - one.coefficient).abs() < 1e-5 * one.standard_error.unwrap(),
            "{one:?} {other:?}"
        );
        assert!(
            (other.standard_error.unwrap() * unit.abs() / one.standard_error.unwrap() - 1.0).abs() < 1e-6
        );
        assert!(
            (other.factor_interval().unwrap()[1].ln() - other.coefficient) / other.standard_error.unwrap()
                < 1.96
        );
    }
    let due = |fit: &Fit, row: [f64; 2]| {
        fit.model().unwrap().of(&row).unwrap().expected_purchases(3, 20.0, 40.0, 52.0)
    };
    let (one, other) = (due(&years, [1.0, 50.0]), due(&days, [1.0, 1e7 - 365.25 * 50.0]));
    assert!((one / other - 1.0).abs() < 1e-6);
}

#[test]
fn neither_the_order_of_customers_nor_threads_matter() {
    let mut shop = simulate::<BgNbd>(&BG_NBD, 3000, 6);
    let once = shop.fit(Family::BgNbd);
    {
        let patterns = shop.patterns();
        let design = Design::of(&patterns);
        let objective = Objective::<BgNbd>::of(&patterns, &design, patterns.cells());
        assert!(objective.parts.len() > 1);
        let at = DVector::from_element(objective.size(), 0.1);
        let parts: Vec<_> = objective.parts.iter().map(|part| objective.of_part(&at, part)).collect();
        assert_eq!(objective.total(&parts), objective.at(&at));
    }
    shop.customers.reverse();
    for (_, values) in &mut shop.columns {
        values.reverse();
    }
    assert_eq!(once, shop.fit(Family::BgNbd));
}

#[test]
fn covariates_that_tell_nothing_of_their_own_are_left_out_by_name() {
    let mut shop = simulate::<BgNbd>(&BG_NBD, 1500, 7);
    let before = shop.fit(Family::BgNbd);
    let [online, age] = [0, 1].map(|at| shop.columns[at].1.clone());
    let cents = age.iter().map(|age| 100.0 * age).collect();
    shop.columns.insert(0, ("country", vec![49.0; 1500]));
    shop.columns.push(("cents", cents));
    let fit = shop.fit(Family::BgNbd);
    let said: Vec<_> = fit.left_out.iter().map(ToString::to_string).collect();
    assert_eq!(said, ["country is the same for everybody", "cents says the same as age"]);
    let effects: Vec<_> = fit.effects.iter().map(|of| Effect { place: of.place - 1, ..of.clone() }).collect();
    assert_eq!((&effects, fit.log_likelihood), (&before.effects, before.log_likelihood));
    // The rows of customers keep all places.
    let row = [49.0, online[0], age[0], 100.0 * age[0]];
    let (model, before) = (fit.model().unwrap(), before.model().unwrap());
    assert_eq!(model.of(&row), before.of(&row[1..3]));
    assert_eq!(model.of(&row[1..]), Err(RowError::Length { values: 3, covariates: 4 }));
    let far = model.of(&[49.0, 1e6, 35.0, 0.0]);
    assert!(matches!(far, Err(RowError::Parameter(ParameterError::OutOfRange { .. }))), "{far:?}");
    shop.columns.truncate(1);
    let alone = shop.fit(Family::BgNbd);
    assert_eq!((&alone.ending, alone.test), (&Ending::NoCovariates, None));
    assert_eq!(alone.replaced_by(), Some(PurchaseModel::BgNbd));
    assert!(alone.model().is_none() && alone.without.model().is_some());
}

#[test]
fn an_effect_without_bound_is_named_and_the_plain_model_takes_over() {
    // Nobody who came online leaves, or buys again.
    for (online, process) in [([0.5, -25.0], Process::Dropout), ([-25.0, -0.7], Process::Purchases)] {
        for seed in [8, 9] {
            let truth = Truth { online, ..BG_NBD };
            let fit = simulate::<BgNbd>(&truth, 2000, seed).fit(Family::BgNbd);
            let covariate = "online".to_owned();
            assert_eq!(fit.ending, Ending::Unbounded { covariate, process, upwards: false });
            assert!(fit.model().is_none() && fit.test.is_none());
            assert!(fit.effects.iter().all(|effect| effect.standard_error.is_none()));
            assert_eq!((fit.replaced_by(), fit.ending.key()), (Some(PurchaseModel::BgNbd), "boundary"));
        }
    }
}

#[test]
fn covariates_that_explain_all_differences_in_rates_are_a_boundary() {
    let truth = Truth { values: [1e6, 80e6, 0.6, 1.5], online: [2.0, 0.0], age: [0.0, 0.0] };
    let fit = simulate::<BgNbd>(&truth, 1500, 10).fit(Family::BgNbd);
    assert_eq!(fit.ending.key(), "boundary");
    let Ending::Parameters(fit::Ending::Boundary { limit, meaning, .. }) = fit.ending else {
        panic!("{:?}", fit.ending)
    };
    assert_eq!((limit, meaning), (Limit::Infinity, Meaning::EqualRates));
    assert_eq!(fit.replaced_by(), Some(PurchaseModel::BgNbd));
}

#[test]
fn without_a_fit_of_the_plain_model_there_is_none_with_covariates() {
    let truth = Truth { values: [1.2, 80.0, 1e-9, 5.0], online: [0.5, 0.0], age: [0.0, 0.0] };
    let fit = simulate::<BgNbd>(&truth, 1000, 11).fit(Family::BgNbd);
    let Ending::Without(fit::Ending::Boundary { meaning: Meaning::NoDropout, .. }) = fit.ending else {
        panic!("{:?}", fit.ending)
    };
    assert!(fit.replaced_by().is_none() && fit.model().is_none());
    let nobody = Shop { customers: Vec::new(), columns: vec![("online", Vec::new())] };
    let too_few = fit::Ending::NotIdentified { why: Lacking::RepeatBuyers };
    assert_eq!(nobody.fit(Family::ParetoNbd).ending, Ending::Without(too_few));
}

#[test]
fn every_ending_has_a_key_and_a_sentence() {
    let covariate = || "online".to_owned();
    let too_few = fit::Ending::NotIdentified { why: Lacking::RepeatBuyers };
    for (ending, key, reason, sentence) in [
        (Ending::Converged, "converged", "none", "the fit converged"),
        (Ending::NoCovariates, "not_identified", "no_covariates", "all customers have the same covariates"),
        (
            Ending::Without(too_few),
            "not_identified",
            "repeat_buyers",
            "the model without covariates: fewer than 10 customers bought again: too few to fit a model on",
        ),
        (
            Ending::Parameters(fit::Ending::Failed { why: Failure::Stalled }),
            "failed",
            "stalled",
            "the model with covariates: the search for the best parameters did not come to an end",
        ),
        (
            Ending::Unbounded { covariate: covariate(), process: Process::Dropout, upwards: false },
            "boundary",
            "unbounded_effect_on_dropout",
            "no dropout, or nothing else, can be seen at one end of online (its coefficient for dropout runs to -infinity)",
        ),
        (
            Ending::Unclear { covariate: covariate(), process: Process::Purchases },
            "not_identified",
            "unclear_effect",
            "the data cannot tell the effect of online on the purchase rate from others",
        ),
    ] {
        assert_eq!((ending.key(), ending.reason_key()), (key, reason));
        assert_eq!(ending.to_string(), sentence);
    }
}
