//! Intervals compared with simulated customers, for whom the truth is known.

use nalgebra::DMatrix;
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Beta, Distribution, Gamma};

use super::super::Repurchase;
use super::super::bg_cnbd::{BgCnbd, Dropout};
use super::super::bg_nbd::BgNbd;
use super::super::cell::{Cell, Cells, History};
use super::super::covariates::{Column, Family, Patterns};
use super::super::fit::Fit;
use super::super::gamma_gamma::{self, GammaGamma, SpendCell};
use super::super::nbd::Nbd;
use super::super::pareto_nbd::ParetoNbd;
use super::super::population::Population;
use super::super::purchases::{PurchaseModel, Purchases};
use super::super::value::{Discounting, Scores, Timing};
use super::nodes;
use super::trial::Case;
use super::*;

/// The data of simulated customers.
struct Simulated {
    cells: Cells,
    means: Vec<Option<f64>>,
    spent: Vec<SpendCell>,
    /// Purchases, customers who bought, and revenue in the horizon.
    came: [f64; 3],
    /// Purchases and revenue of the last part of the horizon, from [`LATE`] on.
    late: [f64; 2],
    cases: Vec<u32>,
}

const HORIZON: u32 = 100;
const LATE: u32 = 70;

/// r, α, a and b, in days: a purchase per month, and one in five is the last.
const TRUTH: [f64; 4] = [1.2, 36.0, 0.8, 3.2];
const SPEND: [f64; 3] = [4.0, 4.0, 30.0];

/// Customers of MBG/NBD, with spend by Gamma-Gamma.
fn simulated([r, alpha, a, b]: [f64; 4], count: u32, seed: u64) -> Simulated {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let (rates, leaving) = (Gamma::new(r, 1.0 / alpha).unwrap(), Beta::new(a, b).unwrap());
    let (mut customers, mut means, mut spent) = (Vec::new(), Vec::new(), Vec::new());
    let (mut came, mut late, mut cases) = ([0.0; 3], [0.0; 2], Vec::new());
    for i in 0..count {
        let (rate, leave) = (f64::max(rates.sample(&mut random), 1e-9), leaving.sample(&mut random));
        let spend =
            Gamma::new(SPEND[0], 1.0 / Gamma::new(SPEND[1], 1.0 / SPEND[2]).unwrap().sample(&mut random));
        let spend = spend.unwrap();
        let t_days = 150 + i % 120;
        let (mut history, mut sum, mut later) = (History { x: 0, t_x_days: 0, t_days }, 0.0, 0);
        let (mut now, mut last) = (0.0, 0);
        while random.random::<f64>() >= leave {
            now += -f64::ln(1.0 - random.random::<f64>()) / rate;
            if now >= f64::from(t_days + HORIZON) {
                break;
            }
            // A customer counts once per day, as in histories; days count from their end.
            let day = now.ceil() as u32;
            if day == last {
                continue;
            }
            last = day;
            let amount = spend.sample(&mut random);
            if day <= t_days {
                (history.x, history.t_x_days, sum) = (history.x + 1, day, sum + amount);
            } else {
                later += 1;
                came[2] += amount;
                if day > t_days + LATE {
                    late[0] += 1.0;
                    late[1] += amount;
                }
            }
        }
        came[0] += f64::from(later);
        came[1] += f64::from(later.min(1));
        cases.push(later);
        let mean = (history.x > 0).then(|| sum / f64::from(history.x));
        spent.extend(mean.map(|z| SpendCell { x: history.x, z, weight: 1.0 }));
        means.push(mean);
        customers.push(history);
    }
    Simulated { cells: Cells::collapse(&customers, 1.0).unwrap(), means, spent, came, late, cases }
}

fn terms(days: f64) -> Discounting {
    Discounting::new(days, 0.1, Timing::Middle).unwrap()
}

fn spend_of(
    fit: &Fit<GammaGamma>,
    cells: &Cells,
    means: impl IntoIterator<Item = Option<f64>>,
) -> Option<Spend> {
    Spend::new(fit, cells.cells(), cells.cell_of(), means)
}

