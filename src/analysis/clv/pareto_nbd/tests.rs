//! The papers' figures, derivatives compared with differences, simulations, and how fits end.

use nalgebra::SVector;
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Exp, Gamma};

use super::likelihood::ALPHA;
use super::*;
use crate::analysis::clv::cell::{Cell, History};
use crate::analysis::clv::fit::{Ending, GAIN_OF_CHANCE, Lacking, predictions, recovery};
use crate::analysis::optimise::Quadratic;

/// CDNOW's sample, in weeks (Fader and Hardie 2005; `CLVTools`' tests).
const CDNOW: [f64; 4] = [0.553_15, 10.576_33, 0.606_25, 11.671_50];

fn cdnow() -> ParetoNbd {
    ParetoNbd::from_parameters(CDNOW, 7.0).unwrap()
}

#[test]
fn new_customers_of_cdnow() {
    // E[X(52)] from CLVTools' tests; E[X(1..9)] from the BTYD manual, at its rounded parameters.
    assert!((cdnow().expected_of_new_customer(52.0) - 1.473_434).abs() < 6e-5);
    let rounded = ParetoNbd::from_parameters([0.55, 10.56, 0.61, 11.64], 7.0).unwrap();
    let weeks = [0.05078, 0.09916, 0.14543, 0.18980, 0.23247, 0.27361, 0.31335, 0.35181, 0.38909];
    for (week, expected) in (1..).zip(weeks) {
        let found = rounded.expected_of_new_customer(f64::from(week));
        assert!((found - expected).abs() < 5.1e-6, "{week}: {found}");
    }
}

#[test]
fn single_customers_of_cdnow() {
    // A heavy buyer from CLVTools' tests.
    let (t_x, t) = (30.857, 31.0);
    assert!((cdnow().expected_purchases(26, t_x, t, 52.0) - 25.456).abs() < 1e-3);
    assert!((cdnow().p_alive(26, t_x, t) - 0.997_87).abs() < 5e-6);
}

#[test]
fn heavy_buyers_are_alive_with_a_finite_probability() {
    // Four customers for whom other implementations overflow (CLVTools' and lifetimes' tests); the values by mpmath
    // with 60 digits.
    let model = ParetoNbd::from_parameters([0.5143, 2.8845, 0.2856, 14.1087], 7.0).unwrap();
    for (x, t_x, t, expected) in [
        (221, 103.42857, 103.57143, 0.999_596_052_317_938_1),
        (254, 97.14286, 97.28571, 0.999_558_226_123_010_7),
        (161, 94.71429, 98.0, 0.749_487_752_258_105_4),
        (204, 98.57143, 99.42857, 0.994_255_079_637_895_9),
    ] {
        let found = model.p_alive(x, t_x, t);
        assert!((found / expected - 1.0).abs() < 1e-12, "{x}: {found}");
    }
}

#[test]
fn residual_transactions_of_cdnow() {
    // Fader, Hardie and Lee (2005b), over 78 weeks of CDNOW; ten figures of the BTYD manual and similar ones by mpmath.
    let model = ParetoNbd::from_parameters([0.562_996_6, 12.5590, 0.408_109_5, 10.5148], 7.0).unwrap();
    let residual = |x: u32, t_x: f64| model.discounted_residual(x, t_x, 77.86, 0.0027);
    assert!((residual(7, 35.0) - 1.864_183).abs() < 5e-6);
    assert!((residual(7, 35.0) / 1.864_180_275_614_489_2 - 1.0).abs() < 1e-12);
    assert_eq!(model.discounted_residual(9000, 1.0, 1e4, 0.0), f64::INFINITY);
    let by_x = [2.1992, 2.8435, 2.8671, 2.4454, 1.8405, 1.2624, 0.8096, 0.4948, 0.2920, 0.1679];
    for (x, expected) in (1..).zip(by_x) {
        assert!((residual(x, 30.0) - expected).abs() < 5e-5, "{x}");
    }
}

/// x, tₓ, T; r, α, s, β; ln L; P(alive), all computed with 60 digits (mpmath) from the difference of two ₂F₁. Zero
/// means a probability below the range of an `f64`.
type Reference = ((u32, f64, f64), [f64; 4], f64, f64);