fn totals_of(fit: &Fit<Purchases>, cells: &Cells, spend: Option<&Spend>, days: &[f64]) -> Totals {
    let terms = terms(365.0);
    let population = Population::fitted(fit, cells).unwrap();
    let scores = Scores::compute(&population, days, terms).unwrap();
    Totals::of(&population, &scores, Asked { horizons_days: days, discounting: Some(terms) }, spend).unwrap()
}

#[test]
fn intervals_of_totals_and_customers_hold_as_often_as_they_say() {
    let (mut rounds, mut held, mut alone) = (0.0, [0.0; 3], [0.0; 3]);
    let (mut within, mut promised, mut gap, mut total_held) = (0.0, 0.0, 0.0, 0.0);
    let mut late_held = [0.0; 2];
    for seed in 0..160 {
        let found = simulated(TRUTH, 400, seed);
        let fit = PurchaseModel::MbgNbd.fit(&found.cells, 0.0);
        let spends = gamma_gamma::fit(&found.spent);
        let (Some(population), Some(_)) = (Population::fitted(&fit, &found.cells), spends.model()) else {
            continue;
        };
        let spend = spend_of(&spends, &found.cells, found.means.iter().copied()).unwrap();
        let totals = totals_of(&fit, &found.cells, Some(&spend), &[f64::from(HORIZON)]);
        let HorizonTotals { purchases, active, revenue, .. } = totals.horizons[0];
        let figures = [purchases, active, revenue.unwrap()];
        for ((figure, came), (held, alone)) in
            figures.iter().zip(found.came).zip(held.iter_mut().zip(&mut alone))
        {
            *held += f64::from(u8::from(figure.interval(LEVEL).holds(came)));
            let alone_of = Spread { by_parameters: 0.0, ..*figure };
            *alone += f64::from(u8::from(alone_of.interval(LEVEL).holds(came)));
        }
        let ends = [f64::from(LATE), f64::from(HORIZON)];
        let periods =
            period_totals(&Population::fitted(&fit, &found.cells).unwrap(), &ends, Some(&spend)).unwrap();
        // Both periods together are the whole.
        let whole: f64 = periods.iter().map(|period| period.purchases).sum();
        assert!((whole / purchases.mean - 1.0).abs() < 1e-9);
        let late = [periods[1].of_purchases.unwrap(), periods[1].of_revenue.unwrap()];
        assert!((late[1].mean - periods[1].revenue.unwrap()).abs() < 1e-9);
        for ((figure, came), held) in late.iter().zip(found.late).zip(&mut late_held) {
            *held += f64::from(u8::from(figure.interval(LEVEL).holds(came)));
        }
        let intervals = customer_intervals(&population, f64::from(HORIZON), LEVEL);
        let cases: Vec<Case> = found
            .cases
            .iter()
            .zip(found.cells.cell_of())
            .map(|(came, cell)| Case { customers: 1.0, interval: intervals[*cell as usize], came: *came })
            .collect();
        let certainty = Certainty::of(purchases, LEVEL, &cases).unwrap();
        within += certainty.customers_within;
        promised += certainty.customers_promised;
        gap += certainty.gap;
        total_held += f64::from(u8::from(certainty.held));
        rounds += 1.0;
    }
    assert!(rounds > 120.0, "{rounds}");
    // 80 %, with a standard error of 3.2 %.
    for share in held.into_iter().chain(late_held).map(|held| held / rounds) {
        assert!((0.71..=0.89).contains(&share), "{held:?} {late_held:?} {rounds}");
    }
    assert!((total_held - held[0]).abs() < 1e-12);
    // Chance alone promises too much.
    assert!(alone[0] / rounds < 0.75 && alone[0] < held[0], "{alone:?}");
    // Counts are whole: 80 % requested, 89 % promised, and kept.
    let (within, promised, gap) = (within / rounds, promised / rounds, gap / rounds);
    assert!(promised > 0.82 && (within - promised).abs() < 0.01, "{within} {promised}");
    assert!(gap < 0.06, "{gap}");
}