const REFERENCES: [Reference; 13] = [
    ((0, 0.0, 38.86), CDNOW, -0.521_161_653_184_664_4, 0.295_153_428_313_714_8),
    ((2, 30.43, 38.86), CDNOW, -9.554_361_447_053_978, 0.869_121_571_145_286_9),
    ((26, 30.857, 31.0), CDNOW, -39.130_332_388_828_05, 0.997_871_278_290_759_5),
    (
        (221, 103.42857, 103.57143),
        [0.5143, 2.8845, 0.2856, 14.1087],
        -61.584_648_561_729_21,
        0.999_596_052_317_938_1,
    ),
    ((10_000, 9990.0, 10_000.0), [0.5, 10.0, 0.6, 12.0], -10_016.298_958_452_78, 0.431_782_778_062_735_8),
    ((10_000, 5.0, 10_000.0), [0.5, 10.0, 0.6, 12.0], 55_012.990_141_280_054, 0.0),
    ((300, 0.5, 700.0), [0.001, 1000.0, 0.002, 900.0], -681.989_422_165_390_2, 1.148_800_608_224_96e-64),
    ((300, 0.5, 700.0), [800.0, 0.0015, 1000.0, 0.002], -7_913.337_329_039_328, 0.0),
    ((1, 1.0, 5000.0), [1000.0, 1100.0, 1000.0, 0.001], -6_909.760_586_686_464, 0.0),
    ((3, 4.5, 9.0), [1.7, 0.3, 1e-5, 1e6], -9.695_608_604_204_43, 0.999_999_999_734_683_9),
    ((0, 0.0, 9000.0), [0.001, 900.0, 0.001, 0.001], -0.002_363_903_534_077_932, 0.984_081_335_826_993_4),
    ((0, 0.0, 0.01), [0.3, 2.0, 1.0, 2.0], -0.001_492_535_460_981_493_4, 0.995_021_167_178_721_4),
    ((5, 40.0, 400.0), [0.5, 20.0, 2.0, 20.0], -21.154_559_085_959_337, 1.721_057_655_657_707e-6),
];

fn evaluate(cells: &[Cell], theta: &SVector<f64, 4>) -> Quadratic<4> {
    likelihood::log_likelihood(&CellLayout::of(cells), theta)
}

#[test]
fn likelihood_and_life_of_single_customers() {
    for ((x, t_x, t), parameters, ln_likelihood, alive) in REFERENCES {
        let cell = [Cell { x, t_x, t, weight: 1.0 }];
        let found = evaluate(&cell, &SVector::from(parameters.map(f64::ln))).value;
        assert!(
            (found - ln_likelihood).abs() < 2e-13 * ln_likelihood.abs().max(1.0),
            "{x} {t_x} {t}: {found}"
        );
        let found = ParetoNbd::from_parameters(parameters, 7.0).unwrap().p_alive(x, t_x, t);
        assert!((found - alive).abs() <= 2e-13 * alive, "{x} {t_x} {t}: {found}");
    }
}

/// x, tₓ, T; r, α, s, β; P(alive), by quadrature over the time of death with 40 digits (mpmath).
type Life = ((u32, f64, f64), [f64; 4], f64);

const LIVES: [Life; 15] = [
    ((0, 0.0, 0.25), [0.3, 2.0, 1.0, 2.0], 0.887_091_999_652_878_5),
    // Hardly anyone leaves; heavy buyers with one rate; α and β far apart, and equal.
    ((26, 30.0, 33.0), [0.5, 10.0, 1e-7, 12.0], 0.999_999_979_141_206),
    ((31, 60.0, 72.0), [900.0, 2100.0, 1.2, 10.0], 0.113_888_095_015_793_01),
    ((4, 12.0, 500.0), [900.0, 2100.0, 1e-5, 10.0], 2.519_118_050_669_380_7e-76),
    ((2, 1.0, 20.0), [0.7, 700.0, 0.7, 3.5], 0.303_317_239_938_837_5),
    ((5, 1.0, 9.0), [0.7, 2.0, 0.7, 400.0], 0.351_011_033_151_227_4),
    ((3, 10.0, 30.0), [0.8, 9.0, 0.7, 9.0], 0.208_302_672_668_438_6),
    // Too far apart for the fraction, and almost too far, with many purchases in a short time.
    ((2, 0.01, 5.0), [0.7, 0.5, 0.7, 900.0], 0.876_208_298_194_447_9),
    ((2, 0.01, 5.0), [0.7, 900.0, 0.7, 0.5], 0.187_437_298_645_314_55),
    ((10_000, 0.5, 0.505), [0.5, 2.0, 0.6, 500.0], 0.006_959_955_155_336_172),
    ((10_000, 0.5, 0.75), [0.5, 500.0, 0.6, 2.0], 0.356_041_777_742_301_45),
    ((1_000_000, 9999.875, 10_000.0), [0.5, 10.0, 0.6, 12.0], 0.862_822_897_795_608_3),
    ((0, 0.0, 9000.0), [0.001, 0.001, 0.001, 0.2], 0.989_284_358_350_478_6),
    ((1, 1.0, 1096.0), [0.001, 1000.0, 1000.0, 5000.0], 4.929_195_401_522_371_5e-87),
    // Nobody is silent for this long, but nobody leaves either.
    ((4, 12.0, 2740.0), [900.0, 2100.0, 1e-100, 10.0], 2.735_025_763_284_030_6e-225),
];