#[test]
fn periods_are_the_differences_of_totals() {
    let found = simulated(TRUTH, 300, 3);
    let fit = PurchaseModel::Nbd.fit(&found.cells, 0.0);
    let model = fit.model().unwrap();
    let periods =
        period_totals(&Population::fitted(&fit, &found.cells).unwrap(), &[8.0, 39.0, 67.0], None).unwrap();
    let due = |days: f64| {
        let of = found.cells.cells().iter();
        of.map(|cell| cell.weight * model.expected_purchases(cell.x, cell.t_x, cell.t, days)).sum::<f64>()
    };
    for (period, [from, to]) in periods.iter().zip([[0.0, 8.0], [8.0, 39.0], [39.0, 67.0]]) {
        assert!((period.purchases - (due(to) - due(from))).abs() < 1e-9);
        assert_eq!(
            (period.revenue, period.of_revenue),
            (Err(NoSpread::NoSpendModel), Err(NoSpread::NoSpendModel))
        );
    }
    // The first is a total from now on, where nobody leaves, with the same deviations.
    let totals = totals_of(&fit, &found.cells, None, &[8.0]);
    let (one, other) = (periods[0].of_purchases.unwrap(), totals.horizons[0].purchases);
    assert!((one.by_parameters / other.by_parameters - 1.0).abs() < 1e-6, "{one:?} {other:?}");
    assert!((one.by_chance / other.by_chance - 1.0).abs() < 1e-3, "{one:?} {other:?}");
    assert_eq!(period_totals(&Population::fitted(&fit, &found.cells).unwrap(), &[], None), Ok(Vec::new()));
    assert!(period_totals(&Population::fitted(&fit, &found.cells).unwrap(), &[-1.0], None).is_err());
}

#[test]
fn deviations_by_parameters_are_those_of_fits_to_other_customers() {
    // A parametric bootstrap: fits to new customers of the fitted model, all used for the same customers' totals.
    let found = simulated(TRUTH, 1000, 77);
    let fit = PurchaseModel::MbgNbd.fit(&found.cells, 0.0);
    let values: Vec<f64> = fit.estimates.iter().map(|estimate| estimate.value).take(4).collect();
    let totals = totals_of(&fit, &found.cells, None, &[30.0, 300.0]);
    let (mut sums, mut squares, mut rounds) = ([0.0; 4], [0.0; 4], 0.0);
    for seed in 0..150 {
        let other = simulated(values.clone().try_into().unwrap(), 1000, 1000 + seed);
        let Some(model) = PurchaseModel::MbgNbd.fit(&other.cells, 0.0).model().copied() else { continue };
        let scores =
            Scores::compute(&Population::of(model, found.cells.cells()), &[30.0, 300.0], terms(30.0))
                .unwrap();
        let mut total = [0.0; 4];
        for (cell, place) in found.cells.cells().iter().zip(0..) {
            for (horizon, due) in scores.of_cell(place).unwrap().expected_purchases.iter().enumerate() {
                let days = [30.0, 300.0][horizon];
                total[horizon] += cell.weight * due;
                total[2 + horizon] +=
                    cell.weight * (1.0 - model.probability_of_next(0, cell.x, cell.t_x, cell.t, days));
            }
        }
        for i in 0..4 {
            sums[i] += total[i];
            squares[i] += total[i] * total[i];
        }
        rounds += 1.0;
    }
    let spreads = [
        totals.horizons[0].purchases,
        totals.horizons[1].purchases,
        totals.horizons[0].active,
        totals.horizons[1].active,
    ];
    for i in 0..4 {
        let sd = f64::sqrt((squares[i] - sums[i] * sums[i] / rounds) / (rounds - 1.0));
        // The standard error of a standard deviation from 150 rounds is 6 %.
        let ratio = spreads[i].by_parameters / sd;
        assert!((0.83..=1.2).contains(&ratio), "{i}: {ratio} ({sd} of {})", spreads[i].mean);
    }
}

fn bg_nbd() -> Purchases {
    Purchases::BgNbd(BgNbd::from_parameters([0.8, 30.0, 0.9, 3.0], 1.0).unwrap())
}

fn every_model() -> [Purchases; 5] {
    let regular = [2.4, 24.0, 0.8, 3.2, 3.0];
    [
        Purchases::Nbd(Nbd::from_parameters([0.8, 30.0], 1.0).unwrap()),
        bg_nbd(),
        Purchases::ParetoNbd(ParetoNbd::from_parameters([0.8, 30.0, 0.6, 90.0], 1.0).unwrap()),
        Purchases::BgCnbd(
            BgCnbd::from_parameters(Dropout::AfterAny, [0.8, 30.0, 0.9, 3.0, 1.0], 1.0).unwrap(),
        ),
        Purchases::BgCnbd(BgCnbd::from_parameters(Dropout::AfterAny, regular, 1.0).unwrap()),
    ]
}