#[test]
fn life_of_unusual_customers() {
    for ((x, t_x, t), parameters, expected) in LIVES {
        let found = ParetoNbd::from_parameters(parameters, 7.0).unwrap().p_alive(x, t_x, t);
        assert!((found / expected - 1.0).abs() < 1e-13, "{x} {t_x} {t} {parameters:?}: {found}");
    }
    // A last purchase just now, and a survival too unlikely for an `f64`.
    assert_eq!(cdnow().p_alive(3, 9.0, 9.0), 1.0);
    assert_eq!(cdnow().p_alive(1000, 9.0, 900.0), 0.0);
}

#[test]
fn derivatives_of_single_customers() {
    // The gradient, and the Hessian's upper triangle by rows, computed with 60 digits (mpmath).
    type Derivatives = ((u32, f64, f64), [f64; 4], [f64; 4], [f64; 10]);
    let references: [Derivatives; 4] = [
        (
            (2, 30.43, 38.86),
            CDNOW,
            [
                0.510_574_714_913_725_2,
                -0.000_897_684_252_204_804,
                -0.749_602_438_844_471_9,
                0.430_804_240_771_967,
            ],
            [
                -0.615_785_618_277_747_5,
                0.432_602_530_176_507_1,
                0.006_964_911_475_755_12,
                -0.001_828_226_152_073_425,
                -0.433_060_129_687_622_6,
                -0.007_352_788_602_891_93,
                0.001_931_806_749_091_818,
                -0.752_368_357_389_480_9,
                0.431_524_265_137_384_3,
                -0.125_169_358_237_566_1,
            ],
        ),
        (
            (10_000, 9990.0, 10_000.0),
            [0.5, 10.0, 0.6, 12.0],
            [2.132_803_381_406_668, -9.495_618_402_431_258, -3.467_455_954_783_99, 0.598_598_839_080_183],
            [
                0.899_127_882_317_977_2,
                0.499_499_223_612_280_1,
                0.000_110_412_771_228_768_3,
                -1.324_589_553_646_657e-7,
                -9.985_607_261_982_967,
                -0.002_207_164_484_203_137,
                2.647_870_361_665_376e-6,
                -3.790_061_901_876_878,
                0.598_985_850_201_75,
                -0.001_399_126_897_730_734,
            ],
        ),
        (
            (5, 40.0, 400.0),
            [0.5, 20.0, 2.0, 20.0],
            [1.171_327_663_062_738, -1.117_645_361_870_323, -1.463_897_418_013_054, 1.117_648_066_389_496],
            [
                -0.008_091_874_386_252_825,
                0.340_252_424_168_175_6,
                0.017_783_223_531_775_89,
                -0.006_921_296_040_827_63,
                -1.098_460_814_153_106,
                -0.050_757_959_591_282_43,
                0.020_034_110_746_042_86,
                -2.392_754_842_682_854,
                1.384_078_784_124_638,
                -0.608_266_604_388_578_3,
            ],
        ),
        (
            (300, 0.5, 700.0),
            [0.001, 1000.0, 0.002, 900.0],
            [
                1.006_273_858_204_498,
                -298.854_266_834_485_7,
                0.999_991_487_730_024_4,
                -0.995_751_225_860_475_4,
            ],
            [
                0.006_272_219_021_288_568,
                5.120_044_091_631_704e-7,
                2.465_324_296_892_264e-11,
                -1.225_360_381_007_975e-8,
                -0.153_003_100_937_339_6,
                -7.343_291_938_396_616e-6,
                0.003_649_941_325_384_614,
                -8.512_215_233_909_548e-6,
                8.453_378_374_157_949e-6,
                -0.004_203_737_123_123_612,
            ],
        ),
    ];
    for ((x, t_x, t), parameters, gradient, hessian) in references {
        let cell = [Cell { x, t_x, t, weight: 1.0 }];
        let found = evaluate(&cell, &SVector::from(parameters.map(f64::ln)));
        // The loss by rounding in the moments: m for the gradient, m² for the Hessian.
        let m = parameters[0] + f64::from(x);
        assert!((found.gradient - SVector::from(gradient)).amax() < 1e-13 * (1.0 + m), "{x}: {found:?}");
        let mut expected = hessian.into_iter();
        for i in 0..4 {
            for j in i..4 {
                let expected = expected.next().unwrap();
                let slack = if (i, j) == (ALPHA, ALPHA) { m * m } else { m };
                assert!(
                    (found.hessian[(i, j)] - expected).abs() < 1e-13 * (1.0 + slack),
                    "{x} {i} {j}: {found:?}"
                );
                assert_eq!(found.hessian[(i, j)], found.hessian[(j, i)]);
            }
        }
    }
}

#[test]
fn probabilities_agree_with_references() {
    // n, t, parameters, P(X(t) = n), computed with 60 digits (mpmath).
    for (n, t, parameters, expected) in [
        (0, 39.0, CDNOW, 0.593_556_595_661_259_7),
        (1, 39.0, CDNOW, 0.165_575_322_235_269_9),
        (2, 39.0, CDNOW, 0.082_498_197_334_582_84),
        (10, 39.0, CDNOW, 0.004_195_399_674_773_214),
        (60, 39.0, CDNOW, 1.008_208_455_802_549_8e-8),
        (0, 0.01, [0.3, 2.0, 1.0, 2.0], 0.998_508_577_816_132_2),
        (30, 2.0, [3.0, 40.0, 2.0, 5.0], 4.804_605_907_932_088e-38),
        (1000, 5000.0, [800.0, 900.0, 0.01, 3.0], 9.399_177_759_575_075e-6),
        (3, 10.0, [0.001, 0.001, 1000.0, 0.001], 1.991_024_937_162_572e-12),
        (10_000, 10_000.0, [0.7, 0.8, 0.5, 900.0], 1.337_620_321_249_050_2e-5),
    ] {
        let found = ParetoNbd::from_parameters(parameters, 7.0).unwrap().probability_of(n, t);
        assert!((found / expected - 1.0).abs() < 1e-11, "{n} {t}: {found} {expected}");
    }
    assert_eq!([0, 1].map(|n| cdnow().probability_of(n, 0.0)), [1.0, 0.0]);
}

#[test]
fn counts_of_known_customers_agree_with_references() {
    // P(X(T, T+h) = n), by quadrature over the time of death with 30 digits (mpmath).
    for ((x, t_x, t), horizon, n, expected) in [
        ((2, 30.43, 38.86), 39.0, 0, 0.408_097_119_482_389_9),
        ((2, 30.43, 38.86), 39.0, 3, 0.095_650_330_013_705_36),
        ((26, 30.857, 31.0), 52.0, 20, 0.017_932_588_617_992_44),
        ((0, 0.0, 38.86), 39.0, 1, 0.045_884_614_490_617_78),
    ] {
        let found = cdnow().probability_of_next(n, x, t_x, t, horizon);
        assert!((found / expected - 1.0).abs() < 1e-12, "{x} {n}: {found} {expected}");
    }
}

#[test]
fn probabilities_sum_to_one_and_average_to_the_expectation() {
    let (mut whole, mut mean, mut next_whole, mut next_mean) = (0.0, 0.0, 0.0, 0.0);
    let model = ParetoNbd::from_parameters([1.4, 6.0, 2.0, 15.0], 7.0).unwrap();
    for n in 0..400 {
        let (new, next) = (model.probability_of(n, 20.0), model.probability_of_next(n, 4, 18.0, 25.0, 20.0));
        whole += new;
        mean += f64::from(n) * new;
        next_whole += next;
        next_mean += f64::from(n) * next;
    }
    assert!((whole - 1.0).abs() < 1e-12, "{whole}");
    assert!((mean / model.expected_of_new_customer(20.0) - 1.0).abs() < 1e-12, "{mean}");
    assert!((next_whole - 1.0).abs() < 1e-12, "{next_whole}");
    assert!((next_mean / model.expected_purchases(4, 18.0, 25.0, 20.0) - 1.0).abs() < 1e-12, "{next_mean}");
}

#[test]
fn discounted_time_agrees_with_references() {
    // s, z and eᶻ E_s(z), the generalised exponential integral, computed with 60 digits (mpmath).
    for (s, z, expected) in [
        (0.408_109_5, 0.24, 2.492_299_924_544_411_5),
        (1.0, 1e-6, 13.238_309_131_365_003),
        (0.001, 1e-12, 973_309_671_697.668_2),
        (1000.0, 1e-6, 0.001_001_000_999_997_994),
        (1000.0, 50.0, 0.000_953_245_495_590_129_3),
        (0.5, 1e4, 9.999_500_074_981_257e-5),
        (2.0, 3.0, 0.213_748_779_234_044_5),
        (1000.0, 1e5, 9.900_991_069_581_115e-6),
        (0.999_999, 1e-9, 20.146_253_948_705_865),
    ] {
        let found = expectation::discounted_time_alive(s, 2.0, 0.5 * z);
        assert!((0.5 * found / expected - 1.0).abs() < 1e-12, "{s} {z}: {found}");
    }
    assert_eq!(expectation::discounted_time_alive(3.0, 8.0, 0.0), 4.0);
    assert_eq!(expectation::discounted_time_alive(1.0, 8.0, 0.0), f64::INFINITY);
    assert!(expectation::discounted_time_alive(3.0, 8.0, -0.1).is_nan());
}