/// Independent errors of 3 to 6 % of each parameter.
fn covariance(model: &Purchases) -> DMatrix<f64> {
    let count = if matches!(model, Purchases::Nbd(_)) { 2 } else { 4 };
    DMatrix::from_fn(count, count, |i, j| if i == j { (0.03 + 0.01 * i as f64).powi(2) } else { 2e-4 })
}

fn over(model: &Purchases, cells: &Cells, spend: Option<&Spend>, days: &[f64], most: usize) -> Totals {
    let terms = terms(365.0);
    let covariance = covariance(model);
    let population = Population::of(*model, cells.cells()).known_to(Some(&covariance));
    let scores = Scores::compute(&population, days, terms).unwrap();
    let asked = Asked { horizons_days: days, discounting: Some(terms) };
    Totals::over(&population, &scores, asked, spend, most).unwrap()
}

fn figures(totals: &Totals) -> Vec<Spread> {
    let of = |one: &HorizonTotals| [Some(one.purchases), Some(one.active), one.revenue.ok()];
    totals.horizons.iter().flat_map(of).chain([totals.value.ok()]).flatten().collect()
}

#[test]
fn nodes_give_the_deviations_of_all_cells() {
    // Rates differ widely: some customers are worth a hundred others.
    let found = simulated([0.4, 5.0, 0.6, 6.0], 20_000, 5);
    assert!(found.cells.cells().len() > 3 * nodes::MOST, "{}", found.cells.cells().len());
    let spends = gamma_gamma::fit(&found.spent);
    let spend = spend_of(&spends, &found.cells, found.means.iter().copied()).unwrap();
    for model in every_model() {
        let of = |most| figures(&over(&model, &found.cells, Some(&spend), &[60.0], most));
        let (all, some) = (of(usize::MAX), of(nodes::MOST));
        assert_eq!(all.len(), 4);
        for (all, some) in all.iter().zip(&some) {
            assert!((some.mean / all.mean - 1.0).abs() < 1e-9, "{model:?} {all:?} {some:?}");
            assert!(
                (some.by_parameters / all.by_parameters - 1.0).abs() < 0.01,
                "{model:?} {all:?} {some:?}"
            );
            assert!((some.by_chance / all.by_chance - 1.0).abs() < 0.015, "{model:?} {all:?} {some:?}");
        }
    }
}

#[test]
fn deviations_by_hand_of_one_customer_without_dropout() {
    // NBD: X is negative binomial with m = r + x and v = t/(α+T); mean mv, variance mv(1+v), P(0) = (1+v)⁻ᵐ.
    let model = every_model()[0];
    let cells = Cells::collapse(&[History { x: 3, t_x_days: 20, t_days: 60 }], 1.0).unwrap();
    let totals = over(&model, &cells, None, &[45.0], 10);
    let (m, v) = (3.8, 0.5);
    let HorizonTotals { purchases, active, revenue, days } = totals.horizons[0];
    assert!((days - 45.0).abs() < 1e-15);
    assert!((purchases.mean - m * v).abs() < 1e-12);
    assert!((purchases.by_chance / f64::sqrt(m * v * (1.0 + v)) - 1.0).abs() < 1e-6);
    // d ln F / d ln r = r/m, d ln F / d ln α = −α/(α+T).
    let c = covariance(&model);
    let slope = [0.8 / 3.8, -30.0 / 90.0];
    let variance = slope[0] * slope[0] * c[(0, 0)]
        + 2.0 * slope[0] * slope[1] * c[(0, 1)]
        + slope[1] * slope[1] * c[(1, 1)];
    assert!((purchases.by_parameters / (m * v * variance.sqrt()) - 1.0).abs() < 1e-4);
    let none = f64::powf(1.0 + v, -m);
    assert!((active.mean - (1.0 - none)).abs() < 1e-12 && active.interval(0.8).high <= 1.0);
    assert!((active.by_chance - (none * (1.0 - none)).sqrt()).abs() < 1e-9);
    assert_eq!((revenue, totals.value), (Err(NoSpread::NoSpendModel), Err(NoSpread::NoSpendModel)));
}