/// Customers drawn from the model, in days, observed for `from` to `from + spread` days. Each purchase has its own day:
/// x counts them all.
fn simulate(
    [r, alpha, s, beta]: [f64; 4],
    customers: usize,
    from: u32,
    spread: u32,
    seed: u64,
) -> Vec<History> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let rates = Gamma::new(r, 1.0 / alpha).unwrap();
    let deaths = Gamma::new(s, 1.0 / beta).unwrap();
    (0..customers)
        .map(|_| {
            let t_days = from + random.random_range(0..=spread);
            let (rate, death): (f64, f64) = (rates.sample(&mut random), deaths.sample(&mut random));
            let wait = Exp::new(rate.max(1e-12)).unwrap();
            let life = Exp::new(death.max(1e-12)).unwrap().sample(&mut random);
            let end = f64::from(t_days).min(life);
            let (mut x, mut last, mut now) = (0, 0.0, 0.0);
            loop {
                now += wait.sample(&mut random);
                if now > end {
                    return History { x, t_x_days: f64::round(last) as u32, t_days };
                }
                (x, last) = (x + 1, now);
            }
        })
        .collect()
}

/// One purchase in 60 days on average; half of the lifetimes end within 150 days, and some last for years.
const TRUTH: [f64; 4] = [0.8, 48.0, 0.7, 90.0];

#[test]
fn recovers_the_parameters_of_a_simulation() {
    let customers = simulate(TRUTH, 12_000, 400, 200, 11);
    let fitted = fit(&Cells::collapse(&customers, 1.0).unwrap());
    assert_eq!(fitted.ending, Ending::Converged);
    assert!(fitted.iterations < 30, "{}", fitted.iterations);
    for (estimate, truth) in fitted.estimates.iter().zip(TRUTH) {
        let error = estimate.standard_error.unwrap();
        assert!((estimate.value - truth).abs() < 3.0 * error, "{estimate:?} {truth}");
        assert!(error < 0.2 * truth, "{estimate:?}");
    }
    let due: f64 = fitted.model().unwrap().expected_of_new_customer(365.0);
    let true_due = ParetoNbd::from_parameters(TRUTH, 1.0).unwrap().expected_of_new_customer(365.0);
    assert!((due / true_due - 1.0).abs() < 0.05, "{due} {true_due}");
}

#[test]
fn more_customers_tell_more_of_the_truth() {
    recovery::check(&TRUTH, &[500, 5_000, 20_000], |customers| {
        fit(&Cells::collapse(&simulate(TRUTH, customers, 400, 200, 21), 1.0).unwrap())
    });
}

#[test]
fn simulated_customers_do_what_is_foretold() {
    // Buyers of the first 300 days, grouped by their purchases in the next 300.
    let model = ParetoNbd::from_parameters(TRUTH, 1.0).unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let (rates, deaths) = (Gamma::new(0.8, 1.0 / 48.0).unwrap(), Gamma::new(0.7, 1.0 / 90.0).unwrap());
    let (mut due, mut made, mut alive, mut foretold_alive, mut none, mut foretold_none) =
        (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    let customers = 4_000;
    for _ in 0..customers {
        let (rate, death): (f64, f64) = (rates.sample(&mut random), deaths.sample(&mut random));
        let life: f64 = Exp::new(death.max(1e-12)).unwrap().sample(&mut random);
        let wait = Exp::new(rate.max(1e-12)).unwrap();
        let (mut x, mut last, mut now, mut later) = (0, 0.0, 0.0, 0.0);
        loop {
            now += wait.sample(&mut random);
            if now > life.min(600.0) {
                break;
            } else if now > 300.0 {
                later += 1.0;
            } else {
                (x, last) = (x + 1, now);
            }
        }
        due += model.expected_purchases(x, last, 300.0, 300.0);
        foretold_alive += model.p_alive(x, last, 300.0);
        foretold_none += model.probability_of_next(0, x, last, 300.0, 300.0);
        made += later;
        alive += if life > 300.0 { 1.0 } else { 0.0 };
        none += if later == 0.0 { 1.0 } else { 0.0 };
    }
    // About three standard errors.
    let customers = f64::from(customers);
    assert!((due - made).abs() < 0.1 * made, "{due} {made}");
    assert!((alive - foretold_alive).abs() < 0.02 * customers, "{alive} {foretold_alive}");
    assert!((none - foretold_none).abs() < 0.02 * customers, "{none} {foretold_none}");
}

#[test]
fn neither_unit_of_time_nor_repetition_matters() {
    let customers = simulate(TRUTH, 1500, 300, 100, 2);
    let (days, weeks) =
        (Cells::collapse(&customers, 1.0).unwrap(), Cells::collapse(&customers, 7.0).unwrap());
    let many = Cells::collapse(&customers.repeat(300), 7.0).unwrap();
    let (days, weeks, many) = (fit(&days), fit(&weeks), fit(&many));
    assert_eq!(days.ending, Ending::Converged);
    for (i, scale) in [1.0, 7.0, 1.0, 7.0].into_iter().enumerate() {
        let (one, other) = (days.estimates[i], weeks.estimates[i]);
        assert!((other.value * scale / one.value - 1.0).abs() < 1e-8, "{one:?} {other:?}");
        assert!((many.estimates[i].value / other.value - 1.0).abs() < 1e-4);
        let shrink = many.estimates[i].standard_error.unwrap() / other.standard_error.unwrap();
        assert!((shrink * 300_f64.sqrt() - 1.0).abs() < 1e-4, "{shrink}");
    }
    let purchases: f64 = customers.iter().map(|customer| f64::from(customer.x)).sum();
    let shift = weeks.log_likelihood.unwrap() - days.log_likelihood.unwrap();
    assert!((shift - purchases * 7_f64.ln()).abs() < 1e-6);
    assert!((many.log_likelihood.unwrap() / weeks.log_likelihood.unwrap() / 300.0 - 1.0).abs() < 1e-9);
}

fn boundary(customers: &[History]) -> (&'static str, Meaning) {
    let cells = Cells::collapse(customers, 7.0).unwrap();
    let fitted = fit(&cells);
    let Ending::Boundary { parameter, meaning, .. } = fitted.ending else {
        panic!("{:?} {:?}", fitted.ending, fitted.estimates)
    };
    assert!(fitted.estimates.iter().all(|e| e.standard_error.is_none()));
    predictions::check(&fitted, &cells);
    (parameter, meaning)
}

#[test]
fn without_dropout_the_fit_ends_at_that_boundary_and_nbd_takes_over() {
    // By chance the best fit has its small dropout all at once, or equally spread: both mean the same.
    for seed in [0, 2, 6, 10] {
        let customers = simulate([1.2, 40.0, 1.0, 1e12], 2000, 150, 60, seed);
        let (parameter, meaning) = boundary(&customers);
        assert!(["s", "beta"].contains(&parameter), "{parameter}");
        assert_eq!(meaning, Meaning::NoDropout, "{seed}");
        let cells = Cells::collapse(&customers, 7.0).unwrap();
        let fallback = nbd::fit(&cells);
        assert_eq!(fallback.ending, Ending::Converged);
        // NBD is the limit: Pareto/NBD cannot fit worse.
        let gain = fit(&cells).log_likelihood.unwrap() - fallback.log_likelihood.unwrap();
        assert!((-1e-2..GAIN_OF_CHANCE).contains(&gain), "{gain}");
    }
}

#[test]
fn other_boundaries_are_named() {
    let (parameter, meaning) = boundary(&simulate([1e6, 20e6, 0.7, 90.0], 300, 150, 60, 3));
    assert!(["r", "alpha"].contains(&parameter), "{parameter}");
    assert_eq!(meaning, Meaning::EqualRates);
    // Everyone has a mean lifetime of 60 days.
    let (_, meaning) = boundary(&simulate([1.0, 10.0, 1e6, 60e6], 300, 150, 60, 9));
    assert_eq!(meaning, Meaning::EqualDropout);
    // Half never come back, the others never leave.
    let stay = simulate([3.0, 20.0, 1.0, 1e12], 300, 150, 60, 3);
    let leave = simulate([3.0, 20.0, 1.0, 1e-12], 300, 150, 60, 4);
    let (_, meaning) = boundary(&[stay, leave].concat());
    assert_eq!(meaning, Meaning::AllOrNothingDropout);
    // All purchases on the first days of a long time: a campaign.
    let day = |i: u32| History { x: 1 + i % 3, t_x_days: 1 + i % 5, t_days: 2000 + i };
    let burst: Vec<_> = (0..300).map(day).collect();
    let (_, meaning) = boundary(&burst);
    assert_eq!(meaning, Meaning::OnlyDropout);
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
    // All alike: the data do not determine the parameters.
    let alike = vec![History { x: 3, t_x_days: 60, t_days: 90 }; 50];
    let alike = fit(&Cells::collapse(&alike, 7.0).unwrap());
    assert!(!matches!(alike.ending, Ending::Converged | Ending::Failed { .. }), "{:?}", alike.ending);
    assert_eq!(alike.model().is_some(), alike.ending.predicts());
}

#[test]
fn the_same_customers_give_the_same_bits() {
    // Enough cells for several threads.
    let mut customers = simulate(TRUTH, 6000, 300, 100, 9);
    let cells = Cells::collapse(&customers, 7.0).unwrap();
    assert!(cells.cells().len() > 2_000);
    let once = fit(&cells);
    customers.reverse();
    assert_eq!(once, fit(&Cells::collapse(&customers, 7.0).unwrap()));
}

fn a_history() -> impl Strategy<Value = (u32, f64, f64, f64)> {
    (prop_oneof![Just(0), 1..5_u32, 5..300_u32], 0.0..1.0_f64, 0.0..100.0_f64, 1.0..9.0_f64)
}

fn a_wild_history() -> impl Strategy<Value = (u32, f64, f64)> {
    (
        prop_oneof![0..3_u32, 0..1000_u32, 0..100_001_u32],
        prop_oneof![Just(0.0), Just(1.0), 0.0..1.0_f64],
        prop_oneof![Just(0.0), 0.0..1.0_f64, 0.0..10_000.0_f64],
    )
        .prop_map(|(x, share, t)| (x, if x == 0 { 0.0 } else { share * t }, t))
}

proptest! {
    #[test]
    fn many_cells_agree_with_one_at_a_time(
        theta in prop::array::uniform4(-7.0..7.0_f64),
        customers in prop::collection::vec(
            (prop_oneof![0..5_u32, 0..40_u32], 0..20_u32, 0..20_u32, 1..4_u32), 1..200),
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
        let found = evaluate(&cells, &at);
        let mut expected = evaluate(&[], &at);
        for cell in &cells {
            let one = evaluate(&[*cell], &at);
            expected.value += one.value;
            expected.gradient += one.gradient;
            expected.hessian += one.hessian;
        }
        // The most that rounding may take from the largest of the terms that cancel each other.
        let most = theta.map(f64::exp).iter().fold(40.0, |most: f64, value| most.max(*value));
        let weight: f64 = cells.iter().map(|cell| cell.weight).sum();
        let slack = 1e-12 * weight * most;
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
        let here = evaluate(&cells, &at);
        let scale = 1.0 + here.gradient.amax() + here.hessian.amax();
        let step = 1e-5;
        for i in 0..4 {
            let mut shift = SVector::<f64, 4>::zeros();
            shift[i] = step;
            let (up, down) = (evaluate(&cells, &(at + shift)), evaluate(&cells, &(at - shift)));
            let slope = (up.value - down.value) / (2.0 * step);
            prop_assert!((slope - here.gradient[i]).abs() < 1e-6 * scale, "{i}: {slope} {here:?}");
            let bend = (up.gradient - down.gradient) / (2.0 * step);
            prop_assert!((bend - here.hessian.column(i)).amax() < 1e-6 * scale, "{i}: {bend} {here:?}");
        }
    }

    #[test]
    fn the_likelihood_knows_who_is_alive(
        theta in prop::array::uniform4(-7.0..7.0_f64), (x, t_x, t) in a_wild_history(),
    ) {
        // L = A / P(alive), with A in closed form: another way to the same integral.
        let [r, alpha, s, beta] = theta.map(f64::exp);
        let m = r + f64::from(x);
        let ln_alive = crate::analysis::special::ln_rising(r, x).value
            - r * libm::log1p(t / alpha) - f64::from(x) * libm::log(alpha + t) - s * libm::log1p(t / beta);
        let odds = expectation::ln_odds_of_death([m, alpha, s, beta], t_x, t);
        let expected = ln_alive + softplus(odds).0;
        let found = evaluate(&[Cell { x, t_x, t, weight: 1.0 }], &SVector::from(theta)).value;
        let scale = ln_alive.abs() + odds.abs().min(1e6) + 1.0;
        prop_assert!((found - expected).abs() < 1e-12 * scale, "{found} {expected}");
    }

    #[test]
    fn leaving_before_the_next_purchase_agrees_with_the_integral_over_death(
        theta in prop::array::uniform4(-7.0..7.0_f64), (x, t_x, t) in a_wild_history(),
    ) {
        let model = ParetoNbd::from_parameters(theta.map(f64::exp), 7.0).unwrap();
        let odds = model.ln_odds_of_death(x, t_x, t);
        let (found, expected) = (model.p_alive(x, t_x, t), softplus(-odds).1);
        // Differences that the logarithm cannot show.
        let slack = 4e-13 + 4e-16 * odds.abs();
        prop_assert!((found - expected).abs() <= slack * expected + 1e-300, "{found} {expected}");
    }

    #[test]
    fn customers_live_to_the_last_bit_whoever_came_before(
        theta in prop::array::uniform4(-7.0..7.0_f64),
        near in any::<bool>(),
        customers in prop::collection::vec(a_wild_history(), 1..60),
    ) {
        let [r, alpha, s, beta] = theta.map(f64::exp);
        // In most cases α and β differ too much to share anything.
        let beta = if near { alpha * (0.2 * beta.ln()).exp() } else { beta };
        let model = ParetoNbd::from_parameters([r, alpha, s, beta], 7.0).unwrap();
        let mut one_after_the_other = model.p_alive_of_each();
        for (x, t_x, t) in customers.iter().chain(customers.iter().rev()).copied() {
            let found = one_after_the_other(x, t_x, t);
            prop_assert_eq!(found.to_bits(), model.p_alive(x, t_x, t).to_bits());
        }
    }

    #[test]
    fn wild_customers_and_parameters_give_finite_numbers(
        theta in prop::array::uniform4(-14.0..14.0_f64),
        (x, t_x, t) in a_wild_history(),
        horizon in 0.0..10_000.0_f64,
        rate in -14.0..3.0_f64,
    ) {
        let here = evaluate(&[Cell { x, t_x, t, weight: 1.0 }], &SVector::from(theta));
        prop_assert!(here.value.is_finite());
        prop_assert!(here.gradient.iter().chain(here.hessian.iter()).all(|v| v.is_finite()), "{here:?}");
        let model = ParetoNbd::from_parameters(theta.map(f64::exp), 7.0).unwrap();
        let alive = model.p_alive(x, t_x, t);
        prop_assert!((0.0..=1.0).contains(&alive), "{alive}");
        let due = model.expected_purchases(x, t_x, t, horizon);
        prop_assert!(due >= 0.0 && due.is_finite(), "{due}");
        let residual = model.discounted_residual(x, t_x, t, rate.exp());
        prop_assert!(residual >= 0.0 && residual.is_finite(), "{residual}");
        for n in [0, 1, 7, 300, 10_000] {
            let chance = model.probability_of(n, horizon);
            prop_assert!((0.0..=1.0 + 1e-9).contains(&chance), "{n} {chance}");
            let chance = model.probability_of_next(n, x, t_x, t, horizon);
            prop_assert!((0.0..=1.0 + 1e-9).contains(&chance), "{n} {chance}");
        }
    }

    #[test]
    fn what_must_rise_or_fall_does(
        theta in prop::array::uniform4(-7.0..7.0_f64),
        x in prop_oneof![0..10_u32, 0..10_001_u32],
        last in 0.0..5000.0_f64,
        silence in 0.0..5000.0_f64,
        more in 0.0..1000.0_f64,
    ) {
        let model = ParetoNbd::from_parameters(theta.map(f64::exp), 7.0).unwrap();
        let last = if x == 0 { 0.0 } else { last };
        let alive = |silence: f64| model.p_alive(x, last, last + silence);
        prop_assert!(alive(silence + more) <= alive(silence) * (1.0 + 1e-11) + 1e-15);
        let due = |horizon: f64| model.expected_if_alive(x, 0, last + silence, horizon);
        prop_assert!(due(silence + more) >= due(silence) * (1.0 - 1e-12));
        // More discount gives less value, and never more than a rate of purchases that lasts for ever.
        let worth = |rate: f64| model.discounted_residual(x, last, last + silence, rate);
        prop_assert!(worth(1e-3) >= worth(1e-2) * (1.0 - 1e-11));
        let for_ever = model.p_alive(x, last, last + silence) * model.expected_if_alive(x, 0, last + silence, 1e-9) * 1e11;
        prop_assert!(worth(1e-2) <= for_ever * (1.0 + 1e-6) + 1e-300);
    }

    #[test]
    fn probabilities_never_sum_to_more_than_one(
        theta in prop::array::uniform4(-7.0..7.0_f64), (x, t_x, t) in a_wild_history(), ln_horizon in -7.0..9.0_f64,
    ) {
        let (model, horizon) = (ParetoNbd::from_parameters(theta.map(f64::exp), 7.0).unwrap(), ln_horizon.exp());
        let (new, next): (f64, f64) = (0..60)
            .map(|n| (model.probability_of(n, horizon), model.probability_of_next(n, x, t_x, t, horizon)))
            .fold((0.0, 0.0), |(new, next), (one, other)| (new + one, next + other));
        prop_assert!(new <= 1.0 + 1e-10 && next <= 1.0 + 1e-10, "{new} {next}");
        // If more than 59 purchases are almost impossible, these are all.
        let due = model.expected_of_new_customer(horizon);
        prop_assert!(1.0 - new <= due / 60.0 + 1e-10, "{new} {due}");
        let due = model.expected_purchases(x, t_x, t, horizon);
        prop_assert!(1.0 - next <= due / 60.0 + 1e-10, "{next} {due}");
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