#[test]
fn revenue_varies_as_simulated_revenue_does() {
    // One customer, known as the model knows: draws of the rate, the mean spend, the purchases and their prices.
    let spent = simulated(TRUTH, 2000, 9).spent;
    let spends = gamma_gamma::fit(&spent);
    let model = every_model()[0];
    let cells = Cells::collapse(&[History { x: 3, t_x_days: 20, t_days: 60 }], 1.0).unwrap();
    let spend = spend_of(&spends, &cells, [Some(12.0)]).unwrap();
    let totals = over(&model, &cells, Some(&spend), &[90.0, 365.0], 10);
    let [p, q, gamma] = [0, 1, 2].map(|i| spends.estimates[i].value);
    let mut random = ChaCha8Rng::seed_from_u64(4);
    let (rates, scales) =
        (Gamma::new(3.8, 1.0 / 90.0).unwrap(), Gamma::new(3.0 * p + q, 1.0 / (gamma + 36.0)).unwrap());
    let (mut sums, mut values) = ([0.0; 2], [0.0; 2]);
    let rounds = 200_000;
    for _ in 0..rounds {
        let (rate, nu) = (rates.sample(&mut random), scales.sample(&mut random));
        let mean = p / nu;
        let (mut now, mut revenue, mut value) = (0.0, 0.0, 0.0);
        loop {
            now += -f64::ln(1.0 - random.random::<f64>()) / rate;
            if now >= 365.0 {
                break;
            }
            let amount = Gamma::new(p, mean / p).unwrap().sample(&mut random);
            if now < 90.0 {
                revenue += amount;
            }
            let middle = (30.0 * f64::floor(now / 30.0) + 15.0).min(362.5);
            value += amount * f64::powf(1.1, -middle / 365.0);
        }
        for (sums, of) in [(&mut sums, revenue), (&mut values, value)] {
            *sums = [sums[0] + of, sums[1] + of * of];
        }
    }
    let moments = |[sum, square]: [f64; 2]| {
        let count = f64::from(rounds);
        (sum / count, f64::sqrt(square / count - (sum / count) * (sum / count)))
    };
    let (revenue, value) = (totals.horizons[0].revenue.unwrap(), totals.value.unwrap());
    let (mean, sd) = moments(sums);
    assert!(
        (revenue.mean / mean - 1.0).abs() < 0.01 && (revenue.by_chance / sd - 1.0).abs() < 0.02,
        "{revenue:?} {mean} {sd}"
    );
    // An upper bound, and a close one.
    let (mean, sd) = moments(values);
    let above = value.by_chance / sd;
    assert!((value.mean / mean - 1.0).abs() < 0.01 && (0.99..1.05).contains(&above), "{value:?} {mean} {sd}");
}

#[test]
fn nobody_is_sure_to_do_nothing() {
    let cells = Cells::collapse(&[], 1.0).unwrap();
    for model in every_model() {
        let totals = over(&model, &cells, None, &[30.0, 60.0], 10);
        for figure in figures(&totals) {
            assert_eq!((figure.mean.to_bits(), figure.sd().to_bits()), (0, 0), "{model:?}");
            assert_eq!(figure.interval(0.8), Interval { low: 0.0, high: 0.0 });
        }
    }
}

#[test]
fn the_order_of_customers_does_not_matter() {
    let mut customers: Vec<History> = (0..9000_u32)
        .map(|i| History {
            x: i % 13,
            t_x_days: if i % 13 == 0 { 0 } else { 9 + i % 83 },
            t_days: 100 + i % 97,
        })
        .collect();
    let model = bg_nbd();
    let of = |customers: &[History]| {
        over(&model, &Cells::collapse(customers, 1.0).unwrap(), None, &[30.0, 90.0], nodes::MOST)
    };
    let forward = of(&customers);
    customers.reverse();
    assert_eq!(forward, of(&customers));
}

#[test]
fn spend_without_a_variance_is_named() {
    let fit = Fit::<GammaGamma>::refused(
        super::super::fit::Ending::NotIdentified { why: super::super::fit::Lacking::RepeatBuyers },
        0.0,
        0,
    );
    let cells = Cells::collapse(&[History { x: 0, t_x_days: 0, t_days: 60 }], 1.0).unwrap();
    assert!(spend_of(&fit, &cells, [None]).is_none());
    // q is 1.5: a mean, but no variance between customers.
    let mut random = ChaCha8Rng::seed_from_u64(8);
    let spent: Vec<SpendCell> = (0..3000_u32)
        .map(|i| {
            let x = f64::from(1 + i % 4);
            let rate = Gamma::new(1.5, 1.0 / 15.0).unwrap().sample(&mut random);
            let z = Gamma::new(6.0 * x, 1.0 / (rate * x)).unwrap().sample(&mut random);
            SpendCell { x: 1 + i % 4, z, weight: 1.0 }
        })
        .collect();
    let spend = spend_of(&gamma_gamma::fit(&spent), &cells, [None]).unwrap();
    let totals = over(&bg_nbd(), &cells, Some(&spend), &[30.0], 10);
    assert_eq!(totals.horizons[0].revenue, Err(NoSpread::NoVariance));
    assert_eq!(totals.value, Err(NoSpread::NoVariance));
    for why in [NoSpread::NoVariance, NoSpread::NoModel, NoSpread::NoMean, NoSpread::OutOfRange] {
        assert!(!why.key().is_empty() && !why.to_string().is_empty());
    }
}

#[test]
fn next_to_nothing_has_no_deviation_to_speak_of() {
    // 1e-323 purchases are expected: a tenth of it is no usable divisor.
    let theta = [0.392_058_852_320_520_7, -5.818_161_331_668_603, 6.666_296_779_875_727, 0.0];
    let [r, alpha, a, b] = theta.map(f64::exp);
    let t_x_days = (0.216_121_974_152_882_42 * 1546.0) as u32;
    let cells = Cells::collapse(&[History { x: 484, t_x_days, t_days: 1546 }], 7.0).unwrap();
    let model = Purchases::BgNbd(BgNbd::from_parameters([r, alpha, a, b], 7.0).unwrap());
    let figure = over(&model, &cells, None, &[90.0], 10).horizons[0].purchases;
    assert!(figure.mean < 1e-300 && figure.sd().is_finite(), "{figure:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn wild_models_give_numbers_or_say_why(
        theta in prop::array::uniform4(-7.0..7.0_f64),
        x in prop_oneof![Just(0), 1..9_u32, 1..10_000_u32],
        t_days in 1..10_000_u32,
        share in 0.0..1.0_f64,
    ) {
        let [r, alpha, a, b] = theta.map(f64::exp);
        let t_x_days = if x == 0 { 0 } else { (share * f64::from(t_days)) as u32 };
        let cells = Cells::collapse(&[History { x, t_x_days, t_days }], 7.0).unwrap();
        let regular = |k| BgCnbd::from_parameters(Dropout::AfterAny, [r, alpha, a, b, k], 7.0).unwrap();
        for model in [
            Purchases::Nbd(Nbd::from_parameters([r, alpha], 7.0).unwrap()),
            Purchases::BgNbd(BgNbd::from_parameters([r, alpha, a, b], 7.0).unwrap()),
            Purchases::ParetoNbd(ParetoNbd::from_parameters([r, alpha, a, b], 7.0).unwrap()),
            Purchases::BgCnbd(regular(1.0)),
            Purchases::BgCnbd(regular(3.0)),
        ] {
            let totals = over(&model, &cells, None, &[90.0], 10);
            for figure in figures(&totals) {
                prop_assert!(figure.mean >= 0.0 && figure.sd().is_finite(), "{model:?} {figure:?}");
                let Interval { low, high } = figure.interval(0.8);
                prop_assert!(low >= 0.0 && high >= low && high <= figure.most, "{model:?} {figure:?} {low} {high}");
            }
            let interval = customer_intervals(&Population::of(model, cells.cells()), 90.0, 0.8)[0];
            prop_assert!(interval.low <= interval.high && interval.promised >= 0.8 - 1e-9 && interval.promised <= 1.0 + 1e-12);
        }
    }
}

/// Customers with covariates that affect rates and leaving: the deviation by parameters of all their purchases is
/// compared with the quadratic form of the whole covariance and the gradient along each parameter and coefficient.
#[test]
fn deviations_by_coefficients_are_those_of_the_gradient() {
    let found = simulated(TRUTH, 1500, 31);
    let histories: Vec<History> = found
        .cells
        .cell_of()
        .iter()
        .map(|place| {
            let cell = found.cells.cells()[*place as usize];
            History { x: cell.x, t_x_days: cell.t_x as u32, t_days: cell.t as u32 }
        })
        .collect();
    let online: Vec<f64> = (0..1500).map(|at| f64::from(u8::from(at % 3 == 0))).collect();
    let age: Vec<f64> = (0..1500).map(|at| f64::from(20 + at * 7 % 31)).collect();
    let columns = [Column { name: "online", values: &online }, Column { name: "age", values: &age }];
    for family in Family::ALL {
        let cells = Cells::collapse(&histories, 1.0).unwrap();
        let patterns = Patterns::of(cells, &columns).unwrap();
        let fit = family.fit(&patterns);
        let population = Population::with_covariates(&fit, &patterns).unwrap().unwrap();
        assert_eq!(population.groups().len(), 62);
        let terms = terms(365.0);
        let scores = Scores::compute(&population, &[90.0], terms).unwrap();
        let asked = Asked { horizons_days: &[90.0], discounting: Some(terms) };
        let totals = Totals::of(&population, &scores, asked, None).unwrap().horizons[0];
        // Each customer by the model of their own row.
        let sums = |by: &[f64]| {
            let model = fit.model().unwrap().shifted(by);
            let (mut purchases, mut buyers) = (0.0, 0.0);
            for (history, row) in histories.iter().zip(online.iter().zip(&age)) {
                let own = model.of(&[*row.0, *row.1]).unwrap();
                let (x, t_x, t) = (history.x, f64::from(history.t_x_days), f64::from(history.t_days));
                purchases += own.expected_purchases(x, t_x, t, 90.0);
                buyers += 1.0 - own.probability_of_next(0, x, t_x, t, 90.0);
            }
            [purchases, buyers]
        };
        let covariance = fit.covariance().unwrap();
        let size = covariance.nrows();
        assert_eq!(size, 8);
        let here = sums(&[]);
        assert!((totals.purchases.mean / here[0] - 1.0).abs() < 1e-9);
        assert!((totals.active.mean / here[1] - 1.0).abs() < 1e-9);
        let gradients: Vec<[f64; 2]> = (0..size)
            .map(|at| {
                let step = |side: f64| {
                    let mut by = vec![0.0; size];
                    by[at] = side * 1e-4;
                    sums(&by)
                };
                let (up, down) = (step(1.0), step(-1.0));
                [0, 1].map(|figure| (up[figure] - down[figure]) / 2e-4)
            })
            .collect();
        for (figure, spread) in [totals.purchases, totals.active].into_iter().enumerate() {
            let mut variance = 0.0;
            for i in 0..size {
                for j in 0..size {
                    variance += gradients[i][figure] * covariance[(i, j)] * gradients[j][figure];
                }
            }
            let ratio = spread.by_parameters / variance.sqrt();
            assert!((ratio - 1.0).abs() < 0.02, "{family:?} {figure}: {ratio}");
        }
        // Months are parts of the whole here too.
        let periods = period_totals(&population, &[30.0, 90.0], None).unwrap();
        let whole: f64 = periods.iter().map(|period| period.purchases).sum();
        assert!((whole / here[0] - 1.0).abs() < 1e-9);
        let intervals = customer_intervals(&population, 90.0, LEVEL);
        for (customer, place) in patterns.cell_of().iter().enumerate().step_by(97) {
            let own = fit.model().unwrap().of(&[online[customer], age[customer]]).unwrap();
            let History { x, t_x_days, t_days } = histories[customer];
            let alone = [Cell { x, t_x: f64::from(t_x_days), t: f64::from(t_days), weight: 1.0 }];
            let alone = customer_intervals(&Population::of(own, &alone), 90.0, LEVEL)[0];
            let interval = intervals[*place as usize];
            assert_eq!((interval.low, interval.high), (alone.low, alone.high));
            assert!((interval.p_any - alone.p_any).abs() < 1e-9);
        }
    }
}
